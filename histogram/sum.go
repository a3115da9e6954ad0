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

	m := newMerge(bounds)
	for _, h := range hs {
		m.add(h)
	}
	buckets := make([]Bucket, len(bounds))
	for k, t := range m.totals {
		buckets[k] = Bucket{bounds[k], t.total()}
	}
	c := newClassic(buckets, sum.total(), count.total())
	c.inherit(hs...)
	c.seen = seen
	if m.layout {
		c.flags |= FlagLayout
	}
	if m.layout || !m.certain {
		c.least, c.most = m.least, m.most
	}
	return c
}

// A merge adds the buckets of histograms up, at the bounds that any of them
// has.
type merge struct {
	bounds      []float64
	totals      []kahan
	least, most []float64 // what can have been counted up to each bound
	certain     bool      // each of them was
	layout      bool      // some lack a bound
}

func newMerge(bounds []float64) *merge {
	n := len(bounds)
	return &merge{bounds: bounds, totals: make([]kahan, n), least: make([]float64, n), most: make([]float64, n), certain: true}
}

func (m *merge) add(h *Classic) {
	least, most := h.envelope()
	m.certain = m.certain && h.certain()
	i, below := 0, 0.0
	for k, bound := range m.bounds {
		for i < len(h.buckets) && math.IsNaN(h.buckets[i].UpperBound) {
			i++
		}
		if i < len(h.buckets) && h.buckets[i].UpperBound == bound {
			m.totals[k].add(h.buckets[i].Count)
			below = least[i]
			m.least[k] += below
			m.most[k] += most[i]
			i++
			continue
		}
		// Without the bound: between its neighbours.
		m.layout = true
		m.least[k] += below
		if i < len(h.buckets) {
			m.most[k] += most[i]
		} else if _, n := h.observed(); h.hasInf() || !math.IsNaN(n) {
			m.most[k] += n
		}
	}
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
