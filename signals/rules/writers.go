package rules

import (
	"strings"

	"github.com/prometheus/prometheus/model/labels"
)

// Writers are the rules of some groups by the metrics that they write.
type Writers map[string][]*Rule

// NewWriters lists what the rules of groups write.
func NewWriters(groups []*Group) Writers {
	w := Writers{}
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Record != "" {
				w[r.Record] = append(w[r.Record], r)
				continue
			}
			w[alertsMetric] = append(w[alertsMetric], r)
			w[forStateMetric] = append(w[forStateMetric], r)
		}
	}
	return w
}

// Needs returns the rules that write what a rule reads, and what these read,
// which may be the rule itself. Unknown says why that cannot be told; "" when
// it can.
func (w Writers) Needs(r *Rule) (needs map[*Rule]bool, unknown string) {
	needs = map[*Rule]bool{}
	return needs, w.needs(r, needs)
}

func (w Writers) needs(r *Rule, into map[*Rule]bool) string {
	if r.queriesInLabels() {
		return "a label of " + r.Name() + " is made of a query"
	}
	for _, s := range r.Selectors {
		if s.Name() == "" {
			return r.Name() + " has a selector that names no metric, " + s.String
		}
		for _, writer := range w[s.Name()] {
			if into[writer] {
				continue
			}
			into[writer] = true
			if unknown := w.needs(writer, into); unknown != "" {
				return unknown
			}
		}
	}
	return ""
}

// queriesInLabels tells whether a label may be made of a query.
func (r *Rule) queriesInLabels() bool {
	found := false
	r.Labels.Range(func(l labels.Label) {
		found = found || strings.Contains(l.Value, "{{") && strings.Contains(l.Value, "query")
	})
	return found
}
