package query

import (
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Ordered is a storage of which every Select that is not sorted has its series
// in one order, whatever time it asks for.
type Ordered interface {
	// InOrder hands out in that order the series that match all of the matchers
	// and have a sample at a time, in ms since the epoch, or later.
	InOrder(since int64, yield func(labels.Labels), ms ...*labels.Matcher)
	// Count is how many match, whether or not they have samples.
	Count(ms ...*labels.Matcher) int
}

// An order is that of the series which an instant query has as the result of an
// expression: that of the series of one of its selectors.
type order struct {
	matchers []*labels.Matcher
	changes  []change // what becomes of their labels, in turn
	replaced []string // labels that they get from elsewhere
}

// A change of labels: some of them are kept, or all but some.
type change struct {
	keep  bool
	names []string
}

// orderOf tells in which order an instant query has the result of an
// expression; nil: it cannot be told.
func orderOf(expr parser.Expr) *order {
	switch e := expr.(type) {
	case *parser.ParenExpr:
		return orderOf(e.Expr)
	case *parser.UnaryExpr:
		return orderOf(e.Expr)
	case *parser.VectorSelector:
		return &order{matchers: e.LabelMatchers}
	case *parser.Call:
		return orderOfCall(e)
	case *parser.BinaryExpr:
		return orderOfBinary(e)
	}
	return nil
}

// elementwise are functions that give a value for each of their argument's.
var elementwise = []string{
	"abs", "ceil", "floor", "round", "sgn", "exp", "ln", "log2", "log10", "sqrt",
	"clamp", "clamp_min", "clamp_max", "deg", "rad",
}

func orderOfCall(e *parser.Call) *order {
	switch {
	case slices.Contains(elementwise, e.Func.Name):
		return orderOf(e.Args[0])
	case e.Func.Name == "label_replace", e.Func.Name == "label_join":
		dst, ok := stringOf(e.Args[1])
		if !ok {
			return nil
		}
		return orderOf(e.Args[0]).replacing(dst)
	case e.Func.Name == "absent_over_time":
		return nil
	}
	for _, a := range e.Args {
		if m, ok := a.(*parser.MatrixSelector); ok {
			return orderOf(m.VectorSelector)
		}
	}
	return nil
}

// replacing is an order of series that get some labels from elsewhere.
func (o *order) replacing(names ...string) *order {
	if o == nil || len(names) == 0 {
		return o
	}
	return &order{
		matchers: o.matchers,
		changes:  append(slices.Clip(o.changes), change{names: names}),
		replaced: append(slices.Clip(o.replaced), names...),
	}
}

// orderOfBinary is that of the side whose vector the engine walks.
func orderOfBinary(e *parser.BinaryExpr) *order {
	switch {
	case e.LHS.Type() == parser.ValueTypeScalar:
		return orderOf(e.RHS)
	case e.RHS.Type() == parser.ValueTypeScalar, e.Op == parser.LAND, e.Op == parser.LUNLESS:
		return orderOf(e.LHS)
	case e.Op == parser.LOR, e.VectorMatching == nil, e.VectorMatching.FillValues.LHS != nil, e.VectorMatching.FillValues.RHS != nil:
		return nil
	}
	m := e.VectorMatching
	switch m.Card {
	case parser.CardManyToOne:
		return orderOf(e.LHS).replacing(m.Include...)
	case parser.CardOneToMany:
		return orderOf(e.RHS).replacing(m.Include...)
	}
	o := orderOf(e.LHS)
	if o == nil {
		return nil
	}
	o = &order{matchers: o.matchers, replaced: o.replaced, changes: slices.Clone(o.changes)}
	if m.On || len(m.MatchingLabels) > 0 {
		o.changes = append(o.changes, change{keep: m.On, names: m.MatchingLabels})
	}
	return o
}

// reserved are labels that operators and functions may drop, or not.
var reserved = []string{model.MetricNameLabel, model.MetricTypeLabel, model.MetricUnitLabel}

// places tells of a series of the result where it stands, by its key; false
// when two series of the selector cannot be told apart.
func (o *order) places(q Ordered, since int64) (places map[string]int, ok bool) {
	places, ok = map[string]int{}, true
	lb := labels.NewBuilder(labels.EmptyLabels())
	q.InOrder(since, func(ls labels.Labels) {
		lb.Reset(ls)
		for _, c := range o.changes {
			if c.keep {
				lb.Keep(c.names...)
			} else {
				lb.Del(c.names...)
			}
		}
		key := string(lb.Del(reserved...).Labels().Bytes(nil))
		if _, twice := places[key]; twice {
			ok = false
		}
		places[key] = len(places)
	}, o.matchers...)
	return places, ok
}

// key is what places knows a series of the result by.
func (o *order) key(lb *labels.Builder, ls labels.Labels, buf []byte) []byte {
	lb.Reset(ls)
	return lb.Del(reserved...).Del(o.replaced...).Labels().Bytes(buf[:0])
}
