// Package draw draws histograms for the tests of package histogram, and has
// what they share. A package of its own keeps PromQL out of the tests beside
// the arithmetic: whoever imports it would get their modules into go.sum.
package draw

import (
	"math"
	"slices"

	prom "github.com/prometheus/prometheus/model/histogram"
	"pgregory.net/rapid"

	"github.com/scrapebook/scrapebook/histogram"
)

var (
	inf = math.Inf(1)
	nan = math.NaN()
)

// Quantiles are asked of every histogram: the usual ones, and those that are at
// the edge of what q may be or outside.
var Quantiles = []float64{nan, -0.1, 0, 1e-9, 0.01, 0.05, 0.1, 0.25, 0.3, 0.5, 0.7, 0.75, 0.9, 0.95, 0.99, 0.999, 0.99999, 1, 1.1}

// Q draws Quantiles beside them.
func Q() *rapid.Generator[float64] {
	return rapid.OneOf(rapid.Float64Range(0, 1), rapid.SampledFrom(Quantiles))
}

// Bounds draws rising bounds, mostly such as people use.
func Bounds(negative bool) *rapid.Generator[[]float64] {
	return rapid.Custom(func(t *rapid.T) []float64 {
		bound := rapid.OneOf(
			rapid.SampledFrom([]float64{0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.1, 0.25, 0.5, 1, 2, 2.5, 5, 10, 16.384, 60, 1e6}),
			rapid.Float64Range(0, 100),
		)
		if negative {
			bound = rapid.OneOf(bound, rapid.SampledFrom([]float64{-10, -1, -0.5, -1e-3}), rapid.Float64Range(-100, 100))
		}
		bounds := rapid.SliceOfN(bound, 0, 20).Draw(t, "bounds")
		for i := range bounds {
			bounds[i] += 0 // -0 is 0, but another series
		}
		slices.Sort(bounds)
		return slices.Compact(bounds)
	})
}

// Buckets draws cumulative buckets with +Inf, as a sane target says them.
func Buckets() *rapid.Generator[[]histogram.Bucket] {
	return rapid.Custom(func(t *rapid.T) []histogram.Bucket {
		bounds := append(Bounds(true).Draw(t, "bounds"), inf)
		count := 0.0
		var bs []histogram.Bucket
		for _, b := range bounds {
			count += float64(rapid.OneOf(rapid.Just(0), rapid.IntRange(0, 5), rapid.IntRange(0, 1e6)).Draw(t, "count"))
			bs = append(bs, histogram.Bucket{UpperBound: b, Count: count})
		}
		return bs
	})
}

// OddFloat draws what no histogram should hold.
func OddFloat() *rapid.Generator[float64] {
	return rapid.OneOf(
		rapid.SampledFrom([]float64{nan, inf, -inf, 0, math.Copysign(0, -1), -1, 1, 5e-324, math.MaxFloat64, 1e15, 1e15 + 1, 1 + 1e-15, 1 - 1e-13}),
		rapid.Float64Range(-10, 10),
		rapid.Float64(),
	)
}

// OddBuckets draws buckets of any order, bounds and counts.
func OddBuckets() *rapid.Generator[[]histogram.Bucket] {
	return rapid.Custom(func(t *rapid.T) []histogram.Bucket {
		bs := rapid.OneOf(Buckets(), rapid.SliceOfN(rapid.Custom(func(t *rapid.T) histogram.Bucket {
			return histogram.Bucket{UpperBound: OddFloat().Draw(t, "bound"), Count: OddFloat().Draw(t, "count")}
		}), 1, 30)).Draw(t, "buckets")
		bs = slices.Clone(bs)
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			b := &bs[rapid.IntRange(0, len(bs)-1).Draw(t, "which")]
			switch rapid.IntRange(0, 4).Draw(t, "change") {
			case 0:
				b.Count = OddFloat().Draw(t, "odd count")
			case 1:
				b.Count *= 1 + rapid.Float64Range(-1e-11, 1e-11).Draw(t, "tiny delta")
			case 2:
				b.Count--
			case 3:
				bs = append(bs, *b)
			case 4:
				b.UpperBound = OddFloat().Draw(t, "odd bound")
			}
		}
		if rapid.Bool().Draw(t, "+Inf") {
			bs = append(bs, histogram.Bucket{UpperBound: inf, Count: OddFloat().Draw(t, "total")})
		}
		return rapid.Permutation(bs).Draw(t, "order")
	})
}

