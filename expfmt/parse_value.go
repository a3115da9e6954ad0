package expfmt

import "fmt"

// sampleEnd reads what follows the series: value, timestamp, exemplar.
func (r *Reader) sampleEnd(braces bool) bool {
	p, s := &r.p, &r.sample
	end := p.i
	switch blanks := r.oneBlank(); {
	case p.i == p.n:
		return p.failed(p.i, "no-value", "the line ends before the value")
	case blanks > 0:
	case r.om:
		r.noBlank(end, "no blank before the value")
	case !braces:
		r.problem(end, "missing-blank", "no blank between the metric's name and the value")
	}
	at := p.i
	word := p.word()
	v, how := parseFloat(word)
	if how == floatBad {
		return p.failed(at, "bad-value", "%s is not a number", quote(word))
	}
	r.foreign(at, word, how)
	s.Value = v

	end = p.i
	r.oneBlank()
	if p.i < p.n && p.b[p.i] != '#' {
		at = p.i
		word = p.word()
		if !r.timestamp(at, word) {
			return false
		}
		end = p.i
		r.oneBlank()
	}
	switch {
	case p.i == p.n:
		if p.i > end {
			r.noBlank(end, "blanks at the end")
			if r.check != nil && !r.om {
				r.problem(end, "final-blank", "blanks at the end of the line")
			}
		}
		return true
	case p.b[p.i] == '#':
		r.remark()
		return true
	}
	return p.failed(p.i, "trailing-text", "the line goes on after value and timestamp: %s", quote(p.b[p.i:p.n]))
}

// foreign reports a number that Prometheus would not read.
func (r *Reader) foreign(at int, word []byte, how floatKind) {
	switch how {
	case floatBeyond:
		r.problem(at, "timestamp-overflow", fmt.Sprintf("the time %s is beyond what Prometheus can hold", quote(word)))
	case floatForeign:
		r.problem(at, "foreign-number", fmt.Sprintf("%s is written as Prometheus does not read numbers", quote(word)))
	}
}

// remark reads what follows a # behind a sample: an exemplar or a comment. It
// never costs the sample.
func (r *Reader) remark() {
	p := &r.p
	at := p.i
	p.i++
	r.oneBlank()
	if p.i == p.n || p.b[p.i] != '{' {
		r.problem(at, "trailing-comment", "a comment behind a sample")
		return
	}
	if !r.om {
		r.problem(at, "text-exemplar", "an exemplar, which only OpenMetrics has")
	}
	if !r.readExemplar() {
		r.problem(p.fail.off, "bad-exemplar", "an exemplar that cannot be read: "+p.fail.message)
		if p.fail.taken {
			r.taken() // without the exemplar
		}
		return
	}
	r.sample.Exemplar = &r.exemplar
}

func (r *Reader) readExemplar() bool {
	p, e := &r.p, &r.exemplar
	start := p.i
	p.late = failure{}
	p.i++
	labels, starts := p.labels, len(p.starts)
	p.labels = e.Labels[:0]
	ok := r.braces(true)
	dup := p.duplicate(0)
	e.Labels = p.labels
	p.labels, p.starts = labels, p.starts[:starts]
	if !ok {
		return false
	}
	if dup >= 0 {
		p.failed(start, "duplicate-label", "the label %s stands twice", quote(bytesOf(e.Labels[dup].Name)))
		p.late = p.fail
	}
	end := p.i
	blanks := r.oneBlank()
	if p.i == p.n {
		return p.failed(p.i, "", "the line ends before its value")
	}
	if blanks == 0 {
		r.noBlank(end, "no blank before the exemplar's value")
	}
	at := p.i
	word := p.word()
	v, how := parseFloat(word)
	if how == floatBad {
		return p.failed(at, "", "%s is not a number", quote(word))
	}
	r.foreign(at, word, how)
	e.Value, e.Timestamp, e.HasTimestamp = v, 0, false
	end = p.i
	r.oneBlank()
	if p.i < p.n {
		at = p.i
		word = p.word()
		ms, how := secondsToMillis(word)
		if how == floatBad {
			return p.failed(at, "", "%s is not a time", quote(word))
		}
		r.foreign(at, word, how)
		e.Timestamp, e.HasTimestamp = ms, true
		end = p.i
		if p.blanks(); p.i < p.n {
			return p.failed(p.i, "", "the line goes on: %s", quote(p.b[p.i:p.n]))
		}
	}
	if p.i > end {
		r.noBlank(end, "blanks at the end")
	}
	if p.late.id != "" {
		p.fail = p.late
		p.fail.taken = true
		return false
	}
	return true
}

// timestamp reads a sample's own time.
func (r *Reader) timestamp(at int, word []byte) bool {
	s := &r.sample
	var how floatKind
	if r.om {
		s.Timestamp, how = secondsToMillis(word)
		if r.strict {
			r.seconds, _ = parseFloat(word)
		}
		r.foreign(at, word, how)
	} else if s.Timestamp, how = textMillis(word); how == floatForeign {
		r.problem(at, "foreign-timestamp", fmt.Sprintf("the timestamp %s is not one of whole milliseconds", quote(word)))
	}
	if how == floatBad {
		return r.p.failed(at, "bad-timestamp", "%s is not a time", quote(word))
	}
	s.HasTimestamp = true
	return true
}
