package packs

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// small is a pack of one signal that matters.
func small(t *testing.T, concern Concern, signal string) []*Pack {
	t.Helper()
	return []*Pack{mustLoad(t, "name: shop\nwhen: shop_total\nsignals:\n"+rest(concern)+signal)}
}

func TestOverTime(t *testing.T) {
	list := small(t, Errors, `
- name: failures
  title: failures
  concern: errors
  headline: true
  unit: per-second
  good: low
  exprs: [{if: shop_total, expr: 'rate(shop_total[${window}])'}]
  warn: 1
  bad: 2
  reason: made up
`)
	bodies := append(counting(10, "shop_total %d\n", 5), counting(10, "shop_total %d\n", 30)...)
	b := evaluated(t, one(t, bodies...), Options{Packs: list, Window: 20 * time.Second})
	require.Equal(t, OverTime, b.Mode)
	require.Equal(t, madeStart.Add(5*time.Second), b.Start, "in the middle between two scrapes")
	require.Equal(t, madeStart.Add(195*time.Second), b.End)
	require.Equal(t, 10*time.Second, b.Step)
	r := b.Packs[0].Headline(Errors)
	require.Equal(t, Bad, r.Level)
	require.Equal(t, 0.5, r.Series[0].Points[2].Value)
	require.Equal(t, Good, r.Series[0].Points[2].Level)
	require.Equal(t, madeStart.Add(115*time.Second), r.FirstBad.Time)
	require.Equal(t, 3.0, r.Worst.Value)
	require.Equal(t, "rate(shop_total[20000ms])", r.Series[0].Expr)
}

// Which of 0 and -0 max gives hangs on the order of a map of the engine: the
// result must not.
func TestNoSignalIsMinusZero(t *testing.T) {
	list := small(t, Errors, `
- {name: failures, title: x, concern: errors, headline: true, unit: count, good: low, exprs: [{if: shop_total, expr: 'shop_total * -1', life: 'shop_total * -1'}]}
`)
	b := evaluated(t, one(t, "shop_total 0\n", "shop_total 0\n"), Options{Packs: list})
	v := b.Packs[0].Headline(Errors).Series[0].Last().Value
	require.Zero(t, v)
	require.False(t, math.Signbit(v))
}

// Between two scrapes a rate is the increase over the time that passed.
func TestBetween(t *testing.T) {
	list := small(t, Errors, `
- {name: failures, title: x, concern: errors, headline: true, unit: per-second, good: low, exprs: [{if: shop_total, expr: 'rate(shop_total[${window}])', life: shop_total}]}
`)
	b := evaluated(t, one(t, "shop_total 100\n", "shop_total 125\n"), Options{Packs: list})
	require.Equal(t, Between, b.Mode)
	require.InEpsilon(t, 2.5, b.Packs[0].Headline(Errors).Series[0].Last().Value, 1e-9)
	require.Zero(t, b.Packs[0].Window)

	// What a longer capture says of its last two scrapes.
	b = evaluated(t, one(t, "shop_total 0\n", "shop_total 100\n", "shop_total 125\n"), Options{Packs: list, Mode: Between})
	require.InEpsilon(t, 2.5, b.Packs[0].Headline(Errors).Series[0].Last().Value, 1e-9)
}

func TestLife(t *testing.T) {
	list := small(t, Errors, `
- {name: failures, title: x, concern: errors, headline: true, unit: count, good: low, exprs: [{if: shop_total, expr: 'rate(shop_total[${window}])', life: shop_total}]}
- {name: fresh, title: x, concern: errors, unit: count, good: low, exprs: [{if: shop_total, expr: 'rate(shop_total[${window}])'}]}
- {name: plain, title: x, concern: errors, unit: count, good: low, exprs: [{if: shop_total, expr: 'shop_total / 2'}]}
`)
	// Targets that were scraped an hour apart, each at its own time.
	c := one(t, "shop_total 100\n")
	b := evaluated(t, c, Options{Packs: list})
	require.Equal(t, Life, b.Mode)
	require.Equal(t, float64(100), resultOf(t, &b.Packs[0], "failures").Series[0].Last().Value)
	require.Equal(t, float64(50), resultOf(t, &b.Packs[0], "plain").Series[0].Last().Value)
	fresh := resultOf(t, &b.Packs[0], "fresh")
	require.Empty(t, fresh.Series)
	require.Equal(t, "a single scrape cannot tell: it takes two", fresh.Absent[0].Reason)
}

