package histogram_test

import (
	"math"
	"testing"

	prom "github.com/prometheus/prometheus/model/histogram"

	"github.com/scrapebook/scrapebook/histogram"
	"github.com/scrapebook/scrapebook/histogram/internal/draw"
)

func TestClassicFraction(t *testing.T) {
	usual := classic(1, 10, 2, 30, 4, 40, inf, 50)
	for _, tt := range []struct {
		name         string
		h            *histogram.Classic
		lower, upper float64
		want         float64
	}{
		{"within a bucket", usual, 1, 1.5, 0.2},
		{"over several", usual, 0.5, 3, 0.6},
		{"everything", usual, -inf, inf, 1},
		{"all below", usual, -inf, 2, 0.6},
		{"all above: the +Inf bucket lies at infinity", usual, 4, inf, 0.2},
		{"an end in the +Inf bucket", usual, 2, 1000, 0.2},
		{"in the first bucket from 0", usual, -5, 0.5, 0.1},
		{"in the first bucket with a bound below 0: all of it", classic(-1, 10, 2, 20, inf, 20), -inf, -7, 0.5},
		{"lower is NaN", usual, nan, 1, nan},
		{"upper is NaN", usual, 1, nan, nan},
		{"lower is upper", usual, 1, 1, 0},
		{"lower above upper", usual, 2, 1, 0},
		{"no observations", classic(1, 0, inf, 0), 0, 1, nan},
		{"no +Inf bucket", classic(1, 10), 0, 1, nan},
		{"no buckets", classic(), 0, 1, nan},
		{"falling counts are taken as they are", classic(1, 30, 2, 10, inf, 40), 1, 2, -0.5},
		{"more than +Inf holds: cut", classic(1, 10, 2, 80, inf, 40), 1, 2, 0.75},
		{"a count of NaN", classic(1, nan, 2, 30, inf, 40), 1, 2, nan},
	} {
		t.Run(tt.name, func(t *testing.T) { draw.Same(t, "fraction", tt.h.Fraction(tt.lower, tt.upper), tt.want) })
	}
}

func TestNativeFraction(t *testing.T) {
	h := &prom.FloatHistogram{
		ZeroCount: 2, ZeroThreshold: 0.5, Count: 10, Sum: 16,
		PositiveSpans: []prom.Span{{Offset: 1, Length: 2}}, PositiveBuckets: []float64{4, 4},
	}
	nans := h.Copy()
	nans.Sum, nans.Count = nan, 20
	negative := &prom.FloatHistogram{Count: 8, NegativeSpans: h.PositiveSpans, NegativeBuckets: h.PositiveBuckets}
	custom := &prom.FloatHistogram{
		Schema: prom.CustomBucketsSchema, CustomValues: []float64{-2, 2}, Count: 12, Sum: 16,
		PositiveSpans: []prom.Span{{Length: 3}}, PositiveBuckets: []float64{4, 4, 4},
	}
	for _, tt := range []struct {
		name         string
		h            *prom.FloatHistogram
		lower, upper float64
		want         float64
	}{
		{"within a bucket, by its logarithm", h, 1, math.Sqrt2, 0.2},
		{"in the zero bucket, from 0", h, 0, 0.25, 0.1},
		{"everything", h, -inf, inf, 1},
		{"everything but NaNs", nans, -inf, inf, 0.5},
		{"negative, by its logarithm", negative, -2, -math.Sqrt2, 0.25},
		{"custom: in the last bucket there is nothing below", custom, 2, 1000, 0},
		{"custom: in the first bucket all is below", custom, -inf, -3, 1.0 / 3},
		{"custom: around 0 from 0", custom, -1, 1, 1.0 / 6},
		{"lower is NaN", h, nan, 1, nan},
		{"upper is NaN", h, 1, nan, nan},
		{"lower is upper", h, 1, 1, 0},
		{"lower above upper", h, 2, 1, 0},
		{"no observations", &prom.FloatHistogram{}, 0, 1, nan},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := draw.MustNative(t, tt.h).Fraction(tt.lower, tt.upper); math.Abs(got-tt.want) > 1e-15 || math.IsNaN(got) != math.IsNaN(tt.want) {
				t.Errorf("fraction is %v, want %v", got, tt.want)
			}
		})
	}
}

