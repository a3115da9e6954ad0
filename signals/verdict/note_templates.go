package verdict

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// brokenTemplate is how often a label or an annotation could not be expanded.
type brokenTemplate struct {
	span
	what, name string // "label" or "annotation", and which
	text       string // the template
	err        string // of the first time
}

const templateError = "<error expanding template: "

// templates looks for label values and annotations that are an error's text.
func (f *firing) templates(t *trace, at time.Time, out *rules.Outcome) {
	look := func(what string, ls, texts labels.Labels) {
		ls.Range(func(l labels.Label) {
			rest, ok := strings.CutPrefix(l.Value, templateError)
			if !ok || !strings.Contains(texts.Get(l.Name), "{{") {
				return
			}
			key := what + " " + l.Name
			b := f.broken[key]
			if b == nil {
				if f.broken == nil {
					f.broken = map[string]*brokenTemplate{}
				}
				b = &brokenTemplate{what: what, name: l.Name, text: texts.Get(l.Name), err: strings.TrimSuffix(rest, ">")}
				f.broken[key] = b
			}
			if !b.last.Equal(at) {
				b.add(at)
			}
		})
	}
	for _, a := range out.Alerts {
		look("label", a.Labels, t.rule.Labels)
		look("annotation", a.Annotations, t.rule.Annotations)
	}
}

// templateFails: labels or annotations could not be expanded, and are the text
// of an error.
func templateFails(t *trace) []Finding {
	var out []Finding
	for _, key := range slices.Sorted(maps.Keys(t.firing.broken)) {
		b := t.firing.broken[key]
		f := Finding{Evidence: Evidence{"kind": b.what, "name": b.name, "template": b.text, "error": b.err, "evaluations": b.count, "first": b.first, "last": b.last}}
		f.Text = fmt.Sprintf("The %s %s of %s could not be expanded at %s with an alert (%s): %s", b.what, b.name, t.name(), times(b.count), t.between(b.span), reason(b.err))
		if i := strings.Index(b.text, "{{"); i >= 0 {
			f.Text += fmt.Sprintf(", in %s", short(strings.TrimSpace(b.text)))
		}
		if b.what == "label" {
			f.Text += ". The label is the error's text, which is part of the alert's identity and of its routing"
		}
		f.Text += "."
		out = append(out, f)
	}
	return out
}

func times(n int) string { return count(n, "evaluation") }

// reason is the end of a template's error, which says what is wrong.
func reason(err string) string {
	if i := strings.LastIndex(err, ">: "); i >= 0 {
		err = err[i+len(">: "):]
	}
	return err
}

// references are the labels of the result that the rule's templates name.
func (t *trace) references() []rules.Reference {
	if t.refs == nil {
		list := t.rule.References()
		t.refs = &list
	}
	return *t.refs
}

// lostLabel is how often results lacked a label that templates name.
type lostLabel struct {
	span
	labels labels.Labels // of the first result that did
}

// labelsOf looks for labels that the templates name and results lack.
func (f *firing) labelsOf(t *trace, l rules.Look) {
	for _, ref := range t.references() {
		i := slices.IndexFunc(l.Result, func(s query.Sample) bool { return !s.Labels.Has(ref.Label) })
		if i < 0 {
			continue
		}
		if f.lost == nil {
			f.lost = map[string]*lostLabel{}
		}
		lost := f.lost[ref.Label]
		if lost == nil {
			lost = &lostLabel{labels: l.Result[i].Labels}
			f.lost[ref.Label] = lost
		}
		if !lost.last.Equal(l.At) {
			lost.add(l.At)
		}
	}
}

// labelsLost: a template names a label that the alert has not.
func labelsLost(t *trace) []Finding {
	if len(t.nodes) == 0 {
		return nil
	}
	var out []Finding
	var done []string
	for _, ref := range t.references() {
		if slices.Contains(done, ref.Label) {
			continue
		}
		done = append(done, ref.Label)
		lost := t.firing.lost[ref.Label]
		if lost == nil && t.given > 0 {
			continue
		}
		why, sure := t.dropped(ref.Label)
		if lost == nil && !sure {
			continue
		}
		f := Finding{Evidence: Evidence{"label": ref.Label}}
		if why.node != nil {
			f = why.node.finding()
			f.Evidence["label"] = ref.Label
		}
		var where, reads []string
		for _, r := range t.references() {
			if r.Label != ref.Label {
				continue
			}
			where = append(where, r.What+" "+r.Name)
			if text := t.read(r); text != "" && len(reads) == 0 {
				reads = append(reads, fmt.Sprintf("%s reads %q", r.Name, text))
			}
		}
		f.Evidence["templates"] = where
		f.Text = fmt.Sprintf("$labels.%s, which %s of %s names, is empty", ref.Label, list(where, 3), t.name())
		if lost != nil {
			f.Evidence["evaluations"], f.Evidence["first"], f.Evidence["last"], f.Evidence["labels"] = lost.count, lost.first, lost.last, lost.labels
			f.Text += fmt.Sprintf(" at %s with a result (%s)", ofAll(lost.count, t.given), t.between(lost.span))
		}
		if why.text != "" {
			f.Text += ": " + why.text
		}
		if len(reads) > 0 && lost != nil {
			f.Evidence["reads"] = reads
			f.Text += "; " + reads[0]
		}
		f.Text += "."
		out = append(out, f)
	}
	return out
}

// read is what came of an annotation's template, of the first alert that fired.
func (t *trace) read(r rules.Reference) string {
	if r.What != "annotation" {
		return ""
	}
	for _, a := range t.firedAlerts() {
		if text := a.Annotations.Get(r.Name); text != "" && len(text) < 80 {
			return text
		}
	}
	return ""
}

