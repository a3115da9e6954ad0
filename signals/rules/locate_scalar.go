package rules

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// inScalar returns line and column in the file of a byte of a scalar's value.
//
// All five styles fold or escape differently, yet each leaves the characters
// that are not blank in their order. So value and source are walked side by
// side, blanks on either side skipped, and a place is exact unless it is within
// blanks, where it is the first character after them. Where the two walks
// disagree, the place is where the scalar begins.
func (l *locator) inScalar(n *yaml.Node, offset int) (line, column int) {
	line, column = n.Line, n.Column
	if n.Kind != yaml.ScalarNode { // an alias: its own place says more than its target's
		return line, column
	}
	style := n.Style &^ yaml.TaggedStyle
	at := l.offset(n.Line, n.Column)
	at, ok := skipProperties(l.src, at)
	if !ok {
		return line, column
	}
	switch style {
	case yaml.DoubleQuotedStyle, yaml.SingleQuotedStyle:
		at++
	case yaml.LiteralStyle, yaml.FoldedStyle:
		i := strings.IndexByte(l.src[at:], '\n')
		if i < 0 {
			return line, column
		}
		at += i + 1
	}
	offset = max(0, min(offset, len(n.Value)))
	end := at // after the last character that matched
	for i := 0; i < len(n.Value); {
		c, size := utf8.DecodeRuneInString(n.Value[i:])
		if isBlank(c) {
			if i == offset && strings.TrimSpace(n.Value[i:]) == "" {
				break
			}
			i += size
			if offset < i {
				offset = i
			}
			continue
		}
		at = skipBlank(l.src, at, style)
		got, next, ok := readChar(l.src, at, style)
		if !ok || got != c {
			return line, column
		}
		if i >= offset {
			return position(l.src, at)
		}
		i += size
		at, end = next, next
	}
	return position(l.src, end)
}

// offset turns a YAML place into a byte offset.
func (l *locator) offset(line, column int) int {
	at := lineStart(l.src, line)
	if line == 1 && strings.HasPrefix(l.src, "\ufeff") {
		at += len("\ufeff")
	}
	for ; column > 1 && at < len(l.src); column-- {
		_, size := utf8.DecodeRuneInString(l.src[at:])
		at += size
	}
	return at
}

// skipProperties passes an anchor and a tag before the scalar.
func skipProperties(src string, at int) (int, bool) {
	for at < len(src) && (src[at] == '&' || src[at] == '!') {
		i := strings.IndexAny(src[at:], " \t\r\n")
		if i < 0 {
			return at, false
		}
		at += i
		at += len(src[at:]) - len(strings.TrimLeft(src[at:], " \t\r\n"))
	}
	return at, at < len(src)
}

func isBlank(c rune) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// skipBlank passes blanks of the source, written plainly or as escapes.
func skipBlank(src string, at int, style yaml.Style) int {
	for at < len(src) {
		if isBlank(rune(src[at])) {
			at++
			continue
		}
		if style == yaml.DoubleQuotedStyle && src[at] == '\\' && at+1 < len(src) &&
			strings.IndexByte("nrt \t\r\n", src[at+1]) >= 0 {
			at += 2
			continue
		}
		return at
	}
	return at
}

// readChar reads one character as the style writes it.
func readChar(src string, at int, style yaml.Style) (c rune, next int, ok bool) {
	if at >= len(src) {
		return 0, at, false
	}
	c, size := utf8.DecodeRuneInString(src[at:])
	next = at + size
	switch {
	case style == yaml.SingleQuotedStyle && c == '\'':
		return c, next + 1, strings.HasPrefix(src[next:], "'")
	case style == yaml.DoubleQuotedStyle && c == '"':
		return c, next, false
	case style == yaml.DoubleQuotedStyle && c == '\\':
		if next < len(src) && strings.IndexByte(`"\/`, src[next]) >= 0 {
			return rune(src[next]), next + 1, true
		}
		return c, next, false // \x41 and the like: not worth the exactness
	}
	return c, next, true
}
