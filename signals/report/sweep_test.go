package report_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/sweep"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Where a rule fires, in the words that people use.
func TestSweptThresholds(t *testing.T) {
	inf := math.Inf(1)
	below, above := func(v float64) float64 { return math.Nextafter(v, -inf) }, func(v float64) float64 { return math.Nextafter(v, inf) }
	for _, tt := range []struct {
		name string
		op   string
		list []sweep.Range
		want string
	}{
		{"above", ">", []sweep.Range{{From: -inf, To: below(0.1)}}, "fires below 0.1, silent from 0.1 on"},
		{"at least", ">=", []sweep.Range{{From: -inf, To: 0.1}}, "fires up to 0.1, silent above"},
		{"below", "<", []sweep.Range{{From: above(0.1), To: inf}}, "fires above 0.1, silent up to 0.1"},
		{"at most", "<=", []sweep.Range{{From: 0.1, To: inf}}, "fires from 0.1 on, silent below"},
		{"equal", "==", []sweep.Range{{From: 1, To: 1}, {From: 4, To: 4}}, "fires at 1, at 4"},
		{"not equal", "!=", []sweep.Range{{From: -inf, To: below(5)}, {From: above(5), To: inf}}, "fires below 5, above 5"},
		{"a range", ">", []sweep.Range{{From: 2, To: below(3)}}, "fires from 2 below 3"},
		{"everywhere", ">", []sweep.Range{{From: -inf, To: inf}}, "every threshold fires"},
		{"nowhere", ">", nil, "no threshold fires: with none does the whole expression hold for long enough"},
		{"many", "==", []sweep.Range{{From: 1, To: 1}, {From: 2, To: 2}, {From: 3, To: 3}, {From: 4, To: 4}, {From: 5, To: 5}, {From: 6, To: 6}, {From: 7, To: 7}}, "fires at 1, at 2, at 3, at 4, at 5, at 6, and 1 more"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := sweep.Comparison{Expr: "m " + tt.op + " 3", Op: tt.op, Value: 3, Fires: tt.list, Values: 9}
			for _, r := range tt.list {
				if r.From != -inf {
					c.Edges = append(c.Edges, sweep.Edge{Fires: r.From, Silent: below(r.From)})
				}
				if r.To != inf {
					c.Edges = append(c.Edges, sweep.Edge{Fires: r.To, Silent: above(r.To)})
				}
			}
			require.Contains(t, sweptPage(t, 80, c), "\n  "+tt.want+"\n")
		})
	}
	require.Contains(t, sweptPage(t, 80, sweep.Comparison{Expr: "m > 3", Op: ">"}), "no threshold fires: there was no value to compare")
	require.Contains(t, sweptPage(t, 80, sweep.Comparison{Expr: "m > 3", Op: ">", Values: 1, Histograms: 2}), "left out: 2 native histograms, which")
	require.Contains(t, sweptPage(t, 80, sweep.Comparison{Expr: "m > 3", Op: ">", Why: "it is not"}), "is not swept: it is not")
	require.Contains(t, sweptPage(t, 80, sweep.Comparison{Expr: "m > 3", Op: ">", Values: 1, Separates: []sweep.Range{}}), "no threshold tells of the incidents without a false alarm")
	require.Contains(t, sweptPage(t, 80), "not swept, since nothing is compared with a constant: A")
}

func sweptPage(t *testing.T, width int, list ...sweep.Comparison) string {
	t.Helper()
	res := &replay.Result{Start: at(0), End: at(600), Rules: []replay.Rule{{Alert: "A", For: time.Minute, Verdict: replay.VerdictInactive}}}
	return text(t, report.Text{Width: width, Sweep: append([]sweep.Comparison{}, list...)}, res)
}

// A page is as wide as it may be, whatever the numbers, and its bars are as
// long as the rule fired.
func TestSweptPlot(t *testing.T) {
	c := sweep.Comparison{Expr: strings.Repeat("sum by (a) (rate(m[5m])) + ", 9) + "m > 0.1", Op: ">", Value: 0.1, Values: 9,
		Fires: []sweep.Range{{From: math.Inf(-1), To: math.Nextafter(7, 6)}}, Edges: []sweep.Edge{{Fires: math.Nextafter(7, 6), Silent: 7}}}
	for i, v := range []float64{0.012345678901234567, 0.1, 1, 5, 7, 8, 9, 10, 11} {
		c.Points = append(c.Points, sweep.Point{Threshold: v, Own: i == 1, Fired: max(0, time.Duration(4-i)*150*time.Second), Alerts: max(0, 5-i)})
	}
	for _, width := range []int{60, 80, 120} {
		page := sweptPage(t, width, c)
		for line := range strings.Lines(page) {
			require.LessOrEqual(t, terminal.Width(strings.TrimSuffix(line, "\n")), width, line)
		}
		require.Contains(t, page, "> 0.1, for 1m\n", "the constant is seen")
		bars := map[string]int{}
		for line := range strings.Lines(page) {
			if f := strings.Fields(line); len(f) > 2 {
				bars[strings.Join(f[:3], " ")] = strings.Count(line, "█")
			}
		}
		longest := bars["> 0.012345678901234567 10m"]
		require.Positive(t, longest, page)
		require.Equal(t, longest*3/4, bars["rule > 0.1"])
		require.Equal(t, 1, bars["> 7 0s"], "it did fire, at one evaluation")
		require.Contains(t, bars, "> 8 0s")
		require.Contains(t, bars, "> 11 0s")
		require.NotContains(t, bars, "> 9 0s", "what lies within what is silent is left away")
	}
	var b strings.Builder
	require.NoError(t, report.JSON{Sweep: []sweep.Comparison{c}}.Report(&b, &replay.Result{Rules: []replay.Rule{{Alert: "A"}, {Alert: "B"}}}))
	require.Contains(t, b.String(), fmt.Sprintf("%q: %q", "threshold", "0.012345678901234567"))
	require.Contains(t, b.String(), `"sweep": []`, "of a rule that has none")
	b.Reset()
	c.Fires = make([]sweep.Range, 1003)
	require.NoError(t, report.JSON{Sweep: []sweep.Comparison{c}}.Report(&b, &replay.Result{Rules: []replay.Rule{{Alert: "A"}}}))
	require.Contains(t, b.String(), `"ranges_left_out": 3`)
	require.Equal(t, 1000, strings.Count(b.String(), `"from": "0"`))
	b.Reset()
	require.NoError(t, report.JSON{}.Report(&b, &replay.Result{Rules: []replay.Rule{{Alert: "A"}}}))
	require.NotContains(t, b.String(), `"sweep"`)
}
