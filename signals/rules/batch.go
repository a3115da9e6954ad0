package rules

import (
	"context"
	"time"

	"github.com/prometheus/prometheus/model/timestamp"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
)

// A batch holds the results of an expression at several instants, computed by
// one range query.
type batch struct {
	start, step int64 // ms
	vectors     []promql.Vector
}

// at returns the result at ts; ok is false when the batch does not have it. The
// result is the caller's.
func (b *batch) at(ts int64) (vec promql.Vector, ok bool) {
	if b == nil || ts < b.start || (ts-b.start)%b.step != 0 || (ts-b.start)/b.step >= int64(len(b.vectors)) {
		return nil, false
	}
	return b.vectors[(ts-b.start)/b.step], true
}

// Prepare returns work that computes the results of the coming instants, for
// the rules for which a range query gives what instant queries give and of
// which may says that nothing that is written meanwhile matters to them. Each
// piece may run at the same time as others and as readers of the storage, and
// must be done before Eval. Eval uses what was computed; what was not, or has
// errors or annotations, it queries for itself.
//
// The instants must be those of the coming calls of Eval, evenly spaced.
func (e *Evaluator) Prepare(ctx context.Context, instants []time.Time, may func(*Rule) bool) []func() {
	for i := range e.rules {
		e.rules[i].batch, e.rules[i].near = nil, nil
	}
	step, ok := evenly(instants)
	if !ok {
		return nil
	}
	start, end := instants[0].Add(-e.group.QueryOffset), instants[len(instants)-1].Add(-e.group.QueryOffset)
	var work []func()
	for i, r := range e.group.Rules {
		st := &e.rules[i]
		if !r.steady || st.unsteady || !may(r) {
			continue
		}
		work = append(work, func() {
			if st.batch = e.opts.Engine.batch(ctx, e.opts.Queryable, r.query, start, end, step); st.batch == nil {
				st.unsteady = true // it is likely to fail again
				return
			}
			if r.Alert != "" && r.Threshold != nil && !e.opts.SkipNear {
				if from, to, ok := st.batch.empties(); ok {
					st.near = e.opts.Engine.batch(ctx, e.opts.Queryable, r.Threshold.other, from, to, step)
				}
			}
		})
	}
	return work
}

// evenly returns the distance of instants, in whole milliseconds as they are.
func evenly(instants []time.Time) (step time.Duration, ok bool) {
	if len(instants) < 2 {
		return 0, false
	}
	step = instants[1].Sub(instants[0])
	for i, at := range instants {
		if at.Sub(instants[0]) != time.Duration(i)*step || at.Nanosecond()%int(time.Millisecond) != 0 {
			return 0, false
		}
	}
	return step, step >= time.Millisecond && step%time.Millisecond == 0
}

// empties are the first and the last instant without a result.
func (b *batch) empties() (from, to time.Time, ok bool) {
	for i, v := range b.vectors {
		if len(v) > 0 {
			continue
		}
		at := time.UnixMilli(b.start + int64(i)*b.step)
		if !ok {
			from = at
		}
		to, ok = at, true
	}
	return from, to, ok
}

// batch evaluates a range; nil when that has errors or annotations, or gives
// histograms, which are not worth the doubt.
func (e *Engine) batch(ctx context.Context, q storage.Queryable, expr string, start, end time.Time, step time.Duration) *batch {
	query, err := e.engine.NewRangeQuery(ctx, q, nil, expr, start, end, step)
	if err != nil {
		return nil
	}
	defer query.Close()
	res := query.Exec(ctx)
	m, ok := res.Value.(promql.Matrix)
	if res.Err != nil || len(res.Warnings) > 0 || !ok {
		return nil
	}
	from := timestamp.FromTime(start)
	b := &batch{start: from, step: step.Milliseconds(), vectors: make([]promql.Vector, end.Sub(start)/step+1)}
	sizes := make([]int, len(b.vectors))
	total := 0
	for _, s := range m {
		if len(s.Histograms) > 0 {
			return nil
		}
		for _, p := range s.Floats {
			sizes[(p.T-from)/b.step]++
		}
		total += len(s.Floats)
	}
	room := make(promql.Vector, total)
	for i, n := range sizes {
		b.vectors[i], room = room[:0:n], room[n:]
	}
	for _, s := range m {
		for _, p := range s.Floats {
			i := (p.T - from) / b.step
			b.vectors[i] = append(b.vectors[i], promql.Sample{Metric: s.Metric, T: p.T, F: p.F})
		}
	}
	return b
}
