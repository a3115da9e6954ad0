package histogram

import (
	"math"

	prom "github.com/prometheus/prometheus/model/histogram"
)

// rounding is how far, relatively, the count and all buckets together may
// differ and still be taken for one number.
const rounding = 1e-12

// Estimate returns Quantile(q) with the interval that holds for sure and its
// flags. Special cases beyond those of Quantile:
//
//   - q is NaN or outside of [0, 1], or nothing was observed: an interval of
//     NaN
//   - the zero bucket: from minus its threshold, or 0, to the threshold,
//     whatever PromQL takes for granted
//   - NaNs were observed: they are no part of the true quantile, and neither is
//     their number known; the interval covers every number that there can be
//   - at the edge between two buckets: the interval reaches from the lower
//     bucket, where the quantile lies, to the higher one, where PromQL finds it
//   - a count is negative or NaN: -Inf to +Inf
//   - PromIncrease: few goes by the observations that the two snapshots saw
func (n *Native) Estimate(q float64) Estimate {
	value, flags := n.quantile(q)
	e := Estimate{Value: value, Lower: nan, Upper: nan, Flags: n.flags | flags}
	if !validQuantile(q) {
		return e
	}
	h := n.basis()
	total, odd := total(h)
	if e.Flags |= odd; odd != 0 {
		e.Lower, e.Upper = math.Inf(-1), math.Inf(1)
		return e
	}
	count := h.Count
	if count == 0 {
		e.Flags |= FlagEmpty
		return e
	}
	if math.IsNaN(h.Sum) {
		e.Flags |= FlagNaN
	}
	if few(q, weighted(count, n.Weight)) {
		e.Flags |= FlagFew
	}
	least, most := total, count
	switch {
	case math.Abs(total-count) <= rounding*count:
		least = count
	case total > count:
		least, most = count, total
	}
	low, high := rankOf(q, least), rankOf(q, most)
	low = min(low, total)
	if math.Abs(total-most) <= rounding*most {
		high = min(high, total)
	}
	e.Lower, e.Upper = n.span(low, high)
	e.widen()
	return e
}

// total returns the sum of all buckets and, as flags, what is wrong with
// counts.
func total(h *prom.FloatHistogram) (total float64, odd Flags) {
	odd = oddity(h.Count) | oddity(h.ZeroCount)
	for w := ascending(h); w.next(); {
		if !(w.count >= 0) {
			odd |= oddity(w.count)
		}
		total += w.count
	}
	return total, odd
}

// oddity returns what is wrong with a count, 0 for nothing.
func oddity(count float64) Flags {
	switch {
	case count < 0:
		return FlagForcedMonotonic
	case math.IsNaN(count):
		return FlagNaN
	}
	return 0
}

// span returns the bounds of the buckets in which observations of these ranks
// can lie, and +Inf for one that is above them all.
func (n *Native) span(low, high float64) (lower, upper float64) {
	h := n.basis()
	lower = math.Inf(-1)
	count, found := 0.0, false
	for w := ascending(h); w.next(); {
		if w.count == 0 {
			continue
		}
		count += w.count
		if !found && count >= low {
			lower, _ = n.ends(&w)
			found = true
		}
		if found && count >= high {
			_, upper = n.ends(&w)
			return lower, upper
		}
	}
	return lower, math.Inf(1)
}

// ends returns the bounds between which the observations of a bucket lie.
func (n *Native) ends(w *walk) (lower, upper float64) {
	lower, upper = w.bounds()
	if lower > upper { // within the zero bucket, which upstream lets cut one end
		lower, upper = w.ownBounds()
	}
	if n.NonNegative && lower < 0 && upper >= 0 && (w.part == partZero || math.IsInf(lower, -1)) {
		lower = 0
	}
	return lower, upper
}