// The first expression whose `if` a target has is its own; with none it is
// absent, and what it lacked is told.
func TestAlternatives(t *testing.T) {
	list := small(t, Saturation, `
- name: queue
  title: queue
  concern: saturation
  headline: true
  unit: count
  good: low
  exprs:
  - {if: 'shop_queue{lane!=""}', expr: 'max by (job, instance) (shop_queue)'}
  - {if: [shop_queue, shop_limit], expr: shop_queue / shop_limit}
`)
	b := evaluated(t, scraped(t, map[string][]string{
		"j/lanes": repeat(3, "shop_total 1\nshop_queue{lane=\"a\"} 7\n"),
		"j/plain": repeat(3, "shop_total 1\nshop_queue 8\nshop_limit 2\n"),
		"j/half":  repeat(3, "shop_total 1\nshop_queue 8\n"),
		"j/other": repeat(3, "else_total 1\n"),
	}), Options{Packs: list})
	require.Equal(t, []Target{{"j", "half"}, {"j", "lanes"}, {"j", "plain"}}, b.Packs[0].Targets)
	r := b.Packs[0].Headline(Saturation)
	require.Equal(t, float64(7), seriesOn(r, "lanes")[0].Last().Value)
	require.Equal(t, float64(4), seriesOn(r, "plain")[0].Last().Value)
	require.Equal(t, []Absence{{Target{"j", "half"}, []string{`shop_queue{lane!=""}`, "shop_limit"}, `it has no shop_queue{lane!=""}, no shop_limit`}}, r.Absent)
}

// A target that never answered belongs to the pack of the others of its job.
func TestNeverUp(t *testing.T) {
	b := evaluated(t, scraped(t, map[string][]string{
		"kube-proxy/a": repeat(4, shown), "kube-proxy/b": repeat(4, "-"), "else/c": repeat(4, "-"),
	}), Options{Packs: []*Pack{kubeProxy(t)}})
	require.Equal(t, []Target{{"kube-proxy", "a"}, {"kube-proxy", "b"}}, b.Packs[0].Targets)
	down := resultOf(t, &b.Packs[0], "down")
	require.Equal(t, Good, seriesOn(down, "a")[0].Level)
	require.Equal(t, Bad, seriesOn(down, "b")[0].Level)
}

// A capture of something else names the packs that were tried and what they
// lacked.
func TestNoPackApplies(t *testing.T) {
	b := evaluated(t, one(t, repeat(3, "shop_total 1\ngo_goroutines 4\n")...), Options{})
	require.Empty(t, b.Packs)
	require.Equal(t, []Skipped{
		{Pack: "kube-proxy", Lacked: []string{`kubeproxy_sync_proxy_rules_duration_seconds_count or {__name__=~"rest_client_request.+",job=~".*kube-proxy.*"}`}},
		{Pack: "kube-apiserver", Lacked: []string{"apiserver_request_total", "apiserver_current_inflight_requests"}},
		{Pack: "etcd", Lacked: []string{"etcd_server_has_leader"}},
		{Pack: "node", Lacked: []string{"node_cpu_seconds_total"}},
		{Pack: "go", Lacked: []string{"go_memstats_alloc_bytes"}},
	}, b.Skipped)
}

// All of When on one target, not each on another.
func TestWhenIsOfOneTarget(t *testing.T) {
	p, err := Find("go")
	require.NoError(t, err)
	b := evaluated(t, scraped(t, map[string][]string{
		"j/a": repeat(3, "go_goroutines 1\n"), "j/b": repeat(3, "go_memstats_alloc_bytes 1\n"),
	}), Options{Packs: []*Pack{p}})
	require.Equal(t, []Skipped{{Pack: "go", Lacked: []string{"go_goroutines", "go_memstats_alloc_bytes"}}}, b.Skipped)
}

// One of several metrics is enough when they stand with or between them.
func TestWhenIsOneOf(t *testing.T) {
	list := []*Pack{mustLoad(t, "name: shop\nwhen:\n- shop_total or (shop_old{x=\"1\"} or shop_older)\n- shop_up\nsignals:\n"+rest(Errors)+`
- {name: failures, title: x, concern: errors, headline: true, unit: count, good: low, exprs: [{if: shop_old or shop_older, expr: shop_up}]}
`)}
	b := evaluated(t, scraped(t, map[string][]string{
		"j/a": repeat(3, "shop_older 1\nshop_up 1\n"), "j/b": repeat(3, "shop_total 1\nshop_up 1\n"),
		"j/c": repeat(3, "shop_old{x=\"2\"} 1\nshop_up 1\n"), "j/d": repeat(3, "shop_older 1\n"),
	}), Options{Packs: list})
	require.Equal(t, []Target{{"j", "a"}, {"j", "b"}}, b.Packs[0].Targets)
	r := b.Packs[0].Headline(Errors)
	require.Len(t, r.Series, 1)
	require.Equal(t, "a", r.Series[0].Instance)
	require.Equal(t, []string{"shop_old or shop_older"}, r.Absent[0].Lacked)
}

func TestOptionsThatCannotBe(t *testing.T) {
	in := loaded(t, one(t, shown, shown, shown))
	tests := []struct {
		name string
		opts Options
		want string
	}{
		{"a parameter that none has", Options{Set: map[string]string{"qantile": "1"}}, `no parameter "qantile": there are failures, nodes, quantile`},
		{"a parameter that is no number", Options{Set: map[string]string{"quantile": "0) or vector(1"}}, `parameter quantile of pack `},
		{"a label that is none", Options{By: []string{"a) or vector(1"}}, `cannot be the name of a label`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Evaluate(context.Background(), in, tt.opts)
			require.ErrorContains(t, err, tt.want)
		})
	}
}

