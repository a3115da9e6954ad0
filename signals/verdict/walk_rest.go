package verdict

import (
	"math"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/query"
)

// rest is what stands beside a node in the expression around it.
type rest struct {
	node   *node // nil: nothing does
	sample query.Sample
	there  bool // it gave the sample
	gave   bool // it gave something, or masked nothing
	// pass tells whether a value in its place would pass the comparison around
	// it; nil: there is none, or that can't be told.
	pass func(float64) bool
	zero bool // it is in an aggregation that people expect to be 0 of nothing, and 0 would pass
}

// through is the rest around an operand: f is what its operator makes of it.
func (r rest) through(f func(float64) float64) rest {
	if pass := r.pass; pass != nil {
		r.pass = func(v float64) bool { return pass(f(v)) }
	}
	return r
}

// within is the rest around the operand of a comparison.
func (r rest) within(holds func(float64) bool) rest {
	pass := r.pass
	r.pass = func(v float64) bool { return holds(v) && (pass == nil || pass(v)) }
	return r
}

// unknown is the rest around an operand of which nobody knows what comes of it.
func (r rest) unknown() rest {
	r.pass = nil
	return r
}

// beside is the rest around the side of an operator that gave nothing.
func beside(e *parser.BinaryExpr, r rest, other *node, sample query.Sample, leftEmpty bool) rest {
	r.node, r.sample, r.there, r.gave = other, sample, true, true
	op, v := e.Op, sample.Value
	switch {
	case op == parser.LAND && leftEmpty:
		return r
	case op == parser.LAND:
		return r.unknown()
	case op.IsComparisonOperator() && !e.ReturnBool && leftEmpty:
		return r.within(func(x float64) bool { return passes(op, x, v) })
	case op.IsComparisonOperator() && !e.ReturnBool:
		pass := r.pass
		r.pass = func(x float64) bool { return passes(op, v, x) && (pass == nil || pass(v)) }
		return r
	case leftEmpty:
		return r.through(func(x float64) float64 { return arithmetic(e, x, v) })
	}
	return r.through(func(x float64) float64 { return arithmetic(e, v, x) })
}

// arithmetic is what an operator makes of two values.
func arithmetic(e *parser.BinaryExpr, l, r float64) float64 {
	switch e.Op {
	case parser.ADD:
		return l + r
	case parser.SUB:
		return l - r
	case parser.MUL:
		return l * r
	case parser.DIV:
		return l / r
	case parser.MOD:
		return math.Mod(l, r)
	case parser.POW:
		return math.Pow(l, r)
	case parser.ATAN2:
		return math.Atan2(l, r)
	}
	if e.ReturnBool && passes(e.Op, l, r) {
		return 1
	}
	return 0
}

// zeroStays are the functions that make 0 of 0, and of a range without a
// sample what people expect of one of zeros.
var zeroStays = []string{
	"abs", "ceil", "floor", "round", "sgn", "sqrt", "deg", "rad", "sort", "sort_desc", "sort_by_label", "sort_by_label_desc", "label_replace", "label_join",
	"rate", "irate", "increase", "delta", "idelta", "deriv", "changes", "resets", "count_over_time", "sum_over_time", "max_over_time", "min_over_time", "avg_over_time", "last_over_time",
}
