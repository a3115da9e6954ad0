package expfmt

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// layoutCounts finds how the buckets of a family's histograms are laid out.
type layoutCounts struct {
	of      map[string][]float64 // the bounds of classic histograms, by their labels
	natives []Layout
}

// native adds a native histogram.
func (c *layoutCounts) native(h *HistogramSample) {
	l := Layout{Native: true}
	if h.H != nil {
		l.Schema, l.Bounds = h.H.Schema, h.H.CustomValues
	} else {
		l.Schema, l.Bounds = h.FH.Schema, h.FH.CustomValues
	}
	c.natives = append(c.natives, l)
}

// list returns the layouts with how many histograms have each.
func (c *layoutCounts) list() []Layout {
	at := map[string]int{}
	var list []Layout
	add := func(l Layout) {
		key := fmt.Sprint(l.Native, l.Schema, l.Bounds)
		i, known := at[key]
		if !known {
			i = len(list)
			at[key] = i
			list = append(list, Layout{Bounds: l.Bounds, Native: l.Native, Schema: l.Schema})
		}
		list[i].Metrics++
	}
	for _, key := range slices.Sorted(maps.Keys(c.of)) {
		bounds := c.of[key]
		slices.Sort(bounds)
		add(Layout{Bounds: slices.Compact(bounds)})
	}
	for _, l := range c.natives {
		add(l)
	}
	slices.SortStableFunc(list, func(a, b Layout) int {
		return cmp.Or(cmp.Compare(b.Metrics, a.Metrics), cmp.Compare(len(b.Bounds), len(a.Bounds)))
	})
	return list
}
