package verdict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/replay"
)

// failing: evaluations failed.
func failing(t *trace) []Finding {
	if t.failures.count == 0 {
		return nil
	}
	var out []Finding
	errs := slices.Clone(t.failures.errs)
	slices.SortStableFunc(errs, func(a, b error) int { // the most frequent one first
		return t.failures.texts[b.Error()].count - t.failures.texts[a.Error()].count
	})
	for i, err := range errs {
		f := t.failing(err.Error(), i)
		out = append(out, f)
	}
	return out
}

func (t *trace) failing(text string, i int) Finding {
	s := t.failures.texts[text]
	f := Finding{Evidence: Evidence{"error": text, "evaluations": s.count, "first": s.first, "last": s.last}}
	from := "from " + t.run.clock.at(s.first) + " on"
	if !s.last.Equal(t.last) {
		from = t.run.clock.at(s.first) + " to " + t.run.clock.at(s.last)
	}
	f.Text = fmt.Sprintf("%s could not be evaluated at %s (%s): ", t.name(), ofAll(s.count, t.evals), from)
	f.Text += t.collision(&f, s, text)
	if i == 0 {
		f.Text += t.pendingBefore(&f)
	}
	f.Text += "."
	f.minor = 2*t.failures.count < t.evals && len(t.result.Alerts) == 0 && t.causes != nil && len(t.causes) > 0 && 10*t.failures.count < t.evals
	return f
}

// collision says an error in other words, where upstream names the series that
// collided.
func (t *trace) collision(f *Finding, s *failure, text string) string {
	sets := labelSets(text)
	if len(sets) < 2 {
		if c := t.collided; c != nil && (c.node != nil) != strings.Contains(text, "after applying") {
			return c.words(f) + " (" + text + ")"
		}
		return text
	}
	a, b := sets[len(sets)-2], sets[len(sets)-1]
	differ := differing(nil, a, b)
	f.Evidence["series"] = []Evidence{{"labels": a}, {"labels": b}}
	f.Evidence["differ"] = differ
	group := labels.EmptyLabels()
	if len(sets) > 2 {
		group = sets[0]
		f.Evidence["group"] = group
	}
	if n := t.pairing(group); n != nil {
		f.Expr, f.Start, f.End = n.text, n.start, n.end
		if _, side, ok := strings.Cut(text, " on the "); ok && strings.Contains(side, " hand-side") {
			f.Evidence["side"], _, _ = strings.Cut(side, " hand-side")
		}
	}
	what := a.Get(model.MetricNameLabel)
	if what == "" {
		what = "result"
	}
	words := fmt.Sprintf("two %s series match %s", what, series(group))
	var values []string
	for _, name := range differ {
		values = append(values, fmt.Sprintf("%s (%s, %s)", name, show(a.Get(name)), show(b.Get(name))))
	}
	words += "; they differ in " + list(values, 3)
	for _, ls := range []labels.Labels{a, b} {
		if l := t.life(ls); l != nil && l.samples > 0 && s.first.After(t.first) && msTime(l.first).After(t.first) {
			f.Evidence["since"], f.Evidence["newcomer"] = msTime(l.first), ls
			words += fmt.Sprintf(", and %s is there since %s", series(onlyOf(ls, differ)), t.run.clock.at(msTime(l.first)))
			break
		}
	}
	if len(differ) > 0 {
		words += "; " + list(differ, 2) + " would tell them apart"
	}
	return words
}

func show(v string) string {
	if v == "" {
		return "none"
	}
	return v
}

// onlyOf are the labels of these names.
func onlyOf(ls labels.Labels, names []string) labels.Labels {
	b := labels.NewBuilder(ls)
	b.Keep(names...)
	return b.Labels()
}

// pairing is the operator whose sides are matched on the labels of a group; nil
// when there is none or there are several.
func (t *trace) pairing(group labels.Labels) *node {
	var found *node
	for _, n := range t.nodes {
		e, ok := n.expr.(*parser.BinaryExpr)
		if !ok || e.VectorMatching == nil || e.Op.IsSetOperator() {
			continue
		}
		m := e.VectorMatching
		if m.On {
			same := true
			group.Range(func(l labels.Label) { same = same && slices.Contains(m.MatchingLabels, l.Name) })
			if !same {
				continue
			}
		}
		if found != nil {
			return nil
		}
		found = n
	}
	return found
}

// life is that of a series which some selector of the rule matched.
func (t *trace) life(ls labels.Labels) *life {
	for _, n := range t.nodes {
		vs, ok := n.expr.(*parser.VectorSelector)
		if !ok {
			continue
		}
		for _, l := range t.run.series.of(vs).byHash[ls.Hash()] {
			if labels.Equal(l.labels, ls) {
				return l
			}
		}
	}
	return nil
}

// labelSets reads the label sets that a text of upstream's holds.
func labelSets(text string) []labels.Labels {
	var out []labels.Labels
	p := parser.NewParser(parser.Options{})
	for {
		start := strings.IndexByte(text, '{')
		if start < 0 {
			return out
		}
		end := closing(text[start:])
		if end < 0 {
			return out
		}
		if ls, err := p.ParseMetric(text[start : start+end+1]); err == nil {
			out = append(out, ls)
		}
		text = text[start+end+1:]
	}
}

// closing is where the brace ends that a text begins with, quoted ones left
// out.
func closing(text string) int {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == '}' && !quoted:
			return i
		}
	}
	return -1
}

// pendingBefore says what would have come of an alert that was pending before
// its evaluations failed.
func (t *trace) pendingBefore(f *Finding) string {
	for i := range t.result.Alerts {
		a := &t.result.Alerts[i]
		iv := a.Intervals[len(a.Intervals)-1]
		if iv.State != replay.Pending || !iv.Open || !iv.Start.Before(t.failures.first) {
			continue
		}
		f.Evidence["pending_since"] = iv.Start
		due := iv.Start.Add(t.rule.For)
		text := fmt.Sprintf("; before that it was pending since %s", t.run.clock.at(iv.Start))
		if !due.After(t.last) {
			f.Evidence["due"] = due
			text += fmt.Sprintf(", and was due to fire at %s", t.run.clock.at(due))
		}
		return text
	}
	return ""
}
