package suite

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/timestamp"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

const (
	maxEvaluations  = 2_000_000 // of the rules of one test
	maxQuerySamples = 10_000    // of one query, as promqltest's LazyLoader
	queryTimeout    = 100 * time.Second
	segment         = 100 // evaluations that are computed together
)

// A unit is one test with input_series, as promtool runs it
// (cmd/promtool/unittest.go, testGroup.test of v0.316.0): the samples up to an
// instant are loaded, the groups are evaluated one after another, all at the
// evaluation interval whatever their own is, and so on up to the latest
// eval_time; alerts are those of the last evaluation at or before their
// eval_time, and expressions are evaluated when all this is done.
type unit struct {
	r     *runner
	file  string
	f     *File
	t     *Test
	set   *ruleSet
	every time.Duration // between evaluations
	start time.Time

	engine   *query.Engine
	in       *inputs
	tl       *timeline.Timeline
	source   query.Source
	evals    []*rules.Evaluator
	outcomes map[*rules.Rule]rules.Outcome // of the last evaluation

	stretched []stretched // of longer

	arms      map[string]bool      // operands that gave something, see Arm
	gave      map[*rules.Rule]bool // recording rules that had series
	histories map[*rules.Rule]*history
	warnings  map[*rules.Rule][]string // of the engine
	states    []alertState             // by AlertRuleTests
	results   []exprResult             // by PromqlExprTests
}

// alertState is what an alert test asks for.
type alertState struct {
	alerts  []rules.Alert // that fire
	pending []pending
}

// pending is an alert that waits for its rule's `for`.
type pending struct {
	rules.Alert
	rule *rules.Rule
}

type exprResult struct {
	samples  []query.Sample
	warnings []string
	err      error
}

func (r *runner) newUnit(file string, f *File, t *Test, set *ruleSet) *unit {
	u := &unit{
		r: r, file: file, f: f, t: t, set: set,
		every: interval(f), start: time.Unix(0, 0).UTC(),
		arms: map[string]bool{}, gave: map[*rules.Rule]bool{}, histories: map[*rules.Rule]*history{}, warnings: map[*rules.Rule][]string{},
		states:  make([]alertState, len(t.AlertRuleTests)),
		results: make([]exprResult, len(t.PromqlExprTests)),
	}
	if t.StartTimestamp.Set && !t.StartTimestamp.IsZero() {
		u.start = t.StartTimestamp.Time
	}
	u.engine = r.engine(u.every)
	return u
}

// interval is the time between two evaluations.
func interval(f *File) time.Duration {
	if f.EvaluationInterval > 0 {
		return time.Duration(f.EvaluationInterval)
	}
	return time.Minute
}

// load reads the test's series.
func (u *unit) load() (err error) {
	u.in, err = loadInputs(u.t, u.start, u.step())
	return err
}

// step is the time between two values of a series.
func (u *unit) step() time.Duration {
	if u.t.Interval > 0 {
		return time.Duration(u.t.Interval)
	}
	return u.every
}

// end is the latest time that is asked for.
func (u *unit) end() time.Duration {
	var latest model.Duration
	for _, a := range u.t.AlertRuleTests {
		latest = max(latest, a.EvalTime)
	}
	for _, e := range u.t.PromqlExprTests {
		latest = max(latest, e.EvalTime)
	}
	return time.Duration(latest)
}

// run evaluates the rules and then the expressions. The error ends the test.
func (u *unit) run(ctx context.Context) error {
	if n := u.end() / u.every; n > maxEvaluations {
		return fmt.Errorf("the rules would be evaluated %d times, and %d times are the most: write a longer evaluation_interval or a smaller eval_time", n, maxEvaluations)
	}
	u.tl = timeline.New()
	u.source = &source{Source: u.engine.Over(u.tl), r: u.r, tl: u.tl, quiet: map[string]bool{}}
	u.outcomes = map[*rules.Rule]rules.Outcome{}
	for _, s := range u.in.list {
		s.loaded = 0
	}
	u.evals = nil
	chunks := map[timeline.Ref]*chunker{}
	for _, g := range u.set.groups {
		u.evals = append(u.evals, rules.NewEvaluator(g, rules.EvalOptions{
			Source: u.source, Appender: appender{u.tl, !u.set.ahead, chunks},
			ExternalLabels: labels.FromMap(u.t.ExternalLabels), TemplateURL: &u.t.ExternalURL, Annotate: u.asked,
			SkipClosest: true,
		}))
	}
	// Where no rule looks ahead or writes what is loaded, it does not matter
	// whether what comes later is there already, and many instants can be
	// computed at once.
	together := !u.set.ahead && !u.in.has(u.set.written) && u.in.appendTill(u.tl, timestamp.FromTime(u.start.Add(u.end()/u.every*u.every))) == nil
	end := u.start.Add(u.end())
	for n, at := 0, u.start; !at.After(end); n, at = n+1, at.Add(u.every) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := u.in.appendTill(u.tl, timestamp.FromTime(at)); err != nil {
			return err
		}
		if together && n%segment == 0 {
			u.prepare(ctx, at, end)
		}
		if err := u.evaluate(ctx, at); err != nil {
			return err
		}
		u.note(at)
		if u.r.coverage != nil && u.stretched == nil {
			u.lookAtArms(ctx, at)
		}
	}
	for i, e := range u.t.PromqlExprTests {
		res := &u.results[i]
		res.samples, res.warnings, _, res.err = u.source.Vector(ctx, e.Expr.Value, u.start.Add(time.Duration(e.EvalTime)))
	}
	return nil
}

