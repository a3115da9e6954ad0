package histogram

import (
	"math"
	"slices"

	prom "github.com/prometheus/prometheus/model/histogram"
)

// SumClassic returns the sum of histograms as PromQL's sum by (le) makes it:
// equal bounds are added, in the order given, and the sums and the counts too.
//
//   - none given: a histogram without buckets
//   - the sum or count is absent in one: it is absent
//   - a bound that only some have: PromQL adds those that have it, so counts
//     can fall from one bucket to the next and Quantile says little. The flag
//     layout is set, and the interval of an Estimate holds all the same.
//   - a bound of NaN is left out; the flag nan stays
//   - NonNegative if all are; flags of any of them stay
func SumClassic(hs ...*Classic) *Classic {
	var (
		bounds     []float64
		sum, count kahan
		seen       float64
	)
	for _, h := range hs {
		for _, b := range h.buckets {
			if !math.IsNaN(b.UpperBound) {
				bounds = append(bounds, b.UpperBound)
			}
		}
		sum.add(h.sum)
		count.add(h.count)
		seen += h.seen
	}
	slices.Sort(bounds)
	bounds = slices.Compact(bounds)

	var (
		totals      = make([]kahan, len(bounds))
		least, most = make([]float64, len(bounds)), make([]float64, len(bounds))
		certain     = true
		layout      = false
	)
	for _, h := range hs {
		hLeast, hMost := h.envelope()
		certain = certain && h.certain()
		i, below := 0, 0.0
		for k, bound := range bounds {
			for i < len(h.buckets) && math.IsNaN(h.buckets[i].UpperBound) {
				i++
			}
			if i < len(h.buckets) && h.buckets[i].UpperBound == bound {
				totals[k].add(h.buckets[i].Count)
				below = hLeast[i]
				least[k] += below
				most[k] += hMost[i]
				i++
				continue
			}
			// Without the bound: between its neighbours.
			layout = true
			least[k] += below
			if i < len(h.buckets) {
				most[k] += hMost[i]
			} else if _, n := h.observed(); h.hasInf() || !math.IsNaN(n) {
				most[k] += n
			}
		}
	}
	buckets := make([]Bucket, len(bounds))
	for k, t := range totals {
		buckets[k] = Bucket{bounds[k], t.total()}
	}
	c := newClassic(buckets, sum.total(), count.total())
	c.inherit(hs...)
	c.seen = seen
	if layout {
		c.flags |= FlagLayout
	}
	if layout || !certain {
		c.least, c.most = least, most
	}
	return c
}

// SumNative returns the sum of histograms as PromQL's sum makes it, which goes
// over to the coarser of different schemas and the wider of different zero
// buckets, and keeps of different custom bounds those in common; the flag
// layout is set then.
//
//   - none given: nil
//   - schemas and zero buckets both differ: PromQL v0.316.0 can add a bucket
//     twice, to the zero bucket and to a coarser one. The interval of an
//     Estimate is right all the same.
//   - exponential and custom buckets: an error that is
//     [prom.ErrHistogramsIncompatibleSchema], where PromQL warns and drops them
//   - NonNegative if all are; flags of any of them stay
func SumNative(hs ...*Native) (*Native, error) {
	if len(hs) == 0 {
		return nil, nil
	}
	var (
		sum   = &Native{NonNegative: true}
		parts = make([]*prom.FloatHistogram, len(hs))
		bases = make([]*prom.FloatHistogram, len(hs))
		// The interval needs counts of its own when some have them already, or
		// when PromQL can count a bucket twice.
		own, schemas, zeros bool
	)
	for i, h := range hs {
		sum.NonNegative = sum.NonNegative && h.NonNegative
		sum.flags |= h.flags
		if !sameLayout(hs[0].h, h.h) {
			sum.flags |= FlagLayout
		}
		own = own || h.sure != nil
		schemas = schemas || h.h.Schema != hs[0].h.Schema
		zeros = zeros || h.h.ZeroThreshold != hs[0].h.ZeroThreshold
		parts[i], bases[i] = h.h, h.basis()
	}
	var err error
	if sum.h, err = addNative(parts); err != nil || !own && !(schemas && zeros) {
		return sum, err
	}
	// Widening one zero bucket can make it pass another.
	widest := 0.0
	for again := true; again; {
		again = false
		for i, h := range bases {
			bases[i] = widen(h, widest)
			if bases[i].ZeroThreshold > widest {
				widest, again = bases[i].ZeroThreshold, true
			}
		}
	}
	sum.sure, err = addNative(bases)
	return sum, err
}

// addNative adds histograms in the order and with the care for rounding that
// PromQL's sum has.
func addNative(hs []*prom.FloatHistogram) (*prom.FloatHistogram, error) {
	total := hs[0].Copy()
	var lost *prom.FloatHistogram
	for _, h := range hs[1:] {
		var err error
		if lost, _, _, err = total.KahanAdd(h, lost); err != nil {
			return nil, incompatible("sum", err)
		}
	}
	if lost != nil {
		if _, _, _, err := total.Add(lost); err != nil {
			return nil, incompatible("sum", err)
		}
	}
	return total.Compact(0), nil
}
