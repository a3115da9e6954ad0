package histogram_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	prom "github.com/prometheus/prometheus/model/histogram"

	"github.com/scrapebook/scrapebook/histogram"
	"github.com/scrapebook/scrapebook/histogram/internal/draw"
)

// classic makes buckets of pairs of bound and count.
func classic(pairs ...float64) *histogram.Classic {
	return histogram.NewClassic(bucketsOf(pairs...), nan, nan)
}

func bucketsOf(pairs ...float64) (bs []histogram.Bucket) {
	for i := 0; i < len(pairs); i += 2 {
		bs = append(bs, histogram.Bucket{UpperBound: pairs[i], Count: pairs[i+1]})
	}
	return bs
}

func TestClassicEstimate(t *testing.T) {
	const (
		capped, first, forced = histogram.FlagCapped, histogram.FlagFirstBucket, histogram.FlagForcedMonotonic
		noInf, empty, few     = histogram.FlagNoInf, histogram.FlagEmpty, histogram.FlagFew
		isNaN                 = histogram.FlagNaN
	)
	usual := []float64{1, 10, 2, 30, 4, 40, inf, 40}
	count := func(n float64, pairs ...float64) *histogram.Classic {
		return histogram.NewClassic(bucketsOf(pairs...), nan, n)
	}
	nonNegative := func(h *histogram.Classic) *histogram.Classic { h.NonNegative = true; return h }
	for _, tt := range []struct {
		name         string // and the reason
		h            *histogram.Classic
		q            float64
		value        float64
		lower, upper float64
		flags        histogram.Flags
	}{
		{"in a bucket, evenly spread", classic(usual...), 0.5, 1.5, 1, 2, 0},
		{"at a bound: it belongs to the bucket below", classic(usual...), 0.75, 2, 1, 2, 0},
		{"in the first bucket: from 0", classic(usual...), 0.125, 0.5, -inf, 1, first},
		{"in the first bucket of what is never negative", nonNegative(classic(usual...)), 0.125, 0.5, 0, 1, first},
		{"all in the first bucket", classic(1, 40, 2, 40, inf, 40), 0.5, 0.5, -inf, 1, first},
		{"q is NaN", classic(usual...), nan, nan, nan, nan, 0},
		{"q below 0", classic(usual...), -0.1, -inf, nan, nan, 0},
		{"q above 1", classic(usual...), 1.1, inf, nan, nan, 0},
		{"q = 0: where the smallest is", classic(usual...), 0, 0, -inf, 1, first},
		{"q = 0, empty first bucket: NaN in PromQL, the interval is known", classic(1, 0, 2, 10, inf, 10), 0, nan, 1, 2, first},
		{"q = 0, empty first bucket below 0: PromQL says its bound", classic(-1, 0, 2, 10, inf, 10), 0, -1, -1, 2, first},
		{"q = 1: the end of the last populated bucket", classic(usual...), 1, 4, 2, 4, 0},
		{"an ulp past the bound", classic(.002, 0, .02, 9, inf, 10), 0.9, 0.020000000000000004, .002, .02, 0},
		{"above the highest finite bound", classic(1, 10, 2, 20, inf, 40), 0.9, 2, 2, inf, capped},
		{"all above it", classic(1, 0, 2, 0, inf, 40), 0.5, 2, 2, inf, capped},
		{"no buckets at all", classic(), 0.5, nan, -inf, inf, noInf},
		{"no buckets, but nothing was observed either", count(0), 0.5, nan, nan, nan, noInf | empty},
		{"no buckets, but a count", count(7), 0.5, nan, -inf, inf, noInf},
		{"the zero value: nothing was observed", &histogram.Classic{}, 0.5, nan, nan, nan, empty},
		{"+Inf alone", classic(inf, 40), 0.5, nan, -inf, inf, capped | first},
		{"+Inf alone, never negative", nonNegative(classic(inf, 40)), 0.5, nan, 0, inf, capped | first},
		{"no +Inf, no count: any number may be above", classic(1, 10, 2, 30, 4, 40), 0.5, nan, 1, inf, noInf},
		{"no +Inf but the count: in a bucket", count(40, 1, 10, 2, 30, 4, 40), 0.5, nan, 1, 2, noInf},
		{"no +Inf but the count: above", count(40, 1, 10, 2, 15), 0.5, nan, 2, inf, noInf | capped},
		{"no +Inf but the count: in the first bucket", count(40, 1, 30), 0.5, nan, -inf, 1, noInf | first},
		{"no +Inf and the count below a bucket: both are believed", count(20, 1, 10, 2, 30, 4, 40), 0.5, nan, -inf, 2, noInf},
		{"nothing was observed", classic(1, 0, 2, 0, inf, 0), 0.5, nan, nan, nan, empty},
		{"p99 of 20", classic(1, 19, 2, 20, inf, 20), 0.99, 1.8000000000000007, 1, 2, few},
		{"p99 of 100 is enough", classic(1, 98, 2, 100, inf, 100), 0.99, 1.5, 1, 2, 0},
		{"p90 of 10 is enough, though 1-0.9 is less than 0.1", classic(1, 0, 2, 10, inf, 10), 0.9, 1.9, 1, 2, 0},
		{"p1 of 20", classic(1, 0, 2, 20, inf, 20), 0.01, 1.01, 1, 2, few},
		{"the median of one", classic(1, 0, 2, 1, inf, 1), 0.5, 1.5, 1, 2, few},
		{"p100 of one asks for no more", classic(1, 0, 2, 1, inf, 1), 1, 2, 1, 2, 0},
		{"a negative first bound: it is the answer", classic(-1, 30, 2, 40, inf, 40), 0.5, -1, -inf, -1, first},
		{"a first bound of 0, as network programming has it", nonNegative(classic(0, 30, .25, 40, inf, 40)), 0.5, 0, 0, 0, first},
		{"negative data in what is never negative", nonNegative(classic(-1, 30, 2, 40, inf, 40)), 0.5, -1, -inf, -1, first},
		{"between negative bounds", classic(-2, 0, -1, 40, inf, 40), 0.5, -1.5, -2, -1, 0},
		{"unsorted", classic(inf, 40, 2, 30, 1, 10, 4, 40), 0.5, 1.5, 1, 2, 0},
		{"one bound twice: added", classic(1, 4, 1, 6, 2, 30, 4, 40, inf, 40), 0.5, 1.5, 1, 2, 0},
		{"zero width: 0 and -0 are one bound", classic(math.Copysign(0, -1), 5, 0, 5, 2, 40, inf, 40), 0.25, math.Copysign(0, -1), -inf, math.Copysign(0, -1), first},
		{"falling counts: raised, and the interval is that of every repair", classic(1, 20, 2, 10, 4, 40, inf, 40), 0.4, 0.8, -inf, 4, first | forced},
		{"falling counts elsewhere", classic(1, 10, 2, 30, 4, 28, 8, 40, inf, 40), 0.25, 1, -inf, 1, first | forced},
		{"+Inf has fewer than another", classic(1, 10, 2, 30, inf, 20), 0.5, 1.25, -inf, 2, forced},
		{"tiny delta: levelled without a word, the interval believes it", classic(1, 1e13, 2, 1e13+1, inf, 1e13+1), 1, 1, 1, 2, first},
		{"one in 10¹² is still tiny", classic(1, 1e12, 2, 1e12+1, inf, 1e12+1), 1, 1, 1, 2, first},
		{"three in 10¹² are not", classic(1, 1e12, 2, 1e12+3, inf, 1e12+3), 1, 2, 1, 2, 0},
		{"tiny fall: levelled without a word, the interval covers both", classic(1, 1e13+1, 2, 1e13, inf, 1e13), 1, 1, -inf, inf, first},
		{"all counts are NaN: the highest finite bound", classic(1, nan, 2, nan, inf, nan), 0.5, 2, -inf, inf, capped | isNaN},
		{"a count is NaN: nothing is sure", classic(1, nan, 2, 30, inf, 40), 0.5, nan, -inf, inf, isNaN},
		{"a bound is NaN", classic(nan, 1, inf, 4), 0.5, nan, -inf, inf, capped | isNaN},
		{"a bound of -Inf", classic(-inf, 0, 1, 40, inf, 40), 0.5, nan, -inf, 1, 0},
		{"infinite counts", classic(1, 10, 2, inf, inf, inf), 0.5, nan, 1, 2, 0},
		{"negative counts: nothing is sure", classic(1, -10, 2, 30, inf, 40), 0.5, 1.75, -inf, inf, 0},
		{"bounds so far apart that their distance overflows", classic(-1e308, 0, 1.7e308, 40, inf, 40), 0.5, inf, -1e308, inf, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := tt.h.Estimate(tt.q)
			draw.Same(t, "value", e.Value, tt.value)
			draw.Same(t, "quantile", tt.h.Quantile(tt.q), tt.value)
			draw.Same(t, "lower", e.Lower, tt.lower)
			draw.Same(t, "upper", e.Upper, tt.upper)
			if e.Flags != tt.flags {
				t.Errorf("flags are %v, want %v", e.Flags, tt.flags)
			}
		})
	}
}

