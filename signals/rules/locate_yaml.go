package rules

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

var (
	linePrefix  = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)
	placePrefix = regexp.MustCompile(`^(\d+):(\d+): `)
	anchorName  = regexp.MustCompile(`(?:unknown anchor|anchor) '([^']*)'`)
)

// yamlError places what the YAML reader or rulefmt said of the whole file: by
// the line it names, by the anchor it names, else at the first byte that no
// YAML may hold.
func (l *locator) yamlError(err error) {
	msgs := []string{err.Error()}
	if te := new(yaml.TypeError); errors.As(err, &te) {
		msgs = te.Errors
	}
	for _, msg := range msgs {
		line, column := 0, 0
		if m := placePrefix.FindStringSubmatch(msg); m != nil {
			line, _ = strconv.Atoi(m[1])
			column, _ = strconv.Atoi(m[2])
			msg = msg[len(m[0]):]
		} else if m := linePrefix.FindStringSubmatch(msg); m != nil {
			line, _ = strconv.Atoi(m[1])
			msg = msg[len(m[0]):]
		}
		msg = strings.TrimPrefix(msg, "yaml: ")
		if line == 0 {
			offset := firstUnreadable(l.src)
			if m := anchorName.FindStringSubmatch(msg); m != nil {
				offset = max(0, strings.Index(l.src, "*"+m[1]))
			}
			line, column = position(l.src, offset)
		}
		line = max(1, min(line, len(l.lines)))
		if strings.Contains(msg, "tab character") {
			for i := line; i <= len(l.lines); i++ { // the reader may name a line before
				text := l.lines[i-1]
				if tab := strings.IndexByte(text, '\t'); tab >= 0 && strings.TrimLeft(text[:tab], " -") == "" {
					line, column = i, tab+1
					break
				}
			}
		}
		if column == 0 {
			text := l.lines[line-1]
			column = 1 + len(text) - len(strings.TrimLeft(text, " \t"))
		}
		l.add(line, column, errors.New("not readable as YAML: "+msg))
	}
}

// firstUnreadable returns the offset of the first byte that is no UTF-8 or a
// control character; 0 when there is none.
func firstUnreadable(s string) int {
	for i, c := range s {
		switch {
		case c == '\t' || c == '\n' || c == '\r' || c == '\u0085':
		case c < ' ', c == 0x7f, c > 0x7f && c < 0xa0, c == 0xfffd && !strings.HasPrefix(s[i:], "\ufffd"):
			return i
		}
	}
	return 0
}
