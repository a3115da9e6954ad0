package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/jitter"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// A page names what flips and with what, at any width.
func TestLuck(t *testing.T) {
	res := &replay.Result{Start: at(0), End: at(600), Rules: []replay.Rule{
		{Alert: "AnAlertWithQuiteALongName", Verdict: replay.VerdictFiring, Labels: labels.FromStrings("team", "x")}, {Alert: "Steady", Verdict: replay.VerdictInactive}, {Record: "r"},
	}}
	j := &jitter.Result{Result: res}
	for i := range 12 {
		j.Trials = append(j.Trials, jitter.Trial{Kind: jitter.Phase, Interval: 12 * time.Second, Phase: time.Duration(i) * time.Second})
	}
	j.Trials = append(j.Trials, jitter.Trial{Kind: jitter.Lost, Nth: 3, Of: 12}, jitter.Trial{Kind: jitter.For, By: 12 * time.Second}, jitter.Trial{Kind: jitter.For, By: -12 * time.Second})
	require.Contains(t, text(t, report.Text{Jitter: j}, res), "No luck: 2 alerts came out the same in 15 replays (phases over 12s; 1 of 12\n  scrapes lost; for ±12s)\n")
	of := labels.FromStrings("alertname", "A", "instance", "node-a.example.org", "job", "app", "path", "/a/long/path/to/something", "team", "x")
	j.Flips = []jitter.Flip{
		{Kind: jitter.Phase, Fired: true, Of: 12, Other: []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
		{Kind: jitter.Phase, Labels: &of, Of: 12, Other: []int{11}},
		{Kind: jitter.Lost, Fired: true, Of: 1, Other: []int{12}},
		{Kind: jitter.For, Fired: true, Of: 2, Other: []int{13, 14}},
	}
	for _, width := range []int{60, 80, 120} {
		var b strings.Builder
		page := report.Text{Jitter: j, Width: width, Hints: report.Hints{Phase: "--phase", Lose: "--lose", AddFor: "--add-for", Replay: "scrapebook replay x"}}
		require.NoError(t, page.Report(&b, res))
		checkLuck(t, b.String(), width)
	}
	require.Contains(t, text(t, report.Text{Jitter: j}, res), " phase 1s", "in words where no program is known")
	require.NotContains(t, text(t, report.Text{}, res), "uck")
	var b strings.Builder
	require.NoError(t, report.JSON{Jitter: j}.Report(&b, res))
	flat := strings.Join(strings.Fields(b.String()), " ")
	require.Contains(t, flat, `{ "kind": "phase", "interval_seconds": 12, "phase_seconds": 0 }`)
	require.Contains(t, flat, `{ "kind": "lost", "nth": 3, "of": 12 }`)
	require.Contains(t, flat, `{ "kind": "for", "fired": true, "fired_in": 0, "of": 2, "otherwise": [ 13, 14 ] }`)
	require.Contains(t, flat, `"path": "/a/long/path/to/something"`)
	require.Equal(t, 2, strings.Count(flat, `"jitter": [] }`), "rules without a flip say so")
}

func checkLuck(t *testing.T, page string, width int) {
	t.Helper()
	for line := range strings.Lines(page) {
		require.LessOrEqual(t, terminal.Width(strings.TrimSuffix(line, "\n")), width, line)
	}
	flat := strings.Join(strings.Fields(page), " ")
	require.Contains(t, flat, "Luck: 1 of 2 alerts came out otherwise in some of 15 replays")
	require.Contains(t, flat, "The same in all: Steady")
	require.Contains(t, flat, "To see one: scrapebook replay x --phase 1s")
	if width == 120 {
		require.Contains(t, flat, "fired 2 of 12 --phase 1s, 2s, 3s, 4s, 5s, 6s, 7s, 8s and 2 more")
		require.Contains(t, flat, "silent 1 of 12 --phase 11s")
		require.Contains(t, flat, "any fired 0 of 1 --lose 3/12")
		require.Contains(t, flat, "any fired 0 of 2 --add-for 12s, -12s")
		require.Contains(t, page, "node-a.example.org")
		require.NotContains(t, page, "team")
	}
}
