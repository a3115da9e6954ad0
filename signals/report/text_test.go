package report_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func at(sec int) time.Time { return noon.Add(time.Duration(sec) * time.Second) }

func firing(from, to int, peak float64, open bool) replay.Interval {
	return replay.Interval{State: replay.Firing, Start: at(from), End: at(to), Open: open, Peak: peak}
}

// sample has one rule of each verdict.
func sample() *replay.Result {
	return &replay.Result{
		Start: at(0), End: at(600), Interval: 5 * time.Second,
		Capture: replay.Summary{
			Name: "demo", Jobs: []replay.Job{{Name: "app", Targets: 2, Scrapes: 240, Failed: 3}},
			Targets: 2, Scrapes: 240, FailedScrapes: 3, Samples: 1000, Start: at(0), End: at(600),
			Interval: 5 * time.Second, Phase: 2500 * time.Millisecond, Ignored: []string{"a.txt", "b.txt", "c.txt"},
			Restarts: []replay.Restart{{Job: "app", Instance: "i1", Seen: at(100), Started: at(98)}},
			Versions: []replay.Version{{Job: "app", Version: "v1.2.3", Instances: []string{"i1", "i2"}}},
		},
		Groups: []replay.Group{{Name: "g", File: "r.yml", Interval: 5 * time.Second, Evaluations: 119}},
		Rules: []replay.Rule{
			{Group: "g", Alert: "Quiet", Expr: "m > 10", Verdict: replay.VerdictInactive, Evaluations: 119,
				Threshold: &replay.Threshold{Op: ">", Value: 10}, Closest: &replay.Closest{Value: 9.25, At: at(5)},
				Selectors: []replay.Selector{{Text: "m", Series: 2}}},
			{Group: "g", Alert: "NaNOnly", Expr: "n > 10", Verdict: replay.VerdictInactive, Evaluations: 119,
				Threshold: &replay.Threshold{Op: ">", Value: 10}, Selectors: []replay.Selector{{Text: "n", Series: 1}}},
			{Group: "g", Alert: "Blind", Expr: "up{job=\"ap\"} == 0", Verdict: replay.VerdictNoData, Evaluations: 119,
				Selectors: []replay.Selector{{Text: `up{job="ap"}`, Similar: []string{`job="app"`}}}},
			{Group: "g", Alert: "Broken", Expr: "m + on () m", Verdict: replay.VerdictError, Evaluations: 119, Failed: 119, Error: "many-to-many",
				Selectors: []replay.Selector{{Text: "m", Series: 2}}},
			{Group: "g", Alert: "Later", Expr: "m > 5", Verdict: replay.VerdictFiring, Evaluations: 119, Labels: labels.FromStrings("severity", "page"),
				Threshold: &replay.Threshold{Op: ">", Value: 5}, Selectors: []replay.Selector{{Text: "m", Series: 2}},
				Alerts: []replay.Alert{
					{Labels: labels.FromStrings("alertname", "Later", "instance", "i1", "severity", "page"), Intervals: []replay.Interval{firing(50, 60, 6, false), firing(90, 100, 7.123456, false)}, Peak: 7.123456, PeakAt: at(95)},
					{Labels: labels.FromStrings("alertname", "Later", "instance", "i2", "severity", "page"), Intervals: []replay.Interval{firing(50, 60, math.Inf(1), false)}, Peak: math.Inf(1), PeakAt: at(50)},
				}},
			{Group: "g", Alert: "First", Expr: "absent(x)", Verdict: replay.VerdictFiring, Evaluations: 119,
				Alerts: []replay.Alert{{Labels: labels.FromStrings("alertname", "First"), Intervals: []replay.Interval{firing(5, 600, 1, true)}, Peak: 1, PeakAt: at(5)}}},
			{Group: "g", Alert: "Almost", Expr: "m > 6", Verdict: replay.VerdictPending, Evaluations: 119, Threshold: &replay.Threshold{Op: ">", Value: 6},
				Alerts: []replay.Alert{{Labels: labels.FromStrings("alertname", "Almost", "instance", "i1"), Peak: 7, PeakAt: at(50),
					Intervals: []replay.Interval{{State: replay.Pending, Start: at(50), End: at(60), Peak: 7}}}}},
			{Group: "g", Record: "m:sum", Expr: "sum(m)", Verdict: replay.VerdictInactive, Evaluations: 119, Recorded: 1, Selectors: []replay.Selector{{Text: "m", Series: 2}}},
		},
		Problems: []replay.Problem{{File: "app/i1/1.prom", Line: 3, Column: 4, ID: "bad-value", Severity: "error", Message: "no number"}},
	}
}

func text(t *testing.T, r report.Text, res *replay.Result) string {
	t.Helper()
	var b bytes.Buffer
	r.Hints, r.Width = hints, cmp.Or(r.Width, 80)
	require.NoError(t, r.Report(&b, res))
	return b.String()
}

