package export_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/export"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

func capturesOf(t *testing.T, c *capture.Capture, file string) []export.CaptureTest {
	t.Helper()
	groups, errs := rules.Parse("rules.yml", []byte(file), rules.ParseOptions{})
	require.Empty(t, errs)
	opts := export.Options{Replay: replay.Options{Capture: c, Groups: groups}, RuleFile: func(int) string { return "A.rules.yml" }}
	_, tests, err := export.CaptureTests(context.Background(), opts, func(rule int) string { return fmt.Sprintf("A%d.capture", rule) })
	require.NoError(t, err)
	return tests
}

// What is kept of a capture: the metrics that a rule selects, around what is
// shown.
func TestCaptureTests(t *testing.T) {
	var bodies []string
	for i := range 60 {
		bodies = append(bodies, fmt.Sprintf("# TYPE x gauge\nx %d\ny{a=\"b\"} 1\nz_total 5\n", i))
	}
	c := made(t, bodies...)
	x := capturesOf(t, c, head+"  - {alert: A, expr: 'x > 30', labels: {severity: page}}\n  - {alert: B, expr: 'y > 1'}\n  - {alert: C, expr: 'absent(up{job=\"none\"})'}\n  - {alert: D, expr: 'nosuch > 1'}\n  - {alert: E, expr: 'x * on(a) y'}\n")
	require.Len(t, x, 5)
	a := x[0]
	require.Empty(t, a.Refused)
	require.Contains(t, string(a.Text), "alerts: {A: {on: {instance: a, job: job}, from: '2026-11-21T07:02:37Z', within: 5s}}")
	require.Less(t, len(a.Files), 12, "a minute is kept")
	for name, body := range a.Files {
		require.Contains(t, string(body), "\nx ", name)
		require.NotContains(t, string(body), "y{")
		require.True(t, strings.HasPrefix(name, "job/a/17952445"), name)
	}
	require.Contains(t, string(x[1].Text), "why: {B: quiet}\n  silent: [B]\n")
	require.Contains(t, string(x[2].Text), "alerts: {C: ")
	require.NotEmpty(t, x[2].Files, "what is not there needs targets that are")
	require.Contains(t, string(x[3].Text), "allow: [no-data]\n  why: {D: no-series}\n")
	require.True(t, x[4].Refused != "" || strings.Contains(string(x[4].Text), "why: {E: "))
	_, _, err := export.CaptureTests(context.Background(), export.Options{}, nil)
	require.ErrorContains(t, err, "a capture and rules are needed")
}
