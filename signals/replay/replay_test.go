package replay_test

import (
	"context"
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// start is the first scrape's time in captures made here.
var start = time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC)

// files makes a capture of one job: for each target the bodies of its scrapes,
// ten seconds apart. "!" is a failed scrape, "-" none at all.
func files(targets map[string][]string) fstest.MapFS {
	out := fstest.MapFS{}
	for target, bodies := range targets {
		for i, body := range bodies {
			name := fmt.Sprintf("app/%s/%d", target, start.Add(time.Duration(i)*10*time.Second).UnixMilli())
			switch body {
			case "-":
			case "!":
				out[name+".err"] = &fstest.MapFile{Data: []byte("connection refused\n")}
			default:
				out[name+".prom"] = &fstest.MapFile{Data: []byte(body + "\n")}
			}
		}
	}
	return out
}

func open(t *testing.T, fsys fstest.MapFS) *capture.Capture {
	t.Helper()
	c, err := capture.Open(fsys, "test", capture.Options{})
	require.NoError(t, err)
	return c
}

func parse(t *testing.T, text string) []*rules.Group {
	t.Helper()
	groups, errs := rules.Parse("rules.yml", []byte(text), rules.ParseOptions{})
	require.Empty(t, errs)
	return groups
}

func run(t *testing.T, opts replay.Options) *replay.Result {
	t.Helper()
	res, err := replay.Run(context.Background(), opts)
	require.NoError(t, err)
	return res
}

// states spells the intervals of an alert in seconds since the start.
func states(a replay.Alert) string {
	s := ""
	for i, iv := range a.Intervals {
		if i > 0 {
			s += " "
		}
		end := fmt.Sprintf("%g", iv.End.Sub(start).Seconds())
		if iv.Open {
			end += "…"
		}
		s += fmt.Sprintf("%s[%g,%s)", iv.State, iv.Start.Sub(start).Seconds(), end)
	}
	return s
}

const oneRule = `
groups:
- name: g
  rules:
  - alert: A
    expr: %s
    for: %s
`

