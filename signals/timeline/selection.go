package timeline

import (
	"encoding/binary"
	"slices"
	"sync"

	"github.com/prometheus/prometheus/model/labels"
)

// maxSelections bounds the cache. Rules have a few selectors each; templates
// can make up new ones at every evaluation, and then the cache starts over.
const maxSelections = 4096

// selections remembers which series matched which matchers. The engine parses
// an expression anew for every instant, so matchers are known by what they
// say, not by their address. A selection is only ever extended, by the series
// created since it was last asked for.
type selections struct {
	t     *Timeline
	mu    sync.Mutex // several readers may ask at once
	byKey map[string]*selection
	key   []byte // buffer
}

type selection struct {
	refs   []Ref // rising
	sorted []Ref // the same by labels; may lag behind refs
	next   Ref   // first series that was not looked at yet
}

// refs returns the series that match all of the matchers, in the order
// of their creation. The caller must not change the list.
func (c *selections) refs(ms []*labels.Matcher) []Ref {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.selection(ms).refs
}

// sorted returns the same series ordered by their labels.
func (c *selections) sorted(ms []*labels.Matcher) []Ref {
	c.mu.Lock()
	defer c.mu.Unlock()
	sel := c.selection(ms)
	if len(sel.sorted) != len(sel.refs) {
		sel.sorted = slices.Clone(sel.refs) // older readers may still walk the old list
		slices.SortFunc(sel.sorted, func(a, b Ref) int {
			return labels.Compare(c.t.series[a].labels, c.t.series[b].labels)
		})
	}
	return sel.sorted
}

func (c *selections) selection(ms []*labels.Matcher) *selection {
	c.key = c.key[:0]
	for _, m := range ms {
		c.key = append(c.key, byte(m.Type))
		c.key = binary.AppendUvarint(c.key, uint64(len(m.Name)))
		c.key = append(c.key, m.Name...)
		c.key = binary.AppendUvarint(c.key, uint64(len(m.Value)))
		c.key = append(c.key, m.Value...)
	}
	sel := c.byKey[string(c.key)]
	if sel == nil {
		if c.byKey == nil || len(c.byKey) >= maxSelections {
			c.byKey = map[string]*selection{}
		}
		sel = &selection{next: 1}
		c.byKey[string(c.key)] = sel
	}
	if end := Ref(len(c.t.series)); sel.next < end {
		sel.refs = c.match(sel.refs, sel.next, ms)
		sel.next = end
	}
	return sel
}

// match appends to dst, in rising order, the series not below first that match
// all of the matchers.
//
// A matcher that the empty value satisfies also selects the series without the
// label (tsdb/querier.go, PostingsForMatchers), so only one that it does not
// satisfy can name its candidates through the index. The shortest such list is
// walked and the other matchers look at each candidate's labels.
func (c *selections) match(dst []Ref, first Ref, ms []*labels.Matcher) []Ref {
	base, candidates := c.candidates(first, ms)
	if base < 0 {
		for ref := max(first, 1); int(ref) < len(c.t.series); ref++ {
			if !c.t.last[ref].none && matches(c.t.series[ref].labels, ms, -1) {
				dst = append(dst, ref)
			}
		}
		return dst
	}
	for _, ref := range candidates {
		if matches(c.t.series[ref].labels, ms, base) {
			dst = append(dst, ref)
		}
	}
	return dst
}

// candidates returns the shortest list of series that one matcher allows, and
// which matcher that is; -1 when every series is a candidate.
func (c *selections) candidates(first Ref, ms []*labels.Matcher) (base int, list []Ref) {
	base = -1
	for i, m := range ms {
		if m.Type != labels.MatchEqual || m.Value == "" {
			continue
		}
		l := from(c.t.index[m.Name][m.Value], first)
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
		values := c.t.index[m.Name]
		if m.Matches("") || len(values) > len(c.t.series)-int(first) {
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
