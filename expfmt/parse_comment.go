package expfmt

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// comment reads a line whose # is at p.i: HELP, TYPE, UNIT, # EOF or a
// comment, which is no record.
func (r *Reader) comment() Kind {
	p := &r.p
	if nul := bytes.IndexByte(p.b, 0); nul >= 0 {
		r.problem(nul, "nul-byte", "a NUL byte, at which Prometheus may stop reading in silence")
	}
	hash := p.i
	p.i++
	blanks := p.blanks()
	rest := p.b[p.i:p.n]
	var kind Kind
	switch {
	case blanks == 0:
	case hasWord(rest, "HELP"):
		kind = KindHelp
	case hasWord(rest, "TYPE"):
		kind = KindType
	case r.om && hasWord(rest, "UNIT"):
		kind = KindUnit
	case r.om && bytes.Equal(trimRight(rest), eofWord):
		if blanks != 1 || p.b[p.i-1] != ' ' || len(rest) != len(eofWord) {
			r.noBlank(hash, "blanks around EOF")
		}
		r.eofLine = true
		return 0
	}
	if kind == 0 {
		if r.om {
			r.problem(hash, "openmetrics-comment", "a comment, which OpenMetrics does not allow")
		}
		return 0
	}
	if blanks != 1 || p.b[p.i-1] != ' ' {
		r.noBlank(hash+1, "not one blank after #")
	}
	p.i += len("HELP")
	r.oneBlank()
	queued, name := len(r.queue), p.i+1
	if !r.metadata(kind) {
		r.queue = r.queue[:queued]
		r.problem(p.fail.off, p.fail.id, p.fail.message)
		if r.takenMetadata(kind, name-1) {
			r.taken()
		}
		return 0
	}
	r.meta.Line, r.meta.Column, r.meta.name = r.line, hash+1, name
	return kind
}

// takenMetadata tells of a line of text that cannot be read from its name on
// whether Prometheus reads something of it: of names it checks nothing but
// those of samples, and one byte behind the name may be any.
func (r *Reader) takenMetadata(kind Kind, name int) bool {
	p := &r.p
	if r.om || name >= p.n || bytes.IndexByte(p.b, 0) >= 0 || p.fail.id == "bad-utf8" && p.fail.off > name {
		return false
	}
	end := p.fail.off
	if p.b[name] == '"' {
		if end, _ = endOfQuote(p.b[:p.n], name+1); end < 0 {
			return false
		}
		end++
	}
	switch rest := p.b[min(end+1, p.n):p.n]; {
	case end == name || p.fail.id == "unknown-type" || end >= p.n:
		return false
	case kind == KindHelp:
		return utf8.Valid(rest)
	default:
		_, _, native := typeOf(rest, r.format)
		return native
	}
}

var eofWord = []byte("EOF")

// hasWord reports whether b begins with a word of four letters and a blank.
func hasWord(b []byte, word string) bool {
	return len(b) > 4 && string(b[:4]) == word && (b[4] == ' ' || b[4] == '\t')
}

// metadata reads what follows the word HELP, TYPE or UNIT.
func (r *Reader) metadata(kind Kind) bool {
	p := &r.p
	p.scratch = p.scratch[:0]
	if kind == KindType {
		r.typ = TypeUnknown
	}
	if p.i == p.n {
		return p.failed(p.i, "bad-metadata", "the line ends before the metric's name")
	}
	name, ok := r.metricName()
	if !ok {
		return false
	}
	r.meta = Metadata{Name: name}
	if p.i == p.n {
		r.noBlank(p.i, "no blank after the metric's name")
	} else if c := p.b[p.i]; c != ' ' && c != '\t' {
		return p.failed(p.i, "bad-metadata", "a blank expected after the metric's name, found %s", p.found())
	} else {
		if c == '\t' {
			r.noBlank(p.i, "a tab after the metric's name")
		}
		p.i++
	}
	at, text := p.i, p.b[p.i:p.n]
	switch kind {
	case KindType:
		return r.typeWord(at, text)
	case KindUnit:
		r.meta.Text = str(text)
		if u := len(text); u > 0 && (len(name) <= u || name[len(name)-u:] != r.meta.Text || name[len(name)-u-1] != '_') {
			r.problem(at, "bad-unit", fmt.Sprintf("the metric's name does not end in _ and %s", quote(text)))
		}
	case KindHelp:
		if !utf8.Valid(text) {
			return p.failed(at, "bad-utf8", "the help text is not UTF-8")
		}
		if !r.om && len(trimLeft(text)) == 0 {
			text = nil
		}
		r.meta.Text = p.unescape(text, !r.om)
		if r.strict && (len(text)-len(bytes.TrimRight(text, `\`)))%2 == 1 {
			// ABNF: a backslash is followed by a character.
			r.problem(p.n-1, "bad-escape", "a backslash at the end escapes nothing")
		}
	}
	return true
}

// metricName reads the name in a HELP, TYPE or UNIT line.
func (r *Reader) metricName() (string, bool) {
	p := &r.p
	if p.b[p.i] == '"' {
		if r.strict {
			r.problem(p.i, "quoted-name", "a quoted name, which OpenMetrics 1.0 does not have")
		}
		return p.labelName()
	}
	from := p.i
	if classes[p.b[from]]&nameStart == 0 {
		return "", p.failed(from, "bad-metadata", "a metric's name expected, found %s", p.found())
	}
	name := p.b[from:p.n]
	name = name[:nameEnd(name, r.prev.nameIn(&r.w))]
	p.i += len(name)
	r.prev.known, r.prev.refills = name, r.w.refills
	return str(name), true
}

func trimLeft(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	return b
}

func trimRight(b []byte) []byte {
	for n := len(b); n > 0 && (b[n-1] == ' ' || b[n-1] == '\t'); n-- {
		b = b[:n-1]
	}
	return b
}

// typeWord reads the word of a TYPE line.
func (r *Reader) typeWord(at int, text []byte) bool {
	word := trimRight(trimLeft(text))
	if len(word) == 0 {
		return r.p.failed(at, "bad-metadata", "the line ends before the type")
	}
	t, known, native := typeOf(word, r.format)
	switch {
	case !known:
		return r.p.failed(at, "unknown-type", "%s is not a type", quote(word))
	case !native:
		r.problem(at, "foreign-type", fmt.Sprintf("%s is not a type of %s", quote(word), r.format))
	case len(word) != len(text):
		r.problem(at, "trailing-blank", "blanks around the type")
	}
	r.typ, r.meta.Type = t, t
	return true
}