// Spans draws where the populated buckets of a native histogram are.
func Spans(low, high int32, odd bool) *rapid.Generator[[]prom.Span] {
	return rapid.Custom(func(t *rapid.T) []prom.Span {
		var (
			spans []prom.Span
			short uint32 = 1
		)
		if odd {
			short = 0
		}
		for i := range rapid.IntRange(0, 4).Draw(t, "spans") {
			if i > 0 {
				low, high = 0, 5
			}
			spans = append(spans, prom.Span{
				Offset: rapid.Int32Range(low, high).Draw(t, "offset"),
				Length: rapid.Uint32Range(short, 5).Draw(t, "length"),
			})
		}
		return spans
	})
}

func Counts(spans []prom.Span, odd bool) *rapid.Generator[[]float64] {
	n := 0
	for _, s := range spans {
		n += int(s.Length)
	}
	count := rapid.Map(rapid.IntRange(0, 9), func(i int) float64 { return float64(i) })
	if odd {
		count = rapid.OneOf(count, rapid.Float64Range(0, 5), OddFloat())
	}
	return rapid.SliceOfN(count, n, n)
}

// Native draws a native histogram, of which the odd ones hold counts that
// no target would send.
func Native(custom, odd bool) *rapid.Generator[*prom.FloatHistogram] {
	return rapid.Custom(func(t *rapid.T) *prom.FloatHistogram {
		h := &prom.FloatHistogram{Sum: rapid.Float64Range(-1000, 1000).Draw(t, "sum")}
		if custom {
			h.Schema = prom.CustomBucketsSchema
			h.CustomValues = Bounds(true).Draw(t, "bounds")
			h.PositiveSpans = []prom.Span{{Length: uint32(len(h.CustomValues) + 1)}}
		} else {
			h.Schema = rapid.Int32Range(-4, 8).Draw(t, "schema")
			h.ZeroThreshold = rapid.SampledFrom([]float64{0, 2.938735877055719e-39, 0.001, 0.1, 1}).Draw(t, "zero threshold")
			h.ZeroCount = float64(rapid.IntRange(0, 5).Draw(t, "zero count"))
			h.PositiveSpans = Spans(-20, 20, odd).Draw(t, "positive")
			h.NegativeSpans = Spans(-20, 20, odd).Draw(t, "negative")
		}
		h.PositiveBuckets = Counts(h.PositiveSpans, odd).Draw(t, "positive counts")
		h.NegativeBuckets = Counts(h.NegativeSpans, odd).Draw(t, "negative counts")
		h.Count = h.ZeroCount
		for _, c := range append(slices.Clone(h.PositiveBuckets), h.NegativeBuckets...) {
			h.Count += c
		}
		if rapid.IntRange(0, 3).Draw(t, "NaNs") == 0 {
			h.Sum = nan
			h.Count += float64(rapid.IntRange(0, 5).Draw(t, "NaN observations"))
		}
		if odd {
			if rapid.Bool().Draw(t, "odd sum") {
				h.Sum = OddFloat().Draw(t, "sum")
			}
			if rapid.Bool().Draw(t, "odd count") {
				h.Count = OddFloat().Draw(t, "count")
			}
			if !custom && rapid.Bool().Draw(t, "odd zero count") {
				h.ZeroCount = OddFloat().Draw(t, "zero count")
			}
		}
		return h
	})
}

// MustNative is NewNative of a histogram that is known to be sound.
func MustNative(t Fataler, h *prom.FloatHistogram) *histogram.Native {
	t.Helper()
	n, err := histogram.NewNative(h)
	if err != nil {
		t.Fatalf("%v: %v", h, err)
	}
	return n
}
