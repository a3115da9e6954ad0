package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
)

func inspection() *report.Inspection {
	info := func(instance string, failed, gaps int, jitter time.Duration, version string) replay.TargetInfo {
		return replay.TargetInfo{
			Job: "app", Instance: instance, Scrapes: 120, Failed: failed, Gaps: gaps, Interval: 5 * time.Second, Jitter: jitter,
			First: at(0), Last: at(600), Versions: []string{version}, Format: "text",
		}
	}
	c := sample().Capture
	c.TargetInfos = []replay.TargetInfo{info("i1", 3, 1, 12*time.Millisecond, "v1.2.3"), info("i2", 0, 0, 0, "v1.2.4")}
	c.TargetInfos[0].Labels, c.TargetInfos[0].Restarts = labels.FromStrings("zone", "b"), 1
	c.Gaps = []replay.Gap{{Job: "app", Instance: "i1", From: at(100), To: at(130), Missed: 5}}
	c.Ended = []replay.Ended{{Job: "app", Instance: "i2", Last: at(500)}, {Job: "app", Instance: "i1", Last: at(400), Removed: true}}
	bad := sample().Problems[0]
	return &report.Inspection{
		Capture:  c,
		Problems: []replay.Problem{{ID: "time-zone-assumed", Severity: "warning", File: "x", Message: "no zone"}, bad, bad, {ID: "odd", Severity: "info", Message: "odd"}},
		Times:    []report.TimeSource{{Source: "the files' names", Scrapes: 238, Unzoned: "x"}, {Source: "Date headers", Scrapes: 2}},
		Ignored:  []report.Ignored{{"a.txt", "no metrics"}, {"b.png", "binary"}, {"c.txt", "no metrics"}, {"d.txt", "no metrics"}},
	}
}

func TestInspect(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, report.Text{Width: 80, Hints: hints}.Inspect(&b, inspection()))
	require.Equal(t, `demo: 2 targets of 1 job, 240 scrapes (3 failed), every 5s
  2026-11-21 12:00:00 – 12:10:00 UTC
  times: the files' names (238), without a zone in x: UTC is assumed; Date
    headers (2)
  ignored: a.txt, c.txt and 1 more: no metrics
  ignored: b.png: binary
  assumed: times without a zone are UTC; 2 damaged lines skipped (--on-damage
    fail: the scrape fails); nothing happens in 1 gap, first i1
    12:01:40–12:02:10 (--gaps failed: scrapes fail); series outlive the last
    scrape of i2 at 12:08:20 (capture.yaml, ends: removed: they end)

app: 2 targets, text, v1.2.3 (1), v1.2.4 (1)
  INSTANCE  SCRAPES  FAILED  GAPS  EVERY     FIRST–LAST         RESTARTS
  i1            120       3     1  5s ±12ms  12:00:00–12:10:00         1
  i2            120       0     0  5s        12:00:00–12:10:00         0
  labels of i1: {zone="b"}

4 problems:
  2 times, first app/i1/1.prom:3:4: error: no number [bad-value]
  x: warning: no zone [time-zone-assumed]
  info: odd [odd]
`, b.String())
}

// What was chosen by a flag is no choice of ours.
func TestChoicesOfFlags(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, report.Text{FailOnDamage: true, GapsFailed: true}.Inspect(&b, inspection()))
	require.NotContains(t, b.String(), "damaged")
	require.NotContains(t, b.String(), "gap,")
}

// However large the capture, lists are cut; what came from files neither
// steers the terminal nor widens it.
func TestInspectIsBounded(t *testing.T) {
	const evil = "\x1b[2J\u202e\r\n"
	in := inspection()
	one := in.Capture.TargetInfos[0]
	in.Capture.TargetInfos = nil
	in.Capture.Jobs = nil
	for j := range 3 {
		job := fmt.Sprintf("job%d%s", j, evil)
		in.Capture.Jobs = append(in.Capture.Jobs, replay.Job{Name: job, Targets: 50})
		for i := range 50 {
			one.Job, one.Instance = job, fmt.Sprintf("i%d%s%s", i, evil, strings.Repeat("x", 10))
			one.Labels, one.Versions = labels.EmptyLabels(), []string{fmt.Sprintf("v%d%s", i, evil)}
			in.Capture.TargetInfos = append(in.Capture.TargetInfos, one)
		}
	}
	for i := range 100 {
		in.Problems = append(in.Problems, replay.Problem{ID: fmt.Sprintf("id%d", i), Severity: "error", Message: evil})
		in.Ignored = append(in.Ignored, report.Ignored{File: evil, Reason: fmt.Sprintf("reason %d%s", i, evil)})
	}
	var b bytes.Buffer
	require.NoError(t, report.Text{Width: 80, Hints: hints}.Inspect(&b, in))
	require.NotContains(t, b.String(), "\x1b")
	require.Contains(t, b.String(), "and 126 targets more: --all shows them")
	require.Contains(t, b.String(), "and 95 kinds more: --all shows them")
	require.Contains(t, b.String(), "ignored for 97 reasons more")
	require.LessOrEqual(t, strings.Count(b.String(), "\n"), 110)
	for line := range strings.Lines(b.String()) {
		require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), 80, line)
	}
}

func TestInspectJSON(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, report.JSON{}.Inspect(&b, inspection()))
	var got struct {
		Capture struct {
			Gaps []struct {
				Instance string
				Missed   int `json:"missed_scrapes"`
			}
			Ended []struct{ Removed bool }
		}
		Targets []struct {
			Instance string
			Labels   map[string]string
			Jitter   float64 `json:"jitter_seconds"`
			Versions []string
		}
		Times    []struct{ Source, Unzoned string }
		Ignored  []struct{ File, Reason string }
		Problems []struct {
			ID    string
			Count int
			Line  int
		}
	}
	require.NoError(t, json.Unmarshal(b.Bytes(), &got))
	require.Equal(t, 5, got.Capture.Gaps[0].Missed)
	require.True(t, got.Capture.Ended[1].Removed)
	require.Equal(t, "b", got.Targets[0].Labels["zone"])
	require.Equal(t, 0.012, got.Targets[0].Jitter)
	require.Equal(t, "x", got.Times[0].Unzoned)
	require.Len(t, got.Ignored, 4)
	require.Equal(t, "bad-value", got.Problems[0].ID)
	require.Equal(t, 2, got.Problems[0].Count)
	require.Equal(t, 3, got.Problems[0].Line)

	b.Reset()
	require.NoError(t, report.JSON{}.Inspect(&b, &report.Inspection{}))
	require.NotContains(t, b.String(), "null", "an empty list is [], for whoever loops over it")
}
