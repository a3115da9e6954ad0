package query

import (
	"context"
	"time"

	"github.com/prometheus/prometheus/model/timestamp"
	"github.com/prometheus/prometheus/promql"
)

// Steps hold the results of an expression at several instants, computed by one
// range query. nil has none.
type Steps struct {
	// What the engine had to say, sorted, of some of the instants.
	Warnings, Infos []string

	start, step int64 // ms
	vectors     [][]Sample
}

// NewSteps makes Steps of the results at start, start+step, and so on.
func NewSteps(start time.Time, step time.Duration, vectors [][]Sample, warnings, infos []string) *Steps {
	return &Steps{start: timestamp.FromTime(start), step: step.Milliseconds(), vectors: vectors, Warnings: warnings, Infos: infos}
}

// At returns the result at ts, in ms since the epoch; ok is false when ts is
// none of the instants. The result is the caller's.
func (s *Steps) At(ts int64) (vec []Sample, ok bool) {
	if s == nil || ts < s.start || (ts-s.start)%s.step != 0 || (ts-s.start)/s.step >= int64(len(s.vectors)) {
		return nil, false
	}
	return s.vectors[(ts-s.start)/s.step], true
}

// Empty returns the first and the last instant without a result; false when
// each has one.
func (s *Steps) Empty() (from, to time.Time, ok bool) {
	for i, v := range s.vectors {
		if len(v) > 0 {
			continue
		}
		at := time.UnixMilli(s.start + int64(i)*s.step)
		if !ok {
			from = at
		}
		to, ok = at, true
	}
	return from, to, ok
}

// Steps gives nil for histograms, which are not worth the doubt.
func (s store) Steps(ctx context.Context, expr string, start, end time.Time, step time.Duration) *Steps {
	if s.engine.bound(ctx, s.q, expr, start, end, step) != nil || !s.engine.steady(expr) {
		return nil
	}
	query, err := s.engine.between(ctx, s.q, nil, expr, start, end, step)
	if err != nil {
		return nil
	}
	defer query.Close()
	res := query.Exec(ctx)
	m, ok := res.Value.(promql.Matrix)
	if res.Err != nil || len(res.Warnings) > 0 || !ok {
		return nil
	}
	rows := make([]row, len(m))
	for i, series := range m {
		if len(series.Histograms) > 0 {
			return nil
		}
		rows[i] = row{series.Metric, series.Floats}
	}
	return newSteps(rows, start, end, step)
}

// newSteps makes Steps of rows.
func newSteps(rows []row, start, end time.Time, step time.Duration) *Steps {
	from := timestamp.FromTime(start)
	b := &Steps{start: from, step: step.Milliseconds(), vectors: make([][]Sample, end.Sub(start)/step+1)}
	sizes := make([]int, len(b.vectors))
	total := 0
	for _, r := range rows {
		for _, p := range r.points {
			sizes[(p.T-from)/b.step]++
		}
		total += len(r.points)
	}
	room := make([]Sample, total)
	for i, n := range sizes {
		b.vectors[i], room = room[:0:n], room[n:]
	}
	for _, r := range rows {
		for _, p := range r.points {
			i := (p.T - from) / b.step
			b.vectors[i] = append(b.vectors[i], Sample{Labels: r.labels, Time: p.T, Value: p.F})
		}
	}
	return b
}
