package histogram

import (
	"errors"
	"fmt"
	"math"
	"slices"

	prom "github.com/prometheus/prometheus/model/histogram"
)

// Native is one of Prometheus' own histograms, with exponential buckets of
// schema -4 to 8 or with custom ones. NewNative and NewNativeInt make one. Only
// NonNegative is to be set, and that before use.
type Native struct {
	// NonNegative says that no observation is below 0. It changes no Value. In
	// the zero bucket and in the first custom one Lower is then 0, and
	// CertainIncrease takes a falling sum for a reset.
	NonNegative bool
	// Weight is how many observations a count of 1 stands for, as Classic's.
	Weight float64

	h     *prom.FloatHistogram
	sure  *prom.FloatHistogram // what the interval goes by; nil: h
	flags Flags
}

// NewNative returns a Native around h, which must not be changed any more. The
// error says what of h would make Prometheus' own code panic or not end: spans
// that do not fit the buckets, bounds out of order or not finite, a schema or
// zero threshold out of range. Counts may be anything. A schema of 9 to 52 is
// brought down to 8, as Prometheus does when it scrapes one.
func NewNative(h *prom.FloatHistogram) (*Native, error) {
	if h == nil {
		return nil, errors.New("histogram: no native histogram")
	}
	if err := check(h); err != nil {
		return nil, fmt.Errorf("histogram: %w", err)
	}
	if h.Schema > prom.ExponentialSchemaMax || hasEmptySpan(h.PositiveSpans) || hasEmptySpan(h.NegativeSpans) {
		h = h.Copy()
		h.PositiveSpans = mergeEmptySpans(h.PositiveSpans)
		h.NegativeSpans = mergeEmptySpans(h.NegativeSpans)
	}
	if h.Schema > prom.ExponentialSchemaMax {
		if err := h.ReduceResolution(prom.ExponentialSchemaMax); err != nil {
			return nil, fmt.Errorf("histogram: %w", err)
		}
	}
	return &Native{h: h}, nil
}

// NewNativeInt is NewNative for a histogram with integer counts.
func NewNativeInt(h *prom.Histogram) (*Native, error) {
	if h == nil {
		return nil, errors.New("histogram: no native histogram")
	}
	return NewNative(h.ToFloat(nil))
}

// basis returns the counts that the interval goes by.
func (n *Native) basis() *prom.FloatHistogram {
	if n.sure != nil {
		return n.sure
	}
	return n.Float()
}

// Float returns the histogram inside, one of nothing of a zero Native. It must
// not be changed.
func (n *Native) Float() *prom.FloatHistogram {
	if n.h == nil {
		return &prom.FloatHistogram{}
	}
	return n.h
}

// Flags returns those that hold for every quantile: reset and layout.
func (n *Native) Flags() Flags { return n.flags }

// Count returns the number of observations, NaNs among them, as PromQL's
// histogram_count.
func (n *Native) Count() float64 { return n.Float().Count }

// Sum returns the sum of the observations, as PromQL's histogram_sum. It is NaN
// when a NaN, or both infinities, were observed.
func (n *Native) Sum() float64 { return n.Float().Sum }

// Mean returns Sum divided by Count, as PromQL's histogram_avg: NaN when both
// are 0.
func (n *Native) Mean() float64 { return n.Float().Sum / n.Float().Count }

// StdDev returns the standard deviation, in the unit of the observations, as
// PromQL's histogram_stddev: the root of StdVar.
func (n *Native) StdDev() float64 { return math.Sqrt(n.StdVar()) }

// StdVar returns the variance, in the observations' unit squared, as PromQL's
// histogram_stdvar. All observations of a bucket are taken to lie at the
// geometric mean of its bounds, those of the zero bucket at 0, and those of a
// custom bucket at the arithmetic mean.
//
//   - no observations: NaN
//   - one in a custom bucket without a lower or upper end: +Inf
//   - Sum is NaN or infinite: NaN, or +Inf
func (n *Native) StdVar() float64 {
	var (
		mean = n.Mean()
		acc  kahan
		w    = ascending(n.Float())
	)
	for w.next() {
		if w.count == 0 {
			continue
		}
		lower, upper := w.bounds()
		middle := 0.0
		switch {
		case n.Float().UsesCustomBuckets():
			middle = (upper + lower) / 2
		case lower <= 0 && upper >= 0:
		case upper < 0:
			middle = -math.Sqrt(upper * lower)
		default:
			middle = math.Sqrt(upper * lower)
		}
		acc.addSquare(w.count, middle-mean)
	}
	return acc.total() / n.Float().Count
}

