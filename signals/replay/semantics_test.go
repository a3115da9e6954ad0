package replay_test

import (
	"context"
	"fmt"
	"math"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// dump writes what a store holds of the metrics that match: a line for each
// series without job and instance, its samples as "second:value".
func dump(t *testing.T, q storage.Queryable, metrics string) map[string]string {
	t.Helper()
	querier, err := q.Querier(math.MinInt64, math.MaxInt64)
	require.NoError(t, err)
	out := map[string]string{}
	set := querier.Select(context.Background(), true, nil, labels.MustNewMatcher(labels.MatchRegexp, model.MetricNameLabel, metrics))
	for set.Next() {
		ls := set.At().Labels()
		key := ls.Get(model.MetricNameLabel)
		if rest := labels.NewBuilder(ls).Del(model.MetricNameLabel, "job", "instance").Labels(); !rest.IsEmpty() {
			key += rest.String()
		}
		var samples []string
		it := set.At().Iterator(nil)
		for it.Next() == chunkenc.ValFloat {
			ts, v := it.At()
			sec := fmt.Sprintf("%g", float64(ts-start.UnixMilli())/1000)
			if value.IsStaleNaN(v) {
				samples = append(samples, sec+":stale")
			} else {
				samples = append(samples, fmt.Sprintf("%s:%g", sec, v))
			}
		}
		out[key] = strings.Join(samples, " ")
	}
	return out
}

// A replayRow is a sentence of signals/SEMANTICS.md, where its name is cited:
// one target with a scrape every 10 s, rules evaluated at 5, 15, … s.
type replayRow struct {
	name    string
	bodies  []string
	rules   string // of the group g
	group   string // further fields of g
	opts    func(*replay.Options)
	metrics string            // what to look at in the store
	want    map[string]string // all of it
	alerts  []string          // of the first rule: its states
	failed  int               // evaluations of the first rule
}

func (r replayRow) run(t *testing.T) {
	opts := replay.Options{
		Capture: open(t, files(map[string][]string{"i": r.bodies})),
		Groups:  parse(t, "groups:\n- name: g\n"+indent(r.group)+"  rules:\n"+indent(r.rules)),
		Keep:    true,
	}
	if r.opts != nil {
		r.opts(&opts)
	}
	res := run(t, opts)
	if r.want != nil {
		require.Equal(t, r.want, dump(t, res.Store, r.metrics))
	}
	if r.alerts != nil {
		var list []string
		for _, a := range res.Rules[0].Alerts {
			list = append(list, states(a))
		}
		require.Equal(t, r.alerts, list)
	}
	require.Equal(t, r.failed, res.Rules[0].Failed, res.Rules[0].Error)
}

func indent(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		b.WriteString("  " + line)
	}
	return b.String()
}

// How long a sample is seen.
func TestLookback(t *testing.T) {
	runRows(t, []replayRow{
		{
			name: "a series that ended is not seen, whatever the look-back", bodies: append([]string{"m 1"}, repeat("x 1", 35)...),
			rules: "- alert: A\n  expr: m\n", alerts: []string{"firing[5,15)"},
		},
		{
			name: "a missing scrape lives out the look-back of 5 m, left-open", bodies: append(append([]string{"m 1"}, repeat("-", 34)...), "x 1"),
			rules: "- alert: A\n  expr: m\n", alerts: []string{"firing[5,305)"}, opts: func(o *replay.Options) { o.Interval = 10 * time.Second },
		},
		{
			name: "another look-back", bodies: append(append([]string{"m 1"}, repeat("-", 34)...), "x 1"),
			rules: "- alert: A\n  expr: m\n", alerts: []string{"firing[5,65)"}, opts: func(o *replay.Options) { o.Interval = 10 * time.Second; o.Lookback = time.Minute },
		},
	})
}

