package catalogue

import (
	"cmp"
	"slices"
	"strings"

	"github.com/scrapebook/scrapebook/signals/internal/near"
)

// Similar returns the names of up to three metrics that are like one that the
// catalogue does not have, the nearest first: with a few letters wrong, or
// with the name in theirs.
func (c *Catalogue) Similar(name string) []string { return similar(name, c.Names()) }

// hint says what may be meant.
func hint(word string, words []string) string {
	if n := similar(word, words); len(n) > 0 {
		return ": did you mean " + n[0] + "?"
	}
	return ": there are " + strings.Join(words, ", ")
}

func similar(name string, names []string) []string {
	const most, longest = 3, 200
	if name == "" || len(name) > longest {
		return nil
	}
	type candidate struct {
		name     string
		distance int
	}
	var list []candidate
	allowed := 1 + min(len(name)/4, 3)
	for _, n := range names {
		switch d := len(n) - len(name); {
		case d > 0 && len(name) > 3 && strings.Contains(n, name):
			list = append(list, candidate{n, allowed + d})
		case len(n) <= longest && max(d, -d) <= allowed:
			if d := near.Distance(name, n); d <= allowed {
				list = append(list, candidate{n, d})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	return each(list[:min(len(list), most)], func(x candidate) string { return x.name })
}
