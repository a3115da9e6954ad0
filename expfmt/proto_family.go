package expfmt

import (
	"fmt"
	"unicode/utf8"
)

// familyHead reads all of the message but its metrics. It returns false where
// the message is to be passed over. As upstream, it takes no metadata from a
// message without metrics.
func (r *Reader) familyHead() bool {
	p := r.pb
	var name, help, unit []byte
	typ, metrics := int32(0), 0
	w := wire{b: p.msg}
	for w.next() {
		switch w.num {
		case 1:
			name = w.data
			w.is(wireBytes)
		case 2:
			help = w.data
			w.is(wireBytes)
		case 3:
			typ = int32(w.value)
			w.is(wireVarint)
		case 4:
			metrics++
			w.is(wireBytes)
		case 5:
			unit = w.data
			w.is(wireBytes)
		}
		if w.bad != "" {
			break
		}
	}
	named := utf8.Valid(name)
	if named {
		p.family = str(name)
	}
	switch {
	case w.bad != "":
		r.protoProblem(p.off+w.i, "bad-message", "the message is damaged and was skipped: "+w.bad)
		return false
	case metrics == 0:
		return false
	case len(name) == 0:
		r.protoProblem(p.off, "no-name", "a family without a name was skipped")
		return false
	case !named:
		r.protoProblem(p.offset(name), "bad-utf8", "the family's name is not UTF-8: it was skipped")
		return false
	case typ < 0 || int(typ) >= len(protoTypes):
		r.protoProblem(p.off, "unknown-type", fmt.Sprintf("%d is not a type of metrics: the family was skipped", typ))
		return false
	}
	p.typ = protoTypes[typ]
	p.help, p.helpOK = str(help), utf8.Valid(help)
	if !p.helpOK {
		r.protoProblem(p.offset(help), "bad-utf8", "the help text is not UTF-8")
	}
	if p.unit = str(unit); !utf8.Valid(unit) {
		r.protoProblem(p.offset(unit), "bad-utf8", "the unit is not UTF-8")
		p.unit = ""
	}
	p.suffix()
	return true
}

// protoTypes are the values of the enum MetricType.
var protoTypes = [...]Type{TypeCounter, TypeGauge, TypeSummary, TypeUnknown, TypeHistogram, TypeGaugeHistogram}

// suffix makes the names of a summary's or classic histogram's samples. Those
// of a gauge histogram are the same upstream.
func (p *protoReader) suffix() {
	if p.typ != TypeSummary && p.typ != TypeHistogram && p.typ != TypeGaugeHistogram {
		return
	}
	n := len(p.family)
	b := append(p.suffixed[:0], p.family...)
	b = append(b, "_count"...)
	count := len(b)
	b = append(append(b, p.family...), "_sum"...)
	sum := len(b)
	p.suffixed = append(append(b, p.family...), "_bucket"...)
	p.count, p.sum, p.part = str(p.suffixed[:count]), str(p.suffixed[count:sum]), str(p.suffixed[sum:])
	if p.typ == TypeSummary {
		p.part = p.part[:n]
	}
}

// nextMetric returns the message's next metric. The message is known to be
// good.
func (p *protoReader) nextMetric() ([]byte, bool) {
	w := wire{b: p.msg, i: p.at}
	for w.next() {
		if w.num == 4 {
			p.at = w.i
			return w.data, true
		}
	}
	return nil, false
}
