package terminal

import "strings"

// Fold breaks a line between words where it passes the width, and indents what
// follows by so many blanks. A word too long for a line, such as a path, stays
// whole, and so do the blanks at the start.
func Fold(s string, width, indent int) string {
	var b strings.Builder
	used, first := 0, true // first: of its line
	for i, word := range strings.Split(s, " ") {
		n := Width(word)
		switch {
		case i == 0:
		case used+1+n > width && !first && word != "":
			b.WriteString("\n" + strings.Repeat(" ", indent))
			used = indent
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used, first = used+n, first && word == ""
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
