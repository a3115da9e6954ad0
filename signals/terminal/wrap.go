package terminal

import "strings"

// Wrap folds text to lines of at most so many columns: between words, and
// within a word only where it is longer than a line. With most ≤ 0 it stays one
// line.
func Wrap(s string, most int) []string {
	if most <= 0 || Width(s) <= most {
		return []string{s}
	}
	lines := []string{""}
	for _, word := range strings.Fields(s) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case Width(*last)+1+Width(word) <= most:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
		for {
			end := len(lines) - 1
			n := fitting(lines[end], most)
			if n == len(lines[end]) {
				break
			}
			lines = append(lines[:end], lines[end][:n], lines[end][n:])
		}
	}
	return lines
}

// fitting returns how many bytes of s fit, at least one character's.
func fitting(s string, most int) int {
	used, end := 0, 0
	for g := measure.StringGraphemes(s); g.Next(); end += len(g.Value()) {
		if used += g.Width(); used > most && end > 0 {
			return end
		}
	}
	return len(s)
}
