package verdict

import (
	"fmt"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// conditional tells whether an expression gives something under a condition
// alone, and not whenever there is data.
func conditional(n *node) bool {
	switch e := n.expr.(type) {
	case *parser.BinaryExpr:
		switch {
		case e.Op == parser.LOR:
			return conditional(n.kids[0]) && conditional(n.kids[1])
		case e.Op == parser.LUNLESS, e.Op.IsComparisonOperator() && !e.ReturnBool && !n.isScalar():
			return true
		}
	case *parser.Call:
		if strings.HasPrefix(e.Func.Name, "absent") {
			return true
		}
	}
	if n.isScalar() {
		return false
	}
	for _, k := range n.kids {
		if conditional(k) {
			return true
		}
	}
	return false
}

// outermost tells whether nothing but set operators and parentheses is around a
// node, so that what it gives is what the rule gives.
func outermost(n *node) bool {
	for p := n.parent; p != nil; p = p.parent {
		if p.inner() != p {
			continue
		}
		if e, ok := p.expr.(*parser.BinaryExpr); !ok || !e.Op.IsSetOperator() {
			return false
		}
	}
	return true
}

// standsIn tells whether the right arm of an `or` is there for what the left
// one lacks, and is no condition of its own.
func standsIn(n *node) bool {
	return isSet(n, parser.LOR) && (!conditional(n.kids[1]) || !outermost(n))
}

// maskedArm is how often an arm of an `or` was true and not shown.
type maskedArm struct {
	span
	left, right       query.Sample // at the first instant
	lastLeft, lastOne query.Sample // at the last
}

// arms looks at both sides of each `or` of an expression that gave something.
func (f *firing) arms(t *trace, l rules.Look) {
	for _, n := range t.nodes {
		if !isSet(n, parser.LOR) || n.inSubquery() {
			continue
		}
		stands := standsIn(n)
		both := conditional(n.kids[0]) && conditional(n.kids[1])
		if !stands && !both || n.kids[0].ask() == nil || n.kids[1].ask() == nil {
			continue
		}
		right, err := l.Ask(n.kids[1].ask())
		if err != nil || len(right) == 0 {
			continue
		}
		left, err := l.Ask(n.kids[0].ask())
		if err != nil {
			continue
		}
		m := n.expr.(*parser.BinaryExpr).VectorMatching
		had := map[uint64]query.Sample{}
		for _, s := range left {
			had[s.Labels.MatchLabels(m.On, m.MatchingLabels...).Hash()] = s
		}
		var filled []query.Sample
		var hidden *query.Sample
		for i, s := range right {
			if x, ok := had[s.Labels.MatchLabels(m.On, m.MatchingLabels...).Hash()]; !ok {
				filled = append(filled, s)
			} else if hidden == nil && both {
				hidden = &right[i]
				f.hide(n, l, x, s)
			}
		}
		if stands && len(filled) > 0 {
			f.stand(n, l, left, filled)
		}
	}
}

// hide takes notice of an arm that is dropped.
func (f *firing) hide(n *node, l rules.Look, left, right query.Sample) {
	if f.masked == nil {
		f.masked = map[int]*maskedArm{}
	}
	m := f.masked[n.id]
	if m == nil {
		m = &maskedArm{left: left, right: right}
		f.masked[n.id] = m
	}
	m.add(l.At)
	m.lastLeft, m.lastOne = left, right
}

// stand takes notice of a result for which the left arm had nothing.
func (f *firing) stand(n *node, l rules.Look, left, filled []query.Sample) {
	for _, s := range l.Result {
		if from(left, s.Labels) || !from(filled, s.Labels) {
			continue
		}
		if f.fill.count == 0 {
			f.stood, f.stoodFor = n, nameless(s.Labels)
		}
		if !f.fill.last.Equal(l.At) {
			f.fill.add(l.At)
		}
		return
	}
}

// fallback: it fired through an arm that stood in for what was not there, or
// through NaN.
func fallback(t *trace) []Finding {
	if t.rule.Record != "" {
		return nil
	}
	var out []Finding
	fire := &t.firing
	if fire.fill.count > 0 {
		left, right := fire.stood.kids[0], fire.stood.kids[1]
		f := right.finding()
		f.Evidence["evaluations"], f.Evidence["first"], f.Evidence["last"], f.Evidence["empty"] = fire.fill.count, fire.fill.first, fire.fill.last, left.text
		f.Evidence["labels"] = fire.stoodFor
		f.Text = fmt.Sprintf("%s was true through what stands in for missing data at %s with a result (%s): %s had nothing for it, so %s took its place.",
			t.name(), ofAll(fire.fill.count, t.given), t.between(fire.fill), short(left.text), short(right.text))
		f.minor = 2*fire.fill.count < t.given
		out = append(out, f)
	}
	if fire.nan > 0 {
		f := t.nodes[0].finding()
		f.Evidence["evaluations"], f.Evidence["labels"], f.Evidence["value"] = fire.nan, fire.nanLabels, "NaN"
		f.Text = fmt.Sprintf("%s was true with NaN at %s with a result", t.name(), ofAll(fire.nan, t.given))
		if th := t.result.Threshold; th != nil && th.Op == "!=" {
			f.Text += fmt.Sprintf(": NaN is != %s, as it is unlike any number", number(th.Value))
		} else {
			f.Text += ", which is a value as any other where it is not compared"
		}
		f.Text += "."
		f.minor = 2*fire.nan < t.given
		out = append(out, f)
	}
	return out
}

// between spells a span's time.
func (t *trace) between(s span) string {
	if s.count == 1 {
		return t.run.clock.at(s.first)
	}
	return t.run.clock.at(s.first) + " to " + t.run.clock.at(s.last)
}

// maskedArms: the right arm of an `or` was true, under labels that the left arm
// had as well, and so was not shown.
func maskedArms(t *trace) []Finding {
	var out []Finding
	for _, n := range t.nodes {
		m := t.firing.masked[n.id]
		if m == nil {
			continue
		}
		right := n.kids[1]
		f := right.finding()
		f.Evidence["evaluations"], f.Evidence["first"], f.Evidence["last"] = m.count, m.first, m.last
		f.Evidence["labels"], f.Evidence["shown"], f.Evidence["masked"] = nameless(m.lastOne.Labels), m.lastLeft.Value, m.lastOne.Value
		f.Text = fmt.Sprintf("%s shows one arm of `or` alone: %s was true as well at %s with a result (%s; %s at the last), but has the labels %s of the left arm, so `or` drops it.",
			t.name(), short(right.text), ofAll(m.count, t.given), t.between(m.span), number(m.lastOne.Value), series(onlyOf(m.lastOne.Labels, matched(n, m.lastOne.Labels))))
		out = append(out, f)
	}
	return out
}

// matched are the labels by which an operator matches, of a label set.
func matched(n *node, ls labels.Labels) []string {
	var names []string
	m := n.expr.(*parser.BinaryExpr).VectorMatching
	ls.MatchLabels(m.On, m.MatchingLabels...).Range(func(l labels.Label) { names = append(names, l.Name) })
	return names
}
