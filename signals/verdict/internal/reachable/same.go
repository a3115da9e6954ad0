package reachable

import (
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// filter is a comparison with a number, as if it stood right.
type filter struct {
	node *parser.BinaryExpr
	op   parser.ItemType
	end  parser.Expr
	at   float64
}

// filters takes the comparisons with numbers off an expression, outermost
// first.
func filters(n parser.Expr) (parser.Expr, []filter) {
	var out []filter
	for {
		n = bareParens(n)
		b, ok := n.(*parser.BinaryExpr)
		if !ok || !b.Op.IsComparisonOperator() || b.ReturnBool {
			return n, out
		}
		if c, ok := constant(b.RHS); ok {
			out = append(out, filter{b, b.Op, b.RHS, c})
			n = b.LHS
		} else if c, ok := constant(b.LHS); ok {
			out = append(out, filter{b, mirrored[b.Op], b.LHS, c})
			n = b.RHS
		} else {
			return n, out
		}
	}
}

func constant(n parser.Expr) (float64, bool) {
	switch n := bareParens(n).(type) {
	case *parser.NumberLiteral:
		return n.Val, true
	case *parser.UnaryExpr:
		c, ok := constant(n.Expr)
		if n.Op == parser.SUB {
			c = -c
		}
		return c, ok
	}
	return 0, false
}

// contradiction finds that the two sides of `and` ask of one and the same
// vector what no sample fulfils: x > 90 and x < 10. With the name of one metric
// and all labels matched, the sample on the right is that on the left.
func (a *analysis) contradiction(n *parser.BinaryExpr, l vector) []Proof {
	if n.VectorMatching.On || len(n.VectorMatching.MatchingLabels) > 0 || l.hist {
		return nil
	}
	if name := l.labels.get(model.MetricNameLabel); name.any || len(name.list) != 1 {
		return nil
	}
	left, _ := filters(n.LHS)
	right, conditions := filters(n.RHS)
	if len(conditions) == 0 || left.String() != right.String() {
		return nil
	}
	v := l.value
	for i := len(conditions) - 1; i >= 0; i-- {
		c := conditions[i]
		next := kept(c.op, v, exactly(c.at))
		if next.empty() {
			p := a.compared(n, c.op, c.end, v, exactly(c.at))
			p.Text = "no sample is both: " + p.Text
			return []Proof{p}
		}
		v = next
	}
	return nil
}
