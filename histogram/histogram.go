// Package histogram does the arithmetic of one histogram as PromQL does it, and
// says beside each quantile how certain it is.
//
// Classic holds the cumulative buckets of the text format, Native wraps
// Prometheus' own histograms with exponential or custom buckets. Their numbers
// are those of Prometheus v0.316.0 (promql/quantile.go, promql/functions.go) to
// the bit, warts included. An Estimate is such a number with the interval that
// the true quantile lies in and with flags that say what to think of it.
//
// Two snapshots of one histogram have two differences: PromIncrease is what
// increase and rate make of them, CertainIncrease what is known for sure.
//
// Histograms are not changed once made and may be used by several goroutines.
package histogram

import "math"

// Bucket is one bucket of a classic histogram: how many observations were at
// most UpperBound, in all and not in this bucket alone.
type Bucket struct {
	UpperBound float64 // in the unit of the observations; +Inf in the last bucket
	Count      float64 // cumulative
}

// nan is what Prometheus calls a normal NaN.
var nan = math.NaN()
