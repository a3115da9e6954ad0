package serve

import (
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"sync"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// An index is all series of a capture, in the order in which they came, without
// their samples. It never changes.
type index struct {
	series      []indexed
	named       map[string][]int32 // places in series
	first, last int64              // times of the oldest and the newest sample, in ms
	bytes       int64
	left        int // series that were left out for lack of room
	names       func() []string
	values      func(string) []string
}

type indexed struct {
	labels labels.Labels
	timeline.Span
}

// newIndex makes the index of a store, of up to so many bytes. Label makes the
// labels that others see.
func newIndex(of *replay.Store, most int64, label func(labels.Labels) labels.Labels) *index {
	x := &index{named: map[string][]int32{}, first: math.MaxInt64, last: math.MinInt64}
	for ls, span := range of.Spans() {
		ls = label(ls)
		x.first, x.last = min(x.first, span.First), max(x.last, span.Last)
		need := int64(ls.ByteSize()) + 80
		if x.left > 0 || x.bytes+need > most {
			x.left++
			continue
		}
		x.bytes += need
		name := ls.Get(model.MetricNameLabel)
		x.named[name] = append(x.named[name], int32(len(x.series)))
		x.series = append(x.series, indexed{ls, span})
	}
	x.names = sync.OnceValue(func() []string { return x.labelNames(nil) })
	var mu sync.Mutex
	known := map[string][]string{}
	x.values = func(label string) []string {
		mu.Lock()
		defer mu.Unlock()
		list, ok := known[label]
		if !ok {
			list = x.labelValues(label, nil)
			if len(list) > 0 { // labels that are not there have no number
				known[label] = list
			}
		}
		return list
	}
	return x
}

// match are the series that match all of the matchers.
func (x *index) match(ms []*labels.Matcher) iter.Seq[*indexed] {
	return func(yield func(*indexed) bool) {
		if name := nameOf(ms); name != "" {
			for _, i := range x.named[name] {
				if s := &x.series[i]; fits(ms, s.labels) && !yield(s) {
					return
				}
			}
			return
		}
		for i := range x.series {
			if s := &x.series[i]; fits(ms, s.labels) && !yield(s) {
				return
			}
		}
	}
}

// labelNames are those of the series that match, sorted.
func (x *index) labelNames(ms []*labels.Matcher) []string {
	all := map[string]bool{}
	for s := range x.match(ms) {
		s.labels.Range(func(l labels.Label) { all[l.Name] = true })
	}
	return slices.Sorted(maps.Keys(all))
}

// labelValues are those of a label in the series that match, sorted.
func (x *index) labelValues(label string, ms []*labels.Matcher) []string {
	all := map[string]bool{}
	for s := range x.match(ms) {
		if v := s.labels.Get(label); v != "" {
			all[v] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// within are the labels of the series that match and have a sample in a range.
// sure is false when their samples must be looked at.
func (x *index) within(ms []*labels.Matcher, start, end int64) (list []labels.Labels, sure bool) {
	if x.left > 0 {
		return nil, false
	}
	for s := range x.match(ms) {
		switch {
		case s.Last < start || s.First > end:
		case s.First >= start || s.Last <= end:
			list = append(list, s.labels)
		default:
			return nil, false // there may be none between
		}
	}
	return list, true
}

// warnings say that the index is not complete.
func (x *index) warnings() []string {
	if x.left == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d series are not in the index of labels, which has no more room: raise --max-memory", x.left)}
}
