package query_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// grid has a counter that rises by 1 every 30 s, a gauge that stopped at 600 s,
// and a series with a line feed in a label.
func grid(t *testing.T) *timeline.Timeline {
	return load(t, 30*time.Second,
		`c_total{job="a"} 0+1x60`,
		`g{job="a"} 0.1 0.2 0.3 0.1 0.2 0.3 0.1 0.2 0.3 0.1 0.2 0.3 0.1 0.2 0.3 0.1 0.2 0.3 0.1 0.2 0.7`,
		`t{text="a\nb"} 1x60`,
	)
}

// TestPrometheus2 shows what each change does; that Prometheus 2 says the same
// is proved by the test of this name in signals/internal/oracle.
func TestPrometheus2(t *testing.T) {
	tests := []struct {
		name, expr string
		at         float64
		three, two string
	}{
		{"a sample on the left edge is in the range", "count_over_time(c_total[1m])", 900, "2", "3"},
		{"between scrapes nothing differs", "count_over_time(c_total[1m])", 901, "2", "2"},
		{"a sample more makes a rate of none", "increase(c_total[30s])", 900, "", "1"},
		{"rate extrapolates to the range as it is written", "rate(c_total[1m]) * 60", 901, "2", "2"},
		{"and so with a sample on its edge", "rate(c_total[1m]) * 60", 900, "2", "2"},
		{"with an offset", "increase(c_total[30s] offset 5m)", 900, "", "1"},
		{"with a negative offset", "increase(c_total[30s] offset -5m)", 900, "", "1"},
		{"with @", "increase(c_total[30s] @ 900)", 1000, "", "1"},
		{"over a subquery", "increase(c_total[30s:30s])", 900, "", "1"},
		{"in a subquery", "max_over_time(increase(c_total[30s])[1m:30s])", 900, "", "1"},
		{"averages copy what they are of", "avg(avg_over_time(increase(c_total[30s])[1m:30s]))", 900, "", "1"},
		{"and the range with what it is copied for", "avg(increase(c_total[1m]) == 2)", 900, "2", "2"},
		{"1001 ms are a second", "count_over_time(c_total[1001ms])", 901.001, "", ""},
		{"a subquery is closed, too", "count_over_time(c_total[1m:30s])", 900, "2", "3"},
		{"the look-back is closed", "g", 900, "", "0.7"},
		{"and no longer than that", "g", 900.001, "", ""},
		{"a dot matches no line feed", `t{text=~"a.b"}`, 900, "1", ""},
		{"unless it is told to", `t{text=~"(?s:a.b)"}`, 900, "1", "1"},
		{"nor in label_replace", `count(label_replace(t, "x", "y", "text", "a.b") unless t)`, 900, "1", ""},
		{"an average is one quotient", "avg_over_time(g[10m]) * 1e16", 610, "2.2499999999999998e+15", "2.25e+15"},
		{"degrees are multiplied first", "deg(g)", 300, "11.459155902616466", "11.459155902616464"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, two := range []bool{false, true} {
				want := map[bool]string{false: tt.three, true: tt.two}[two]
				if got := values(t, query.Options{Prometheus2: two}, tt.expr, tt.at); got != want {
					t.Errorf("%s at %v s, Prometheus 2 %v: %q, want %q", tt.expr, tt.at, two, got, want)
				}
			}
		})
	}
}

func values(t *testing.T, opts query.Options, expr string, at float64) string {
	t.Helper()
	vec, _, _, err := query.NewEngine(opts).Over(grid(t)).Vector(context.Background(), expr, seconds(at))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range vec {
		out = append(out, fmt.Sprint(s.Value))
	}
	return strings.Join(out, " ")
}

