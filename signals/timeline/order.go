package timeline

import (
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
)

// InOrder hands out the series that match all of the matchers and have a kept
// sample at a time or later, in the order in which they were created: that of
// every Select that is not sorted.
func (t *Timeline) InOrder(since int64, yield func(labels.Labels), ms ...*labels.Matcher) {
	for _, ref := range t.selections.refs(ms) {
		if s := t.series[ref]; s.columns != nil && len(s.ts) > 0 && s.ts[len(s.ts)-1] >= since {
			yield(s.labels)
		}
	}
}

// Had hands out the series that match all of the matchers and have had a sample
// that is no staleness marker, kept or not, those of KeepNewest left out. Of a
// series with several samples it is taken for granted.
func (t *Timeline) Had(yield func(labels.Labels), ms ...*labels.Matcher) {
	for _, ref := range t.selections.refs(ms) {
		if l := &t.last[ref]; l.any && !(l.first == l.ts && value.IsStaleNaN(l.v)) {
			yield(t.series[ref].labels)
		}
	}
}
