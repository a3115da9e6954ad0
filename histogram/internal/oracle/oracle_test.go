package oracle

import (
	"slices"
	"testing"

	prom "github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser/posrange"
	"pgregory.net/rapid"

	"github.com/scrapebook/scrapebook/histogram"
	"github.com/scrapebook/scrapebook/histogram/internal/draw"
)

// promBuckets is a copy, since PromQL's functions change theirs.
func promBuckets(bs []histogram.Bucket) promql.Buckets {
	var out promql.Buckets
	for _, b := range bs {
		out = append(out, promql.Bucket{UpperBound: b.UpperBound, Count: b.Count})
	}
	return out
}

// agreeClassic compares one classic histogram with PromQL's own functions, and
// its estimates with themselves.
func agreeClassic(t draw.Fataler, bs []histogram.Bucket, qs, ends []float64) {
	t.Helper()
	before := slices.Clone(bs)
	h := histogram.NewClassic(bs, nan, nan)
	for _, q := range qs {
		want, forced, _, _, _, _ := promql.BucketQuantile(q, promBuckets(bs))
		draw.Same(t, "quantile "+draw.Num(q), h.Quantile(q), want)
		e := h.Estimate(q)
		draw.Same(t, "estimate "+draw.Num(q), e.Value, want)
		draw.Sane(t, q, e)
		if forced && e.Flags&histogram.FlagForcedMonotonic == 0 {
			t.Fatalf("q=%v: PromQL forced monotonicity, flags are %v", q, e.Flags)
		}
	}
	for _, lower := range ends {
		for _, upper := range ends {
			draw.Same(t, "fraction "+draw.Num(lower)+" to "+draw.Num(upper), h.Fraction(lower, upper), promql.BucketFraction(lower, upper, promBuckets(bs)))
		}
	}
	for i, b := range bs {
		draw.Same(t, "the caller's bound", b.UpperBound, before[i].UpperBound)
		draw.Same(t, "the caller's count", b.Count, before[i].Count)
	}
}

// Bit for bit, warts included; TestClassicEstimate has the warts one by one.
func TestClassicQuantileIsPromQLs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bs := draw.OddBuckets().Draw(t, "buckets")
		qs := append(slices.Clone(draw.Quantiles), draw.Q().Draw(t, "q"))
		ends := []float64{-inf, inf, nan, 0, draw.OddFloat().Draw(t, "end"), rapid.Float64Range(-20, 20).Draw(t, "end")}
		agreeClassic(t, bs, qs, append(ends, bs[0].UpperBound, bs[len(bs)/2].UpperBound))
	})
}

// agreeNative compares one native histogram with PromQL's own functions.
func agreeNative(t draw.Fataler, h *prom.FloatHistogram, qs, ends []float64) {
	t.Helper()
	before := h.Copy()
	n := draw.MustNative(t, h)
	for _, q := range qs {
		want, _ := promql.HistogramQuantile(q, before.Copy(), "", posrange.PositionRange{})
		draw.Same(t, "quantile "+draw.Num(q), n.Quantile(q), want)
		e := n.Estimate(q)
		draw.Same(t, "estimate "+draw.Num(q), e.Value, want)
		draw.Sane(t, q, e)
	}
	for _, lower := range ends {
		for _, upper := range ends {
			want, _ := promql.HistogramFraction(lower, upper, before.Copy(), "", posrange.PositionRange{})
			draw.Same(t, "fraction "+draw.Num(lower)+" to "+draw.Num(upper), n.Fraction(lower, upper), want)
		}
	}
	if !h.Equals(before) {
		t.Fatalf("the caller's histogram was changed: %v, was %v", h, before)
	}
}

func TestNativeQuantileIsPromQLs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := draw.Native(rapid.Bool().Draw(t, "custom"), rapid.Bool().Draw(t, "odd")).Draw(t, "histogram")
		qs := append(slices.Clone(draw.Quantiles), draw.Q().Draw(t, "q"))
		ends := []float64{-inf, inf, nan, 0, 1, -0.05, draw.OddFloat().Draw(t, "end"), rapid.Float64Range(-20, 20).Draw(t, "end")}
		if len(h.CustomValues) > 0 {
			ends = append(ends, h.CustomValues[0], h.CustomValues[len(h.CustomValues)/2])
		}
		agreeNative(t, h, qs, ends)
		if h.Validate() == nil { // the timeline refuses others
			agreeMoments(t, h)
		}
	})
}

// agreeMoments compares what only the engine has.
func agreeMoments(t draw.Fataler, h *prom.FloatHistogram) {
	t.Helper()
	n := draw.MustNative(t, h)
	s := newStore(t)
	s.native(1000, h)
	for name, f := range map[string]func() float64{
		"histogram_count": n.Count, "histogram_sum": n.Sum, "histogram_avg": n.Mean,
		"histogram_stddev": n.StdDev, "histogram_stdvar": n.StdVar,
	} {
		got, v := f(), s.query(1000, "%s(x)", name)
		if len(v) == 0 && h.Sum != h.Sum { // a stale marker
			continue
		}
		if len(v) != 1 {
			t.Fatalf("%s: %d results", name, len(v))
		}
		draw.Same(t, name, got, v[0].F)
	}
}

// A classic histogram's deviation is that of the custom buckets which a server
// converts it to.
func TestClassicDeviation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bs := draw.Buckets().Draw(t, "buckets")
		if rapid.Bool().Draw(t, "nothing in the outer buckets") && len(bs) > 2 {
			first := bs[0].Count
			for i := range bs {
				bs[i].Count -= first
			}
			bs[len(bs)-1].Count = bs[len(bs)-2].Count
		}
		sum := rapid.Float64Range(-1e6, 1e6).Draw(t, "sum")
		h := &prom.FloatHistogram{
			Schema: prom.CustomBucketsSchema, Sum: sum, Count: bs[len(bs)-1].Count,
			PositiveSpans: []prom.Span{{Length: uint32(len(bs))}},
		}
		below := 0.0
		for _, b := range bs {
			h.PositiveBuckets = append(h.PositiveBuckets, b.Count-below)
			below = b.Count
			if b.UpperBound < inf {
				h.CustomValues = append(h.CustomValues, b.UpperBound)
			}
		}
		s := newStore(t)
		s.native(1000, h)
		c := histogram.NewClassic(bs, sum, h.Count)
		draw.Same(t, "stdvar", c.StdVar(), s.value(1000, "histogram_stdvar(x)"))
		draw.Same(t, "stddev", c.StdDev(), s.value(1000, "histogram_stddev(x)"))
		draw.Same(t, "avg", c.Mean(), s.value(1000, "histogram_avg(x)"))
		// Without +Inf the count makes up for it.
		draw.Same(t, "stdvar without +Inf", histogram.NewClassic(bs[:len(bs)-1], sum, h.Count).StdVar(), stdVarWithoutInf(c, bs))
	})
}

func stdVarWithoutInf(c *histogram.Classic, bs []histogram.Bucket) float64 {
	if len(bs) == 1 {
		return nan // no buckets at all
	}
	return c.StdVar()
}
