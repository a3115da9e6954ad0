package timeline

import "github.com/prometheus/prometheus/model/labels"

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
