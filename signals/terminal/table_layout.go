package terminal

import (
	"cmp"
	"slices"
)

// room is what a screen leaves for the columns, or without bound.
func (t *Table) room() int {
	if t.Width <= 0 {
		return 1 << 30
	}
	return max(1, t.Width-t.Indent)
}

// layout says how wide each column is, 0 of those without a place in the row,
// and which those are that gave way, from left to right.
func (t *Table) layout(rows [][]string) (widths, below []int) {
	natural, least := make([]int, len(t.Columns)), make([]int, len(t.Columns))
	for _, cells := range rows {
		for j, c := range cells {
			natural[j] = max(natural[j], Width(c))
			if t.Columns[j].Least > 0 {
				least[j] = max(least[j], min(longest(c), natural[j]))
			}
		}
	}
	var stay []int
	for j, c := range t.Columns {
		if least[j] = max(least[j], min(c.Least, natural[j])); c.Least <= 0 {
			least[j] = natural[j]
		}
		if natural[j] > 0 {
			stay = append(stay, j)
		}
	}
	room := t.room()
	for len(stay) > 1 && sum(least, stay)+2*(len(stay)-1) > room {
		i := t.first(stay)
		below = append(below, stay[i])
		stay = slices.Delete(stay, i, i+1)
	}
	slices.Sort(below)
	widths = make([]int, len(t.Columns))
	for _, j := range stay {
		widths[j] = natural[j]
	}
	if len(stay) == 1 {
		widths[stay[0]] = min(natural[stay[0]], room)
		return widths, below
	}
	for over := sum(widths, stay) + 2*(len(stay)-1) - room; over > 0; over-- {
		// The widest that can is made narrower, the last one of equals.
		at := -1
		for _, j := range stay {
			if widths[j] > least[j] && (at < 0 || widths[j] >= widths[at]) {
				at = j
			}
		}
		widths[at]--
	}
	return widths, below
}

// first is the place among those that stay of the column that gives way next.
func (t *Table) first(stay []int) int {
	at := 0
	for i, j := range stay {
		yield, next := t.Columns[j].Yield, t.Columns[stay[at]].Yield
		switch {
		case i == 0, yield == 0 && next > 0, yield > 0 && next > 0 && cmp.Compare(yield, next) > 0:
		default: // of those with 0 the rightmost
			at = i
		}
	}
	return at
}

func sum(widths, of []int) int {
	n := 0
	for _, j := range of {
		n += widths[j]
	}
	return n
}
