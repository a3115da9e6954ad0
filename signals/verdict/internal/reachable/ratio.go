package reachable

import (
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// part tells whether the left of a division sums some of what the right sums,
// so that it is never more: both are sum with the same grouping, paired group
// by group, over the same function of the same metric, range and offset; the
// matchers of the left imply those of the right; nothing is negative. Sums are
// compensated and take the series in the same order, so that leaving some out
// never rounds up past the whole.
func part(n *parser.BinaryExpr, l, r value) bool {
	num, ok := bareParens(n.LHS).(*parser.AggregateExpr)
	if !ok || num.Op != parser.SUM || l.lo < 0 || r.lo < 0 {
		return false
	}
	den, ok := bareParens(n.RHS).(*parser.AggregateExpr)
	if !ok || den.Op != parser.SUM || num.Without != den.Without || !sameNames(num.Grouping, den.Grouping) {
		return false
	}
	m := n.VectorMatching
	byGroup := !m.On && len(m.MatchingLabels) == 0 || m.On && !num.Without && sameNames(m.MatchingLabels, num.Grouping)
	return byGroup && subset(num.Expr, den.Expr)
}

func bareParens(n parser.Expr) parser.Expr {
	for {
		switch p := n.(type) {
		case *parser.ParenExpr:
			n = p.Expr
		case *parser.StepInvariantExpr:
			n = p.Expr
		default:
			return n
		}
	}
}

func sameNames(a, b []string) bool {
	sorted := func(names []string) []string {
		names = slices.Clone(names)
		slices.Sort(names)
		return slices.Compact(names)
	}
	return slices.Equal(sorted(a), sorted(b))
}

// seriesBySeries are functions of one series at a time whose other arguments
// are numbers.
var seriesBySeries = []string{
	"abs", "avg_over_time", "ceil", "clamp", "clamp_max", "clamp_min", "count_over_time", "floor", "increase", "irate",
	"last_over_time", "max_over_time", "min_over_time", "rate", "round", "sqrt", "sum_over_time",
}

// subset tells whether each sample of num is one of den.
func subset(num, den parser.Expr) bool {
	num, den = bareParens(num), bareParens(den)
	switch x := num.(type) {
	case *parser.NumberLiteral:
		y, ok := den.(*parser.NumberLiteral)
		return ok && x.Val == y.Val
	case *parser.Call:
		y, ok := den.(*parser.Call)
		if !ok || x.Func.Name != y.Func.Name || len(x.Args) != len(y.Args) || !slices.Contains(seriesBySeries, x.Func.Name) {
			return false
		}
		for i := range x.Args {
			if !subset(x.Args[i], y.Args[i]) {
				return false
			}
		}
		return true
	case *parser.MatrixSelector:
		y, ok := den.(*parser.MatrixSelector)
		return ok && x.RangeExpr == nil && y.RangeExpr == nil && x.Range == y.Range && subset(x.VectorSelector, y.VectorSelector)
	case *parser.VectorSelector:
		y, ok := den.(*parser.VectorSelector)
		return ok && sameTime(x, y) && nameOf(x) != "" && nameOf(x) == nameOf(y) && implies(x.LabelMatchers, y.LabelMatchers)
	}
	return false
}

func sameTime(x, y *parser.VectorSelector) bool {
	if x.OriginalOffsetExpr != nil || y.OriginalOffsetExpr != nil || x.OriginalOffset != y.OriginalOffset ||
		x.StartOrEnd != y.StartOrEnd || x.Smoothed != y.Smoothed || x.Anchored != y.Anchored {
		return false
	}
	if x.Timestamp == nil || y.Timestamp == nil {
		return x.Timestamp == y.Timestamp
	}
	return *x.Timestamp == *y.Timestamp
}

func nameOf(n *parser.VectorSelector) string {
	for _, m := range n.LabelMatchers {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual {
			return m.Value
		}
	}
	return ""
}

// implies tells whether all that passes the first matchers passes the second.
func implies(first, second []*labels.Matcher) bool {
	return !slices.ContainsFunc(second, func(want *labels.Matcher) bool {
		return !slices.ContainsFunc(first, func(have *labels.Matcher) bool {
			return have.Name == want.Name && (have.Type == want.Type && have.Value == want.Value || have.Type == labels.MatchEqual && want.Matches(have.Value))
		})
	})
}
