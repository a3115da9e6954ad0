package rules

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/timestamp"
	"github.com/prometheus/prometheus/model/value"

	"github.com/scrapebook/scrapebook/signals/query"
)

// An Appender takes what rules write. A sample must be visible to queries when
// the call returns. Times are ms since the epoch.
//
// An error refuses that sample alone. Errors of staleness markers are ignored:
// upstream expects them where two rules write one series.
type Appender interface {
	Append(ls labels.Labels, ts int64, v float64) error
	AppendHistogram(ls labels.Labels, ts int64, h *histogram.FloatHistogram) error
}

// EvalOptions are what an Evaluator works with. Source and Appender must be
// set; what is appended to the one must be seen by the other.
type EvalOptions struct {
	Source   query.Source
	Appender Appender

	// ExternalLabels and ExternalURL are for templates alone.
	ExternalLabels labels.Labels
	ExternalURL    *url.URL // nil: an empty one
	// TemplateURL, if set, is what templates have as $externalURL, as it is.
	// Their functions externalURL and pathPrefix fail then: promtool's unit
	// tests give them none.
	TemplateURL *string

	// Annotate, if set, tells of which rules alerts have annotations; others
	// have none, and save the time of their templates.
	Annotate func(*Rule) bool
	// Later leaves Alert.Annotations empty where they can be expanded at any
	// time, and cannot fail: Alert.Annotate expands them.
	Later bool

	// SkipClosest leaves Outcome.Closest nil and saves its query.
	SkipClosest bool

	// Observe, if set, is told of each query of a rule, before anything that
	// comes of it is written.
	Observe func(Look)
}

// An Outcome is what one rule came to at one instant.
type Outcome struct {
	// Err says why the rule failed: the query's error, an exceeded limit, a
	// duplicate label set, or a sample that the Appender refused. The alert
	// state is kept, but an exceeded limit clears it.
	Err error

	Warnings []string // of the engine, sorted
	Infos    []string // of the engine, sorted

	// Alerts are the active ones, pending or firing, sorted by labels; after
	// an error those of the last evaluation that had none.
	Alerts []Alert

	Series  int            // samples of the expression's result; 0 after an error
	Closest *query.Closest // set when the rule has a Threshold and its result is empty
}

// An Evaluator holds the state of one group: its active alerts and the series
// it wrote last. It is not safe for use by several goroutines.
type Evaluator struct {
	group    *Group
	opts     EvalOptions
	external map[string]string
	shared   *query.Sheets // the Source, when it is that

	guards   map[string]guard // by template text
	rules    []ruleState
	outcomes []Outcome
}

// ruleState is what a rule remembers from one evaluation to the next.
type ruleState struct {
	written map[string]labels.Labels // series of the last evaluation without error, by labels.Bytes
	active  map[string]*Alert        // by labels.Bytes

	steps, operand *query.Steps        // see Prepare; of the expression, and of its threshold's operand
	asked          asked               // see Look.Ask
	sure           *bool               // see Evaluator.later; nil: not known yet
	failed         bool                // steps could not be had: no more of them
	known          map[string]struct{} // series that a recording rule wrote while it has steps, by labels.Bytes
}

// NewEvaluator returns an Evaluator for g in its initial state.
func NewEvaluator(g *Group, opts EvalOptions) *Evaluator {
	if opts.ExternalURL == nil {
		opts.ExternalURL = &url.URL{}
	}
	e := &Evaluator{
		group:    g,
		opts:     opts,
		external: opts.ExternalLabels.Map(),
		guards:   map[string]guard{},
		rules:    make([]ruleState, len(g.Rules)),
		outcomes: make([]Outcome, len(g.Rules)),
	}
	if e.shared, _ = opts.Source.(*query.Sheets); e.shared != nil {
		for _, r := range g.Rules {
			if e.shared.Expect(r.expr.String()); e.nears(r) {
				e.shared.Expect(r.Threshold.Operand)
			}
		}
	}
	return e
}

// Eval evaluates the group's rules in order at ts, as rules.Group.Eval does:
// each rule sees what the earlier ones wrote. Instants must rise from call to
// call. The outcomes, one per rule, are valid until the next call.
//
// Samples are written at ts less the group's query offset, cut to ms; the time
// an alert has been active is counted at ts.
//
// Templates in labels and annotations expand to at most 1 MiB each, in a
// bounded number of steps; beyond that, as on any other error of a template,
// the text is `<error expanding template: …>`.
func (e *Evaluator) Eval(ctx context.Context, ts time.Time) []Outcome {
	for i, r := range e.group.Rules {
		e.outcomes[i] = e.evalRule(ctx, ts, i, r, &e.rules[i])
	}
	return e.outcomes
}