// drop is why results lack a label.
type drop struct {
	node *node
	text string
}

// dropped says why results lack a label; sure means that no result can have it.
func (t *trace) dropped(label string) (d drop, sure bool) {
	if v := t.rule.Labels.Get(label); v != "" {
		d.text = "templates see the labels of the expression, and not those that the rule sets"
	}
	n, text, sure := drops(t.nodes[0], label)
	if n != nil && d.text == "" {
		return drop{n, text}, sure
	}
	if d.text == "" && !t.seenLabel(label) {
		d.text = fmt.Sprintf("no series that the expression selects has a label %s", label)
	}
	return d, sure
}

// seenLabel tells whether a series of a selector has a label, or may have it.
func (t *trace) seenLabel(label string) bool {
	for _, n := range t.nodes {
		if vs, ok := n.expr.(*parser.VectorSelector); ok {
			sel := t.run.series.of(vs)
			if sel.more > 0 || slices.ContainsFunc(sel.lives, func(l *life) bool { return l.labels.Has(label) }) {
				return true
			}
		}
	}
	return false
}

// drops is the outermost sub-expression that takes a label away, and how; sure
// is false when some results may have it all the same.
func drops(n *node, label string) (at *node, text string, sure bool) {
	switch e := n.expr.(type) {
	case *parser.ParenExpr, *parser.StepInvariantExpr, *parser.UnaryExpr, *parser.SubqueryExpr:
		return drops(n.kids[0], label)
	case *parser.AggregateExpr:
		switch e.Op {
		case parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO:
			return drops(n.kids[0], label)
		case parser.COUNT_VALUES:
			return nil, "", false
		}
		in := slices.Contains(e.Grouping, label)
		switch {
		case e.Without && in:
			return n, fmt.Sprintf("%s without (%s) takes it away", e.Op, strings.Join(e.Grouping, ", ")), true
		case !e.Without && !in && len(e.Grouping) == 0:
			return n, fmt.Sprintf("%s() without by (…) keeps no label", e.Op), true
		case !e.Without && !in:
			return n, fmt.Sprintf("%s by (%s) keeps no other label; add %s to by", e.Op, strings.Join(e.Grouping, ", "), label), true
		}
		return drops(n.kids[0], label)
	case *parser.Call:
		return callDrops(n, e, label)
	case *parser.BinaryExpr:
		return binaryDrops(n, e, label)
	}
	return nil, "", false
}

func callDrops(n *node, e *parser.Call, label string) (*node, string, bool) {
	switch e.Func.Name {
	case "absent", "absent_over_time":
		vs := n.kids[0].inner().selector()
		if vs == nil {
			return n, fmt.Sprintf("%s() takes labels from a plain selector alone, and not from %s", e.Func.Name, short(n.kids[0].text)), true
		}
		if m := equality(vs, label); m != nil {
			return nil, "", false
		}
		return n, fmt.Sprintf("%s() has the labels that its selector asks for with = alone", e.Func.Name), true
	case "label_replace", "label_join":
		return nil, "", false
	case "vector", "time", "scalar":
		return n, e.Func.Name + "() has no labels", true
	}
	if len(n.kids) == 0 {
		return n, e.Func.Name + "() has no labels", true
	}
	for _, k := range n.kids {
		if !k.isScalar() && k.expr.Type() != parser.ValueTypeString {
			return drops(k, label)
		}
	}
	return nil, "", false
}

// equality is the matcher of a selector that asks for one value of a label.
func equality(vs *parser.VectorSelector, label string) *labels.Matcher {
	for _, m := range vs.LabelMatchers {
		if m.Name == label && m.Type == labels.MatchEqual && m.Value != "" {
			return m
		}
	}
	return nil
}

// hasLabel tells whether a series that is selected below a node has a label.
func hasLabel(n *node, label string) bool {
	for _, k := range n.below() {
		if k.selection != nil && slices.ContainsFunc(k.selection.lives, func(l *life) bool { return l.labels.Has(label) }) {
			return true
		}
	}
	return false
}

func binaryDrops(n *node, e *parser.BinaryExpr, label string) (*node, string, bool) {
	l, r := n.kids[0], n.kids[1]
	switch {
	case l.isScalar():
		return drops(r, label)
	case r.isScalar():
		return drops(l, label)
	case e.Op == parser.LOR:
		at, text, sure := drops(l, label)
		at2, text2, sure2 := drops(r, label)
		if at == nil {
			at, text = at2, text2
		}
		return at, text, sure && sure2
	case e.Op.IsSetOperator():
		return drops(l, label)
	}
	m := e.VectorMatching
	in := slices.Contains(m.MatchingLabels, label)
	switch {
	case m.Card == parser.CardOneToOne && m.On && !in:
		return n, fmt.Sprintf("%s on (%s) keeps no other label", e.Op, strings.Join(m.MatchingLabels, ", ")), true
	case m.Card == parser.CardOneToOne && !m.On && in:
		return n, fmt.Sprintf("%s ignoring (%s) takes it away", e.Op, strings.Join(m.MatchingLabels, ", ")), true
	case slices.Contains(m.Include, label):
		return nil, "", false
	case m.Card == parser.CardManyToOne && hasLabel(r, label) && !hasLabel(l, label):
		return n, fmt.Sprintf("group_left (%s) takes no other label over; add %s to it", strings.Join(m.Include, ", "), label), false
	case m.Card == parser.CardOneToMany && hasLabel(l, label) && !hasLabel(r, label):
		return n, fmt.Sprintf("group_right (%s) takes no other label over; add %s to it", strings.Join(m.Include, ", "), label), false
	case m.Card == parser.CardOneToMany:
		return drops(r, label)
	}
	return drops(l, label)
}
