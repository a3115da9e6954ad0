package expfmt

import (
	"cmp"
	"encoding/binary"
	"math"
)

// appendProto appends a MetricFamily after its length.
func appendProto(b []byte, f *Family) []byte {
	begin := len(b)
	b = appendString(b, 1, f.Name)
	if f.Help != "" {
		b = appendString(b, 2, f.Help)
	}
	typ := 0
	for protoTypes[typ] != f.Type {
		typ++
	}
	b = appendUint(b, 3, uint64(typ))
	for point, h := range f.metrics {
		b = appendMetric(b, f, point, h)
	}
	if f.Unit != "" {
		b = appendString(b, 5, f.Unit)
	}
	return endLength(b, begin)
}

// metrics goes over what are the Metrics of a sorted family: the samples of a
// point, or one of those that are a metric each, a native histogram, or both.
func (f *Family) metrics(yield func(point []entry, h *HistogramSample) bool) {
	entries := f.entries()
	next := 0
	for from, to := 0, 0; from < len(entries) || next < len(f.Histograms); from = to {
		order := +1
		if from < len(entries) {
			order = -1
			if next < len(f.Histograms) {
				order = entries[from].compareNative(&f.Histograms[next])
			}
		}
		var h *HistogramSample
		if order >= 0 {
			h = &f.Histograms[next]
			next++
		}
		switch to = from; {
		case order > 0:
		case f.Type == TypeSummary || f.Type == TypeHistogram || f.Type == TypeGaugeHistogram:
			to = endOfPoint(entries, from)
		default:
			to++
		}
		if !yield(entries[from:to], h) {
			return
		}
	}
}

func (p *entry) compareNative(h *HistogramSample) int {
	return cmp.Or(compareLabels(p.sample.Labels, h.Labels, p.at, -1),
		compareTimes(p.sample.HasTimestamp, h.HasTimestamp, p.sample.Timestamp, h.Timestamp))
}

// appendMetric appends the Metric of a point, which is empty for a native
// histogram alone.
func appendMetric(b []byte, f *Family, point []entry, h *HistogramSample) []byte {
	b, metric := beginMessage(b, 4)
	var s Sample
	if len(point) > 0 {
		s = point[0].withoutBound()
	} else {
		s = Sample{Labels: h.Labels, Timestamp: h.Timestamp, HasTimestamp: h.HasTimestamp, StartTimestamp: h.StartTimestamp}
	}
	for _, l := range s.Labels {
		var pair int
		b, pair = beginMessage(b, 1)
		b = appendString(b, 1, l.Name)
		b = endLength(appendString(b, 2, l.Value), pair)
	}
	var data int
	switch f.Type {
	case TypeGauge:
		b, data = beginMessage(b, 2)
		b = appendDouble(b, 1, s.Value)
	case TypeCounter:
		b, data = beginMessage(b, 3)
		b = appendDouble(b, 1, s.Value)
		b = appendExemplar(b, 2, s.Exemplar)
		b = appendStart(b, 3, s.StartTimestamp)
	case TypeSummary:
		b, data = beginMessage(b, 4)
		b = appendSummary(b, point)
		b = appendStart(b, 4, s.StartTimestamp)
	case TypeUnknown:
		b, data = beginMessage(b, 5)
		b = appendDouble(b, 1, s.Value)
	default:
		b, data = beginMessage(b, 7)
		b = appendClassic(b, point, h != nil && h.FH != nil)
		if h != nil {
			b = appendNative(b, h, len(point) > 0)
		}
		b = appendStart(b, 15, s.StartTimestamp)
	}
	b = endLength(b, data)
	if s.HasTimestamp {
		b = appendUint(b, 6, uint64(s.Timestamp))
	}
	return endLength(b, metric)
}

