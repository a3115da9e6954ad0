package histogram

import "math"

// Estimate returns Quantile(q) with the interval that holds for sure and its
// flags. Special cases beyond those of Quantile:
//
//   - q is NaN or outside of [0, 1], or nothing was observed: an interval of
//     NaN
//   - no +Inf bucket, but a count: Value is NaN, the interval is known
//   - no +Inf bucket and no count: Upper is +Inf, since any number of
//     observations may lie above
//   - falling counts: the interval covers every way of making them rise
//   - a count or bound is NaN, or the lowest count is negative: -Inf to +Inf
//   - the +Inf bucket alone: Value is NaN, -Inf (or 0) to +Inf
//   - PromIncrease: the interval is that of the observations which the two
//     snapshots saw, the extrapolated ones not among them
func (c *Classic) Estimate(q float64) Estimate {
	value, bucket := c.quantile(q)
	e := Estimate{Value: value, Lower: nan, Upper: nan, Flags: c.flags}
	if !validQuantile(q) {
		return e
	}
	last := len(c.buckets) - 1
	if bucket == 0 {
		e.Flags |= FlagFirstBucket
	}
	if bucket == last && last >= 0 {
		e.Flags |= FlagCapped
	}
	if c.open {
		e.Lower, e.Upper = math.Inf(-1), math.Inf(1)
		return e
	}
	least, most := c.observed()
	switch {
	case most == 0:
		e.Flags |= FlagEmpty
		return e
	case !math.IsInf(most, 1) && few(q, weighted(most, c.Weight)):
		e.Flags |= FlagFew
	}
	low, high := c.span(rankOf(q, least), rankOf(q, most), bucket)
	e.Lower, e.Upper = c.lower(low), math.Inf(1)
	if high <= last {
		e.Upper = c.buckets[high].UpperBound
	}
	if bucket < 0 && last >= 0 { // without a value the interval says where it is
		if low > last || math.IsInf(c.buckets[low].UpperBound, 1) {
			e.Flags |= FlagCapped
		}
		if high == 0 {
			e.Flags |= FlagFirstBucket
		}
	}
	e.widen()
	return e
}

// observed returns the least and the most number of observations that there can
// be.
func (c *Classic) observed() (least, most float64) {
	last := len(c.buckets) - 1
	if last >= 0 {
		least, most = c.possible(last)
	}
	for i := 0; i < last && !c.certain(); i++ {
		_, m := c.possible(i)
		most = max(most, m)
	}
	switch {
	case c.hasInf():
		return least, most
	case math.IsNaN(c.seen):
		return least, math.Inf(1)
	}
	return c.seen, max(most, c.seen)
}

// span returns the lowest and the highest bucket in which an observation of
// these ranks can lie, the number of buckets for above them all. bucket is
// where PromQL found it, and the answer when the counts are beyond doubt.
func (c *Classic) span(lowRank, highRank float64, bucket int) (low, high int) {
	n := len(c.buckets)
	if c.certain() && c.fixed == nil {
		if bucket < 0 || lowRank == math.SmallestNonzeroFloat64 {
			bucket = c.search(n, lowRank)
		}
		if highRank == lowRank {
			return bucket, bucket
		}
		return bucket, c.search(n, highRank)
	}
	for low < n {
		if _, most := c.possible(low); most >= lowRank {
			break
		}
		low++
	}
	for high = n; high > 0; high-- {
		if least, _ := c.possible(high - 1); !(least >= highRank) {
			break
		}
	}
	return low, high
}

// lower returns the bound below bucket i.
func (c *Classic) lower(i int) float64 {
	switch {
	case i > 0:
		return c.buckets[i-1].UpperBound
	case c.NonNegative && (len(c.buckets) == 0 || c.buckets[0].UpperBound >= 0):
		return 0
	}
	return math.Inf(-1)
}