func TestNativeEstimate(t *testing.T) {
	const (
		capped, first, forced = histogram.FlagCapped, histogram.FlagFirstBucket, histogram.FlagForcedMonotonic
		empty, few, isNaN     = histogram.FlagEmpty, histogram.FlagFew, histogram.FlagNaN
	)
	// Buckets (1,2]:4 and (2,4]:4.
	two := func(change func(*prom.FloatHistogram)) *prom.FloatHistogram {
		h := &prom.FloatHistogram{Count: 8, Sum: 16, PositiveSpans: []prom.Span{{Offset: 1, Length: 2}}, PositiveBuckets: []float64{4, 4}}
		change(h)
		return h
	}
	// Custom buckets (-Inf,1]:4 (1,2]:4 (2,+Inf]:4.
	custom := func(bounds ...float64) *prom.FloatHistogram {
		return &prom.FloatHistogram{
			Schema: prom.CustomBucketsSchema, CustomValues: bounds, Count: 12, Sum: 16,
			PositiveSpans: []prom.Span{{Length: 3}}, PositiveBuckets: []float64{4, 4, 4},
		}
	}
	for _, tt := range []struct {
		name         string
		h            *prom.FloatHistogram
		nonNegative  bool
		q            float64
		value        float64
		lower, upper float64
		flags        histogram.Flags
	}{
		{"in a bucket, evenly spread over its logarithm", two(func(*prom.FloatHistogram) {}), false, 0.25, math.Sqrt2, 1, 2, 0},
		{"at an edge PromQL counts from above", two(func(*prom.FloatHistogram) {}), false, 0.5, 2, 1, 2, 0},
		{"at an edge with a gap: the interval reaches over it", two(func(h *prom.FloatHistogram) {
			h.PositiveSpans = []prom.Span{{Offset: 1, Length: 1}, {Offset: 8, Length: 1}}
		}), false, 0.5, 512, 1, 512, 0},
		{"q is NaN", two(func(*prom.FloatHistogram) {}), false, nan, nan, nan, nan, 0},
		{"q below 0", two(func(*prom.FloatHistogram) {}), false, -1, -inf, nan, nan, 0},
		{"q above 1", two(func(*prom.FloatHistogram) {}), false, 2, inf, nan, nan, 0},
		{"q = 0", two(func(*prom.FloatHistogram) {}), false, 0, 1, 1, 2, 0},
		{"nothing was observed", &prom.FloatHistogram{}, false, 0.5, nan, nan, nan, empty},
		{"p99 of 8", two(func(*prom.FloatHistogram) {}), false, 0.99, math.Exp2(1 + 3.92/4), 2, 4, few},
		{"negative buckets", two(func(h *prom.FloatHistogram) {
			h.NegativeSpans, h.PositiveSpans = h.PositiveSpans, nil
			h.NegativeBuckets, h.PositiveBuckets = h.PositiveBuckets, nil
		}), false, 0.75, -math.Sqrt2, -2, -1, 0},
		{"the zero bucket of what has only positive ones: PromQL says from 0", two(func(h *prom.FloatHistogram) {
			h.ZeroCount, h.ZeroThreshold, h.Count = 8, 0.5, 16
		}), false, 0.25, 0.25, -0.5, 0.5, 0},
		{"the same, never negative", two(func(h *prom.FloatHistogram) {
			h.ZeroCount, h.ZeroThreshold, h.Count = 8, 0.5, 16
		}), true, 0.25, 0.25, 0, 0.5, 0},
		{"the zero bucket alone", &prom.FloatHistogram{ZeroCount: 8, ZeroThreshold: 0.5, Count: 8}, false, 0.5, 0, -0.5, 0.5, 0},
		{"a zero bucket reaches into the first one", two(func(h *prom.FloatHistogram) {
			h.ZeroCount, h.ZeroThreshold, h.Count = 1, 1.5, 9
		}), false, 0.3, math.Exp2(math.Log2(1.5) + (1-math.Log2(1.5))*((0.3*9-1)/4)), 1.5, 2, 0},
		{"NaNs: PromQL counts them as +Inf", two(func(h *prom.FloatHistogram) {
			h.Sum, h.Count = nan, 10
		}), false, 0.2, math.Exp2(2.0 / 4), 1, 2, isNaN},
		{"among the NaNs", two(func(h *prom.FloatHistogram) { h.Sum, h.Count = nan, 10 }), false, 0.9, nan, 2, inf, isNaN},
		{"a NaN sum without NaNs: both infinities", two(func(h *prom.FloatHistogram) { h.Sum = nan }), false, 1, 4, 2, 4, isNaN},
		{"more than the buckets hold", two(func(h *prom.FloatHistogram) { h.Count = 80 }), false, 0.3, 4, 1, inf, 0},
		{"more than the buckets hold, but by rounding alone", two(func(h *prom.FloatHistogram) { h.Count = math.Nextafter(8, 9) }), false, 1, 4, 2, 4, 0},
		{"fewer than the buckets hold", two(func(h *prom.FloatHistogram) { h.Count = 4 }), false, 1, 4, 1, 4, 0},
		{"the count without buckets", &prom.FloatHistogram{Count: 4}, false, 0.5, 0, -inf, inf, 0},
		{"a negative count", two(func(h *prom.FloatHistogram) { h.PositiveBuckets[0] = -4 }), false, 1, 4, -inf, inf, forced},
		{"a count of NaN", two(func(h *prom.FloatHistogram) { h.Count = nan }), false, 0.3, 4, -inf, inf, isNaN},
		{"observations of +Inf: above every number", two(func(h *prom.FloatHistogram) {
			h.PositiveSpans[0].Offset = 1024
		}), false, 0.75, inf, math.MaxFloat64, inf, capped},
		{"custom: in a bucket, evenly spread", custom(1, 2), false, 0.5, 1.5, 1, 2, 0},
		{"custom: in the first bucket", custom(1, 2), false, 0.125, 0.375, -inf, 1, first},
		{"custom: in the first bucket, never negative", custom(1, 2), true, 0.125, 0.375, 0, 1, first},
		{"custom: in the first bucket below 0", custom(-1, 2), true, 0.125, -1, -inf, -1, first},
		{"custom: in the last bucket", custom(1, 2), false, 0.99, 2, 2, inf, capped | few},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := draw.MustNative(t, tt.h)
			n.NonNegative = tt.nonNegative
			e := n.Estimate(tt.q)
			if math.Abs(e.Value-tt.value) > 1e-12 { // exponents and logarithms round
				t.Errorf("value is %v, want %v", e.Value, tt.value)
			}
			draw.Sane(t, tt.q, e)
			if e.Lower != tt.lower && tt.lower == tt.lower || math.Abs(e.Upper-tt.upper) > 1e-12 {
				t.Errorf("interval is [%v, %v], want [%v, %v]", e.Lower, e.Upper, tt.lower, tt.upper)
			}
			if e.Flags != tt.flags {
				t.Errorf("flags are %v, want %v", e.Flags, tt.flags)
			}
		})
	}
}