// The life of an alert over six scrapes at 0, 10, … 50 s. Instants lie in the
// middle between scrapes, the last half an interval after the last: 5, 15, …
// 55.
func TestIntervals(t *testing.T) {
	tests := []struct {
		name, expr, hold string
		bodies           []string
		verdict          replay.Verdict
		want             []string
	}{
		{"never true", "m > 9", "0s", []string{"m 1", "m 1", "m 1", "m 1", "m 1", "m 1"}, "inactive", nil},
		{"true for one instant", "m > 9", "0s", []string{"m 1", "m 10", "m 1", "m 1", "m 1", "m 1"}, "firing", []string{"firing[15,25)"}},
		{"fires at for, not after it", "m > 9", "10s", []string{"m 1", "m 10", "m 10", "m 10", "m 1", "m 1"}, "firing", []string{"pending[15,25) firing[25,45)"}},
		{"pending only", "m > 9", "1m", []string{"m 1", "m 10", "m 10", "m 1", "m 1", "m 1"}, "pending", []string{"pending[15,35)"}},
		{"open at the end, which is the last instant", "m > 9", "0s", []string{"m 1", "m 1", "m 1", "m 10", "m 10", "m 10"}, "firing", []string{"firing[35,55…)"}},
		{"twice", "m > 9", "0s", []string{"m 10", "m 1", "m 10", "m 1", "m 1", "m 1"}, "firing", []string{"firing[5,15) firing[25,35)"}},
		{"a failed scrape ends it: the series is stale", "m > 9", "0s", []string{"m 10", "m 10", "!", "m 1", "m 1", "m 1"}, "firing", []string{"firing[5,25)"}},
		{"a missing scrape does not: look-back", "m > 9", "0s", []string{"m 10", "m 10", "-", "m 1", "m 1", "m 1"}, "firing", []string{"firing[5,35)"}},
		{"down", "up == 0", "0s", []string{"m 1", "m 1", "!", "!", "m 1", "m 1"}, "firing", []string{"firing[25,45)"}},
		{"absent, from the first instant to the last", "absent(nothing)", "0s", []string{"m 1", "m 1", "m 1", "m 1", "m 1", "m 1"}, "firing", []string{"firing[5,55…)"}},
		{"no selector ever matches", "nothing > 1", "0s", []string{"m 1", "m 1", "m 1", "m 1", "m 1", "m 1"}, "no-data", nil},
		{"no selector at all is no lack of data", "vector(0) > 1", "0s", []string{"m 1", "m 1", "m 1", "m 1", "m 1", "m 1"}, "inactive", nil},
		{"every evaluation fails", "m + on () up", "0s", []string{"m{a=\"1\"} 1\nm{a=\"2\"} 1", "m{a=\"1\"} 1\nm{a=\"2\"} 1", "m{a=\"1\"} 1\nm{a=\"2\"} 1", "m{a=\"1\"} 1\nm{a=\"2\"} 1", "m{a=\"1\"} 1\nm{a=\"2\"} 1", "m{a=\"1\"} 1\nm{a=\"2\"} 1"}, "error", nil},
		{"nothing ahead of the instant is seen, whatever @ and offset say", "m offset -10s > 9 or m @ end() > 9", "0s", []string{"m 1", "m 1", "m 1", "m 10", "m 1", "m 1"}, "firing", []string{"firing[35,45)"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := run(t, replay.Options{
				Capture: open(t, files(map[string][]string{"i": tt.bodies})),
				Groups:  parse(t, fmt.Sprintf(oneRule, tt.expr, tt.hold)),
			})
			r := res.Rules[0]
			require.Equal(t, tt.verdict, r.Verdict)
			require.Equal(t, 6, r.Evaluations)
			var got []string
			for _, a := range r.Alerts {
				got = append(got, states(a))
			}
			require.Equal(t, tt.want, got)
		})
	}
}

// Which instants there are.
func TestInstants(t *testing.T) {
	six := []string{"m 1", "m 1", "m 1", "m 1", "m 1", "m 1"}
	late := []string{"-", "m 1", "m 1", "m 1", "m 1", "m 1"}
	muchLater := []string{"-", "-", "-", "m 1", "m 1", "m 1"}
	second := time.Second
	tests := []struct {
		name    string
		targets map[string][]string
		opts    replay.Options
		// first instant and count, as the rule itself saw them
		first float64
		count int
	}{
		{"half an interval after each scrape, the last too", map[string][]string{"i": six}, replay.Options{}, 5, 6},
		{"after the latest first scrape of the first round", map[string][]string{"i": six, "k": late}, replay.Options{}, 15, 5},
		{"a target that begins much later does not hold up the others", map[string][]string{"i": six, "k": muchLater}, replay.Options{}, 5, 6},
		{"another interval moves the phase, too", map[string][]string{"i": six}, replay.Options{Interval: 20 * time.Second}, 10, 3},
		{"the phase can be set", map[string][]string{"i": six}, replay.Options{Phase: &second}, 1, 6},
		{"from leaves the grid as it is", map[string][]string{"i": six}, replay.Options{From: start.Add(16 * time.Second)}, 25, 4},
		{"from and to are included", map[string][]string{"i": six}, replay.Options{From: start.Add(15 * time.Second), To: start.Add(35 * time.Second)}, 15, 3},
		{"an instant at the last scrape is the last", map[string][]string{"i": six}, replay.Options{Phase: new(time.Duration)}, 0, 6},
		{"two scrapes are two rounds", map[string][]string{"i": {"m 1", "m 1"}}, replay.Options{}, 5, 2},
		{"a long interval ends with the first instant that has seen all", map[string][]string{"i": six}, replay.Options{Interval: time.Minute, Phase: &second}, 1, 2},
		{"to bounds that one, too", map[string][]string{"i": six}, replay.Options{To: start.Add(50 * time.Second)}, 5, 5},
		{"to after it changes nothing", map[string][]string{"i": six}, replay.Options{To: start.Add(time.Hour)}, 5, 6},
		{"a single scrape is looked at once", map[string][]string{"i": {"m 1"}}, replay.Options{}, 0, 1},
		{"just within the look-back", map[string][]string{"i": six}, replay.Options{Interval: 698 * time.Second}, 349, 1},
		{"an instant that the look-back does not reach is none: the end is looked at", map[string][]string{"i": six}, replay.Options{Interval: 700 * time.Second}, 50, 1},
		{"nor is one after others", map[string][]string{"i": six}, replay.Options{Interval: 10 * time.Minute, Phase: &second}, 1, 1},
		{"the look-back that is set counts", map[string][]string{"i": six}, replay.Options{Interval: time.Minute, Phase: &second, Lookback: 11 * time.Second}, 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.opts.Capture = open(t, files(tt.targets))
			tt.opts.Groups = parse(t, fmt.Sprintf(oneRule, "vector(time())", "0s"))
			res := run(t, tt.opts)
			r := res.Rules[0]
			require.Equal(t, tt.count, r.Evaluations)
			require.Equal(t, tt.first, r.Alerts[0].Intervals[0].Start.Sub(start).Seconds())
			require.Equal(t, float64(r.Alerts[0].Intervals[0].End.Unix()), r.Alerts[0].Peak)
		})
	}
}

