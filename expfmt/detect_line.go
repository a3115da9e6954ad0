package expfmt

import (
	"bytes"
	"strings"
)

// Line is what a line of text looks like, by DetectLine. Its parts are those of
// the line as they are written, and empty where it has none.
type Line struct {
	// Kind is KindSample, KindHelp, KindType or KindUnit, else 0: then Blank
	// says that the line is empty or a comment, and EOF that it is # EOF.
	Kind       Kind
	Blank, EOF bool

	Name   []byte // of a sample's metric, or of the family; without quotes
	Series []byte // of a sample: the name and the labels
	Value  []byte
	Time   []byte // the timestamp of a sample
}

// DetectLine says what a line of text, without its end, looks like, to find
// expositions among other lines. It does not parse to the letter, as a Reader
// does: labels may be anything between braces, and a number anything that is
// made of what numbers are made of.
func DetectLine(b []byte) (l Line) {
	b = bytes.TrimRight(b, " \t\r")
	i := 0 // behind the name
	switch {
	case len(b) == 0:
		l.Blank = true
		return l
	case b[0] == '#':
		return detectComment(b)
	case classes[b[0]]&nameStart != 0:
		for i = 1; i < len(b) && classes[b[i]]&nameRest != 0; i++ {
		}
		l.Name = b[:i]
	case b[0] == '{' && len(b) > 1 && (b[1] == '"' || b[1] == ' '): // a quoted name
		if _, rest, ok := bytes.Cut(b, []byte{'"'}); ok {
			l.Name, _, _ = bytes.Cut(rest, []byte{'"'})
		}
	default:
		return l
	}
	for i < len(b) && (b[i] == ' ' || b[i] == '\t') {
		i++
	}
	if i < len(b) && b[i] == '{' {
		if i = closingBrace(b, i); i < 0 {
			return l
		}
	}
	value, rest := cutWord(trimLeft(b[i:]))
	stamp, rest := cutWord(rest)
	switch {
	case !looksLikeValue(value):
		return l
	case len(stamp) == 0 || stamp[0] == '#':
	case looksLikeTime(stamp) && (len(rest) == 0 || rest[0] == '#'):
		l.Time = stamp
	default:
		return l
	}
	l.Kind, l.Series, l.Value = KindSample, trimRight(b[:i]), value
	return l
}

func detectComment(b []byte) (l Line) {
	word, rest := cutWord(trimLeft(b[1:]))
	kind := Kind(0)
	switch string(word) {
	case "HELP":
		kind = KindHelp
	case "TYPE":
		kind = KindType
	case "UNIT":
		kind = KindUnit
	case "EOF":
		l.EOF = len(rest) == 0
	}
	name, rest := cutWord(rest)
	name = bytes.Trim(name, `"`)
	if kind == 0 || len(name) == 0 || kind != KindHelp && len(rest) == 0 {
		l.Blank = !l.EOF
		return l
	}
	l.Kind, l.Name = kind, name
	return l
}

// cutWord cuts b behind its first word and the blanks that follow.
func cutWord(b []byte) (word, rest []byte) {
	n := 0
	for n < len(b) && b[n] != ' ' && b[n] != '\t' {
		n++
	}
	return b[:n], trimLeft(b[n:])
}

// closingBrace returns the place behind the brace that closes the one at i; -1
// when there is none.
func closingBrace(b []byte, i int) int {
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

func looksLikeValue(b []byte) bool {
	if len(b) == 0 || len(b) > 64 {
		return false
	}
	if b[0] == '+' || b[0] == '-' {
		b = b[1:]
	}
	if len(b) > 0 && (b[0] >= '0' && b[0] <= '9' || b[0] == '.') {
		return onlyDigitsAnd(b, ".eE+-")
	}
	return bytes.EqualFold(b, []byte("NaN")) || bytes.EqualFold(b, []byte("Inf")) || bytes.EqualFold(b, []byte("Infinity"))
}

func looksLikeTime(b []byte) bool {
	if b[0] == '-' {
		b = b[1:]
	}
	return len(b) > 0 && len(b) <= 32 && onlyDigitsAnd(b, ".e+")
}

func onlyDigitsAnd(b []byte, others string) bool {
	for _, c := range b {
		if (c < '0' || c > '9') && strings.IndexByte(others, c) < 0 {
			return false
		}
	}
	return true
}
