package expfmt

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A parser is where one reads in a record, and what was read of it.
type parser struct {
	b []byte // the record; it has newlines only within quotes
	n int    // where it ends, without a carriage return
	i int    // what is read next

	name    string
	named   bool
	labels  []Label
	starts  []int               // where they begin
	scratch []byte              // unescaped strings and normalised bounds
	names   map[string]struct{} // to find duplicates among many labels
	fail    failure
	late    failure // of an exemplar without which Prometheus takes the scrape
}

// A failure is the first defect that a record cannot be read past.
type failure struct {
	off     int
	id      string
	message string
	taken   bool // Prometheus takes the scrape, see Problem.Refused
}

func (p *parser) failed(off int, id, format string, args ...any) bool {
	p.fail = failure{off: off, id: id, message: fmt.Sprintf(format, args...)}
	return false
}

// blanks passes blanks and tabs and returns how many.
func (p *parser) blanks() int {
	from := p.i
	for p.i < p.n && (p.b[p.i] == ' ' || p.b[p.i] == '\t') {
		p.i++
	}
	return p.i - from
}

// word returns what stands before the next blank.
func (p *parser) word() []byte {
	from := p.i
	for p.i < p.n && p.b[p.i] != ' ' && p.b[p.i] != '\t' {
		p.i++
	}
	return p.b[from:p.i]
}

// found names what is read next, for messages.
func (p *parser) found() string {
	if p.i >= p.n {
		return "the end of the line"
	}
	c, size := utf8.DecodeRune(p.b[p.i:p.n])
	if c == utf8.RuneError && size == 1 {
		return fmt.Sprintf("the byte 0x%02x", p.b[p.i])
	}
	return fmt.Sprintf("%q", c)
}

// noBlank reports, in OpenMetrics and once a line, a blank that is too many,
// or too few.
func (r *Reader) noBlank(off int, message string) {
	if r.om && !r.blankSeen {
		r.blankSeen = true
		r.problem(off, "openmetrics-blank", message+", which OpenMetrics does not allow")
	}
}

// oneBlank passes the blanks between two parts of a line, of which OpenMetrics
// wants one.
func (r *Reader) oneBlank() int {
	p := &r.p
	from := p.i
	n := p.blanks()
	if r.om && p.i < p.n && (n != 1 || p.b[from] != ' ') {
		r.noBlank(from, "not one blank between two parts")
	}
	return n
}

// A class is what a byte may be in.
type class uint8

const (
	nameStart class = 1 << iota
	nameRest
	labelStart
	labelRest
)

var classes = func() (t [256]class) {
	for c := range t {
		b := byte(c)
		letter := b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_'
		if letter {
			t[c] |= nameStart | nameRest | labelStart | labelRest
		}
		if b == ':' {
			t[c] |= nameStart | nameRest
		}
		if b >= '0' && b <= '9' {
			t[c] |= nameRest | labelRest
		}
	}
	return t
}()

// special returns where in b, from i on, the first quote, backslash or
// non-ASCII byte stands; len(b) when there is none.
func special(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		if m := specialMask(b[i:]); m != 0 {
			return i + firstByte(m)
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c == '"' || c == '\\' || c >= 0x80 {
			return i
		}
	}
	return i
}

// endOfQuote returns where the quote stands that closes the string whose
// content begins at i. Without one it returns -1 and whether a next line may
// have it: not after a backslash.
func endOfQuote(b []byte, i int) (end int, open bool) {
	for {
		i = special(b, i)
		if i >= len(b) {
			return -1, true
		}
		switch b[i] {
		case '"':
			return i, false
		case '\\':
			for i++; i < len(b) && b[i] == 0; i++ {
				// Upstream's lexer passes over NULs before it looks.
			}
			if i >= len(b) || b[i] == '\n' {
				return -1, false
			}
			i++
		default:
			for i++; i < len(b) && b[i] >= 0x80; i++ {
			}
		}
	}
}

// quoted returns the content of the quoted string that is read next, as it is
// written, and goes behind it.
func (p *parser) quoted() (raw []byte, ok bool) {
	from := p.i + 1
	end, _ := endOfQuote(p.b, from)
	if end < 0 {
		return nil, p.failed(p.i, "unterminated-quote", "a quoted string does not end")
	}
	p.i = end + 1
	return p.b[from:end], true
}

// unescape resolves \\, \n and, unless it is kept, \". Other escapes stay as
// they are.
func (p *parser) unescape(raw []byte, keepQuote bool) string {
	i := bytes.IndexByte(raw, '\\')
	if i < 0 {
		return str(raw)
	}
	from := len(p.scratch)
	out := append(p.scratch, raw[:i]...)
	for i < len(raw) {
		c := raw[i]
		if c == '\\' && i+1 < len(raw) {
			switch e := raw[i+1]; {
			case e == '\\', e == '"' && !keepQuote:
				c = e
				i++
			case e == 'n':
				c = '\n'
				i++
			}
		}
		out = append(out, c)
		i++
	}
	p.scratch = out
	return str(out[from:])
}

// duplicate returns the index of the first label from the index first on
// whose name stands before it as well, or is the one that metrics' names have.
func (p *parser) duplicate(first int) int {
	ls := p.labels
	if len(ls) > 32 {
		return p.duplicateOfMany()
	}
	for i := first; i < len(ls); i++ {
		name := ls[i].Name
		if name == "__name__" {
			return i
		}
		for j := range ls[:i] {
			if ls[j].Name == name {
				return i
			}
		}
	}
	return -1
}

func (p *parser) duplicateOfMany() int {
	if p.names == nil {
		p.names = make(map[string]struct{}, len(p.labels))
	}
	defer func() {
		if len(p.names) > 4096 {
			p.names = nil // clearing it would cost every later line
			return
		}
		clear(p.names)
	}()
	for i, l := range p.labels {
		if _, ok := p.names[l.Name]; ok || l.Name == "__name__" {
			return i
		}
		p.names[l.Name] = struct{}{}
	}
	return -1
}

// dropsDuplicates tells whether every label that stands twice is empty once:
// Prometheus drops all labels of the name then.
func (p *parser) dropsDuplicates() bool {
	type found struct {
		again bool
		empty bool
	}
	names := map[string]found{}
	for _, l := range p.labels {
		f, again := names[l.Name]
		names[l.Name] = found{again: again, empty: f.empty || l.Value == ""}
		if l.Name == "__name__" {
			return false
		}
	}
	for _, f := range names {
		if f.again && !f.empty {
			return false
		}
	}
	return true
}

func quote(b []byte) string {
	if len(b) > 40 {
		return fmt.Sprintf("%q…", strings.ToValidUTF8(string(b[:40]), "\ufffd"))
	}
	return fmt.Sprintf("%q", b)
}
