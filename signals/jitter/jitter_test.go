package jitter_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/jitter"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

var begin = time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC)

// scrapes make a capture, ten seconds apart, of the targets a, b, …; "!" is a
// failed scrape.
func scrapes(t *testing.T, targets ...string) *capture.Capture {
	t.Helper()
	files := fstest.MapFS{}
	for k, values := range targets {
		for i, v := range strings.Fields(values) {
			name := fmt.Sprintf("app/%c/%d", 'a'+k, begin.Add(time.Duration(i)*10*time.Second).UnixMilli())
			if v == "!" {
				files[name+".err"] = &fstest.MapFile{Data: []byte("refused\n")}
				continue
			}
			files[name+".prom"] = &fstest.MapFile{Data: []byte("m " + v + "\n")}
		}
	}
	c, err := capture.Open(files, "made", capture.Options{})
	require.NoError(t, err)
	return c
}

func parse(t *testing.T, text string) []*rules.Group {
	t.Helper()
	groups, errs := rules.Parse("r.yml", []byte(text), rules.ParseOptions{})
	require.Empty(t, errs)
	return groups
}

// spell writes flips in a line each: what, in the replay as it is, in how many,
// and the trials that differ.
func spell(res *jitter.Result) []string {
	var out []string
	for _, f := range res.Flips {
		line := res.Rules[f.Rule].Alert
		if f.Labels != nil {
			line += "/" + f.Labels.Get("instance")
		}
		line += fmt.Sprintf(" %v %d/%d:", f.Fired, f.In(), f.Of)
		for _, n := range f.Other {
			switch t := res.Trials[n]; t.Kind {
			case jitter.Phase:
				line += fmt.Sprintf(" %s", t.Phase)
			case jitter.Lost:
				line += fmt.Sprintf(" %d/%d", t.Nth, t.Of)
			default:
				line += fmt.Sprintf(" %+ds", int(t.By.Seconds()))
			}
		}
		out = append(out, line)
	}
	return out
}

// What flips, by what: evaluations are at 5, 15, … where nothing is shifted.
func TestFlips(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		rules        string
		targets      []string
		want         []string
	}{
		{"steady", "nothing flips", "{alert: A, expr: m > 5}", []string{"9 9 9 9 9 9 9 9"}, nil},
		{"silent", "nor where it is silent", "{alert: A, expr: m > 5, for: 20s}", []string{"1 1 1 1 1 1 1 1"}, nil},
		{"one scrape", "it is gone with that scrape, and with a for", "{alert: A, expr: m > 5}", []string{"1 1 1 9 1 1 1 1"},
			[]string{"A true 4/5: 4/5", "A true 1/2: +10s"}},
		{"just long enough", "each scrape that begins it counts, and a step of for", "{alert: A, expr: m > 5, for: 20s}", []string{"1 1 9 9 9 1 1 1"},
			[]string{"A true 4/5: 3/5", "A true 1/2: +10s"}},
		{"a step too short", "without the scrape that ends it it is seen longer", "{alert: A, expr: m > 5, for: 30s}", []string{"1 1 9 9 9 1 1 1"},
			[]string{"A false 1/5: 1/5", "A false 1/2: -10s"}},
		{"on one of two", "the rule fires with either", "{alert: A, expr: m > 5}", []string{"9 9 9 9 9 9", "1 9 1 1 1 1"},
			[]string{"A/b true 4/5: 2/5", "A/b true 1/2: +10s"}},
		{"on another", "the rule as well, and the alert that comes alone is not said twice", "{alert: A, expr: 'm > 5 or m == 3', for: 10s}", []string{"1 1 3 1 1 1", "1 1 1 1 1 1"},
			[]string{"A false 1/5: 4/5", "A false 1/2: -10s"}},
		{"a slow group", "two evaluations a minute see some of 20 s, by luck", "{alert: A, expr: m > 5}\n  interval: 30s", []string{"1 1 1 1 1 9 9 1 1 1 1 1 1 1 1 1"},
			[]string{"A false 3/5: 0s 6s 24s", "A false 1/5: 3/5"}},
		{"a recording rule", "it is no verdict", "{record: r, expr: m > 5}", []string{"1 1 1 9 1 1 1 1"}, nil},
		{"a value in a label", "it is left aside", "{alert: A, expr: m > 5, labels: {v: '{{ $value }}'}}", []string{"9 8 9 7 6 9 9 8"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := scrapes(t, tt.targets...)
			groups := parse(t, "groups:\n- name: g\n  rules:\n  - "+tt.rules+"\n")
			res, err := jitter.Run(context.Background(), replay.Options{Capture: c, Groups: groups}, jitter.Options{N: 5})
			require.NoError(t, err)
			require.Equal(t, tt.want, spell(res), tt.reason)
		})
	}
}

