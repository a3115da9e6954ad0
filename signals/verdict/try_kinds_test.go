package verdict_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// What is tried of a kind of finding, and whether it is said to be meant.
func TestTriedChanges(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		scene, rule  string
		id           string   // of the finding
		tried        []string // "change -> outcome", with ! where it is likely
		not          string   // no change holds it
	}{
		{name: "quiet", reason: "the value that came closest, as a threshold that it passes", scene: "j/i m 1 2 3 2 1", rule: `alert: A, expr: m > 10`, id: verdict.Quiet,
			tried: []string{"with >= 3 -> fires at 09:00:37, until 09:00:52 on i"}},
		{name: "quiet below", reason: "and the other way", scene: "j/i m 9 8 7 8 9", rule: `alert: A, expr: m < 5`, id: verdict.Quiet,
			tried: []string{"with <= 7 -> fires at 09:00:37, until 09:00:52 on i"}},
		{name: "quiet turned around", reason: "the threshold may stand left", scene: "j/i m 1 2 3 2 1", rule: `alert: A, expr: 10 < m`, id: verdict.Quiet,
			tried: []string{"with >= 3 -> fires at 09:00:37, until 09:00:52 on i"}},
		{name: "quiet for too short a time", reason: "it would not have held", scene: "j/i m 1 2 3 2 1", rule: `alert: A, expr: m > 10, for: 1m`, id: verdict.Quiet,
			tried: []string{"with >= 3 -> is pending at most, from 09:00:37 until 09:00:52 on i (for: 1m)"}},
		{name: "equals", reason: "another value is another question", scene: "j/i m 1*8", rule: `alert: A, expr: m == 5`, id: verdict.Quiet},
		{name: "pending at the end", reason: "for no longer than it was", scene: "j/i m 9*20", rule: `alert: A, expr: m > 5, for: 15m`, id: verdict.CaptureTooShort,
			tried: []string{"with for: 4m45s -> fires at 09:04:52, to the end on i"}},
		{name: "an offset beyond the capture", reason: "nothing shorter tells of it", scene: "j/i m 9*20", rule: `alert: A, expr: m - m offset 1d < -1`, id: verdict.CaptureTooShort},
		{name: "a threshold of several series", reason: "an aggregation makes one of them", scene: "j/i a 1*8\nj/k a 2*8", rule: `alert: A, expr: a > scalar(a)`, id: verdict.Undefined,
			tried: []string{"with scalar(max(…)) -> stays silent", "with scalar(min(…)) -> fires at 09:00:07, to the end on k"}},
		{name: "0/0", reason: "no change makes a number of it", scene: "j/i a 0*8", rule: `alert: A, expr: a / a > 1`, id: verdict.Undefined},
		{name: "a label more on the left", reason: "the left has several for one of the right", scene: "j/i m{a=\"1\"} 2*8\nj/i m{a=\"2\"} 2*8\nj/i n 1*8", rule: `alert: A, expr: m / n > 1`, id: verdict.Unmatched,
			tried: []string{`!with ignoring (a) group_left () -> fires at 09:00:07, to the end on i, a="1" and as 1 other alert`}},
		{name: "a label more on the right", reason: "one of each is enough for that", scene: "j/i m 2*8\nj/i n{a=\"1\"} 1*8", rule: `alert: A, expr: m / n > 1`, id: verdict.Unmatched,
			tried: []string{`!with ignoring (a) group_right () -> fires at 09:00:07, to the end on i, a="1"`}},
		{name: "one label more on the left", reason: "others may come with another value", scene: "j/i m{a=\"1\"} 2*8\nj/i n 1*8", rule: `alert: A, expr: m / n > 1`, id: verdict.Unmatched,
			tried: []string{`!with ignoring (a) group_left () -> fires at 09:00:07, to the end on i, a="1"`}},
		{name: "another value", reason: "one of each side pairs with one", scene: "j/i m{a=\"1\"} 2*8\nj/i n{a=\"2\"} 1*8", rule: `alert: A, expr: m / n > 1`, id: verdict.Unmatched,
			tried: []string{"!with ignoring (a) -> fires at 09:00:07, to the end on i"}},
		{name: "nothing in common", reason: "to pair what has nothing in common is no repair", scene: "j/i m 2*8\nk/l n 1*8", rule: `alert: A, expr: m and n`, id: verdict.Unmatched,
			tried: []string{"with on () -> fires at 09:00:07, to the end on i"}},
		{name: "many to one", reason: "group_left says that it is meant", scene: "j/i m{a=\"1\"} 9*8\nj/i m{a=\"2\"} 9*8\nj/i n 1*8", rule: `alert: A, expr: m * on (instance) n > 5`, id: verdict.Failing,
			tried: []string{`with on (instance) group_left () -> fires at 09:00:07, to the end on i, a="1" and as 1 other alert`}},
		{name: "one to many", reason: "group_right does for the other side", scene: "j/i m 9*8\nj/i n{a=\"1\"} 1*8\nj/i n{a=\"2\"} 1*8", rule: `alert: A, expr: m * on (instance) n > 5`, id: verdict.Failing,
			tried: []string{`with on (instance) group_right () -> fires at 09:00:07, to the end on i, a="1" and as 1 other alert`}},
		{name: "a bound", reason: "another bound is another question", scene: "j/i TYPE h histogram\nj/i h_bucket{le=\"1\"} 0+1*8\nj/i h_bucket{le=\"2\"} 0+1*8\nj/i h_bucket{le=\"+Inf\"} 0+1*8\nj/i h_count 0+1*8\nj/i h_sum 0+1*8", rule: `alert: A, expr: 'rate(h_bucket{le="1"}[1m]) > 0'`, id: verdict.NoSeries,
			tried: []string{`!with le="1.0" -> fires at 09:00:22, to the end on i, le="1.0"`}, not: `le="2.0"`},
		{name: "always true", reason: "what compares already needs no second comparison", scene: "j/i m 1*8", rule: `alert: A, expr: count(m) >= 1`, id: verdict.AlwaysTrue},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.NotEmpty(t, tt.reason)
			res := tried(t, scene(t, tt.scene), groupsOf(t, tt.rule))
			found := false
			for _, f := range res.Why[0] {
				if f.ID != tt.id {
					continue
				}
				found = true
				var got []string
				for _, try := range f.Try {
					mark := ""
					if try.Likely {
						mark = "!"
					}
					got = append(got, mark+try.Change+" -> "+try.Outcome)
				}
				for _, want := range tt.tried {
					require.Contains(t, got, want, tt.reason)
				}
				if tt.tried == nil {
					require.Empty(t, got, tt.reason)
				}
				require.False(t, tt.not != "" && strings.Contains(strings.Join(got, "\n"), tt.not), "%s: %s", tt.reason, got)
			}
			require.True(t, found, "no %s", tt.id)
		})
	}
}

