package histogram

import "math"

// Quantile returns the value below which the share q of the observations lies,
// in their unit. It is PromQL's histogram_quantile (HistogramQuantile), which
// takes the observations of an exponential bucket as spread evenly over its
// logarithm, and those of the zero bucket and of custom ones over their width:
//
//   - q is NaN, or there are no observations: NaN
//   - q < 0: -Inf
//   - q > 1: +Inf
//   - it falls into the zero bucket: from 0 if there are positive buckets and
//     no negative ones, up to 0 if it is the other way round
//   - it falls into the last custom bucket: its lower bound
//   - it falls into the first custom bucket: from 0 if the bound is above 0,
//     else the bound itself
//   - Sum is NaN, for NaNs or both infinities were observed: NaNs count as
//     +Inf, and it is NaN among them
//   - the count is above that of all buckets: the upper bound of the last one
//
// For q ≥ 0.5 PromQL counts from above. At the edge between two buckets it so
// finds the lower end of the higher bucket, however far that is.
func (n *Native) Quantile(q float64) float64 {
	v, _ := n.quantile(q)
	return v
}

// quantile returns the quantile with capped or first-bucket, where one applies.
func (n *Native) quantile(q float64) (float64, Flags) {
	h := n.Float()
	switch {
	case !validQuantile(q):
		return invalidQuantile(q), 0
	case h.Count == 0:
		return nan, 0
	}
	var (
		upwards = q < 0.5 || math.IsNaN(h.Sum)
		rank    = q * h.Count
		w       = ascending(h)
		count   float64
	)
	if !upwards {
		rank, w = (1-q)*h.Count, descending(h)
	}
	for w.next() {
		if w.count == 0 {
			continue
		}
		count += w.count
		if count >= rank {
			break
		}
	}
	lower, upper := w.bounds()
	var flags Flags
	if math.IsInf(upper, 1) {
		flags = FlagCapped
	}
	switch {
	case h.UsesCustomBuckets():
		if math.IsInf(lower, -1) {
			flags |= FlagFirstBucket
			if upper <= 0 {
				return upper, flags
			}
			lower = 0
		} else if math.IsInf(upper, 1) {
			return lower, flags
		}
	case lower < 0 && upper > 0:
		lower, upper = n.zeroEnds(lower, upper)
	}
	if count > h.Count {
		count = h.Count
	}
	if count < rank {
		if math.IsNaN(h.Sum) {
			return nan, flags
		}
		return upper, flags
	}
	// How far into the bucket.
	if upwards {
		rank -= count - w.count
	} else {
		rank = count - rank
	}
	share := rank / w.count
	if h.UsesCustomBuckets() || lower <= 0 && upper >= 0 {
		return lower + (upper-lower)*share, flags
	}
	low, high := math.Log2(math.Abs(lower)), math.Log2(math.Abs(upper))
	if lower > 0 {
		return math.Exp2(low + (high-low)*share), flags
	}
	return -math.Exp2(high + (low-high)*(1-share)), flags
}

// zeroEnds returns the bounds that PromQL takes the zero bucket to have.
func (n *Native) zeroEnds(lower, upper float64) (float64, float64) {
	negative, positive := len(n.Float().NegativeBuckets) > 0, len(n.Float().PositiveBuckets) > 0
	switch {
	case positive && !negative:
		return 0, upper
	case negative && !positive:
		return lower, 0
	}
	return lower, upper
}

// Fraction returns the share, 0 to 1, of the observations that lie between
// lower and upper. It is PromQL's histogram_fraction (HistogramFraction), which
// interpolates as Quantile does:
//
//   - lower or upper is NaN, or there are no observations: NaN
//   - lower ≥ upper: 0
//   - lower is -Inf, or upper is +Inf: all that is below upper, or above lower
//   - NaNs were observed: they lie nowhere, and from -Inf to +Inf is less than
//     1
//   - an end in the last custom bucket: nothing of that bucket is below it
//   - an end in the first custom bucket: interpolated from 0 when its bound is
//     above 0, else all of that bucket is below it
func (n *Native) Fraction(lower, upper float64) float64 {
	h := n.Float()
	if h.Count == 0 || math.IsNaN(lower) || math.IsNaN(upper) {
		return nan
	}
	if lower >= upper {
		return 0
	}
	count := h.Count
	if math.IsNaN(h.Sum) {
		count = 0
		for w := ascending(h); w.next(); {
			count += w.count
		}
	}
	low, found := n.below(lower)
	if !found || low > count {
		low = count
	}
	high, found := n.below(upper)
	if !found || high > count {
		high = count
	}
	return (high - low) / h.Count
}

// below returns how many observations PromQL takes to lie below v, and false
// when all buckets do.
func (n *Native) below(v float64) (rank float64, found bool) {
	for w := ascending(n.Float()); w.next(); {
		lower, upper := w.bounds()
		zero := !n.h.UsesCustomBuckets() && lower <= 0 && upper >= 0
		switch {
		case zero:
			lower, upper = n.zeroEnds(lower, upper)
		case math.IsInf(lower, -1) && upper > 0:
			lower = 0
		}
		switch {
		case lower >= v:
			return rank, true
		case !(upper > v):
		case !zero && !n.Float().UsesCustomBuckets():
			low, high := math.Log2(math.Abs(lower)), math.Log2(math.Abs(upper))
			at := math.Log2(math.Abs(v))
			if v > 0 {
				return rank + w.count*((at-low)/(high-low)), true
			}
			return rank + w.count*(1-(at-high)/(low-high)), true
		case math.IsInf(lower, -1):
			return w.count, true
		default:
			return rank + w.count*((v-lower)/(upper-lower)), true
		}
		rank += w.count
	}
	return rank, false
}
