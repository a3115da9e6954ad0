package catalogue

import (
	"slices"
	"strings"
)

// Knowledge says of each version of a catalogue whether something is so, such
// as that a metric has a label.
type Knowledge struct {
	versions []string
	answers  []Answer
}

// Answer is yes, no, or that no source tells.
type Answer int8

// The answers.
const (
	NotTold Answer = iota
	Yes
	No
)

func (h History) knowledge(f func(p *Period) Answer) Knowledge {
	k := Knowledge{h.versions, make([]Answer, 0, len(h.versions))}
	for i := range h.Periods {
		for n := len(k.answers); n < len(h.versions); n++ {
			k.answers = append(k.answers, f(&h.Periods[i]))
			if h.versions[n] == h.Periods[i].To {
				break
			}
		}
	}
	return k
}

// Existence says which versions have the metric: a list that lacks it does not
// tell.
func (h History) Existence() Knowledge {
	return h.knowledge(func(p *Period) Answer {
		switch {
		case p.State.Has():
			return Yes
		case p.State == Gone || p.State == NotYet:
			return No
		}
		return NotTold
	})
}

// Label says in which versions the metric has a label.
func (h History) Label(name string) Knowledge {
	return h.knowledge(func(p *Period) Answer {
		switch {
		case p.Label(name) != nil:
			return Yes
		case p.HasLabels:
			return No
		}
		return NotTold
	})
}

// OfType says in which versions the metric has a type.
func (h History) OfType(t string) Knowledge {
	return h.knowledge(func(p *Period) Answer {
		switch p.Type {
		case "", "custom":
			return NotTold
		case t:
			return Yes
		}
		return No
	})
}

// At returns the answer for a version, by its name in Catalogue.Versions.
func (k Knowledge) At(version string) Answer {
	if i := slices.Index(k.versions, version); i >= 0 {
		return k.answers[i]
	}
	return NotTold
}

// Ever reports whether some version has the answer.
func (k Knowledge) Ever(a Answer) bool { return slices.Contains(k.answers, a) }

// When says in words when the answer is what it is in a version: "since 1.24",
// "before 1.21", "up to 1.23", "from 1.26 to 1.30", "in 1.18", "in 1.19 and
// later" or "in all versions known (1.14..1.36)". Since, before and up to are
// said only where the neighbour is known to be otherwise. It is "" for a
// version that the catalogue does not have.
func (k Knowledge) When(version string) string {
	v := slices.Index(k.versions, version)
	if v < 0 {
		return ""
	}
	return k.when(v)
}

func (k Knowledge) when(v int) string {
	first, last := v, v
	for first > 0 && k.answers[first-1] == k.answers[v] {
		first--
	}
	for last < len(k.answers)-1 && k.answers[last+1] == k.answers[v] {
		last++
	}
	yes := k.answers[v] == Yes
	begins := first > 0 && k.answers[first-1] != NotTold
	toTheEnd := last == len(k.answers)-1
	ends := !toTheEnd && k.answers[last+1] != NotTold
	from, to := k.versions[first], k.versions[last]
	switch {
	case first == 0 && toTheEnd:
		return "in all versions known (" + span(from, to) + ")"
	case begins && (toTheEnd || !ends && !yes):
		return "since " + from
	case ends && !begins && first == 0 && yes:
		return "up to " + to
	case ends && !begins && !yes:
		return "before " + k.versions[last+1]
	case !begins && toTheEnd && !yes:
		return "in " + from + " and later"
	case first == last:
		return "in " + from
	}
	return "from " + from + " to " + to
}

func span(from, to string) string {
	if from == to {
		return from
	}
	return from + ".." + to
}

// Otherwise says as When does when the answer is the opposite, at the version
// nearest to the given one that has it; "" when none has.
func (k Knowledge) Otherwise(version string) string {
	v := slices.Index(k.versions, version)
	if v < 0 {
		return ""
	}
	opposite := Yes
	if k.answers[v] == Yes {
		opposite = No
	}
	for d := 1; d < len(k.answers); d++ {
		for _, i := range []int{v - d, v + d} {
			if i >= 0 && i < len(k.answers) && k.answers[i] == opposite {
				return k.when(i)
			}
		}
	}
	return ""
}

// Caps says how high the buckets of a histogram reach: "0.512 up to 1.23, 60
// since 1.24". Versions of which it is not known are passed over; "" when it is
// known of none.
func (h History) Caps() string {
	return h.changes(func(p *Period) string {
		if top, ok := p.Cap(); ok {
			return number(top)
		}
		return ""
	})
}

// Buckets says which bounds there are, shortened: "0.1 0.5 up to 3, 1 60 since
// 4"; otherwise as Caps.
func (h History) Buckets() string {
	return h.changes(func(p *Period) string {
		if p.Bounds == nil {
			return ""
		}
		return NumberList(p.Bounds)
	})
}

// changes says when something has which value.
func (h History) changes(value func(p *Period) string) string {
	var parts []string
	last := ""
	for i := range h.Periods {
		x := value(&h.Periods[i])
		if x == "" || x == last {
			continue
		}
		k := h.knowledge(func(p *Period) Answer {
			switch value(p) {
			case "":
				return NotTold
			case x:
				return Yes
			}
			return No
		})
		parts = append(parts, x+" "+k.When(h.Periods[i].From))
		last = x
	}
	return strings.Join(parts, ", ")
}

// String says in words which versions have the metric: "known in 1.14..1.17;
// gone since 1.18: other_metric took its place", "not there before 1.21; known
// in 1.21..1.36", "not known".
func (h History) String() string {
	k := h.Existence()
	var parts []string
	for _, p := range h.Periods {
		text := ""
		switch p.State {
		case Exists, Between:
			from, to := h.Known()
			text = "known in " + span(from, to)
		case NotYet:
			text = "not there " + k.When(p.From)
		case Gone:
			text = "gone " + k.When(p.From)
			if p.Renamed != "" {
				text += ": " + p.Renamed + " took its place"
			}
		}
		if text != "" && !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	if len(parts) == 0 {
		return "not known"
	}
	return strings.Join(parts, "; ")
}
