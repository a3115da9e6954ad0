package push

import (
	"math"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/prompb"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/scrapebook/scrapebook/signals/ingest"
)

// An encoder writes batches as messages of remote write. It writes them itself,
// but for histograms, since the generated code leaves out a value of -0, which
// then is read as 0. Its memory is used again: a message is valid until the
// next one.
type encoder struct {
	order []uint32 // the samples, by series and in order
	ends  []int    // of the series' samples in order

	symbols map[string]uint32
	metas   map[*ingest.Meta][2]uint64 // the symbols of help and unit
	told    map[*ingest.Meta]bool      // in 1.0, where a family is told of once
	refs    []uint64                   // of the labels of a series

	one    []byte // a message within the one within the request
	series []byte
	head   []byte // the symbols
	body   []byte
	packed []byte
}

func newEncoder() *encoder {
	return &encoder{symbols: map[string]uint32{}, metas: map[*ingest.Meta][2]uint64{}, told: map[*ingest.Meta]bool{}}
}

// sorted puts the samples of a batch together by their series.
func (e *encoder) sorted(b *batch) {
	e.ends = e.ends[:0]
	at := 0
	for i := range b.series {
		e.ends = append(e.ends, at)
		at += b.series[i].samples
	}
	if cap(e.order) < at {
		e.order = make([]uint32, at)
	}
	e.order = e.order[:at]
	for i := range b.samples {
		end := &e.ends[b.samples[i].series]
		e.order[*end] = uint32(i)
		*end++
	}
}

// samplesOf are the places of a series' samples, once sorted.
func (e *encoder) samplesOf(b *batch, i int) []uint32 {
	return e.order[e.ends[i]-b.series[i].samples : e.ends[i]]
}

// The numbers of fields: of WriteRequest and Request, and of the TimeSeries of
// both, which have Samples and Histograms under the same.
const (
	request1Series  = 1
	request1Meta    = 3
	request2Symbols = 4
	request2Series  = 5

	series1Labels    = 1
	series2Refs      = 1
	seriesSamples    = 2
	series1Exemplars = 3
	series1Histogram = 4
	series2Histogram = 3
	series2Exemplars = 4
	series2Meta      = 5

	metaType, meta1Family, meta1Help, meta1Unit = 1, 2, 4, 5
	meta2Help, meta2Unit                        = 3, 4
	exemplarLabels, exemplarValue, exemplarTime = 1, 2, 3

	labelName, labelValue               = 1, 2
	sampleValue, sampleTime, sampleFrom = 1, 2, 3
	histogramSum, histogramFrom         = 3, 17
)

// encode returns the message, compressed, of the series [from, to) of a batch
// that is sorted.
func (e *encoder) encode(b *batch, from, to int, p Protocol) ([]byte, error) {
	e.head, e.body = e.head[:0], e.body[:0]
	clear(e.symbols)
	clear(e.metas)
	if p == Version2 {
		e.symbol("") // the first, by the specification
	}
	field := protowire.Number(request1Series)
	if p == Version2 {
		field = request2Series
	}
	for i := from; i < to; i++ {
		e.series = e.series[:0]
		if p == Version1 {
			e.labels(b.series[i].labels)
		} else {
			e.references(b.series[i].labels)
		}
		for _, at := range e.samplesOf(b, i) {
			if err := e.sample(&b.samples[at], p); err != nil {
				return nil, err
			}
		}
		for k := range b.series[i].exemplars {
			e.exemplar(&b.series[i].exemplars[k], p)
		}
		if m := b.series[i].meta; m != nil && p == Version2 {
			e.meta2(m)
		}
		e.body = within(e.body, field, e.series)
		if m := b.series[i].meta; m != nil && p == Version1 {
			e.meta1(m)
		}
	}
	if p == Version2 { // receivers look for symbols first
		e.head = append(e.head, e.body...)
		e.head, e.body = e.body, e.head
	}
	e.packed = snappy.Encode(e.packed[:cap(e.packed)], e.body)
	return e.packed, nil
}

// within appends a field that is a message or a string.
func within(b []byte, field protowire.Number, inner []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), inner)
}

func withString(b []byte, field protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), s)
}

func withVarint(b []byte, field protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), v)
}

func withDouble(b []byte, field protowire.Number, v float64) []byte {
	return protowire.AppendFixed64(protowire.AppendTag(b, field, protowire.Fixed64Type), math.Float64bits(v))
}

// labels appends those of a series in 1.0.
func (e *encoder) labels(ls labels.Labels) {
	ls.Range(func(l labels.Label) {
		e.one = withString(withString(e.one[:0], labelName, l.Name), labelValue, l.Value)
		e.series = within(e.series, series1Labels, e.one)
	})
}

// references appends those of a series in 2.0.
func (e *encoder) references(ls labels.Labels) {
	e.refs = e.refs[:0]
	ls.Range(func(l labels.Label) { e.refs = append(e.refs, e.symbol(l.Name), e.symbol(l.Value)) })
	e.one = e.one[:0]
	for _, ref := range e.refs {
		e.one = protowire.AppendVarint(e.one, ref)
	}
	e.series = within(e.series, series2Refs, e.one)
}

// symbol is the number of a string, which is added when it is new.
func (e *encoder) symbol(s string) uint64 {
	ref, ok := e.symbols[s]
	if !ok {
		ref = uint32(len(e.symbols))
		e.symbols[s] = ref
		e.head = withString(e.head, request2Symbols, s)
	}
	return uint64(ref)
}

func (e *encoder) sample(s *sample, p Protocol) error {
	if s.h != nil || s.fh != nil {
		return e.histogram(s, p)
	}
	e.one = e.one[:0]
	if math.Float64bits(s.v) != 0 {
		e.one = withDouble(e.one, sampleValue, s.v)
	}
	e.one = withVarint(e.one, sampleTime, uint64(s.ts))
	if p == Version2 && s.st != 0 {
		e.one = withVarint(e.one, sampleFrom, uint64(s.st))
	}
	e.series = within(e.series, seriesSamples, e.one)
	return nil
}

// histogram appends a native histogram. Its message is the same in both
// versions, but for its start.
func (e *encoder) histogram(s *sample, p Protocol) error {
	var h prompb.Histogram
	if s.h != nil {
		h = prompb.FromIntHistogram(s.ts, s.h)
	} else {
		h = prompb.FromFloatHistogram(s.ts, s.fh)
	}
	inner, err := h.Marshal()
	if err != nil {
		return err
	}
	if h.Sum == 0 && math.Signbit(h.Sum) {
		inner = withDouble(inner, histogramSum, h.Sum)
	}
	field := protowire.Number(series1Histogram)
	if p == Version2 {
		field = series2Histogram
		if s.st != 0 {
			inner = withVarint(inner, histogramFrom, uint64(s.st))
		}
	}
	e.series = within(e.series, field, inner)
	return nil
}
