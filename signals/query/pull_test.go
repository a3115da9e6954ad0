package query

import (
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
)

func TestPulled(t *testing.T) {
	for expr, want := range map[string]string{
		`sum by (job, le) (a and on (job) b)`:                                        `sum by (job, le) (a) and on (job) b`,
		`sum by (job, le) ((a unless on (job) b > 1))`:                               `sum by (job, le) (a) unless on (job) b > 1`,
		`sum without (i) (a and on (job) b)`:                                         `sum without (i) (a) and on (job) b`,
		`sum(a and on () b)`:                                                         `sum(a) and on () b`,
		`quantile by (job) (0.5, a and on (job) b)`:                                  `quantile by (job) (0.5, a) and on (job) b`,
		`sum by (job) (a and on (job) b) > 1`:                                        `(sum by (job) (a) and on (job) b) > 1`,
		`-(sum by (job) (a and on (job) b))`:                                         `-(sum by (job) (a) and on (job) b)`,
		`-sum by (job) (a and on (job) b)`:                                           `-(sum by (job) (a) and on (job) b)`,
		`max by (job) (sum by (job, i) (a and on (job) b))`:                          `max by (job) (sum by (job, i) (a)) and on (job) b`,
		`abs(sum by (job) (a and on (job) b))`:                                       `abs(sum by (job) (a) and on (job) b)`,
		`c and on (job) sum by (job) (a > 2 and on (job) b)`:                         `c and on (job) (sum by (job) (a > 2) and on (job) b)`,
		`histogram_quantile(0.9, sum by (job, le) (rate(a[5m]) and on (job) b)) > 1`: `(histogram_quantile(0.9, sum by (job, le) (rate(a[5m]))) and on (job) b) > 1`,
	} {
		require.Equal(t, want, pull(t, expr))
	}
	for _, expr := range []string{
		`sum by (job) (a and b)`,
		`sum by (job) (a and ignoring (job) b)`,
		`sum by (job) (a or on (job) b)`,
		`sum by (job) (a * on (job) b)`,
		`sum by (job) (a and on (i) b)`,
		`sum without (job) (a and on (job) b)`,
		`sum by (__name__) (a and on (__name__) b)`,
		`sum by (__type__) (a and on (__type__) b)`,
		`topk by (job) (1, a and on (job) b)`,
		`bottomk by (job) (1, a and on (job) b)`,
		`limitk by (job) (1, a and on (job) b)`,
		`limit_ratio by (job) (0.5, a and on (job) b)`,
		`count_values by (job) ("v", a and on (job) b)`,
		`histogram_quantile(0.9, a and on (le) b)`,
		`histogram_sum(a and on (job) b)`,
	} {
		require.Equal(t, expr, pull(t, expr))
	}
}

// pull is the text of a pulled expression, which says what that is.
func pull(t *testing.T, text string) string {
	t.Helper()
	p := parser.NewParser(parser.Options{EnableExperimentalFunctions: true})
	expr, err := p.ParseExpr(text)
	require.NoError(t, err)
	got := pulled(expr)
	require.Equal(t, text, expr.String(), "it is not changed")
	again, err := p.ParseExpr(got.String())
	require.NoError(t, err)
	require.Equal(t, parser.Tree(again), parser.Tree(got))
	return got.String()
}
