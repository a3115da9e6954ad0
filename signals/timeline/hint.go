package timeline

import (
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/value"
)

// hintAfter returns the counter reset hint with which cur is handed to readers
// when prev is the sample before it in the series (empty: a float or nothing).
//
// Upstream's head cuts a new chunk wherever it cannot rule out a counter reset
// (tsdb/chunkenc, appendable of the histogram appenders) and then says
// GaugeType in chunks of gauges, NotCounterReset from a chunk's second sample
// on, and UnknownCounterReset for its first one, even when it knows of a reset
// (counterResetHint in histogram_meta.go). Without chunks we say the same but
// for the chunks that upstream cuts for size or time alone: there it says
// UnknownCounterReset and leaves the engine to find that there was no reset.
func hintAfter(prev, cur histo) histogram.CounterResetHint {
	var continues bool
	switch {
	case cur.h != nil:
		if cur.h.CounterResetHint == histogram.GaugeType {
			return histogram.GaugeType
		}
		continues = prev.h != nil && intContinues(prev.h, cur.h)
	case cur.fh != nil:
		if cur.fh.CounterResetHint == histogram.GaugeType {
			return histogram.GaugeType
		}
		continues = prev.fh != nil && floatContinues(prev.fh, cur.fh)
	}
	if continues {
		return histogram.NotCounterReset
	}
	return histogram.UnknownCounterReset
}

// intContinues reports whether cur surely counts on from prev: nothing fell,
// nothing in use vanished, and the layout allows to say so.
func intContinues(prev, cur *histogram.Histogram) bool {
	if prev.CounterResetHint == histogram.GaugeType || cur.CounterResetHint == histogram.CounterReset ||
		value.IsStaleNaN(prev.Sum) || value.IsStaleNaN(cur.Sum) {
		return false
	}
	if cur.Schema != prev.Schema || cur.ZeroThreshold != prev.ZeroThreshold ||
		cur.Count < prev.Count || cur.ZeroCount < prev.ZeroCount {
		return false
	}
	if cur.UsesCustomBuckets() && !histogram.CustomBucketBoundsMatch(cur.CustomValues, prev.CustomValues) {
		return false
	}
	return bucketsContinue(newDeltaBuckets(prev.PositiveSpans, prev.PositiveBuckets), newDeltaBuckets(cur.PositiveSpans, cur.PositiveBuckets)) &&
		bucketsContinue(newDeltaBuckets(prev.NegativeSpans, prev.NegativeBuckets), newDeltaBuckets(cur.NegativeSpans, cur.NegativeBuckets))
}

// floatContinues is intContinues for float histograms.
func floatContinues(prev, cur *histogram.FloatHistogram) bool {
	if prev.CounterResetHint == histogram.GaugeType || cur.CounterResetHint == histogram.CounterReset ||
		value.IsStaleNaN(prev.Sum) || value.IsStaleNaN(cur.Sum) {
		return false
	}
	if cur.Schema != prev.Schema || cur.ZeroThreshold != prev.ZeroThreshold ||
		cur.Count < prev.Count || cur.ZeroCount < prev.ZeroCount {
		return false
	}
	if cur.UsesCustomBuckets() && !histogram.CustomBucketBoundsMatch(cur.CustomValues, prev.CustomValues) {
		return false
	}
	return bucketsContinue(newBuckets(prev.PositiveSpans, prev.PositiveBuckets), newBuckets(cur.PositiveSpans, cur.PositiveBuckets)) &&
		bucketsContinue(newBuckets(prev.NegativeSpans, prev.NegativeBuckets), newBuckets(cur.NegativeSpans, cur.NegativeBuckets))
}

// bucketsContinue reports whether every bucket that counted in prev counts at
// least as much in cur.
func bucketsContinue[T int64 | float64](prev, cur buckets[T]) bool {
	curOK := cur.next()
	for prev.next() {
		for curOK && cur.index < prev.index {
			curOK = cur.next()
		}
		switch {
		case curOK && cur.index == prev.index:
			if prev.count > cur.count {
				return false
			}
		case prev.count != 0:
			return false
		}
	}
	return true
}

// buckets walks the buckets of one side of a histogram in rising index.
type buckets[T int64 | float64] struct {
	spans  []histogram.Span
	counts []T
	deltas bool // counts are differences to the bucket before

	left  uint32 // buckets of the current span that are still to come
	index int32  // of the current bucket
	count T      // of the current bucket, absolute
}

func newDeltaBuckets(spans []histogram.Span, counts []int64) buckets[int64] {
	return buckets[int64]{spans: spans, counts: counts, deltas: true, index: -1}
}

func newBuckets(spans []histogram.Span, counts []float64) buckets[float64] {
	return buckets[float64]{spans: spans, counts: counts, index: -1}
}

func (b *buckets[T]) next() bool {
	for b.left == 0 {
		if len(b.spans) == 0 {
			return false
		}
		b.index += b.spans[0].Offset
		b.left = b.spans[0].Length
		b.spans = b.spans[1:]
	}
	if len(b.counts) == 0 {
		return false
	}
	b.left--
	b.index++
	if b.deltas {
		b.count += b.counts[0]
	} else {
		b.count = b.counts[0]
	}
	b.counts = b.counts[1:]
	return true
}