// hints are a program's that has flags.
var hints = report.Hints{
	Whole: "--format json has them", Rows: "--all shows them", Times: "scrapebook inspect --write-manifest keeps that",
	Damage: "--on-damage fail: the scrape fails", Gaps: "--gaps failed: scrapes fail", OneScrape: "scrapebook signals --help tells more.",
}

// A page names no flag of a program that it does not know.
func TestPagesWithoutHints(t *testing.T) {
	in := inspection()
	for range 99 {
		in.Problems = append(in.Problems, sample().Problems[0], replay.Problem{ID: "time-source", Message: "names"})
		in.Capture.TargetInfos = append(in.Capture.TargetInfos, in.Capture.TargetInfos[0])
	}
	res := sample()
	res.Problems, res.Capture = in.Problems, in.Capture
	res.Capture.Interval = 0
	d := &signals.Difference{Moves: slices.Repeat([]signals.Move{{Kind: signals.MoveVanished}}, 50)}
	for _, hints := range []report.Hints{hints, {}} {
		var b bytes.Buffer
		r := report.Text{Hints: hints}
		require.NoError(t, r.Report(&b, res))
		require.NoError(t, r.Inspect(&b, in))
		require.NoError(t, r.Difference(&b, "old", "new", d, report.DifferenceOptions{}))
		r.Hints.Rows = "" // of a program that has no flag for all rows
		require.NoError(t, r.Inspect(&b, in))
		page := strings.Join(strings.Fields(b.String()), " ")
		for _, hint := range []string{"--all", "--write-manifest", "--on-damage", "--gaps", "--format", "scrapebook signals"} {
			require.Equal(t, hints.Whole != "", strings.Contains(page, hint), hint)
		}
		require.Equal(t, hints.Whole != "", strings.Contains(page, "--"), "of the flags none but these")
	}
}

// The whole page, as a person sees it.
func TestText(t *testing.T) {
	require.Equal(t, `demo: 2 targets of 1 job, 240 scrapes (3 failed), every 5s
  2026-11-21 12:00:00 – 12:10:00 UTC; 3 files ignored (a.txt, b.txt, …)
  app  2 targets  240 scrapes  3 failed  v1.2.3
  restarts seen: i1 12:01:40
  assumed: 1 damaged line skipped (--on-damage fail: the scrape fails)

2 of 7 alerts fired, First first at 12:00:05; 1 saw no data; 1 failed

VERDICT   ALERT    WHEN               ON   WORST           SEEN
firing    First    12:00:05 – end     all  1                  0
firing    Later    12:00:50–12:01:00  i1   6 > 5              2
                   12:00:50–12:01:00  i2   +Inf > 5
                   12:01:30–12:01:40  i1   7.12 > 5
pending   Almost   12:00:50–12:01:00  i1   7 > 6              0
error     Broken                                              2
no-data   Blind                                               0
inactive  Quiet                            9.25, not > 10     2
inactive  NaNOnly                          no value           1

Blind saw no data: none of its selectors matched a series of this capture (jobs:
  app)
    up{job="ap"}
      there is: job="app"

Broken: 119 of 119 evaluations failed, the last with: many-to-many

1 problem in the files:
  app/i1/1.prom:3:4: error: no number [bad-value]
`, text(t, report.Text{}, sample()))
}

// Nothing that came from a file moves a terminal's cursor, and nothing but a
// word longer than the line is wider than 80 columns.
func TestTextIsSafeAndNarrow(t *testing.T) {
	const evil = "\x1b[2J\x1b]0;title\x07\u202eabc\u200b\r\n\t\xff"
	res := sample()
	res.Capture.Name, res.Capture.Ignored = evil, []string{evil}
	res.Capture.Jobs[0].Name, res.Capture.Restarts[0].Instance, res.Capture.Versions[0].Version = evil, evil, evil
	for i := range res.Rules {
		r := &res.Rules[i]
		r.Alert += evil
		r.Error += evil
		for j := range r.Selectors {
			r.Selectors[j].Text += evil
			r.Selectors[j].Similar = append(r.Selectors[j].Similar, evil)
		}
		for j := range r.Alerts {
			lb := labels.NewBuilder(r.Alerts[j].Labels)
			r.Alerts[j].Labels = lb.Set("instance", evil).Set("zone", strings.Repeat("long ", 100)).Labels()
		}
	}
	res.Problems[0].File, res.Problems[0].Message = evil, evil
	got := text(t, report.Text{}, res)
	for _, r := range got {
		require.True(t, r == '\n' || unicode.IsPrint(r) && r != utf8.RuneError, "%q in\n%s", r, got)
	}
	for line := range strings.Lines(got) {
		require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), 80, line)
	}
	require.Contains(t, got, `\x1b[2J`)
}

