package replay

import (
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// writable tells which series rules can write, though they may not have done
// so: that a rule that selects them saw none is no lack of data.
type writable struct {
	count   func(...*labels.Matcher) int // series
	writers map[string][]*rules.Rule     // by the name that they write
	under   map[*rules.Rule]bool         // being judged: a circle of rules writes nothing
}

func newWritable(count func(...*labels.Matcher) int, groups []*rules.Group) *writable {
	w := &writable{count: count, writers: map[string][]*rules.Rule{}, under: map[*rules.Rule]bool{}}
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Record != "" {
				w.writers[r.Record] = append(w.writers[r.Record], r)
				continue
			}
			w.writers[alertsMetric] = append(w.writers[alertsMetric], r)
			w.writers[forStateMetric] = append(w.writers[forStateMetric], r)
		}
	}
	return w
}

// has tells whether a selector has matched a series, or a rule can write one
// that it matches as far as the rule's name tells.
func (w *writable) has(s query.Selector) bool {
	if w.count(s.Matchers...) > 0 {
		return true
	}
	for _, r := range w.writers[s.Name()] {
		if w.named(s, r) && w.can(r) {
			return true
		}
	}
	return false
}

// named tells whether a selector of alerts lets those of a rule pass.
func (w *writable) named(s query.Selector, r *rules.Rule) bool {
	for _, m := range s.Matchers {
		if r.Alert != "" && m.Name == model.AlertNameLabel && !m.Matches(r.Alert) {
			return false
		}
	}
	return true
}

// can tells whether a rule could write something, if its values were others.
func (w *writable) can(r *rules.Rule) bool {
	if w.under[r] {
		return false
	}
	w.under[r] = true
	defer delete(w.under, r)
	return !r.Starved(w.has)
}
