package expfmt

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A rawExemplar is an Exemplar message that is well formed.
type rawExemplar struct {
	data  []byte // nil: none
	whole bool   // data is memory of its own
}

// merge notes an Exemplar. One that stands twice is, as protobuf has it, one
// that goes on.
func (e *rawExemplar) merge(data []byte) (bad string) {
	w := wire{b: data}
	for w.next() {
		switch w.num {
		case 1:
			if w.is(wireBytes) {
				var name, value []byte
				w.bad = labelPair(w.data, &name, &value)
			}
		case 2:
			w.is(wireFixed64)
		case 3:
			if w.is(wireBytes) {
				var s stamp
				w.bad = s.read(w.data)
			}
		}
		if w.bad != "" {
			return w.bad
		}
	}
	switch {
	case w.bad != "":
	case e.data == nil:
		e.data = data
	default:
		if !e.whole {
			e.data, e.whole = slices.Clone(e.data), true
		}
		e.data = append(e.data, data...)
	}
	return w.bad
}

// readExemplar reads an Exemplar that is well formed; its labels are appended
// to ls. It returns why not when it is none that Prometheus could store.
func readExemplar(data []byte, ls []Label) (e Exemplar, all []Label, why string) {
	from := len(ls)
	var s stamp
	w := wire{b: data}
	for w.next() {
		switch w.num {
		case 1:
			var name, value []byte
			labelPair(w.data, &name, &value)
			switch {
			case len(name) == 0:
				return e, ls[:from], "a label without a name"
			case !utf8.Valid(name) || !utf8.Valid(value):
				return e, ls[:from], "a label that is not UTF-8"
			case len(ls)-from == maxParts:
				return e, ls[:from], tooManyParts
			}
			ls = append(ls, Label{str(name), str(value)})
		case 2:
			w.double(&e.Value)
		case 3:
			s.read(w.data)
		}
	}
	own := ls[from:len(ls):len(ls)]
	slices.SortStableFunc(own, func(a, b Label) int { return strings.Compare(a.Name, b.Name) })
	for i := 1; i < len(own); i++ {
		if own[i-1].Name == own[i].Name {
			return e, ls[:from], "the label " + quote(bytesOf(own[i].Name)) + " twice"
		}
	}
	e.Labels, e.Timestamp, e.HasTimestamp = own, s.ms(), s.set
	return e, ls, ""
}

// sampleExemplar gives the sample its exemplar, if it has one.
func (r *Reader) sampleExemplar(data []byte) {
	if data == nil {
		return
	}
	e, ls, why := readExemplar(data, r.pb.labels[:0])
	r.pb.labels = ls
	if why != "" {
		r.badExemplar(why)
		return
	}
	r.exemplar = e
	r.sample.Exemplar = &r.exemplar
}

func (r *Reader) badExemplar(why string) {
	r.protoProblem(r.pb.offset(r.pb.m.data), "bad-exemplar", "an exemplar was passed over: it has "+why)
}

// histogramExemplars are those of a native histogram: its own, else those of
// its classic buckets. Upstream takes none without a time. It also begins
// where it ended at the histogram before in the family, which is not meant.
func (r *Reader) histogramExemplars() []Exemplar {
	p := r.pb
	h := &p.m.hist
	p.exemplars, p.labels = p.exemplars[:0], p.labels[:0]
	add := func(data []byte) {
		e, ls, why := readExemplar(data, p.labels)
		p.labels = ls
		if why != "" {
			r.badExemplar(why)
		} else if e.HasTimestamp {
			p.exemplars = append(p.exemplars, e)
		}
	}
	if h.exemplars > 0 {
		p.eachHistogram(func(w *wire) {
			if w.num == 16 {
				add(w.data)
			}
		})
	} else {
		for i := range h.buckets {
			if data := h.buckets[i].exemplar.data; data != nil {
				add(data)
			}
		}
	}
	return p.exemplars
}

// eachHistogram calls f with every field of the metric's histogram, which is
// known to be well formed.
func (p *protoReader) eachHistogram(f func(*wire)) {
	m := wire{b: p.m.data}
	for m.next() {
		if m.num == 7 {
			h := wire{b: m.data}
			for h.next() {
				f(&h)
			}
		}
	}
}
