package expfmt

import "math"

// beginMetric hands out the first record of the metric that was read.
func (r *Reader) beginMetric() Kind {
	p := r.pb
	m := &p.m
	if m.have&wanted[p.typ] == 0 {
		r.protoProblem(p.offset(m.data), "wrong-field", "the metric has nothing of the type "+p.typ.String()+": Prometheus reads it as 0")
	}
	switch p.typ {
	case TypeCounter:
		p.start = m.counterStart.ms()
		kind := r.single(p.family, m.counter)
		r.sampleExemplar(m.exemplar.data)
		return kind
	case TypeGauge:
		p.start = 0
		return r.single(p.family, m.gauge)
	case TypeSummary:
		p.start = m.sumStart.ms()
		p.phase, p.field = protoClassic, -2
		return 0
	case TypeHistogram, TypeGaugeHistogram:
		p.start = m.histStart.ms()
		return r.beginHistogram()
	}
	p.start = 0
	return r.untyped()
}

// untyped hands out an untyped metric. Upstream keeps the value of the one
// before when a metric leaves out its own, as proto3 leaves out 0.
func (r *Reader) untyped() Kind {
	p := r.pb
	m := &p.m
	switch {
	case m.have&hasUntypedValue != 0:
		p.last = m.untyped
	case math.Float64bits(p.last) != 0:
		r.protoProblem(p.offset(m.data), "no-untyped-value", "the metric leaves out its value, which is 0: Prometheus repeats that of an untyped metric before")
	}
	return r.single(p.family, m.untyped)
}

// single hands out a sample whose labels are the metric's own.
func (r *Reader) single(name string, v float64) Kind {
	p := r.pb
	p.key = p.appendKey(p.key[:0], name, p.m.labels)
	r.out = append(r.out[:0], p.m.labels...)
	return r.protoSample(name, v)
}

// protoSample completes a sample whose labels are r.out and whose series is
// p.key.
func (r *Reader) protoSample(name string, v float64) Kind {
	p, s := r.pb, &r.sample
	s.Name, s.Labels, s.Value = name, r.out, v
	s.Timestamp, s.HasTimestamp = p.m.time, p.m.time != 0
	s.StartTimestamp = p.start
	s.Exemplar = nil
	s.Series, s.Type = p.key, p.typ
	s.Line, s.Column = r.line, p.offset(p.m.data)+1
	return KindSample
}

// appendKey appends what upstream's Series returns: the labels in their order,
// each after 0xff, which is in no UTF-8, but the name's value alone.
func (p *protoReader) appendKey(key []byte, name string, ls []Label) []byte {
	at := p.m.nameAt
	key = appendLabels(key, ls[:at])
	key = append(key, name...)
	return appendLabels(key, ls[at:])
}

func appendLabels(key []byte, ls []Label) []byte {
	for i := range ls {
		key = append(key, 0xff)
		key = append(key, ls[i].Name...)
		key = append(key, 0xff)
		key = append(key, ls[i].Value...)
	}
	return key
}

// classicField hands out the next sample of a summary or classic histogram.
func (r *Reader) classicField() Kind {
	p := r.pb
	m := &p.m
	field := p.field
	p.field++
	parts, count, sum, label := m.quantiles, float64(m.sumCount), m.sumSum, "quantile"
	if p.typ != TypeSummary {
		parts, count, sum, label = m.hist.buckets, m.hist.number(), m.hist.sum, "le"
	}
	switch {
	case field == -2:
		return r.single(p.count, count)
	case field == -1:
		if p.typ == TypeSummary && len(parts) == 0 {
			p.endClassic()
		}
		return r.single(p.sum, sum)
	case field == 0 && !r.beginBounds(label):
		p.endClassic()
		return 0
	case field < len(parts):
		b := &parts[field]
		if p.typ == TypeSummary && field == len(parts)-1 || p.typ != TypeSummary && math.IsInf(b.bound, +1) {
			p.endClassic()
		}
		r.bounded(label, b.bound, b.value)
		r.sampleExemplar(b.exemplar.data)
		return KindSample
	}
	p.endClassic()
	return r.bounded(label, math.Inf(1), count)
}

// beginBounds prepares the series of samples with a bound, which differ in its
// value alone.
func (r *Reader) beginBounds(label string) bool {
	p := r.pb
	ls := p.m.labels
	at := labelIndex(ls, label)
	if at < len(ls) && ls[at].Name == label {
		return r.duplicateLabel(label)
	}
	p.boundAt = at
	p.key = p.appendKey(p.key[:0], p.part, ls[:at])
	p.key = append(append(append(p.key, 0xff), label...), 0xff)
	p.keyHead = len(p.key)
	p.keyTail = appendLabels(p.keyTail[:0], ls[at:])
	return true
}

// bounded hands out a sample with a bound.
func (r *Reader) bounded(label string, bound, v float64) Kind {
	p := r.pb
	text := p.bounds.text(bound)
	p.key = append(append(p.key[:p.keyHead], text...), p.keyTail...)
	ls, at := p.m.labels, p.boundAt
	r.out = append(append(append(r.out[:0], ls[:at]...), Label{label, text}), ls[at:]...)
	return r.protoSample(p.part, v)
}

// A boundTexts remembers how bounds are spelled. It does not grow, so what it
// returns holds until another bound is looked up. A sample has one bound.
type boundTexts [64]struct {
	bits uint64
	size uint8 // 0: nothing is here
	text [maxBound]byte
}

// text returns f as labels.FormatOpenMetricsFloat writes it.
func (t *boundTexts) text(f float64) string {
	bits := math.Float64bits(f)
	e := &t[bits*0x9e3779b97f4a7c15>>58]
	if e.bits != bits || e.size == 0 {
		e.bits, e.size = bits, uint8(len(appendBound(e.text[:0], f)))
	}
	return str(e.text[:e.size])
}

func (p *protoReader) endClassic() {
	p.phase = protoMetric
	if p.nhcb {
		p.phase, p.nhcb = protoNHCB, false
	}
}