func TestTextColour(t *testing.T) {
	require.NotContains(t, text(t, report.Text{}, sample()), "\x1b")
	colored := text(t, report.Text{Color: true}, sample())
	require.Contains(t, colored, "\x1b[31mfiring")
	require.Contains(t, colored, "\x1b[31m6\x1b[0m > \x1b[36m5\x1b[0m", "a value that passed a threshold, and that")
	require.Contains(t, colored, "\x1b[33m7\x1b[0m > \x1b[36m6\x1b[0m", "as the state that came of it")
	require.Contains(t, colored, " 9.25, not > \x1b[36m10\x1b[0m", "one that did not pass")
}

// Long lists say how much they leave out.
func TestTextIsBounded(t *testing.T) {
	res := sample()
	var many []replay.Interval
	for i := range 50 {
		many = append(many, firing(i*10, i*10+5, 6, false))
	}
	res.Rules[4].Alerts[0].Intervals = many
	for range 99 {
		res.Problems = append(res.Problems, res.Problems[0])
	}
	res.Capture.HiddenProblems = 7
	got := text(t, report.Text{}, res)
	require.Contains(t, got, "and 45 more\n", "50 intervals of one alert and 1 of the other in 6 rows")
	require.Contains(t, got, "107 problems in the files:")
	require.Contains(t, got, "rows left out: --all shows them\n")
	require.Contains(t, got, "and 90 more: --all shows them\n  and 7 more, which were only counted\n")
}

func TestTextOtherCaptures(t *testing.T) {
	tests := []struct {
		name   string
		change func(*replay.Result)
		want   []string
	}{
		{"one scrape: rates need two", func(r *replay.Result) {
			r.Capture.Interval, r.End, r.Capture.End = 0, r.Start, r.Capture.Start
		}, []string{"One scrape a target: rate and increase need two", "  2026-11-21 12:00:00 UTC;"}},
		{"more than a day: times with the date", func(r *replay.Result) {
			r.End = r.Start.AddDate(0, 0, 2)
			r.Capture.End = r.End
		}, []string{"2026-11-21 12:00:00 – 2026-11-23 12:10:00", "11-21 12:00:50–11-21 12:01:00"}[1:]},
		{"times that no name tells: said in the head alone", func(r *replay.Result) {
			r.Problems = []replay.Problem{{ID: "time-source", Severity: "warning", Message: "the times are the Date headers"}}
		}, []string{"  assumed: the times are the Date headers (scrapebook inspect --write-manifest\n    keeps that)\n\n2 of 7"}},
		{"recording rules alone", func(r *replay.Result) { r.Rules = r.Rules[7:] }, []string{"1 recording rule, no alerts"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := sample()
			tt.change(res)
			got := text(t, report.Text{}, res)
			for _, want := range tt.want {
				require.Contains(t, got, want)
			}
		})
	}
}

// The names of the JSON are a contract: see also the golden file of the
// command.
func TestJSON(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, report.JSON{}.Report(&b, sample()))
	var got struct {
		Rules []struct {
			Alert   string
			Closest *struct{ Value, Threshold, At string }
			Alerts  []struct {
				Peak      string
				PeakAt    string `json:"peak_at"`
				Intervals []struct {
					State, Start, End string
					Open              bool
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal(b.Bytes(), &got))
	require.Equal(t, "9.25", got.Rules[0].Closest.Value)
	require.Equal(t, "2026-11-21T12:00:05.000Z", got.Rules[0].Closest.At)
	require.Nil(t, got.Rules[1].Closest)
	require.Equal(t, "+Inf", got.Rules[4].Alerts[1].Peak, "what JSON has no number for is a string as in the Prometheus API")
	require.True(t, got.Rules[5].Alerts[0].Intervals[0].Open)
	require.NotContains(t, b.String(), "null,\n      \"alerts\": null")
	for _, list := range []string{"selectors", "warnings", "alerts", "why"} {
		require.NotContains(t, b.String(), `"`+list+`": null`, "an empty list is [], for whoever loops over it")
	}
}

func TestJSONOfAnything(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, report.JSON{}.Report(&b, &replay.Result{}))
	require.True(t, json.Valid(b.Bytes()))
	require.Contains(t, b.String(), `"rules": []`)
	require.Contains(t, b.String(), `"problems": []`)

	res := sample()
	res.Rules[0].Alert, res.Problems[0].Message = "\xff\x00\u2028", "\x1b<>&"
	b.Reset()
	require.NoError(t, report.JSON{}.Report(&b, res))
	require.True(t, json.Valid(b.Bytes()))
	require.NotContains(t, b.String(), "\x1b")
}

func TestSampleValue(t *testing.T) {
	for v, want := range map[float64]string{
		1: "1", 0.1: "0.1", 1e-7: "1e-07", 1e21: "1e+21", 1e20: "100000000000000000000",
		math.Inf(1): "+Inf", math.Inf(-1): "-Inf", 0: "0",
	} {
		require.Equal(t, want, report.SampleValue(v))
	}
	require.Equal(t, "NaN", report.SampleValue(math.NaN()))
}
