package two

import (
	"fmt"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/parser/posrange"
)

// functions are those that Prometheus 2.55.1 has (promql/parser/functions.go).
var functions = func() map[string]bool {
	set := map[string]bool{}
	for _, name := range strings.Fields(`
abs absent absent_over_time acos acosh asin asinh atan atanh
avg_over_time ceil changes clamp clamp_max clamp_min cos cosh
count_over_time day_of_month day_of_week day_of_year days_in_month deg
delta deriv exp floor histogram_avg histogram_count histogram_fraction
histogram_quantile histogram_stddev histogram_stdvar histogram_sum
holt_winters hour idelta increase info irate label_join label_replace
last_over_time ln log10 log2 mad_over_time max_over_time min_over_time
minute month pi predict_linear present_over_time quantile_over_time rad
rate resets round scalar sgn sin sinh sort sort_by_label
sort_by_label_desc sort_desc sqrt stddev_over_time stdvar_over_time
sum_over_time tan tanh time timestamp vector year
`) {
		set[name] = true
	}
	return set
}()

// A Refusal is what Prometheus 2 does not read.
type Refusal struct {
	What  string // as the object of a sentence
	Place posrange.PositionRange
}

// Refused finds what Prometheus 2.55.1 does not read of an expression that
// Prometheus 3 reads: the first such thing, or nil. The expression has not gone
// through promql.PreprocessExpr; it has no holt_winters, whose newer name is
// taken for it.
func Refused(expr parser.Expr, allowExperimental bool) *Refusal {
	var found *Refusal
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if node == nil || found != nil {
			return nil
		}
		what := refusedNode(node)
		if name := isExperimental(node); name != "" && !allowExperimental {
			what = name + " without --enable-feature=promql-experimental-functions"
		}
		if what != "" {
			found = &Refusal{what, node.PositionRange()}
		}
		return nil
	})
	return found
}

func refusedNode(node parser.Node) string {
	switch n := node.(type) {
	case *parser.Call:
		if !functions[n.Func.Name] && n.Func.Name != smoothing3 {
			return "the function " + n.Func.Name
		}
	case *parser.VectorSelector:
		switch {
		case n.Anchored:
			return "anchored"
		case n.Smoothed:
			return "smoothed"
		case n.OriginalOffsetExpr != nil:
			return "arithmetic in an offset"
		}
	case *parser.MatrixSelector:
		if n.RangeExpr != nil {
			return "arithmetic in a range"
		}
	case *parser.SubqueryExpr:
		if n.RangeExpr != nil || n.StepExpr != nil || n.OriginalOffsetExpr != nil {
			return "arithmetic in a subquery's durations"
		}
	case *parser.BinaryExpr:
		return refusedOperator(n)
	case *parser.AggregateExpr:
		return badName(n.Grouping)
	}
	return ""
}

func refusedOperator(n *parser.BinaryExpr) string {
	if n.Op == parser.TRIM_LOWER || n.Op == parser.TRIM_UPPER {
		return "the operator " + n.Op.String()
	}
	m := n.VectorMatching
	if m == nil {
		return ""
	}
	if m.FillValues.LHS != nil || m.FillValues.RHS != nil {
		return "fill"
	}
	if bad := badName(m.MatchingLabels); bad != "" {
		return bad
	}
	return badName(m.Include)
}

func badName(names []string) string {
	for _, name := range names {
		if !model.LegacyValidation.IsValidLabelName(name) {
			return "the label name " + quoted(name)
		}
	}
	return ""
}

func quoted(s string) string { return fmt.Sprintf("%.60q", s) }
