package catalogue

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Merge joins catalogues of one software. Where two of them speak of the same
// metric in the same version, the later one is right in all that it states, and
// what it leaves open is as the earlier one says; but a type that a source
// tells goes before custom. Components and sources are joined, also of versions
// of which the same is known otherwise. The catalogues stay as they are. It is
// an error when their software differs, or when there would be more versions or
// sources than a list may have.
func Merge(first *Catalogue, more ...*Catalogue) (*Catalogue, error) {
	if first == nil {
		return nil, errors.New("catalogue: there is none to merge with")
	}
	joined := &Catalogue{Software: first.Software}
	all := append([]*Catalogue{first}, more...)
	ids := make([]map[string]string, len(all))
	var names []string
	for i, c := range all {
		if c.Software != first.Software {
			return nil, fmt.Errorf("a catalogue of %s cannot be joined with one of %s", c.Software, first.Software)
		}
		joined.Versions = mergeVersions(joined.Versions, c.Versions)
		ids[i] = joined.mergeSources(c.Sources)
		names = append(names, c.Names()...)
	}
	if len(joined.Versions) > maxVersions || len(joined.Sources) > maxSources {
		return nil, fmt.Errorf("the catalogues of %s have more than %d versions or %d sources together", first.Software, maxVersions, maxSources)
	}
	for i, c := range all {
		for _, l := range c.lists {
			joined.addList(joined.moved(c, l.in), ids[i][l.from]) // of no source stays so
		}
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		cells := make([]*Entry, len(joined.Versions))
		for i, c := range all {
			joined.fill(cells, c, name, ids[i])
		}
		joined.metrics = append(joined.metrics, &metric{name, joined.facts(cells)})
	}
	return joined, nil
}

// mergeVersions puts each of b that a lacks before the first of a that is
// newer.
func mergeVersions(a, b []string) []string {
	joined := slices.Clone(a)
	for _, v := range b {
		if slices.Contains(a, v) {
			continue
		}
		at := slices.IndexFunc(joined, func(x string) bool { return newer(x, v) > 0 })
		if at < 0 {
			at = len(joined)
		}
		joined = slices.Insert(joined, at, v)
	}
	return joined
}

// newer compares the parts of versions, numbers as numbers.
func newer(a, b string) int {
	parts := func(v string) []string {
		return strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(".-+_", r) })
	}
	return slices.CompareFunc(parts(a), parts(b), func(a, b string) int {
		x, errX := strconv.Atoi(a)
		y, errY := strconv.Atoi(b)
		if errX != nil || errY != nil {
			return strings.Compare(a, b)
		}
		return cmp.Compare(x, y)
	})
}

// mergeSources appends sources and returns what they are called now: one that
// has the name of another is numbered.
func (c *Catalogue) mergeSources(more []Source) (ids map[string]string) {
	ids = map[string]string{}
	for _, s := range more {
		id := s.ID
		for n := 2; ; n++ {
			at := slices.IndexFunc(c.Sources, func(x Source) bool { return x.ID == id })
			if at < 0 {
				c.Sources = append(c.Sources, Source{id, s.Text})
				break
			}
			if c.Sources[at].Text == s.Text {
				break
			}
			id = s.ID + strconv.Itoa(n)
		}
		ids[s.ID] = id
	}
	return ids
}

// moved returns a set of another catalogue's versions as one of c's.
func (c *Catalogue) moved(from *Catalogue, s set) set {
	var moved set
	for i, v := range from.Versions {
		if s.has(i) {
			moved.add(slices.Index(c.Versions, v))
		}
	}
	return moved
}

// fill lays what another catalogue knows of a metric over what cells has.
func (c *Catalogue) fill(cells []*Entry, from *Catalogue, name string, ids map[string]string) {
	m := from.metric(name)
	if m == nil {
		return
	}
	for i := range m.facts {
		e := m.facts[i].Entry
		e.From = each(e.From, func(id string) string { return ids[id] })
		s := c.moved(from, m.facts[i].in)
		for v := range cells {
			switch {
			case !s.has(v):
			case cells[v] == nil:
				over := e
				cells[v] = &over
			default:
				over := c.over(*cells[v], e)
				cells[v] = &over
			}
		}
	}
}

// over returns a with what b states instead.
func (c *Catalogue) over(a, b Entry) Entry {
	if a.none != b.none {
		return b
	}
	if b.Type != "" && (b.Type != "custom" || a.Type == "") {
		if a.Type != "" && a.Type != "custom" && a.Type != b.Type {
			a.Bounds, a.Quantiles = nil, nil // of another type
		}
		a.Type = b.Type
	}
	if b.HasLabels {
		a.Labels, a.HasLabels = overLabels(a.Labels, b.Labels), true
	}
	if b.Bounds != nil {
		a.Bounds = b.Bounds
	}
	if b.Quantiles != nil {
		a.Quantiles = b.Quantiles
	}
	for _, f := range []struct {
		to   *string
		text string
	}{{&a.Stability, b.Stability}, {&a.Deprecated, b.Deprecated}, {&a.Renamed, b.Renamed}, {&a.Note, b.Note}} {
		if f.text != "" {
			*f.to = f.text
		}
	}
	a.Hidden = a.Hidden || b.Hidden
	a.In = union(a.In, b.In)
	slices.Sort(a.In)
	a.From = union(a.From, b.From)
	c.order(a.From)
	return a
}

// overLabels returns b; of labels without a value it keeps the one that a
// tells, when both have the same labels.
func overLabels(a, b []Label) []Label {
	if !sameLabels(a, b) {
		return b
	}
	list := slices.Clone(b)
	for i := range list {
		list[i].Value = cmp.Or(b[i].Value, a[i].Value)
	}
	return list
}

func union(a, b []string) []string {
	joined := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(joined, x) {
			joined = append(joined, x)
		}
	}
	return joined
}

// facts joins versions of which the same is known, but for components and
// sources.
func (c *Catalogue) facts(cells []*Entry) []*fact {
	var list []*fact
	for v, e := range cells {
		if e == nil {
			continue
		}
		i := slices.IndexFunc(list, func(x *fact) bool { return x.Entry.equal(e) })
		if i < 0 {
			i = len(list)
			list = append(list, &fact{Entry: *e})
		}
		list[i].in.add(v)
		list[i].In = union(list[i].In, e.In)
		slices.Sort(list[i].In)
		list[i].From = union(list[i].From, e.From)
		c.order(list[i].From)
	}
	return list
}

// equal reports whether both say the same, whatever the components and sources.
func (e *Entry) equal(o *Entry) bool {
	return e.none == o.none && e.Type == o.Type && e.HasLabels == o.HasLabels && slices.Equal(e.Labels, o.Labels) &&
		slices.Equal(e.Bounds, o.Bounds) && slices.Equal(e.Quantiles, o.Quantiles) &&
		e.Stability == o.Stability && e.Deprecated == o.Deprecated && e.Hidden == o.Hidden && e.Renamed == o.Renamed && e.Note == o.Note
}
