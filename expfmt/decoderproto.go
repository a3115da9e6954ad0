package expfmt

// readProto reads a body of protobuf, of which nothing is predicted.
func (d *Decoder) readProto() {
	r, cur := d.r, d.cur
	for r.Next() {
		switch r.Kind() {
		case KindSample:
			s := r.Sample()
			cur.add(d.protoRef(s), s.Value, s.Timestamp, s.HasTimestamp)
		case KindHistogram:
			h := r.Histogram()
			d.hists = append(d.hists, DecodedHistogram{len(cur.refs), h.H, h.FH})
			cur.add(d.protoRef(h.sample()), 0, h.Timestamp, h.HasTimestamp)
		case KindProblem:
			d.problems = append(d.problems, DecodedProblem{*r.Problem(), len(cur.refs), 0})
		}
	}
}

// protoSampleAt is Sample for protobuf.
func (d *Decoder) protoSampleAt(i int) *Sample {
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

// protoRef is ref for protobuf.
func (d *Decoder) protoRef(s *Sample) uint32 {
	d.key = append(append(d.key[:0], protoMark), s.Series...)
	ref := d.ref(str(d.key), s.Type)
	if k := &d.series[ref]; k.proto == nil {
		k.proto = s.series()
	}
	return ref
}
