package catalogue

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
)

const blanks = " \t"

// token is a piece of a line with its column, from 1, in bytes.
type token struct {
	text   string // quotes as they stand
	column int
}

// fields splits a line at its blanks, but not those in quotes, up to a comment.
func fields(line string) ([]token, *problem) {
	var list []token
	for at := 0; at < len(line); {
		switch c := line[at]; {
		case strings.IndexByte(blanks, c) >= 0:
			at++
			continue
		case c == '#':
			return list, nil
		}
		n, bad := until(line[at:], blanks)
		if bad != nil {
			return nil, bad.moved(at)
		}
		list = append(list, token{line[at : at+n], at + 1})
		at += n
	}
	return list, nil
}

// split cuts a token at each sep outside of quotes.
func (t token) split(sep string) []token {
	var list []token
	for {
		n, _ := until(t.text, sep) // fields has found the ends of all quotes
		list = append(list, token{t.text[:n], t.column})
		if n == len(t.text) {
			return list
		}
		t = token{t.text[n+1:], t.column + n + 1}
	}
}

// cut is strings.Cut outside of quotes.
func (t token) cut(sep string) (before, after token, found bool) {
	n, _ := until(t.text, sep)
	if n == len(t.text) {
		return t, token{"", t.column + n}, false
	}
	return token{t.text[:n], t.column}, token{t.text[n+1:], t.column + n + 1}, true
}

// until returns where the first of stops stands outside of quotes, or the end.
func until(s, stops string) (int, *problem) {
	end := strings.IndexAny(s, stops)
	if end < 0 {
		end = len(s)
	}
	if strings.IndexByte(s[:end], '"') < 0 {
		return end, nil
	}
	for i := 0; i < len(s); i++ {
		if s[i] == '"' {
			quoted, err := strconv.QuotedPrefix(s[i:])
			if err != nil {
				return len(s), &problem{i + 1, errors.New("a quote that does not end")}
			}
			i += len(quoted) - 1
			continue
		}
		if strings.IndexByte(stops, s[i]) >= 0 {
			return i, nil
		}
	}
	return len(s), nil
}

// value returns what the token says: without its quotes, if it has any.
func (t token) value() (string, *problem) {
	if strings.IndexByte(t.text, '"') < 0 {
		return t.text, nil
	}
	s, err := strconv.Unquote(t.text)
	if err != nil {
		return "", &problem{t.column, errors.New("quotes stand around the whole of a name or a value, or nowhere")}
	}
	return s, nil
}

// quote writes a value so that it is read back.
func quote(s string) string {
	if s == "" || !plain(s) || strings.Contains(s, "..") {
		return strconv.Quote(s)
	}
	return s
}

func plain(s string) bool {
	for _, r := range s {
		if r == unicode.ReplacementChar || !unicode.IsGraphic(r) || unicode.IsSpace(r) || strings.ContainsRune(`",=#`+"`", r) {
			return false
		}
	}
	return true
}

// quoted is a piece of somebody's text in a message.
func quoted(s string) string {
	const most = 80
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strconv.Quote(s)
}

// problem is what is wrong at a column of a line.
type problem struct {
	column int
	err    error
}

func (p *problem) moved(by int) *problem { return &problem{p.column + by, p.err} }
