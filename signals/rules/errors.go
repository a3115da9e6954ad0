package rules

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/scrapebook/scrapebook/signals/query"
)

// An Error is one mistake in a rule file.
type Error struct {
	File   string // as given to Parse; may be ""
	Line   int    // from 1
	Column int    // from 1, in characters as YAML counts them
	Group  string // in which the mistake is; "" outside of any
	Rule   string // name of the rule; "" outside of any
	Err    error  // upstream's error where it has one

	Text string // the line of the file that Line names
}

// Error returns `file:line:column: group "g", rule "r": message`.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		b.WriteByte(':')
	}
	fmt.Fprintf(&b, "%d:%d: ", e.Line, e.Column)
	if e.Group != "" {
		fmt.Fprintf(&b, "group %q", e.Group)
		if e.Rule != "" {
			fmt.Fprintf(&b, ", rule %q", e.Rule)
		}
		b.WriteString(": ")
	}
	b.WriteString(e.Err.Error())
	return b.String()
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Snippet returns the line and below it a caret under the column, both
// indented by two blanks, without a final newline; "" when Text is empty.
func (e *Error) Snippet() string { return query.Snippet(e.Text, e.Column) }

// position turns a byte offset into line and column, both from 1; offsets
// outside of the text mean its nearest end.
func position(text string, offset int) (line, column int) {
	offset = max(0, min(offset, len(text)))
	before := text[:offset]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}

// lineOf returns a line of text without its end; "" when there is no such line.
func lineOf(text string, line int) string {
	for ; line > 1; line-- {
		i := strings.IndexByte(text, '\n')
		if i < 0 {
			return ""
		}
		text = text[i+1:]
	}
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	}
	return strings.TrimSuffix(text, "\r")
}
