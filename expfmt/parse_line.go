package expfmt

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// sampleLine reads a record that begins, after the blanks from lead on, with a
// metric's name or a brace. It
// is the thorough reading, for what fast does not take: it knows every form
// and names what is wrong. The grammar is that of upstream's promlex.l and
// openmetricslex.l.
func (r *Reader) sampleLine(lead int) Kind {
	begin, queued := r.p.i, len(r.queue)
	if r.parseSample(lead, begin) {
		return KindSample
	}
	fail := r.p.fail
	r.queue = r.queue[:queued]
	if fail.id == "unterminated-quote" && !r.om {
		first := len(r.p.b)
		r.p.i = begin
		if r.longer(fail.off) && r.parseSample(lead, begin) {
			for i := range r.queue[:queued] { // the string holds the one that ends the first line
				if q := &r.queue[i]; q.ID == "crlf" {
					q.Refused, r.crlfRefused = false, false
				}
			}
			r.problem(fail.off, "newline-in-quotes", "a quoted string goes on in the next line")
			r.carriageReturn(false)
			return KindSample
		}
		r.queue = r.queue[:queued]
		r.lines = 1
		if len(r.w.buf[r.w.lo:r.w.hi]) != first {
			r.w.shrink(first)
		}
		r.p.b = r.w.buf[r.w.lo:r.w.hi]
	}
	r.problem(fail.off, fail.id, fail.message)
	if fail.taken {
		r.taken()
	}
	return 0
}

// longer adds lines to the record up to the one in which its last quoted
// string, which begins at the offset open, ends and no other begins:
// Prometheus lets the strings of the text format go on over lines.
func (r *Reader) longer(open int) bool {
	p := &r.p
	if _, more := endOfQuote(p.b, open+1); !more {
		return false
	}
	for within := true; within; {
		from := len(p.b) + 1
		if !r.w.more() {
			return false
		}
		p.b = r.w.buf[r.w.lo:r.w.hi]
		r.lines++
		for {
			end, more := endOfQuote(p.b, from)
			if end < 0 && !more {
				return false
			}
			if end < 0 {
				break
			}
			next := bytes.IndexByte(p.b[end+1:], '"')
			if next < 0 {
				within = false
				break
			}
			from = end + 1 + next + 1
		}
	}
	p.n = len(p.b)
	if p.b[p.n-1] == '\r' {
		p.n--
	}
	return true
}

// parseSample reads the sample whose first byte is at begin, p.i; from lead on
// there are blanks before it. Without success p.fail says why.
func (r *Reader) parseSample(lead, begin int) bool {
	p := &r.p
	if begin > lead {
		r.noBlank(lead, "blanks before the metric's name")
		if !r.om && p.b[begin] != '{' {
			r.problem(lead, "leading-blank", "blanks before the metric's name, which Prometheus makes a part of it")
		}
	}
	p.name, p.named = "", false
	p.labels, p.starts, p.scratch = p.labels[:0], p.starts[:0], p.scratch[:0]
	braces := p.b[p.i] == '{'
	if !braces {
		if classes[p.b[p.i]]&nameStart == 0 {
			return p.failed(p.i, "bad-line", "a metric's name or # expected, found %s", p.found())
		}
		for p.i < p.n && classes[p.b[p.i]]&nameRest != 0 {
			p.i++
		}
		p.name, p.named = str(p.b[begin:p.i]), true
		end := p.i
		blanks := p.blanks()
		if braces = p.i < p.n && p.b[p.i] == '{'; !braces {
			p.i = end
		} else if blanks > 0 {
			r.noBlank(end, "a blank before the braces")
		}
	}
	if braces {
		p.i++
		if !r.braces(false) {
			return false
		}
		if !p.named {
			return p.failed(begin, "no-name", "no metric's name before or within the braces")
		}
		if d := p.duplicate(0); d >= 0 {
			p.failed(p.starts[d], "duplicate-label", "the label %s stands twice", quote(bytesOf(p.labels[d].Name)))
			fail := p.fail
			fail.taken = p.dropsDuplicates() && r.sampleEnd(braces) && !slices.ContainsFunc(r.queue, func(q Problem) bool { return q.Refused })
			p.fail = fail
			return false
		}
	}
	s := &r.sample
	s.Series = p.b[begin:p.i]
	s.Name, s.Labels = p.name, Labels(p.labels)
	s.Timestamp, s.HasTimestamp, s.Exemplar = 0, false, nil
	s.Type, s.Line, s.Column = r.typ, r.line, begin+1
	return r.sampleEnd(braces)
}

