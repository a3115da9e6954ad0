package replay_test

import (
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

func demo(t *testing.T, name string) *capture.Capture {
	t.Helper()
	fsys, err := fixtures.FS(name)
	require.NoError(t, err)
	c, err := capture.Open(fsys, name, capture.Options{})
	require.NoError(t, err)
	return c
}

func articleAlerts(t *testing.T) []*rules.Group {
	t.Helper()
	fsys, err := fixtures.FS("article")
	require.NoError(t, err)
	text, err := fs.ReadFile(fsys, "alerts.yml")
	require.NoError(t, err)
	groups, errs := rules.Parse("alerts.yml", text, rules.ParseOptions{})
	require.Empty(t, errs)
	return groups
}

// The article's own alerts over the incident: the API server is dead for 90 s
// and neither the latency nor the 5xx alert says a word.
func TestArticleIsSilent(t *testing.T) {
	res := run(t, replay.Options{Capture: demo(t, "incident"), Groups: articleAlerts(t)})
	require.Len(t, res.Rules, 3)
	require.Equal(t, 120, res.Groups[0].Evaluations)
	for _, r := range res.Rules {
		if strings.Contains(r.Expr, "rest_client_request") {
			require.NotEqual(t, replay.VerdictFiring, r.Verdict, r.Alert)
			require.Empty(t, r.Alerts, r.Alert)
		}
	}
}

// What EVENTS.md says was done must be in the summary and in up.
func TestIncidentSummary(t *testing.T) {
	groups, errs := rules.Parse("r.yml", []byte("groups: [{name: g, rules: [{alert: Down, expr: up == 0}]}]"), rules.ParseOptions{})
	require.Empty(t, errs)
	res := run(t, replay.Options{Capture: demo(t, "incident"), Groups: groups})
	s := res.Capture
	require.Equal(t, []any{4, 480, 38}, []any{s.Targets, s.Scrapes, s.FailedScrapes})
	require.Equal(t, 5*time.Second, s.Interval)

	at := func(clock string) time.Time {
		ts, err := time.Parse(time.DateTime, "2026-11-21 "+clock)
		require.NoError(t, err)
		return ts
	}
	// node-a: killed at 07:15:37.9, started again at 07:16:12.94.
	require.Len(t, s.Restarts, 1)
	require.Equal(t, "node-a", s.Restarts[0].Instance)
	require.WithinDuration(t, at("07:16:12.94"), s.Restarts[0].Started, time.Second)
	require.WithinDuration(t, at("07:16:12.94"), s.Restarts[0].Seen, 6*time.Second)
	require.Equal(t, []string{"v1.20.6", "v1.36.3"}, []string{s.Versions[0].Version, s.Versions[1].Version})

	down := map[string]replay.Interval{}
	for _, a := range res.Rules[0].Alerts {
		require.Len(t, a.Intervals, 1)
		down[a.Labels.Get("instance")] = a.Intervals[0]
	}
	require.Len(t, down, 2)
	require.WithinDuration(t, at("07:15:37.9"), down["node-a"].Start, 10*time.Second)
	require.WithinDuration(t, at("07:16:12.94"), down["node-a"].End, 10*time.Second)
	require.False(t, down["node-a"].Open)
	require.WithinDuration(t, at("07:17:37.7"), down["node-c"].Start, 10*time.Second)
	require.True(t, down["node-c"].Open)
}

// The same capture twice gives the same result, to the last field.
func TestDeterministic(t *testing.T) {
	a := run(t, replay.Options{Capture: demo(t, "flaky"), Groups: articleAlerts(t)})
	b := run(t, replay.Options{Capture: demo(t, "flaky"), Groups: articleAlerts(t)})
	require.Equal(t, a, b)
}
