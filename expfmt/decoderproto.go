package expfmt

// readProto reads a body of protobuf, of which nothing is predicted.
func (d *Decoder) readProto() {
	r, cur := d.r, d.cur
	for r.Next() {
		switch r.Kind() {
		case KindSample:
			s := r.Sample()
			cur.add(d.ref(s.Name, s.Labels, s.Series, s.Type), s.Value, s.Timestamp, s.HasTimestamp)
		case KindHistogram:
			h := r.Histogram()
			d.hists = append(d.hists, DecodedHistogram{len(cur.refs), h.H, h.FH})
			cur.add(d.ref(h.Name, h.Labels, h.Series, h.Type), 0, h.Timestamp, h.HasTimestamp)
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
	h := d.r.Histogram()
	d.cursor.sample = Sample{
		Name: h.Name, Labels: h.Labels, Timestamp: h.Timestamp, HasTimestamp: h.HasTimestamp,
		StartTimestamp: h.StartTimestamp, Series: h.Series, Type: h.Type, Line: h.Line, Column: h.Column,
	}
	return &d.cursor.sample
}