// braces reads labels, and perhaps the metric's name, up to the closing brace.
// In an exemplar no name may be among them and nothing is normalised.
func (r *Reader) braces(exemplar bool) bool {
	p := &r.p
	blank := func() {
		if at := p.i; p.blanks() > 0 {
			r.noBlank(at, "a blank within the braces")
		}
	}
	for {
		blank()
		if p.i == p.n {
			return p.failed(p.i, "bad-labels", "a label or } expected, found the end of the line")
		}
		if p.b[p.i] == '}' {
			p.i++
			return true
		}
		start, isQuoted := p.i, p.b[p.i] == '"'
		name, ok := p.labelName()
		if !ok && exemplar && p.fail.id == "bad-utf8" {
			p.late = p.fail
		} else if !ok {
			return false
		}
		if r.strict {
			r.strictLabelName(start, isQuoted, name)
		}
		blank()
		if isQuoted && !exemplar && p.i < p.n && (p.b[p.i] == ',' || p.b[p.i] == '}') {
			if p.named {
				return p.failed(start, "bad-labels", "a second metric's name, or a label without a value")
			}
			p.name, p.named = name, true
			if p.b[p.i] == ',' {
				p.i++
			}
			continue
		}
		if p.i == p.n || p.b[p.i] != '=' {
			return p.failed(p.i, "bad-labels", "= expected after the label's name, found %s", p.found())
		}
		p.i++
		blank()
		if p.i == p.n || p.b[p.i] != '"' {
			return p.failed(p.i, "bad-labels", "the label's value in double quotes expected, found %s", p.found())
		}
		at := p.i
		raw, ok := p.quoted()
		if !ok {
			return false
		}
		if !utf8.Valid(raw) {
			return p.failed(at, "bad-utf8", "the label's value is not UTF-8")
		}
		value := p.unescape(raw, false)
		if !exemplar {
			value = r.normal(name, value)
		} else if bytes.IndexByte(raw, 0) >= 0 {
			return p.failed(at, "bad-labels", "a NUL byte in an exemplar's label")
		}
		p.labels = append(p.labels, Label{name, value})
		p.starts = append(p.starts, start)
		blank()
		if p.i < p.n && p.b[p.i] == ',' {
			if p.i++; r.strict && p.i < p.n && p.b[p.i] == '}' {
				r.problem(p.i-1, "trailing-comma", "a comma after the last label")
			}
		} else if p.i < p.n && p.b[p.i] != '}' {
			r.noBlank(p.i, "no comma between two labels")
			if !r.om && r.check != nil && !exemplar {
				r.problem(p.i, "missing-comma", "no comma between two labels, which Prometheus reads and promtool refuses")
			}
		}
	}
}

// labelName reads a label's name, or a metric's within braces.
func (p *parser) labelName() (string, bool) {
	from := p.i
	if p.b[from] == '"' {
		raw, ok := p.quoted()
		switch {
		case !ok:
			return "", false
		case len(raw) == 0:
			return "", p.failed(from, "no-name", "an empty name")
		case !utf8.Valid(raw):
			return "", p.failed(from, "bad-utf8", "the name is not UTF-8")
		case bytes.IndexByte(raw, 0) >= 0:
			return "", p.failed(from, "bad-labels", "a NUL byte in a name")
		}
		return p.unescape(raw, false), true
	}
	if classes[p.b[from]]&labelStart == 0 {
		return "", p.failed(from, "bad-labels", "a label's name or } expected, found %s", p.found())
	}
	for p.i < p.n && classes[p.b[p.i]]&labelRest != 0 {
		p.i++
	}
	return str(p.b[from:p.i]), true
}
