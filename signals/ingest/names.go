package ingest

import (
	"maps"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// Names is an index of the series there were, whether or not they were kept:
// all metric names, and for each of them the names and values of its labels.
//
// It is bounded at 500,000 entries of about 100 bytes each. There is one for
// each target and name, and one for each target, name and value of a label.
// What comes after that is left out; Full says so.
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

// Values returns the values that a label had in series of a metric, sorted; nil
// when the metric or the label was not there.
func (n *Names) Values(name, label string) []string {
	m := n.metrics[name]
	if m == nil || m.labels[label] == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(m.labels[label].shown))
}

// Labels returns the names of the labels that series of a metric had, sorted,
// and those of them that every one of its series had. Both are nil when the
// metric was not there.
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

// Scraped tells whether a target or a dump showed the metric, so that it was
// not only written by rules.
func (n *Names) Scraped(name string) bool {
	m := n.metrics[name]
	return m != nil && !m.recorded
}

// Full tells whether the index is full, so that names and values may be missing
// from it.
func (n *Names) Full() bool { return n.entries >= maxNames }

// Any tells whether some series of a metric had a value of the label m.Name
// that m matches. A series without the label has the value "". Each label is
// looked at alone: when Any is true for two labels, there need not be one
// series that has both.
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

// Add adds what is known from elsewhere: names of metrics, and series; a name
// without a series has no labels then. When that is not all, Full says so.
func (n *Names) Add(metrics []string, series []labels.Labels, whole bool) {
	for _, ls := range series {
		n.add(nil, ls)
		if m := n.metrics[ls.Get(model.MetricNameLabel)]; m != nil {
			m.recorded = false
		}
	}
	for _, name := range metrics {
		if n.metrics[name] == nil {
			n.add(nil, labels.FromStrings(model.MetricNameLabel, name))
		}
	}
	if !whole {
		n.entries = max(n.entries, maxNames)
	}
}

// AddTypes adds what is known from elsewhere of the types of families, as TYPE
// lines spell them, where the index knows none.
func (n *Names) AddTypes(of map[string]string) {
	if n.types == nil {
		n.types = types{}
	}
	for family, name := range of {
		if _, known := n.types[family]; known {
			continue
		}
		for typ := expfmt.TypeUnknown; typ <= expfmt.TypeStateSet; typ++ {
			if typ.String() == name {
				n.types[family] = familyType{typ: typ}
			}
		}
	}
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

// Names makes the index of all series up to the last scrape that was stored.
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
