package replay_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// asking asks the same expressions at every look of the first rule.
type asking struct {
	exprs   []*query.Expr
	results [][]string // by rule: what its query gave at each instant
	asked   [][]string // by expression: what Ask gave
	earlier []string   // what Earlier gave for the first expression, an instant before
	scrapes []int
	samples int
	done    bool
	order   []string
}

func (a *asking) Begin(opts replay.Options, store storage.Queryable) {
	n := 0
	for _, g := range opts.Groups {
		n += len(g.Rules)
	}
	a.results, a.asked = make([][]string, n), make([][]string, len(a.exprs))
	a.order = append(a.order, "begin")
}

func (a *asking) Scraped(n int, failed bool) { a.scrapes = append(a.scrapes, n) }

func (a *asking) Saw(rule int, l rules.Look) {
	a.results[rule] = append(a.results[rule], spell(l.Result))
	a.order = append(a.order, fmt.Sprint("saw ", rule))
	if rule != 0 {
		return
	}
	for i, x := range a.exprs {
		vec, err := l.Ask(x)
		if err != nil {
			vec = nil
		}
		a.asked[i] = append(a.asked[i], spell(vec))
	}
	vec, _ := l.Earlier(a.exprs[0], 10*time.Second)
	a.earlier = append(a.earlier, spell(vec))
}

func (a *asking) Came(rule int, at time.Time, out *rules.Outcome) {
	a.order = append(a.order, fmt.Sprint("came ", rule))
}

func (a *asking) Samples(storage.Queryable) { a.samples++ }

func (a *asking) Done(*ingest.Names) { a.done = true }

// spell writes samples without their times and names, sorted.
func spell(vec []query.Sample) string {
	var out []string
	for _, s := range vec {
		out = append(out, fmt.Sprint(labels.NewBuilder(s.Labels).Del(model.MetricNameLabel).Labels(), " ", s.Value))
	}
	slices.Sort(out)
	return fmt.Sprint(out)
}

// What an Observer asks at a look is what a rule with that expression sees at
// that instant, whether segments are long or short.
func TestObserverSeesWhatRulesSee(t *testing.T) {
	exprs := []string{"m", "count_over_time(m[20s])", "timestamp(m)", "m - m offset 10s", "sum(m) by (instance)", "max_over_time(m[20s:5s])", "sum(m{instance=\"i\"} * 0.1)"}
	text := "groups:\n- name: g\n  rules:\n  - {alert: Looked, expr: m > 100}\n"
	for i, e := range exprs {
		text += fmt.Sprintf("  - {record: 'r:%d', expr: '%s'}\n", i, e)
	}
	bodies := map[string][]string{"i": nil, "k": nil}
	for i := range 40 {
		bodies["i"] = append(bodies["i"], fmt.Sprint("m ", i*i%17))
		bodies["k"] = append(bodies["k"], fmt.Sprint("m ", i%5))
	}
	bodies["k"][7], bodies["k"][8] = "!", "-"
	for _, segment := range []int{1, 0, 7} {
		a := &asking{}
		for _, e := range exprs {
			x, err := query.Parse("", e, nil)
			require.NoError(t, err)
			a.exprs = append(a.exprs, x)
		}
		res := run(t, replay.Options{Capture: open(t, files(bodies)), Groups: parse(t, text), Observer: a, Segment: segment})
		require.Equal(t, len(a.results[0]), res.Groups[0].Evaluations)
		for i, e := range exprs {
			require.Equal(t, a.results[i+1], a.asked[i], "%s with segments of %d", e, segment)
		}
		require.Equal(t, a.asked[0][:len(a.asked[0])-1], a.earlier[1:])
		require.True(t, a.done)
		require.Positive(t, a.samples)
		require.Len(t, a.scrapes, res.Capture.Scrapes)
		require.Equal(t, []string{"begin", "saw 0", "came 0"}, slices.DeleteFunc(slices.Clone(a.order), func(s string) bool {
			return s != "begin" && s != "saw 0" && s != "came 0"
		})[:3])
	}
}

// A look comes before anything that comes of the query is written.
func TestObserverLooksBeforeWriting(t *testing.T) {
	x, err := query.Parse("", "ALERTS", nil)
	require.NoError(t, err)
	a := &asking{exprs: []*query.Expr{x}}
	run(t, replay.Options{Capture: open(t, files(map[string][]string{"i": {"m 5", "m 5", "m 5"}})), Observer: a,
		Groups: parse(t, "groups: [{name: g, rules: [{alert: A, expr: 'm > 0 or (m unless on () ALERTS)'}]}]")})
	require.Equal(t, "[]", a.asked[0][0])
	require.Contains(t, a.asked[0][1], "firing")
}
