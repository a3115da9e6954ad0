package replay

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/rules"
)

// groupTracker evaluates a group and keeps what its alerts did.
type groupTracker struct {
	group       *rules.Group
	evaluator   *rules.Evaluator
	evaluations int
	rules       []*ruleTracker

	observer Observer // may be nil
	before   int      // rules of earlier groups
}

type ruleTracker struct {
	rule     *rules.Rule
	failed   int
	lastErr  error
	warnings []string
	infos    []string
	recorded int
	alerts   map[string]*alertTracker // by the labels' bytes
	closest  *Closest
	heldBack bool // the closest value lay beyond the threshold, at some instant
}

type alertTracker struct {
	Alert
	active bool        // at the instant under way
	last   rules.Alert // the one of which the annotations are
}

func newGroupTracker(g *rules.Group, e *rules.Evaluator) *groupTracker {
	t := &groupTracker{group: g, evaluator: e}
	for _, r := range g.Rules {
		t.rules = append(t.rules, &ruleTracker{rule: r, alerts: map[string]*alertTracker{}})
	}
	return t
}

func (t *groupTracker) eval(ctx context.Context, at time.Time) {
	t.evaluations++
	for i, out := range t.evaluator.Eval(ctx, at) {
		t.rules[i].note(at, out)
		if t.observer != nil {
			t.observer.Came(t.before+i, at, &out)
		}
	}
}

// note takes the outcome of one evaluation.
func (t *ruleTracker) note(at time.Time, out rules.Outcome) {
	if out.Err != nil {
		t.failed++
		t.lastErr = out.Err
	}
	keepNew(&t.warnings, out.Warnings)
	keepNew(&t.infos, out.Infos)
	t.recorded = max(t.recorded, out.Series)
	for _, a := range out.Alerts {
		t.alert(at, a)
	}
	for _, a := range t.alerts {
		last := &a.Intervals[len(a.Intervals)-1]
		if !a.active && last.Open {
			last.Open, last.End = false, at
		}
		a.active = false
	}
	if n := out.Closest; n != nil && t.rule.Threshold.Holds(n.Value) {
		t.heldBack = true
	} else if n != nil && (t.closest == nil || t.closer(n.Value, t.closest.Value)) {
		t.closest = &Closest{Value: n.Value, At: at, Labels: n.Labels}
	}
}

// keepNew adds to a list what it lacks, up to 20 in all.
func keepNew(list *[]string, more []string) {
	for _, s := range more {
		if len(*list) < 20 && !slices.Contains(*list, s) {
			*list = append(*list, s)
		}
	}
}

func (t *ruleTracker) alert(at time.Time, a rules.Alert) {
	key := string(a.Labels.Bytes(nil))
	k := t.alerts[key]
	if k == nil {
		k = &alertTracker{Alert: Alert{Labels: a.Labels, Peak: a.Value, PeakAt: at}, last: a}
		t.alerts[key] = k
	}
	k.active = true
	state := State(a.State.String())
	n := len(k.Intervals)
	if n == 0 || !k.Intervals[n-1].Open || k.Intervals[n-1].State != state {
		if n > 0 && k.Intervals[n-1].Open {
			k.Intervals[n-1].Open, k.Intervals[n-1].End = false, at
		}
		k.Intervals = append(k.Intervals, Interval{State: state, Start: at, Open: true, Peak: a.Value})
		n++
	}
	last := &k.Intervals[n-1]
	last.End = at
	if t.worse(a.Value, last.Peak) {
		last.Peak = a.Value
	}
	if state == Firing || !k.Fired() {
		k.last = a
	}
	if t.worse(a.Value, k.Peak) {
		k.Peak, k.PeakAt = a.Value, at
	}
}

// worse tells whether v lies further beyond the threshold than w; without a
// threshold, whether it is larger. Any number is worse than NaN.
func (t *ruleTracker) worse(v, w float64) bool {
	if math.IsNaN(v) || math.IsNaN(w) {
		return math.IsNaN(w) && !math.IsNaN(v)
	}
	if th := t.rule.Threshold; th != nil && (th.Op == "<" || th.Op == "<=") {
		return v < w
	}
	return v > w
}

// closer tells whether v came closer to firing than w: further towards the
// threshold.
func (t *ruleTracker) closer(v, w float64) bool {
	switch th := t.rule.Threshold; th.Op {
	case ">", ">=":
		return v > w
	case "<", "<=":
		return v < w
	default:
		return math.Abs(v-th.Value) < math.Abs(w-th.Value)
	}
}

func (t *groupTracker) result(store *Store, can *writable, interval time.Duration) (Group, []Rule) {
	g := Group{Name: t.group.Name, File: t.group.File, Interval: interval, Evaluations: t.evaluations}
	var list []Rule
	for _, r := range t.rules {
		out := r.result(store)
		out.Group, out.File, out.Evaluations = g.Name, g.File, g.Evaluations
		out.Verdict = out.decide(len(r.rule.Selectors) > 0 && !slices.ContainsFunc(r.rule.Selectors, can.has))
		list = append(list, out)
	}
	return g, list
}

func (t *ruleTracker) result(store *Store) Rule {
	r := Rule{
		Alert: t.rule.Alert, Record: t.rule.Record, Expr: t.rule.Expr,
		For: t.rule.For, Labels: t.rule.Labels,
		Failed: t.failed, Warnings: t.warnings, Infos: t.infos, Recorded: t.recorded,
	}
	if t.lastErr != nil {
		r.Error = t.lastErr.Error()
	}
	if th := t.rule.Threshold; th != nil {
		r.Threshold = &Threshold{Op: th.Op, Value: th.Value}
	}
	for _, s := range t.rule.Selectors {
		sel := Selector{Text: s.String, Series: store.count(s.Matchers...)}
		if sel.Series == 0 {
			sel.Similar = similar(store.names(), s.Matchers)
			sel.Unseen = unseen(store.names(), s.Matchers)
		}
		r.Selectors = append(r.Selectors, sel)
	}
	for _, a := range t.alerts {
		a.last.Annotate()
		a.Annotations = a.last.Annotations
		r.Alerts = append(r.Alerts, a.Alert)
	}
	slices.SortFunc(r.Alerts, func(a, b Alert) int { return labels.Compare(a.Labels, b.Labels) })
	if len(r.Alerts) == 0 {
		if r.HeldBack = t.heldBack; !r.HeldBack {
			r.Closest = t.closest
		}
	}
	return r
}

// decide judges the rule; blind: there was nothing for it to see.
func (r *Rule) decide(blind bool) Verdict {
	switch {
	case r.Evaluations > 0 && r.Failed == r.Evaluations:
		return VerdictError
	case slices.ContainsFunc(r.Alerts, Alert.Fired):
		return VerdictFiring
	case len(r.Alerts) > 0:
		return VerdictPending
	case blind:
		return VerdictNoData
	default:
		return VerdictInactive
	}
}
