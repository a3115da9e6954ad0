package ingest

import (
	"maps"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/capture"
)

// Seen is an index of what there was, kept or not: every metric name, and of
// each the names and values of its labels, with the targets that had them and
// from when to when.
//
// It is bounded: it holds maxSpans entries, one for each name and for each name
// with a label's value of each target, which take about 100 bytes each. What
// comes then is counted, in Missing, and not held.
type Seen struct {
	names   map[string]*seenName
	spans   int
	missing int
}

const maxSpans = 500_000

// A Span is the time of something at a target, by the target's scrapes.
type Span struct {
	Target      *capture.Target // nil: no target's, but of a dump or written by a rule
	First, Last int64           // ms since the epoch
}

type seenName struct {
	spans  []Span
	labels map[string]*seenLabel
}

type seenLabel struct {
	values map[string][]Span
	lacked bool // by some series of the name
}

func newSeen() *Seen { return &Seen{names: map[string]*seenName{}} }

// Names returns the metric names, sorted.
func (s *Seen) Names() []string { return slices.Sorted(maps.Keys(s.names)) }

// Has tells whether a metric name was there.
func (s *Seen) Has(name string) bool { return s.names[name] != nil }

// Values returns the values of a label that series of a name had, sorted.
func (s *Seen) Values(name, label string) []string {
	return slices.Sorted(maps.Keys(s.values(name, label)))
}

// Any tells whether a series of the name had a label that is as m says. Of each
// label the series are taken by themselves: of two labels it does not tell
// whether one series had both.
func (s *Seen) Any(name string, m *labels.Matcher) bool {
	n := s.names[name]
	switch {
	case n == nil:
		return false
	case m.Name == model.MetricNameLabel:
		return m.Matches(name)
	case n.labels[m.Name] == nil:
		return m.Matches("")
	case n.labels[m.Name].lacked && m.Matches(""):
		return true
	}
	for v := range n.labels[m.Name].values {
		if m.Matches(v) {
			return true
		}
	}
	return false
}

// Spans returns when a value of a label was there under a name, or with no
// label when the name was, for each target once.
func (s *Seen) Spans(name, label, value string) []Span {
	if n := s.names[name]; n != nil && label == "" {
		return slices.Clone(n.spans)
	}
	return slices.Clone(s.values(name, label)[value])
}

// Missing counts the entries that found no room.
func (s *Seen) Missing() int { return s.missing }

func (s *Seen) values(name, label string) map[string][]Span {
	if n := s.names[name]; n != nil && n.labels[label] != nil {
		return n.labels[label].values
	}
	return nil
}

// add takes notice of a series.
func (s *Seen) add(t *capture.Target, ls labels.Labels, first, last int64) {
	name := ls.Get(model.MetricNameLabel)
	n := s.names[name]
	alone := n == nil
	if alone {
		if s.spans >= maxSpans {
			s.missing++
			return
		}
		n = &seenName{labels: map[string]*seenLabel{}}
		s.names[name] = n
	}
	n.spans = s.span(n.spans, Span{t, first, last})
	for label, l := range n.labels {
		l.lacked = l.lacked || !ls.Has(label)
	}
	ls.Range(func(lb labels.Label) {
		if lb.Name == model.MetricNameLabel {
			return
		}
		l := n.labels[lb.Name]
		if l == nil {
			l = &seenLabel{values: map[string][]Span{}, lacked: !alone}
			n.labels[lb.Name] = l
		}
		spans, known := l.values[lb.Value]
		if !known && s.spans >= maxSpans {
			s.missing++
			return
		}
		l.values[lb.Value] = s.span(spans, Span{t, first, last})
	})
}

func (s *Seen) span(list []Span, one Span) []Span {
	for i := len(list) - 1; i >= 0; i-- { // mostly the last one
		if list[i].Target == one.Target {
			list[i].First, list[i].Last = min(list[i].First, one.First), max(list[i].Last, one.Last)
			return list
		}
	}
	if s.spans >= maxSpans {
		s.missing++
		return list
	}
	s.spans++
	return append(list, one)
}

// Seen makes the index of what was there up to the last scrape that was stored.
func (in *Ingester) Seen() *Seen {
	in.mu.Lock()
	order := slices.Clone(in.order)
	in.mu.Unlock()
	slices.SortFunc(order, func(a, b *target) int { return labels.Compare(a.labels, b.labels) })
	s := newSeen()
	for _, t := range order {
		for _, tr := range t.prev {
			tr.last = t.goodAt
		}
		for _, ref := range t.reports {
			s.add(t.of, in.tl.Labels(ref), t.firstAt, t.lastAt)
		}
	}
	for i := range in.owners {
		o := &in.owners[i]
		switch {
		case o.series == nil:
		case o.t == nil: // of a dump
			in.seenAlone(s, o.series)
		default:
			s.add(o.t.of, in.tl.Labels(o.series.ref), o.series.first, o.series.last)
		}
	}
	for _, t := range order {
		for _, ref := range slices.Sorted(maps.Keys(t.series)) {
			s.add(t.of, in.tl.Labels(ref), t.series[ref].first, t.series[ref].last)
		}
	}
	for _, tr := range in.written {
		in.seenAlone(s, tr)
	}
	return s
}

// seenAlone takes notice of a series that is no target's.
func (in *Ingester) seenAlone(s *Seen, tr *tracked) {
	last := tr.first
	if ts, _, ok := in.tl.Last(tr.ref); ok {
		last = max(last, ts)
	}
	s.add(nil, in.tl.Labels(tr.ref), tr.first, last)
}
