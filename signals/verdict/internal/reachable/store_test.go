package reachable

import (
	"context"
	"math"
	"slices"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// memory is a storage of series in the order of their labels.
type memory struct{ series []memSeries }

type memSeries struct {
	ls      labels.Labels
	samples []chunks.Sample
}

// point is a sample: a float, or a histogram.
type point struct {
	t  int64
	f  float64
	fh *histogram.FloatHistogram
}

func (s point) T() int64                      { return s.t }
func (s point) ST() int64                     { return 0 }
func (s point) F() float64                    { return s.f }
func (s point) H() *histogram.Histogram       { return nil }
func (s point) FH() *histogram.FloatHistogram { return s.fh }
func (s point) Copy() chunks.Sample           { return s }
func (s point) Type() chunkenc.ValueType {
	if s.fh != nil {
		return chunkenc.ValFloatHistogram
	}
	return chunkenc.ValFloat
}

// add puts a series in its place, unless there is one of these labels.
func (m *memory) add(ls labels.Labels, samples []chunks.Sample) {
	i, found := slices.BinarySearchFunc(m.series, ls, func(s memSeries, ls labels.Labels) int { return labels.Compare(s.ls, ls) })
	if !found && len(samples) > 0 {
		m.series = slices.Insert(m.series, i, memSeries{ls, samples})
	}
}

func (m *memory) Querier(int64, int64) (storage.Querier, error) { return m, nil }

func (m *memory) Select(_ context.Context, _ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	out := &memSet{}
	for _, s := range m.series {
		if !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(s.ls.Get(m.Name)) }) {
			out.series = append(out.series, storage.NewListSeries(s.ls, s.samples))
		}
	}
	return out
}

func (*memory) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

func (*memory) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

func (*memory) Close() error { return nil }

type memSet struct {
	series []storage.Series
	at     int
}

func (s *memSet) Next() bool                      { s.at++; return s.at <= len(s.series) }
func (s *memSet) At() storage.Series              { return s.series[s.at-1] }
func (*memSet) Err() error                        { return nil }
func (*memSet) Warnings() annotations.Annotations { return nil }

// nativeOf is a histogram with counts n in four buckets.
func nativeOf(n [4]float64, sum float64) *histogram.FloatHistogram {
	h := &histogram.FloatHistogram{
		Schema: 0, ZeroThreshold: 0.001, ZeroCount: n[0], Sum: sum,
		PositiveSpans: []histogram.Span{{Offset: 0, Length: 3}}, PositiveBuckets: []float64{n[1], n[2], n[3]},
	}
	h.Count = n[0] + n[1] + n[2] + n[3]
	return h
}

var staleNaN = math.Float64frombits(0x7ff0000000000002)
