package histogram_test

import (
	"errors"
	"testing"

	prom "github.com/prometheus/prometheus/model/histogram"
	"pgregory.net/rapid"

	"github.com/scrapebook/scrapebook/histogram"
	"github.com/scrapebook/scrapebook/histogram/internal/draw"
)

// drawHostile draws what a damaged or hostile source may send: nothing fits.
func drawHostile() *rapid.Generator[*prom.FloatHistogram] {
	spans := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) prom.Span {
		return prom.Span{
			Offset: rapid.OneOf(rapid.Int32Range(-3, 3), rapid.Int32Range(-1<<21, 1<<21), rapid.Int32()).Draw(t, "offset"),
			Length: rapid.OneOf(rapid.Uint32Range(0, 3), rapid.Uint32()).Draw(t, "length"),
		}
	}), 0, 3)
	counts := func(t *rapid.T, spans []prom.Span) []float64 {
		n := uint64(0)
		for _, s := range spans {
			n += uint64(s.Length)
		}
		if n > 20 || rapid.IntRange(0, 9).Draw(t, "wrong number") == 0 {
			n = rapid.Uint64Range(0, 20).Draw(t, "buckets")
		}
		return rapid.SliceOfN(draw.OddFloat(), int(n), int(n)).Draw(t, "counts")
	}
	return rapid.Custom(func(t *rapid.T) *prom.FloatHistogram {
		h := &prom.FloatHistogram{
			CounterResetHint: prom.CounterResetHint(rapid.IntRange(0, 4).Draw(t, "hint")),
			Schema:           rapid.SampledFrom([]int32{-53, -9, -5, -4, -1, 0, 3, 8, 9, 52, 53, 1 << 30}).Draw(t, "schema"),
			Count:            draw.OddFloat().Draw(t, "count"),
			Sum:              draw.OddFloat().Draw(t, "sum"),
			PositiveSpans:    spans.Draw(t, "positive"),
		}
		if h.Schema == -53 {
			h.CustomValues = rapid.OneOf(draw.Bounds(true), rapid.SliceOfN(draw.OddFloat(), 0, 4)).Draw(t, "bounds")
		} else {
			h.NegativeSpans = spans.Draw(t, "negative")
			h.ZeroThreshold = rapid.OneOf(draw.OddFloat(), rapid.SampledFrom([]float64{0, 1e-9, 1, 1e300})).Draw(t, "zero threshold")
			h.ZeroCount = draw.OddFloat().Draw(t, "zero count")
		}
		h.PositiveBuckets = counts(t, h.PositiveSpans)
		h.NegativeBuckets = counts(t, h.NegativeSpans)
		return h
	})
}

// Whatever is taken can be asked and combined without a panic, and its
// intervals are intervals. That this test ends is a part of it.
func TestHostileNatives(t *testing.T) {
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		// Most of what is drawn is refused, which is right: one of a few is
		// taken.
		var a *histogram.Native
		err := errors.New("nothing drawn")
		for range 30 {
			if a, err = histogram.NewNative(drawHostile().Draw(t, "a")); err == nil {
				break
			}
		}
		if err != nil {
			return
		}
		b, err := histogram.NewNative(rapid.OneOf(drawHostile(), draw.Native(false, true)).Draw(t, "b"))
		if err != nil {
			b = a
		}
		taken++
		all := []*histogram.Native{a, b, a.CertainIncrease(b), b.CertainIncrease(a)}
		if sum, err := histogram.SumNative(a, b, a); err == nil {
			all = append(all, sum)
		}
		if d, err := b.PromIncrease(a, histogram.Window{Start: 1, First: 2, Last: 3, End: 4}); err == nil {
			all = append(all, d)
		}
		for _, n := range all {
			n.StdDev()
			for _, q := range draw.Quantiles {
				draw.Sane(t, q, n.Estimate(q))
				n.Fraction(q-0.5, q)
			}
		}
	})
	if taken == 0 {
		t.Error("nothing was taken")
	}
}

// The same for classic histograms.
func TestHostileClassics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		take := func() *histogram.Classic {
			h := histogram.NewClassic(draw.OddBuckets().Draw(t, "buckets"), draw.OddFloat().Draw(t, "sum"), draw.OddFloat().Draw(t, "count"))
			h.NonNegative = rapid.Bool().Draw(t, "non-negative")
			return h
		}
		a, b := take(), take()
		d, err := b.PromIncrease(a, histogram.Window{Start: 1, First: 2, Last: 3, End: 4})
		if err != nil {
			t.Fatal(err)
		}
		sum := histogram.SumClassic(a, b, d)
		for _, h := range []*histogram.Classic{a, b, d, b.CertainIncrease(a), sum, sum.CertainIncrease(a)} {
			h.StdDev()
			for _, q := range draw.Quantiles {
				draw.Sane(t, q, h.Estimate(q))
				h.Fraction(q-0.5, q)
			}
		}
	})
}
