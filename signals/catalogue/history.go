package catalogue

import (
	"cmp"
	"slices"
	"strings"
)

// State says whether a version has a metric.
type State uint8

// The states. Gone and NotYet are claimed only where a source states them.
const (
	Unknown  State = iota // no source speaks of it
	Unlisted              // the version's list was read and lacks it, which proves nothing
	Between               // no source speaks of this version, but the nearest older and newer ones of which any does have it
	Exists
	NotYet // a source says that it is not there, and a newer version has it
	Gone   // a source says that it is not there, and no newer version has it
)

var stateNames = []string{"not known", "not listed", "between", "exists", "not yet", "gone"}

// String returns "not known", "not listed", "between", "exists", "not yet" or
// "gone".
func (s State) String() string { return stateNames[min(int(s), len(stateNames)-1)] }

// Has reports whether the version has the metric: it Exists, or is Between two
// that have it.
func (s State) Has() bool { return s == Exists || s == Between }

// Period is a run of versions of which the same is known.
type Period struct {
	From, To string // versions, both included
	State    State
	// Entry is what is known; of a version Between two others what they have in
	// common; nothing when the state is Unknown or Unlisted.
	Entry
}

// History is what is known of a metric in all versions of the catalogue.
type History struct {
	Metric  string
	Periods []Period // oldest first; together they are all versions
	Sources []string // the IDs of those that speak of it, in the order of Catalogue.Sources

	versions []string // all of the catalogue's
}

// History returns the history of a metric, that of the family without _bucket,
// _sum and _count. One that no source speaks of is not known in all versions.
func (c *Catalogue) History(name string) History {
	h := History{Metric: name, versions: c.Versions}
	last := Period{}
	for i, p := range c.cells(name) {
		p.From, p.To = c.Versions[i], c.Versions[i]
		if n := len(h.Periods); n > 0 && last.State == p.State && last.equal(&p.Entry) {
			h.Periods[n-1].To = p.To
		} else {
			h.Periods = append(h.Periods, p)
		}
		last = p
		h.Sources = union(h.Sources, p.Entry.From)
	}
	c.order(h.Sources)
	return h
}

// At returns what is known of a metric in a version, as [Catalogue.Version]
// understands it. Of a version outside of the catalogue nothing is known; the
// period is then this version alone.
func (c *Catalogue) At(name, version string) Period {
	v, ok := c.Version(version)
	if !ok {
		return Period{From: version, To: version}
	}
	for _, p := range c.History(name).Periods {
		if slices.Index(c.Versions, p.To) >= slices.Index(c.Versions, v) {
			return p
		}
	}
	return Period{From: v, To: v} // of no version at all
}

// cells returns a period without From and To for each version.
func (c *Catalogue) cells(name string) []Period {
	cells := make([]Period, len(c.Versions))
	m := c.metric(name)
	if m == nil {
		m = &metric{}
	}
	for _, x := range m.facts {
		for v := range cells {
			if x.in.has(v) {
				cells[v] = Period{State: Exists, Entry: x.Entry}
			}
		}
	}
	lists := c.listsOf(m)
	before, after := -1, false // the nearest that speak of it
	for v := range cells {
		switch {
		case cells[v].none:
			cells[v].State = Gone
		case cells[v].State == Unknown && lists.has(v):
			cells[v].State = Unlisted
		}
	}
	for v := len(cells) - 1; v >= 0; v-- {
		switch {
		case cells[v].State == Gone && after:
			cells[v].State = NotYet
		case cells[v].State == Exists:
			after = true
		}
	}
	for v := range cells {
		switch {
		case cells[v].State == Unknown:
		case cells[v].State != Exists:
			before = -1
		default:
			for i := before + 1; before >= 0 && i < v; i++ {
				cells[i] = Period{State: Between, Entry: common(&cells[before].Entry, &cells[v].Entry)}
			}
			before = v
		}
	}
	return cells
}