// Intervals of groups, and who sees what at an instant.
func TestGroups(t *testing.T) {
	c := open(t, files(map[string][]string{"i": {"m 1", "m 2", "m 3", "m 4", "m 5", "m 6"}}))
	res := run(t, replay.Options{Capture: c, Groups: parse(t, `
groups:
- name: first
  rules:
  - alert: SeesLaterGroupOfTheInstantBefore
    expr: recorded:late * 10
  - record: recorded:early
    expr: m
  - alert: SeesEarlierRuleOfThisInstant
    expr: recorded:early * 10
- name: second
  rules:
  - record: recorded:late
    expr: m
- name: slow
  interval: 20s
  rules:
  - alert: Slow
    expr: m * 10
`)})
	require.Equal(t, []int{6, 6, 3}, []int{res.Groups[0].Evaluations, res.Groups[1].Evaluations, res.Groups[2].Evaluations})
	require.Equal(t, 20*time.Second, res.Groups[2].Interval)
	byName := map[string]replay.Rule{}
	for _, r := range res.Rules {
		byName[r.Alert+r.Record] = r
	}
	require.Equal(t, 50.0, byName["SeesLaterGroupOfTheInstantBefore"].Alerts[0].Peak)
	require.Equal(t, 60.0, byName["SeesEarlierRuleOfThisInstant"].Alerts[0].Peak)
	require.Equal(t, 60.0, byName["Slow"].Alerts[0].Peak)
	require.Equal(t, replay.VerdictInactive, byName["recorded:early"].Verdict)
	require.Equal(t, 1, byName["recorded:early"].Recorded)
}

