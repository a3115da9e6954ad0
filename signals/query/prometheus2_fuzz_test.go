package query_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/scrapebook/scrapebook/signals/query"
)

// FuzzPrometheus2 evaluates what parses as Prometheus 2: nothing panics, also
// within the engine, and whatever is asked about doubts parses.
func FuzzPrometheus2(f *testing.F) {
	for _, expr := range []string{
		"rate(c_total[1m] offset -5m @ end())", "avg(avg_over_time(increase(c_total[30s])[1m:30s]))", `label_replace(t, "x", "$1", "text", "(.*).")`, "deg(rad(g))",
		"quantile_over_time(scalar(g), (stddev(c_total) by (job))[1m:5s])", "delta(c_total[1m:]) == on (job) group_left (x) g", "holt_winters(c_total[5m], 0.1, 0.2)",
		"topk(scalar(count(g)), count_values(\"v\", c_total)) and -g", "info(g)", "increase((c_total[1m]))", "timestamp(g offset 1m @ start())", "rate(c_total[1m] smoothed)", "avg by (__name__) (g)",
	} {
		f.Add(expr)
	}
	tl := load(f, 30*time.Second, `c_total{job="a"} 0+1x60`, `g{job="a"} 0.1 0.2 NaN Inf`, `t{text="a\nb"} 1x60`)
	opts := query.Options{Features: query.Features(), Prometheus2: true, MaxSamples: 100_000, Timeout: time.Second}
	engine := query.NewEngine(opts)
	f.Fuzz(func(t *testing.T, expr string) {
		e, err := query.InPrometheus2(expr, opts)
		if err == nil {
			for _, d := range e.Doubts {
				if _, err := query.Parse("", d.When, opts.Features); d.When != "" && err != nil {
					t.Errorf("%s: when %s: %v", expr, d.When, err)
				}
			}
			for _, c := range e.Changes {
				if c.Kind != query.ChangeLookback && !strings.Contains(expr, c.Text) {
					t.Errorf("%s: a change of %s", expr, c.Text)
				}
			}
		}
		_, _, _, err = engine.Over(tl).Vector(context.Background(), expr, seconds(900))
		if err != nil && strings.Contains(err.Error(), "unexpected error") {
			t.Errorf("%s: %v", expr, err)
		}
		engine.Over(tl).Steps(context.Background(), expr, seconds(600), seconds(900), time.Minute)
		engine.Reach(expr)
	})
}
