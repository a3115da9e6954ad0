package oracle

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	prom "github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/histogram"
	"github.com/scrapebook/scrapebook/histogram/internal/draw"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

var engine = promql.NewEngine(promql.EngineOpts{
	MaxSamples: 1e7,
	Timeout:    time.Minute,
	Parser:     parser.NewParser(parser.Options{EnableExperimentalFunctions: true}),
})

// store is a timeline that is filled by hand.
type store struct {
	t  draw.Fataler
	tl *timeline.Timeline
}

func newStore(t draw.Fataler) store { return store{t, timeline.New()} }

func (s store) float(ts int64, v float64, ls ...string) {
	s.t.Helper()
	if err := s.tl.Append(s.tl.Series(labels.FromStrings(ls...)), ts, v); err != nil {
		s.t.Fatalf("append: %v", err)
	}
}

// classic puts the buckets, sum and count of a scrape into series of x.
func (s store) classic(ts int64, buckets []histogram.Bucket, sum, count float64, extra ...string) {
	s.t.Helper()
	for _, b := range buckets {
		s.float(ts, b.Count, append([]string{"__name__", "x_bucket", "le", draw.Num(b.UpperBound)}, extra...)...)
	}
	s.float(ts, sum, append([]string{"__name__", "x_sum"}, extra...)...)
	s.float(ts, count, append([]string{"__name__", "x_count"}, extra...)...)
}

func (s store) native(ts int64, h *prom.FloatHistogram, extra ...string) {
	s.t.Helper()
	ref := s.tl.Series(labels.FromStrings(append([]string{"__name__", "x"}, extra...)...))
	if err := s.tl.AppendHistogram(ref, 0, ts, nil, h.Copy()); err != nil {
		s.t.Fatalf("append: %v", err)
	}
}

// query runs an instant query at ts.
func (s store) query(ts int64, expr string, args ...any) promql.Vector {
	s.t.Helper()
	expr = fmt.Sprintf(expr, args...)
	q, err := engine.NewInstantQuery(context.Background(), s.tl, nil, expr, time.UnixMilli(ts))
	if err != nil {
		s.t.Fatalf("%s: %v", expr, err)
	}
	defer q.Close()
	v, err := q.Exec(context.Background()).Vector()
	if err != nil {
		s.t.Fatalf("%s: %v", expr, err)
	}
	return append(promql.Vector(nil), v...)
}

// value runs a query that yields one number, or none, which is NaN.
func (s store) value(ts int64, expr string, args ...any) float64 {
	s.t.Helper()
	switch v := s.query(ts, expr, args...); len(v) {
	case 0:
		return math.NaN()
	case 1:
		return v[0].F
	default:
		s.t.Fatalf("%s: %d results", fmt.Sprintf(expr, args...), len(v))
		return 0
	}
}

// buckets runs a query that yields buckets.
func (s store) buckets(ts int64, expr string, args ...any) map[float64]float64 {
	s.t.Helper()
	m := map[float64]float64{}
	for _, sample := range s.query(ts, expr, args...) {
		le, err := strconv.ParseFloat(sample.Metric.Get("le"), 64)
		if err != nil {
			s.t.Fatalf("%s: %v", expr, err)
		}
		m[le] = sample.F
	}
	return m
}

// sameBuckets fails unless h has just these buckets.
func sameBuckets(t draw.Fataler, what string, h *histogram.Classic, want map[float64]float64) {
	t.Helper()
	if len(h.Buckets()) != len(want) {
		t.Fatalf("%s: buckets %v, PromQL has %v", what, h.Buckets(), want)
	}
	for _, b := range h.Buckets() {
		v, ok := want[b.UpperBound]
		if !ok {
			t.Fatalf("%s: bucket %v, PromQL has %v", what, b.UpperBound, want)
		}
		draw.Same(t, what+" bucket "+draw.Num(b.UpperBound), b.Count, v)
	}
}

// sameNative fails unless both are one histogram to the bit.
func sameNative(t draw.Fataler, what string, got *histogram.Native, want *prom.FloatHistogram) {
	t.Helper()
	if !got.Float().Equals(want) || got.Float().CounterResetHint != want.CounterResetHint {
		t.Fatalf("%s is %v, PromQL has %v", what, got.Float(), want)
	}
}
