package expfmt

import (
	"encoding/binary"
	"math"
)

// A metric is one Metric of a MetricFamily: all its parts, since a message
// may bring some that are not of the family's type.
type metric struct {
	data   []byte
	labels []Label // sorted by name, none twice
	nameAt int     // how many labels go before __name__
	have   protoField
	time   int64

	counter, gauge, untyped           float64
	exemplar                          rawExemplar // of the counter
	counterStart, sumStart, histStart stamp

	quantiles []part // of the summary
	sumCount  uint64
	sumSum    float64

	hist histogramParts
}

// A part is a bucket of a classic histogram or a quantile of a summary.
type part struct {
	bound, value float64
	exemplar     rawExemplar
}

// A stamp is a google.protobuf.Timestamp.
type stamp struct {
	set     bool
	seconds int64
	nanos   int32
}

// ms is upstream's arithmetic, which a strange time makes overflow.
func (s stamp) ms() int64 {
	if !s.set {
		return 0
	}
	return s.seconds*1000 + int64(s.nanos)/1e6
}

// protoField is a set of the fields that a metric brings.
type protoField uint8

const (
	hasGauge protoField = 1 << iota
	hasCounter
	hasSummary
	hasUntyped
	hasHistogram
	hasUntypedValue
)

// wanted is the field that a metric of a type needs.
var wanted = [...]protoField{
	TypeUnknown: hasUntyped, TypeCounter: hasCounter, TypeGauge: hasGauge,
	TypeSummary: hasSummary, TypeHistogram: hasHistogram, TypeGaugeHistogram: hasHistogram,
}

// metric reads all of a metric but the buckets of a native histogram. It
// returns false, with a problem queued, when that fails.
func (r *Reader) metric(data []byte) bool {
	p := r.pb
	m := &p.m
	*m = metric{
		data: data, labels: m.labels[:0], quantiles: m.quantiles[:0],
		hist: histogramParts{buckets: m.hist.buckets[:0]},
	}
	w := wire{b: data}
	for w.next() {
		if w.num == 6 {
			m.time = int64(w.value)
			if !w.is(wireVarint) {
				break
			}
			continue
		}
		if w.num > 7 {
			continue
		}
		if !w.is(wireBytes) {
			break
		}
		switch w.num {
		case 1:
			if !r.label(w.data) {
				return false
			}
		case 2:
			m.have |= hasGauge
			_, w.bad = readValue(w.data, &m.gauge)
		case 3:
			m.have |= hasCounter
			w.bad = m.readCounter(w.data)
		case 4:
			m.have |= hasSummary
			w.bad = m.readSummary(w.data)
		case 5:
			m.have |= hasUntyped
			var seen bool
			if seen, w.bad = readValue(w.data, &m.untyped); seen {
				m.have |= hasUntypedValue
			}
		case 7:
			m.have |= hasHistogram
			w.bad = m.hist.read(w.data, &m.histStart)
		}
		if w.bad != "" {
			w.i -= len(w.data)
			break
		}
	}
	if w.bad != "" {
		id, why := "bad-message", "the metric is damaged and was skipped: "
		if w.bad == tooManyParts {
			id, why = "too-large", "the metric was skipped: "
		}
		r.protoProblem(p.offset(data)+w.i, id, why+w.bad)
		return false
	}
	return r.sortLabels()
}

const tooManyParts = "it has more than 1048576 of one kind of parts"

// readValue reads a Gauge or Untyped.
func readValue(data []byte, to *float64) (seen bool, bad string) {
	if len(data) == 9 && data[0] == 1<<3|wireFixed64 {
		*to = math.Float64frombits(binary.LittleEndian.Uint64(data[1:]))
		return true, ""
	}
	w := wire{b: data}
	for w.next() {
		if w.num == 1 {
			seen = true
			if !w.double(to) {
				break
			}
		}
	}
	return seen, w.bad
}

func (m *metric) readCounter(data []byte) (bad string) {
	w := wire{b: data}
	for w.next() {
		switch w.num {
		case 1:
			w.double(&m.counter)
		case 2:
			if w.is(wireBytes) {
				w.bad = m.exemplar.merge(w.data)
			}
		case 3:
			if w.is(wireBytes) {
				w.bad = m.counterStart.read(w.data)
			}
		}
		if w.bad != "" {
			break
		}
	}
	return w.bad
}

func (m *metric) readSummary(data []byte) (bad string) {
	w := wire{b: data}
	for w.next() {
		switch w.num {
		case 1:
			m.sumCount = w.value
			w.is(wireVarint)
		case 2:
			w.double(&m.sumSum)
		case 3:
			if !w.is(wireBytes) {
				break
			}
			if len(m.quantiles) == maxParts {
				return tooManyParts
			}
			var q part
			w.bad = q.readQuantile(w.data)
			m.quantiles = append(m.quantiles, q)
		case 4:
			if w.is(wireBytes) {
				w.bad = m.sumStart.read(w.data)
			}
		}
		if w.bad != "" {
			break
		}
	}
	return w.bad
}

func (q *part) readQuantile(data []byte) (bad string) {
	w := wire{b: data}
	for w.next() {
		switch w.num {
		case 1:
			w.double(&q.bound)
		case 2:
			w.double(&q.value)
		}
		if w.bad != "" {
			break
		}
	}
	return w.bad
}

func (s *stamp) read(data []byte) (bad string) {
	s.set = true
	w := wire{b: data}
	for w.next() {
		switch w.num {
		case 1:
			s.seconds = int64(w.value)
			w.is(wireVarint)
		case 2:
			s.nanos = int32(w.value)
			w.is(wireVarint)
		}
		if w.bad != "" {
			break
		}
	}
	return w.bad
}