// What a rule sees of the others, and the step of subqueries.
func TestRulesSeeEachOther(t *testing.T) {
	runRows(t, []replayRow{
		{
			name: "a later rule's recording is seen at the next instant", bodies: []string{"m 1", "m 2", "m 3", "m 4"},
			rules:   "- record: early\n  expr: late\n- record: late\n  expr: m\n",
			metrics: "early|late", want: map[string]string{"early": "15:1 25:2 35:3", "late": "5:1 15:2 25:3 35:4"},
		},
		{
			name: "the global interval is the default step of subqueries", bodies: repeat("m 1", 8),
			rules: "- record: n\n  expr: count_over_time(m[1m:])\n", metrics: "n", opts: func(o *replay.Options) { o.Interval = 20 * time.Second },
			want: map[string]string{"n": "10:1 30:2 50:3 70:3"},
		},
	})
}

// States of alerts, and what is stored of them.
func TestAlertStates(t *testing.T) {
	at := func(sec int) int64 { return start.Unix() + int64(sec) }
	runRows(t, []replayRow{
		{
			name: "ALERTS from the first instant; for fires at ≥, and the pending series gets its marker then", bodies: repeat("m 1", 5),
			rules: "- alert: A\n  expr: m\n  for: 20s\n", metrics: "ALERTS.*",
			want: map[string]string{
				`ALERTS{alertname="A", alertstate="pending"}`: "5:1 15:1 25:stale",
				`ALERTS{alertname="A", alertstate="firing"}`:  "25:1 35:1 45:1",
				`ALERTS_FOR_STATE{alertname="A"}`:             fmt.Sprintf("5:%g 15:%[1]g 25:%[1]g 35:%[1]g 45:%[1]g", float64(at(5))),
			},
			alerts: []string{"pending[5,25) firing[25,45…)"},
		},
		{
			name: "keep_firing_for holds while <", bodies: append(repeat("m 1", 2), repeat("x 1", 6)...),
			rules:  "- alert: A\n  expr: m\n  keep_firing_for: 30s\n",
			alerts: []string{"firing[5,55)"}, // gone at 25, kept at 25, 35 and 45; 30 s after 25 it is over
		},
		{
			name: "a pending alert is not kept", bodies: []string{"m 1", "x 1", "x 1", "x 1"},
			rules: "- alert: A\n  expr: m\n  for: 1m\n  keep_firing_for: 30s\n", alerts: []string{"pending[5,15)"},
		},
		{
			name: "query_offset: samples at T less it, active-at at T", bodies: []string{"m 1", "m 2", "m 3", "m 4", "m 5"},
			group: "query_offset: 10s\n", rules: "- alert: A\n  expr: m > 0\n- record: r\n  expr: m\n", metrics: "ALERTS_FOR_STATE|r",
			want: map[string]string{`ALERTS_FOR_STATE{alertname="A"}`: fmt.Sprintf("5:%g 15:%[1]g 25:%[1]g 35:%[1]g", float64(at(15))), "r": "5:1 15:2 25:3 35:4"},
		},
	})
}

// What stays when an evaluation fails.
func TestFailedEvaluations(t *testing.T) {
	runRows(t, []replayRow{
		{
			name: "an alert over the limit loses its state; the markers come at the next success", bodies: []string{"m{a=\"1\"} 1", "m{a=\"1\"} 1\nm{a=\"2\"} 1", "m{a=\"1\"} 1", "m{a=\"1\"} 1", "m{a=\"1\"} 1"},
			group: "limit: 1\n", rules: "- alert: A\n  expr: m\n  for: 10s\n", metrics: "ALERTS", failed: 1,
			want: map[string]string{`ALERTS{a="1", alertname="A", alertstate="pending"}`: "5:1 25:1 35:stale", `ALERTS{a="1", alertname="A", alertstate="firing"}`: "35:1 45:1"},
		},
		{
			name: "a recording over the limit writes nothing, neither samples nor markers", bodies: []string{"m{a=\"1\"} 1", "m{a=\"1\"} 1\nm{a=\"2\"} 1", "m{a=\"2\"} 1", "m{a=\"2\"} 2"},
			group: "limit: 1\n", rules: "- record: r\n  expr: m\n", metrics: "r", failed: 1,
			want: map[string]string{`r{a="1"}`: "5:1 25:stale", `r{a="2"}`: "25:1 35:2"},
		},
		{
			name: "on a query error what was recorded stays visible for the look-back", bodies: []string{"m{a=\"1\"} 1", "m{a=\"1\"} 1\nm{a=\"2\"} 1", "m{a=\"1\"} 1", "m{a=\"1\"} 1"},
			rules: "- record: r\n  expr: m + on () group_left () sum(m) + on () m\n- record: seen\n  expr: r\n", metrics: "seen", failed: 1,
			want: map[string]string{"seen": "5:3 15:3 25:3 35:3"},
		},
		{
			name: "the same label set twice is an error, alert state is kept", bodies: []string{"m{a=\"1\"} 1", "m{a=\"1\"} 1\nm{a=\"2\"} 1", "m{a=\"1\"} 1", "m{a=\"1\"} 1"},
			rules: "- alert: A\n  expr: m\n  for: 20s\n  labels: {a: ''}\n", failed: 1, alerts: []string{"pending[5,25) firing[25,35…)"},
		},
	})
}

