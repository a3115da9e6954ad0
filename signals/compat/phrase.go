package compat

import (
	"slices"
	"strings"

	"github.com/scrapebook/scrapebook/signals/catalogue"
)

// knowledge says of each version of the catalogue whether something is so.
type knowledge []answer

type answer int8

const (
	unknown answer = iota
	yes
	no
)

// label is what is known of a label of the family.
func (f *family) label(name string) knowledge {
	k := make(knowledge, len(f.at))
	for v := range f.at {
		switch p := &f.at[v]; {
		case p.Label(name) != nil:
			k[v] = yes
		case p.HasLabels:
			k[v] = no
		}
	}
	return k
}

// exists is what is known of the family itself.
func (f *family) exists() knowledge {
	k := make(knowledge, len(f.at))
	for v := range f.at {
		switch s := f.at[v].State; {
		case s.Has():
			k[v] = yes
		case s == catalogue.Gone || s == catalogue.NotYet:
			k[v] = no
		}
	}
	return k
}

func (k knowledge) knownElsewhere() bool { return slices.Contains(k, yes) }

// when says in words when k has what it has on version v: "since 1.24",
// "before 1.21", "up to 1.23", "from 1.26 to 1.30", "in 1.18" or "in all
// versions known (1.14..1.36)". Since, before and up to are said where the
// neighbour is known to be otherwise.
func (c *checker) when(k knowledge, v int) string {
	first, last := v, v
	for first > 0 && k[first-1] == k[v] {
		first--
	}
	for last < len(k)-1 && k[last+1] == k[v] {
		last++
	}
	names := c.catalogue.Versions
	begins := first > 0 && k[first-1] != unknown
	ends := last < len(k)-1 && k[last+1] != unknown
	switch {
	case first == 0 && last == len(k)-1:
		return "in all versions known (" + Span{names[first], names[last]}.String() + ")"
	case begins && last == len(k)-1:
		return "since " + names[first]
	case ends && !begins && first == 0 && k[v] == yes:
		return "up to " + names[last]
	case ends && !begins && k[v] == no:
		return "before " + names[last+1]
	case begins && !ends && k[v] == no:
		return "since " + names[first]
	case !begins && last == len(k)-1 && k[v] == no:
		return "in " + names[first] + " and later"
	case first == last:
		return "in " + names[first]
	}
	return "from " + names[first] + " to " + names[last]
}

// otherwise is when k has the opposite of what it has on version v, at the
// nearest version that has it: with labels "up to 1.23".
func (c *checker) otherwise(k knowledge, v int) string {
	opposite := yes
	if k[v] == yes {
		opposite = no
	}
	for d := 1; d < len(k); d++ {
		for _, i := range []int{v - d, v + d} {
			if i >= 0 && i < len(k) && k[i] == opposite {
				return c.when(k, i)
			}
		}
	}
	return ""
}

// caps says how a quantity changed over the versions of a family: "0.512 up to
// 1.23, 60 since 1.24". Versions for which it is not known say nothing.
func (c *checker) caps(values []string) string {
	var parts []string
	for v := 0; v < len(values); v++ {
		if values[v] == "" || v > 0 && values[v-1] == values[v] {
			continue
		}
		k := make(knowledge, len(values))
		for i, x := range values {
			switch {
			case x == values[v]:
				k[i] = yes
			case x != "":
				k[i] = no
			}
		}
		parts = append(parts, values[v]+" "+c.when(k, v))
	}
	return strings.Join(parts, ", ")
}

func list(names []string) string {
	switch len(names) {
	case 0:
		return "none"
	case 1:
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

func labelNames(p *catalogue.Period) []string {
	names := make([]string, len(p.Labels))
	for i, l := range p.Labels {
		names[i] = l.Name
	}
	return names
}
