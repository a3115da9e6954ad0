package histogram_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	prom "github.com/prometheus/prometheus/model/histogram"

	"github.com/scrapebook/scrapebook/histogram"
	"github.com/scrapebook/scrapebook/histogram/internal/draw"
)

// Each row is the two kinds of difference side by side.
func TestClassicIncreases(t *testing.T) {
	const reset, layout, isNaN, noInf = histogram.FlagReset, histogram.FlagLayout, histogram.FlagNaN, histogram.FlagNoInf
	type result struct {
		buckets    []float64
		sum, count float64
		flags      histogram.Flags
	}
	snapshot := func(sum, count float64, pairs ...float64) *histogram.Classic {
		return histogram.NewClassic(bucketsOf(pairs...), sum, count)
	}
	old := snapshot(50, 40, 1, 10, 2, 30, inf, 40)
	both := func(r result) [2]result { return [2]result{r, r} }
	for _, tt := range []struct {
		name        string
		before, now *histogram.Classic
		want        [2]result // PromQL's, the certain one
	}{
		{"nothing happened", old, old, both(result{[]float64{1, 0, 2, 0, inf, 0}, 0, 0, 0})},
		{"more of all", old, snapshot(60, 47, 1, 12, 2, 35, inf, 47), both(result{[]float64{1, 2, 2, 5, inf, 7}, 10, 7, 0})},
		{"a restart: PromQL takes each bucket by itself", old, snapshot(45, 42, 1, 2, 2, 35, inf, 42), [2]result{
			{[]float64{1, 2, 2, 5, inf, 2}, 45, 2, reset | histogram.FlagForcedMonotonic},
			{[]float64{1, 2, 2, 35, inf, 42}, 45, 42, reset},
		}},
		{"a restart that everything has outgrown cannot be seen", old, snapshot(90, 50, 1, 10, 2, 31, inf, 50), both(result{
			[]float64{1, 0, 2, 1, inf, 10}, 40, 10, 0,
		})},
		{"only the count fell", old, snapshot(60, 39, 1, 12, 2, 35, inf, 47), [2]result{
			{[]float64{1, 2, 2, 5, inf, 7}, 10, 39, reset},
			{[]float64{1, 12, 2, 35, inf, 47}, 60, 39, reset},
		}},
		{"the sum fell, as negative observations make it: a reset to PromQL alone", old, snapshot(45, 47, 1, 12, 2, 35, inf, 47), [2]result{
			{[]float64{1, 2, 2, 5, inf, 7}, 45, 7, reset},
			{[]float64{1, 2, 2, 5, inf, 7}, -5, 7, 0},
		}},
		{"a bound is gone", old, snapshot(60, 47, 1, 12, inf, 47), both(result{[]float64{1, 2, inf, 7}, 10, 7, layout})},
		{"a bound is new", old, snapshot(60, 47, 1, 12, 1.5, 20, 2, 35, inf, 47), both(result{[]float64{1, 2, 2, 5, inf, 7}, 10, 7, layout})},
		{"no bound in common", old, snapshot(60, 47, 3, 12), both(result{nil, 10, 7, noInf | layout})},
		{"+Inf is gone", old, snapshot(60, 47, 1, 12, 2, 35), both(result{[]float64{1, 2, 2, 5}, 10, 7, noInf | layout})},
		{"after a restart all its bounds are known", old, snapshot(6, 4, 1, 1, 1.5, 2, 2, 3, inf, 4), [2]result{
			{[]float64{1, 1, 2, 3, inf, 4}, 6, 4, reset | layout},
			{[]float64{1, 1, 1.5, 2, 2, 3, inf, 4}, 6, 4, reset},
		}},
		{"bounds match as numbers, unsorted and by another index", old, snapshot(60, 47, inf, 47, 2e0, 35, 1.0, 12), both(result{
			[]float64{1, 2, 2, 5, inf, 7}, 10, 7, 0,
		})},
		{"the sum is absent before", snapshot(nan, 40, 1, 10, inf, 40), snapshot(60, 47, 1, 12, inf, 47), both(result{
			[]float64{1, 2, inf, 7}, nan, 7, 0,
		})},
		{"the count is absent now: +Inf says it", old, snapshot(60, nan, 1, 12, 2, 35, inf, 47), both(result{
			[]float64{1, 2, 2, 5, inf, 7}, 10, 7, 0,
		})},
		{"a NaN count never falls", snapshot(50, 40, 1, nan, inf, 40), snapshot(60, 47, 1, 12, inf, 47), both(result{
			[]float64{1, nan, inf, 7}, 10, 7, isNaN,
		})},
		{"a NaN bound has no fellow", snapshot(50, 40, nan, 1, inf, 40), snapshot(60, 47, nan, 2, inf, 47), both(result{
			[]float64{inf, 7}, 10, 7, isNaN | layout,
		})},
		{"an infinite sum", snapshot(inf, 40, 1, 10, inf, 40), snapshot(inf, 47, 1, 12, inf, 47), both(result{
			[]float64{1, 2, inf, 7}, nan, 7, 0,
		})},
		{"the first snapshot is empty", snapshot(0, 0, 1, 0, inf, 0), snapshot(6, 4, 1, 1, inf, 4), both(result{
			[]float64{1, 1, inf, 4}, 6, 4, 0,
		})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			increase, err := tt.now.PromIncrease(tt.before, histogram.Window{})
			if err != nil {
				t.Fatal(err)
			}
			for i, got := range []*histogram.Classic{increase, tt.now.CertainIncrease(tt.before)} {
				kind, want := []string{"PromIncrease", "CertainIncrease"}[i], tt.want[i]
				bs := bucketsOf(want.buckets...)
				if len(bs) != len(got.Buckets()) {
					t.Fatalf("%s: buckets %v, want %v", kind, got.Buckets(), bs)
				}
				for i, b := range got.Buckets() {
					draw.Same(t, kind+": bound", b.UpperBound, bs[i].UpperBound)
					draw.Same(t, kind+": count of "+draw.Num(b.UpperBound), b.Count, bs[i].Count)
				}
				draw.Same(t, kind+": sum", got.Sum(), want.sum)
				draw.Same(t, kind+": count", got.Count(), want.count)
				if got.Flags() != want.flags {
					t.Errorf("%s: flags are %v, want %v", kind, got.Flags(), want.flags)
				}
			}
		})
	}
}