// Markers of recorded series and of alerts.
func TestWhatVanishes(t *testing.T) {
	at := func(sec int) int64 { return start.Unix() + int64(sec) }
	runRows(t, []replayRow{
		{
			name: "a recorded series that vanishes gets a marker", bodies: []string{"m 1", "x 1", "m 3", "m 4"},
			rules: "- record: r\n  expr: m\n", metrics: "r", want: map[string]string{"r": "5:1 15:stale 25:3 35:4"},
		},
		{
			name: "an alert that is resolved gets markers in both series", bodies: []string{"m 1", "x 1", "x 3", "x 4"},
			rules: "- alert: A\n  expr: m\n", metrics: "ALERTS.*",
			want: map[string]string{`ALERTS{alertname="A", alertstate="firing"}`: "5:1 15:stale", `ALERTS_FOR_STATE{alertname="A"}`: fmt.Sprintf("5:%g 15:stale", float64(at(5)))},
		},
		{
			name: "at the end nothing is marked stale", bodies: repeat("m 1", 3),
			rules: "- alert: A\n  expr: m\n", metrics: "m|ALERTS", want: map[string]string{"m": "0:1 10:1 20:1", `ALERTS{alertname="A", alertstate="firing"}`: "5:1 15:1 25:1"},
		},
	})
}

// Labels that rules add, and what stands in templates.
func TestLabelsAndTemplates(t *testing.T) {
	runRows(t, []replayRow{
		{
			name: "group labels, a rule's own wins, an empty value removes", bodies: []string{"m{gone=\"1\"} 1", "m{gone=\"1\"} 1"},
			group: "labels: {team: g, tier: g}\n", rules: "- record: r\n  expr: m\n  labels: {tier: r, gone: ''}\n", metrics: "r",
			want: map[string]string{`r{team="g", tier="r"}`: "5:1 15:1"},
		},
		{
			name: "external labels and URL are for templates, not for ALERTS; query at T", bodies: []string{"m 1", "m 1", "m 1"},
			rules:   "- alert: A\n  expr: m\n  labels: {from: '{{ $externalLabels.dc }}', url: '{{ externalURL }}', ups: '{{ query \"up\" | first | value }}'}\n",
			metrics: "ALERTS", want: map[string]string{`ALERTS{alertname="A", alertstate="firing", from="eu", ups="1", url="http://prom/"}`: "5:1 15:1 25:1"},
			opts: func(o *replay.Options) {
				o.ExternalLabels = labels.FromStrings("dc", "eu")
				o.ExternalURL, _ = url.Parse("http://prom/")
			},
		},
		{
			name: "a label template with the value makes a new alert at every change", bodies: []string{"m 1", "m 2", "m 2", "m 2"},
			rules: "- alert: A\n  expr: m\n  for: 10s\n  labels: {v: '{{ $value }}'}\n", alerts: []string{"pending[5,15)", "pending[15,25) firing[25,35…)"},
		},
		{
			name: "a template that fails gives its error as text", bodies: []string{"m 1", "m 1"},
			rules: "- alert: A\n  expr: m\n  labels: {v: '{{ .Nope }}'}\n", metrics: "ALERTS",
			want: map[string]string{`ALERTS{alertname="A", alertstate="firing", v="<error expanding template: error executing template __alert_A: template: __alert_A:1:115: executing \"__alert_A\" at <.Nope>: can't evaluate field Nope in type struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }>"}`: "5:1 15:1"},
		},
		{
			name: "a missing label is empty, absent has the labels of = alone, NaN != 1 fires", bodies: []string{"m NaN", "m NaN"},
			rules: "- alert: A\n  expr: m != 1\n  labels: {v: 'x{{ $labels.nope }}'}\n- alert: B\n  expr: absent(nope{a=\"1\",b!=\"2\",c=~\"3\"})\n", metrics: "ALERTS",
			want: map[string]string{`ALERTS{alertname="A", alertstate="firing", v="x"}`: "5:1 15:1", `ALERTS{a="1", alertname="B", alertstate="firing"}`: "5:1 15:1"},
		},
	})
}

