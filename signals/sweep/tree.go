package sweep

import (
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/query"
)

// A node is a part of a rule's expression that only selects: a comparison with
// a constant, or `and`, `or`, `unless` above one. What it gives is known for
// all thresholds once it is known what its leaves give, which the engine tells.
type node struct {
	left, right *node // of a comparison the left one

	leaf *query.Expr // asked; nil for others
	vec  []query.Sample

	compares *threshold

	set   parser.ItemType // LAND, LOR or LUNLESS
	on    bool
	names []string // that series must share (on), or need not
}

// A threshold is a comparison of a vector with a constant.
type threshold struct {
	op     string // with the constant on the right
	value  float64
	expr   parser.Expr // the whole comparison
	number parser.Expr // the constant
	vector parser.Expr // the other side
	why    string      // it cannot be swept; "" when it can
}

// An expression is taken apart.
type reader struct {
	features []string
	found    []*threshold
	leaves   []*node
}

// read takes an expression apart; the root is nil when no comparison of it can
// be swept.
func read(expr parser.Expr, features []string) (root *node, r *reader) {
	r = &reader{features: features}
	root = r.node(expr)
	if root.leaf != nil {
		root, r.leaves = nil, nil
	}
	return root, r
}

// node makes the node of an expression, and notes all comparisons in it.
func (r *reader) node(expr parser.Expr) *node {
	switch e := expr.(type) {
	case *parser.ParenExpr:
		return r.node(e.Expr)
	case *parser.BinaryExpr:
		if t := compared(e); t != nil && t.why == "" {
			r.found = append(r.found, t)
			n := &node{compares: t}
			n.left = r.node(t.vector)
			return n
		}
		if e.Op.IsSetOperator() {
			return r.operator(e)
		}
	}
	r.inside(expr, "")
	return r.asked(expr)
}

// operator is a node of a set operator, or a leaf where nothing below it is
// swept.
func (r *reader) operator(e *parser.BinaryExpr) *node {
	mine := len(r.leaves)
	n := &node{set: e.Op, left: r.node(e.LHS), right: r.node(e.RHS)}
	if n.left.leaf != nil && n.right.leaf != nil {
		r.leaves = r.leaves[:mine]
		return r.asked(e)
	}
	m := e.VectorMatching
	n.on, n.names = m.On, slices.Clone(m.MatchingLabels)
	if !m.On { // promql/engine.go, rangeEval
		n.names = append(n.names, model.MetricNameLabel, model.MetricTypeLabel, model.MetricUnitLabel)
	}
	slices.Sort(n.names)
	return n
}

func (r *reader) asked(expr parser.Expr) *node {
	x, err := query.Parse("", expr.String(), r.features)
	if err != nil { // what upstream prints it reads
		x = &query.Expr{}
	}
	n := &node{leaf: x}
	r.leaves = append(r.leaves, n)
	return n
}

// inside notes the comparisons below an expression that is more than a
// selection; within is what they stand in.
func (r *reader) inside(expr parser.Node, within string) {
	if e, ok := expr.(*parser.BinaryExpr); ok {
		if t := compared(e); t != nil {
			if t.why == "" {
				t.why = "it stands inside " + within + ", whose value changes with what passes"
			}
			r.found = append(r.found, t)
		}
	}
	if what := called(expr); what != "" {
		within = what
	}
	for child := range parser.ChildrenIter(expr) {
		r.inside(child, within)
	}
}

// called names an operation that is more than a selection, in a few words; ""
// for any other.
func called(expr parser.Node) string {
	switch e := expr.(type) {
	case *parser.Call:
		return e.Func.Name + "(…)"
	case *parser.AggregateExpr:
		return e.Op.String() + "(…)"
	case *parser.SubqueryExpr:
		return "a subquery"
	case *parser.UnaryExpr:
		return "a term with a sign"
	case *parser.BinaryExpr:
		if !e.Op.IsSetOperator() {
			return "an operand of " + e.Op.String()
		}
	}
	return ""
}

