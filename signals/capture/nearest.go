package capture

import (
	"cmp"
	"slices"
	"strings"
)

func contains(words []string, w string) bool { return slices.Contains(words, w) }

// nearest returns the word that was probably meant, or "". First comes one that the wrong word begins or that begins
// it; then the one with the smallest edit distance, when that is at most a third of the wrong word's length; then one
// that is part of it or has it as a part. Ties go to the first.
func nearest(wrong string, words []string) string {
	const longest, shortest = 64, 4 // words worth comparing in whole and in part
	if wrong == "" || len(wrong) > longest {
		return ""
	}
	w := strings.ToLower(wrong)
	best, rank := "", max(1, len(w)/3)+1
	part := ""
	for _, word := range words {
		l := strings.ToLower(word)
		if len(l) > longest {
			continue
		}
		d := distance(w, l)
		if long := min(len(w), len(l)) >= shortest; long && (strings.HasPrefix(l, w) || strings.HasPrefix(w, l)) {
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

// distance is the number of bytes to insert, delete or replace (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
