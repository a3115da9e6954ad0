package histogram_test

import (
	"math"
	"slices"
	"testing"

	prom "github.com/prometheus/prometheus/model/histogram"
	"pgregory.net/rapid"

	"github.com/scrapebook/scrapebook/histogram"
	"github.com/scrapebook/scrapebook/histogram/internal/draw"
)

// drawData draws observations, many of them on or next to a bound.
func drawData(bounds []float64, nonNegative bool) *rapid.Generator[[]float64] {
	low := -120.0
	if nonNegative {
		low = 0
	}
	value := rapid.OneOf(rapid.Float64Range(low, 120), rapid.Float64Range(0, 1), rapid.Float64Range(0, 1e7))
	if at := slices.DeleteFunc(slices.Clone(bounds), func(b float64) bool { return b < low }); len(at) > 0 {
		value = rapid.OneOf(value, rapid.SampledFrom(at), rapid.Custom(func(t *rapid.T) float64 {
			b := rapid.SampledFrom(at).Draw(t, "bound")
			return max(low, math.Nextafter(b, rapid.SampledFrom([]float64{-inf, inf}).Draw(t, "side")))
		}))
	}
	return rapid.SliceOfN(value, 0, 60)
}

// truth is the smallest x with cum(x) ≥ q·n, 0 < q ≤ 1.
func truth(q float64, data []float64) float64 {
	sorted := slices.Sorted(slices.Values(data))
	for i, x := range sorted {
		if float64(i+1) >= q*float64(len(sorted)) {
			return x
		}
	}
	panic("no observations")
}

// observed is the classic histogram of the data, with the sum and the count.
func observed(bounds, data []float64, nonNegative, withInf, withCount bool) *histogram.Classic {
	var bs []histogram.Bucket
	if withInf {
		bounds = append(slices.Clone(bounds), inf)
	}
	for _, b := range bounds {
		n := 0.0
		for _, x := range data {
			if x <= b {
				n++
			}
		}
		bs = append(bs, histogram.Bucket{UpperBound: b, Count: n})
	}
	sum, count := 0.0, nan
	for _, x := range data {
		sum += x
	}
	if withCount {
		count = float64(len(data))
	}
	h := histogram.NewClassic(bs, sum, count)
	h.NonNegative = nonNegative
	return h
}

// without drops some bounds.
func without(t *rapid.T, bounds []float64, what string) []float64 {
	return slices.DeleteFunc(slices.Clone(bounds), func(float64) bool {
		return rapid.IntRange(0, 4).Draw(t, what) == 0
	})
}

// holdsFor checks the estimates of a histogram against the data behind it.
func holdsFor(t *rapid.T, what string, h interface {
	Estimate(float64) histogram.Estimate
}, data []float64) {
	t.Helper()
	for _, q := range append(slices.Clone(draw.Quantiles), draw.Q().Draw(t, "q")) {
		if !(q > 0 && q <= 1) {
			continue
		}
		e := h.Estimate(q)
		if len(data) == 0 {
			if math.IsNaN(e.Value) && (e.Flags&histogram.FlagEmpty != 0 || math.IsInf(e.Upper, 1)) {
				continue
			}
			t.Fatalf("%s: q=%v of nothing is %+v", what, q, e)
		}
		if e.Flags&histogram.FlagEmpty != 0 {
			t.Fatalf("%s: q=%v of %d observations: %+v", what, q, len(data), e)
		}
		draw.Holds(t, q, truth(q, data), e)
	}
}

// The true quantile lies in the interval: of single snapshots, of differences
// of either kind, of differences over a reset and between layouts, and of sums.
func TestClassicIntervalHoldsTheQuantile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var (
			nonNegative = rapid.Bool().Draw(t, "non-negative data")
			known       = nonNegative && rapid.Bool().Draw(t, "known to be so")
			bounds      = draw.Bounds(!nonNegative).Draw(t, "bounds")
			old         = drawData(bounds, nonNegative).Draw(t, "old")
			fresh       = drawData(bounds, nonNegative).Draw(t, "fresh")
			withInf     = rapid.IntRange(0, 4).Draw(t, "+Inf") > 0
			withCount   = rapid.Bool().Draw(t, "count")
			boundsOld   = bounds
			boundsNow   = bounds
		)
		if rapid.Bool().Draw(t, "other layouts") {
			boundsOld, boundsNow = without(t, bounds, "old bound"), without(t, bounds, "new bound")
		}
		make := func(bounds, data []float64) *histogram.Classic {
			return observed(bounds, data, known, withInf, withCount)
		}
		window := rapid.SampledFrom([]histogram.Window{
			{},
			{Start: 0, First: 1, Last: 15001, End: 15001},
			{Start: 0, First: 10000, Last: 25000, End: 30000, PerSecond: true},
			{Start: 0, First: 400000, Last: 425000, End: 900000},
		}).Draw(t, "window")
		before := make(boundsOld, old)
		holdsFor(t, "a snapshot", before, old)

		after := make(boundsNow, append(slices.Clone(old), fresh...))
		diff := after.CertainIncrease(before)
		if diff.Flags()&histogram.FlagReset != 0 {
			t.Fatalf("a reset was seen where there was none")
		}
		holdsFor(t, "the certain increase", diff, fresh)
		increase, err := after.PromIncrease(before, window)
		if err != nil {
			t.Fatal(err)
		}
		if nonNegative && increase.Flags()&histogram.FlagReset != 0 {
			t.Fatalf("a reset was seen where there was none")
		}
		holdsFor(t, "PromQL's increase", increase, fresh)

		// After a restart the old observations are gone, and those made between
		// the first snapshot and the restart with them.
		after = make(boundsNow, fresh)
		if diff = after.CertainIncrease(before); diff.Flags()&histogram.FlagReset != 0 {
			holdsFor(t, "the certain increase over a reset", diff, fresh)
			increase, err = after.PromIncrease(before, window)
			if err != nil {
				t.Fatal(err)
			}
			if increase.Flags()&histogram.FlagReset != 0 {
				holdsFor(t, "PromQL's increase over a reset", increase, fresh)
			}
		}
		holdsFor(t, "a sum", histogram.SumClassic(before, after), append(slices.Clone(old), fresh...))
	})
}

