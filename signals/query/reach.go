package query

import (
	"slices"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

// Reach is what an expression, or a rule, can see: which series, and how far
// around the instant at which it is evaluated.
type Reach struct {
	Selectors []Selector // of the expression and of queries in templates
	// Back is how far before the instant samples can matter, look-back, offsets
	// and the group's query offset included.
	Back time.Duration
	// Everything says why all samples of the selected series matter, whatever
	// their age, as for @ with a fixed time; "" when Back bounds them.
	Everything string
	// Unknown says why it cannot be told which series are selected; "" when
	// Selectors are all.
	Unknown string
	// Ahead is set when samples after the instant could matter.
	Ahead bool
}

// Reach tells what an expression can see. One that does not parse sees
// nothing.
func (e *Engine) Reach(expr string) Reach {
	parsed, err := e.tree(expr)
	if err != nil {
		return Reach{}
	}
	out := Reach{Selectors: e.bothSelectors(parsed, expr)}
	if contains(parsed, func(n parser.Node) bool { c, ok := n.(*parser.Call); return ok && c.Func.Name == "info" }) {
		out.Unknown = "info() selects series that it does not name"
	}
	if len(out.Selectors) == 0 {
		return out
	}
	// Two instants tell what is relative to them and what is not.
	var back [2]time.Duration
	var each map[string]time.Duration
	for i, at := range []time.Time{time.UnixMilli(0), time.UnixMilli(1)} {
		again, err := e.tree(expr)
		if err == nil {
			again, err = promql.PreprocessExpr(again, at, at, 0)
		}
		if err != nil {
			out.Everything = err.Error()
			return out
		}
		var ahead bool
		back[i], ahead = e.back(again, at)
		out.Ahead = out.Ahead || ahead
		each = e.backs(again, at)
	}
	if out.Back = max(back[0], 0); back[0] != back[1] || hasTimestamp(parsed) {
		out.Everything, out.Ahead = "it looks at a fixed time (@)", true
	}
	for i := range out.Selectors {
		s := &out.Selectors[i]
		if s.Back = out.Back; !e.earlier {
			s.Back = min(out.Back, max(each[s.String], 0))
		}
	}
	return out
}

// back is how far before an instant an expression that was prepared for it
// looks, and whether it looks ahead.
func (e *Engine) back(prepared parser.Expr, at time.Time) (back time.Duration, ahead bool) {
	mint, maxt := promql.FindMinMaxTime(&parser.EvalStmt{Expr: prepared, Start: at, End: at, LookbackDelta: e.lookback})
	return time.Duration(at.UnixMilli()-mint) * time.Millisecond, maxt > at.UnixMilli()
}

// backs is back of each selector, by its text: with its range, and the
// subqueries that it stands in.
func (e *Engine) backs(prepared parser.Expr, at time.Time) map[string]time.Duration {
	backs := map[string]time.Duration{}
	parser.Inspect(prepared, func(node parser.Node, path []parser.Node) error {
		vs, ok := node.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		var alone parser.Expr = vs
		for _, around := range slices.Backward(path) {
			switch n := around.(type) {
			case *parser.MatrixSelector:
				alone = n
			case *parser.SubqueryExpr:
				c := *n
				c.Expr = alone
				alone = &c
			}
		}
		back, _ := e.back(alone, at)
		text := bare(vs)
		backs[text] = max(backs[text], back)
		return nil
	})
	return backs
}

func hasTimestamp(expr parser.Expr) bool {
	return contains(expr, func(n parser.Node) bool {
		switch n := n.(type) {
		case *parser.VectorSelector:
			return n.Timestamp != nil
		case *parser.SubqueryExpr:
			return n.Timestamp != nil
		}
		return false
	})
}
