package timeline

import (
	"iter"
	"maps"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
)

// index lists the series that have a label, by name and value, in rising order
// of reference. No value is ever empty.
type index map[string]map[string][]Ref

func (ix index) add(ref Ref, ls labels.Labels) {
	ls.Range(func(l labels.Label) {
		values := ix[l.Name]
		if values == nil {
			values = map[string][]Ref{}
			ix[l.Name] = values
		}
		values[l.Value] = append(values[l.Value], ref)
	})
}

func (ix index) values(name string) iter.Seq[string] { return maps.Keys(ix[name]) }

// from returns the references of the list that are not below ref.
func from(list []Ref, ref Ref) []Ref {
	i, _ := slices.BinarySearch(list, ref)
	return list[i:]
}

// match appends to dst, in rising order, the series not below first that match
// all of the matchers.
//
// A matcher that the empty value satisfies also selects the series without the
// label (tsdb/querier.go, PostingsForMatchers), so only one that it does not
// satisfy can name its candidates through the index. The shortest such list is
// walked and the other matchers look at each candidate's labels.
func (t *Timeline) match(dst []Ref, first Ref, ms []*labels.Matcher) []Ref {
	base, candidates := t.candidates(first, ms)
	if base < 0 {
		for ref := max(first, 1); int(ref) < len(t.series); ref++ {
			if matches(t.series[ref].labels, ms, -1) {
				dst = append(dst, ref)
			}
		}
		return dst
	}
	for _, ref := range candidates {
		if matches(t.series[ref].labels, ms, base) {
			dst = append(dst, ref)
		}
	}
	return dst
}

// candidates returns the shortest list of series that one matcher allows, and
// which matcher that is; -1 when every series is a candidate.
func (t *Timeline) candidates(first Ref, ms []*labels.Matcher) (base int, list []Ref) {
	base = -1
	for i, m := range ms {
		if m.Type != labels.MatchEqual || m.Value == "" {
			continue
		}
		l := from(t.index[m.Name][m.Value], first)
		if base < 0 || len(l) < len(list) {
			base, list = i, l
		}
	}
	if base >= 0 {
		return base, list
	}
	// No equality: unite the lists of all values that a matcher allows, unless
	// there are more values to ask than new series.
	for i, m := range ms {
		values := t.index[m.Name]
		if m.Matches("") || len(values) > len(t.series)-int(first) {
			continue
		}
		var l []Ref
		if set := m.SetMatches(); m.Type == labels.MatchRegexp && len(set) > 0 {
			for _, v := range set {
				l = append(l, from(values[v], first)...)
			}
		} else {
			for v, refs := range values {
				if m.Matches(v) {
					l = append(l, from(refs, first)...)
				}
			}
		}
		if base < 0 || len(l) < len(list) {
			base, list = i, l
		}
	}
	slices.Sort(list)
	return base, slices.Compact(list) // a set may name a value twice
}

// matches reports whether the labels satisfy all matchers but the one at skip.
func matches(ls labels.Labels, ms []*labels.Matcher, skip int) bool {
	for i, m := range ms {
		if i != skip && !m.Matches(ls.Get(m.Name)) {
			return false
		}
	}
	return true
}
