package expfmt

import (
	"bytes"
	"strings"
)

// Escapes of text that are none. Prometheus keeps backslash and byte; promtool,
// and whatever else reads with github.com/prometheus/common/expfmt, refuses the
// whole text.

// seriesEscapes looks at a series as it is written.
func (c *checker) seriesEscapes(s *Sample) {
	if c.r.format != FormatText || bytes.IndexByte(s.Series, '\\') < 0 {
		return
	}
	c.escapes(s.Series, s.Column-1, `\n"`)
}

// helpEscapes looks at the text of a HELP line.
func (c *checker) helpEscapes(m *Metadata) {
	if c.r.format != FormatText {
		return
	}
	line := bytes.TrimSuffix(c.r.w.buf[c.r.w.lo:c.r.w.hi], []byte{'\r'})
	at := m.name - 1
	if at < 0 || at >= len(line) || bytes.IndexByte(line, '\\') < 0 {
		return
	}
	if line[at] == '"' {
		end, _ := endOfQuote(line, at+1)
		if end < 0 {
			return
		}
		c.escapes(line[at:end], at, `\n"`)
		at = end
	}
	c.escapes(line[at:], at, `\n`)
}

// escapes reports what a backslash escapes in b, the bytes of the record from
// an offset on, that is none of known.
func (c *checker) escapes(b []byte, from int, known string) {
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			continue
		}
		if i+1 == len(b) {
			c.note(from+i, "unknown-escape", `a backslash at the end escapes nothing: Prometheus keeps it, promtool refuses the text`)
			return
		}
		if i++; strings.IndexByte(known, b[i]) < 0 {
			what := string(b[i-1 : i+1])
			if b[i] <= ' ' || b[i] >= 0x7f {
				what = "a backslash"
			}
			c.note(from+i-1, "unknown-escape", what+" is no escape: Prometheus keeps it as it is, promtool refuses the text")
		}
	}
}
