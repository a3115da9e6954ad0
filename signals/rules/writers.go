package rules

import (
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
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
		names, ok := w.read(s)
		if !ok {
			return r.Name() + " has a selector that names no metric, " + s.String
		}
		for _, name := range names {
			for _, writer := range w[name] {
				if into[writer] {
					continue
				}
				into[writer] = true
				if unknown := w.needs(writer, into); unknown != "" {
					return unknown
				}
			}
		}
	}
	return ""
}

// read lists the metrics that a selector may read, of those that are written,
// in no order; false when it says nothing of the name.
func (w Writers) read(s query.Selector) (names []string, ok bool) {
	if s.Name() != "" {
		return []string{s.Name()}, true
	}
	for name := range w {
		reads, named := true, false
		for _, m := range s.Matchers {
			if m.Name == model.MetricNameLabel {
				reads, named = reads && m.Matches(name), true
			}
		}
		if !named {
			return nil, false
		}
		if reads {
			names = append(names, name)
		}
	}
	return names, true
}

// queriesInLabels tells whether a label may be made of a query.
func (r *Rule) queriesInLabels() bool {
	found := false
	r.Labels.Range(func(l labels.Label) {
		found = found || strings.Contains(l.Value, "{{") && strings.Contains(l.Value, "query")
	})
	return found
}