// What a scrape that is not there means to rules.
func TestMissingScrapes(t *testing.T) {
	runRows(t, []replayRow{
		{
			name: "gaps failed: missing scrapes count as failed, at the times they were due", bodies: []string{"m 1", "m 1", "-", "-", "m 1", "m 1"},
			rules: "- alert: A\n  expr: up == 0\n", opts: func(o *replay.Options) { o.Ingest.Gaps = "failed" }, metrics: "m|up",
			want: map[string]string{"m": "0:1 10:1 20:stale 40:1 50:1", "up": "0:1 10:1 20:0 30:0 40:1 50:1"}, alerts: []string{"firing[25,45)"},
		},
		{
			name: "otherwise nothing happens in a gap", bodies: []string{"m 1", "m 1", "-", "-", "m 1", "m 1"},
			rules: "- alert: A\n  expr: up == 0\n", metrics: "m|up", alerts: nil,
			want: map[string]string{"m": "0:1 10:1 40:1 50:1", "up": "0:1 10:1 40:1 50:1"},
		},
	})
}

func runRows(t *testing.T, rows []replayRow) {
	t.Helper()
	for _, r := range rows {
		if r.name == "" {
			t.Errorf("a row without a name: %+v", r)
		}
		t.Run(r.name, r.run)
	}
}

func repeat(body string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = body
	}
	return list
}

// Gaps, targets that end early, and those that were removed.
func TestGapsAndEnds(t *testing.T) {
	bodies := map[string][]string{
		"a": repeat("m 1", 12),
		"b": {"m 1", "m 1", "-", "m 1", "-", "-", "m 1", "m 1", "m 1", "m 1", "m 1", "m 1"},
		"c": repeat("m 1", 5),
		"d": {"m 1", "m 1", "m 1", "m 1", "!", "m 1"},
	}
	fsys := files(bodies)
	fsys["capture.yaml"] = &fstest.MapFile{Data: []byte("targets:\n  app/c: {ends: removed}\n")}
	res := run(t, replay.Options{
		Capture: open(t, fsys),
		Groups:  parse(t, fmt.Sprintf(oneRule, "count(m)", "0s")+"  - record: seen\n    expr: sum by (instance) (m)\n    labels: {of: '{{}}'}\n"),
		Keep:    true,
	})
	got := map[string]string{}
	querier, _ := res.Store.Querier(math.MinInt64, math.MaxInt64)
	set := querier.Select(context.Background(), true, nil, labels.MustNewMatcher(labels.MatchRegexp, model.MetricNameLabel, "m|up|seen"),
		labels.MustNewMatcher(labels.MatchEqual, "instance", "c"))
	for set.Next() {
		it := set.At().Iterator(nil)
		last := ""
		for it.Next() == chunkenc.ValFloat {
			ts, v := it.At()
			last = fmt.Sprintf("%g:%g stale %v", float64(ts-start.UnixMilli())/1000, v, value.IsStaleNaN(v))
		}
		got[set.At().Labels().Get(model.MetricNameLabel)] = last
	}
	// The last scrape at 40, so markers at 50, which a server writes at 61.
	require.Equal(t, map[string]string{"m": "50:NaN stale true", "up": "50:NaN stale true", "seen": "65:NaN stale true"}, got)
	sec := func(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }
	require.Equal(t, []replay.Gap{
		{Job: "app", Instance: "b", From: sec(10), To: sec(30), Missed: 1},
		{Job: "app", Instance: "b", From: sec(30), To: sec(60), Missed: 2},
	}, res.Capture.Gaps, "one missing scrape is a gap")
	require.Equal(t, []replay.Ended{
		{Job: "app", Instance: "c", Last: sec(40), Removed: true},
		{Job: "app", Instance: "d", Last: sec(50)},
	}, res.Capture.Ended)
	infos := map[string]replay.TargetInfo{}
	for _, i := range res.Capture.TargetInfos {
		infos[i.Instance] = i
	}
	b := infos["b"]
	require.True(t, b.Labels.IsEmpty())
	b.Labels = labels.EmptyLabels() // one of its two forms
	require.Equal(t, replay.TargetInfo{
		Job: "app", Instance: "b", Labels: labels.EmptyLabels(), Scrapes: 9, Gaps: 2, Interval: 10 * time.Second, First: sec(0), Last: sec(110), Format: "text",
	}, b)
	require.Equal(t, []int{6, 1, 0}, []int{infos["d"].Scrapes, infos["d"].Failed, infos["d"].Gaps})
}

