package replay

import (
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/internal/near"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// guesses are what a Memory should hold beside what rules select, since it is
// what people ask for when a selector matched nothing: series that have its
// name and other labels, or a name that is like it.
type guesses struct {
	list   []*guess
	byName map[string][]*guess // by the name of a series
	made   int
	lacks  map[string]bool // names of which not all series are held
}

// guess is a selector that may match nothing.
type guess struct {
	query.Selector
	keep  timeline.Keep
	found bool // it matches something
}

const (
	maxGuesses = 2000 // series that are held for them
	maxGuessed = 5000 // names of series that are looked at
)

func (g *guesses) add(s query.Selector, keep timeline.Keep) {
	if s.Name() != "" {
		g.list = append(g.list, &guess{Selector: s, keep: keep})
	}
}

// keep is how long the samples of a new series are kept that would be kept for
// another time.
func (g *guesses) keep(ls labels.Labels, name string, keep timeline.Keep) timeline.Keep {
	list, known := g.byName[name]
	if !known && len(g.byName) < maxGuessed {
		for _, one := range g.list {
			if alikeNames(one.Name(), name) {
				list = append(list, one)
			}
		}
		g.byName[name] = list
	}
	if len(list) == 0 {
		return keep
	}
	for _, one := range list {
		one.found = one.found || keep >= 0 && one.Name() == name && matches(ls, one.Matchers)
		if keep < 0 && !one.found && g.made < maxGuesses {
			keep = one.keep
			g.made++
		}
	}
	if keep < 0 {
		g.lacks[name] = true
	}
	return keep
}

// holds tells whether all series of a name that there is are held.
func (g *guesses) holds(name string) bool {
	list, known := g.byName[name]
	return known && len(list) > 0 && !g.lacks[name]
}

// alikeNames tells whether one name is the other but for two letters, or for
// what stands at its end.
func alikeNames(a, b string) bool {
	const least = 6 // letters that say something
	if a == b || min(len(a), len(b)) < least {
		return a == b
	}
	apart := len(a) - len(b)
	return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) || -2 <= apart && apart <= 2 && near.Distance(a, b) <= 2
}
