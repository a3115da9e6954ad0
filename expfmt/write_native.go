package expfmt

import (
	"encoding/binary"
	"math"

	"github.com/prometheus/prometheus/model/histogram"
)

// appendNative appends the fields of a native histogram. What a classic one
// beside it has said already, count and sum, is left out.
func appendNative(b []byte, h *HistogramSample, said bool) []byte {
	if h.H != nil {
		if !said {
			b = appendDouble(appendUint(b, 1, h.H.Count), 2, h.H.Sum)
		}
		b = appendScale(b, h.H.Schema, h.H.ZeroThreshold)
		b = appendUint(b, 7, h.H.ZeroCount)
		b = appendDeltas(appendSpans(b, 9, h.H.NegativeSpans), 10, h.H.NegativeBuckets)
		b = appendDeltas(appendSpans(b, 12, h.H.PositiveSpans), 13, h.H.PositiveBuckets)
		b = appendMark(b, len(h.H.NegativeSpans)+len(h.H.PositiveSpans), h.H.ZeroThreshold)
	} else {
		if !said {
			b = appendDouble(appendDouble(b, 4, h.FH.Count), 2, h.FH.Sum)
		}
		b = appendScale(b, h.FH.Schema, h.FH.ZeroThreshold)
		b = appendDouble(b, 8, h.FH.ZeroCount)
		b = appendCounts(appendSpans(b, 9, h.FH.NegativeSpans), 11, h.FH.NegativeBuckets)
		b = appendCounts(appendSpans(b, 12, h.FH.PositiveSpans), 14, h.FH.PositiveBuckets)
		b = appendMark(b, len(h.FH.NegativeSpans)+len(h.FH.PositiveSpans), h.FH.ZeroThreshold)
	}
	for i := range h.Exemplars {
		b = appendExemplar(b, 16, &h.Exemplars[i])
	}
	return b
}

func appendScale(b []byte, schema int32, threshold float64) []byte {
	return appendDouble(appendUint(b, 5, zag(int64(schema))), 6, threshold)
}

// appendMark appends the empty span by which client_golang marks a native
// histogram that nothing else tells from a classic one.
func appendMark(b []byte, spans int, threshold float64) []byte {
	if spans > 0 || threshold > 0 {
		return b
	}
	return appendSpans(b, 12, []histogram.Span{{}})
}

func appendSpans(b []byte, field int, spans []histogram.Span) []byte {
	for _, s := range spans {
		var span int
		b, span = beginMessage(b, field)
		b = appendUint(b, 1, zag(int64(s.Offset)))
		b = endLength(appendUint(b, 2, uint64(s.Length)), span)
	}
	return b
}

func appendDeltas(b []byte, field int, deltas []int64) []byte {
	if len(deltas) == 0 {
		return b
	}
	b, packed := beginMessage(b, field)
	for _, d := range deltas {
		b = binary.AppendUvarint(b, zag(d))
	}
	return endLength(b, packed)
}

func appendCounts(b []byte, field int, counts []float64) []byte {
	if len(counts) == 0 {
		return b
	}
	b, packed := beginMessage(b, field)
	for _, v := range counts {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return endLength(b, packed)
}

// zag is what zigzag reads.
func zag(v int64) uint64 { return uint64(v)<<1 ^ uint64(v>>63) }
