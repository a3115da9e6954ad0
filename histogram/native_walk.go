package histogram

import (
	"math"
	"sync"

	prom "github.com/prometheus/prometheus/model/histogram"
)

// walk visits the buckets of a native histogram in the order of their bounds.
// It counts without computing a bound, and without garbage, which upstream's
// iterators (model/histogram) cannot; what it visits is the same.
type walk struct {
	h           *prom.FloatHistogram
	first, last side // the first one is walked towards 0, the last one away from it
	zero        bool // the first side is done, and the zero bucket with it
	todo        int  // in the counts of the side

	part  part // the bucket it stands at
	at    int  // in the counts of its side
	count float64
}

// part is a part of a native histogram.
type part int8

const (
	partNone part = iota // before the first bucket
	partNegative
	partZero
	partPositive
)

// ascending returns a walk from the lowest bucket to the highest one.
func ascending(h *prom.FloatHistogram) walk {
	return newWalk(h, side{part: partNegative, spans: h.NegativeSpans, counts: h.NegativeBuckets},
		side{part: partPositive, spans: h.PositiveSpans, counts: h.PositiveBuckets})
}

// descending returns a walk from the highest bucket to the lowest one.
func descending(h *prom.FloatHistogram) walk {
	return newWalk(h, side{part: partPositive, spans: h.PositiveSpans, counts: h.PositiveBuckets},
		side{part: partNegative, spans: h.NegativeSpans, counts: h.NegativeBuckets})
}

func newWalk(h *prom.FloatHistogram, first, last side) walk {
	return walk{h: h, first: first, last: last, todo: len(first.counts)}
}

// next goes to the next bucket and reports whether there is one. Buckets of
// count 0 are visited too, but not such a zero bucket.
func (w *walk) next() bool {
	if !w.zero {
		if w.todo--; w.todo >= 0 {
			w.part, w.at, w.count = w.first.part, w.todo, w.first.counts[w.todo]
			return true
		}
		w.zero = true
		if w.h.ZeroCount > 0 {
			w.part, w.count = partZero, w.h.ZeroCount
			return true
		}
	}
	if w.todo++; w.todo < len(w.last.counts) {
		w.part, w.at, w.count = w.last.part, w.todo, w.last.counts[w.todo]
		return true
	}
	return false
}

// index returns the number that the schema gives to the bucket.
func (w *walk) index() int32 {
	if w.part == w.first.part {
		return w.first.index(w.at)
	}
	return w.last.index(w.at)
}

// bounds returns the bounds of the bucket, of which the zero bucket takes its
// share, and 0 and 0 before the first one.
func (w *walk) bounds() (lower, upper float64) {
	zero := w.h.ZeroThreshold
	switch w.part {
	case partZero:
		return -zero, zero
	case partPositive, partNegative:
		lower, upper = w.ownBounds()
	}
	switch {
	case lower > 0 && lower < zero:
		lower = zero
	case upper < 0 && upper > -zero:
		upper = -zero
	}
	return lower, upper
}

// ownBounds returns the bounds of a positive or negative bucket, of which the
// zero bucket takes nothing.
func (w *walk) ownBounds() (lower, upper float64) {
	i := w.index()
	near, far := w.bound(i-1), w.bound(i)
	if w.part == partNegative {
		return -far, -near
	}
	return near, far
}

// bound returns the upper bound of the bucket with this index.
func (w *walk) bound(index int32) float64 {
	if !w.h.UsesCustomBuckets() {
		return exponential(index, w.h.Schema)
	}
	switch {
	case index < 0:
		return math.Inf(-1)
	case int(index) >= len(w.h.CustomValues):
		return math.Inf(1)
	}
	return w.h.CustomValues[index]
}

// exponential returns 2^(index·2^-schema) as upstream has it, whose table is
// not what math.Exp2 gives. The bucket below the one for infinities ends with
// the largest float64.
func exponential(index, schema int32) float64 {
	frac, exp := 0.5, int(index)<<max(0, -schema)+1
	if schema > 0 {
		frac = fractions()[index&(1<<schema-1)<<(prom.ExponentialSchemaMax-schema)]
		exp = int(index)>>schema + 1
	}
	if frac == 0.5 && exp == 1025 {
		return math.MaxFloat64
	}
	return math.Ldexp(frac, exp)
}

// fractions are the bounds of schema 8 from 0.5 to below 1, read off upstream's
// iterator. Those of lower schemas are every second, fourth and so on of them.
var fractions = sync.OnceValue(func() *[1 << prom.ExponentialSchemaMax]float64 {
	var table [1 << prom.ExponentialSchemaMax]float64
	it := (&prom.FloatHistogram{
		Schema:          prom.ExponentialSchemaMax,
		PositiveSpans:   []prom.Span{{Offset: -int32(len(table)), Length: uint32(len(table))}},
		PositiveBuckets: make([]float64, len(table)),
	}).PositiveBucketIterator()
	for i := range table {
		it.Next()
		table[i] = it.At().Upper
	}
	return &table
})

// side is the positive or the negative buckets.
type side struct {
	part   part
	spans  []prom.Span
	counts []float64

	// The span of the bucket that was last asked for, so that the next one is
	// near: how many buckets are in spans before it, and in gaps too.
	span, before int
	gaps         int32
}

// index returns the number that the schema gives to the bucket whose count is
// the one at.
func (s *side) index(at int) int32 {
	for at < s.before {
		s.gaps -= s.spans[s.span].Offset
		s.span--
		s.before -= int(s.spans[s.span].Length)
	}
	for at >= s.before+int(s.spans[s.span].Length) {
		s.before += int(s.spans[s.span].Length)
		s.span++
		s.gaps += s.spans[s.span].Offset
	}
	return s.spans[0].Offset + s.gaps + int32(at)
}
