package expfmt

import "bytes"

// begin takes the window's record for parsing.
func (r *Reader) begin() {
	r.p.b = r.w.buf[r.w.lo:r.w.hi]
	r.p.i, r.p.n = 0, len(r.p.b)
	r.blankSeen = false
}

// record reads the window's record, whatever it is, and returns what came of
// it; problems are queued.
func (r *Reader) record() Kind {
	r.begin()
	p := &r.p
	if r.line == r.first && bytes.HasPrefix(p.b, utf8BOM) {
		r.problem(0, "byte-order-mark", "the text begins with a UTF-8 byte order mark")
		p.i = len(utf8BOM)
	}
	if p.n > p.i && p.b[p.n-1] == '\r' {
		p.n--
		r.carriageReturn(r.harmlessReturn())
	}
	if r.eofLine && !r.afterEOF {
		r.afterEOF = true
		r.problem(p.i, "after-eof", "the text goes on after # EOF")
	}
	begin := p.i
	p.blanks()
	switch {
	case p.i == p.n:
		r.noBlank(begin, "a blank line")
		return 0
	case p.b[p.i] == '#':
		if p.i > begin {
			r.noBlank(begin, "blanks before #")
		}
		return r.comment()
	}
	return r.sampleLine(begin)
}

// carriageReturn reports, once a text, that a record ends with a carriage
// return, and once more at the first that Prometheus refuses for it: in a help
// text or a comment it is but one more byte.
func (r *Reader) carriageReturn(harmless bool) {
	p := &r.p
	switch {
	case p.n == len(p.b) || r.crlfRefused || r.crlf && harmless:
		return
	case harmless:
		r.crlf = true
		r.problem(p.n, "crlf", "lines end with CR LF")
		r.taken()
	default:
		r.crlf, r.crlfRefused = true, true
		r.problem(p.n, "crlf", "lines end with CR LF")
	}
}

// harmlessReturn tells whether the record is a comment, or a HELP line, in
// which a carriage return is a part of the text.
func (r *Reader) harmlessReturn() bool {
	b := trimLeft(r.p.b[r.p.i:r.p.n])
	if len(b) == 0 || b[0] != '#' {
		return false
	}
	b = trimLeft(b[1:])
	return !hasWord(b, "TYPE") && !(r.om && (hasWord(b, "UNIT") || bytes.Equal(b, eofWord)))
}

// finish looks at how the text ended.
func (r *Reader) finish() {
	r.done = true
	switch {
	case r.w.err == errTooLong:
		r.p.b = nil
		r.problem(0, "too-long", r.w.tooLong())
		return
	case r.w.err != nil:
		return
	}
	if r.check != nil {
		r.check.end()
	}
	r.p.b = nil
	switch {
	case r.om && !r.eofLine:
		r.problem(r.atEnd(), "no-eof", "the text ends without # EOF: perhaps it was cut")
	case !r.om && r.tail != nil:
		r.problem(r.atEnd(), "no-final-newline", "the text ends within a line: perhaps it was cut")
	}
}

// atEnd makes the place behind the text's last byte the record's.
func (r *Reader) atEnd() (offset int) {
	if r.tail == nil {
		return 0
	}
	r.line--
	r.p.b = r.tail
	return r.tailSize
}

// keepTail remembers the last line of a text without a final newline.
func (r *Reader) keepTail() {
	b := r.w.buf[r.w.lo:r.w.hi]
	b = b[bytes.LastIndexByte(b, '\n')+1:]
	r.tailSize = len(b)
	r.tail = append([]byte{}, b[:min(len(b), maxProblemText)]...)
}

var utf8BOM = []byte("\xef\xbb\xbf")