func TestPeakAndClosest(t *testing.T) {
	bodies := []string{"m 5", "m 7", "m NaN", "m 3", "m 4", "m 4"}
	tests := []struct {
		name, expr    string
		peak, closest float64 // one of them is not 0, or it is held back
	}{
		{"above: the highest is the worst", "m > 3", 7, 0},
		{"below: the lowest is the worst", "m < 6", 3, 0},
		{"the constant on the left", "6 > m", 3, 0},
		{"no comparison: the highest", "m", 7, 0},
		{"never above: the highest came closest", "m > 10", 0, 7},
		{"never below: the lowest came closest", "m < 1", 0, 3},
		{"through and", "m > 10 and on () up", 0, 7},
		{"held back by and: what lies beyond the threshold is not closest", "m > 4 and on () up == 0", 0, 0},
		{"never equal: the least distance", "m == 6.5", 0, 7},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := run(t, replay.Options{
				Capture: open(t, files(map[string][]string{"i": bodies})),
				Groups:  parse(t, fmt.Sprintf(oneRule, tt.expr, "0s")),
			})
			r := res.Rules[0]
			require.Equal(t, tt.peak == 0 && tt.closest == 0, r.HeldBack)
			if r.HeldBack {
				require.Empty(t, r.Alerts)
				require.Nil(t, r.Closest)
				return
			}
			if tt.closest != 0 {
				require.Empty(t, r.Alerts)
				require.Equal(t, tt.closest, r.Closest.Value)
				require.Equal(t, "i", r.Closest.Labels.Get("instance"))
				return
			}
			require.Nil(t, r.Closest)
			require.Equal(t, tt.peak, r.Alerts[0].Peak)
		})
	}
}

// A rule that looks for what rules of its set write is blind only if they could
// write nothing themselves.
func TestWrittenSeriesAreData(t *testing.T) {
	for _, tt := range []struct {
		name, reason, expr string
		want               replay.Verdict
	}{
		{"alerts of a rule that never was true", "it could be", `ALERTS{alertname="Quiet"}`, replay.VerdictInactive},
		{"alerts of a rule that has no data", "it could not", `ALERTS{alertname="Blind"}`, replay.VerdictNoData},
		{"alerts of no rule", "there is none of that name", `ALERTS{alertname="Nobody"}`, replay.VerdictNoData},
		{"recorded by a rule that never gave any", "it could", "rec:above", replay.VerdictInactive},
		{"recorded by a rule that needs what is not there", "its left side is there, its right is not", "rec:blind", replay.VerdictNoData},
		{"recorded by rules in a circle", "neither is ever first", "rec:a", replay.VerdictNoData},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := run(t, replay.Options{Capture: open(t, files(map[string][]string{"i": {"m 5", "m 5", "m 5"}})), Groups: parse(t, fmt.Sprintf(`groups:
- name: g
  rules:
  - {alert: Judged, expr: '%s'}
  - {alert: Quiet, expr: m > 10}
  - {alert: Blind, expr: nothing > 10}
  - {record: 'rec:above', expr: m > 10}
  - {record: 'rec:blind', expr: m / nothing}
  - {record: 'rec:a', expr: 'rec:b'}
  - {record: 'rec:b', expr: 'rec:a'}
`, tt.expr))})
			require.Equal(t, tt.want, res.Rules[0].Verdict, tt.reason)
		})
	}
}

// Annotations are those of the last firing instant, not of pending ones after
// it.
func TestAnnotations(t *testing.T) {
	res := run(t, replay.Options{
		Capture: open(t, files(map[string][]string{"i": {"m 10", "m 11", "m 12", "m 1", "m 13", "m 1"}})),
		Groups: parse(t, fmt.Sprintf(oneRule, "m > 9", "10s")+`
    annotations: {v: '{{ $value }}'}
`),
	})
	a := res.Rules[0].Alerts[0]
	require.Equal(t, "pending[5,15) firing[15,35) pending[45,55)", states(a))
	require.Equal(t, "12", a.Annotations.Get("v"))
	require.Equal(t, 13.0, a.Peak)
	require.Equal(t, []float64{10, 12, 13}, []float64{a.Intervals[0].Peak, a.Intervals[1].Peak, a.Intervals[2].Peak})
}

