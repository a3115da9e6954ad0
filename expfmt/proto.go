package expfmt

import (
	"math"
	"strings"

	"github.com/prometheus/prometheus/model/histogram"
)

// A protoReader reads a stream of io.prometheus.client.MetricFamily, each
// after its length as a varint, message by message. It hands out what
// upstream's textparse.ProtobufParser does.
type protoReader struct {
	ignoreNative, keepClassic, convertNHCB bool

	phase protoPhase
	msg   []byte // the message; no slice of it has memory beyond its end
	at    int    // where its next field begins
	off   int    // where it begins in the body
	next  int    // where what comes behind it begins

	family           string
	help, unit       string
	helpOK           bool
	typ              Type
	suffixed         []byte // the family's name with _count, _sum and _bucket
	count, sum, part string // in suffixed

	m     metric
	last  float64 // what the last untyped metric had
	field int     // of a summary or classic histogram: -2 _count, -1 _sum, or the index of a part
	nhcb  bool    // a native histogram follows the classic one
	start int64   // of the metric, in ms

	key     []byte // Sample.Series
	keyHead int    // of key, up to the value of le or quantile
	keyTail []byte // and what follows the value
	boundAt int    // where in the labels le or quantile goes
	bounds  boundTexts

	exemplars []Exemplar
	labels    []Label // of exemplars
	spans     []histogram.Span
	deltas    []int64
	counts    []float64
}

type protoPhase uint8

const (
	protoMessage protoPhase = iota
	protoHelp
	protoUnit
	protoType
	protoMetric
	protoClassic
	protoNHCB
	protoEnd
)

// maxParts is how many labels, buckets, quantiles, spans or exemplars a metric
// may have. Prometheus has no limit; what has more is hostile.
const maxParts = 1 << 20

// maxMessage is what protobuf allows.
const maxMessage = math.MaxInt32

func (p *protoReader) reset(opts Options) *protoReader {
	if p == nil {
		p = new(protoReader)
	}
	*p = protoReader{
		ignoreNative: opts.IgnoreNative, keepClassic: opts.KeepClassic, convertNHCB: opts.ConvertNHCB,
		suffixed: p.suffixed, m: p.m, key: p.key, keyTail: p.keyTail, bounds: p.bounds,
		exemplars: p.exemplars, labels: p.labels, spans: p.spans, deltas: p.deltas, counts: p.counts,
	}
	return p
}

// nextProto is Next for protobuf.
func (r *Reader) nextProto() bool {
	for {
		if r.queued < len(r.queue) {
			r.queued++
			r.kind = KindProblem
			return true
		}
		if r.queued > 0 {
			r.queue, r.queued = r.queue[:0], 0
		}
		if r.held != 0 {
			r.kind, r.held = r.held, 0
			return true
		}
		if r.pb.phase == protoEnd {
			if r.check == nil || r.done {
				return false
			}
			r.done = true
			r.check.end()
			continue
		}
		if r.held = r.protoStep(); r.check != nil && r.held != 0 {
			r.check.record(r.held)
		}
	}
}

// protoStep goes one step on and returns the record that it gives, if any;
// problems are queued.
func (r *Reader) protoStep() Kind {
	p := r.pb
	switch p.phase {
	case protoMessage:
		if r.message() && r.familyHead() {
			p.phase = protoHelp
		}
	case protoHelp:
		p.phase = protoUnit
		if p.helpOK {
			return r.protoMeta(KindHelp, p.help)
		}
	case protoUnit:
		p.phase = protoType
		if p.unit != "" {
			return r.protoMeta(KindUnit, p.unit)
		}
	case protoType:
		p.phase = protoMetric
		return r.protoMeta(KindType, "")
	case protoMetric:
		if data, ok := p.nextMetric(); !ok {
			p.phase = protoMessage
		} else if r.metric(data) {
			return r.beginMetric()
		}
	case protoClassic:
		return r.classicField()
	case protoNHCB:
		p.phase = protoMetric
		return r.customHistogram()
	}
	return 0
}

func (r *Reader) protoMeta(kind Kind, text string) Kind {
	r.meta = Metadata{Name: r.pb.family, Text: text, Line: r.line, Column: r.pb.off + 1, name: r.pb.off + 1}
	if kind == KindType {
		r.meta.Type = r.pb.typ
	}
	return kind
}

// protoProblem queues a problem at a place in the body.
func (r *Reader) protoProblem(off int, id, message string) {
	r.report(r.line, off+1, id, message, cutName(r.pb.family), 0)
}

// cutName copies a name, cut as the text of a problem is.
func cutName(name string) string {
	return strings.Clone(name[:min(len(name), maxProblemText)])
}

// offset is where a slice of the message begins in the body.
func (p *protoReader) offset(data []byte) int { return p.off + cap(p.msg) - cap(data) }
