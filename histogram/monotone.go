package histogram

import (
	"math"
	"slices"
)

// tolerance is the relative difference of counts that PromQL takes for rounding
// (smallDeltaTolerance of promql/quantile.go).
const tolerance = 1e-12

// normalise sorts buckets by bound and merges those with equal bounds, in
// place. Counts are added in the order that upstream's sort leaves them in.
func normalise(buckets []Bucket) []Bucket {
	rising := true
	for i := 1; i < len(buckets) && rising; i++ {
		rising = buckets[i-1].UpperBound < buckets[i].UpperBound
	}
	if rising {
		return buckets
	}
	slices.SortFunc(buckets, func(a, b Bucket) int {
		switch {
		case a.UpperBound < b.UpperBound:
			return -1
		case a.UpperBound > b.UpperBound:
			return 1
		}
		return 0 // also for NaN, which upstream does not expect
	})
	kept := buckets[:1]
	for _, b := range buckets[1:] {
		if top := &kept[len(kept)-1]; b.UpperBound == top.UpperBound {
			top.Count += b.Count
		} else {
			kept = append(kept, b)
		}
	}
	return kept
}

// force fills fixed with the counts that PromQL computes quantiles from, if
// they differ from those given: none falls, and tiny steps are levelled
// (ensureMonotonicAndIgnoreSmallDeltas of promql/quantile.go).
func (c *Classic) force() {
	if len(c.buckets) == 0 {
		return
	}
	level := c.buckets[0].Count
	if level < 0 {
		c.open = true
	}
	for i := 1; i < len(c.buckets); i++ {
		count := c.buckets[i].Count
		if count == level {
			continue
		}
		tiny := almostEqual(level, count)
		if !tiny && !(count < level) {
			level = count
			continue
		}
		c.falls = c.falls || count < level
		if !tiny {
			c.flags |= FlagForcedMonotonic
		}
		if c.fixed == nil {
			c.fixed = make([]float64, len(c.buckets))
			for j, b := range c.buckets {
				c.fixed[j] = b.Count
			}
		}
		c.fixed[i] = level
	}
}

const (
	staleNaN  = 0x7ff0000000000002
	minNormal = 0x1p-1022
)

// almostEqual reports whether two different counts are equal but for rounding
// (almost.Equal of util/almost), two NaNs among them, but for a stale marker.
func almostEqual(a, b float64) bool {
	sum, diff := math.Abs(a)+math.Abs(b), math.Abs(a-b)
	switch {
	case diff > 1e-9*sum && sum <= math.MaxFloat64 && sum >= minNormal:
		return false // the common case, without a division
	case math.IsNaN(a) && math.IsNaN(b):
		return (math.Float64bits(a) == staleNaN) == (math.Float64bits(b) == staleNaN)
	case a == b:
		return true
	case a == 0 || b == 0 || sum < minNormal:
		return diff < tolerance*minNormal
	}
	return diff/min(sum, math.MaxFloat64) < tolerance
}

// envelope returns the least and the most cumulative count of each bucket: both
// the counts themselves when nothing speaks against them, else all that some
// repair of falling counts could make of them. Both rise.
func (c *Classic) envelope() (least, most []float64) {
	n := len(c.buckets)
	least, most = make([]float64, n), make([]float64, n)
	high := math.Inf(-1)
	for i := range n {
		_, m := c.possible(i)
		high = max(high, m)
		most[i] = high
	}
	low := math.Inf(1)
	for i := n - 1; i >= 0; i-- {
		l, _ := c.possible(i)
		low = min(low, l)
		least[i] = low
	}
	return least, most
}

// possible returns the least and the most that the count of bucket i may be,
// looking at it alone.
func (c *Classic) possible(i int) (least, most float64) {
	switch {
	case c.least != nil:
		return c.least[i], c.most[i]
	case c.falls:
		a, b := c.buckets[i].Count, c.fixed[i]
		return min(a, b), max(a, b)
	}
	return c.buckets[i].Count, c.buckets[i].Count
}
