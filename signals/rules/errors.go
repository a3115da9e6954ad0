package rules

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/prometheus/promql/parser"
)

// An Error is one mistake in a rule file or an expression.
type Error struct {
	File   string // as given to Parse; the name given to ParseExpr; may be ""
	Line   int    // from 1
	Column int    // from 1, in characters as YAML counts them
	Group  string // in which the mistake is; "" outside of any
	Rule   string // name of the rule; "" outside of any
	Err    error  // upstream's error where it has one

	Text string // the line of the file, or of the expression, that Line names
	// adhoc marks an expression without a file.
	adhoc bool
}

// Error returns `file:line:column: group "g", rule "r": message`. For an
// expression without a file the expression and a caret follow on two lines.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		b.WriteByte(':')
	}
	fmt.Fprintf(&b, "%d:%d: ", e.Line, e.Column)
	if e.Group != "" && !e.adhoc {
		fmt.Fprintf(&b, "group %q", e.Group)
		if e.Rule != "" {
			fmt.Fprintf(&b, ", rule %q", e.Rule)
		}
		b.WriteString(": ")
	}
	b.WriteString(e.Err.Error())
	if e.adhoc {
		b.WriteByte('\n')
		b.WriteString(e.Snippet())
	}
	return b.String()
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Snippet returns the line and below it a caret under the column, both
// indented by two blanks, without a final newline; "" when Text is empty.
func (e *Error) Snippet() string {
	if e.Text == "" {
		return ""
	}
	var pad strings.Builder
	for _, c := range e.Text {
		if utf8.RuneCountInString(pad.String()) >= e.Column-1 {
			break
		}
		if c != '\t' {
			c = ' '
		}
		pad.WriteRune(c)
	}
	return "  " + e.Text + "\n  " + pad.String() + "^"
}

// exprError returns the errors of an expression that stands alone.
func exprError(file, expr string, err error) []*Error {
	var list parser.ParseErrors
	if !errors.As(err, &list) || len(list) == 0 {
		return []*Error{{File: file, Line: 1, Column: 1, Err: err, Text: lineOf(expr, 1), adhoc: true}}
	}
	out := make([]*Error, 0, len(list))
	for _, pe := range list {
		line, column := position(expr, int(pe.PositionRange.Start))
		out = append(out, &Error{
			File: file, Line: line, Column: column, Text: lineOf(expr, line), adhoc: true,
			Err: fmt.Errorf("parse error: %w", pe.Err),
		})
	}
	return out
}

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