// observedNative is the native histogram of the data.
func observedNative(t *rapid.T, schema int32, zero float64, bounds, data []float64) *histogram.Native {
	h := &prom.FloatHistogram{Schema: schema}
	count := func(index func(abs float64) int32, values []float64) (spans []prom.Span, counts []float64) {
		at := map[int32]float64{}
		for _, x := range values {
			at[index(x)]++
		}
		next := int32(0)
		for i, n := range sortedIndexes(at) {
			offset := n - next
			if i == 0 {
				offset = n
			}
			spans = append(spans, prom.Span{Offset: offset, Length: 1})
			counts = append(counts, at[n])
			next = n + 1
		}
		return spans, counts
	}
	var positive, negative []float64
	for _, x := range data {
		h.Count++
		h.Sum += x
		switch {
		case prom.IsCustomBucketsSchema(schema) || x > zero:
			positive = append(positive, x)
		case x < -zero:
			negative = append(negative, -x)
		default:
			h.ZeroCount++
		}
	}
	if prom.IsCustomBucketsSchema(schema) {
		h.CustomValues = bounds
		h.PositiveSpans, h.PositiveBuckets = count(func(x float64) int32 {
			i, _ := slices.BinarySearch(bounds, x)
			return int32(i)
		}, positive)
		return draw.MustNative(t, h)
	}
	h.ZeroThreshold = zero
	index := func(x float64) int32 {
		i := int32(math.Ceil(math.Log2(x) * math.Exp2(float64(schema))))
		for histogram.Exponential(i, schema) < x {
			i++
		}
		for histogram.Exponential(i-1, schema) >= x {
			i--
		}
		return i
	}
	h.PositiveSpans, h.PositiveBuckets = count(index, positive)
	h.NegativeSpans, h.NegativeBuckets = count(index, negative)
	return draw.MustNative(t, h)
}

func sortedIndexes(m map[int32]float64) []int32 {
	var keys []int32
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// The same for native histograms, also where schema, zero bucket or custom
// bounds change from one snapshot to the next.
func TestNativeIntervalHoldsTheQuantile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var (
			custom      = rapid.Bool().Draw(t, "custom")
			nonNegative = rapid.Bool().Draw(t, "non-negative data")
			known       = nonNegative && rapid.Bool().Draw(t, "known to be so")
			bounds      = draw.Bounds(!nonNegative).Draw(t, "bounds")
			old         = drawData(bounds, nonNegative).Draw(t, "old")
			fresh       = drawData(bounds, nonNegative).Draw(t, "fresh")
			schema      = rapid.Int32Range(-4, 8).Draw(t, "schema")
			zero        = rapid.SampledFrom([]float64{0, 1e-3, 0.5}).Draw(t, "zero threshold")
			schemaNow   = schema
			zeroNow     = zero
			boundsNow   = bounds
		)
		if rapid.Bool().Draw(t, "another layout") {
			schemaNow = rapid.Int32Range(-4, schema).Draw(t, "new schema")
			zeroNow = rapid.SampledFrom([]float64{zero, 1, 2}).Draw(t, "new zero threshold")
			boundsNow = without(t, bounds, "new bound")
		}
		if custom {
			schema, schemaNow, zero, zeroNow = prom.CustomBucketsSchema, prom.CustomBucketsSchema, 0, 0
		}
		before := observedNative(t, schema, zero, bounds, old)
		before.NonNegative = known
		holdsFor(t, "a snapshot", before, old)

		after := observedNative(t, schemaNow, zeroNow, boundsNow, append(slices.Clone(old), fresh...))
		after.NonNegative = known
		diff := after.CertainIncrease(before)
		if diff.Flags()&histogram.FlagReset == 0 {
			holdsFor(t, "the certain increase", diff, fresh)
		} else if schemaNow == schema && zeroNow == zero {
			t.Fatalf("a reset was seen where there was none: %v to %v", before.Float(), after.Float())
		}
		increase, err := after.PromIncrease(before, histogram.Window{Start: 0, First: 10000, Last: 25000, End: 30001, PerSecond: true})
		if err != nil {
			t.Fatal(err)
		}
		if increase.Flags()&histogram.FlagReset == 0 {
			holdsFor(t, "PromQL's increase", increase, fresh)
		}

		after = observedNative(t, schemaNow, zeroNow, boundsNow, fresh)
		after.NonNegative = known
		if diff = after.CertainIncrease(before); diff.Flags()&histogram.FlagReset != 0 {
			holdsFor(t, "the certain increase over a reset", diff, fresh)
		}
		sum, err := histogram.SumNative(before, after)
		if err != nil {
			t.Fatal(err)
		}
		holdsFor(t, "a sum", sum, append(slices.Clone(old), fresh...))
	})
}
