package verdict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/capture"
)

// partlyBlind: the rule could be true, and some of what it asks for is not
// there: a side that it can do without, some of the values that a pattern
// lists, or some targets of a job.
func partlyBlind(t *trace) []Finding {
	if len(t.nodes) == 0 || t.run.seen == nil {
		return nil
	}
	needed := t.nodes[0].missing(func(s *node) bool { return t.matchedIn(s) })
	var out []Finding
	done, told := map[string]bool{}, map[string]bool{}
	for _, n := range t.nodes {
		vs, ok := n.expr.(*parser.VectorSelector)
		if !ok || done[selectorText(vs)] {
			continue
		}
		done[selectorText(vs)] = true
		sel := t.run.series.of(vs)
		switch {
		case slices.Contains(needed, n) || n.parent != nil && slices.Contains(needed, n.parent):
		case !sel.any():
			if f, ok := t.blindSide(n); ok && needed == nil {
				out = append(out, f)
			}
		case sel.more == 0:
			out = append(out, t.blindValues(n, vs, sel)...)
			if f, ok := t.blindTargets(n, vs, sel); ok {
				// Of the parts of a histogram one is enough.
				family := fmt.Sprint(familyOf(metricName(vs)), f.Evidence["missing"])
				if !told[family] {
					out = append(out, f)
				}
				told[family] = true
			}
		}
	}
	return out
}

// matchedIn tells whether a selector matched something in the capture.
func (t *trace) matchedIn(n *node) bool { return t.run.series.of(n.selector()).any() }

// blindSide is about a selector that matched nothing and that the rule can do
// without: an arm of `or`, or what `unless` takes away.
func (t *trace) blindSide(n *node) (Finding, bool) {
	if len(t.run.names[metricName(n.selector())]) > 0 {
		return Finding{}, false // what a rule of the set writes, and did not
	}
	for k := n; k.parent != nil; k = k.parent {
		p := k.parent
		f := n.finding()
		switch {
		case takesAway(p, k) && !isSet(p, parser.LUNLESS):
			return Finding{}, false // absent() is there for it
		case takesAway(p, k):
			f.Text = fmt.Sprintf("%s: %s matched nothing on this capture, so `unless` took nothing away.", t.name(), short(n.text))
			return f, true
		case isSet(p, parser.LOR):
			if t.asksWhetherAbsent(p, n) {
				return Finding{}, false
			}
			arm := k
			f.Evidence["arm"] = arm.text
			f.Text = fmt.Sprintf("%s is blind on one side: %s matched nothing on this capture, so the arm %s of `or` was never judged.", t.name(), short(n.text), short(arm.text))
			return f, true
		}
	}
	return Finding{}, false
}

// asksWhetherAbsent tells whether an arm of an `or` is there for the case that
// a selector of another matches nothing.
func (t *trace) asksWhetherAbsent(or, selector *node) bool {
	for _, k := range or.below() {
		call, ok := k.expr.(*parser.Call)
		if !ok || !strings.HasPrefix(call.Func.Name, "absent") {
			continue
		}
		for _, s := range k.below() {
			if vs := s.selector(); vs != nil && selectorText(vs) == selectorText(selector.selector()) {
				return true
			}
		}
	}
	return false
}

// familyOf is a metric's name without what the parts of a histogram add to it.
func familyOf(name string) string {
	for _, suffix := range []string{"_bucket", "_count", "_sum"} {
		if base, ok := strings.CutSuffix(name, suffix); ok {
			return base
		}
	}
	return name
}

// blindValues is about jobs and instances that a pattern lists by name and of
// which there are none.
func (t *trace) blindValues(n *node, vs *parser.VectorSelector, sel *selection) []Finding {
	var out []Finding
	for _, m := range vs.LabelMatchers {
		if m.Type != labels.MatchRegexp || m.Name != model.JobLabel && m.Name != model.InstanceLabel {
			continue
		}
		var lack, have []string
		for _, v := range m.SetMatches() {
			pair := fmt.Sprintf("%s=%q", m.Name, v)
			if slices.ContainsFunc(sel.lives, func(l *life) bool { return l.labels.Get(m.Name) == v }) {
				have = append(have, pair)
			} else {
				lack = append(lack, pair)
			}
		}
		if len(lack) == 0 || len(have) == 0 {
			continue
		}
		f := n.finding()
		f.Evidence["missing"], f.Evidence["there"] = lack, have
		f.Text = fmt.Sprintf("%s sees a part of what %s lists: no series of %s had %s (there: %s).", t.name(), m.String(), metricOr(vs), list(lack, 4), list(have, 4))
		out = append(out, f)
	}
	return out
}

// metricOr is a selector's metric, or its text.
func metricOr(vs *parser.VectorSelector) string {
	if name := metricName(vs); name != "" {
		return name
	}
	return selectorText(vs)
}

// blindTargets is about targets of a job of which others have the metric.
func (t *trace) blindTargets(n *node, vs *parser.VectorSelector, sel *selection) (Finding, bool) {
	for _, m := range vs.LabelMatchers {
		if m.Name != model.MetricNameLabel && m.Name != model.JobLabel {
			return Finding{}, false // some may lack it for good reason
		}
	}
	if metricName(vs) == "" || len(t.run.names[metricName(vs)]) > 0 {
		return Finding{}, false
	}
	has := map[*capture.Target]bool{}
	jobs := map[string]bool{}
	for _, l := range sel.lives {
		target := t.run.scrapes.target(l.labels.Get("job"), l.labels.Get("instance"))
		if target == nil {
			return Finding{}, false // series that name others, or none
		}
		has[target] = true
		jobs[target.Job] = true
	}
	var lack []string
	all := 0
	for _, target := range t.run.opts.Capture.Targets {
		if !jobs[target.Job] {
			continue
		}
		if all++; !has[target] {
			lack = append(lack, target.Instance)
		}
	}
	if len(lack) == 0 {
		return Finding{}, false
	}
	f := n.finding()
	f.Evidence["metric"], f.Evidence["missing"], f.Evidence["targets"] = metricName(vs), lack, all
	f.Text = fmt.Sprintf("%s is blind to %s of %s: %s never had %s.", t.name(), count(len(lack), "target"), fmt.Sprint(all), list(lack, 4), metricName(vs))
	return f, true
}