func TestInPrometheus2(t *testing.T) {
	tests := []struct {
		name, expr, refused string
		changes, doubts     string
	}{
		{"places are those of the text", "sum(\n  rate(x{a=~\"b.\"}[1m])) > 2", "", `look-back 0:0 ""; range 2:8 "x{a=~\"b.\"}[1m]"; regex 2:8 "x{a=~\"b.\"}"`, ""},
		{"numbers alone have no changes", "1 + 2", "", "", ""},
		{"averages have doubts where values are infinite", "avg(x)", "", `look-back 0:0 ""; rounding 1:1 "avg(x)"`, "avg(x) when abs(x) == Inf or abs(sum(x)) == Inf"},
		{"in a subquery these are asked of each instant", "max_over_time(quantile(0.5, x)[5m:1m] offset 1m)", "", `look-back 0:0 ""; range 1:15 "quantile(0.5, x)[5m:1m] offset 1m"`, "quantile(0.5, x) when count_over_time((abs(x) == Inf)[5m:1m] offset 1m)"},
		{"an empty subquery made an aggregation fail", "max_over_time(quantile(0.5, x)[30s:1m])", "", `look-back 0:0 ""; range 1:15 "quantile(0.5, x)[30s:1m]"`, "quantile(0.5, x)"},
		{"subqueries of subqueries", "max_over_time(min_over_time(quantile(0.5, x)[2m:1m])[5m:2m])", "", `look-back 0:0 ""; range 1:15 "min_over_time(quantile(0.5, x)[2m:1m])[5m:2m]"; range 1:29 "quantile(0.5, x)[2m:1m]"`, "quantile(0.5, x) when count_over_time((count_over_time((abs(x) == Inf)[2m:1m]))[5m:2m])"},
		{"the step of a subquery is that of the evaluation", "max_over_time(quantile(0.5, x)[30s:])", "", `look-back 0:0 ""; range 1:15 "quantile(0.5, x)[30s:]"`, "quantile(0.5, x)"},
		{"native histograms are left out", "histogram_sum(x)", "", `look-back 0:0 ""`, "histogram_sum(x)"},
		{"an average that keeps its name cannot be a quotient", "avg by (__name__) (x)", "", `look-back 0:0 ""`, "avg by (__name__) (x) when abs(x) == Inf or abs(sum(x)) == Inf; avg by (__name__) (x)"},
		{"nor one whose series would be in disorder", "max_over_time(sum(avg(x))[5m:])", "", `look-back 0:0 ""; range 1:15 "sum(avg(x))[5m:]"`, "avg(x) when count_over_time((abs(x) == Inf or abs(sum(x)) == Inf)[5m:]); avg(x)"},
		{"a function that is younger", "first_over_time(x[5m])", "1:1: parse error: the function first_over_time is not known to Prometheus 2", "", ""},
		{"syntax that is younger", "x[5m + 5m]", "1:1: parse error: arithmetic in a range is not known to Prometheus 2", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := query.InPrometheus2(tt.expr, query.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var changes, doubts []string
			for _, c := range e.Changes {
				changes = append(changes, fmt.Sprintf("%s %d:%d %q", c.Kind, c.Line, c.Column, c.Text))
			}
			for _, d := range e.Doubts {
				text := d.Piece
				if d.When != "" {
					text += " when " + d.When
				}
				doubts = append(doubts, text)
			}
			if got := strings.Join(changes, "; "); got != tt.changes {
				t.Errorf("changes %s, want %s", got, tt.changes)
			}
			if got := strings.Join(doubts, "; "); got != tt.doubts {
				t.Errorf("doubts %s, want %s", got, tt.doubts)
			}
			refused := ""
			if e.Refused != nil {
				refused, _, _ = strings.Cut(e.Refused.Error(), "\n")
			}
			if refused != tt.refused {
				t.Errorf("refused: %s, want %s", refused, tt.refused)
			}
		})
	}
	if _, err := query.InPrometheus2("x[", query.Options{}); err == nil {
		t.Error("no error of what does not parse")
	}
}

