package verdict

import (
	"fmt"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/verdict/internal/reachable"
)

// unmatched: both sides of an operator had series, and no two of them paired.
func unmatched(t *trace) []Finding {
	var out []Finding
	proofs := map[*tally]reachable.Proof{}
	for _, p := range t.proofs() {
		if y := t.unpaired(p); y != nil {
			proofs[y] = p
		}
	}
	for _, y := range t.tallies(causeUnpaired) {
		e := y.node.expr.(*parser.BinaryExpr)
		f := y.node.finding()
		differ := differing(e.VectorMatching, y.left.Labels, y.right.Labels)
		f.Evidence["labels"], f.Evidence["evaluations"], f.Evidence["op"] = differ, y.count, e.Op.String()
		f.Evidence["left"] = Evidence{"expr": y.node.kids[0].text, "labels": y.left.Labels, "value": y.left.Value, "series": y.lefts}
		f.Evidence["right"] = Evidence{"expr": y.node.kids[1].text, "labels": y.right.Labels, "value": y.right.Value, "series": y.rights}
		f.Evidence["first"], f.Evidence["last"] = y.first, y.last
		f.Evidence["left_many"], f.Evidence["right_many"] = y.leftMany, y.rightMany
		how := "series of both sides with equal labels"
		if m := e.VectorMatching; m.On {
			how = "series of both sides that agree in " + list(m.MatchingLabels, 4)
		} else if len(m.MatchingLabels) > 0 {
			how += " but for " + list(m.MatchingLabels, 4)
		}
		f.Text = fmt.Sprintf("%s found no pair: %s takes %s, and left %s (%s: %s) and right %s (%s: %s)",
			t.name(), e.Op, how, names(y.left.Labels), short(y.node.kids[0].text), number(y.left.Value), names(y.right.Labels), short(y.node.kids[1].text), number(y.right.Value))
		switch {
		case len(differ) > 0:
			f.Text += " differ in " + list(differ, 5)
		default:
			f.Text += " never did"
		}
		f.Text += fmt.Sprintf(", at %s", ofAll(y.count, t.evals))
		if y.count < t.evals {
			f.Text += ", all at which both sides had series"
		}
		if p, ok := proofs[y]; ok {
			f.Evidence["never"], f.Evidence["any_data"] = true, !p.OnShape
			t.proofEvidence(&f, p)
			shape := ""
			if p.OnShape {
				shape = " on data of this shape"
			}
			f.Text += fmt.Sprintf("; they can never pair%s, as %s", shape, p.Text)
		}
		f.Text += "."
		f.minor = 2*y.count < t.evals-t.given && f.Evidence["never"] == nil
		out = append(out, f)
	}
	return out
}

// differing lists the labels by which two label sets are no pair.
func differing(m *parser.VectorMatching, a, b labels.Labels) []string {
	var out []string
	add := func(name string) {
		if a.Get(name) != b.Get(name) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	if m != nil && m.On {
		for _, name := range m.MatchingLabels {
			add(name)
		}
		return out
	}
	for _, ls := range []labels.Labels{a, b} {
		ls.Range(func(l labels.Label) {
			if l.Name != model.MetricNameLabel && (m == nil || !slices.Contains(m.MatchingLabels, l.Name)) {
				add(l.Name)
			}
		})
	}
	slices.Sort(out)
	return out
}
