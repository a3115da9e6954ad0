package verdict

import (
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/query"
)

// A node is one sub-expression of a rule.
type node struct {
	id         int // in the order of a walk, from 0
	expr       parser.Expr
	text       string // as it stands in the rule, white space folded
	start, end int    // its bytes in the rule's expression
	parent     *node
	kids       []*node // operands and arguments, in order

	// derived are expressions made of this one, by a name of the maker's.
	derived map[string]*query.Expr

	selection *selection // of a selector, once the replay begins

	features []string
}

// newTree makes the nodes of a rule's expression, the root first. It is nil for
// an expression that does not parse with these features.
func newTree(expr string, features []string) []*node {
	parsed, err := query.NewParser(features).ParseExpr(expr)
	if err != nil {
		return nil
	}
	measure(parsed, expr, features)
	var nodes []*node
	var add func(parser.Expr, *node) *node
	add = func(e parser.Expr, parent *node) *node {
		n := &node{id: len(nodes), expr: e, parent: parent, features: features}
		pos := e.PositionRange()
		n.start = max(0, min(int(pos.Start), len(expr)))
		n.end = max(n.start, min(int(pos.End), len(expr)))
		n.text = strings.Join(strings.Fields(expr[n.start:n.end]), " ")
		nodes = append(nodes, n)
		for _, kid := range children(e) {
			n.kids = append(n.kids, add(kid, n))
		}
		return n
	}
	add(parsed, nil)
	return nodes
}

// measure sets the ranges and offsets that an expression computes, as [30 * 2].
func measure(parsed parser.Expr, expr string, features []string) {
	type lengths struct{ rng, offset time.Duration }
	read := func(e parser.Expr) (list []lengths) {
		parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
			switch n := n.(type) {
			case *parser.MatrixSelector:
				list = append(list, lengths{rng: n.Range})
			case *parser.VectorSelector:
				list = append(list, lengths{offset: n.OriginalOffset})
			case *parser.SubqueryExpr:
				list = append(list, lengths{n.Range, n.OriginalOffset})
			}
			return nil
		})
		return list
	}
	if !computes(parsed) {
		return
	}
	again, err := query.NewParser(features).ParseExpr(expr)
	if err == nil {
		again, err = promql.PreprocessExpr(again, time.UnixMilli(0), time.UnixMilli(0), 0)
	}
	if err != nil {
		return // the engine tells
	}
	computed := read(again)
	parser.Inspect(parsed, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.MatrixSelector:
			n.Range, computed = computed[0].rng, computed[1:]
		case *parser.VectorSelector:
			n.OriginalOffset, computed = computed[0].offset, computed[1:]
		case *parser.SubqueryExpr:
			n.Range, n.OriginalOffset, computed = computed[0].rng, computed[0].offset, computed[1:]
		}
		return nil
	})
}

// computes tells whether some range or offset of an expression is computed.
func computes(parsed parser.Expr) bool {
	found := false
	parser.Inspect(parsed, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.MatrixSelector:
			found = found || n.RangeExpr != nil
		case *parser.VectorSelector:
			found = found || n.OriginalOffsetExpr != nil
		case *parser.SubqueryExpr:
			found = found || n.RangeExpr != nil || n.OriginalOffsetExpr != nil
		}
		return nil
	})
	return found
}

// children are the operands of an expression.
func children(e parser.Expr) []parser.Expr {
	switch e := e.(type) {
	case *parser.ParenExpr:
		return []parser.Expr{e.Expr}
	case *parser.StepInvariantExpr:
		return []parser.Expr{e.Expr}
	case *parser.UnaryExpr:
		return []parser.Expr{e.Expr}
	case *parser.BinaryExpr:
		return []parser.Expr{e.LHS, e.RHS}
	case *parser.AggregateExpr:
		if e.Param != nil {
			return []parser.Expr{e.Expr, e.Param}
		}
		return []parser.Expr{e.Expr}
	case *parser.Call:
		return e.Args
	case *parser.MatrixSelector:
		return []parser.Expr{e.VectorSelector}
	case *parser.SubqueryExpr:
		return []parser.Expr{e.Expr}
	}
	return nil
}

// ask is what a Look takes, nil for what is neither a vector nor a scalar.
func (n *node) ask() *query.Expr {
	switch n.expr.Type() {
	case parser.ValueTypeVector, parser.ValueTypeScalar:
		return n.derive("", "")
	}
	return nil
}

// derive returns an expression made of the node, the same one at each call with
// that name; nil when it does not parse.
func (n *node) derive(name, text string) *query.Expr {
	if x, ok := n.derived[name]; ok {
		return x
	}
	if n.derived == nil {
		n.derived = map[string]*query.Expr{}
	}
	if name == "" {
		text = n.expr.String()
	}
	x, err := query.Parse("", text, n.features)
	if err != nil {
		x = nil
	}
	n.derived[name] = x
	return x
}