// TestOneChange makes one change of several: each must be told from the others.
func TestOneChange(t *testing.T) {
	tests := []struct {
		name, expr string
		at         float64
		three      string
		alone      []string // by the change
	}{
		{"two ranges", "count_over_time(c_total[1m]) + count_over_time(c_total[2m])", 900, "6", []string{"6", "7", "7"}},
		{"the look-back and a range", "g or count_over_time(c_total[1m])", 900, "2", []string{"0.7", "3"}},
		{"a regular expression in a range", `increase(c_total{job=~"a.*"}[1m])`, 901, "2", []string{"2", "2", "2"}},
		{"rounding", "deg(g)", 300, "11.459155902616466", []string{"11.459155902616466", "11.459155902616464"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := query.InPrometheus2(tt.expr, query.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(e.Changes) != len(tt.alone) {
				t.Fatalf("changes: %+v", e.Changes)
			}
			if got := values(t, query.Options{}, tt.expr, tt.at); got != tt.three {
				t.Fatalf("Prometheus 3 says %s", got)
			}
			for i, want := range tt.alone {
				if got := values(t, query.Options{Prometheus2: true, Only: &e.Changes[i]}, tt.expr, tt.at); got != want {
					t.Errorf("%s %s alone: %s, want %s", e.Changes[i].Kind, e.Changes[i].Text, got, want)
				}
			}
		})
	}
}

// TestPrometheus2Steps asks for several instants at once: what stands for an
// expression may be unfit for it where the expression is not.
func TestPrometheus2Steps(t *testing.T) {
	for _, two := range []bool{false, true} {
		src := query.NewEngine(query.Options{Prometheus2: two}).Over(grid(t))
		for expr, fit := range map[string]bool{"rate(c_total[1m])": true, "sum(rate(c_total[1m]))": true, "sum(avg_over_time(g[1m]))": !two} {
			steps := src.Steps(context.Background(), expr, seconds(300), seconds(600), time.Minute)
			if (steps != nil) != fit {
				t.Errorf("%s, Prometheus 2 %v: %v", expr, two, steps)
				continue
			}
			if vec, ok := steps.At(300_000); ok && len(vec) != 1 {
				t.Errorf("%s: %v", expr, vec)
			}
		}
	}
	e, err := query.InPrometheus2("max_over_time(quantile(0.5, x)[30s:])", query.Options{EvaluationInterval: 10 * time.Second})
	if err != nil || e.Doubts[0].When == "" {
		t.Errorf("there are instants in it: %+v, %v", e, err)
	}
}

// TestSmoothing has a function that has another name, and metrics of its names.
func TestSmoothing(t *testing.T) {
	two := query.Options{Prometheus2: true}
	if got := values(t, two, "holt_winters(c_total[5m], 0.5, 0.5) > holt_winters or holt_winters (c_total[5m], 0.5, 0.5)", 901); got != "30" {
		t.Errorf("holt_winters is %s", got)
	}
	for expr, refused := range map[string]bool{
		"double_exponential_smoothing(x[5m], 0.5, 0.5)": true, "double_exponential_smoothing + 1": false, "mad_over_time(x[5m])": false,
	} {
		e, err := query.InPrometheus2(expr, query.Options{Features: query.Features()})
		if err != nil || (e.Refused != nil) != refused || refused && !strings.Contains(e.Refused.Error(), "the function double_exponential_smoothing, which is holt_winters there, is not known to Prometheus 2") {
			t.Errorf("%s: refused: %v, %v", expr, e.Refused, err)
		}
	}
	if _, _, _, err := query.NewEngine(two).Over(grid(t)).Vector(context.Background(), "mad_over_time(x[5m])", seconds(0)); err == nil {
		t.Error("an experimental function needs its feature")
	}
}

// TestNoStartTimestamps has a sample whose start lies in the range: a feature
// of Prometheus 3 makes a rate of it.
func TestNoStartTimestamps(t *testing.T) {
	tl := timeline.New()
	ref := tl.Series(labels.FromStrings("__name__", "c_total"))
	if err := tl.AppendST(ref, 10_000, 60_000, 5); err != nil {
		t.Fatal(err)
	}
	for two, want := range map[bool]int{false: 1, true: 0} {
		e := query.NewEngine(query.Options{Prometheus2: two, Features: []string{query.FeatureUseStartTimestamps}})
		vec, _, _, err := e.Over(tl).Vector(context.Background(), "increase(c_total[1m])", seconds(60))
		if err != nil || len(vec) != want {
			t.Errorf("Prometheus 2 %v: %v, %v", two, vec, err)
		}
	}
}

// TestAveragesOfAverages each double what is below them, up to a bound.
func TestAveragesOfAverages(t *testing.T) {
	expr := strings.Repeat("avg by (__name__) (avg(", 20) + "c_total" + strings.Repeat("))", 20)
	if got := values(t, query.Options{Prometheus2: true}, expr, 900); got != "30" {
		t.Errorf("%s", got)
	}
	expr = strings.Repeat("avg(", 40) + "c_total" + strings.Repeat(")", 40)
	if got := values(t, query.Options{Prometheus2: true}, expr, 900); got != "30" {
		t.Errorf("%s", got)
	}
}

// TestPrometheus2Reach looks a millisecond further back, and at what the
// regular expressions of Prometheus 2 match.
func TestPrometheus2Reach(t *testing.T) {
	r := query.NewEngine(query.Options{Prometheus2: true}).Reach(`rate(x{a!~"b.c"}[5m])`)
	if r.Back != 5*time.Minute {
		t.Errorf("looks back %v", r.Back)
	}
	if m := r.Selectors[0].Matchers[0]; !m.Matches("b\nc") {
		t.Errorf("%v does not match what it should", m)
	}
}

func TestRenamedFunction(t *testing.T) {
	_, err := query.Parse("old.yml", "1 + holt_winters(x[5m], 0.5, 0.5)", nil)
	want := "old.yml:1:5: parse error: unknown function with name \"holt_winters\": since Prometheus 3 it is double_exponential_smoothing, with --enable-feature=promql-experimental-functions\n" +
		"  1 + holt_winters(x[5m], 0.5, 0.5)\n      ^"
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}
