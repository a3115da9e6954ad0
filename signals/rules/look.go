package rules

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/timestamp"

	"github.com/scrapebook/scrapebook/signals/query"
)

// A Look is one query of a rule, and what else could have been asked at that
// instant: what the rule itself writes at it is not there yet. It is valid
// during the call of EvalOptions.Observe.
type Look struct {
	Rule   int            // the rule's place in its group
	At     time.Time      // of the evaluation; the query's is less the group's query offset
	Result []query.Sample // what the rule's expression gave; to be read only
	Err    error          // the query's
	// Ask evaluates another expression at the query's time. It should look at
	// no other series, and no further back, than the rule does: others may not
	// have been kept. What is asked again and again is best asked with the same
	// Expr. The samples are to be read only.
	Ask func(*query.Expr) ([]query.Sample, error)
	// Earlier is Ask at a time before the query's. Samples that were no longer
	// visible at the query's may have been dropped.
	Earlier func(x *query.Expr, by time.Duration) ([]query.Sample, error)
	// Alert are the labels that the alert of a sample of an alerting rule has.
	Alert func(query.Sample) labels.Labels
}

func (e *Evaluator) look(ctx context.Context, ts time.Time, i int, vec []query.Sample, err error) Look {
	r, st, at := e.group.Rules[i], &e.rules[i], ts.Add(-e.group.QueryOffset)
	l := Look{Rule: i, At: ts, Result: ordered(vec), Err: err}
	l.Alert = func(s query.Sample) labels.Labels {
		return e.newTemplate(ctx, ts, r, s).labels(labels.NewBuilder(labels.EmptyLabels()), r, s)
	}
	l.Earlier = func(x *query.Expr, by time.Duration) ([]query.Sample, error) {
		vec, _, _, err := e.opts.Source.Vector(ctx, x.String(), at.Add(-by))
		return ordered(vec), err
	}
	l.Ask = func(x *query.Expr) ([]query.Sample, error) {
		if r.Threshold != nil && x.String() == r.Threshold.Operand {
			if vec, ok := st.operand.At(timestamp.FromTime(at)); ok {
				return ordered(vec), nil
			}
		}
		if vec, ok := st.asked.at(ctx, e, x, at); ok {
			return ordered(vec), nil
		}
		vec, _, _, err := e.opts.Source.Vector(ctx, x.String(), at)
		st.asked.exprs[x].gave(len(vec))
		return ordered(vec), err
	}
	return l
}

// ordered is a vector by its labels: the engine takes the order of what
// operators give from a map, and who looks must not see it.
func ordered(vec []query.Sample) []query.Sample {
	byLabels := func(a, b query.Sample) int { return labels.Compare(a.Labels, b.Labels) }
	if slices.IsSortedFunc(vec, byLabels) {
		return vec
	}
	vec = slices.Clone(vec)
	slices.SortStableFunc(vec, byLabels)
	return vec
}

// asked are the expressions that a rule's observer asks, beside the rule's own.
// Where a range query may stand for instant queries, what was asked of one
// segment is computed ahead for the next.
type asked struct {
	span  span
	exprs map[*query.Expr]*askedExpr
}

// span is the instants that are evaluated together; without a step there are
// none.
type span struct {
	start, end time.Time
	step       time.Duration
}

type askedExpr struct {
	steps  *query.Steps
	used   int  // since the last call of prepare
	series int  // that it gave at an instant, at most
	failed bool // steps could not be had: no more of them
}

// forget drops what was computed.
func (a *asked) forget() {
	a.span = span{}
	for _, x := range a.exprs {
		x.steps = nil
	}
}

// prepare returns work that computes what was asked in the segment before.
func (a *asked) prepare(ctx context.Context, e *Evaluator, s span) []func() {
	a.span = s
	var work []func()
	for x, ax := range a.exprs {
		if ax.often() && e.safe(x) {
			work = append(work, func() { ax.compute(ctx, e.opts.Source, x, s) })
		}
		ax.used = 0
	}
	return work
}

const (
	// oftenAsked is how many instant queries of a segment cost less than a
	// range query over all of it, about, and one more for each of seriesMore
	// series, which have samples at all instants of the range.
	oftenAsked = 3
	seriesMore = 400
	// maxAhead is how many series may be computed ahead, for a whole segment.
	maxAhead = 5000
)

// often tells whether an expression was asked so often that it is worth to be
// computed ahead.
func (ax *askedExpr) often() bool {
	return !ax.failed && ax.used > oftenAsked+ax.series/seriesMore
}

// gave takes notice of how many series an instant query gave.
func (ax *askedExpr) gave(series int) {
	ax.series = max(ax.series, series)
	ax.failed = ax.failed || series > maxAhead
}

func (ax *askedExpr) compute(ctx context.Context, src query.Source, x *query.Expr, s span) {
	ax.steps = src.Steps(ctx, x.String(), s.start, s.end, s.step)
	ax.failed = ax.steps == nil
}

// at is an expression at an instant, from steps; false when an instant query
// must tell.
func (a *asked) at(ctx context.Context, e *Evaluator, x *query.Expr, at time.Time) ([]query.Sample, bool) {
	ax := a.exprs[x]
	if ax == nil {
		if a.exprs == nil {
			a.exprs = map[*query.Expr]*askedExpr{}
		}
		ax = &askedExpr{}
		a.exprs[x] = ax
	}
	ax.used++
	if ax.steps == nil && ax.often() && e.safe(x) && a.span.step > 0 && at.Before(a.span.end) {
		rest := a.span
		if e.shared == nil { // what is shared is computed at all instants
			rest.start = at
		}
		ax.compute(ctx, e.opts.Source, x, rest)
	}
	return ax.steps.At(timestamp.FromTime(at))
}
