package terminal

import "strings"

// Fold breaks a line between words where it passes the width, and indents what
// follows by so many blanks, fewer where a word takes the width. A word too
// long for a line, such as a path, stays whole, and so do the blanks at the
// start. With width ≤ 0 nothing is broken.
func Fold(s string, width, indent int) string {
	if width <= 0 {
		return unglued(s)
	}
	var b strings.Builder
	used, first := 0, true // first: of its line
	for i, word := range strings.Split(s, " ") {
		n := Width(word)
		switch {
		case i == 0:
		case used+1+n > width && !first && word != "":
			used = min(indent, max(0, width-n))
			b.WriteString("\n" + strings.Repeat(" ", used))
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used, first = used+n, first && word == ""
	}
	return unglued(b.String())
}

// FoldLines folds each line of a text as Fold does; what follows of one stands
// so many blanks behind its start.
func FoldLines(text string, width, indent int) string {
	if width <= 0 {
		return unglued(text)
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		body := strings.TrimSuffix(line, "\n")
		start := len(body) - len(strings.TrimLeft(body, " "))
		b.WriteString(Fold(body, width, start+indent) + line[len(body):])
	}
	return b.String()
}

// Cut shortens text to the columns, marking that it did; what would be too
// little to mean anything, fewer than 8 columns, is left away.
func Cut(s string, columns int) string {
	if Width(s) <= columns {
		return s
	}
	if columns < 8 {
		return ""
	}
	return measure.TruncateString(s, columns, "…")
}
