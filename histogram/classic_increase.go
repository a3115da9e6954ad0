package histogram

import "math"

// PromIncrease returns what PromQL's increase, or rate, makes of the histogram
// between the snapshot before and c, the later one: each bucket, the sum and
// the count is a series of its own.
//
//   - one of them falls: that one alone is taken to have begun anew at 0,
//     whatever the others did, and the flag reset is set
//   - the sum alone falls, which negative observations can do too: the same,
//     and unless both are NonNegative the interval covers either reason
//   - a bucket in one snapshot only is in no result, for a series needs two
//     samples, and the flag layout is set; so without +Inf in one of them
//     Quantile is NaN
//   - the sum or count is absent in one: it is absent
//   - extrapolation is of each series by itself and not beyond its own 0, so
//     buckets of one histogram can be stretched differently
//   - counts of NaN never fall, and stay NaN
//
// Buckets match by bound. To PromQL 1 and 1.0 are two series; to us they never
// are. The error is that of a Window whose times are not in order.
func (c *Classic) PromIncrease(before *Classic, w Window) (*Classic, error) {
	if err := w.check(); err != nil {
		return nil, err
	}
	reset := false
	increase := func(old, now float64) float64 {
		plain := now - old
		if now < old {
			plain += old
			reset = true
		}
		return plain * w.factor(old, plain)
	}
	pairs := c.match(before)
	buckets := make([]Bucket, len(pairs))
	for i, p := range pairs {
		buckets[i] = Bucket{p.bound, increase(p.old, p.now)}
	}
	count := increase(before.count, c.count)
	all := reset || c.NonNegative && before.NonNegative && c.sum < before.sum
	sum := increase(before.sum, c.sum)

	d := newClassic(buckets, sum, count)
	d.inherit(before, c)
	if len(pairs) != len(c.buckets) || len(pairs) != len(before.buckets) {
		d.flags |= FlagLayout
	}
	if !reset && w == (Window{}) && before.certain() && c.certain() {
		return d, nil
	}
	// The interval is about what was seen, not about what was stretched.
	d.seen = c.seen - before.seen
	d.least, d.most = subtract(pairs, before, c)
	if !reset {
		return d, nil
	}
	d.flags |= FlagReset
	d.seen = nan
	if all {
		d.seen = c.seen
	}
	least, most := c.envelope()
	for i, p := range pairs {
		d.most[i] = most[p.iNow]
		if all {
			d.least[i] = least[p.iNow]
		}
	}
	return d, nil
}

// CertainIncrease returns what is known for sure of the observations between
// the snapshot before and c, the later one. The histogram is one: its counters
// begin anew together.
//
//   - nothing falls: the difference of each bucket, the sum and the count. A
//     reset that everything has since outgrown cannot be seen in two snapshots;
//     who knows of it, from a start timestamp, takes c itself.
//   - a bucket or the count falls, or the sum and both are NonNegative: all
//     began anew in between. What is known is c as it stands: those since the
//     reset. At least so many were made; those before it are lost. The flag
//     reset is set.
//   - a bucket in one snapshot only says nothing about the difference and is
//     left out, which widens the interval; the flag layout is set. After a
//     reset all buckets of c are there.
//   - the sum or count is absent in one: it is absent, but for a reset
//   - a count of NaN: neither it nor its difference is known
func (c *Classic) CertainIncrease(before *Classic) *Classic {
	pairs := c.match(before)
	reset := c.count < before.count || c.NonNegative && before.NonNegative && c.sum < before.sum
	for _, p := range pairs {
		reset = reset || p.now < p.old
	}
	if reset {
		d := *c
		d.flags |= FlagReset
		return &d
	}
	buckets := make([]Bucket, len(pairs))
	for i, p := range pairs {
		buckets[i] = Bucket{p.bound, p.now - p.old}
	}
	d := newClassic(buckets, c.sum-before.sum, c.count-before.count)
	d.inherit(before, c)
	if len(pairs) != len(c.buckets) || len(pairs) != len(before.buckets) {
		d.flags |= FlagLayout
	}
	if !before.certain() || !c.certain() {
		d.least, d.most = subtract(pairs, before, c)
	}
	return d
}

// pair is a bucket that two snapshots have in common.
type pair struct {
	bound      float64
	old, now   float64
	iOld, iNow int // where it is
}

// match returns the buckets that both have, by bound. A bound of NaN has no
// fellow.
func (c *Classic) match(before *Classic) []pair {
	pairs := make([]pair, 0, len(c.buckets))
	for i, j := 0, 0; i < len(before.buckets) && j < len(c.buckets); {
		old, now := before.buckets[i], c.buckets[j]
		switch {
		case old.UpperBound == now.UpperBound:
			pairs = append(pairs, pair{now.UpperBound, old.Count, now.Count, i, j})
			i++
			j++
		case old.UpperBound < now.UpperBound || math.IsNaN(old.UpperBound):
			i++
		default:
			j++
		}
	}
	return pairs
}

// certain reports whether the counts are beyond doubt.
func (c *Classic) certain() bool { return !c.falls && c.least == nil && !c.open }

// inherit takes over what holds for each of the histograms that c is made of.
func (c *Classic) inherit(parts ...*Classic) {
	c.NonNegative = true
	for _, p := range parts {
		c.NonNegative = c.NonNegative && p.NonNegative
		c.flags |= p.flags
		c.open = c.open || p.open
	}
}

// subtract returns the least and the most by which each count can have risen.
func subtract(pairs []pair, before, after *Classic) (least, most []float64) {
	oldLeast, oldMost := before.envelope()
	nowLeast, nowMost := after.envelope()
	least, most = make([]float64, len(pairs)), make([]float64, len(pairs))
	for i, p := range pairs {
		least[i] = max(0, nowLeast[p.iNow]-oldMost[p.iOld])
		most[i] = nowMost[p.iNow] - oldLeast[p.iOld]
	}
	return least, most
}
