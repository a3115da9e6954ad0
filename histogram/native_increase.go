package histogram

import (
	prom "github.com/prometheus/prometheus/model/histogram"
)

// PromIncrease returns what PromQL's increase, or rate, makes of the histogram
// between the snapshot before and n, the later one (histogramRate): a native
// histogram begins anew as a whole.
//
//   - a populated bucket is missing, or it or the zero bucket or the count
//     falls, or the resolution rises, or the zero bucket shrinks: a reset, and
//     the result is n with the flag reset
//   - schemas or zero buckets differ otherwise: the coarser and the wider one;
//     custom bounds: those in common. The flag layout is set.
//   - schema and zero bucket both differ: PromQL v0.316.0 can subtract a bucket
//     twice, from the zero bucket and from a coarser one. The interval of an
//     Estimate is right all the same.
//   - a counter reset hint of n is believed, whatever the counts say
//   - exponential and custom buckets without a reset, which only a hint can
//     bring about: an error that is [prom.ErrHistogramsIncompatibleSchema]
//
// The other error is that of a Window whose times are not in order.
func (n *Native) PromIncrease(before *Native, w Window) (*Native, error) {
	if err := w.check(); err != nil {
		return nil, err
	}
	reset := n.Float().DetectReset(before.Float())
	h, err := subtractNative(before.Float(), n.Float(), reset)
	if err != nil {
		return nil, err
	}
	d := n.increase(before, h, reset)
	if w == (Window{}) && n.sure == nil && before.sure == nil && (reset || !misaligned(before.Float(), n.Float())) {
		return d, nil
	}
	// The interval is about what was seen, not about what was stretched.
	if d.sure, err = subtractNative(align(before.basis(), n.basis()), n.basis(), reset); err != nil {
		return nil, err
	}
	h.Mul(w.factor(before.Float().Count, h.Count))
	return d, nil
}

// CertainIncrease returns what is known for sure of the observations between
// the snapshot before and n, the later one. It is PromIncrease without
// extrapolation, but for this:
//
//   - a hint that there was no reset is not believed, since it is about another
//     snapshot than before
//   - with NonNegative on both a falling sum is a reset too
//   - after a reset all counts are those of n. Those since it are what is
//     known; those before it are lost.
//   - where PromQL subtracts a bucket twice, it is subtracted once
//
// A reset that everything has since outgrown cannot be seen in two snapshots.
func (n *Native) CertainIncrease(before *Native) *Native {
	old, now := before.basis(), n.basis()
	if now.CounterResetHint == prom.NotCounterReset {
		plain := *now
		plain.CounterResetHint = prom.UnknownCounterReset
		now = &plain
	}
	reset := now.UsesCustomBuckets() != old.UsesCustomBuckets() || now.DetectReset(old) ||
		n.NonNegative && before.NonNegative && now.Sum < old.Sum
	// It fails only without a reset, when the kinds of buckets differ.
	h, _ := subtractNative(align(old, now), now, reset)
	return n.increase(before, h, reset)
}

// increase returns the difference of two snapshots around h.
func (n *Native) increase(before *Native, h *prom.FloatHistogram, reset bool) *Native {
	d := &Native{h: h, NonNegative: n.NonNegative && before.NonNegative, flags: before.flags | n.flags}
	if reset {
		d.flags |= FlagReset
	} else if !sameLayout(before.Float(), n.Float()) {
		d.flags |= FlagLayout
	}
	return d
}

// subtractNative subtracts old from now, or an empty histogram after a reset.
func subtractNative(old, now *prom.FloatHistogram, reset bool) (*prom.FloatHistogram, error) {
	if reset {
		old = &prom.FloatHistogram{Schema: now.Schema, CustomValues: now.CustomValues}
	}
	if old.UsesCustomBuckets() != now.UsesCustomBuckets() {
		return nil, incompatible("difference", prom.ErrHistogramsIncompatibleSchema)
	}
	h, err := now.CopyToSchema(min(now.Schema, old.Schema))
	if err != nil {
		return nil, incompatible("difference", err)
	}
	if _, _, _, err := h.Sub(old); err != nil {
		return nil, incompatible("difference", err)
	}
	// As upstream: a hint of now is a reset even against nothing.
	if reset && now.DetectReset(old) {
		if _, _, _, err := h.Add(old); err != nil {
			return nil, incompatible("difference", err)
		}
	}
	h.CounterResetHint = prom.GaugeType
	return h.Compact(0), nil
}

// misaligned reports whether upstream can count a bucket twice when it combines
// the two: once in the wider zero bucket and once in a coarser bucket that
// reaches out of it.
func misaligned(a, b *prom.FloatHistogram) bool {
	return !a.UsesCustomBuckets() && !b.UsesCustomBuckets() && a.Schema != b.Schema && a.ZeroThreshold != b.ZeroThreshold
}

// align returns h with a zero bucket at least as wide as that of other, if they
// are misaligned: with equal ones nothing is counted twice.
func align(h, other *prom.FloatHistogram) *prom.FloatHistogram {
	if !misaligned(h, other) {
		return h
	}
	return widen(h, other.ZeroThreshold)
}

// widen returns h with a zero bucket that reaches to threshold, and on to the
// end of the bucket that it would cut if that is populated.
func widen(h *prom.FloatHistogram, threshold float64) *prom.FloatHistogram {
	if h.UsesCustomBuckets() || h.ZeroThreshold >= threshold {
		return h
	}
	wide := h.Copy()
	// Adding nothing with such a zero bucket does it. It cannot fail between
	// equal schemas.
	_, _, _, _ = wide.Add(&prom.FloatHistogram{Schema: h.Schema, ZeroThreshold: threshold})
	return wide
}
