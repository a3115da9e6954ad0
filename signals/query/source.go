package query

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
)

// A Source answers what rules ask. Its answers are plain data, so that it may
// be an Engine over a store here (see Over) or something that asks elsewhere.
// It may be used from several goroutines.
type Source interface {
	// Vector evaluates an expression at an instant; a scalar becomes a vector
	// of one sample without labels. The samples are the caller's, in an order
	// of the Source's choice. Warnings and infos are sorted, and may be there
	// beside an error.
	Vector(ctx context.Context, expr string, at time.Time) (vec []Sample, warnings, infos []string, err error)
	// Steps evaluates an expression at start, start+step, … end, in one go. nil
	// means that each step is to be asked for with Vector: there was an error,
	// or an annotation of which the instant is not known and would be with
	// Vector, or the result holds histograms.
	Steps(ctx context.Context, expr string, start, end time.Time, step time.Duration) *Steps
}

// A Sample is one element of an instant vector: a native histogram, or a float
// when Histogram is nil.
type Sample struct {
	Labels    labels.Labels
	Time      int64 // ms since the epoch
	Value     float64
	Histogram *histogram.FloatHistogram
}

// Over returns the Source that evaluates over q with the engine's settings.
func (e *Engine) Over(q storage.Queryable) Source { return store{e, q} }

type store struct {
	engine *Engine
	q      storage.Queryable
}

// Vector is upstream's EngineQueryFunc (rules/manager.go).
func (s store) Vector(ctx context.Context, expr string, at time.Time) (vec []Sample, warnings, infos []string, err error) {
	if err := s.engine.bound(ctx, s.q, expr, at, at, 0); err != nil {
		return nil, nil, nil, err
	}
	query, err := s.engine.instant(ctx, s.q, nil, expr, at)
	if err != nil {
		return nil, nil, nil, err
	}
	defer query.Close()
	res := query.Exec(ctx)
	warnings, infos = annotationsOf(res, expr)
	if res.Err != nil {
		return nil, warnings, infos, res.Err
	}
	switch v := res.Value.(type) {
	case promql.Vector:
		vec = make([]Sample, len(v))
		for i, p := range v {
			vec[i] = Sample{Labels: p.Metric, Time: p.T, Value: p.F}
			if p.H != nil { // Close hands the histogram to the next query
				vec[i].Histogram = p.H.Copy()
			}
		}
		return vec, warnings, infos, nil
	case promql.Scalar:
		return []Sample{{Time: v.T, Value: v.V, Labels: labels.EmptyLabels()}}, warnings, infos, nil
	}
	return nil, warnings, infos, errors.New("rule result is not a vector or scalar")
}
