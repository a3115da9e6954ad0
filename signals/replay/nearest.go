package replay

import (
	"cmp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/ingest"
)

// nearest says what exists in place of a selector that matched nothing: the
// metric names most like the one it asks for, or, where the name exists, for
// the first matcher that nothing under that name passes the values there are.
func nearest(seen *ingest.Seen, ms []*labels.Matcher) []string {
	var name *labels.Matcher
	for _, m := range ms {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual {
			name = m
		}
	}
	if name == nil {
		return nil
	}
	if !seen.Has(name.Value) {
		return alike(name.Value, seen.Names(), 3, true)
	}
	for _, m := range ms {
		if m == name || seen.Any(name.Value, m) {
			continue
		}
		var out []string
		for _, v := range alike(m.Value, first(seen.Values(name.Value, m.Name), 100), 5, false) {
			out = append(out, labels.MustNewMatcher(labels.MatchEqual, m.Name, v).String())
		}
		if out == nil {
			out = []string{"no label " + m.Name + " on " + name.Value}
		}
		return out
	}
	return nil // each matcher has its series, no series has them all
}

func first(list []string, n int) []string { return list[:min(n, len(list))] }

// alike sorts candidates by their distance to want and keeps the first n; near
// leaves out those that differ in more than half of it.
func alike(want string, candidates []string, n int, near bool) []string {
	type scored struct {
		s string
		d int
	}
	var list []scored
	for _, c := range candidates {
		d := distance(want, c)
		if common := commonPrefix(want, c); common >= 6 {
			d -= common / 2 // metrics of one component share a prefix
		}
		if !near || d <= max(len(want), len(c))/2 {
			list = append(list, scored{c, d})
		}
	}
	slices.SortStableFunc(list, func(a, b scored) int { return cmp.Or(cmp.Compare(a.d, b.d), strings.Compare(a.s, b.s)) })
	var out []string
	for _, s := range list[:min(n, len(list))] {
		out = append(out, s.s)
	}
	return out
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// distance is Levenshtein's, over bytes.
func distance(a, b string) int {
	if len(a) > 256 || len(b) > 256 { // hostile names are not worth the square
		return max(len(a), len(b))
	}
	row := make([]int, len(b)+1)
	for j := range row {
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
