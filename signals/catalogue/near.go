package catalogue

import (
	"cmp"
	"slices"
	"strings"
)

// Near returns the names of up to three metrics that are like one that the
// catalogue does not have, the nearest first: with a few letters wrong, or
// with the name in theirs.
func (c *Catalogue) Near(name string) []string { return near(name, c.Names()) }

// hint says what may be meant.
func hint(word string, words []string) string {
	if n := near(word, words); len(n) > 0 {
		return ": did you mean " + n[0] + "?"
	}
	return ": there are " + strings.Join(words, ", ")
}

func near(name string, names []string) []string {
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
	row := make([]int, longest+1)
	for _, n := range names {
		switch d := len(n) - len(name); {
		case d > 0 && len(name) > 3 && strings.Contains(n, name):
			list = append(list, candidate{n, allowed + d})
		case len(n) <= longest && max(d, -d) <= allowed:
			if d := distance(name, n, row); d <= allowed {
				list = append(list, candidate{n, d})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	return each(list[:min(len(list), most)], func(x candidate) string { return x.name })
}

// distance is how many letters have to be put in, left out or changed; row is
// room for len(b)+1 numbers.
func distance(a, b string, row []int) int {
	for j := range len(b) + 1 {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
