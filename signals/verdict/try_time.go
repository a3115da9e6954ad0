package verdict

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// changeTooOld looks back further: by an offset where samples carry old
// timestamps, else by a range.
func changeTooOld(t *trace, f *Finding) []change {
	n := t.of(f)
	if n == nil {
		return nil
	}
	var out []change
	if age, ok := f.Evidence["age_at_scrape"].(time.Duration); ok {
		age = roundUp(age, time.Second)
		out = append(out, t.with("with offset "+duration(age), t.rewritten(func(c *node) string {
			vs := c.selector()
			if vs == nil || selectorText(vs) != selectorText(t.firstSelector(n)) {
				return ""
			}
			vs.OriginalOffset += age
			vs.OriginalOffsetExpr = nil
			return c.expr.String()
		})).asLikely())
	}
	if every, ok := f.Evidence["interval"].(time.Duration); ok {
		out = append(out, t.lastSeen(n, 2*every)...)
	}
	return out
}

func (t *trace) firstSelector(n *node) *parser.VectorSelector {
	for _, k := range n.below() {
		if vs := k.selector(); vs != nil {
			return vs
		}
	}
	return &parser.VectorSelector{}
}

// lastSeen takes the last value within a time for selectors at a node and
// below it.
func (t *trace) lastSeen(n *node, d time.Duration) []change {
	in := map[int]bool{}
	for _, k := range n.below() {
		vs, ok := k.expr.(*parser.VectorSelector)
		if ok && !insideRange(k) && t.run.series.of(vs).any() {
			in[k.id] = true
		}
	}
	if len(in) == 0 {
		return nil
	}
	expr := t.rewritten(func(c *node) string {
		if !in[c.id] {
			return ""
		}
		return fmt.Sprintf("last_over_time(%s)", &parser.MatrixSelector{VectorSelector: c.expr, Range: d})
	})
	return []change{t.with(fmt.Sprintf("with the last value of [%s]", duration(d)), expr)}
}

// insideRange tells whether a selector is that of a range, or stands in a
// subquery or in a function that asks for more than its value.
func insideRange(n *node) bool {
	for p := n.parent; p != nil; p = p.parent {
		switch e := p.expr.(type) {
		case *parser.MatrixSelector, *parser.SubqueryExpr:
			return true
		case *parser.Call:
			if e.Func.Name == "timestamp" || strings.HasPrefix(e.Func.Name, "absent") {
				return true
			}
		}
	}
	return false
}

// roundUp rounds a time up.
func roundUp(d, unit time.Duration) time.Duration { return (d + unit - 1) / unit * unit }

// changeRange makes ranges as long as they need to be: what would just do, and
// four scrapes.
func changeRange(t *trace, f *Finding) []change {
	need, _ := f.Evidence["needed"].(time.Duration)
	every, _ := f.Evidence["interval"].(time.Duration)
	return t.wider(need, 4*every)
}

func (t *trace) wider(lengths ...time.Duration) []change {
	var out []change
	for i, d := range lengths {
		if d <= 0 || slices.Contains(lengths[:i], d) {
			continue
		}
		c := t.with(fmt.Sprintf("with [%s]", duration(d)), t.ranges(func(was time.Duration) time.Duration { return max(was, d) }))
		c.likely = i == len(lengths)-1
		out = append(out, c)
	}
	return out
}

// changeFor asks for no longer than the condition held, and looks past what
// broke it.
func changeFor(t *trace, f *Finding) []change {
	var out []change
	if longest, ok := f.Evidence["longest"].(time.Duration); ok && longest < t.rule.For {
		out = append(out, t.lasting("with for: "+duration(longest), longest))
	}
	reason := f.Evidence["reason"]
	if reason != seriesEnded && reason != missingScrape {
		return out
	}
	for _, y := range t.tallies(causeFew) {
		if y.need > 0 {
			out = append(out, t.wider(y.need, 4*y.every)...)
		}
	}
	d := t.run.lookback()
	if every, ok := f.Evidence["interval"].(time.Duration); ok {
		d = max(d, 2*every)
	}
	return append(out, t.lastSeen(t.nodes[0], d)...)
}

// changeCapture asks for no longer than an alert had been pending when the
// capture ended.
func changeCapture(t *trace, f *Finding) []change {
	since, ok := f.Evidence["since"].(time.Time)
	if !ok {
		return nil
	}
	d := t.last.Sub(since)
	return []change{t.lasting("with for: "+duration(d), d)}
}

// changeIdentity takes the labels out of the alert that made it another one
// again and again.
func changeIdentity(t *trace, f *Finding) []change {
	changed, _ := f.Evidence["labels"].([]string)
	if f.Evidence["template"] == true {
		b := labels.NewBuilder(t.rule.Labels)
		var names []string
		for _, name := range changed {
			if strings.Contains(t.rule.Labels.Get(name), "{{") {
				names = append(names, name)
				b.Del(name)
			}
		}
		return []change{t.relabelled(fmt.Sprintf("with %s as annotation", list(names, 3)), b.Labels()).asLikely()}
	}
	op := "max"
	if th := t.rule.Threshold; th != nil && strings.HasPrefix(th.Op, "<") {
		op = "min"
	}
	root := t.nodes[0]
	return []change{t.with(fmt.Sprintf("with %s without (%s)", op, strings.Join(changed, ", ")),
		t.replaced(root, fmt.Sprintf("%s without (%s) (%s)", op, strings.Join(changed, ", "), t.source(root))))}
}

// changeBornLate counts what a counter began with as its first step, where its
// target had been scraped before.
func changeBornLate(t *trace, f *Finding) []change {
	n := t.of(f)
	if n == nil {
		return nil
	}
	if _, ok := n.expr.(*parser.Call); !ok {
		return nil
	}
	call, m := stepSeen(n)
	if call == nil {
		return nil
	}
	e := m.expr.(*parser.MatrixSelector)
	vs := m.selector()
	up := &parser.MatrixSelector{Range: e.Range, VectorSelector: &parser.VectorSelector{Name: "up", OriginalOffset: vs.OriginalOffset}}
	per := ""
	if call.expr.(*parser.Call).Func.Name == "rate" {
		per = fmt.Sprintf(" / %d", int64(e.Range.Seconds()))
		if e.Range%time.Second != 0 {
			return nil
		}
	}
	text := fmt.Sprintf("((%s%s and count_over_time(%s) < on (job, instance) group_left () sum_over_time(%s)) or %s)", vs, per, e, up, t.source(call))
	return []change{t.with(fmt.Sprintf("with what it began with counted by %s", call.expr.(*parser.Call).Func.Name), t.replaced(call, text))}
}
