package oracle

import (
	"math"

	"github.com/prometheus/prometheus/model/histogram"
	"pgregory.net/rapid"
)

// A bucketState is what a made-up histogram series has counted so far; samples
// taken from it count on, fall, change their layout, or lose buckets.
type bucketState struct {
	schema    int32
	threshold float64
	zero      int64
	pos, neg  [6]int64
	sum       float64
}

var customBounds = [][]float64{{1, 2, 3, 4, 5}, {1, 2, 3, 4, 6}}

func (b *bucketState) draw(t *rapid.T) {
	switch rapid.IntRange(0, 11).Draw(t, "change") {
	case 0:
		*b = bucketState{schema: b.schema, threshold: b.threshold} // counter reset
	case 1:
		b.schema = rapid.SampledFrom([]int32{0, 3, histogram.CustomBucketsSchema}).Draw(t, "schema")
	case 2:
		b.threshold = rapid.SampledFrom([]float64{0, 1e-128, 0.5}).Draw(t, "threshold")
	case 3:
		i := rapid.IntRange(0, 5).Draw(t, "lost bucket")
		b.pos[i], b.neg[i] = 0, 0
	}
	for i := range b.pos {
		b.pos[i] += int64(rapid.IntRange(0, 2).Draw(t, "more"))
		if i < 2 {
			b.neg[i] += int64(rapid.IntRange(0, 1).Draw(t, "more below zero"))
		}
	}
	b.zero += int64(rapid.IntRange(0, 1).Draw(t, "more zeros"))
	b.sum = rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1.5, b.sum + 0.1, math.Inf(1), math.NaN()}).Draw(t, "sum")
}

// ints returns the state as an integer histogram. Buckets without a count are
// left out or kept, as the draw has it.
func (b *bucketState) ints(t *rapid.T) *histogram.Histogram {
	h := &histogram.Histogram{
		Schema: b.schema, Sum: b.sum,
		CounterResetHint: rapid.SampledFrom([]histogram.CounterResetHint{
			histogram.UnknownCounterReset, histogram.UnknownCounterReset, histogram.UnknownCounterReset,
			histogram.NotCounterReset, histogram.CounterReset, histogram.GaugeType, histogram.GaugeType,
		}).Draw(t, "hint"),
	}
	keepEmpty := rapid.Bool().Draw(t, "keep empty buckets")
	h.PositiveSpans, h.PositiveBuckets, h.Count = layout(b.pos[:], keepEmpty)
	if b.schema == histogram.CustomBucketsSchema {
		h.CustomValues = rapid.SampledFrom(customBounds).Draw(t, "bounds")
		return h
	}
	h.ZeroThreshold, h.ZeroCount = b.threshold, uint64(b.zero)
	var below uint64
	h.NegativeSpans, h.NegativeBuckets, below = layout(b.neg[:], keepEmpty)
	h.Count += below + h.ZeroCount
	return h
}

// floats returns it as a float histogram, which may count halves.
func (b *bucketState) floats(t *rapid.T) *histogram.FloatHistogram {
	fh := b.ints(t).ToFloat(nil)
	return fh.Mul(rapid.SampledFrom([]float64{1, 1, 1, 0.5}).Draw(t, "factor"))
}

func layout(counts []int64, keepEmpty bool) (spans []histogram.Span, deltas []int64, total uint64) {
	var before int64
	gap := int32(0)
	for _, c := range counts {
		if c == 0 && !keepEmpty {
			gap++
			continue
		}
		if len(spans) == 0 || gap > 0 {
			spans = append(spans, histogram.Span{Offset: gap})
			gap = 0
		}
		spans[len(spans)-1].Length++
		deltas = append(deltas, c-before)
		before = c
		total += uint64(c)
	}
	return spans, deltas, total
}
