package verdict

import (
	"slices"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/verdict/internal/reachable"
)

// shape is what the capture tells of the metrics that a rule selects, and of
// those that the rules select that record them.
func (r *run) shape(t *trace) reachable.Shape {
	s := reachable.Shape{
		Metrics:      map[string]reachable.Metric{},
		Recorded:     map[string][]reachable.Recording{},
		DelayedNames: slices.Contains(r.opts.Features, query.FeatureDelayedNameRemoval),
	}
	r.shapeOf(t, &s)
	return s
}

func (r *run) shapeOf(t *trace, s *reachable.Shape) {
	for _, n := range t.nodes {
		vs, ok := n.expr.(*parser.VectorSelector)
		if !ok {
			continue
		}
		name, _ := nameOf(vs.LabelMatchers)
		if _, known := s.Metrics[name]; known || name == "" || s.Recorded[name] != nil || name == alertsMetric || name == forStateMetric {
			continue
		}
		for _, w := range r.names[name] {
			if len(w.nodes) > 0 {
				s.Recorded[name] = append(s.Recorded[name], reachable.Recording{Expr: w.nodes[0].expr, Labels: w.rule.Labels.Map()})
			}
		}
		if len(r.names[name]) == 0 || r.seen.Scraped(name) {
			r.metric(name, vs, s)
		}
		for _, w := range r.names[name] {
			r.shapeOf(w, s)
		}
	}
}

// metric adds a metric that was scraped. One of which the index may not know
// all can be anything.
func (r *run) metric(name string, vs *parser.VectorSelector, s *reachable.Shape) {
	if !r.seen.Has(name) || r.seen.Full() {
		return
	}
	m := reachable.MetricOf(r.seen.Type(name))
	m.Labels, m.Always = r.seen.Labels(name)
	if slices.Contains(m.Labels, "le") {
		m.Bounds = r.seen.Values(name, "le")
	}
	for _, text := range r.series.order {
		sel := r.series.by[text]
		if n, _ := nameOf(sel.matchers); n == name && (sel.native || sel.more > 0) {
			m.Native = true
		}
	}
	s.Metrics[name] = m
}
