package expfmt

import (
	"fmt"
	"math"
	"slices"

	"github.com/prometheus/prometheus/model/histogram"
)

// maxCustom is how many buckets a histogram may have that is made one with
// custom buckets. Prometheus has no limit, but takes time by their square.
const maxCustom = 10_000

// customHistogram hands out the classic histogram as a native one with custom
// buckets, unless it is one that Prometheus refuses. It converts as upstream's
// util/convertnhcb does.
func (r *Reader) customHistogram() Kind {
	p := r.pb
	h := &p.m.hist
	number := h.number()
	buckets, why := customBuckets(h.buckets, number)
	if why != "" {
		return r.badHistogram(why)
	}
	hint := histogram.UnknownCounterReset
	if p.typ == TypeGaugeHistogram {
		hint = histogram.GaugeType
	}
	bounds := make([]float64, 0, len(buckets)-1)
	whole := isWhole(number, 1<<64)
	for _, b := range buckets {
		if !math.IsInf(b.bound, +1) {
			bounds = append(bounds, b.bound)
		}
		whole = whole && isWhole(b.value, 1<<63)
	}
	if len(bounds) == 0 {
		bounds = nil
	}
	spans := []histogram.Span{{Length: uint32(len(buckets))}}
	if whole {
		deltas := make([]int64, len(buckets))
		last, lastDelta := int64(0), int64(0)
		for i, b := range buckets {
			delta := int64(b.value) - last
			deltas[i] = delta - lastDelta
			last, lastDelta = int64(b.value), delta
		}
		ih := &histogram.Histogram{
			CounterResetHint: hint, Schema: histogram.CustomBucketsSchema, Count: uint64(number), Sum: h.sum,
			PositiveSpans: spans, PositiveBuckets: deltas, CustomValues: bounds,
		}
		ih.Compact(2)
		return r.histogram(ih, nil, ih.Validate())
	}
	counts := make([]float64, len(buckets))
	last := 0.0
	for i, b := range buckets {
		counts[i], last = b.value-last, b.value
	}
	fh := &histogram.FloatHistogram{
		CounterResetHint: hint, Schema: histogram.CustomBucketsSchema, Count: number, Sum: h.sum,
		PositiveSpans: spans, PositiveBuckets: counts, CustomValues: bounds,
	}
	fh.Compact(0)
	return r.histogram(nil, fh, fh.Validate())
}

// customBuckets returns buckets with rising bounds and counts, the last with
// the bound +Inf; of equal bounds the first is taken. Otherwise it returns why
// there are none.
func customBuckets(buckets []part, number float64) (out []part, why string) {
	if len(buckets) > maxCustom {
		return nil, fmt.Sprintf("it has more than %d classic buckets", maxCustom)
	}
	if !(number >= 0) {
		return nil, fmt.Sprintf("it has the count %g", number)
	}
	sorted := true
	for i, b := range buckets {
		switch {
		case math.IsNaN(b.bound):
			return nil, "a bucket has the bound NaN"
		case !(b.value >= 0):
			return nil, fmt.Sprintf("the bucket with the bound %g has the count %g", b.bound, b.value)
		}
		sorted = sorted && (i == 0 || buckets[i-1].bound < b.bound)
	}
	out = buckets
	if !sorted {
		out = slices.Clone(buckets)
		slices.SortStableFunc(out, func(a, b part) int {
			switch {
			case a.bound < b.bound:
				return -1
			case a.bound > b.bound:
				return 1
			}
			return 0
		})
		out = slices.CompactFunc(out, func(a, b part) bool { return a.bound == b.bound })
	}
	for i := 1; i < len(out); i++ {
		if out[i].value < out[i-1].value {
			return nil, fmt.Sprintf("the count of its buckets falls from %g to %g at the bound %g", out[i-1].value, out[i].value, out[i].bound)
		}
	}
	if n := len(out); n == 0 || !math.IsInf(out[n-1].bound, +1) {
		out = append(out[:n:n], part{bound: math.Inf(1), value: number})
	}
	if last := out[len(out)-1].value; last != number {
		return nil, fmt.Sprintf("its count is %g, that of its +Inf bucket %g", number, last)
	}
	return out, ""
}

// isWhole reports whether v, which is not negative, is a whole number below
// limit.
func isWhole(v, limit float64) bool { return v < limit && v == math.Trunc(v) }