// On the incident rules flip that are evaluated as rarely as many are, and each
// trial that is named comes to that by itself, and no other does.
func TestFlipsAreReplayed(t *testing.T) {
	files, err := fixtures.FS("incident")
	require.NoError(t, err)
	c, err := capture.Open(files, "incident", capture.Options{})
	require.NoError(t, err)
	groups := parse(t, `
groups:
- name: slow
  interval: 30s
  rules:
  - {alert: Down, expr: up == 0, for: 30s}
  - {alert: Restarted, expr: 'changes(process_start_time_seconds[30s]) > 0'}
  - {alert: Errors, expr: 'rate(rest_client_requests_total{code="<error>"}[1m]) > 0.3'}
- name: fast
  rules:
  - {alert: Goroutines, expr: go_goroutines > 71}
  - {alert: Never, expr: go_goroutines > 7100}
`)
	ctx, n := context.Background(), 10
	if testing.Short() {
		n = 3
	}
	opts := replay.Options{Capture: c, Groups: groups}
	res, err := jitter.Run(ctx, opts, jitter.Options{N: n})
	require.NoError(t, err)
	require.Len(t, res.Trials, 2*n+n+4)
	kinds := map[jitter.Kind]int{}
	truth := map[int]*replay.Result{}
	for _, f := range res.Flips {
		kinds[f.Kind]++
		require.NotEmpty(t, f.Other)
		require.NotEqual(t, "Never", res.Rules[f.Rule].Alert)
		of := 0
		for i, trial := range res.Trials {
			if trial.Kind != f.Kind || trial.Interval != 0 && trial.Interval != intervalOf(res, f.Rule) {
				require.NotContains(t, f.Other, i)
				continue
			}
			of++
			if truth[i] == nil {
				truth[i], err = replay.Run(ctx, trial.Apply(opts))
				require.NoError(t, err)
			}
			require.Equal(t, slices.Contains(f.Other, i), fired(truth[i].Rules[f.Rule], f.Labels) != f.Fired, "%+v", trial)
		}
		require.Equal(t, f.Of, of)
		require.Equal(t, f.Fired, fired(res.Rules[f.Rule], f.Labels))
	}
	require.Positive(t, kinds[jitter.Phase])
	require.Positive(t, kinds[jitter.Lost])
	require.Positive(t, kinds[jitter.For])
	again, err := jitter.Run(ctx, opts, jitter.Options{N: n})
	require.NoError(t, err)
	require.Equal(t, spell(res), spell(again))
	t.Log(strings.Join(spell(res), "\n"))
}

func intervalOf(res *jitter.Result, rule int) time.Duration {
	for _, g := range res.Groups {
		if g.Name == res.Rules[rule].Group {
			return g.Interval
		}
	}
	return 0
}

func fired(r replay.Rule, ls *labels.Labels) bool {
	return slices.ContainsFunc(r.Alerts, func(a replay.Alert) bool {
		return a.Fired() && (ls == nil || labels.Equal(*ls, a.Labels))
	})
}

