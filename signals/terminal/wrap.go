package terminal

import "strings"

// glue is a blank that does not part words. Clean makes it visible, so no text
// from a file has one, and whoever writes lines turns it into a blank.
const glue = "\u00a0"

// Whole makes text, such as a name with blanks in it, one word to those that
// break lines: Fold and a Table.
func Whole(s string) string { return strings.ReplaceAll(s, " ", glue) }

// unglued turns the blanks of Whole into what they are.
func unglued(s string) string { return strings.ReplaceAll(s, glue, " ") }

// wrap folds text to lines of at most so many columns between words, and the
// lines that follow begin with the blanks of the first. A word that is longer
// than a line stays whole. With most ≤ 0 it stays one line.
func wrap(s string, most int) []string {
	if most <= 0 || Width(s) <= most {
		return []string{s}
	}
	indent := s[:len(s)-len(strings.TrimLeft(s, " "))]
	lines, used := []string{}, 0
	for word := range strings.SplitSeq(s[len(indent):], " ") {
		n := Width(word)
		switch {
		case word == "":
		case len(lines) > 0 && used+1+n <= most:
			lines[len(lines)-1] += " " + word
			used += 1 + n
		default:
			lines = append(lines, indent+word)
			used = len(indent) + n
		}
	}
	return lines
}

// longest is the width of the longest word, with the blanks at the start.
func longest(s string) int {
	most, rest := 0, strings.TrimLeft(s, " ")
	for word := range strings.SplitSeq(rest, " ") {
		most = max(most, Width(word))
	}
	return len(s) - len(rest) + most
}
