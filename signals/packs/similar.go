package packs

import "github.com/scrapebook/scrapebook/signals/internal/near"

// longestName bounds in bytes the names that are compared.
const longestName = 64

// similar is the name that may be meant by word, "" when none is alike.
func similar(word string, names []string) string {
	best, at := "", len(word)/2+1
	for _, n := range names {
		d := max(len(word), len(n))
		if d <= longestName {
			d = near.Distance(word, n)
		}
		if d < at || d == at && best == "" && d <= 2 {
			best, at = n, d
		}
	}
	return best
}