// What is asked of Run, and what it cannot do.
func TestRun(t *testing.T) {
	ctx := context.Background()
	opts := replay.Options{Capture: scrapes(t, "1 9 1"), Groups: parse(t, "groups: [{name: g, rules: [{alert: A, expr: m > 5}]}]")}
	for _, n := range []int{-1, 0, 1, 101} {
		_, err := jitter.Run(ctx, opts, jitter.Options{N: n})
		require.ErrorContains(t, err, "must be from 2 to 100")
	}
	_, err := jitter.Run(ctx, replay.Options{}, jitter.Options{N: 2})
	require.ErrorContains(t, err, "there is nothing to replay")

	var steps []string
	watched := 0
	more := jitter.Options{N: 2, Progress: func(n, of int) { steps = append(steps, fmt.Sprint(n, " ", of)) },
		Replay: func(ctx context.Context, opts replay.Options) (*replay.Result, error) {
			if opts.Progress != nil {
				watched++
			}
			return replay.Run(ctx, opts)
		}}
	opts.Progress = func(int) {}
	_, err = jitter.Run(ctx, opts, more)
	require.NoError(t, err)
	require.Equal(t, []string{"0 7", "1 7", "2 7", "3 7", "4 7", "5 7", "6 7"}, steps)
	require.Equal(t, 1, watched, "the replay as it is")

	bad := errors.New("bad")
	more.Replay = func(ctx context.Context, opts replay.Options) (*replay.Result, error) {
		if opts.AddFor < 0 {
			return nil, bad
		}
		return replay.Run(ctx, opts)
	}
	_, err = jitter.Run(ctx, opts, more)
	require.ErrorIs(t, err, bad)
	require.ErrorContains(t, err, "with for longer by -10s")
}

// A phase with which nothing is evaluated in the time that is asked for is left
// out.
func TestNoInstant(t *testing.T) {
	opts := replay.Options{Capture: scrapes(t, "1 9 1 9 1 9"), Groups: parse(t, "groups: [{name: g, rules: [{alert: A, expr: m > 5}]}]"),
		From: begin.Add(13 * time.Second), To: begin.Add(17 * time.Second)}
	res, err := jitter.Run(context.Background(), opts, jitter.Options{N: 5})
	require.NoError(t, err)
	var phases []time.Duration
	for _, trial := range res.Trials {
		if trial.Kind == jitter.Phase {
			phases = append(phases, trial.Phase)
		}
	}
	require.Equal(t, []time.Duration{4 * time.Second, 6 * time.Second}, phases)
}

// A rule that a trial's result lacks, or that it has besides, moves no other.
func TestRulesThatComeAndGo(t *testing.T) {
	rule := func(name string, on bool) replay.Rule {
		r := replay.Rule{Alert: name, Group: "g"}
		if on {
			r.Alerts = []replay.Alert{{Labels: labels.FromStrings("alertname", name), Intervals: []replay.Interval{{State: replay.Firing}}}}
		}
		return r
	}
	n := 0
	more := jitter.Options{N: 2, Replay: func(context.Context, replay.Options) (*replay.Result, error) {
		res := &replay.Result{Groups: []replay.Group{{Name: "g", Interval: time.Minute}}}
		switch n++; n {
		case 1:
			res.Rules = []replay.Rule{rule("A", true), rule("A", false), rule("B", true), rule("C", true)}
		case 2:
			res.Rules = []replay.Rule{rule("X", true), rule("A", true), rule("A", false), rule("C", true)}
		default:
			res.Rules = []replay.Rule{rule("A", true), rule("A", false), rule("B", true), rule("X", true), rule("C", false)}
		}
		return res, nil
	}}
	res, err := jitter.Run(context.Background(), replay.Options{Capture: scrapes(t, "1 2")}, more)
	require.NoError(t, err)
	require.Equal(t, []string{"B true 1/2: 0s", "C true 1/2: 30s", "C true 0/2: 1/2 2/2", "C true 0/2: +60s -60s"}, spell(res))
}

// Each scrape of a target is lost in one of N trials, and nothing else changes.
func TestLose(t *testing.T) {
	c := scrapes(t, "1 2 3 4 5", "6 7 8")
	lost := map[string]int{}
	for nth := 1; nth <= 3; nth++ {
		less := jitter.Lose(c, nth, 3)
		require.Equal(t, [3]any{c.Start, c.End, c.Interval}, [3]any{less.Start, less.End, less.Interval})
		left := map[string]bool{}
		count := 0
		for target, at := range less.Times() {
			left[fmt.Sprint(target.Instance, at)] = true
			count++
		}
		require.Equal(t, less.Scrapes, count)
		require.Equal(t, less.Scrapes, less.Targets[0].Scrapes+less.Targets[1].Scrapes)
		for target, at := range c.Times() {
			if key := fmt.Sprint(target.Instance, at); !left[key] {
				lost[key]++
			}
		}
	}
	require.Len(t, lost, 8)
	for key, n := range lost {
		require.Equal(t, 1, n, key)
	}
	require.Equal(t, 8, c.Scrapes, "the capture is what it was")
}
