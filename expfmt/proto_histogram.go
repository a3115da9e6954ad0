package expfmt

import (
	"github.com/prometheus/prometheus/model/histogram"
)

// histogramParts is what a Histogram message says, but of its native buckets
// only how many there are.
type histogramParts struct {
	buckets   []part
	odd       bool // the buckets' counts or bounds do not rise
	exemplars int  // of the native histogram

	integers  uint64 // sample_count
	floats    float64
	sum       float64
	schema    int32
	threshold float64
	zeros     uint64
	zeroFloat float64

	positive, negative side
}

// A side is what is said of the positive or negative buckets.
type side struct {
	spans, deltas, counts int
	length                uint64 // of all spans
}

// number is the count of observations, which a float overrides.
func (h *histogramParts) number() float64 {
	if h.floats != 0 {
		return h.floats
	}
	return float64(h.integers)
}

// native is upstream's isNativeHistogram: one without spans is classic unless
// its zero bucket has a width or a count.
func (h *histogramParts) native() bool {
	return h.positive.spans > 0 || h.negative.spans > 0 || h.threshold > 0 || h.zeros > 0
}

// isFloat is upstream's too: counts of buckets tell it even where all are 0.
func (h *histogramParts) isFloat() bool {
	return h.floats > 0 || h.zeroFloat > 0 || h.positive.counts > 0 || h.negative.counts > 0
}

// read reads a Histogram, which may go on one read before.
func (h *histogramParts) read(data []byte, start *stamp) (bad string) {
	w := wire{b: data}
	for w.next() {
		switch w.num {
		case 1:
			h.integers = w.value
			w.is(wireVarint)
		case 2:
			w.double(&h.sum)
		case 3:
			if w.is(wireBytes) {
				w.bad = h.bucket(w.data)
			}
		case 4:
			w.double(&h.floats)
		case 5:
			h.schema = zigzag32(w.value)
			w.is(wireVarint)
		case 6:
			w.double(&h.threshold)
		case 7:
			h.zeros = w.value
			w.is(wireVarint)
		case 8:
			w.double(&h.zeroFloat)
		case 9, 10, 11:
			w.bad = h.negative.count(&w, 9)
		case 12, 13, 14:
			w.bad = h.positive.count(&w, 12)
		case 15:
			if w.is(wireBytes) {
				w.bad = start.read(w.data)
			}
		case 16:
			if w.is(wireBytes) {
				h.exemplars++
				var e rawExemplar
				w.bad = e.merge(w.data)
			}
		}
		if w.bad != "" {
			return w.bad
		}
		if h.exemplars > maxParts {
			return tooManyParts
		}
	}
	return w.bad
}

// bucket reads a classic bucket.
func (h *histogramParts) bucket(data []byte) (bad string) {
	if len(h.buckets) == maxParts {
		return tooManyParts
	}
	var b part
	var integers uint64
	w := wire{b: data}
	for w.next() {
		switch w.num {
		case 1:
			integers = w.value
			w.is(wireVarint)
		case 2:
			w.double(&b.bound)
		case 3:
			if w.is(wireBytes) {
				w.bad = b.exemplar.merge(w.data)
			}
		case 4:
			w.double(&b.value)
		}
		if w.bad != "" {
			return w.bad
		}
	}
	if w.bad != "" {
		return w.bad
	}
	if b.value == 0 {
		b.value = float64(integers)
	}
	if n := len(h.buckets); n > 0 {
		last := &h.buckets[n-1]
		h.odd = h.odd || !(last.bound < b.bound) || last.value > b.value
	}
	h.buckets = append(h.buckets, b)
	return ""
}

// count counts what a field of native buckets holds; first is the number of
// the field with the spans, those with deltas and counts follow it. Nothing is
// stored yet, so nothing can claim memory that it does not send.
func (s *side) count(w *wire, first int32) (bad string) {
	switch {
	case w.num == first:
		if !w.is(wireBytes) {
			return w.bad
		}
		s.spans++
		span, bad := readSpan(w.data)
		if bad != "" {
			return bad
		}
		s.length += uint64(span.Length)
	case w.num == first+1:
		switch n := varints(w.data); {
		case w.typ == wireVarint:
			s.deltas++
		case !w.is(wireBytes):
			return w.bad
		case n < 0:
			return "packed buckets are cut"
		default:
			s.deltas += n
		}
	default:
		switch {
		case w.typ == wireFixed64:
			s.counts++
		case !w.is(wireBytes):
			return w.bad
		case len(w.data)%8 != 0:
			return "packed buckets are cut"
		default:
			s.counts += len(w.data) / 8
		}
	}
	if max(s.spans, s.deltas, s.counts) > maxParts {
		return tooManyParts
	}
	return ""
}

func readSpan(data []byte) (s histogram.Span, bad string) {
	w := wire{b: data}
	for w.next() {
		switch w.num {
		case 1:
			s.Offset = zigzag32(w.value)
			w.is(wireVarint)
		case 2:
			s.Length = uint32(w.value)
			w.is(wireVarint)
		}
		if w.bad != "" {
			break
		}
	}
	return s, w.bad
}
