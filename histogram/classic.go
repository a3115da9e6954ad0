package histogram

import (
	"math"
	"slices"
)

// Classic is a histogram of cumulative buckets, sorted by bound. NewClassic
// makes one; the zero value has no buckets. Only NonNegative and Weight
// are to be set, and those before use.
type Classic struct {
	// NonNegative says that no observation is below 0, as with durations and
	// sizes. It changes no Value. In the first bucket Lower is then 0 instead
	// of -Inf, and CertainIncrease takes a falling sum for a reset.
	NonNegative bool
	// Weight is how many observations one of the counts stands for, as of rates
	// those of a range: its seconds. 0 is 1. FlagFew goes by it.
	Weight float64

	buckets []Bucket  // bounds rise, equal ones are merged
	fixed   []float64 // the counts as PromQL forces them; nil: those of buckets
	falls   bool      // a count is less than one of a lower bound, if only just
	// What cumulative counts are possible for the observations, bucket by
	// bucket. nil when they are just the counts.
	least, most []float64

	sum, count float64 // NaN: absent
	seen       float64 // count, before it was extrapolated
	flags      Flags
	open       bool // nothing can be said: a count or bound is NaN
}

// NewClassic returns the histogram with these buckets, which are copied and may
// be in any order, and with its sum and count, NaN where there is none. Bounds
// are compared as numbers: 1, 1.0 and 1e0 are one.
//
//   - Counts of equal bounds are added, as PromQL does with such series.
//   - A count below that of a lower bound is kept for Fraction and differences;
//     Quantile raises it to that count. Quantile also ignores differences of
//     less than one part in 10¹².
//   - Without a +Inf bucket Quantile and Fraction are NaN, as in PromQL; an
//     Estimate still has its interval, a finite one when there is a count.
//   - A bound may be NaN or -Inf. PromQL goes on with either; so does this.
func NewClassic(buckets []Bucket, sum, count float64) *Classic {
	return newClassic(slices.Clone(buckets), sum, count)
}

// newClassic is NewClassic that keeps and changes buckets.
func newClassic(buckets []Bucket, sum, count float64) *Classic {
	c := &Classic{buckets: normalise(buckets), sum: sum, count: count, seen: count}
	if !c.hasInf() {
		c.flags |= FlagNoInf
	}
	for _, b := range c.buckets {
		if math.IsNaN(b.Count) || math.IsNaN(b.UpperBound) {
			c.flags |= FlagNaN
			c.open = true
		}
	}
	c.force()
	return c
}

// hasInf reports whether there is a +Inf bucket.
func (c *Classic) hasInf() bool {
	n := len(c.buckets)
	return n > 0 && math.IsInf(c.buckets[n-1].UpperBound, 1)
}

// Buckets returns the buckets in the order of their bounds, each bound once,
// with the counts that were given. They must not be changed.
func (c *Classic) Buckets() []Bucket { return c.buckets }

// Flags returns those that hold for every quantile: forced-monotonic,
// no-inf-bucket, reset, nan and layout.
func (c *Classic) Flags() Flags { return c.flags }

// Count returns the number of observations: the count, or what the +Inf bucket
// says if that is absent, or NaN.
func (c *Classic) Count() float64 {
	if math.IsNaN(c.count) && c.hasInf() {
		return c.buckets[len(c.buckets)-1].Count
	}
	return c.count
}

// Sum returns the sum of the observations, NaN when it is absent.
func (c *Classic) Sum() float64 { return c.sum }

// Mean returns Sum divided by Count: NaN when either is absent or both are 0.
func (c *Classic) Mean() float64 { return c.Sum() / c.Count() }

// Quantile returns the value below which the share q of the observations lies,
// in their unit. It is PromQL's histogram_quantile (BucketQuantile), which
// takes the observations of a bucket as spread evenly over it:
//
//   - q is NaN, or there are no observations: NaN
//   - q < 0: -Inf
//   - q > 1: +Inf
//   - there is no +Inf bucket, or no other: NaN
//   - it falls into the +Inf bucket: the highest finite bound
//   - it falls into the first bucket: interpolated from 0 if the bound is
//     above 0, else the bound itself
//   - q = 0 and the first bucket, with a bound above 0, is empty: NaN
//   - all counts are NaN: the highest finite bound
//
// Arithmetic can carry it past its bucket's bound by an ulp.
func (c *Classic) Quantile(q float64) float64 {
	v, _ := c.quantile(q)
	return v
}

// quantile returns the quantile and the index of its bucket, -1 if it has none.
func (c *Classic) quantile(q float64) (v float64, bucket int) {
	if !validQuantile(q) {
		return invalidQuantile(q), -1
	}
	last := len(c.buckets) - 1
	if last < 1 || !c.hasInf() {
		return nan, -1
	}
	n := c.forced(last)
	if n == 0 {
		return nan, -1
	}
	rank := q * n
	b := c.search(last, rank)
	if b == last {
		return c.buckets[last-1].UpperBound, b
	}
	var start, below float64
	end := c.buckets[b].UpperBound
	if b > 0 {
		start, below = c.buckets[b-1].UpperBound, c.forced(b-1)
	} else if end <= 0 {
		return end, b
	}
	return start + (end-start)*((rank-below)/(c.forced(b)-below)), b
}

// search returns the first bucket below last whose count reaches rank, or last.
// It halves as sort.Search does, so that counts of NaN mislead it alike.
func (c *Classic) search(last int, rank float64) int {
	low, high := 0, last
	for low < high {
		if mid := int(uint(low+high) >> 1); c.forced(mid) >= rank {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low
}

// forced returns the count of bucket i as PromQL's quantile sees it.
func (c *Classic) forced(i int) float64 {
	if c.fixed != nil {
		return c.fixed[i]
	}
	return c.buckets[i].Count
}
