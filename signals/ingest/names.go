package ingest

import (
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// Names is an index of the series there were, whether or not they were kept:
// all metric names, and for each of them the names and values of its labels.
//
// It is bounded at 500,000 entries of about 50 bytes each: there is one for
// each name, and one for each name and value of a label. What comes after that
// is left out; Full says so.
type Names struct {
	metrics map[string]*metricLabels
	types   types
	entries int
	texts   map[string]string // names and values, each once
	last    *metricLabels     // that of the last series
}

const maxNames = 500_000

type metricLabels struct {
	name    string
	labels  map[string]*labelValues
	order   []*labelValues // of the last series, since the next one mostly has the same
	scraped bool           // not by rules alone
}

type labelValues struct {
	name   string
	last   string              // one of those shown
	shown  map[string]struct{} // by value
	lacked bool                // by some series of the name
}

func newNames() *Names {
	return &Names{metrics: map[string]*metricLabels{}, texts: map[string]string{}}
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
	return m != nil && m.scraped
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

// add takes notice of a series, which was scraped or which a rule wrote.
func (n *Names) add(ls labels.Labels, scraped bool) {
	name := ls.Get(model.MetricNameLabel)
	metric := n.last // mostly the series of a metric come together
	if metric == nil || metric.name != name {
		metric = n.metrics[name]
	}
	alone := metric == nil
	if alone {
		if n.Full() {
			return
		}
		metric = &metricLabels{name: n.text(name), labels: map[string]*labelValues{}}
		n.metrics[metric.name] = metric
		n.entries++
	}
	n.last = metric
	metric.scraped = metric.scraped || scraped
	has := 0
	ls.Range(func(lb labels.Label) {
		if lb.Name == model.MetricNameLabel {
			return
		}
		l := n.label(metric, has, lb.Name, alone)
		if l == nil {
			return
		}
		has++
		if l.last == lb.Value {
			return
		}
		if _, known := l.shown[lb.Value]; !known {
			if n.Full() {
				return
			}
			lb.Value = n.text(lb.Value)
			l.shown[lb.Value] = struct{}{}
			n.entries++
		}
		l.last = lb.Value
	})
	if has == len(metric.labels) {
		return
	}
	for label, l := range metric.labels {
		l.lacked = l.lacked || !ls.Has(label)
	}
}

// label finds the i-th label of a series, or makes room for it; nil when there
// is none.
func (n *Names) label(metric *metricLabels, i int, name string, alone bool) *labelValues {
	if i < len(metric.order) && metric.order[i].name == name {
		return metric.order[i]
	}
	l := metric.labels[name]
	if l == nil {
		if n.Full() {
			return nil
		}
		name = n.text(name)
		l = &labelValues{name: name, shown: map[string]struct{}{}, lacked: !alone}
		metric.labels[name] = l
	}
	metric.order = append(metric.order[:min(i, len(metric.order))], l)
	return l
}

// text is a string that holds no series.
func (n *Names) text(s string) string {
	own, ok := n.texts[s]
	if !ok {
		own = strings.Clone(s)
		n.texts[own] = own
	}
	return own
}

// Add adds what is known from elsewhere: names of metrics, and series; a name
// without a series has no labels then. When that is not all, Full says so.
func (n *Names) Add(metrics []string, series []labels.Labels, whole bool) {
	for _, ls := range series {
		n.add(ls, true)
	}
	for _, name := range metrics {
		if n.metrics[name] == nil {
			n.add(labels.FromStrings(model.MetricNameLabel, name), true)
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

// Names makes the index of all series up to the last scrape that was stored.
// With Options.Forget it is for the end: it may gain what is stored after it.
func (in *Ingester) Names() *Names {
	n := in.forgotten
	if n == nil {
		n = newNames()
	}
	n.types = maps.Clone(in.types)
	for ref := range in.owners {
		if in.owners[ref].taken {
			n.add(in.tl.Labels(timeline.Ref(ref)), true)
		}
	}
	for _, ref := range in.records {
		n.add(in.tl.Labels(ref), false)
	}
	return n
}
