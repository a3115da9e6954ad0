package expfmt

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/prometheus/prometheus/model/histogram"
)

// beginHistogram plans what is handed out of a histogram, as
// textparse.ParserOptions describes it, and hands out the first of it.
func (r *Reader) beginHistogram() Kind {
	p := r.pb
	h := &p.m.hist
	p.field = -2
	p.nhcb = false
	if !p.ignoreNative && h.native() {
		if p.keepClassic && len(h.buckets) > 0 {
			p.phase = protoClassic
		}
		return r.nativeHistogram()
	}
	if n := len(h.buckets); h.odd || n > 0 && h.buckets[n-1].value > h.number() {
		r.protoProblem(p.offset(p.m.data), "odd-buckets", "the counts of the buckets fall, or their bounds do not rise; Prometheus takes none behind +Inf")
	}
	p.nhcb = p.convertNHCB
	p.phase = protoClassic
	if p.nhcb && !p.keepClassic {
		p.endClassic()
	}
	return 0
}

// nativeHistogram hands out the native part of the histogram, unless it is
// one that Prometheus refuses.
func (r *Reader) nativeHistogram() Kind {
	p := r.pb
	h := &p.m.hist
	float := h.isFloat()
	for _, s := range [...]struct {
		name string
		side *side
	}{{"positive", &h.positive}, {"negative", &h.negative}} {
		n := s.side.deltas
		if float {
			n = s.side.counts
		}
		if s.side.length != uint64(n) {
			return r.badHistogram(fmt.Sprintf("its %s spans are for %d buckets, and it has %d", s.name, s.side.length, n))
		}
	}
	hint := histogram.UnknownCounterReset
	if p.typ == TypeGaugeHistogram {
		hint = histogram.GaugeType
	}
	if float {
		fh := &histogram.FloatHistogram{
			CounterResetHint: hint, Schema: h.schema, ZeroThreshold: h.threshold,
			ZeroCount: h.zeroFloat, Count: h.floats, Sum: h.sum,
		}
		fh.PositiveSpans, fh.PositiveBuckets = p.floatSide(12, h.positive)
		fh.NegativeSpans, fh.NegativeBuckets = p.floatSide(9, h.negative)
		return r.histogram(nil, fh, fh.Validate())
	}
	ih := &histogram.Histogram{
		CounterResetHint: hint, Schema: h.schema, ZeroThreshold: h.threshold,
		ZeroCount: h.zeros, Count: h.integers, Sum: h.sum,
	}
	ih.PositiveSpans, ih.PositiveBuckets = p.integerSide(12, h.positive)
	ih.NegativeSpans, ih.NegativeBuckets = p.integerSide(9, h.negative)
	return r.histogram(ih, nil, ih.Validate())
}

// histogram hands out a native histogram, or the problem why not.
func (r *Reader) histogram(h *histogram.Histogram, fh *histogram.FloatHistogram, err error) Kind {
	if err != nil {
		return r.badHistogram(err.Error())
	}
	p := r.pb
	p.key = p.appendKey(p.key[:0], p.family, p.m.labels)
	r.out = append(r.out[:0], p.m.labels...)
	r.hist = HistogramSample{
		Name: p.family, Labels: r.out, H: h, FH: fh,
		Timestamp: p.m.time, HasTimestamp: p.m.time != 0, StartTimestamp: p.start,
		Exemplars: r.histogramExemplars(),
		Series:    p.key, Type: p.typ, Line: r.line, Column: p.offset(p.m.data) + 1,
	}
	return KindHistogram
}

// badHistogram reports a histogram that is not handed out. The problem's text
// is its series, unless that is longer than texts may be.
func (r *Reader) badHistogram(why string) Kind {
	r.protoProblem(r.pb.offset(r.pb.m.data), "bad-histogram", "the native histogram was skipped: "+why)
	size := len(r.pb.family)
	for _, l := range r.pb.m.labels {
		size += len(l.Name) + len(l.Value) + len(`="",`)
	}
	if size > maxProblemText {
		return 0
	}
	if series := appendSeries(nil, &Sample{Name: r.pb.family, Labels: r.pb.m.labels}, -1); len(series) <= maxProblemText {
		r.queue[len(r.queue)-1].Text = string(series)
	}
	return 0
}

// readSpans fills the scratch with the spans of the field.
func (p *protoReader) readSpans(field int32) {
	p.spans = p.spans[:0]
	p.eachHistogram(func(w *wire) {
		if w.num == field {
			s, _ := readSpan(w.data)
			p.spans = append(p.spans, s)
		}
	})
}

// integerSide reads one side's buckets; first is the number of the field with
// the spans.
func (p *protoReader) integerSide(first int32, s side) ([]histogram.Span, []int64) {
	if s.spans == 0 || s.deltas == 0 {
		return nil, nil // spans of no buckets are what Compact removes
	}
	p.readSpans(first)
	p.deltas = p.deltas[:0]
	p.eachHistogram(func(w *wire) {
		switch {
		case w.num != first+1:
		case w.typ == wireVarint:
			p.deltas = append(p.deltas, zigzag(w.value))
		default:
			for i := 0; i < len(w.data); {
				var v uint64
				v, i = varint(w.data, i)
				p.deltas = append(p.deltas, zigzag(v))
			}
		}
	})
	return compactDeltas(p.spans, p.deltas)
}

func (p *protoReader) floatSide(first int32, s side) ([]histogram.Span, []float64) {
	if s.spans == 0 || s.counts == 0 {
		return nil, nil
	}
	p.readSpans(first)
	p.counts = p.counts[:0]
	p.eachHistogram(func(w *wire) {
		switch {
		case w.num != first+2:
		case w.typ == wireFixed64:
			p.counts = append(p.counts, math.Float64frombits(w.value))
		default:
			for i := 0; i < len(w.data); i += 8 {
				p.counts = append(p.counts, math.Float64frombits(binary.LittleEndian.Uint64(w.data[i:])))
			}
		}
	})
	return compact(p.spans, p.counts)
}

// compactDeltas is compact for buckets that are deltas.
func compactDeltas(spans []histogram.Span, deltas []int64) ([]histogram.Span, []int64) {
	for i := 1; i < len(deltas); i++ {
		deltas[i] += deltas[i-1]
	}
	outSpans, out := compact(spans, deltas)
	for i := len(out) - 1; i > 0; i-- {
		out[i] -= out[i-1]
	}
	return outSpans, out
}

// compact returns the spans and buckets without the empty ones, in memory of
// their own, as upstream's Compact(0) does, but in linear time.
func compact[T int64 | float64](spans []histogram.Span, buckets []T) ([]histogram.Span, []T) {
	var outSpans []histogram.Span
	var out []T
	for filling := range 2 {
		filling := filling == 1
		numSpans, num, i := 0, 0, 0
		gap, open := int64(0), false // since the last kept bucket; it is the one before
		for _, s := range spans {
			if s.Offset != 0 {
				gap += int64(s.Offset)
				open = false
			}
			for _, b := range buckets[i : i+int(s.Length)] {
				if b == 0 {
					gap++
					open = false
					continue
				}
				if !open {
					if filling {
						outSpans[numSpans].Offset = int32(gap)
					}
					numSpans++
				}
				if filling {
					outSpans[numSpans-1].Length++
					out[num] = b
				}
				num++
				gap, open = 0, true
			}
			i += int(s.Length)
		}
		if num == 0 {
			return nil, nil
		}
		if !filling {
			outSpans, out = make([]histogram.Span, numSpans), make([]T, num)
		}
	}
	return outSpans, out
}
