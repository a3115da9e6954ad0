package oracle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"
	uprules "github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// An outcome is all that one side made of a pair.
type outcome struct {
	stored   contents
	rules    []ruleOutcome
	queries  []string
	refused  string // why the rule files were not loaded
	interval time.Duration
	start    time.Time
}

// A ruleOutcome is what became of one rule.
type ruleOutcome struct {
	name                string
	evaluations, failed int
	err                 string // the last one
	alerts              map[string]*alertOutcome
}

// pairError is errorText without the two series of a many-to-many match, which
// are the first two of upstream's ALERTS in the order of a Go map.
func pairError(s string) string {
	if i := strings.Index(s, "found duplicate series for the match group"); i >= 0 {
		return s[:i] + "many-to-many"
	}
	return errorText(s)
}

type alertOutcome struct {
	annotations string
	intervals   []replay.Interval
}

func (a *alertOutcome) String() string {
	var b strings.Builder
	for _, iv := range a.intervals {
		fmt.Fprintf(&b, "%s %s..%s open=%v; ", iv.State, iv.Start.UTC().Format(clockFormat), iv.End.UTC().Format(clockFormat), iv.Open)
	}
	return b.String() + a.annotations
}

const clockFormat = "15:04:05.000"

// replayPair is our side, by the road of the replay command.
func replayPair(p *pair) (*outcome, error) {
	c, err := capture.Open(p.captureFS(), "capture", capture.Options{})
	if err != nil {
		return nil, fmt.Errorf("capture.Open: %w", err)
	}
	out := &outcome{}
	var groups []*rules.Group
	for i, text := range p.Rules {
		list, errs := rules.Parse(ruleFileName(i), []byte(text), rules.ParseOptions{Features: p.Features})
		if len(errs) > 0 {
			out.refused = errors.Join(errs...).Error()
			groups = nil
			break
		}
		groups = append(groups, list...)
	}
	opts := replay.Options{
		Capture: c, Groups: groups, ExternalLabels: p.externalLabels(), ExternalURL: pairsURL,
		Ingest:   ingest.Options{FailOnDamage: p.OnDamageFail},
		Lookback: time.Duration(p.Lookback) * time.Millisecond, Features: p.Features,
	}
	opts.Interval = time.Duration(p.Interval) * time.Millisecond
	if p.Phase != nil {
		phase := time.Duration(*p.Phase) * time.Millisecond
		opts.Phase = &phase
	}
	if p.GapsFailed {
		opts.Ingest.Gaps = ingest.GapsFailed
	}
	opts.Keep = true
	res, err := replay.Run(context.Background(), opts)
	if err == nil {
		out.stored, err = readAll(res.Store)
	}
	if err != nil {
		return nil, fmt.Errorf("replay.Run: %w", err)
	}
	out.interval, out.start = res.Interval, res.Start
	for _, r := range res.Rules {
		o := ruleOutcome{name: r.Alert + r.Record, evaluations: r.Evaluations, failed: r.Failed, err: pairError(r.Error), alerts: map[string]*alertOutcome{}}
		for _, a := range r.Alerts {
			o.alerts[a.Labels.String()] = &alertOutcome{a.Annotations.String(), a.Intervals}
		}
		out.rules = append(out.rules, o)
	}
	loaded, err := replay.Load(context.Background(), opts)
	if err != nil {
		return nil, fmt.Errorf("replay.Load: %w", err)
	}
	engine := query.NewEngine(query.Options{EvaluationInterval: loaded.Interval, Lookback: opts.Lookback, Features: p.Features})
	for _, q := range p.Queries {
		out.queries = append(out.queries, ourAnswer(engine, loaded, q))
	}
	return out, nil
}