// What is cut is said to be cut.
func TestWhatIsCutIsSaid(t *testing.T) {
	var labels []string
	for i := range 20 {
		labels = append(labels, fmt.Sprintf("l%d=\"x\"", i))
	}
	groups := groupsOf(t, "groups: [{name: g, interval: 1s, rules: [{alert: A, expr: 'm{none=\"x\"} > 0'}]}]")
	c := scene(t, "j/i m{"+strings.Join(labels, ",")+"} 1*300")
	res := tried(t, c, groups)
	f := res.Why[0][0]
	require.Len(t, f.Try, 16)
	require.Equal(t, 5, f.Untried) // 20 labels, and none

	w := verdict.NewWatcher()
	again, err := replay.Run(context.Background(), replay.Options{Capture: c, Groups: groups, Observer: w})
	require.NoError(t, err)
	why := w.Why(again)
	require.NoError(t, w.Try(context.Background(), why))
	trees, err := w.Explain(context.Background(), []int{0}, again.End, nil)
	require.NoError(t, err)
	require.Equal(t, again.Rules[0].Evaluations, trees[0].Evaluations)
	require.Len(t, trees[0].Nodes[0].Course, 4096)
	var page, list, machine strings.Builder
	require.NoError(t, report.Text{Why: why}.Explain(&page, again, trees))
	require.Contains(t, page.String(), fmt.Sprintf("(the course is that of the first 4096 of %d evaluations)", again.Rules[0].Evaluations))
	require.Contains(t, page.String(), "    not tried: 5 changes more; a finding has 16 at most, and all together 1000")
	require.NoError(t, report.Text{Why: why, WhyAll: true}.Report(&list, again))
	require.Contains(t, list.String(), "not tried: 5 changes more")
	require.NoError(t, report.JSON{Why: why}.Explain(&machine, again, trees))
	require.Contains(t, machine.String(), `"untried": 5`)
	require.Contains(t, machine.String(), fmt.Sprintf(`"evaluations": %d`, again.Rules[0].Evaluations))
}