func TestFromToStep(t *testing.T) {
	list := small(t, Errors, `
- {name: failures, title: x, concern: errors, headline: true, unit: count, good: low, exprs: [{if: shop_total, expr: shop_total}]}
`)
	c := one(t, repeat(20, "shop_total 1\n")...)
	b := evaluated(t, c, Options{Packs: list, From: madeStart.Add(60 * time.Second), To: madeStart.Add(100 * time.Second), Step: 20 * time.Second})
	require.Equal(t, madeStart.Add(65*time.Second), b.Start)
	require.Equal(t, madeStart.Add(85*time.Second), b.End)
	require.Len(t, b.Packs[0].Headline(Errors).Series[0].Points, 2)
}

// A value may be no number.
func TestOddValues(t *testing.T) {
	list := small(t, Latency, `
- {name: slow, title: x, concern: latency, headline: true, unit: seconds, good: low, bad: 1, reason: r, exprs: [{if: shop_total, expr: 'shop_odd'}]}
`)
	c := one(t, "shop_total 1\nshop_odd{k=\"inf\"} +Inf\nshop_odd{k=\"nan\"} NaN\nshop_odd{k=\"neg\"} -Inf\nshop_odd{k=\"one\"} 1\n")
	r := evaluated(t, c, Options{Packs: list}).Packs[0].Headline(Latency)
	require.True(t, math.IsInf(r.Worst.Value, 1))
	require.True(t, math.IsNaN(r.Series[1].Last().Value))
	require.Equal(t, None, r.Series[1].Level, "NaN is neither good nor bad")
}

// A quantile is told with what is certain of it, whichever way it was asked.
func TestEstimates(t *testing.T) {
	body := func(i int) string {
		return fmt.Sprintf("shop_total 1\n# TYPE shop_seconds histogram\nshop_seconds_bucket{le=\"1\"} %d\nshop_seconds_bucket{le=\"2\"} %d\nshop_seconds_bucket{le=\"+Inf\"} %d\nshop_seconds_sum 1\nshop_seconds_count %d\n", 900*i, 2000*i, 2020*i, 2020*i)
	}
	signal := func(q string) string {
		return `
- name: slow
  title: x
  concern: latency
  headline: true
  unit: seconds
  good: low
  exprs:
  - if: shop_seconds_bucket
    expr: (histogram_quantile(` + q + `, sum by (job, instance, le) (rate(shop_seconds_bucket[${window}]))))
    life: histogram_quantile(` + q + `, shop_seconds_bucket)
`
	}
	tests := []struct {
		name         string // the quantile
		lower, upper float64
		flags        string
	}{
		{"0.9", 1, 2, ""},
		{"0.1", 0, 1, "first-bucket"},
		{"0.999", 2, math.Inf(1), "capped"},
		{"0.99999", 2, math.Inf(1), "capped,few"},
	}
	for _, tt := range tests {
		list := small(t, Latency, signal(tt.name))
		bodies := []string{body(1), body(2), body(3), body(4), body(5)}
		for name, b := range map[string]*Result{
			"over time": evaluated(t, one(t, bodies...), Options{Packs: list}),
			"between":   evaluated(t, one(t, bodies[3:]...), Options{Packs: list}),
			"life":      evaluated(t, one(t, bodies[4]), Options{Packs: list}),
		} {
			p := b.Packs[0].Headline(Latency).Series[0].Last()
			require.Equal(t, tt.lower, *p.Lower, "%s %s", name, tt.name)
			require.Equal(t, tt.upper, *p.Upper, "%s %s", name, tt.name)
			require.Equal(t, tt.flags, p.Flags, "%s %s", name, tt.name)
			require.GreaterOrEqual(t, p.Value, *p.Lower)
			require.LessOrEqual(t, p.Value, *p.Upper)
		}
	}
}

// The result is the same on any number of cores.
func TestSignalsOnAnyCores(t *testing.T) {
	c := one(t, append(counting(10, "shop_total %d\n", 5), counting(10, "shop_total %d\n", 30)...)...)
	var text strings.Builder
	for i := range 9 {
		fmt.Fprintf(&text, "- {name: s%d, title: s%d, concern: errors, headline: %t, unit: count, good: low, exprs: [{if: shop_total, expr: 'shop_total + %d'}], warn: 1, bad: 2, reason: made up}\n", i, i, i == 0, i)
	}
	list := small(t, Errors, text.String())
	want := evaluated(t, c, Options{Packs: list, Workers: 1})
	require.Len(t, want.Packs[0].Signals, 9+len(Concerns())-1)
	for _, n := range []int{-1, 0, 2, 20} {
		require.Equal(t, want, evaluated(t, c, Options{Packs: list, Workers: n}), "%d", n)
	}
}