func TestFallingSumOfWhatIsNeverNegative(t *testing.T) {
	before, now := histogram.NewClassic(bucketsOf(1, 10, inf, 10), 50, 10), histogram.NewClassic(bucketsOf(1, 20, inf, 20), 45, 20)
	before.NonNegative, now.NonNegative = true, true
	d := now.CertainIncrease(before)
	if d.Flags() != histogram.FlagReset || !d.NonNegative || d.Count() != 20 {
		t.Errorf("classic: flags %v, count %v", d.Flags(), d.Count())
	}
	a := &prom.FloatHistogram{Count: 10, Sum: 50, PositiveSpans: []prom.Span{{Length: 1}}, PositiveBuckets: []float64{10}}
	b := a.Copy()
	b.Count, b.PositiveBuckets[0], b.Sum = 20, 20, 45
	old, later := draw.MustNative(t, a), draw.MustNative(t, b)
	if d := later.CertainIncrease(old); d.Flags() != 0 || d.Count() != 10 {
		t.Errorf("native, of any sign: flags %v, count %v", d.Flags(), d.Count())
	}
	old.NonNegative, later.NonNegative = true, true
	if d := later.CertainIncrease(old); d.Flags() != histogram.FlagReset || d.Count() != 20 {
		t.Errorf("native: flags %v, count %v", d.Flags(), d.Count())
	}
}