// mirrored gives the operator for swapped sides.
var mirrored = map[string]string{"==": "==", "!=": "!=", ">": "<", "<": ">", ">=": "<=", "<=": ">="}

// compared is the comparison of something with a constant; nil for all else.
func compared(e *parser.BinaryExpr) *threshold {
	if !e.Op.IsComparisonOperator() {
		return nil
	}
	t := &threshold{op: e.Op.String(), expr: e, number: e.RHS, vector: e.LHS}
	v, ok := query.Constant(e.RHS)
	if !ok {
		if v, ok = query.Constant(e.LHS); !ok {
			return nil
		}
		t.op, t.number, t.vector = mirrored[t.op], e.LHS, e.RHS
	}
	t.value = v
	if e.ReturnBool {
		t.why = "with bool it lets everything through, as 0 or 1"
	}
	return t
}

// An element is a sample of a result and the thresholds with which it is there.
type element struct {
	query.Sample
	in set
}

// eval is what a node gives for each threshold of one comparison: the others
// have their own constants. passed is told of what that one compares.
func (n *node) eval(swept *threshold, passed func(query.Sample)) []element {
	if n.leaf != nil {
		out := make([]element, len(n.vec))
		for i, s := range n.vec {
			out[i] = element{s, all}
		}
		return out
	}
	left := n.left.eval(swept, passed)
	if n.compares != nil {
		return n.filter(left, swept, passed)
	}
	right := n.right.eval(swept, passed)
	switch n.set {
	case parser.LAND:
		there := n.signatures(right)
		return keep(left, func(e element) set { return e.in.and(there[n.signature(e.Labels)]) })
	case parser.LUNLESS:
		there := n.signatures(right)
		return keep(left, func(e element) set { return e.in.minus(there[n.signature(e.Labels)]) })
	}
	there := n.signatures(left)
	right = keep(right, func(e element) set { return e.in.minus(there[n.signature(e.Labels)]) })
	return append(left, right...)
}

// filter compares with the constant. Native histograms never pass
// (promql/engine.go, vectorElemBinop).
func (n *node) filter(list []element, swept *threshold, passed func(query.Sample)) []element {
	t := n.compares
	return keep(list, func(e element) set {
		if t == swept {
			passed(e.Sample)
		}
		if e.Histogram != nil {
			return nil
		}
		if t == swept {
			return e.in.and(passing(t.op, e.Value))
		}
		if fixed := (query.Threshold{Op: t.op, Value: t.value}); fixed.Holds(e.Value) {
			return e.in
		}
		return nil
	})
}

// keep gives the elements other sets, and leaves out those that are then there
// with no threshold.
func keep(list []element, f func(element) set) []element {
	out := list[:0]
	for _, e := range list {
		if e.in = f(e); len(e.in) > 0 {
			out = append(out, e)
		}
	}
	return out
}

// signatures are the thresholds with which some element has a signature.
func (n *node) signatures(list []element) map[string]set {
	there := make(map[string]set, len(list))
	for _, e := range list {
		sig := n.signature(e.Labels)
		there[sig] = there[sig].or(e.in)
	}
	return there
}

// signature is by what set operators match (promql/engine.go, rangeEval).
func (n *node) signature(ls labels.Labels) string {
	if n.on {
		return string(ls.BytesWithLabels(nil, n.names...))
	}
	return string(ls.BytesWithoutLabels(nil, n.names...))
}

// matchesNames tells whether a set operator looks at the metrics' names, which
// delayed-name-removal keeps longer than what is asked shows.
func (n *node) matchesNames() bool {
	if n == nil || n.leaf != nil {
		return false
	}
	return n.on && slices.Contains(n.names, model.MetricNameLabel) || n.left.matchesNames() || n.right.matchesNames()
}