func ourAnswer(e *query.Engine, store storage.Queryable, q pairQuery) string {
	var v *query.Value
	var err error
	if q.Step == 0 {
		v, err = e.Instant(context.Background(), store, q.Expr, time.UnixMilli(q.Start))
	} else {
		v, err = e.Range(context.Background(), store, q.Expr, time.UnixMilli(q.Start), time.UnixMilli(q.End), time.Duration(q.Step)*time.Millisecond)
	}
	if err != nil {
		return "error"
	}
	var lines []string
	for _, s := range v.Series {
		var b strings.Builder
		b.WriteString(s.Labels.String())
		for _, f := range s.Floats {
			fmt.Fprintf(&b, " %d:%x", f.Time, math.Float64bits(f.Value))
		}
		for _, h := range s.Histograms {
			fmt.Fprintf(&b, " %d:%s", h.Time, h.Histogram)
		}
		lines = append(lines, b.String())
	}
	if v.Type == query.Scalar {
		lines = append(lines, fmt.Sprintf("%d:%x", v.Time, math.Float64bits(v.Number)))
	}
	return answerText(lines, v.Text)
}

func answerText(lines []string, text string) string {
	slices.Sort(lines) // the order of a vector has tests of its own
	return strings.Join(append(lines, text), "\n")
}

func theirAnswer(e *promql.Engine, store storage.Queryable, q pairQuery) string {
	var query promql.Query
	var err error
	if q.Step == 0 {
		query, err = e.NewInstantQuery(context.Background(), store, nil, q.Expr, time.UnixMilli(q.Start))
	} else {
		query, err = e.NewRangeQuery(context.Background(), store, nil, q.Expr, time.UnixMilli(q.Start), time.UnixMilli(q.End), time.Duration(q.Step)*time.Millisecond)
	}
	if err != nil {
		return "error"
	}
	defer query.Close()
	res := query.Exec(context.Background())
	if res.Err != nil {
		return "error"
	}
	var lines []string
	switch v := res.Value.(type) {
	case promql.Vector:
		for _, s := range v {
			if s.H != nil {
				lines = append(lines, fmt.Sprintf("%s %d:%s", s.Metric, s.T, s.H))
			} else {
				lines = append(lines, fmt.Sprintf("%s %d:%x", s.Metric, s.T, math.Float64bits(s.F)))
			}
		}
	case promql.Matrix:
		for _, s := range v {
			var b strings.Builder
			b.WriteString(s.Metric.String())
			for _, f := range s.Floats {
				fmt.Fprintf(&b, " %d:%x", f.T, math.Float64bits(f.F))
			}
			for _, h := range s.Histograms {
				fmt.Fprintf(&b, " %d:%s", h.T, h.H)
			}
			lines = append(lines, b.String())
		}
	case promql.Scalar:
		lines = append(lines, fmt.Sprintf("%d:%x", v.T, math.Float64bits(v.V)))
	case promql.String:
		return answerText(nil, v.V)
	}
	return answerText(lines, "")
}

// liveThrough is upstream's side. The interval is what ours took as the
// global evaluation interval, which no server could know. Queries are asked of
// a second server, which has no rules: `query` replays none.
func liveThrough(t *testing.T, p *pair, interval time.Duration) (*outcome, error) {
	out, err := liveOnce(t, p, interval, false)
	if err != nil || len(p.Queries) == 0 {
		return out, err
	}
	bare := *p
	bare.Rules = nil
	plain, err := liveOnce(t, &bare, interval, true)
	if err == nil {
		out.queries = plain.queries
	}
	return out, err
}

func liveOnce(t *testing.T, p *pair, interval time.Duration, query bool) (*outcome, error) {
	return live(t, p, interval, query, nil)
}

// liveAndThen is one life that answers the queries, with a look at the store
// at its end.
func liveAndThen(t *testing.T, p *pair, interval time.Duration, then func(storage.Queryable) error) (*outcome, error) {
	return live(t, p, interval, true, then)
}

func live(t *testing.T, p *pair, interval time.Duration, query bool, then func(storage.Queryable) error) (*outcome, error) {
	out := &outcome{interval: interval}
	err := inBubble(t, func() error {
		sleepUntil(p.start() - 60_000)
		s, err := startServer(p, interval)
		if s != nil {
			defer s.stop()
		}
		var refused *rulesError
		if errors.As(err, &refused) {
			out.refused = refused.Error()
			s.groups = nil
		} else if err != nil {
			return err
		}
		if err := s.live(p, out, query); err != nil || then == nil {
			return err
		}
		return then(headStore{s.head})
	})
	return out, err
}

