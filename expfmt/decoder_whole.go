package expfmt

import "bytes"

// oddHead reports whether a text begins with something that the Reader takes
// off first, or is longer than it may be.
func oddHead(body []byte, opts Options) bool {
	_, wide := utf16Order(body[:min(len(body), maxUTF16)])
	return wide || compression(body) != "" || bytes.HasPrefix(bytes.TrimPrefix(body, utf8BOM), []byte("HTTP/")) ||
		int64(len(body)) > maxBytes(opts.MaxBytes)
}

// readWhole reads a body of which nothing is predicted.
func (d *Decoder) readWhole() {
	r, cur := d.r, d.cur
	for r.Next() {
		switch r.Kind() {
		case KindSample:
			s := r.Sample()
			cur.add(d.wholeRef(s), s.Value, s.Timestamp, s.HasTimestamp)
		case KindHistogram:
			h := r.Histogram()
			d.hists = append(d.hists, DecodedHistogram{len(cur.refs), h.H, h.FH})
			cur.add(d.wholeRef(h.sample()), 0, h.Timestamp, h.HasTimestamp)
		case KindType:
			d.typed(r.Metadata())
		case KindProblem:
			d.problems = append(d.problems, DecodedProblem{*r.Problem(), len(cur.refs), 0})
		}
	}
}

// wholeSampleAt is Sample for such a body.
func (d *Decoder) wholeSampleAt(i int) *Sample {
	d.Rewind()
	for d.cursor.index < i && d.Next() {
	}
	if d.cursor.kind == KindSample {
		return d.r.Sample()
	}
	return d.r.Histogram().sample()
}

// sample returns what h has in common with a sample.
func (h *HistogramSample) sample() *Sample {
	return &Sample{
		Name: h.Name, Labels: h.Labels, Timestamp: h.Timestamp, HasTimestamp: h.HasTimestamp,
		StartTimestamp: h.StartTimestamp, Series: h.Series, Type: h.Type, Line: h.Line, Column: h.Column,
	}
}

// wholeRef is ref for the samples of such a body.
func (d *Decoder) wholeRef(s *Sample) uint32 {
	d.key = append(append(d.key[:0], wholeMark), s.Series...)
	ref := d.ref(str(d.key), s.Type)
	if k := &d.series[ref]; k.whole == nil {
		k.whole = s.series()
	}
	return ref
}
