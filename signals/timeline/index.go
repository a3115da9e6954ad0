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