// What an estimate says of a difference.
func TestIncreaseEstimates(t *testing.T) {
	before := histogram.NewClassic(bucketsOf(1, 10, 2, 30, 4, 30, inf, 40), nan, 40)
	for _, tt := range []struct {
		name         string
		now          []histogram.Bucket
		window       histogram.Window
		certain      bool
		q            float64
		value        float64
		lower, upper float64
		flags        histogram.Flags
	}{
		{"nothing happened", bucketsOf(1, 10, 2, 30, 4, 30, inf, 40), histogram.Window{}, true, 0.5, nan, nan, nan, histogram.FlagEmpty},
		{"ten in one bucket", bucketsOf(1, 10, 2, 40, 4, 40, inf, 50), histogram.Window{}, true, 0.5, 1.5, 1, 2, 0},
		{"few goes by what was seen, not by the rate", bucketsOf(1, 10, 2, 330, 4, 330, inf, 340),
			histogram.Window{Start: 0, First: 1, Last: 1000, End: 1000_000, PerSecond: true}, false, 0.99, 1.99, 1, 2, 0},
		{"without a bound: as wide as its neighbours", bucketsOf(1, 10, 4, 40, inf, 50), histogram.Window{}, true, 0.5, 2.5, 1, 4, histogram.FlagLayout},
		{"a reset of one bucket moves PromQL's value, the interval reaches from the true one to it", bucketsOf(1, 5, 2, 35, 4, 35, inf, 45),
			histogram.Window{}, false, 0.5, 0.5, 0.5, 2, histogram.FlagReset | histogram.FlagFirstBucket},
		{"the same, certain: since the reset", bucketsOf(1, 5, 2, 35, 4, 35, inf, 45),
			histogram.Window{}, true, 0.5, 1 + 17.5/30, 1, 2, histogram.FlagReset},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := histogram.NewClassic(tt.now, nan, nan)
			d := now.CertainIncrease(before)
			if !tt.certain {
				var err error
				if d, err = now.PromIncrease(before, tt.window); err != nil {
					t.Fatal(err)
				}
			}
			e := d.Estimate(tt.q)
			if math.Abs(e.Value-tt.value) > 1e-12 || math.IsNaN(e.Value) != math.IsNaN(tt.value) {
				t.Errorf("value is %v, want %v", e.Value, tt.value)
			}
			draw.Same(t, "lower", e.Lower, tt.lower)
			draw.Same(t, "upper", e.Upper, tt.upper)
			if e.Flags != tt.flags {
				t.Errorf("flags are %v, want %v", e.Flags, tt.flags)
			}
		})
	}
}

