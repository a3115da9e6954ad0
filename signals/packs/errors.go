package packs

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Error is a mistake in a pack.
type Error struct {
	File         string
	Line, Column int // from 1, the column in characters
	Message      string
}

// Error returns `file:line:column: message`.
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// offsetAt is the byte offset of a line and column.
func offsetAt(src string, line, column int) int {
	at := 0
	for ; line > 1; line-- {
		i := strings.IndexByte(src[at:], '\n')
		if i < 0 {
			return len(src)
		}
		at += i + 1
	}
	for ; column > 1 && at < len(src) && src[at] != '\n'; column-- {
		_, size := utf8.DecodeRuneInString(src[at:])
		at += size
	}
	return at
}

// placeOf is the line and column of a byte offset.
func placeOf(src string, off int) (line, column int) {
	before := src[:min(off, len(src))]
	start := strings.LastIndexByte(before, '\n') + 1
	return 1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[start:])
}

// within is the line and column of a byte of a scalar's value. YAML folds
// blanks but keeps the other characters in their order, so value and source are
// walked side by side, past blanks on either side. Where they part, which
// escapes in double quotes bring about, it is the place where the scalar
// begins.
func within(src string, n *yaml.Node, off int) (line, column int) {
	at := offsetAt(src, n.Line, n.Column)
	switch n.Style {
	case yaml.SingleQuotedStyle, yaml.DoubleQuotedStyle:
		at++
	case yaml.LiteralStyle, yaml.FoldedStyle:
		at += strings.IndexByte(src[at:]+"\n", '\n')
	}
	const blank = " \t\r\n"
	for i := 0; i < len(n.Value); i++ {
		if strings.IndexByte(blank, n.Value[i]) >= 0 {
			continue
		}
		for at < len(src) && strings.IndexByte(blank, src[at]) >= 0 {
			at++
		}
		if at == len(src) || src[at] != n.Value[i] {
			return n.Line, n.Column
		}
		if i >= off {
			return placeOf(src, at)
		}
		if at++; n.Style == yaml.SingleQuotedStyle && n.Value[i] == '\'' {
			at++
		}
	}
	return placeOf(src, at)
}