// inner is the node without the parentheses around it.
func (n *node) inner() *node {
	for {
		switch n.expr.(type) {
		case *parser.ParenExpr, *parser.StepInvariantExpr:
			n = n.kids[0]
			continue
		}
		return n
	}
}

// selector returns the vector selector of a node that is one, with or without a
// range; nil for others.
func (n *node) selector() *parser.VectorSelector {
	switch e := n.expr.(type) {
	case *parser.VectorSelector:
		return e
	case *parser.MatrixSelector:
		vs, _ := e.VectorSelector.(*parser.VectorSelector)
		return vs
	}
	return nil
}

// below lists the node and all below it, in the order of a walk.
func (n *node) below() []*node {
	list := []*node{n}
	for _, k := range n.kids {
		list = append(list, k.below()...)
	}
	return list
}

// isScalar tells whether a node gives a scalar, which is never empty.
func (n *node) isScalar() bool { return n.expr.Type() == parser.ValueTypeScalar }

// finding begins a finding about the node.
func (n *node) finding() Finding {
	return Finding{Expr: n.text, Start: n.start, End: n.end, Evidence: Evidence{}}
}

// isFilter tells whether a node compares a vector with a scalar and keeps what
// passes.
func isFilter(n *node) bool {
	e, ok := n.expr.(*parser.BinaryExpr)
	return ok && e.Op.IsComparisonOperator() && !e.ReturnBool && n.kids[0].isScalar() != n.kids[1].isScalar()
}

// isSet tells whether a node is a set operator of a kind.
func isSet(n *node, op parser.ItemType) bool {
	e, ok := n.expr.(*parser.BinaryExpr)
	return ok && e.Op == op
}

// takesAway tells whether an operand can only take away from what its operator
// gives: the right side of unless, and what absent() looks for.
func takesAway(parent, kid *node) bool {
	switch e := parent.expr.(type) {
	case *parser.BinaryExpr:
		return e.Op == parser.LUNLESS && kid == parent.kids[1]
	case *parser.Call:
		return strings.HasPrefix(e.Func.Name, "absent")
	}
	return false
}

// undefinedLimit lists the selectors that matched nothing and without which a
// comparison with a scalar passes nothing: scalar() of no series is NaN.
func (n *node) undefinedLimit(e *parser.BinaryExpr, limit *node, matched func(*node) bool) []*node {
	if !isFilter(n) || e.Op == parser.NEQ {
		return nil
	}
	return limit.undefined(matched)
}

// undefined lists the selectors that matched nothing and without which a scalar
// is NaN.
func (n *node) undefined(matched func(*node) bool) []*node {
	switch e := n.expr.(type) {
	case *parser.ParenExpr, *parser.StepInvariantExpr, *parser.UnaryExpr:
		return n.kids[0].undefined(matched)
	case *parser.BinaryExpr:
		switch e.Op {
		case parser.ADD, parser.SUB, parser.MUL, parser.DIV, parser.MOD:
			return append(n.kids[0].undefined(matched), n.kids[1].undefined(matched)...)
		}
	case *parser.Call:
		if e.Func.Name == "scalar" {
			return n.kids[0].missing(matched)
		}
	}
	return nil
}

// missing lists the selectors that matched nothing and on which an expression
// fails; none when it could have given something without them.
func (n *node) missing(matched func(selector *node) bool) []*node {
	if n.selector() != nil {
		if !matched(n) {
			return []*node{n}
		}
		return nil
	}
	switch e := n.expr.(type) {
	case *parser.BinaryExpr:
		l, r := n.kids[0].missing(matched), n.kids[1].missing(matched)
		switch {
		case e.Op == parser.LUNLESS:
			return l
		case e.Op == parser.LOR && (l == nil || r == nil):
			return nil
		case n.kids[0].isScalar():
			return append(r, n.undefinedLimit(e, n.kids[0], matched)...)
		case n.kids[1].isScalar():
			return append(l, n.undefinedLimit(e, n.kids[1], matched)...)
		}
		// Nobody misses a side that is filled in, while the other is there.
		if fill := e.VectorMatching.FillValues; fill.RHS != nil && l == nil || fill.LHS != nil && r == nil {
			return nil
		}
		return append(l, r...)
	case *parser.Call:
		switch {
		case strings.HasPrefix(e.Func.Name, "absent"):
			return nil
		case e.Func.Name == "info": // its other argument selects labels of what it looks up
			return n.kids[0].missing(matched)
		}
	}
	if n.isScalar() {
		return nil
	}
	for _, k := range n.kids {
		if list := k.missing(matched); list != nil {
			return list
		}
	}
	return nil
}