func TestNativeIncreases(t *testing.T) {
	const reset, layout = histogram.FlagReset, histogram.FlagLayout
	make := func(change func(*prom.FloatHistogram)) *prom.FloatHistogram {
		h := &prom.FloatHistogram{
			Schema: 1, ZeroThreshold: 0.25, ZeroCount: 1, Count: 8, Sum: 16,
			PositiveSpans: []prom.Span{{Offset: 1, Length: 3}}, PositiveBuckets: []float64{4, 0, 3},
		}
		change(h)
		return h
	}
	more := func(h *prom.FloatHistogram) { h.PositiveBuckets[1]++; h.Count++; h.Sum++ }
	old := make(func(*prom.FloatHistogram) {})
	for _, tt := range []struct {
		name            string
		now             *prom.FloatHistogram
		prom, certain   float64 // the count
		flags, certain2 histogram.Flags
	}{
		{"one more", make(more), 1, 1, 0, 0},
		{"a bucket fell", make(func(h *prom.FloatHistogram) { h.PositiveBuckets[0], h.PositiveBuckets[1] = 3, 2; h.Count = 9 }), 9, 9, reset, reset},
		{"a populated bucket is gone", make(func(h *prom.FloatHistogram) {
			h.PositiveSpans[0].Length, h.PositiveBuckets, h.Count = 2, []float64{8, 2}, 11
		}), 11, 11, reset, reset},
		{"the zero bucket fell", make(func(h *prom.FloatHistogram) { h.ZeroCount, h.PositiveBuckets[1] = 0, 2; h.Count = 9 }), 9, 9, reset, reset},
		{"the count fell", make(func(h *prom.FloatHistogram) { h.Count = 7 }), 7, 7, reset, reset},
		{"a finer schema", make(func(h *prom.FloatHistogram) { h.Schema = 2; h.Count = 90 }), 90, 90, reset, reset},
		{"a narrower zero bucket", make(func(h *prom.FloatHistogram) { more(h); h.ZeroThreshold = 0.1 }), 9, 9, reset, reset},
		{"a coarser schema", make(func(h *prom.FloatHistogram) {
			h.Schema, h.PositiveSpans[0].Length, h.PositiveBuckets, h.Count = 0, 2, []float64{5, 3}, 9
		}), 1, 1, layout, layout},
		{"a hint of a reset is believed", make(func(h *prom.FloatHistogram) { more(h); h.CounterResetHint = prom.CounterReset }), 9, 9, reset, reset},
		{"a hint of none is believed by PromQL alone", make(func(h *prom.FloatHistogram) {
			h.Count, h.CounterResetHint = 7, prom.NotCounterReset
		}), -1, 7, 0, reset},
		{"then custom buckets", &prom.FloatHistogram{
			Schema: prom.CustomBucketsSchema, CustomValues: []float64{1}, Count: 9,
			PositiveSpans: []prom.Span{{Length: 2}}, PositiveBuckets: []float64{4, 5},
		}, 9, 9, reset, reset},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before, now := draw.MustNative(t, old), draw.MustNative(t, tt.now)
			d, err := now.PromIncrease(before, histogram.Window{})
			if err != nil {
				t.Fatal(err)
			}
			if d.Count() != tt.prom || d.Flags() != tt.flags {
				t.Errorf("PromIncrease: %v observations, flags %v, want %v, %v", d.Count(), d.Flags(), tt.prom, tt.flags)
			}
			d = now.CertainIncrease(before)
			if d.Count() != tt.certain || d.Flags() != tt.certain2 {
				t.Errorf("CertainIncrease: %v observations, flags %v, want %v, %v", d.Count(), d.Flags(), tt.certain, tt.certain2)
			}
		})
	}

	t.Run("kinds differ and a hint says no reset", func(t *testing.T) {
		custom := &prom.FloatHistogram{Schema: prom.CustomBucketsSchema, Count: 9, CounterResetHint: prom.NotCounterReset}
		if _, err := draw.MustNative(t, custom).PromIncrease(draw.MustNative(t, old), histogram.Window{}); !errors.Is(err, prom.ErrHistogramsIncompatibleSchema) {
			t.Errorf("got %v", err)
		}
		if d := draw.MustNative(t, custom).CertainIncrease(draw.MustNative(t, old)); d.Count() != 9 || d.Flags() != reset {
			t.Errorf("certain: %v", d.Float())
		}
	})

	t.Run("after a hint of a reset PromQL adds nothing to nothing, so -0 is 0", func(t *testing.T) {
		now := &prom.FloatHistogram{Count: 1, ZeroCount: 1, Sum: math.Copysign(0, -1), CounterResetHint: prom.CounterReset}
		d, err := draw.MustNative(t, now).PromIncrease(draw.MustNative(t, old), histogram.Window{})
		if err != nil {
			t.Fatal(err)
		}
		draw.Same(t, "sum", d.Sum(), 0)
	})

	// PromQL subtracts (1,2] from the zero bucket, which now holds it, and
	// again from (1,4], which has nothing of it.
	t.Run("a coarser schema and a wider zero bucket", func(t *testing.T) {
		before := &prom.FloatHistogram{Count: 1, PositiveSpans: []prom.Span{{Offset: 1, Length: 1}}, PositiveBuckets: []float64{1}}
		now := &prom.FloatHistogram{
			Schema: -1, ZeroThreshold: 2, ZeroCount: 1, Count: 3,
			PositiveSpans: []prom.Span{{Offset: 1, Length: 2}}, PositiveBuckets: []float64{1, 1},
		}
		d, err := draw.MustNative(t, now).PromIncrease(draw.MustNative(t, before), histogram.Window{})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(d.Float().PositiveBuckets, []float64{1}) {
			t.Errorf("PromQL's: %v", d.Float())
		}
		certain := draw.MustNative(t, now).CertainIncrease(draw.MustNative(t, before))
		if !slices.Equal(certain.Float().PositiveBuckets, []float64{1, 1}) {
			t.Errorf("the certain one: %v", certain.Float())
		}
		draw.Holds(t, 0.5, 3, certain.Estimate(0.5))
		draw.Holds(t, 0.5, 3, d.Estimate(0.5))
	})
}

func TestWindowRefuses(t *testing.T) {
	c, n := classic(1, 1, inf, 1), draw.MustNative(t, &prom.FloatHistogram{})
	for _, tt := range []struct {
		name string
		w    histogram.Window
		ok   bool
	}{
		{"zero: the plain difference", histogram.Window{}, true},
		{"in order", histogram.Window{Start: 1, First: 2, Last: 3, End: 3}, true},
		{"the first snapshot at the start, which is outside", histogram.Window{Start: 2, First: 2, Last: 3, End: 3}, false},
		{"the last snapshot after the end", histogram.Window{Start: 1, First: 2, Last: 4, End: 3}, false},
		{"snapshots of one time", histogram.Window{Start: 1, First: 2, Last: 2, End: 3}, false},
		{"snapshots the wrong way round", histogram.Window{Start: 1, First: 3, Last: 2, End: 3}, false},
		{"no times, but a rate", histogram.Window{PerSecond: true}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := c.PromIncrease(c, tt.w); (err == nil) != tt.ok {
				t.Errorf("classic: %v", err)
			}
			if _, err := n.PromIncrease(n, tt.w); (err == nil) != tt.ok {
				t.Errorf("native: %v", err)
			}
		})
	}
}

