package clock

import (
	"math"
	"slices"
	"time"
)

// MedianInterval is the median of distances in milliseconds, which it sorts.
// Within 2 % of whole seconds it is rounded to them (signals/SEMANTICS.md 11).
// It is 0 when there are none.
func MedianInterval(distances []int64) time.Duration {
	n := len(distances)
	if n == 0 {
		return 0
	}
	slices.Sort(distances)
	const longest = math.MaxInt64 / int64(time.Millisecond) // names can be millennia apart, a Duration cannot
	low, high := min(distances[(n-1)/2], longest), min(distances[n/2], longest)
	median := time.Duration(low)*time.Millisecond + time.Duration(high-low)*time.Millisecond/2
	whole := median.Round(time.Second)
	if off := (median - whole).Abs(); whole > 0 && off <= whole/50 {
		return whole
	}
	return median
}
