package rules

import (
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"
)

func TestReach(t *testing.T) {
	e := NewEngine(EngineOptions{})
	const ms = time.Millisecond
	for _, row := range []struct {
		name, expr string
		back       time.Duration
		ahead      bool
		everything bool
		steady     bool
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
			r := e.ReachOf(row.expr)
			require.Equal(t, row.everything, r.Everything != "", r.Everything)
			require.Equal(t, row.ahead, r.Ahead)
			require.Equal(t, row.steady, r.Steady)
			if !row.everything {
				require.Equal(t, row.back, r.Back)
			}
		})
	}
}

func TestReachOfTemplates(t *testing.T) {
	e := NewEngine(EngineOptions{})
	for _, row := range []struct {
		name, text string
		queries    []string
		unknown    bool
	}{
		{"no query", `{{ $value }} is a query`, nil, false},
		{"a query as it stands", `{{ with query "b" }}{{ . }}{{ end }}`, []string{"b"}, false},
		{"from a pipe", `{{ range "b" | query }}{{ . }}{{ end }}`, []string{"b"}, false},
		{"in brackets", `{{ (query "b" | first).Value }}`, []string{"b"}, false},
		{"put together", `{{ query (printf "b{x=%q}" $labels.x) }}`, nil, true},
		{"one of two put together", `{{ query "b" }}{{ query .Labels.x }}`, []string{"b"}, true},
		{"within a definition", `{{ define "t" }}{{ query "b" }}{{ end }}{{ template "t" }}`, []string{"b"}, false},
		{"what never runs", `{{ query `, nil, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			g, err := ParseExpr("A", "a", ParseOptions{})
			require.NoError(t, err)
			g.Rules[0].Annotations = labels.FromStrings("text", row.text)
			r := e.Reach(g, g.Rules[0])
			var got []string
			for _, s := range r.Selectors[1:] {
				got = append(got, s.String)
			}
			require.Equal(t, row.queries, got)
			require.Equal(t, row.unknown, r.Unknown != "")
		})
	}
}