func appendSummary(b []byte, point []entry) []byte {
	for _, p := range point {
		switch v := p.sample.Value; p.role {
		case roleCount:
			b = appendUint(b, 1, uint64(v))
		case roleSum:
			b = appendDouble(b, 2, v)
		default:
			var part int
			b, part = beginMessage(b, 3)
			b = appendDouble(b, 1, p.bound)
			b = endLength(appendDouble(b, 2, v), part)
		}
	}
	return b
}

// appendClassic leaves out a bucket +Inf that says what the count says, which
// is a float beside a native histogram that has such.
func appendClassic(b []byte, point []entry, float bool) []byte {
	count := 0.0
	for _, p := range point {
		switch v := p.sample.Value; p.role {
		case roleCount:
			count = v
			if float {
				b = appendDouble(b, 4, v)
			} else {
				b = appendCount(b, 1, 4, v)
			}
		case roleSum:
			b = appendDouble(b, 2, v)
		}
	}
	for _, p := range point {
		s := p.sample
		if p.role != roleBucket || math.IsInf(p.bound, +1) && s.Exemplar == nil && math.Float64bits(s.Value) == math.Float64bits(count) {
			continue
		}
		var bucket int
		b, bucket = beginMessage(b, 3)
		b = appendCount(b, 1, 4, s.Value)
		b = appendDouble(b, 2, p.bound)
		b = endLength(appendExemplar(b, 3, s.Exemplar), bucket)
	}
	return b
}

// appendCount appends a count as an integer if it is one.
func appendCount(b []byte, whole, float int, v float64) []byte {
	if wholeCount(v) {
		return appendUint(b, whole, uint64(v))
	}
	return appendDouble(b, float, v)
}

func appendExemplar(b []byte, field int, e *Exemplar) []byte {
	if e == nil {
		return b
	}
	b, exemplar := beginMessage(b, field)
	for _, l := range e.Labels {
		var pair int
		b, pair = beginMessage(b, 1)
		b = appendString(b, 1, l.Name)
		b = endLength(appendString(b, 2, l.Value), pair)
	}
	b = appendDouble(b, 2, e.Value)
	if e.HasTimestamp {
		b = appendStamp(b, 3, e.Timestamp)
	}
	return endLength(b, exemplar)
}

func appendStart(b []byte, field int, ms int64) []byte {
	if ms == 0 {
		return b
	}
	return appendStamp(b, field, ms)
}

// appendStamp appends a google.protobuf.Timestamp, of which the nanoseconds
// count forward also before 1970.
func appendStamp(b []byte, field int, ms int64) []byte {
	seconds, rest := ms/1000, ms%1000
	if rest < 0 {
		seconds, rest = seconds-1, rest+1000
	}
	b, stamp := beginMessage(b, field)
	if seconds != 0 {
		b = appendUint(b, 1, uint64(seconds))
	}
	if rest != 0 {
		b = appendUint(b, 2, uint64(rest*1e6))
	}
	return endLength(b, stamp)
}

func appendTag(b []byte, field int, typ uint64) []byte {
	return binary.AppendUvarint(b, uint64(field)<<3|typ)
}

func appendUint(b []byte, field int, v uint64) []byte {
	return binary.AppendUvarint(appendTag(b, field, wireVarint), v)
}

func appendDouble(b []byte, field int, v float64) []byte {
	return binary.LittleEndian.AppendUint64(appendTag(b, field, wireFixed64), math.Float64bits(v))
}

func appendString(b []byte, field int, s string) []byte {
	b = binary.AppendUvarint(appendTag(b, field, wireBytes), uint64(len(s)))
	return append(b, s...)
}

// beginMessage begins a field that is a message, which endLength ends.
func beginMessage(b []byte, field int) ([]byte, int) {
	b = appendTag(b, field, wireBytes)
	return b, len(b)
}

// endLength inserts the length of what follows begin.
func endLength(b []byte, begin int) []byte {
	var length [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(length[:], uint64(len(b)-begin))
	b = append(b, length[:n]...)
	copy(b[begin+n:], b[begin:len(b)-n])
	copy(b[begin:], length[:n])
	return b
}
