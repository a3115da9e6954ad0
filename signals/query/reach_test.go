package query

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestReach(t *testing.T) {
	e := NewEngine(Options{})
	const ms = time.Millisecond
	for _, row := range []struct {
		name, expr string
		back       time.Duration
		ahead      bool
		everything bool
		rangeSafe  bool
	}{
		{"a selector looks back, its left end open", `a`, 5*time.Minute - ms, false, false, true},
		{"a range", `rate(a[10m])`, 10*time.Minute - ms, false, false, true},
		{"offset adds", `a offset 1h`, time.Hour + 5*time.Minute - ms, false, false, true},
		{"the longest counts", `rate(a[1h]) > b`, time.Hour - ms, false, false, true},
		{"a subquery adds its range to what is in it", `max_over_time(rate(a[5m])[1h:1m])`, time.Hour + 5*time.Minute - ms, false, false, false},
		{"negative offset", `a offset -1m`, 4*time.Minute - ms, true, false, false},
		{"a fixed time", `a @ 100`, 5*time.Minute - ms - 100*time.Second, true, true, false},
		{"@ end() is the instant itself, but of a range query its end", `a @ end()`, 5*time.Minute - ms, false, false, false},
		{"no selector", `vector(1)`, 0, false, false, true},
		{"sum of series in their order", `sum(rate(a[5m]))`, 5*time.Minute - ms, false, false, true},
		{"sum of what comes from a map", `sum(a / b)`, 5*time.Minute - ms, false, false, false},
		{"sum of sums, which come in another order", `sum(sum by (x) (a))`, 5*time.Minute - ms, false, false, false},
		{"the largest is the same in any order", `max(a / b)`, 5*time.Minute - ms, false, false, true},
		{"sorting", `sort(a)`, 5*time.Minute - ms, false, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := e.Reach(row.expr)
			require.Equal(t, row.everything, r.Everything != "", r.Everything)
			require.Equal(t, row.ahead, r.Ahead)
			parsed, err := Parse("", row.expr, nil)
			require.NoError(t, err)
			require.Equal(t, row.rangeSafe, parsed.RangeSafe)
			if !row.everything {
				require.Equal(t, row.back, r.Back)
			}
		})
	}
}

// Each selector looks back as far as its range and the subqueries around it.
func TestReachOfSelectors(t *testing.T) {
	const ms = time.Millisecond
	for expr, want := range map[string]map[string]time.Duration{
		`rate(a[5m]) and on (i) present_over_time(b[1d])`: {"a": 5*time.Minute - ms, "b": 24*time.Hour - ms},
		`a + a offset 1h + b`:                             {"a": time.Hour + 5*time.Minute - ms, "b": 5*time.Minute - ms},
		`max_over_time(rate(a[10m])[1h:1m]) > b`:          {"a": time.Hour + 10*time.Minute - ms, "b": 5*time.Minute - ms},
		`max_over_time((a > avg_over_time(b[2m]))[1h:1m] offset 5m)`: {
			"a": 5*time.Minute + time.Hour + 5*time.Minute - ms, "b": 5*time.Minute + time.Hour + 2*time.Minute - ms,
		},
		`a offset -1h + b`: {"a": 0, "b": 5*time.Minute - ms},
	} {
		got := map[string]time.Duration{}
		for _, s := range NewEngine(Options{}).Reach(expr).Selectors {
			got[s.String] = s.Back
		}
		require.Equal(t, want, got, expr)
	}
	// What stands for an expression in Prometheus 2 may look further.
	for _, s := range NewEngine(Options{Prometheus2: true}).Reach(`rate(a[5m]) > rate(b[1h])`).Selectors {
		require.Equal(t, time.Hour, s.Back, s.String)
	}
}