func (e *Evaluator) evalRule(ctx context.Context, ts time.Time, i int, r *Rule, st *ruleState) Outcome {
	var out Outcome
	at := ts.Add(-e.group.QueryOffset)
	vec, warnings, infos, err := e.query(ctx, r, st, at)
	out.Warnings, out.Infos = warnings, infos
	if e.opts.Observe != nil {
		e.opts.Observe(e.look(ctx, ts, i, vec, err))
	}
	if err == nil {
		out.Series = len(vec)
		if r.Alert != "" {
			vec, err = e.evalAlerts(ctx, ts, r, st, vec)
		} else {
			vec, err = record(r, e.group.Limit, vec)
		}
	}
	if r.Alert != "" {
		out.Alerts = st.alerts()
	}
	if err != nil {
		out.Err, out.Series = err, 0
		return out
	}
	if out.Series == 0 && r.Threshold != nil && !e.opts.SkipClosest {
		out.Closest = e.closest(ctx, r.Threshold, st, at)
	}
	if !r.Unwritten {
		out.Err = e.write(st, vec, timestamp.FromTime(at))
	}
	return out
}

// query is the rule's expression at an instant, from the steps if they have it.
func (e *Evaluator) query(ctx context.Context, r *Rule, st *ruleState, at time.Time) (vec []query.Sample, warnings, infos []string, err error) {
	vec, ok := st.steps.At(timestamp.FromTime(at))
	if ok && r.Record != "" && !e.allKnown(r, st, vec) {
		ok = false // new series are created in the order that an instant query has
	}
	if ok {
		return vec, st.steps.Warnings, st.steps.Infos, nil
	}
	return e.opts.Source.Vector(ctx, r.expr.String(), at)
}

// allKnown tells whether a recording rule has written all series of a result
// before.
func (e *Evaluator) allKnown(r *Rule, st *ruleState, vec []query.Sample) bool {
	named, err := record(r, 0, slices.Clone(vec))
	if err != nil {
		return false
	}
	var buf [1024]byte
	for _, s := range named {
		if _, ok := st.known[string(s.Labels.Bytes(buf[:0]))]; !ok {
			return false
		}
	}
	return true
}

// closest asks what the comparison was made with. A query that fails has no
// answer: the rule's own did not fail.
func (e *Evaluator) closest(ctx context.Context, t *query.Threshold, st *ruleState, at time.Time) *query.Closest {
	vec, ok := st.operand.At(timestamp.FromTime(at))
	if !ok {
		var err error
		if vec, _, _, err = e.opts.Source.Vector(ctx, t.Operand, at); err != nil {
			return nil
		}
	}
	return t.Closest(vec)
}

// write appends the samples and a staleness marker for each series that the
// evaluation before wrote and this one did not (rules/group.go, Group.Eval).
// The error is the last refused sample's, as upstream keeps it.
func (e *Evaluator) write(st *ruleState, vec []query.Sample, at int64) error {
	var failed error
	var buf [1024]byte
	written := make(map[string]labels.Labels, len(vec))
	for _, s := range vec {
		key := string(s.Labels.Bytes(buf[:0]))
		if _, twice := written[key]; twice {
			// Two alerts that differ in alertstate alone: upstream's TSDB
			// keeps the first of a commit and says nothing.
			continue
		}
		var err error
		if s.Histogram != nil {
			err = e.opts.Appender.AppendHistogram(s.Labels, s.Time, s.Histogram)
		} else {
			err = e.opts.Appender.Append(s.Labels, s.Time, s.Value)
		}
		if err != nil {
			failed = err
			continue
		}
		written[key] = s.Labels
	}
	for _, ls := range vanished(st.written, written) {
		_ = e.opts.Appender.Append(ls, at, math.Float64frombits(value.StaleNaN))
	}
	st.written = written
	if st.steps != nil {
		if st.known == nil {
			st.known = map[string]struct{}{}
		}
		for key := range written {
			st.known[key] = struct{}{}
		}
	}
	return failed
}

// vanished returns the series of before that now lacks, sorted.
func vanished(before, now map[string]labels.Labels) []labels.Labels {
	var gone []labels.Labels
	for key, ls := range before {
		if _, ok := now[key]; !ok {
			gone = append(gone, ls)
		}
	}
	slices.SortFunc(gone, labels.Compare)
	return gone
}

// Errors of an evaluation that callers may want to tell apart with errors.Is.
// The texts are upstream's.
var (
	ErrDuplicateAlerts  = errors.New("vector contains metrics with the same labelset after applying alert labels")
	ErrDuplicateRecords = errors.New("vector contains metrics with the same labelset after applying rule labels")
)

// LimitError is the error of a rule that made more series, or has more active
// alerts, than the limit of its group.
type LimitError struct {
	Limit, Got int
	Alerts     bool // Got counts active alerts, not series
}

func (e *LimitError) Error() string {
	what := "series"
	if e.Alerts {
		what = "alerts"
	}
	return fmt.Sprintf("exceeded limit of %d with %d %s", e.Limit, e.Got, what)
}
