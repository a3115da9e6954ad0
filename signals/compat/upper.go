package compat

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/query"
)

// neverTrue reports whether a comparison filters by a constant that the other
// side cannot reach on a version.
func (x *checked) neverTrue(e *parser.BinaryExpr, v int) bool {
	operand, op, limit, ok := query.Comparison(e)
	if !ok || above[op] == "" {
		return false
	}
	most, _, ok := x.upper(operand, v)
	switch {
	case !ok:
		return false
	case op == parser.GTR:
		return most <= limit
	}
	return most < limit
}

// above are the operators that ask for something high, in words.
var above = map[parser.ItemType]string{parser.GTR: "above", parser.GTE: "as high as", parser.EQLC: "as high as"}

// quantile is a histogram_quantile that an upper bound comes from.
type quantile struct {
	call *parser.Call
	cap  float64 // the highest finite bound
	of   *family
}

// upper returns a value that an expression cannot pass on a version, and what
// it comes from: the quantiles of classic histograms, kept by what keeps
// values and by arithmetic with constants. NaN passes nothing.
func (x *checked) upper(e parser.Expr, v int) (most float64, from *quantile, ok bool) {
	switch e := e.(type) {
	case *parser.ParenExpr:
		return x.upper(e.Expr, v)
	case *parser.StepInvariantExpr:
		return x.upper(e.Expr, v)
	case *parser.SubqueryExpr:
		return x.upper(e.Expr, v)
	case *parser.AggregateExpr:
		switch e.Op {
		case parser.MAX, parser.MIN, parser.TOPK, parser.BOTTOMK:
			return x.upper(e.Expr, v)
		}
	case *parser.Call:
		switch e.Func.Name {
		case "histogram_quantile":
			return x.upperQuantile(e, v)
		case "max_over_time", "min_over_time", "last_over_time", "sort", "sort_desc", "label_replace", "label_join":
			return x.upper(e.Args[0], v)
		}
	case *parser.BinaryExpr:
		return x.upperBinary(e, v)
	}
	return 0, nil, false
}

func (x *checked) upperBinary(e *parser.BinaryExpr, v int) (most float64, from *quantile, ok bool) {
	switch {
	case e.Op == parser.LAND || e.Op == parser.LUNLESS || e.Op.IsComparisonOperator() && !e.ReturnBool && isVector(e.LHS):
		return x.upper(e.LHS, v)
	case e.Op == parser.LOR:
		a, from, okA := x.upper(e.LHS, v)
		b, fromB, okB := x.upper(e.RHS, v)
		if b > a {
			from = fromB
		}
		return max(a, b), from, okA && okB
	}
	operand, k, left := e.LHS, 0.0, true
	if k, ok = query.Constant(e.RHS); !ok {
		operand, left = e.RHS, false
		if k, ok = query.Constant(e.LHS); !ok {
			return 0, nil, false
		}
	}
	most, from, ok = x.upper(operand, v)
	if !ok {
		return 0, nil, false
	}
	switch {
	case e.Op == parser.ADD:
		return most + k, from, true
	case e.Op == parser.SUB && left:
		return most - k, from, true
	case e.Op == parser.MUL && k > 0:
		return most * k, from, true
	case e.Op == parser.DIV && left && k > 0:
		return most / k, from, true
	}
	return 0, nil, false
}

func (x *checked) upperQuantile(call *parser.Call, v int) (float64, *quantile, bool) {
	if q, ok := query.Constant(call.Args[0]); !ok || !(q >= 0 && q <= 1) { // above 1 it is +Inf
		return 0, nil, false
	}
	var of *family
	var bounds []float64
	ok := true
	parser.Inspect(call.Args[1], func(node parser.Node, _ []parser.Node) error {
		s, is := node.(*parser.VectorSelector)
		if !is || !ok || x.emptySelector(s, v) {
			return nil
		}
		series := metricName(s)
		f := x.family(series)
		p := &f.at[v]
		if f.name == series || !strings.HasSuffix(series, "_bucket") || p.Bounds == nil || !p.State.Has() || len(x.recorded[series]) > 0 {
			ok = false
			return nil
		}
		if top, _ := p.Cap(); of == nil || top > bounds[len(bounds)-1] {
			of = f
		}
		bounds = append(bounds, p.Bounds...)
		slices.Sort(bounds)
		return nil
	})
	if !ok || of == nil || !onlySelectsBuckets(call.Args[1]) {
		return 0, nil, false
	}
	return interpolated(bounds), &quantile{call, bounds[len(bounds)-1], of}, true
}

// onlySelectsBuckets reports whether le is what the buckets have: nothing on
// the way writes labels.
func onlySelectsBuckets(e parser.Expr) bool {
	good := true
	parser.Inspect(e, func(node parser.Node, _ []parser.Node) error {
		if c, ok := node.(*parser.Call); ok && strings.HasPrefix(c.Func.Name, "label_") {
			good = false
		}
		return nil
	})
	return good
}

// interpolated is the highest value that the engine's interpolation gives
// between such bounds: by rounding it may pass a bound.
func interpolated(bounds []float64) float64 {
	most := bounds[len(bounds)-1]
	for i, b := range bounds {
		low := 0.0
		if i > 0 {
			low = bounds[i-1]
		}
		most = max(most, low+(b-low)*1)
	}
	return most
}

// hasBound reports whether a matcher of le lets a bucket pass. Prometheus 3
// stores bounds as OpenMetrics spells them, 1 as 1.0.
func hasBound(bounds []float64, m *labels.Matcher) bool {
	return m.Matches("+Inf") || slices.ContainsFunc(bounds, func(b float64) bool { return m.Matches(labels.FormatOpenMetricsFloat(b)) })
}

// spelled is a bound as it is stored, when le is another spelling of it.
func spelled(bounds []float64, le string) (string, bool) {
	v, err := strconv.ParseFloat(le, 64)
	if err != nil || !math.IsInf(v, 1) && !slices.Contains(bounds, v) {
		return "", false
	}
	return labels.FormatOpenMetricsFloat(v), true
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
