package reachable

import (
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

func (a *analysis) aggregate(n *parser.AggregateExpr) vector {
	in := a.eval(n.Expr)
	if in.dead != nil {
		return in
	}
	var param vector
	if n.Param != nil && n.Op != parser.COUNT_VALUES {
		param = a.eval(n.Param)
	}
	switch n.Op {
	case parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO:
		return a.some(n, in, param)
	}
	out := in
	out.labels = a.grouped(n, in.labels)
	out.single = in.single || len(n.Grouping) == 0 && !n.Without && n.Op != parser.COUNT_VALUES
	out.value, out.sure = aggregated(n.Op, in, param.value), in.sure && !in.hist
	switch n.Op {
	case parser.COUNT, parser.COUNT_VALUES:
		out.value = out.because(floor(n, n.Op.String()+"() counts at least one, or there is no result"))
	case parser.GROUP:
		out.value = out.because(limit(n, "group() gives 1"))
	case parser.STDDEV:
		out.value = out.because(floor(n, "stddev() is not negative"))
	}
	return out
}

// aggregated is what one group of samples can give.
func aggregated(op parser.ItemType, in vector, param value) value {
	v := in.value
	floats := v.num || v.nan
	switch op {
	case parser.COUNT, parser.COUNT_VALUES:
		if in.single {
			return exactly(1)
		}
		return between(1, posInf).integers()
	case parser.GROUP:
		return exactly(1)
	case parser.MIN, parser.MAX:
		return v.floats()
	case parser.SUM:
		if in.single {
			// Adding the compensation turns -0 into 0.
			v.negZero = false
			return v
		}
		return sum(v)
	case parser.AVG:
		if in.single {
			return v
		}
		return mean(v)
	case parser.QUANTILE:
		if !floats {
			return value{}.from(v)
		}
		return quantile(param, v.floats())
	case parser.STDDEV, parser.STDVAR:
		if !floats {
			return value{}.from(v)
		}
		return spread(op == parser.STDDEV)
	}
	out := anyFloat()
	out.hist = v.hist
	return out.from(v)
}

// sum of one or more.
func sum(v value) value {
	out := v
	out.negZero = false
	if !v.num {
		return out
	}
	if v.lo < 0 {
		out.lo = negInf
	}
	if v.hi > 0 {
		out.hi = posInf
	}
	out.nan = v.nan || v.lo == negInf && v.hi == posInf
	return out
}

// mean of one or more. It rounds at each step, and the steps are not bounded:
// a part in 2^30 of the largest is far more than any number of samples needs.
func mean(v value) value {
	out := v.widened(30)
	return out.withNaN(v.num && (v.lo < -1e300 || v.hi > 1e300)).from(v)
}

// quantile of one or more floats.
func quantile(q, v value) value {
	out := value{nan: q.nan}
	if q.num && q.lo < 0 {
		out = out.or(exactly(negInf))
	}
	if q.num && q.hi > 1 {
		out = out.or(exactly(posInf))
	}
	if q.num && q.lo <= 1 && q.hi >= 0 {
		// Two samples, each with its weight; 0 times ±Inf is NaN.
		out = out.or(v.widened(48).withNaN(v.infinite()))
	}
	return out.from(q, v)
}

// spread is a standard deviation, or a variance, which overflows to -Inf when
// samples are far apart.
func spread(root bool) value {
	if root {
		out := between(0, posInf)
		out.negZero, out.nan = true, true
		return out
	}
	return anyFloat()
}

// some is an aggregation that picks samples and leaves them as they are.
func (a *analysis) some(n *parser.AggregateExpr, in, k vector) vector {
	if n.Op == parser.TOPK || n.Op == parser.BOTTOMK {
		in.value = in.floats()
	}
	none := k.num && !k.nan && k.hi < 1
	if n.Op == parser.LIMIT_RATIO {
		none = k.num && !k.nan && k.lo == 0 && k.hi == 0
	}
	if none {
		in.dead = []Proof{a.proof(n, ByValues, Nothing, n.Op.String()+"() of "+number(k.hi)+" picks no series", k.value)}
	}
	in.sure = in.sure && n.Op != parser.LIMIT_RATIO && k.constant() && !in.hist
	return in
}

// grouped are the labels that an aggregation leaves.
func (a *analysis) grouped(n *parser.AggregateExpr, in labelSet) labelSet {
	start, end := span(n)
	names := slices.Clone(n.Grouping)
	if n.Op == parser.COUNT_VALUES {
		label := n.Param
		for p, ok := label.(*parser.ParenExpr); ok; p, ok = label.(*parser.ParenExpr) {
			label = p.Expr
		}
		s, ok := label.(*parser.StringLiteral)
		if !ok {
			return anyLabels()
		}
		there := labels.MustNewMatcher(labels.MatchNotEqual, s.Val, "")
		in = in.with(s.Val, texts{any: true, matchers: []*labels.Matcher{there}, cause: Cause{Start: start, End: end, Text: "count_values() sets " + s.Val}})
		names = append(names, s.Val)
		if n.Without {
			names = names[:len(names)-1]
		}
	}
	if n.Without {
		return in.without(Cause{Start: start, End: end, Text: n.Op.String() + " without (" + join(n.Grouping) + ") drops it"}, append(names, model.MetricNameLabel)...)
	}
	text := n.Op.String() + " by (" + join(n.Grouping) + ") keeps no other label"
	if len(n.Grouping) == 0 {
		text = n.Op.String() + "() keeps no labels"
	}
	return in.only(Cause{Start: start, End: end, Text: text}, names...)
}