// check returns an error for a histogram that upstream's code cannot handle.
func check(h *prom.FloatHistogram) error {
	if !prom.IsCustomBucketsSchema(h.Schema) {
		if h.Schema < prom.ExponentialSchemaMin || h.Schema > prom.ExponentialSchemaMaxReserved {
			return prom.InvalidSchemaError(h.Schema)
		}
		if !(h.ZeroThreshold >= 0) || math.IsInf(h.ZeroThreshold, 1) {
			return fmt.Errorf("the zero threshold is %v", h.ZeroThreshold)
		}
		if len(h.CustomValues) > 0 {
			return prom.ErrHistogramExpSchemaCustomBounds
		}
		if _, err := checkSpans(h.NegativeSpans, len(h.NegativeBuckets)); err != nil {
			return fmt.Errorf("negative buckets: %w", err)
		}
		if _, err := checkSpans(h.PositiveSpans, len(h.PositiveBuckets)); err != nil {
			return fmt.Errorf("positive buckets: %w", err)
		}
		return nil
	}
	switch {
	case h.ZeroThreshold != 0:
		return prom.ErrHistogramCustomBucketsZeroThresh
	case h.ZeroCount != 0:
		return prom.ErrHistogramCustomBucketsZeroCount
	case len(h.NegativeSpans) > 0:
		return prom.ErrHistogramCustomBucketsNegSpans
	case len(h.NegativeBuckets) > 0:
		return prom.ErrHistogramCustomBucketsNegBuckets
	}
	for i, bound := range h.CustomValues {
		switch {
		case math.IsNaN(bound):
			return prom.ErrHistogramCustomBucketsNaN
		case math.IsInf(bound, 1):
			return prom.ErrHistogramCustomBucketsInfinite
		case i > 0 && bound <= h.CustomValues[i-1]:
			return prom.ErrHistogramCustomBucketsInvalid
		}
	}
	end, err := checkSpans(h.PositiveSpans, len(h.PositiveBuckets))
	switch {
	case err != nil:
		return err
	case len(h.PositiveSpans) > 0 && h.PositiveSpans[0].Offset < 0:
		return prom.ErrHistogramSpanNegativeOffset
	case end > int64(len(h.CustomValues))+1:
		return prom.ErrHistogramCustomBucketsMismatch
	}
	return nil
}

// checkSpans returns the index past the last bucket.
func checkSpans(spans []prom.Span, buckets int) (end int64, err error) {
	const far = 1 << 30 // of indexes, well beyond those of any number
	total := int64(0)
	for i, s := range spans {
		if i > 0 && s.Offset < 0 {
			return 0, prom.ErrHistogramSpanNegativeOffset
		}
		end += int64(s.Offset) + int64(s.Length)
		total += int64(s.Length)
		if end < -far || end > far || total > int64(buckets) || s.Offset < -far {
			return 0, prom.ErrHistogramSpansBucketsMismatch
		}
	}
	if total != int64(buckets) {
		return 0, prom.ErrHistogramSpansBucketsMismatch
	}
	return end, nil
}

// hasEmptySpan reports whether a span has no buckets.
func hasEmptySpan(spans []prom.Span) bool {
	return slices.ContainsFunc(spans, func(s prom.Span) bool { return s.Length == 0 })
}

// mergeEmptySpans makes spans without buckets a part of the gap before the next
// one: upstream's KahanAdd panics on them. It changes spans.
func mergeEmptySpans(spans []prom.Span) []prom.Span {
	kept, gap := spans[:0], int32(0)
	for _, s := range spans {
		gap += s.Offset
		if s.Length > 0 {
			kept = append(kept, prom.Span{Offset: gap, Length: s.Length})
			gap = 0
		}
	}
	return kept
}

// sameLayout reports whether the buckets of both have the same bounds.
func sameLayout(a, b *prom.FloatHistogram) bool {
	return a.Schema == b.Schema && a.ZeroThreshold == b.ZeroThreshold && slices.Equal(a.CustomValues, b.CustomValues)
}

// incompatible names the operation that failed.
func incompatible(what string, err error) error {
	return fmt.Errorf("histogram: %s of native histograms: %w", what, err)
}
