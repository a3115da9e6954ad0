package reachable_test

import (
	"testing"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/verdict/internal/reachable"
)

var all = parser.NewParser(parser.Options{EnableExperimentalFunctions: true, ExperimentalDurationExpr: true, EnableExtendedRangeSelectors: true, EnableBinopFillModifiers: true})

func parse(tb testing.TB, expr string) parser.Expr {
	tb.Helper()
	out, err := all.ParseExpr(expr)
	if err != nil {
		tb.Fatalf("%s: %v", expr, err)
	}
	return out
}

func TestScratch(t *testing.T) {
	for _, e := range []string{
		`histogram_quantile(0.99, sum by (le, verb) (rate(lat_bucket[5m]))) > 60`,
		`histogram_quantile(0.99, sum by (verb) (rate(lat_bucket[5m]))) > 60`,
		`count(up) < 1`, `hour() > 23`, `x{a="1"} > 0 and y{a="2"} == 0`,
		`sum(rate(lat_count{verb="GET"}[5m])) / sum(rate(lat_count[5m])) > 1`,
		`absent(x) == 0`, `clamp(x, 2, 1)`, `x > 5 < 3`, `1 - sum(rate(lat_count{verb="GET"}[5m])) / sum(rate(lat_count[5m])) < 0`,
	} {
		for _, p := range reachable.Analyse(parse(t, e), reachable.Shape{Metrics: map[string]reachable.Metric{
			"lat_bucket": {Labels: []string{"le", "verb"}, Bounds: []string{"0.1", "0.512", "+Inf"}, NonNegative: true, NotNaN: true},
			"lat_count":  {Labels: []string{"verb"}, NonNegative: true, NotNaN: true},
			"up":         {Labels: []string{"job"}},
		}}) {
			t.Logf("%s\n   %s %s [%s] %s shape=%v near %s%g inside %g", e, p.Kind, p.Reason, p.Expr, p.Text, p.OnShape, p.NearestOp, p.Nearest, p.Inside)
		}
	}
}
