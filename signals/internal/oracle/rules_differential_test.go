package oracle

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	uprules "github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/util/teststorage"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

const (
	rulesFile     = "testdata/rules_differential.yml"
	rulesInterval = 5 * time.Second
	capturesDir   = "../../../../shared/captures/"
)

// TestRulesDifferential evaluates one rule file over each real capture twice,
// at the same instants and over the same samples: by upstream's Group.Eval
// over a TSDB and by our Evaluator over our Timeline. After every evaluation
// the rules' errors and active alerts must agree, at the end every sample of
// ALERTS, ALERTS_FOR_STATE and recorded series, bit for bit.
func TestRulesDifferential(t *testing.T) {
	for name, least := range map[string]int{"incident": 10_000, "healthy": 3_500, "flaky-apiserver": 5_000} {
		t.Run(name, func(t *testing.T) {
			p := newRulePair(t, name)
			p.run(t, nil)
			for _, d := range p.differences {
				t.Error(d)
			}
			ours, theirs := written(t, timelineQuerier(t, p.ours)), written(t, headQuerier(t, p.theirs))
			if diff := cmp.Diff(theirs, ours); diff != "" {
				t.Errorf("samples (-upstream +ours):\n%.4000s", diff)
			}
			if n := count(ours); n < least {
				t.Errorf("only %d samples were compared, want %d", n, least)
			} else {
				t.Logf("%d evaluations of rules, %d series, %d samples alike", p.evaluations, len(ours), n)
			}
			if name == "incident" {
				p.wantAllKinds(t)
			}
		})
	}
}

// TestRulesDifferentialNotices spoils one scraped sample of ours: a comparison
// that could not fail would prove nothing.
func TestRulesDifferentialNotices(t *testing.T) {
	p := newRulePair(t, "healthy")
	spoilt := false
	p.run(t, func(ls labels.Labels, v float64) float64 {
		if !spoilt && ls.Get(model.MetricNameLabel) == "go_goroutines" {
			spoilt = true
			return math.Float64frombits(math.Float64bits(v) + 1)
		}
		return v
	})
	ours, theirs := written(t, timelineQuerier(t, p.ours)), written(t, headQuerier(t, p.theirs))
	if !spoilt || cmp.Equal(theirs, ours) {
		t.Error("one bit of one sample was changed and the comparison did not notice")
	}
}

// rulePair is one capture under both implementations.
type rulePair struct {
	capture *capture.Capture
	ours    *timeline.Timeline
	theirs  *teststorage.TestStorage

	evaluators []*rules.Evaluator
	ourGroups  []*rules.Group
	groups     []*uprules.Group
	intervals  []time.Duration

	copied      []int64 // newest time of each of our series that theirs has, by Ref
	evaluations int
	differences []string
	errors      map[string]bool
	states      map[string]bool
}