func TestNewNativeRefuses(t *testing.T) {
	span := func(offset int32, length uint32) []prom.Span { return []prom.Span{{Offset: offset, Length: length}} }
	for _, tt := range []struct {
		name string
		h    *prom.FloatHistogram
		want error // nil: any
	}{
		{"nil", nil, nil},
		{"a schema below -4, which cannot be refined", &prom.FloatHistogram{Schema: -5}, prom.ErrHistogramsInvalidSchema},
		{"an unknown schema", &prom.FloatHistogram{Schema: 53}, prom.ErrHistogramsInvalidSchema},
		{"fewer buckets than spans", &prom.FloatHistogram{PositiveSpans: span(0, 2), PositiveBuckets: []float64{1}}, prom.ErrHistogramSpansBucketsMismatch},
		{"more buckets than spans", &prom.FloatHistogram{NegativeSpans: span(0, 1), NegativeBuckets: []float64{1, 2}}, prom.ErrHistogramSpansBucketsMismatch},
		{"a span that goes back", &prom.FloatHistogram{
			PositiveSpans: []prom.Span{{Length: 1}, {Offset: -1, Length: 1}}, PositiveBuckets: []float64{1, 2},
		}, prom.ErrHistogramSpanNegativeOffset},
		{"indexes beyond int32", &prom.FloatHistogram{
			PositiveSpans: []prom.Span{{Offset: math.MaxInt32, Length: 1}}, PositiveBuckets: []float64{1},
		}, prom.ErrHistogramSpansBucketsMismatch},
		{"a zero threshold of NaN, on which upstream loops for ever", &prom.FloatHistogram{ZeroThreshold: nan}, nil},
		{"a zero threshold below 0", &prom.FloatHistogram{ZeroThreshold: -1}, nil},
		{"an infinite zero threshold", &prom.FloatHistogram{ZeroThreshold: inf}, nil},
		{"exponential with custom bounds", &prom.FloatHistogram{CustomValues: []float64{1}}, prom.ErrHistogramExpSchemaCustomBounds},
		{"custom bounds that fall", &prom.FloatHistogram{Schema: -53, CustomValues: []float64{2, 1}}, prom.ErrHistogramCustomBucketsInvalid},
		{"a custom bound of NaN", &prom.FloatHistogram{Schema: -53, CustomValues: []float64{nan}}, prom.ErrHistogramCustomBucketsNaN},
		{"a custom bound of +Inf", &prom.FloatHistogram{Schema: -53, CustomValues: []float64{inf}}, prom.ErrHistogramCustomBucketsInfinite},
		{"too few custom bounds", &prom.FloatHistogram{
			Schema: -53, PositiveSpans: span(0, 2), PositiveBuckets: []float64{1, 2},
		}, prom.ErrHistogramCustomBucketsMismatch},
		{"a custom bucket below the first", &prom.FloatHistogram{
			Schema: -53, CustomValues: []float64{1}, PositiveSpans: span(-1, 1), PositiveBuckets: []float64{1},
		}, prom.ErrHistogramSpanNegativeOffset},
		{"custom with a zero bucket", &prom.FloatHistogram{Schema: -53, ZeroCount: 1}, prom.ErrHistogramCustomBucketsZeroCount},
		{"custom with a zero threshold", &prom.FloatHistogram{Schema: -53, ZeroThreshold: 1}, prom.ErrHistogramCustomBucketsZeroThresh},
		{"custom with negative spans", &prom.FloatHistogram{Schema: -53, NegativeSpans: span(0, 0)}, prom.ErrHistogramCustomBucketsNegSpans},
		{"custom with negative buckets", &prom.FloatHistogram{Schema: -53, NegativeBuckets: []float64{1}}, prom.ErrHistogramCustomBucketsNegBuckets},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n, err := histogram.NewNative(tt.h)
			if err == nil || n != nil {
				t.Fatalf("got %v, %v", n, err)
			}
			if tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("%v is not %v", err, tt.want)
			}
		})
	}
	if _, err := histogram.NewNativeInt(nil); err == nil {
		t.Error("an integer histogram of nil was taken")
	}
}

