package query

import (
	"fmt"
	"slices"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
)

// ValueType names what a query gives, as the Prometheus API does.
type ValueType string

// The types of a Value.
const (
	Scalar ValueType = "scalar"
	String ValueType = "string"
	Vector ValueType = "vector"
	Matrix ValueType = "matrix"
)

// A Value is the result of a query. Its JSON is the `data` object of the
// Prometheus API (web/api/v1, v0.316.0).
type Value struct {
	Type ValueType

	Time   int64   // of a scalar or a string, ms since the epoch
	Number float64 // of a scalar
	Text   string  // of a string

	// Series of a vector (one point each) or of a matrix.
	Series []Series

	// What the engine had to say, sorted; not part of the JSON.
	Warnings, Infos []string
}

// A Series is one element of a vector or a matrix. A series that mixes floats
// and histograms has both lists, each in time order.
type Series struct {
	Labels     labels.Labels
	Floats     []Point
	Histograms []HistogramPoint
}

// A Point is a float at a time in ms since the epoch.
type Point struct {
	Time  int64
	Value float64
}

// A HistogramPoint is a native histogram at a time in ms since the epoch.
type HistogramPoint struct {
	Time      int64
	Histogram *histogram.FloatHistogram
}

// newValue turns the engine's result into plain data that outlives the query.
func newValue(res *promql.Result, expr string, sorted bool) (*Value, error) {
	if res.Err != nil {
		return nil, res.Err
	}
	v := &Value{}
	v.Warnings, v.Infos = annotationsOf(res, expr)
	switch r := res.Value.(type) {
	case promql.Scalar:
		v.Type, v.Time, v.Number = Scalar, r.T, r.V
	case promql.String:
		v.Type, v.Time, v.Text = String, r.T, r.V
	case promql.Vector:
		v.Type = Vector
		v.Series = make([]Series, 0, len(r))
		for _, s := range r {
			out := Series{Labels: s.Metric}
			if s.H != nil {
				out.Histograms = []HistogramPoint{{s.T, s.H.Copy()}}
			} else {
				out.Floats = []Point{{s.T, s.F}}
			}
			v.Series = append(v.Series, out)
		}
		if sorted {
			slices.SortStableFunc(v.Series, func(a, b Series) int { return labels.Compare(a.Labels, b.Labels) })
		}
	case promql.Matrix:
		v.Type = Matrix
		v.Series = make([]Series, 0, len(r))
		for _, s := range r {
			out := Series{Labels: s.Metric}
			if len(s.Floats) > 0 {
				out.Floats = make([]Point, 0, len(s.Floats))
			}
			for _, p := range s.Floats {
				out.Floats = append(out.Floats, Point{p.T, p.F})
			}
			for _, p := range s.Histograms {
				out.Histograms = append(out.Histograms, HistogramPoint{p.T, p.H.Copy()})
			}
			v.Series = append(v.Series, out)
		}
	default:
		return nil, fmt.Errorf("the engine returned a %T", res.Value)
	}
	return v, nil
}