func newRulePair(t *testing.T, name string) *rulePair {
	if _, err := os.Stat(capturesDir + name); err != nil {
		t.Skipf("the capture is not here: %v", err)
	}
	c, err := capture.OpenPath(capturesDir+name, nil, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := &rulePair{capture: c, ours: timeline.New(), theirs: teststorage.New(t), errors: map[string]bool{}, states: map[string]bool{}}
	external := labels.FromStrings("cluster", "c1")
	externalURL := &url.URL{Scheme: "https", Host: "prometheus.example:9090", Path: "/p"}

	data, err := os.ReadFile(rulesFile)
	if err != nil {
		t.Fatal(err)
	}
	groups, errs := rules.Parse(rulesFile, data, rules.ParseOptions{})
	for _, err := range errs {
		t.Fatal(err)
	}
	p.ourGroups = groups
	engine := query.NewEngine(query.Options{EvaluationInterval: rulesInterval})
	for _, g := range groups {
		p.evaluators = append(p.evaluators, rules.NewEvaluator(g, rules.EvalOptions{
			Source: engine.Over(p.ours), Appender: timelineAppender{p.ours},
			ExternalLabels: external, ExternalURL: externalURL,
		}))
	}

	promparser := parser.NewParser(parser.Options{})
	parsed, errs := rulefmt.Parse(data, false, model.UTF8Validation, promparser, slog.New(slog.DiscardHandler))
	for _, err := range errs {
		t.Fatal(err)
	}
	upstream := promql.NewEngine(promql.EngineOpts{
		MaxSamples: 50_000_000, Timeout: 2 * time.Minute, LookbackDelta: 5 * time.Minute,
		NoStepSubqueryIntervalFn: func(int64) int64 { return rulesInterval.Milliseconds() },
		EnableAtModifier:         true, EnableNegativeOffset: true, Parser: promparser,
	})
	opts := &uprules.ManagerOptions{
		Context: context.Background(), AppendableV2: p.theirs, Queryable: p.theirs, ExternalURL: externalURL,
		QueryFunc:  uprules.EngineQueryFunc(upstream, p.theirs),
		NotifyFunc: func(context.Context, string, ...*uprules.Alert) {},
		Logger:     slog.New(slog.DiscardHandler),
	}
	total := 0
	for _, g := range parsed.Groups {
		var list []uprules.Rule
		for _, r := range g.Rules {
			total++
			expr, err := promparser.ParseExpr(r.Expr)
			if err != nil {
				t.Fatal(err)
			}
			ls := uprules.FromMaps(g.Labels, r.Labels)
			if r.Record != "" {
				list = append(list, uprules.NewRecordingRule(r.Record, expr, ls))
				continue
			}
			list = append(list, uprules.NewAlertingRule(r.Alert, expr, time.Duration(r.For), time.Duration(r.KeepFiringFor),
				ls, labels.FromMap(r.Annotations), external, externalURL.String(), true, opts.Logger))
		}
		interval := rulesInterval
		if g.Interval > 0 {
			interval = time.Duration(g.Interval)
		}
		p.intervals = append(p.intervals, interval)
		p.groups = append(p.groups, uprules.NewGroup(uprules.GroupOptions{
			Name: g.Name, File: rulesFile, Interval: interval, Limit: g.Limit, Rules: list, Opts: opts,
			QueryOffset: (*time.Duration)(g.QueryOffset),
		}))
	}
	if total < 40 {
		t.Fatalf("the file has %d rules, want 40", total)
	}
	return p
}

// run ingests the capture into our Timeline, copies each scrape into theirs
// (spoilt by change, when set), and evaluates both in between.
func (p *rulePair) run(t *testing.T, change func(labels.Labels, float64) float64) {
	ingester := ingest.New(p.ours, ingest.Options{})
	stream, added := p.capture.Stream(), 0
	start := time.UnixMilli(p.capture.Start).UTC().Add(rulesInterval / 2)
	end := time.UnixMilli(p.capture.End)
	for step := 0; ; step++ {
		at := start.Add(time.Duration(step) * rulesInterval)
		if at.After(end) {
			break
		}
		for {
			if added == p.capture.Scrapes {
				break
			}
			if _, next, _ := p.capture.Entry(added); next > at.UnixMilli() || !stream.Next() {
				break
			}
			added++
			ingester.Add(stream.Scrape())
			p.copyScrape(t, stream.Scrape().Time, change)
		}
		for i, g := range p.groups {
			if step%int(p.intervals[i]/rulesInterval) != 0 {
				continue
			}
			g.Eval(context.Background(), at)
			outcomes := p.evaluators[i].Eval(context.Background(), at)
			for j, r := range g.Rules() {
				p.evaluations++
				p.compare(at, r, outcomes[j])
			}
		}
	}
	if err := stream.Err(); err != nil {
		t.Fatal(err)
	}
}

// copyScrape brings what one scrape added to our Timeline into their head.
func (p *rulePair) copyScrape(t *testing.T, at int64, change func(labels.Labels, float64) float64) {
	app := p.theirs.Appender(context.Background())
	for len(p.copied) <= p.ours.NumSeries() {
		p.copied = append(p.copied, math.MinInt64)
	}
	for ref := timeline.Ref(1); int(ref) <= p.ours.NumSeries(); ref++ {
		ts, v, ok := p.ours.Last(ref)
		if !ok || ts <= p.copied[ref] {
			continue
		}
		ls := p.ours.Labels(ref)
		p.copied[ref] = ts
		if ofRules(ls) {
			continue
		}
		if ts != at {
			t.Fatalf("%s has a sample at %d in a scrape at %d", ls, ts, at)
		}
		if change != nil {
			v = change(ls, v)
		}
		if _, err := app.Append(0, ls, ts, v); err != nil {
			t.Fatalf("%s: %v", ls, err)
		}
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
}

func ofRules(ls labels.Labels) bool {
	name := ls.Get(model.MetricNameLabel)
	return strings.HasPrefix(name, "t:") || name == "ALERTS" || name == "ALERTS_FOR_STATE"
}

// compare holds one rule's error and active alerts against upstream's.
func (p *rulePair) compare(at time.Time, r uprules.Rule, out rules.Outcome) {
	differ := func(what string, theirs, ours any) {
		if len(p.differences) < 20 {
			p.differences = append(p.differences, fmt.Sprintf("%s %s: %s:\nupstream %v\nours     %v", at.Format(time.TimeOnly), r.Name(), what, theirs, ours))
		}
	}
	theirErr, ourErr := fmt.Sprint(r.LastError()), fmt.Sprint(out.Err)
	if r.LastError() != nil && out.Err != nil {
		p.errors[r.Name()] = true
		if ours, theirs := errorText(ourErr), errorText(theirErr); ours != theirs {
			differ("error", theirErr, ourErr)
		}
	} else if theirErr != ourErr {
		differ("error", theirErr, ourErr)
	}
	ar, ok := r.(*uprules.AlertingRule)
	if !ok {
		return
	}
	active := ar.ActiveAlerts()
	slices.SortFunc(active, func(a, b *uprules.Alert) int { return labels.Compare(a.Labels, b.Labels) })
	var theirs, ours []string
	for _, a := range active {
		theirs = append(theirs, fmt.Sprintf("%s %s %s %x %s %s", a.State, a.Labels, a.Annotations, math.Float64bits(a.Value), a.ActiveAt, a.FiredAt))
	}
	for _, a := range out.Alerts {
		p.states[r.Name()+" "+a.State.String()] = true
		ours = append(ours, fmt.Sprintf("%s %s %s %x %s %s", a.State, a.Labels, a.Annotations, math.Float64bits(a.Value), a.ActiveAt, a.FiredAt))
	}
	if !slices.Equal(theirs, ours) {
		differ("alerts", strings.Join(theirs, "\n  "), strings.Join(ours, "\n  "))
	}
}

// errorText gives the errors that the two storages word differently.
func errorText(s string) string {
	for text, same := range map[string]string{
		"series has another value at this timestamp": "duplicate sample", "duplicate sample for timestamp": "duplicate sample",
		"sample is older than the newest of its series": "out of order", "out of order sample": "out of order",
	} {
		if strings.Contains(s, text) {
			return same
		}
	}
	return s
}

// wantAllKinds fails when the incident no longer exercises what the rules are
// there for.
func (p *rulePair) wantAllKinds(t *testing.T) {
	for _, name := range []string{"t:manytomany", "t:duplicate", "t:twice", "t:range_type", "t:limited", "LimitedAlert", "DuplicateAlert"} {
		if !p.errors[name] {
			t.Errorf("%s never failed", name)
		}
	}
	for _, g := range p.ourGroups {
		for _, r := range g.Rules {
			if r.Alert != "" && !p.states[r.Alert+" pending"] && !p.states[r.Alert+" firing"] && r.Alert != "AtModifier" {
				t.Errorf("%s was never active", r.Alert)
			}
			if r.Alert != "" && r.For > 0 && !p.states[r.Alert+" pending"] {
				t.Errorf("%s was never pending", r.Alert)
			}
		}
	}
	for series, samples := range written(t, timelineQuerier(t, p.ours)) {
		if slices.ContainsFunc(samples, func(s string) bool { return strings.HasSuffix(s, " 7ff0000000000002") }) {
			p.states["stale "+series[:strings.IndexByte(series, ',')]] = true
		}
	}
	for _, name := range []string{`ALERTS"`, `ALERTS_FOR_STATE"`, `t:errors:ratio"`, `t:limited"`} {
		if !p.states[`stale {__name__="`+name] {
			t.Errorf("no staleness marker in %s", name)
		}
	}
}

type timelineAppender struct{ tl *timeline.Timeline }

func (a timelineAppender) Append(ls labels.Labels, ts int64, v float64) error {
	return a.tl.Append(a.tl.Series(ls), ts, v)
}

func (a timelineAppender) AppendHistogram(ls labels.Labels, ts int64, h *histogram.FloatHistogram) error {
	return a.tl.AppendHistogram(a.tl.Series(ls), 0, ts, nil, h)
}

func timelineQuerier(t *testing.T, tl *timeline.Timeline) storage.Querier {
	q, err := tl.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func headQuerier(t *testing.T, db *teststorage.TestStorage) storage.Querier {
	q, err := db.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// written returns what rules wrote: the samples of each series, "TIME BITS".
func written(t *testing.T, q storage.Querier) map[string][]string {
	t.Helper()
	defer q.Close()
	out := map[string][]string{}
	set := q.Select(context.Background(), true, nil, labels.MustNewMatcher(labels.MatchRegexp, model.MetricNameLabel, "t:.*|ALERTS|ALERTS_FOR_STATE"))
	for set.Next() {
		var samples []string
		it := set.At().Iterator(nil)
		for kind := it.Next(); kind != chunkenc.ValNone; kind = it.Next() {
			switch kind {
			case chunkenc.ValFloat:
				ts, v := it.At()
				samples = append(samples, fmt.Sprintf("%d %x", ts, math.Float64bits(v)))
			default:
				ts, h := it.AtFloatHistogram(nil)
				samples = append(samples, fmt.Sprintf("%d %s %x %x", ts, h, math.Float64bits(h.Sum), math.Float64bits(h.Count)))
			}
		}
		if it.Err() != nil {
			t.Fatal(it.Err())
		}
		out[set.At().Labels().String()] = samples
	}
	if set.Err() != nil {
		t.Fatal(set.Err())
	}
	return out
}

func count(m map[string][]string) int {
	n := 0
	for _, s := range m {
		n += len(s)
	}
	return n
}
