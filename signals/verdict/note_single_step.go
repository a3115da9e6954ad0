package verdict

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// trends are the functions that make a slope of what may be one step.
var trends = []string{"predict_linear", "deriv", "delta", "double_exponential_smoothing", "rate", "increase"}

// stepped is how often a function of a range gave what it gave because of one
// change of value in it.
type stepped struct {
	span
	labels        labels.Labels // of the series, at the first instant
	before, after float64
	at            time.Time // of the first sample with the new value
}

// stepping counts the changes in the ranges of an expression that gave
// something.
func (f *firing) stepping(t *trace, l rules.Look) {
	for _, n := range t.nodes {
		e, ok := n.expr.(*parser.Call)
		if !ok || !slices.Contains(trends, e.Func.Name) {
			continue
		}
		m := n.kids[0]
		vs := m.selector()
		if vs == nil || vs.Timestamp != nil || vs.StartOrEnd != 0 || m.inSubquery() || m.guards() || unitOf(m) == nil || countsByName(vs) {
			continue
		}
		changes := m.derive("changes", "changes("+m.expr.String()+")")
		if changes == nil {
			continue
		}
		vec, err := l.Ask(changes)
		if err != nil {
			continue
		}
		i := slices.IndexFunc(vec, func(s query.Sample) bool { return s.Value == 1 && from(l.Result, s.Labels) })
		if i < 0 {
			continue
		}
		s := f.steps[n.id]
		if s == nil {
			if f.stepLooks++; f.stepLooks > maxStepLooks {
				continue
			}
			if s = t.stepOf(m, vec[i].Labels, l.At); s == nil {
				continue
			}
			if f.steps == nil {
				f.steps = map[int]*stepped{}
			}
			f.steps[n.id] = s
		}
		s.add(l.At)
	}
}

// countsByName tells whether a name is that of a counter by custom, so that a
// single step is a single event.
func countsByName(vs *parser.VectorSelector) bool {
	name := metricName(vs)
	return name == "" || slices.ContainsFunc([]string{"_total", "_count", "_sum", "_bucket"}, func(s string) bool { return strings.HasSuffix(name, s) })
}

const (
	maxStepLooks = 64 // instants at which a step is looked for
	fewForStep   = 4  // of fewer samples, one change may well be a trend
)

// stepOf finds the step in a range of one series; nil when it can't, and when
// there are few samples.
func (t *trace) stepOf(m *node, ls labels.Labels, at time.Time) *stepped {
	back, offset := m.window(t.run.lookback())
	to := at.Add(-t.group.QueryOffset - offset).UnixMilli()
	q, err := t.run.store.Querier(to-back.Milliseconds()+1, to)
	if err != nil {
		return nil // a timeline always has a querier
	}
	defer q.Close()
	for set := q.Select(context.Background(), false, nil, m.selector().LabelMatchers...); set.Next(); {
		if !labels.Equal(nameless(set.At().Labels()), nameless(ls)) {
			continue
		}
		last, samples := math.NaN(), 0
		var found *stepped
		it := set.At().Iterator(nil)
		for vt := it.Next(); vt != chunkenc.ValNone; vt = it.Next() {
			if vt != chunkenc.ValFloat {
				return nil
			}
			ts, v := it.At()
			if ts <= to-back.Milliseconds() || ts > to || value.IsStaleNaN(v) {
				continue
			}
			if !math.IsNaN(last) && v != last {
				found = &stepped{labels: set.At().Labels(), before: last, after: v, at: msTime(ts)}
			}
			last = v
			samples++
		}
		if samples < fewForStep {
			return nil
		}
		return found
	}
	return nil
}

// step: what fired is a trend over a range in which the value changed once.
func step(t *trace) []Finding {
	var out []Finding
	for _, n := range t.nodes {
		s := t.firing.steps[n.id]
		if s == nil {
			continue
		}
		m := n.kids[0]
		function := n.expr.(*parser.Call).Func.Name
		nat := t.nature(m.selector())
		if nat.counter || !nat.gauge && (function == "rate" || function == "increase") {
			continue
		}
		back, _ := m.window(t.run.lookback())
		f := n.finding()
		f.Evidence["series"], f.Evidence["before"], f.Evidence["after"], f.Evidence["at"] = s.labels, s.before, s.after, s.at
		f.Evidence["evaluations"], f.Evidence["first"], f.Evidence["last"], f.Evidence["range"] = s.count, s.first, s.last, back
		f.Text = fmt.Sprintf("%s() in %s rests on a single step: %s has two values in [%s], %s until it went to %s at %s, and was level before and after; so it was at %s with a result (%s).",
			function, t.name(), series(s.labels), duration(back), exact(s.before), exact(s.after), t.run.clock.at(s.at), ofAll(s.count, t.given), t.between(s.span))
		out = append(out, f)
	}
	return out
}
