package query

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/prometheus/promql/parser"
)

// An Error is a mistake in an expression.
type Error struct {
	Name   string // of the expression, as it was given to Parse; "" without one
	Line   int    // from 1
	Column int    // from 1, in characters
	Text   string // the line of the expression that Line names; "" with a *LimitError
	Err    error  // upstream's
}

// Error returns `name:line:column: message` and, where there is a Text, on two
// lines more that with a caret.
func (e *Error) Error() string {
	name := e.Name
	if name != "" {
		name += ":"
	}
	text := fmt.Sprintf("%s%d:%d: %v", name, e.Line, e.Column, e.Err)
	if e.Text == "" {
		return text
	}
	return text + "\n" + Snippet(e.Text, e.Column)
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Snippet returns a line of text and below it a caret under a column, counted
// from 1 in characters. Both are indented by two blanks, without a final
// newline; "" when the text is empty.
func Snippet(text string, column int) string {
	if text == "" {
		return ""
	}
	var pad strings.Builder
	for _, c := range text {
		if utf8.RuneCountInString(pad.String()) >= column-1 {
			break
		}
		if c != '\t' {
			c = ' '
		}
		pad.WriteRune(c)
	}
	return "  " + text + "\n  " + pad.String() + "^"
}

// newError makes an Error of the first thing that the parser found.
func newError(name, expr string, err error) *Error {
	offset := 0
	var list parser.ParseErrors
	if errors.As(err, &list) && len(list) > 0 {
		offset = max(0, min(int(list[0].PositionRange.Start), len(expr)))
		err = fmt.Errorf("parse error: %w", list[0].Err)
	}
	line, column := placeIn(expr, offset)
	text, _, _ := strings.Cut(expr[strings.LastIndexByte(expr[:offset], '\n')+1:], "\n")
	if errors.As(err, new(*LimitError)) {
		text = ""
	}
	return &Error{
		Name: name, Line: line, Column: column,
		Text: strings.TrimSuffix(text, "\r"), Err: err,
	}
}

// placeIn is the place of an offset in an expression, from 1; the column is in
// characters.
func placeIn(expr string, offset int) (line, column int) {
	start := strings.LastIndexByte(expr[:offset], '\n') + 1
	return strings.Count(expr[:offset], "\n") + 1, utf8.RuneCountInString(expr[start:offset]) + 1
}
