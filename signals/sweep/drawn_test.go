package sweep_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/judge"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/sweep"
)

// begin is when the captures that are made here begin.
var begin = time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC)

// drawing draws captures and rules, always the same from the same seed.
type drawing struct{ *rand.Rand }

func (d drawing) of(list ...string) string { return list[d.IntN(len(list))] }

// capture draws the scrapes of three targets, ten seconds apart, some of which
// failed or are missing.
func (d drawing) capture(t *testing.T) *capture.Capture {
	files := fstest.MapFS{}
	scrapes := 10 + d.IntN(30)
	for i := range 3 {
		values := map[string]float64{}
		for n := range scrapes {
			name := fmt.Sprintf("app/i%d/%d", i, begin.Add(time.Duration(n)*10*time.Second).UnixMilli())
			switch d.IntN(20) {
			case 0:
				files[name+".err"] = &fstest.MapFile{Data: []byte("connection refused\n")}
				continue
			case 1:
				continue
			}
			var b strings.Builder
			for _, series := range []string{`m{a="1"}`, `m{a="2"}`, `n{a="1"}`, `n{b="1"}`, "c_total"} {
				switch d.IntN(6) {
				case 0:
					values[series] += float64(d.IntN(4))
				case 1:
					values[series] = float64(d.IntN(7)) - 2
				case 2:
					values[series] += d.Float64()
				case 3:
					if d.IntN(3) == 0 {
						continue
					}
				case 4:
					if d.IntN(10) == 0 {
						fmt.Fprintf(&b, "%s %s\n", series, d.of("NaN", "+Inf", "-Inf", "-0"))
						continue
					}
				}
				fmt.Fprintf(&b, "%s %v\n", series, values[series])
			}
			files[name+".prom"] = &fstest.MapFile{Data: []byte(b.String())}
		}
	}
	c, err := capture.Open(files, "drawn", capture.Options{})
	require.NoError(t, err)
	return c
}

// operand draws what is compared.
func (d drawing) operand() string {
	m := d.of("m", "n", `m{a="1"}`, "c_total", "up", `n{b="1"}`, "r:m")
	switch d.IntN(8) {
	case 0:
		return fmt.Sprintf("%s(c_total[%s])", d.of("rate", "increase", "changes"), d.of("30s", "1m", "2m"))
	case 1:
		return fmt.Sprintf("sum by (%s) (%s)", d.of("instance", "a", "job"), m)
	case 2:
		return fmt.Sprintf("max_over_time(%s[%s])", m, d.of("30s", "1m"))
	case 3:
		return fmt.Sprintf("(%s - on (instance, a) n)", m)
	case 4:
		return fmt.Sprintf("count(%s > 1)", m)
	case 5:
		return `{__name__=~"m|n"}`
	}
	return m
}

func (d drawing) comparison() string {
	op := d.of(">", ">", ">=", "<", "<=", "==", "!=")
	number := d.of("0", "1", "2", "0.5", "-1", "2 * 1.5", "-(1)", "100", "Inf")
	if d.IntN(5) == 0 {
		return fmt.Sprintf("%s %s %s", number, op, d.operand())
	}
	return fmt.Sprintf("%s %s %s", d.operand(), op, number)
}

func (d drawing) expr(depth int) string {
	if depth == 0 || d.IntN(5) < 2 {
		if d.IntN(6) == 0 {
			return d.operand()
		}
		return d.comparison()
	}
	set := d.of("and", "and", "or", "unless", "and on (instance)", "unless on (a)", "and on ()", "or on (job)", "unless ignoring (a)", "or ignoring (a, b)")
	switch d.IntN(8) {
	case 0:
		return fmt.Sprintf("(%s) %s %s", d.expr(depth-1), d.of("<", ">"), d.of("3", "0"))
	case 1:
		return fmt.Sprintf("(%s) %s (%s)", d.expr(depth-1), set, d.operand())
	}
	return fmt.Sprintf("(%s) %s (%s)", d.expr(depth-1), set, d.expr(depth-1))
}

// group draws a group of alerts.
func (d drawing) group(n int) string {
	var b strings.Builder
	b.WriteString("groups:\n- name: g\n")
	if d.IntN(4) == 0 {
		b.WriteString("  limit: " + d.of("3", "20") + "\n")
	}
	if d.IntN(4) == 0 {
		b.WriteString("  query_offset: 5s\n")
	}
	b.WriteString("  rules:\n  - {record: 'r:m', expr: 'm * 2'}\n")
	for i := range n {
		fmt.Fprintf(&b, "  - {alert: A%d, expr: %q, for: %s, keep_firing_for: %s, labels: {%s}}\n", i, d.expr(3),
			d.of("0s", "0s", "10s", "15s", "30s", "1m", "2m"), d.of("0s", "0s", "0s", "20s", "1m"), d.of("", "", "", "a: x", "v: '{{ $value }}'", "l: '{{ $labels.instance }}'"))
	}
	return b.String()
}