// asked tells whether an alert test asks for the alerts of a rule.
func (u *unit) asked(rule *rules.Rule) bool {
	return slices.ContainsFunc(u.t.AlertRuleTests, func(a AlertTest) bool { return a.Alertname.Value == rule.Alert })
}

// prepare computes the coming evaluations of the rules for which it can be
// done.
func (u *unit) prepare(ctx context.Context, at, end time.Time) {
	var instants []time.Time
	for ; !at.After(end) && len(instants) < segment; at = at.Add(u.every) {
		instants = append(instants, at)
	}
	for _, e := range u.evals {
		for _, work := range e.Prepare(ctx, instants, u.set.independent) {
			work()
		}
	}
}

// evaluate evaluates all groups at an instant. A rule that fails ends the test.
func (u *unit) evaluate(ctx context.Context, at time.Time) error {
	var failed []error
	for i, g := range u.set.groups {
		for j, out := range u.evals[i].Eval(ctx, at) {
			rule := g.Rules[j]
			u.outcomes[rule] = out
			u.record(rule, at, out.Alerts)
			if len(out.Warnings) > 0 {
				u.warnings[rule] = addNew(u.warnings[rule], out.Warnings)
			}
			if out.Err != nil {
				failed = append(failed, fmt.Errorf("%s:%d: the rule %s fails at %s: %w", g.File, rule.Line, rule.Name(), model.Duration(at.Sub(u.start)), out.Err))
			}
		}
	}
	return errors.Join(failed...)
}

// addNew adds what is not in a list yet.
func addNew(list, more []string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) && len(list) < 20 {
			list = append(list, s)
		}
	}
	return list
}

// note keeps the alerts that tests ask for between this evaluation and the
// next.
func (u *unit) note(at time.Time) {
	since := at.Sub(u.start)
	for i, a := range u.t.AlertRuleTests {
		if t := time.Duration(a.EvalTime); t < since || t >= since+u.every {
			continue
		}
		u.states[i] = alertState{}
		for _, rule := range u.set.named(a.Alertname.Value, a.Groupname) {
			for _, alert := range u.outcomes[rule].Alerts {
				if alert.State == rules.Firing {
					u.states[i].alerts = append(u.states[i].alerts, alert)
				} else {
					u.states[i].pending = append(u.states[i].pending, pending{alert, rule})
				}
			}
		}
	}
}

// appender writes what rules give into a timeline.
type appender struct {
	tl     *timeline.Timeline
	young  bool // no sample lies far behind its evaluation
	chunks map[timeline.Ref]*chunker
}

// errOutOfBounds is of a sample that lies further than this behind others: the
// blocks of promtool's storage are of 24 hours, and its head takes what is no
// older than half of one (tsdb/head_append.go).
var errOutOfBounds = errors.New("out of bounds")

const boundary = 12 * time.Hour

func (a appender) check(ts int64) error {
	if newest, ok := a.tl.MaxTime(); ok && !a.young && ts < newest-boundary.Milliseconds() {
		return errOutOfBounds
	}
	return nil
}

// Append implements rules.Appender.
func (a appender) Append(ls labels.Labels, ts int64, v float64) error {
	if err := a.check(ts); err != nil {
		return err
	}
	ref := a.tl.Series(ls)
	err := a.tl.Append(ref, ts, v)
	if c := a.chunks[ref]; c != nil && err == nil {
		c.float(ts, v)
	}
	return err
}

// AppendHistogram implements rules.Appender.
func (a appender) AppendHistogram(ls labels.Labels, ts int64, h *histogram.FloatHistogram) error {
	if err := a.check(ts); err != nil {
		return err
	}
	ref := a.tl.Series(ls)
	if err := a.tl.CheckHistogram(ref, ts, nil, h); err != nil {
		return err
	}
	c := a.chunks[ref]
	if c == nil {
		c = &chunker{}
		a.chunks[ref] = c
	}
	return a.tl.AppendHistogram(ref, 0, ts, nil, c.histogram(ts, h))
}

// sameFloat compares as promtool does: NaN is not NaN. fuzzy lets the last bit
// differ, tolerance, a part of what is expected, more; and with it NaN is NaN.
func sameFloat(want, got float64, fuzzy bool, tolerance float64) bool {
	switch {
	case want == got:
		return true
	case fuzzy && (math.Nextafter(want, math.Inf(-1)) == got || math.Nextafter(want, math.Inf(1)) == got):
		return true
	case tolerance > 0:
		return math.Abs(want-got) <= tolerance*math.Abs(want) || math.IsNaN(want) && math.IsNaN(got)
	}
	return false
}