func TestSums(t *testing.T) {
	if s := histogram.SumClassic(); len(s.Buckets()) != 0 || !math.IsNaN(s.Quantile(0.5)) {
		t.Errorf("nothing sums to %v", s.Buckets())
	}
	if s, err := histogram.SumNative(); s != nil || err != nil {
		t.Errorf("nothing sums to %v, %v", s, err)
	}
	a := histogram.NewClassic(bucketsOf(1, 10, 4, 20, inf, 20), 15, 20)
	b := histogram.NewClassic(bucketsOf(2, 10, 4, 20, inf, 20), nan, 20)
	b.NonNegative = true
	s := histogram.SumClassic(a, b)
	if want := bucketsOf(1, 10, 2, 10, 4, 40, inf, 40); !slices.Equal(s.Buckets(), want) {
		t.Errorf("buckets %v, want %v", s.Buckets(), want)
	}
	draw.Same(t, "the sum that one lacks", s.Sum(), nan)
	draw.Same(t, "count", s.Count(), 40)
	if s.NonNegative || s.Flags() != histogram.FlagLayout {
		t.Errorf("non-negative %v, flags %v", s.NonNegative, s.Flags())
	}
	// At 1 between 10 and 20 are below, at 2 between 20 and 30.
	if e := s.Estimate(0.6); e.Lower != 1 || e.Upper != 4 {
		t.Errorf("the interval between layouts is %+v", e)
	}
	odd := histogram.SumClassic(a, classic(nan, 7, 1, 10, inf, 20))
	if want := bucketsOf(1, 20, 4, 20, inf, 40); !slices.Equal(odd.Buckets(), want) || odd.Flags() != histogram.FlagNaN|histogram.FlagLayout {
		t.Errorf("with a bound of NaN: %v, flags %v", odd.Buckets(), odd.Flags())
	}
	// 300 observations in 1000 s are enough for a p99, at 0.3 a second too.
	many := draw.MustNative(t, &prom.FloatHistogram{Count: 300, PositiveSpans: []prom.Span{{Length: 1}}, PositiveBuckets: []float64{300}})
	rate, err := many.PromIncrease(draw.MustNative(t, &prom.FloatHistogram{}), histogram.Window{First: 1, Last: 999_999, End: 1_000_000, PerSecond: true})
	if err != nil {
		t.Fatal(err)
	}
	rates, err := histogram.SumNative(rate, rate)
	if err != nil {
		t.Fatal(err)
	}
	if e := rates.Estimate(0.99); rates.Count() > 1 || e.Flags != 0 {
		t.Errorf("the sum of rates has %v observations and p99 %+v", rates.Count(), e)
	}
	// 1.5, 1.5, 2.5 and 4.5, of which PromQL adds the first one to the zero
	// bucket and to (1,4].
	twice, err := histogram.SumNative(
		draw.MustNative(t, &prom.FloatHistogram{
			Schema: -1, ZeroThreshold: 2, ZeroCount: 1, Count: 3,
			PositiveSpans: []prom.Span{{Offset: 1, Length: 2}}, PositiveBuckets: []float64{1, 1},
		}),
		draw.MustNative(t, &prom.FloatHistogram{Count: 1, PositiveSpans: []prom.Span{{Offset: 1, Length: 1}}, PositiveBuckets: []float64{1}}))
	if err != nil {
		t.Fatal(err)
	}
	if e := twice.Estimate(1); !slices.Equal(twice.Float().PositiveBuckets, []float64{2, 1}) || e.Lower != 4 || e.Upper != 16 {
		t.Errorf("a bucket counted twice: %v, p100 %+v", twice.Float(), e)
	}
	custom := draw.MustNative(t, &prom.FloatHistogram{Schema: prom.CustomBucketsSchema})
	if _, err := histogram.SumNative(custom, draw.MustNative(t, &prom.FloatHistogram{})); !errors.Is(err, prom.ErrHistogramsIncompatibleSchema) {
		t.Errorf("custom and exponential: %v", err)
	}
}
