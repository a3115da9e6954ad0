package histogram

import (
	"math"
	"strings"
)

// Estimate is a quantile and what is known about it.
//
// The true quantile of order q, 0 < q ≤ 1, is the smallest observation x such
// that at least q·n of the n observations are ≤ x, with q·n as a float64. As
// far as the counts are right it lies in [Lower, Upper], and so does Value, up
// to one ulp, unless it is NaN. For q = 0 the interval is that of the smallest
// observation.
//
// Lower and Upper are NaN when nothing was observed and for a q that is NaN or
// outside of [0, 1]; they are -Inf and +Inf when a count, a bound or the number
// of observations makes no sense. Lower is -Inf in the first bucket, and 0 when
// NonNegative is set on the histogram and the bucket's bound allows it.
type Estimate struct {
	Value        float64 // PromQL's histogram_quantile, to the bit
	Lower, Upper float64
	Flags        Flags
}

// Flags are what one should know before one trusts a number. Several may be
// set; 0 is nothing to say.
type Flags uint16

// The flags, with the word that String prints for each.
const (
	// FlagCapped, "capped": the quantile lies above the highest finite bound,
	// which is what PromQL returns however far above it is.
	FlagCapped Flags = 1 << iota
	// FlagFirstBucket, "first-bucket": it lies in the first bucket, where
	// interpolation from 0, or the bound itself if that is ≤ 0, is a guess.
	FlagFirstBucket
	// FlagForcedMonotonic, "forced-monotonic": counts fall from one bucket to
	// the next one, and PromQL raised them. The interval covers every repair.
	// In a native histogram: a bucket's count is negative.
	FlagForcedMonotonic
	// FlagNoInf, "no-inf-bucket": there is no +Inf bucket, so PromQL gives NaN.
	FlagNoInf
	// FlagEmpty, "empty": nothing was observed, so PromQL gives NaN.
	FlagEmpty
	// FlagFew, "few": with fewer than 1/(1-q) observations, or 1/q below the
	// median, the quantile is no more than the largest or smallest of them:
	// p99 needs 100. Never for q = 0 and q = 1, which ask for just these.
	FlagFew
	// FlagReset, "reset": a counter fell between the two snapshots. The
	// interval is about the observations since then; those before are lost.
	FlagReset
	// FlagNaN, "nan": a count or bound is NaN, or the sum of a native
	// histogram: NaNs, or both infinities, were observed, and the value says
	// little.
	FlagNaN
	// FlagLayout, "layout": histograms with different bounds were combined.
	FlagLayout
)

var flagNames = [...]string{
	"capped", "first-bucket", "forced-monotonic", "no-inf-bucket", "empty",
	"few", "reset", "nan", "layout",
}

// String returns the words of the flags that are set with commas between them,
// in the order of the constants, and "none" when none is.
func (f Flags) String() string {
	var words []string
	for i, name := range flagNames {
		if f&(1<<i) != 0 {
			words = append(words, name)
		}
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ",")
}

// widen makes the interval hold Value, which arithmetic can carry past a bound.
// One ulp is let pass, so that Lower and Upper remain the buckets' own bounds.
func (e *Estimate) widen() {
	if e.Value > math.Nextafter(e.Upper, math.Inf(1)) {
		e.Upper = e.Value
	}
	if e.Value < math.Nextafter(e.Lower, math.Inf(-1)) {
		e.Lower = e.Value
	}
}

// validQuantile reports whether q is a number from 0 to 1.
func validQuantile(q float64) bool { return q >= 0 && q <= 1 }

// invalidQuantile is what PromQL returns for any other q.
func invalidQuantile(q float64) float64 {
	switch {
	case q < 0:
		return math.Inf(-1)
	case q > 1:
		return math.Inf(1)
	}
	return nan
}

// few reports whether n observations are too few for q. The margin keeps
// 1 - 0.9 from asking for more than ten.
func few(q, n float64) bool {
	if q == 0 || q == 1 {
		return false
	}
	return n*min(q, 1-q) < 1-1e-9
}

// weighted is how many observations counts of a weight stand for.
func weighted(count, weight float64) float64 {
	if weight == 0 {
		return count
	}
	return count * weight
}

// rankOf returns how many of n observations the true quantile has at or below
// it: q·n, and more than none even for q = 0.
func rankOf(q, n float64) float64 {
	if q == 0 || n == 0 {
		return math.SmallestNonzeroFloat64
	}
	return max(q*n, math.SmallestNonzeroFloat64)
}
