package timeline

import (
	"encoding/binary"
	"slices"

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
	byKey map[string]*selection
	key   []byte // buffer
}

type selection struct {
	refs   []Ref // rising
	sorted []Ref // the same by labels; may lag behind refs
	next   Ref   // first series that was not looked at yet
}

// selectRefs returns the series that match all of the matchers, in the order
// of their creation. The caller must not change the list.
func (t *Timeline) selectRefs(ms []*labels.Matcher) []Ref {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.selection(ms).refs
}

// selectSorted returns the same series ordered by their labels.
func (t *Timeline) selectSorted(ms []*labels.Matcher) []Ref {
	t.mu.Lock()
	defer t.mu.Unlock()
	sel := t.selection(ms)
	if len(sel.sorted) != len(sel.refs) {
		sel.sorted = slices.Clone(sel.refs) // older readers may still walk the old list
		slices.SortFunc(sel.sorted, func(a, b Ref) int {
			return labels.Compare(t.series[a].labels, t.series[b].labels)
		})
	}
	return sel.sorted
}

func (t *Timeline) selection(ms []*labels.Matcher) *selection {
	c := &t.selections
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
	if end := Ref(len(t.series)); sel.next < end {
		sel.refs = t.match(sel.refs, sel.next, ms)
		sel.next = end
	}
	return sel
}