// What inspect shows of a target: how far its scrapes are from their interval,
// restarts, versions, formats.
func TestTargetInfo(t *testing.T) {
	fsys := fstest.MapFS{}
	add := func(ms int64, ext, body string) {
		fsys[fmt.Sprintf("app/i/%d%s", start.UnixMilli()+ms, ext)] = &fstest.MapFile{Data: []byte(body)}
	}
	add(0, ".prom", "process_start_time_seconds 1\nx_build_info{version=\"1\"} 1\n")
	add(10_004, ".prom", "process_start_time_seconds 1\nx_build_info{version=\"1\"} 1\n")
	add(19_998, ".prom", "process_start_time_seconds 2\nx_build_info{version=\"2\"} 1\n# EOF\n")
	add(30_000, ".err", "refused\n")
	res := run(t, replay.Options{Capture: open(t, fsys), Groups: parse(t, fmt.Sprintf(oneRule, "up", "0s"))})
	require.Len(t, res.Capture.TargetInfos, 1)
	info := res.Capture.TargetInfos[0]
	require.Equal(t, []any{4, 1, 1, []string{"1", "2"}, "text, openmetrics", 10 * time.Second, 4 * time.Millisecond},
		[]any{info.Scrapes, info.Failed, info.Restarts, info.Versions, info.Format, info.Interval, info.Jitter})
}