func TestNewNativeTakes(t *testing.T) {
	ints := &prom.Histogram{
		Schema: 0, Count: 7, Sum: 11, ZeroCount: 1, ZeroThreshold: 0.1,
		PositiveSpans: []prom.Span{{Offset: 1, Length: 2}}, PositiveBuckets: []int64{2, 2}, // 2 and 4
	}
	n, err := histogram.NewNativeInt(ints)
	if err != nil {
		t.Fatal(err)
	}
	if got := n.Float().PositiveBuckets; !slices.Equal(got, []float64{2, 4}) {
		t.Errorf("integer buckets became %v", got)
	}
	fine := &prom.FloatHistogram{
		Schema: 10, Count: 8, Sum: 9,
		PositiveSpans: []prom.Span{{Offset: 1, Length: 8}}, PositiveBuckets: []float64{1, 1, 1, 1, 1, 1, 1, 1},
	}
	n, err = histogram.NewNative(fine)
	if err != nil {
		t.Fatal(err)
	}
	if h := n.Float(); h.Schema != 8 || !slices.Equal(h.PositiveBuckets, []float64{4, 4}) {
		t.Errorf("schema 10 became %v", h)
	}
	if fine.Schema != 10 {
		t.Error("the caller's histogram was changed")
	}
	gap := &prom.FloatHistogram{
		Count: 2, PositiveSpans: []prom.Span{{Offset: 1, Length: 1}, {Offset: 2}, {Offset: 3, Length: 1}}, PositiveBuckets: []float64{1, 1},
	}
	n, err = histogram.NewNative(gap)
	if err != nil {
		t.Fatal(err)
	}
	if got := n.Float().PositiveSpans; !slices.Equal(got, []prom.Span{{Offset: 1, Length: 1}, {Offset: 5, Length: 1}}) {
		t.Errorf("a span without buckets became %v", got)
	}
}

func TestFlagsString(t *testing.T) {
	for _, tt := range []struct {
		name string
		f    histogram.Flags
		want string
	}{
		{"no flag", 0, "none"},
		{"one", histogram.FlagCapped, "capped"},
		{"two, in the order of their numbers", histogram.FlagLayout | histogram.FlagFew, "few,layout"},
		{"all", histogram.FlagLayout<<1 - 1, "capped,first-bucket,forced-monotonic,no-inf-bucket,empty,few,reset,nan,layout"},
	} {
		if got := tt.f.String(); got != tt.want {
			t.Errorf("%s: %d prints %q, want %q", tt.name, tt.f, got, tt.want)
		}
	}
	if strings.Contains(histogram.Flags(1<<15).String(), "capped") {
		t.Error("an unknown flag prints as another")
	}
}