// checked sweeps a capture and holds each comparison against replays of the
// rule with other thresholds: beside each edge, at each point and within each
// range. It returns how many comparisons were swept and how many edges there
// were.
func checked(t *testing.T, opts replay.Options, d drawing, incidents ...capture.Incident) (swept, found int) {
	t.Helper()
	ctx := context.Background()
	res, err := sweep.Run(ctx, opts, incidents...)
	require.NoError(t, err)
	var list []*rules.Rule
	for _, g := range opts.Groups {
		list = append(list, g.Rules...)
	}
	instead := map[*rules.Rule][]*rules.Rule{} // of an alert
	var asked []want
	ask := func(c *sweep.Comparison, v float64, check func(t *testing.T, r *replay.Rule)) {
		changed, err := list[c.Rule].With(c.With(v), opts.Features)
		require.NoError(t, err)
		changed.Unwritten = true
		instead[list[c.Rule]] = append(instead[list[c.Rule]], changed)
		asked = append(asked, want{changed, c, v, check})
	}
	for i := range res.Comparisons {
		c := &res.Comparisons[i]
		if c.Why != "" {
			continue
		}
		swept++
		found += len(c.Edges)
		expect(c, d, res.Result, incidents, ask)
	}
	groups := make([]*rules.Group, len(opts.Groups))
	for i, g := range opts.Groups {
		copied := *g
		copied.Rules = nil
		for _, r := range g.Rules {
			if r.Record != "" {
				copied.Rules = append(copied.Rules, r)
			}
			copied.Rules = append(copied.Rules, instead[r]...)
		}
		groups[i] = &copied
	}
	opts.Groups = groups
	truth, err := replay.Run(ctx, opts)
	require.NoError(t, err)
	by := map[*rules.Rule]*replay.Rule{}
	n := 0
	for _, g := range groups {
		for _, r := range g.Rules {
			by[r] = &truth.Rules[n]
			n++
		}
	}
	for _, a := range asked {
		t.Run("", func(t *testing.T) {
			defer func() {
				if !t.Failed() {
					return
				}
				t.Logf("%s, for %s, keep %s, labels %s\nswept %s, %v with %v: fires %v", list[a.c.Rule].Expr, a.rule.For, a.rule.KeepFiringFor, a.rule.Labels, a.c.Expr, a.rule.Expr, a.v, a.c.Fires)
			}()
			a.check(t, by[a.rule])
		})
	}
	return swept, found
}

type want struct {
	rule  *rules.Rule
	c     *sweep.Comparison
	v     float64
	check func(t *testing.T, r *replay.Rule)
}

func expect(c *sweep.Comparison, d drawing, span *replay.Result, incidents []capture.Incident, ask func(*sweep.Comparison, float64, func(*testing.T, *replay.Rule))) {
	fires := func(t *testing.T, r *replay.Rule) { require.Equal(t, replay.VerdictFiring, r.Verdict, "fires") }
	silent := func(t *testing.T, r *replay.Rule) { require.NotEqual(t, replay.VerdictFiring, r.Verdict, "is silent") }
	for _, e := range c.Edges[:min(len(c.Edges), 10)] {
		ask(c, e.Fires, fires)
		ask(c, e.Silent, silent)
	}
	for _, p := range c.Points {
		ask(c, p.Threshold, func(t *testing.T, r *replay.Rule) {
			fired, alerts := whatFired(r)
			require.Equal(t, p.Alerts, alerts, "alerts")
			require.Equal(t, p.Fired, fired, "time")
		})
	}
	for range 4 {
		v := d.NormFloat64() * 4
		if len(c.Points) > 0 {
			v += c.Points[d.IntN(len(c.Points))].Threshold
		}
		if math.IsNaN(v) {
			continue
		}
		if within(c.Fires, v) {
			ask(c, v, fires)
		} else {
			ask(c, v, silent)
		}
		if incidents == nil {
			continue
		}
		apart := within(c.Separates, v)
		ask(c, v, func(t *testing.T, r *replay.Rule) {
			separates, may := separates(r, span, incidents)
			require.Equal(t, may, c.Separates != nil)
			require.Equal(t, separates, apart, "separates")
		})
	}
	for _, r := range c.Separates[:min(len(c.Separates), 3)] {
		for _, v := range []float64{r.From, r.To} {
			ask(c, v, func(t *testing.T, r *replay.Rule) {
				separates, _ := separates(r, span, incidents)
				require.True(t, separates, "separates")
			})
		}
	}
}

func within(list []sweep.Range, v float64) bool {
	for _, r := range list {
		if r.From <= v && v <= r.To {
			return true
		}
	}
	return false
}

// whatFired is for how long some alert fired, and how many did.
func whatFired(r *replay.Rule) (fired time.Duration, alerts int) {
	at := map[time.Time]int{}
	for _, a := range r.Alerts {
		if a.Fired() {
			alerts++
		}
		for _, iv := range a.Intervals {
			if iv.State == replay.Firing {
				at[iv.Start]++
				at[iv.End]--
			}
		}
	}
	for len(at) > 0 {
		var times [2]time.Time // the first two
		for x := range at {
			switch {
			case times[0].IsZero() || x.Before(times[0]):
				times[0], times[1] = x, times[0]
			case times[1].IsZero() || x.Before(times[1]):
				times[1] = x
			}
		}
		n := at[times[0]]
		delete(at, times[0])
		if times[1].IsZero() {
			break
		}
		at[times[1]] += n
		if n > 0 {
			fired += times[1].Sub(times[0])
		}
	}
	return fired, alerts
}