// --enable-feature, by upstream's names. Smoothed and anchored need none since
// 3.16, where their flag became a no-op.
func TestFeatures(t *testing.T) {
	bodies := []string{"m 1", "m 2", "m 3", "m 4"}
	for _, c := range []struct{ name, expr, without string }{
		{"promql-experimental-functions", "sort_by_label(m, \"a\") > 0", "not enabled"},
		{"promql-unquoted-utf8-names", "{__name__=\"m\"} unless größe.a > 0", "unexpected character"},
		{"promql-binop-fill-modifiers", "m + fill(0) nope > 0", "fill"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := fmt.Sprintf("groups: [{name: g, rules: [{alert: A, expr: '%s'}]}]", c.expr)
			_, errs := rules.Parse("r.yml", []byte(text), rules.ParseOptions{})
			require.NotEmpty(t, errs)
			require.Contains(t, errs[0].Error(), c.without)
			groups, errs := rules.Parse("r.yml", []byte(text), rules.ParseOptions{Features: []string{c.name}})
			require.Empty(t, errs)
			opts := replay.Options{Capture: open(t, files(map[string][]string{"i": bodies})), Groups: groups, Features: []string{c.name}}
			require.Equal(t, replay.VerdictFiring, run(t, opts).Rules[0].Verdict)
		})
	}
	t.Run("smoothed and anchored need no feature", func(t *testing.T) {
		groups := parse(t, "groups: [{name: g, rules: [{alert: A, expr: 'increase(m[20s] smoothed) > 0'}, {alert: B, expr: 'increase(m[20s] anchored) > 0'}]}]")
		res := run(t, replay.Options{Capture: open(t, files(map[string][]string{"i": bodies})), Groups: groups})
		require.Equal(t, []replay.Verdict{replay.VerdictFiring, replay.VerdictFiring}, []replay.Verdict{res.Rules[0].Verdict, res.Rules[1].Verdict})
	})
	t.Run("promql-delayed-name-removal", func(t *testing.T) {
		// label_replace sees the name that rate has yet to remove.
		groups := parse(t, "groups: [{name: g, rules: [{alert: A, expr: 'label_replace(rate(m[30s]), \"n\", \"$1\", \"__name__\", \"(.*)\")'}]}]")
		for want, features := range map[string][]string{"": nil, "m": {"promql-delayed-name-removal"}} {
			res := run(t, replay.Options{Capture: open(t, files(map[string][]string{"i": bodies})), Groups: groups, Features: features})
			require.Len(t, res.Rules[0].Alerts, 1)
			require.Equal(t, want, res.Rules[0].Alerts[0].Labels.Get("n"))
		}
	})
	t.Run("extra-scrape-metrics", func(t *testing.T) {
		loaded, err := replay.Load(context.Background(), replay.Options{Capture: open(t, files(map[string][]string{"i": bodies})), Features: []string{"extra-scrape-metrics"}})
		require.NoError(t, err)
		require.Equal(t, "0:4 10:4 20:4 30:4", dump(t, loaded, "scrape_body_size_bytes")["scrape_body_size_bytes"])
	})
	t.Run("unknown, foreign and without effect", func(t *testing.T) {
		err := replay.CheckFeatures([]string{"promql-experimental-function"})
		require.ErrorContains(t, err, `unknown feature "promql-experimental-function"; those that mean something here: extra-scrape-metrics, promql-`)
		require.ErrorContains(t, replay.CheckFeatures([]string{"st-storage"}), "changes what Prometheus stores")
		require.NoError(t, replay.CheckFeatures([]string{"promql-duration-expr", "promql-extended-range-selectors", "query-cost", "auto-reload-config", "native-histograms"}))
		_, err = replay.Run(context.Background(), replay.Options{Capture: open(t, files(map[string][]string{"i": bodies})), Features: []string{"nope"}})
		require.ErrorContains(t, err, "nope")
		_, err = replay.Load(context.Background(), replay.Options{Capture: open(t, files(map[string][]string{"i": bodies})), Features: []string{"nope"}})
		require.ErrorContains(t, err, "nope")
	})
}

// Two scrapes that lie far apart must not fill the memory with what might have
// been between them.
func TestGapsAreBounded(t *testing.T) {
	fsys := fstest.MapFS{
		fmt.Sprintf("app/i/%d.prom", start.UnixMilli()):                      {Data: []byte("m 1\n")},
		fmt.Sprintf("app/i/%d.prom", start.Add(time.Second).UnixMilli()):     {Data: []byte("m 1\n")},
		fmt.Sprintf("app/i/%d.prom", start.Add(2*time.Second).UnixMilli()):   {Data: []byte("m 1\n")},
		fmt.Sprintf("app/i/%d.prom", start.Add(30*24*time.Hour).UnixMilli()): {Data: []byte("m 1\n")},
	}
	opts := replay.Options{Capture: open(t, fsys), Groups: parse(t, fmt.Sprintf(oneRule, "m", "0s")), To: start.Add(5 * time.Second)}
	opts.Ingest.Gaps = "failed"
	res := run(t, opts)
	require.Equal(t, "gaps-cut", res.Problems[len(res.Problems)-1].ID)
	require.Equal(t, "firing[0.5,3.5)", states(res.Rules[0].Alerts[0]))
}
