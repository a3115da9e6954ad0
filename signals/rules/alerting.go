package rules

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/timestamp"

	"github.com/scrapebook/scrapebook/signals/query"
)

// State is the state of an active alert. An inactive one is not kept.
type State uint8

// The states of an active alert.
const (
	Pending State = iota + 1
	Firing
)

// String returns "pending" or "firing".
func (s State) String() string {
	switch s {
	case Pending:
		return "pending"
	case Firing:
		return "firing"
	}
	return "unknown"
}

// An Alert is one active instance of an alerting rule.
type Alert struct {
	Life
	Labels      labels.Labels // with alertname, without alertstate
	Annotations labels.Labels // see also Annotate
	Value       float64       // at the last evaluation that returned it; 0 for a histogram

	later func() labels.Labels // the annotations, when they are not expanded yet
}

// A Life is where an alert stands between inactive and firing. The zero value
// is inactive.
type Life struct {
	State     State     // 0 for inactive
	ActiveAt  time.Time // first instant of this activity
	FiredAt   time.Time // first instant of firing; zero while pending
	KeptSince time.Time // first instant without result, under keep_firing_for; else zero
}

// Next moves a life by one evaluation of its rule that had no error; given
// tells whether the rule's expression gave the alert (rules/alerting.go,
// AlertingRule.Eval with restored = true).
func (l *Life) Next(ts time.Time, given bool, r *Rule) {
	switch {
	case given:
		l.KeptSince = time.Time{}
		if l.State == 0 {
			l.State, l.ActiveAt = Pending, ts
		}
	case !l.kept(ts, r.KeepFiringFor):
		*l = Life{}
		return
	}
	if l.State == Pending && ts.Sub(l.ActiveAt) >= r.For {
		l.State, l.FiredAt = Firing, ts
	}
}

// kept reports whether an alert whose expression returned nothing stays firing.
func (l *Life) kept(ts time.Time, keep time.Duration) bool {
	if l.State != Firing || keep <= 0 {
		return false
	}
	if l.KeptSince.IsZero() {
		l.KeptSince = ts
	}
	return ts.Sub(l.KeptSince) < keep
}

// The metrics that alerting rules write (rules/alerting.go).
const (
	alertsMetric   = "ALERTS"
	forStateMetric = "ALERTS_FOR_STATE"
	stateLabel     = "alertstate"
)

// alerts returns the active alerts sorted by labels.
func (st *ruleState) alerts() []Alert {
	if len(st.active) == 0 {
		return nil
	}
	out := make([]Alert, 0, len(st.active))
	for _, a := range st.active {
		out = append(out, *a)
	}
	slices.SortFunc(out, func(a, b Alert) int { return labels.Compare(a.Labels, b.Labels) })
	return out
}

// evalAlerts moves the state machine of r by one instant and returns the
// ALERTS and ALERTS_FOR_STATE samples.
func (e *Evaluator) evalAlerts(ctx context.Context, ts time.Time, r *Rule, st *ruleState, vec []query.Sample) ([]query.Sample, error) {
	found, err := e.instances(ctx, ts, r, st, vec)
	if err != nil {
		return nil, err
	}
	if st.active == nil {
		st.active = make(map[string]*Alert, len(found))
	}
	for key, a := range found {
		if known, ok := st.active[key]; ok {
			known.Value, known.Annotations, known.later = a.Value, a.Annotations, a.later
			continue
		}
		st.active[key] = a
	}
	for key, a := range st.active {
		_, given := found[key]
		if a.Next(ts, given, r); a.State == 0 {
			delete(st.active, key)
		}
	}
	if limit := e.group.Limit; limit > 0 && len(st.active) > limit {
		err := &LimitError{Limit: limit, Got: len(st.active), Alerts: true}
		st.active = nil
		return nil, err
	}

	at := timestamp.FromTime(ts.Add(-e.group.QueryOffset))
	lb := labels.NewBuilder(labels.EmptyLabels())
	out := make([]query.Sample, 0, 2*len(st.active))
	for _, a := range st.alerts() {
		// Upstream starts from the rule's labels with their templates not
		// expanded; a label that expands to nothing therefore shows its text.
		lb.Reset(r.Labels)
		a.Labels.Range(func(l labels.Label) { lb.Set(l.Name, l.Value) })
		lb.Set(model.AlertNameLabel, r.Alert)
		lb.Set(model.MetricNameLabel, forStateMetric)
		forState := lb.Labels()
		lb.Set(model.MetricNameLabel, alertsMetric)
		lb.Set(stateLabel, a.State.String())
		out = append(out,
			query.Sample{Labels: lb.Labels(), Time: at, Value: 1},
			query.Sample{Labels: forState, Time: at, Value: float64(a.ActiveAt.Unix())})
	}
	return out, nil
}

// instances turns the expression's result into alerts, inactive as yet, with
// labels and annotations expanded, by labels.Bytes.
func (e *Evaluator) instances(ctx context.Context, ts time.Time, r *Rule, st *ruleState, vec []query.Sample) (map[string]*Alert, error) {
	lb := labels.NewBuilder(labels.EmptyLabels())
	out := make(map[string]*Alert, len(vec))
	for _, s := range vec {
		t := e.newTemplate(ctx, ts, r, s)
		ls := t.labels(lb, r, s)

		key := string(ls.Bytes(nil))
		if _, ok := out[key]; ok {
			return nil, ErrDuplicateAlerts
		}
		a := &Alert{Labels: ls, Value: s.Value}
		switch {
		case e.opts.Annotate != nil && !e.opts.Annotate(r), r.Annotations.IsEmpty():
		case e.later(st, r, s):
			a.later = func() labels.Labels { return t.annotations(r) }
		default:
			a.Annotations = t.annotations(r)
		}
		out[key] = a
	}
	return out, nil
}

// annotations are those of the alert that a sample of the rule's result is.
func (t *alertTemplate) annotations(r *Rule) labels.Labels {
	sb := labels.NewScratchBuilder(r.Annotations.Len())
	r.Annotations.Range(func(l labels.Label) { sb.Add(l.Name, t.expand(l.Value)) })
	return sb.Labels()
}

// labels are those of the alert that a sample of the rule's result is.
func (t *alertTemplate) labels(lb *labels.Builder, r *Rule, s query.Sample) labels.Labels {
	lb.Reset(s.Labels)
	lb.Del(model.MetricNameLabel)
	r.Labels.Range(func(l labels.Label) { lb.Set(l.Name, t.expand(l.Value)) })
	lb.Set(model.AlertNameLabel, r.Alert)
	return lb.Labels()
}
