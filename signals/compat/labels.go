package compat

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/catalogue"
)

// lookGrouping notes the labels of a by or an on that no metric below has on a
// version.
func (x *checked) lookGrouping(node parser.Node, below parser.Expr, names []string, v int) {
	families, open := x.familiesBelow(below, v)
	if open || len(families) == 0 {
		return
	}
	for _, name := range names {
		if name == model.BucketLabel || name == model.QuantileLabel || name == model.MetricNameLabel || ofTargets[name] {
			continue
		}
		if slices.ContainsFunc(families, func(f *family) bool { return f.at[v].Label(name) != nil }) {
			continue
		}
		i := slices.IndexFunc(families, func(f *family) bool { return f.label(name).Ever(catalogue.Yes) })
		if i < 0 {
			x.note(v, "label-foreign", Note, families[0].name, node, foreign(families[0], name, &families[0].at[v]))
			continue
		}
		f := families[i]
		k := f.label(name)
		what := "on (" + strings.Join(names, ", ") + ")"
		if a, ok := node.(*parser.AggregateExpr); ok {
			what = a.Op.String() + " by (" + strings.Join(names, ", ") + ")"
		}
		effect := "cannot tell apart what it does " + k.Otherwise(x.at(v))
		if x.before(k, v, catalogue.Yes) >= 0 {
			effect = "puts together what it told apart " + k.Otherwise(x.at(v))
		}
		verdict := Changes
		if slices.ContainsFunc(names, func(other string) bool {
			return f.at[v].Label(other) != nil && f.label(other).Ever(catalogue.No)
		}) {
			verdict = Note // another one that the list names is there in its place
		}
		if x.onlyLater(f, name, v) {
			verdict = Note
		}
		x.note(v, "label-merged", verdict, f.name, node, fmt.Sprintf("%s has no label %s %s: %s %s", f.name, name, k.When(x.at(v)), what, effect))
	}
}

// familiesBelow are the metrics below an expression that a version has. Open
// says that something there may have any label.
func (x *checked) familiesBelow(below parser.Expr, v int) (families []*family, open bool) {
	parser.Inspect(below, func(n parser.Node, _ []parser.Node) error {
		if s, ok := n.(*parser.VectorSelector); ok {
			series := metricName(s)
			f := x.family(series)
			switch {
			case len(x.recorded[series]) > 0 || series == "" || f.name == "":
				open = true
			case f.at[v].State == catalogue.Gone || f.at[v].State == catalogue.NotYet:
			case !f.at[v].HasLabels:
				open = true
			case !slices.Contains(families, f):
				families = append(families, f)
			}
		}
		if c, ok := n.(*parser.Call); ok && (strings.HasPrefix(c.Func.Name, "label_") || c.Func.Name == "info") {
			open = true
		}
		if a, ok := n.(*parser.AggregateExpr); ok && a.Op == parser.COUNT_VALUES {
			open = true
		}
		return nil
	})
	return families, open
}

// onlyLater reports whether a label came to a family on a later version beside
// all that it has on this one: there is nothing yet that it would tell apart.
func (x *checked) onlyLater(f *family, label string, v int) bool {
	if x.before(f.label(label), v, catalogue.Yes) >= 0 {
		return false
	}
	for later := v + 1; later < len(f.at); later++ {
		if p := &f.at[later]; p.Label(label) != nil {
			return !slices.ContainsFunc(labelNames(&f.at[v]), func(name string) bool { return p.Label(name) == nil })
		}
	}
	return false
}

// lookLabels notes labels that reach the result on this version and not on
// another, and what they do on the way.
func (x *checked) lookLabels(s *parser.VectorSelector, path []parser.Node, f *family, v int) {
	p := &f.at[v]
	if !p.HasLabels {
		return
	}
	for _, l := range p.Labels {
		k := f.label(l.Name)
		before := x.before(k, v, catalogue.No)
		if l.Value != "" || before < 0 || asksFor(s, l.Name) {
			continue
		}
		replaced := slices.DeleteFunc(labelNames(&f.at[before]), func(name string) bool { return p.Label(name) != nil })
		id, text := "split", fmt.Sprintf("%s has the label %s %s: where there was one series there is one for each %s", f.name, l.Name, k.When(x.at(v)), l.Name)
		if len(replaced) > 0 {
			id = "labels-changed"
			text = fmt.Sprintf("%s has the label %s %s, and no longer %s", f.name, l.Name, k.When(x.at(v)), list(replaced))
		}
		reaches, collides := follow(s, path, l.Name)
		if collides != nil && id == "split" {
			x.note(v, "split-matching", Changes, f.name, collides, text+", and the operands no longer match one to one where it has several values")
		}
		if reaches {
			what := "results"
			if x.rule.Alert != "" {
				what = "alerts"
			}
			x.note(v, id, Changes, f.name, s, text+"; the rule's "+what+" have it")
		}
	}
}

// before is the newest version before v that has an answer, -1 when none has.
func (k *checker) before(known catalogue.Knowledge, v int, a catalogue.Answer) int {
	for v--; v >= 0 && known.At(k.at(v)) != a; v-- {
	}
	return v
}

func asksFor(s *parser.VectorSelector, label string) bool {
	for _, m := range s.LabelMatchers {
		if m.Name == label {
			return true
		}
	}
	return false
}

// follow follows a label of a selector up its path. It returns whether the
// label reaches the result without having been asked for, and the operation, if
// any, that matches one to one and does not look at it, so that what differs in
// the label alone collides.
func follow(s *parser.VectorSelector, path []parser.Node, label string) (reaches bool, collides parser.Node) {
	var child parser.Node = s
	for i := len(path) - 1; i >= 0; i-- {
		switch n := path[i].(type) {
		case *parser.AggregateExpr:
			// What a by names is meant to be there.
			if child == n.Param || !keeps(n, label) || !n.Without && slices.Contains(n.Grouping, label) {
				return false, collides
			}
		case *parser.Call:
			switch n.Func.Name {
			case "absent", "absent_over_time", "scalar", "vector":
				return false, collides
			}
		case *parser.BinaryExpr:
			kept, clash := throughBinary(n, child == n.LHS, label)
			if clash {
				collides = n
			}
			if !kept {
				return false, collides
			}
		}
		child = path[i]
	}
	return true, collides
}

func keeps(a *parser.AggregateExpr, label string) bool {
	switch a.Op {
	case parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO:
		return true
	}
	return slices.Contains(a.Grouping, label) != a.Without
}

func throughBinary(n *parser.BinaryExpr, left bool, label string) (kept, clash bool) {
	m := n.VectorMatching
	if m == nil {
		return true, false
	}
	looked := slices.Contains(m.MatchingLabels, label) == m.On
	switch {
	case n.Op == parser.LOR:
		return true, false
	case n.Op == parser.LAND || n.Op == parser.LUNLESS:
		return left, false
	case m.Card == parser.CardManyToOne && left, m.Card == parser.CardOneToMany && !left:
		return true, false
	case m.Card == parser.CardOneToOne:
		return looked, !looked
	}
	return looked || slices.Contains(m.Include, label), !looked
}
func list(names []string) string {
	switch len(names) {
	case 0:
		return "none"
	case 1:
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

func labelNames(p *catalogue.Period) []string {
	names := make([]string, len(p.Labels))
	for i, l := range p.Labels {
		names[i] = l.Name
	}
	return names
}
