package catalogue

import (
	"fmt"
	"slices"
	"strings"
)

// Difference is one thing that two entries say differently, both knowing it.
type Difference struct {
	What     string // existence, type, labels, bounds or quantiles
	Old, New string // as people read it
}

// Differences returns what b says differently from a, in the order of
// Difference.What. What one of them leaves open is no difference, nor is a type
// against custom.
func Differences(a, b *Entry) []Difference {
	var list []Difference
	add := func(what string, differ bool, old, new string) {
		if differ {
			list = append(list, Difference{what, old, new})
		}
	}
	if add("existence", a.none != b.none, a.existence(), b.existence()); a.none || b.none {
		return list
	}
	add("type", a.Type != b.Type && a.Type != "" && b.Type != "" && a.Type != "custom" && b.Type != "custom", a.Type, b.Type)
	add("labels", a.HasLabels && b.HasLabels && !sameLabels(a.Labels, b.Labels), LabelList(a), LabelList(b))
	add("bounds", a.Bounds != nil && b.Bounds != nil && !slices.Equal(a.Bounds, b.Bounds), NumberList(a.Bounds), NumberList(b.Bounds))
	add("quantiles", a.Quantiles != nil && b.Quantiles != nil && !slices.Equal(a.Quantiles, b.Quantiles), NumberList(a.Quantiles), NumberList(b.Quantiles))
	return list
}

func (e *Entry) existence() string {
	if e.none {
		return "is not there"
	}
	return "exists"
}

// sameLabels compares names, and values where both tell one.
func sameLabels(a, b []Label) bool {
	return slices.EqualFunc(a, b, func(a, b Label) bool {
		return a.Name == b.Name && (a.Value == "" || b.Value == "" || a.Value == b.Value)
	})
}

// LabelList writes the labels of an entry for people: code, method; none; or
// not known.
func LabelList(e *Entry) string {
	switch {
	case !e.HasLabels:
		return "not known"
	case len(e.Labels) == 0:
		return "none"
	}
	return strings.Join(each(e.Labels, Label.String), ", ")
}

// NumberList writes rising numbers for people, the middle of many left out:
// 0.001 … 16.384 (15).
func NumberList(list []float64) string {
	switch {
	case len(list) == 0:
		return "not known"
	case len(list) <= 4:
		return strings.Join(each(list, number), " ")
	}
	return fmt.Sprintf("%s %s … %s (%d)", number(list[0]), number(list[1]), number(list[len(list)-1]), len(list))
}

// Contradiction is a Difference of two catalogues.
type Contradiction struct {
	Metric, Version string
	Difference
}

// Contradictions returns what b says differently from a, by metric and
// version, for the versions that both name alike.
func Contradictions(a, b *Catalogue) []Contradiction {
	var list []Contradiction
	for _, m := range b.metrics {
		if !a.Has(m.name) {
			continue
		}
		old, new := a.cells(m.name), b.cells(m.name)
		for i, v := range b.Versions {
			j := slices.Index(a.Versions, v)
			if j < 0 || old[j].State < Exists || new[i].State < Exists {
				continue
			}
			for _, d := range Differences(&old[j].Entry, &new[i].Entry) {
				list = append(list, Contradiction{m.name, v, d})
			}
		}
	}
	return list
}
