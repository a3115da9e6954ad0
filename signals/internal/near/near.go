// Package near finds the name that was probably meant by one that does not
// exist.
package near

import (
	"cmp"
	"strings"

	"github.com/agnivade/levenshtein"
)

// longest bounds in bytes the names that Distance compares: hostile ones are
// not worth the square of their length.
const longest = 256

// Distance is the number of characters to insert, delete or replace that make
// one name the other (Levenshtein). When one has more than 256 bytes it is the
// length of the longer.
func Distance(a, b string) int {
	if len(a) > longest || len(b) > longest {
		return max(len(a), len(b))
	}
	return levenshtein.ComputeDistance(a, b)
}

// Word returns the word that was probably meant, or "". Case does not matter.
// First comes one that the wrong word begins or that begins it; then the one at
// the smallest distance, when that is at most a third of the wrong word's
// length; then one that is part of it or has it as a part. Of equals the first
// counts. Words of more than 64 bytes are neither corrected nor proposed.
func Word(wrong string, words []string) string {
	const most, least = 64, 4 // words worth comparing at all, and in part
	if wrong == "" || len(wrong) > most {
		return ""
	}
	w := strings.ToLower(wrong)
	best, rank := "", max(1, len(w)/3)+1
	part := ""
	for _, word := range words {
		l := strings.ToLower(word)
		if len(l) > most {
			continue
		}
		d := Distance(w, l)
		if long := min(len(w), len(l)) >= least; long && (strings.HasPrefix(l, w) || strings.HasPrefix(w, l)) {
			d = 0
		} else if long && part == "" && (strings.Contains(l, w) || strings.Contains(w, l)) {
			part = word
		}
		if d < rank {
			best, rank = word, d
		}
	}
	return cmp.Or(best, part)
}
