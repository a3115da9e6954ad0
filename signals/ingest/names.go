package ingest

import (
	"maps"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// Names is an index of what there was, kept or not: every metric name, and of
// each the names and values of its labels.
//
// It is bounded: it holds maxNames entries, one for each name and for each name
// with a label's value of each target, which take about 100 bytes each. What
// comes then is left out.
type Names struct {
	metrics map[string]*metricLabels
	types   types
	entries int
}

const maxNames = 500_000

// targets are those that showed something; nil is none of them but a dump or a
// rule.
type targets []*capture.Target

type metricLabels struct {
	shown    targets
	labels   map[string]*labelValues
	recorded bool // by rules alone
}

type labelValues struct {
	shown  map[string]targets // by value
	lacked bool               // by some series of the name
}

// Metrics returns the metric names, sorted.
func (n *Names) Metrics() []string { return slices.Sorted(maps.Keys(n.metrics)) }

// Has tells whether a metric name was there.
func (n *Names) Has(name string) bool { return n.metrics[name] != nil }

// Values returns the values of a label that series of a name had, sorted.
func (n *Names) Values(name, label string) []string {
	m := n.metrics[name]
	if m == nil || m.labels[label] == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(m.labels[label].shown))
}

// Labels returns the names of the labels that series of a metric had, sorted,
// and those of them that every series had.
func (n *Names) Labels(name string) (all, always []string) {
	m := n.metrics[name]
	if m == nil {
		return nil, nil
	}
	all = slices.Sorted(maps.Keys(m.labels))
	for _, label := range all {
		if !m.labels[label].lacked {
			always = append(always, label)
		}
	}
	return all, always
}

// Scraped tells whether a metric was there other than written by rules.
func (n *Names) Scraped(name string) bool {
	m := n.metrics[name]
	return m != nil && !m.recorded
}

// Full tells whether there was more than the index has room for.
func (n *Names) Full() bool { return n.entries >= maxNames }

// Any tells whether a series of the name had a label that is as m says. Of each
// label the series are taken by themselves: of two labels it does not tell
// whether one series had both.
func (n *Names) Any(name string, m *labels.Matcher) bool {
	metric := n.metrics[name]
	switch {
	case metric == nil:
		return false
	case m.Name == model.MetricNameLabel:
		return m.Matches(name)
	case metric.labels[m.Name] == nil:
		return m.Matches("")
	case metric.labels[m.Name].lacked && m.Matches(""):
		return true
	}
	for v := range metric.labels[m.Name].shown {
		if m.Matches(v) {
			return true
		}
	}
	return false
}

// add takes notice of a series of a target, nil of none.
func (n *Names) add(t *capture.Target, ls labels.Labels) {
	name := ls.Get(model.MetricNameLabel)
	metric := n.metrics[name]
	alone := metric == nil
	if alone {
		if n.entries >= maxNames {
			return
		}
		metric = &metricLabels{labels: map[string]*labelValues{}}
		n.metrics[name] = metric
	}
	metric.shown = n.show(metric.shown, t)
	for label, l := range metric.labels {
		l.lacked = l.lacked || !ls.Has(label)
	}
	ls.Range(func(lb labels.Label) {
		if lb.Name == model.MetricNameLabel {
			return
		}
		l := metric.labels[lb.Name]
		if l == nil {
			l = &labelValues{shown: map[string]targets{}, lacked: !alone}
			metric.labels[lb.Name] = l
		}
		shown, known := l.shown[lb.Value]
		if known || n.entries < maxNames {
			l.shown[lb.Value] = n.show(shown, t)
		}
	})
}

// show adds a target to those that showed something.
func (n *Names) show(list targets, t *capture.Target) targets {
	for i := len(list) - 1; i >= 0; i-- { // mostly the last one
		if list[i] == t {
			return list
		}
	}
	if n.entries >= maxNames {
		return list
	}
	n.entries++
	return append(list, t)
}

// Names makes the index of what was there up to the last scrape that was
// stored.
func (in *Ingester) Names() *Names {
	in.mu.Lock()
	order := slices.Clone(in.order)
	in.mu.Unlock()
	slices.SortFunc(order, func(a, b *target) int { return labels.Compare(a.labels, b.labels) })
	n := &Names{metrics: map[string]*metricLabels{}, types: maps.Clone(in.types)}
	add := func(t *capture.Target, ref timeline.Ref) { n.add(t, in.tl.Labels(ref)) }
	for _, t := range order {
		for _, ref := range t.reports {
			add(t.of, ref)
		}
	}
	for i := range in.owners {
		o := &in.owners[i]
		switch {
		case o.series == nil:
		case o.t == nil: // of a dump
			add(nil, o.series.ref)
		default:
			add(o.t.of, o.series.ref)
		}
	}
	for _, t := range order {
		for _, ref := range slices.Sorted(maps.Keys(t.series)) {
			add(t.of, ref)
		}
	}
	before := len(n.metrics)
	scraped := maps.Clone(n.metrics)
	for _, ref := range in.records {
		add(nil, ref)
	}
	if len(n.metrics) > before {
		for name, m := range n.metrics {
			m.recorded = scraped[name] == nil
		}
	}
	return n
}
