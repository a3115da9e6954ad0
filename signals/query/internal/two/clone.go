package two

import (
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
)

// mayCopy tells whether a tree is small enough to stand twice.
func (w *Rewriter) mayCopy(expr parser.Expr) bool {
	n := 0
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if node != nil {
			n++
		}
		return nil
	})
	if w.copied+n > maxCopied {
		return false
	}
	w.copied += n
	return true
}

// clone is a tree that shares nothing that the engine changes with another.
func (w *Rewriter) clone(expr parser.Expr) parser.Expr {
	switch e := expr.(type) {
	case *parser.StepInvariantExpr:
		return &parser.StepInvariantExpr{Expr: w.clone(e.Expr)}
	case *parser.ParenExpr:
		c := *e
		c.Expr = w.clone(e.Expr)
		return &c
	case *parser.UnaryExpr:
		c := *e
		c.Expr = w.clone(e.Expr)
		return &c
	case *parser.BinaryExpr:
		c := *e
		c.LHS, c.RHS = w.clone(e.LHS), w.clone(e.RHS)
		if e.VectorMatching != nil {
			m := *e.VectorMatching
			c.VectorMatching = &m
		}
		return &c
	case *parser.VectorSelector:
		c := *e
		return &c
	case *parser.MatrixSelector:
		c := *e
		c.VectorSelector = w.clone(e.VectorSelector)
		return &c
	case *parser.SubqueryExpr:
		c := *e
		c.Expr = w.clone(e.Expr)
		return &c
	case *parser.AggregateExpr:
		c := *e
		c.Expr = w.clone(e.Expr)
		if e.Param != nil {
			c.Param = w.clone(e.Param)
		}
		return &c
	case *parser.Call:
		c := *e
		c.Args = slices.Clone(e.Args)
		if w.Hooks.unhook(&c) {
			c.Args[0] = w.clone(c.Args[0])
			w.Hooks.keepRange(&c)
			return &c
		}
		for i := range c.Args {
			c.Args[i] = w.clone(c.Args[i])
		}
		return &c
	}
	return expr // literals, which nothing changes
}