// live makes the events happen in their order, scrapes before evaluations.
func (s *server) live(p *pair, out *outcome, query bool) error {
	type clock struct {
		next  time.Time
		every time.Duration
		last  time.Time // the first instant that is not before the last scrape
	}
	end := time.UnixMilli(p.end())
	begin := time.UnixMilli(p.begin(out.interval))
	var clocks []clock
	var seen [][]*ruleSeen
	last := end
	for _, g := range s.groups {
		phase := g.Interval() / 2
		if p.Phase != nil {
			phase = time.Duration(*p.Phase) * time.Millisecond
		}
		k := clock{begin.Add(phase), g.Interval(), begin.Add(phase)}
		for k.last.Before(end) {
			k.last = k.last.Add(k.every)
		}
		lookback := cmp.Or(time.Duration(p.Lookback)*time.Millisecond, 5*time.Minute)
		if k.last.Sub(end) >= lookback || k.next.After(end) && !p.hasRounds() {
			k.last = end
			if k.next.After(end) {
				k.next = end
			}
		}
		clocks = append(clocks, k)
		var list []*ruleSeen
		for _, r := range g.Rules() {
			list = append(list, &ruleSeen{ruleOutcome: ruleOutcome{name: r.Name(), alerts: map[string]*alertOutcome{}}, rule: r})
		}
		seen = append(seen, list)
		if k.last.After(last) {
			last = k.last
		}
	}
	events, err := s.events(p, query, last)
	if err != nil {
		return err
	}
	for {
		due := -1
		for i, k := range clocks {
			if !k.next.After(k.last) && (due < 0 || k.next.Before(clocks[due].next)) {
				due = i
			}
		}
		until := end.UnixMilli()
		if due >= 0 {
			until = clocks[due].next.UnixMilli()
		}
		for len(events) > 0 && events[0].scrape.At <= until {
			sleepUntil(events[0].scrape.At)
			s.scrape(events[0])
			events = events[1:]
		}
		if due < 0 {
			sleepUntil(until + time.Hour.Milliseconds()) // for markers that are dated before the end and written after it
			break
		}
		at := clocks[due].next
		sleepUntil(until)
		s.groups[due].Eval(context.Background(), at)
		for _, r := range seen[due] {
			r.note(at)
		}
		clocks[due].next = at.Add(clocks[due].every)
	}
	for _, list := range seen {
		for _, r := range list {
			out.rules = append(out.rules, r.ruleOutcome)
		}
	}
	store := headStore{s.head}
	if out.stored, err = readAll(store); err != nil {
		return err
	}
	if query {
		for _, q := range p.Queries {
			out.queries = append(out.queries, theirAnswer(s.engine, store, q))
		}
	}
	return nil
}

// ruleSeen watches one of upstream's rules.
type ruleSeen struct {
	ruleOutcome
	rule uprules.Rule
}

func (r *ruleSeen) note(at time.Time) {
	r.evaluations++
	if err := r.rule.LastError(); err != nil {
		r.failed++
		r.err = pairError(err.Error())
	}
	ar, ok := r.rule.(*uprules.AlertingRule)
	if !ok {
		return
	}
	active := map[string]bool{}
	for _, a := range ar.ActiveAlerts() {
		key := a.Labels.String()
		active[key] = true
		k := r.alerts[key]
		if k == nil {
			k = &alertOutcome{}
			r.alerts[key] = k
		}
		state := replay.State(a.State.String())
		n := len(k.intervals)
		if n == 0 || !k.intervals[n-1].Open || k.intervals[n-1].State != state {
			if n > 0 && k.intervals[n-1].Open {
				k.intervals[n-1].Open, k.intervals[n-1].End = false, at
			}
			k.intervals = append(k.intervals, replay.Interval{State: state, Start: at, Open: true})
			n++
		}
		k.intervals[n-1].End = at
		fired := slices.ContainsFunc(k.intervals, func(iv replay.Interval) bool { return iv.State == replay.Firing })
		if state == replay.Firing || !fired {
			k.annotations = a.Annotations.String()
		}
	}
	for key, k := range r.alerts {
		if last := &k.intervals[len(k.intervals)-1]; last.Open && !active[key] {
			last.Open, last.End = false, at
		}
	}
}