// listsOf returns the versions whose lists would have a metric. A list does not
// speak of metrics that no list of any version has, as those of a library.
func (c *Catalogue) listsOf(m *metric) set {
	var lists set
	inAny := len(m.facts) == 0 || m.has(func(e *Entry) bool {
		return slices.ContainsFunc(c.lists, func(l listed) bool { return slices.Contains(e.From, l.from) })
	})
	for _, l := range c.lists {
		if l.from == "" || inAny {
			lists.union(l.in)
		}
	}
	return lists
}

// common returns what two entries agree on.
func common(a, b *Entry) Entry {
	var e Entry
	if a.Type == b.Type {
		e.Type = a.Type
	}
	if a.HasLabels && b.HasLabels && slices.Equal(a.Labels, b.Labels) {
		e.Labels, e.HasLabels = a.Labels, true
	}
	if slices.Equal(a.Bounds, b.Bounds) {
		e.Bounds = a.Bounds
	}
	if slices.Equal(a.Quantiles, b.Quantiles) {
		e.Quantiles = a.Quantiles
	}
	if a.Stability == b.Stability {
		e.Stability = a.Stability
	}
	if a.Deprecated == b.Deprecated {
		e.Deprecated = a.Deprecated
	}
	e.Hidden = a.Hidden && b.Hidden
	return e
}

// Condensed returns the periods, those that differ in stability or deprecation
// alone as one. Its Stability is then, unless it is one for all, each with its
// versions: "alpha 1.27..1.34, beta 1.35..1.36"; its Deprecated is the newest.
func (h History) Condensed() []Period {
	var list []Period
	var levels []Period // the stabilities of the last of the list
	for _, p := range h.Periods {
		n := len(list) - 1
		if n < 0 || !list[n].sameShape(p) {
			list, levels = append(list, p), []Period{p}
			continue
		}
		last := &list[n]
		last.To = p.To
		last.Deprecated = cmp.Or(p.Deprecated, last.Deprecated)
		last.In, last.Entry.From = union(last.In, p.In), union(last.Entry.From, p.Entry.From)
		slices.Sort(last.In)
		levels = append(levels, p)
		last.Stability = stability(levels)
	}
	return list
}

// stability says which there was when. One that is known before and after some
// versions is that of these, too.
func stability(levels []Period) string {
	var runs []Period
	for _, p := range levels {
		switch n := len(runs) - 1; {
		case p.Stability == "":
		case n >= 0 && runs[n].Stability == p.Stability:
			runs[n].To = p.To
		default:
			runs = append(runs, Period{From: p.From, To: p.To, Entry: Entry{Stability: p.Stability}})
		}
	}
	if len(runs) == 1 && runs[0].From == levels[0].From && runs[0].To == levels[len(levels)-1].To {
		return runs[0].Stability
	}
	return strings.Join(each(runs, func(p Period) string {
		if p.From == p.To {
			return p.Stability + " " + p.From
		}
		return p.Stability + " " + p.From + ".." + p.To
	}), ", ")
}

// sameShape reports whether both say the same, but for stability, deprecation,
// components and sources.
func (p Period) sameShape(o Period) bool {
	o.Stability, o.Deprecated = p.Stability, p.Deprecated
	return p.State == o.State && p.equal(&o.Entry)
}

// Since returns the first version that has the metric, when a source states
// that the one before does not; else "".
func (h History) Since() string {
	for i, p := range h.Periods {
		if p.State.Has() {
			if i > 0 && h.Periods[i-1].State == NotYet {
				return p.From
			}
			break
		}
	}
	return ""
}

// Until returns the last version that has the metric, when a source states
// that the one after does not; else "".
func (h History) Until() string {
	for i, p := range slices.Backward(h.Periods) {
		if p.State.Has() {
			if i+1 < len(h.Periods) && h.Periods[i+1].State == Gone {
				return p.To
			}
			break
		}
	}
	return ""
}

// Known returns the oldest and the newest version that are known to have the
// metric, two "" when none is.
func (h History) Known() (from, to string) {
	for _, p := range h.Periods {
		if p.State.Has() {
			if from == "" {
				from = p.From
			}
			to = p.To
		}
	}
	return from, to
}

// In returns the components that are known to have the metric in any version,
// by name.
func (h History) In() []string {
	var in []string
	for _, p := range h.Periods {
		in = union(in, p.Entry.In)
	}
	slices.Sort(in)
	return in
}
