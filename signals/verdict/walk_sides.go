package verdict

import (
	"math"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/query"
)

// maxPairs bounds the series of either side that are compared with each other.
const maxPairs = 50

// sides keeps a sample of each side of an operator, of the first instant: the
// two that differ in the fewest labels.
func (w *walk) sides(y *tally, m *parser.VectorMatching, left, right []query.Sample) {
	if len(left) == 0 || len(right) == 0 {
		return
	}
	if y.lefts == 0 {
		y.left, y.right, y.lefts, y.rights = left[0], right[0], len(left), len(right)
		least := len(differing(m, left[0].Labels, right[0].Labels))
		for _, l := range left[:min(len(left), maxPairs)] {
			for _, r := range right[:min(len(right), maxPairs)] {
				if n := len(differing(m, l.Labels, r.Labels)); n < least {
					y.left, y.right, least = l, r, n
				}
			}
		}
	}
	if y.count&(y.count-1) == 0 { // 1, 2, 4, 8, …
		without := differing(m, y.left.Labels, y.right.Labels)
		if m != nil && !m.On {
			without = append(without, m.MatchingLabels...)
		}
		without = append(without, model.MetricNameLabel)
		y.leftMany = y.leftMany || same(left, without) != nil
		y.rightMany = y.rightMany || same(right, without) != nil
	}
}

// gave takes notice of the comparisons that held at an instant at which the
// whole gave nothing.
func (w *walk) gave() {
	for _, n := range w.t.filters {
		if y := w.t.causes[causeKey{n.id, causeSafe}]; y != nil && y.last.Equal(w.look.At) || len(w.vector(n)) == 0 {
			continue
		}
		if w.t.held == nil {
			w.t.held = map[int]int{}
		}
		w.t.held[n.id]++
	}
}

// filters are the comparisons with a constant that stand beside others or in
// something, so that they can hold while the whole gives nothing.
func filters(nodes []*node) []*node {
	var list []*node
	for _, n := range nodes {
		if !isFilter(n) || n == nodes[0].inner() {
			continue
		}
		away := false
		for k := n; k.parent != nil; k = k.parent {
			away = away || takesAway(k.parent, k)
		}
		if !away {
			list = append(list, n)
		}
	}
	return list
}

// unfiltered is an expression that gives the same series whether comparisons in
// it hold or not. It shares what it does not change.
func unfiltered(e parser.Expr) parser.Expr {
	switch e := e.(type) {
	case *parser.ParenExpr:
		return &parser.ParenExpr{Expr: unfiltered(e.Expr)}
	case *parser.StepInvariantExpr:
		return unfiltered(e.Expr)
	case *parser.BinaryExpr:
		copied := *e
		switch {
		case e.Op == parser.LAND || e.Op == parser.LUNLESS:
			return unfiltered(e.LHS)
		case e.Op == parser.LOR:
			copied.LHS, copied.RHS = unfiltered(e.LHS), unfiltered(e.RHS)
			return &copied
		case e.Op.IsComparisonOperator() && !e.ReturnBool:
			copied.ReturnBool = true
			copied.LHS, copied.RHS = unfiltered(e.LHS), unfiltered(e.RHS)
			return &copied
		}
	}
	return e
}

// apart notes an operator whose sides would pair if no comparison in them took
// series away; false when they would not.
func (w *walk) apart(n *node, e *parser.BinaryExpr, left, right []query.Sample, r rest) bool {
	l, rr := unfiltered(n.kids[0].expr), unfiltered(n.kids[1].expr)
	if l == n.kids[0].expr && rr == n.kids[1].expr {
		return false
	}
	m := &parser.VectorMatching{Card: parser.CardManyToMany, On: e.VectorMatching.On, MatchingLabels: e.VectorMatching.MatchingLabels}
	x := n.derive("unfiltered", (&parser.BinaryExpr{Op: parser.LAND, LHS: &parser.ParenExpr{Expr: l}, RHS: &parser.ParenExpr{Expr: rr}, VectorMatching: m}).String())
	if x == nil {
		return false
	}
	if vec, err := w.look.Ask(x); err != nil || len(vec) == 0 {
		return false
	}
	y := w.note(n, causeApart, r)
	w.sides(y, e.VectorMatching, left, right)
	for i, held := range [][]query.Sample{left, right} {
		f := n.kids[1-i].inner()
		if !isFilter(f) {
			continue
		}
		// What the comparison of one side was of the partners of the other.
		op, operand, limit := f.expr.(*parser.BinaryExpr).Op, f.kids[0], f.kids[1]
		if operand.isScalar() {
			op, operand, limit = mirror(op), f.kids[1], f.kids[0]
		}
		v := w.scalar(limit)
		if math.IsNaN(v) {
			continue
		}
		th := query.Threshold{Op: op.String(), Value: v}
		if c := th.Closest(partners(e.VectorMatching, w.vector(operand), held)); c != nil && !th.Holds(c.Value) && (y.filter == nil || y.filter == f) {
			y.filter = f
			y.keepClosest(th, c, w.look.At)
			break
		}
	}
	return true
}

// partners are the samples that an operator pairs with one of others.
func partners(m *parser.VectorMatching, vec, others []query.Sample) []query.Sample {
	key := func(ls labels.Labels) uint64 { return ls.MatchLabels(m.On, m.MatchingLabels...).Hash() }
	has := map[uint64]bool{}
	for _, s := range others {
		has[key(s.Labels)] = true
	}
	return slices.DeleteFunc(slices.Clone(vec), func(s query.Sample) bool { return !has[key(s.Labels)] })
}