// separates tells whether a rule told of what it should, without a false alarm;
// may is false when it cannot tell of anything.
func separates(r *replay.Rule, span *replay.Result, incidents []capture.Incident) (ok, may bool) {
	j := judge.Incidents(&replay.Result{Start: span.Start, End: span.End, Rules: []replay.Rule{*r}}, incidents)
	all, some, named := true, false, false
	for _, in := range j.Incidents {
		if in.Outside || len(in.Alerts) > 0 && !slices.Contains(in.Alerts, r.Alert) {
			continue
		}
		may = true
		if len(in.Alerts) > 0 {
			named = true
			all = all && len(in.Caught) > 0
		}
		some = some || len(in.Caught) > 0
	}
	if named {
		some = all
	}
	return may && some && len(j.Rules[0].False) == 0, may
}

// What a sweep says of a threshold is what a replay with it comes to: on made
// up captures, with rules of all shapes.
func TestSweptIsReplayed(t *testing.T) {
	scenes := 20
	if testing.Short() {
		scenes = 6
	}
	pairs, edges, unswept := 0, 0, 0
	for seed := range scenes {
		d := drawing{rand.New(rand.NewPCG(13, uint64(seed)))}
		text := d.group(6)
		groups, errs := rules.Parse("r.yml", []byte(text), rules.ParseOptions{})
		require.Empty(t, errs, text)
		var incidents []capture.Incident
		for range d.IntN(3) {
			from := begin.Add(time.Duration(d.IntN(240)-20) * time.Second)
			in := capture.Incident{Name: "x", From: from, To: from.Add(time.Duration(d.IntN(120)) * time.Second)}
			switch d.IntN(5) {
			case 0:
				in.To = time.Time{}
			case 1:
				in.Targets = []string{d.of("i1", "app/i*", "other")}
			case 2:
				in.Alerts = []string{d.of("A0", "A1"), "A2"}
			}
			incidents = append(incidents, in)
		}
		opts := replay.Options{Capture: d.capture(t), Groups: groups}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			p, e := checked(t, opts, d, incidents...)
			pairs, edges = pairs+p, edges+e
			if p == 0 {
				unswept++
			}
		})
	}
	t.Logf("%d comparisons, %d edges", pairs, edges)
	require.Greater(t, pairs, scenes)
	require.Greater(t, edges, scenes)
	require.Less(t, unswept, scenes/2)
}

// The same on captures of real programs, with rules as people write them.
func TestSweptIsReplayedOnFixtures(t *testing.T) {
	names := []string{"incident", "healthy", "flaky"}
	if testing.Short() {
		names = names[1:2]
	}
	for _, name := range names {
		files, err := fixtures.FS(name)
		require.NoError(t, err)
		c, err := capture.Open(files, name, capture.Options{})
		require.NoError(t, err)
		groups, errs := rules.Parse("real.yml", []byte(realRules), rules.ParseOptions{})
		require.Empty(t, errs)
		d := drawing{rand.New(rand.NewPCG(13, 13))}
		swept, edges := checked(t, replay.Options{Capture: c, Groups: groups}, d)
		t.Logf("%s: %d comparisons, %d edges", name, swept, edges)
		require.Greater(t, swept, 20)
		require.Greater(t, edges, 10)
	}
}

// realRules are alerts of kube-proxy.
var realRules = func() string {
	exprs := []string{
		`up == 0`,
		`sum(up{job="kube-proxy"}) < 4`,
		`histogram_quantile(0.99, sum by (instance, verb, le) (rate(rest_client_request_duration_seconds_bucket[1m]))) > 0.5`,
		`histogram_quantile(0.5, sum by (instance, le) (rate(kubeproxy_sync_proxy_rules_duration_seconds_bucket[1m]))) > 1`,
		`sum by (instance) (rate(rest_client_requests_total{code=~"5..|<error>"}[1m])) / sum by (instance) (rate(rest_client_requests_total[1m])) > 0.1 and sum by (instance) (increase(rest_client_requests_total[1m])) > 2`,
		`process_resident_memory_bytes > 100 * 1024 * 1024`,
		`rate(process_cpu_seconds_total[1m]) > 0.5 unless on (instance) process_resident_memory_bytes < 5e7`,
		`go_goroutines > 100 or process_open_fds >= 50`,
		`time() - process_start_time_seconds < 3600`,
		`changes(process_start_time_seconds[5m]) != 0`,
	}
	var b strings.Builder
	b.WriteString("groups:\n- name: g\n  rules:\n")
	for i, e := range exprs {
		for _, hold := range []string{"0s", "30s", "2m"} {
			fmt.Fprintf(&b, "  - {alert: A%d_%s, expr: %q, for: %s}\n", i, hold, e, hold)
		}
	}
	return b.String()
}()
