package content

import (
	"bytes"
	"math"
	"strconv"
)

// A line of text exposition, as far as recognising one needs it. It is not parsed to the letter: that is for others.
type line struct {
	kind   lineKind
	name   []byte // of the metric, or of the family of a HELP, TYPE or UNIT
	series []byte // name and labels, as written
	value  []byte
	stamp  []byte // the timestamp, empty when there is none
}

type lineKind uint8

const (
	lineOther   lineKind = iota
	lineBlank            // nothing, or a comment that says nothing
	lineSample           // name{labels} value
	lineHelp             // # HELP
	lineType             // # TYPE or # UNIT
	lineEnd              // # EOF
	lineDivider          // ---- or ====, as scripts print between scrapes
)

func nameByte(c byte, first bool) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == ':' || !first && c >= '0' && c <= '9'
}

// readLine takes a line, without its end, apart.
func readLine(b []byte) (l line) {
	b = bytes.TrimRight(b, " \t\r")
	switch {
	case len(b) == 0:
		l.kind = lineBlank
		return l
	case b[0] == '#':
		return readComment(b)
	case nameByte(b[0], true):
		n := 1
		for n < len(b) && nameByte(b[n], false) {
			n++
		}
		l.name = b[:n]
	case b[0] == '{' && len(b) > 1 && (b[1] == '"' || b[1] == ' '): // a quoted name
		if _, rest, ok := bytes.Cut(b, []byte{'"'}); ok {
			l.name, _, _ = bytes.Cut(rest, []byte{'"'})
		}
	default:
		if len(b) > 2 && bytes.Count(b, b[:1]) == len(b) && b[0] != '.' { // dots stand for lines that were left out
			l.kind = lineDivider
		}
		return l
	}
	i := 0
	if b[0] != '{' {
		i = len(l.name)
	}
	for i < len(b) && (b[i] == ' ' || b[i] == '\t') {
		i++
	}
	if i < len(b) && b[i] == '{' {
		if i = labelsEnd(b, i); i < 0 {
			return l
		}
	}
	l.series = bytes.TrimRight(b[:i], " \t")
	rest := bytes.TrimLeft(b[i:], " \t")
	value, rest := token(rest)
	if !isValue(value) {
		return l
	}
	l.value = value
	stamp, rest := token(rest)
	switch {
	case len(stamp) == 0 || stamp[0] == '#':
	case isStamp(stamp) && (len(rest) == 0 || rest[0] == '#'):
		l.stamp = stamp
	default:
		return l
	}
	l.kind = lineSample
	return l
}

func token(b []byte) (word, rest []byte) {
	n := 0
	for n < len(b) && b[n] != ' ' && b[n] != '\t' {
		n++
	}
	return b[:n], bytes.TrimLeft(b[n:], " \t")
}

// labelsEnd is the place behind the brace that closes the one at i; -1 when there is none.
func labelsEnd(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '}':
			return i + 1
		case '"':
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		}
	}
	return -1
}

// isValue says whether a word looks like a number, as far as its letters go.
func isValue(b []byte) bool {
	if len(b) == 0 || len(b) > 64 {
		return false
	}
	c := b[0]
	if c == '+' || c == '-' {
		b = b[1:]
	}
	if len(b) > 0 && (b[0] >= '0' && b[0] <= '9' || b[0] == '.') {
		for _, c := range b {
			if (c < '0' || c > '9') && bytes.IndexByte([]byte(".eE+-"), c) < 0 {
				return false
			}
		}
		return true
	}
	return bytes.EqualFold(b, []byte("NaN")) || bytes.EqualFold(b, []byte("Inf")) || bytes.EqualFold(b, []byte("Infinity"))
}

func isStamp(b []byte) bool {
	if b[0] == '-' {
		b = b[1:]
	}
	for _, c := range b {
		if (c < '0' || c > '9') && bytes.IndexByte([]byte(".e+"), c) < 0 {
			return false
		}
	}
	return len(b) > 0 && len(b) <= 32
}

// stampMs is a sample's own time. OpenMetrics has seconds there, the text format milliseconds.
func stampMs(b []byte) (int64, bool) {
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || math.Abs(v) > 1e15 {
		return 0, false
	}
	if math.Abs(v) < 1e11 {
		v *= 1000
	}
	return int64(math.Round(v)), true
}

func readComment(b []byte) (l line) {
	l.kind = lineBlank
	word, rest := token(bytes.TrimLeft(b[1:], " \t"))
	switch string(word) {
	case "HELP":
		l.kind = lineHelp
	case "TYPE", "UNIT":
		l.kind = lineType
	case "EOF":
		if len(rest) == 0 {
			l.kind = lineEnd
		}
		return l
	default:
		return l
	}
	l.name, rest = token(rest)
	if l.name = bytes.Trim(l.name, `"`); len(l.name) == 0 || l.kind == lineType && len(rest) == 0 {
		l.kind, l.name = lineBlank, nil
	}
	return l
}