func TestClassicMoments(t *testing.T) {
	make := func(sum, count float64, pairs ...float64) *histogram.Classic {
		return histogram.NewClassic(bucketsOf(pairs...), sum, count)
	}
	for _, tt := range []struct {
		name                     string
		h                        *histogram.Classic
		count, sum, mean, stdVar float64
	}{
		{"all between finite bounds", make(6, 4, 1, 0, 2, 4, inf, 4), 4, 6, 1.5, 0},
		{"in two buckets", make(8, 4, 1, 0, 2, 2, 3, 4, inf, 4), 4, 8, 2, 0.25},
		{"one in the first bucket: its middle is infinite", make(6, 4, 1, 1, 2, 4, inf, 4), 4, 6, 1.5, inf},
		{"one above the last bound", make(6, 4, 1, 0, 2, 3, inf, 4), 4, 6, 1.5, inf},
		{"no sum", make(nan, 4, 1, 0, 2, 4, inf, 4), 4, nan, nan, nan},
		{"an infinite sum", make(inf, 4, 1, 0, 2, 4, inf, 4), 4, inf, inf, inf},
		{"no count: +Inf says it", make(6, nan, 1, 0, 2, 4, inf, 4), 4, 6, 1.5, 0},
		{"no +Inf: the count makes up for it", make(6, 4, 1, 0, 2, 4), 4, 6, 1.5, 0},
		{"neither", make(6, nan, 1, 0, 2, 4), nan, 6, nan, nan},
		{"the count is not that of +Inf", make(6, 5, 1, 0, 2, 4, inf, 4), 5, 6, 1.2, nan},
		{"falling counts", make(6, 4, 1, 3, 2, 2, inf, 4), 4, 6, 1.5, nan},
		{"no observations", make(0, 0, 1, 0, inf, 0), 0, 0, nan, nan},
		{"no buckets", make(6, 4), 4, 6, 1.5, nan},
		{"a count of NaN", make(6, 4, 1, nan, 2, 4, inf, 4), 4, 6, 1.5, nan},
		{"a bound of NaN", make(6, 4, nan, 0, 2, 4, inf, 4), 4, 6, 1.5, nan},
	} {
		t.Run(tt.name, func(t *testing.T) {
			draw.Same(t, "count", tt.h.Count(), tt.count)
			draw.Same(t, "sum", tt.h.Sum(), tt.sum)
			draw.Same(t, "mean", tt.h.Mean(), tt.mean)
			draw.Same(t, "stdvar", tt.h.StdVar(), tt.stdVar)
			draw.Same(t, "stddev", tt.h.StdDev(), math.Sqrt(tt.stdVar))
		})
	}
}

func TestNativeMoments(t *testing.T) {
	one := func(sum float64, change func(*prom.FloatHistogram)) *prom.FloatHistogram {
		h := &prom.FloatHistogram{Count: 4, Sum: sum, PositiveSpans: []prom.Span{{Offset: 3, Length: 1}}, PositiveBuckets: []float64{4}}
		change(h)
		return h
	}
	same4 := func(h *prom.FloatHistogram) {}
	for _, tt := range []struct {
		name         string
		h            *prom.FloatHistogram
		mean, stdVar float64
	}{
		{"one bucket (4,8], its geometric mean", one(4*math.Sqrt(32), same4), math.Sqrt(32), 0},
		{"the same below 0", one(-4*math.Sqrt(32), func(h *prom.FloatHistogram) {
			h.NegativeSpans, h.NegativeBuckets, h.PositiveSpans, h.PositiveBuckets = h.PositiveSpans, h.PositiveBuckets, nil, nil
		}), -math.Sqrt(32), 0},
		{"the zero bucket lies at 0", &prom.FloatHistogram{Count: 4, Sum: 8, ZeroCount: 4, ZeroThreshold: 3}, 2, 4},
		{"a custom bucket without an end", &prom.FloatHistogram{
			Schema: prom.CustomBucketsSchema, CustomValues: []float64{1}, Count: 4, Sum: 2,
			PositiveSpans: []prom.Span{{Length: 1}}, PositiveBuckets: []float64{4},
		}, 0.5, inf},
		{"a NaN sum", one(nan, same4), nan, nan},
		{"an infinite sum", one(inf, same4), inf, inf},
		{"no observations", &prom.FloatHistogram{}, nan, nan},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := draw.MustNative(t, tt.h)
			draw.Same(t, "count", n.Count(), tt.h.Count)
			draw.Same(t, "sum", n.Sum(), tt.h.Sum)
			draw.Same(t, "mean", n.Mean(), tt.mean)
			draw.Same(t, "stdvar", n.StdVar(), tt.stdVar)
			draw.Same(t, "stddev", n.StdDev(), math.Sqrt(tt.stdVar))
		})
	}
}