// Blindness is never quiet: what a selector missed is shown beside what there
// is.
func TestSimilar(t *testing.T) {
	body := "http_requests_total{code=\"200\",method=\"GET\"} 1\nhttp_requests_total{code=\"500\",method=\"GET\"} 1\nprocess_start_time_seconds 1"
	c := open(t, files(map[string][]string{"i": {body, body}}))
	tests := []struct {
		name, selector string
		want           []string
	}{
		{"a name that is nearly right", `http_request_total`, []string{"http_requests_total"}},
		{"a label value", `http_requests_total{code="404"}`, []string{`code="200"`, `code="500"`}},
		{"a job", `up{job="application"}`, []string{`job="app"`}},
		{"a label that the metric lacks", `http_requests_total{verb="GET"}`, []string{"no label verb on http_requests_total"}},
		{"each matcher alone matches", `http_requests_total{code="200",method=~"GET",code!="200"}`, nil},
		{"nothing alike", `zzzz`, nil},
		{"no name to compare with", `{__name__=~"nope.*"}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := run(t, replay.Options{Capture: c, Groups: parse(t, fmt.Sprintf(oneRule, "'"+tt.selector+" > 0'", "0s"))})
			require.Equal(t, replay.VerdictNoData, res.Rules[0].Verdict)
			require.Equal(t, tt.want, res.Rules[0].Selectors[0].Similar)
		})
	}
}

func TestSummary(t *testing.T) {
	fsys := files(map[string][]string{
		"i": {"process_start_time_seconds 100\napp_build_info{version=\"v1\"} 1", "!", "process_start_time_seconds 1700000000.5\napp_build_info{version=\"v2\"} 1"},
		"k": {"app_build_info{version=\"v1\"} 1", "app_build_info{version=\"v1\"} 1\n...", "app_build_info{version=\"v1\"} 1"},
	})
	fsys["notes.txt"] = &fstest.MapFile{Data: []byte("hello")}
	res := run(t, replay.Options{Capture: open(t, fsys), Groups: parse(t, fmt.Sprintf(oneRule, "up", "0s"))})
	s := res.Capture
	require.Equal(t, []replay.Job{{Name: "app", Targets: 2, Scrapes: 6, Failed: 1}}, s.Jobs)
	require.Equal(t, []any{2, 6, 1, 10 * time.Second, 5 * time.Second}, []any{s.Targets, s.Scrapes, s.FailedScrapes, s.Interval, s.Phase})
	require.Equal(t, []string{"notes.txt"}, s.Ignored)
	require.Equal(t, []replay.Restart{{Job: "app", Instance: "i", Seen: start.Add(20 * time.Second), Started: time.UnixMilli(1_700_000_000_500).UTC()}}, s.Restarts)
	require.Equal(t, []replay.Version{
		{Job: "app", Version: "v1", Instances: []string{"i", "k"}},
		{Job: "app", Version: "v2", Instances: []string{"i"}},
	}, s.Versions)
	require.Len(t, res.Problems, 1)
	require.Equal(t, "bad-line", res.Problems[0].ID)
	require.Equal(t, 2, res.Problems[0].Line)
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	opts := replay.Options{
		Capture:  open(t, files(map[string][]string{"i": {"m 1", "m 1", "m 1", "m 1"}})),
		Groups:   parse(t, fmt.Sprintf(oneRule, "m", "0s")),
		Progress: func(n int) { cancel() },
	}
	_, err := replay.Run(ctx, opts)
	require.ErrorIs(t, err, context.Canceled)
}

func TestLoad(t *testing.T) {
	c := open(t, files(map[string][]string{"i": {"m 1", "m 2", "m 4"}}))
	loaded, err := replay.Load(context.Background(), replay.Options{Capture: c})
	require.NoError(t, err)
	v, err := query.NewEngine(query.Options{}).Instant(context.Background(), loaded, "sum(m offset -20s)", start)
	require.NoError(t, err)
	require.Equal(t, 4.0, v.Series[0].Floats[0].Value, "a query sees everything, ahead of its instant too")
	require.Equal(t, 3, loaded.Capture.Scrapes)
	require.Equal(t, []replay.Selector{{Text: "up2", Similar: []string{"up"}}}, loaded.Unmatched("m + up2"))
}
