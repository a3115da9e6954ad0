package histogram

import "math"

// Fraction returns the share, 0 to 1, of the observations that lie between
// lower and upper. It is PromQL's histogram_fraction (BucketFraction), which
// does not care whether the ends belong to it:
//
//   - lower or upper is NaN, or there are no observations: NaN
//   - there is no +Inf bucket: NaN
//   - lower ≥ upper: 0
//   - lower is -Inf, or upper is +Inf: all that is below upper, or above lower
//   - an end in the +Inf bucket: nothing of that bucket is below it
//   - an end in the first bucket: interpolated from 0 if the bound is above 0,
//     else all of that bucket is below it
//   - falling counts are taken as they are, so it can be anything
func (c *Classic) Fraction(lower, upper float64) float64 {
	if !c.hasInf() {
		return nan
	}
	n := c.buckets[len(c.buckets)-1].Count
	if n == 0 || math.IsNaN(lower) || math.IsNaN(upper) {
		return nan
	}
	if lower >= upper {
		return 0
	}
	low, high := c.below(lower), c.below(upper)
	// Not min: a NaN count must not pass for a rank.
	if low > n {
		low = n
	}
	if high > n {
		high = n
	}
	return (high - low) / n
}

// below returns how many observations PromQL takes to lie below v.
func (c *Classic) below(v float64) float64 {
	var start, rank float64
	if c.buckets[0].UpperBound <= 0 {
		start = math.Inf(-1)
	}
	for i, b := range c.buckets {
		if i > 0 {
			start = c.buckets[i-1].UpperBound
		}
		if start >= v {
			return rank
		}
		if start < v && b.UpperBound > v {
			if math.IsInf(start, -1) {
				return b.Count
			}
			return rank + (b.Count-rank)*(v-start)/(b.UpperBound-start)
		}
		rank = b.Count
	}
	return c.buckets[len(c.buckets)-1].Count
}

// StdDev returns the standard deviation, in the unit of the observations: the
// root of StdVar.
func (c *Classic) StdDev() float64 { return math.Sqrt(c.StdVar()) }

// StdVar returns the variance, in the observations' unit squared. PromQL has
// histogram_stdvar for native histograms alone; this is what it says once a
// server has stored the buckets as custom ones
// (convert_classic_histograms_to_nhcb):
//
//   - an observation in the +Inf bucket, or in the first one: +Inf, since the
//     middle of such a bucket is infinite
//   - falling or negative counts, a NaN bound, a count that is not that of the
//     +Inf bucket: NaN, since the server refuses to convert them
//   - no sum, no observations, or neither a count nor a +Inf bucket: NaN
func (c *Classic) StdVar() float64 {
	n := c.Count()
	if len(c.buckets) == 0 || c.open || math.IsNaN(n) {
		return nan
	}
	var (
		mean  = c.sum / n
		acc   kahan
		start = math.Inf(-1)
		below float64
	)
	for _, b := range c.buckets {
		if b.Count < below {
			return nan
		}
		acc.addSquare(b.Count-below, (b.UpperBound+start)/2-mean)
		start, below = b.UpperBound, b.Count
	}
	if math.IsInf(start, 1) {
		if below != n {
			return nan
		}
	} else {
		if n < below {
			return nan
		}
		acc.addSquare(n-below, (math.Inf(1)+start)/2-mean)
	}
	return acc.total() / n
}

// kahan is a sum that carries what rounding lost, as PromQL's do
// (util/kahansum, with Neumaier's improvement).
type kahan struct{ sum, lost float64 }

func (k *kahan) add(x float64) {
	// The conversions forbid fused multiplication, as upstream's do.
	x = float64(x)
	t := float64(k.sum + x)
	switch {
	case math.IsInf(t, 0):
		k.lost = 0
	case math.Abs(k.sum) >= math.Abs(x):
		k.lost = float64(k.lost + ((k.sum - t) + x))
	default:
		k.lost = float64(k.lost + ((x - t) + k.sum))
	}
	k.sum = t
}

// addSquare adds count·delta², and nothing for an empty bucket.
func (k *kahan) addSquare(count, delta float64) {
	if count != 0 {
		k.add(count * delta * delta)
	}
}

func (k *kahan) total() float64 { return k.sum + k.lost }
