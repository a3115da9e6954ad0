package verdict

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/verdict/internal/reachable"
)

// changeAbsence puts 0, or an alert, in the place of what vanished.
func changeAbsence(t *trace, f *Finding) []change {
	n := t.of(f)
	if n == nil {
		return nil
	}
	var out []change
	for k := n; k.parent != nil; k = k.parent {
		if isFilter(k.parent) && !k.isScalar() {
			out = append(out, t.with("with or vector(0)", t.replaced(k, fmt.Sprintf("(%s or vector(0))", t.source(k)))))
			break
		}
	}
	if vs, ok := n.expr.(*parser.VectorSelector); ok {
		bare := &parser.VectorSelector{Name: vs.Name, LabelMatchers: vs.LabelMatchers}
		root := t.nodes[0]
		out = append(out, t.with(fmt.Sprintf("with or absent(%s)", bare), t.replaced(root, fmt.Sprintf("(%s) or absent(%s)", t.source(root), bare))))
	}
	return out
}

// changeMatching pairs the sides of an operator on what they have in common.
func changeMatching(t *trace, f *Finding) []change {
	n := t.of(f)
	if n == nil {
		return nil
	}
	differ, _ := f.Evidence["labels"].([]string)
	side := func(name string) labels.Labels {
		e, _ := f.Evidence[name].(Evidence)
		ls, _ := e["labels"].(labels.Labels)
		return ls
	}
	left, right := side("left"), side("right")
	var common []string
	left.Range(func(l labels.Label) {
		if l.Name != model.MetricNameLabel && right.Get(l.Name) == l.Value && !slices.Contains(differ, l.Name) {
			common = append(common, l.Name)
		}
	})
	e, ok := n.inner().expr.(*parser.BinaryExpr)
	if !ok || e.VectorMatching == nil {
		return nil
	}
	group := ""
	if !e.Op.IsSetOperator() {
		group = grouping(f, differ, left, right)
	}
	var out []change
	if len(common) > 0 {
		out = append(out, t.paired(n.inner(), "ignoring", union(e.VectorMatching, differ), group), t.paired(n.inner(), "on", common, group))
	} else {
		out = append(out, t.paired(n.inner(), "on", nil, group))
	}
	if e.Op.IsSetOperator() && len(common) == 0 {
		if c := t.withoutLabels(); c.rule != nil {
			out = append([]change{c}, out...)
		}
	}
	out[0].likely = len(common) > 0 || nameless(left).IsEmpty() || nameless(right).IsEmpty()
	return out
}

// grouping says which side of an operator has several series for one of the
// other once labels are ignored: the one of which several became one, or else
// the one that has labels that the other lacks.
func grouping(f *Finding, differ []string, left, right labels.Labels) string {
	leftMany, rightMany := f.Evidence["left_many"] == true, f.Evidence["right_many"] == true
	if leftMany == rightMany {
		leftMany = slices.ContainsFunc(differ, func(name string) bool { return !right.Has(name) })
		rightMany = slices.ContainsFunc(differ, func(name string) bool { return !left.Has(name) })
	}
	switch {
	case leftMany && !rightMany:
		return " group_left ()"
	case rightMany && !leftMany:
		return " group_right ()"
	}
	return ""
}

// union are labels that are ignored already, and others.
func union(m *parser.VectorMatching, more []string) []string {
	if m.On {
		return more
	}
	list := append(slices.Clone(m.MatchingLabels), more...)
	slices.Sort(list)
	return slices.Compact(list)
}

// paired is the expression with one operator that pairs on labels, or on all
// others.
func (t *trace) paired(n *node, how string, names []string, group string) change {
	clause := fmt.Sprintf("%s (%s)%s", how, strings.Join(names, ", "), group)
	e := n.expr.(*parser.BinaryExpr)
	op := e.Op.String()
	if e.ReturnBool {
		op += " bool"
	}
	text := fmt.Sprintf("%s %s %s %s", t.source(n.kids[0]), op, clause, t.source(n.kids[1]))
	return t.with("with "+clause, t.replaced(n, text))
}

// withoutLabels is the expression with on () at every set operator whose right
// side comes without labels and that says nothing of matching.
func (t *trace) withoutLabels() change {
	text := t.rewritten(func(n *node) string {
		if n.parent != nil {
			return ""
		}
		for _, k := range n.below() {
			e, ok := k.expr.(*parser.BinaryExpr)
			if ok && e.Op.IsSetOperator() && e.Op != parser.LOR && !e.VectorMatching.On && len(e.VectorMatching.MatchingLabels) == 0 && labelless(k.kids[1]) && !labelless(k.kids[0]) {
				e.VectorMatching.On = true
			}
		}
		return n.expr.String()
	})
	return t.with("with on () at each of them", text)
}

// labelless tells whether an expression is made of nothing that has labels.
func labelless(n *node) bool {
	for _, k := range n.below() {
		if k.selector() != nil {
			return false
		}
	}
	return true
}

// changeUnreachable keeps le, pairs, or takes a threshold that can be reached.
func changeUnreachable(t *trace, f *Finding) []change {
	switch f.Evidence["reason"] {
	case string(reachable.NoLe):
		return []change{t.keepLe()}
	case string(reachable.Compared):
		inside, ok := f.Evidence["inside"].(float64)
		start, ok1 := f.Evidence["threshold_start"].(int)
		end, ok2 := f.Evidence["threshold_end"].(int)
		if !ok || !ok1 || !ok2 || start < 0 || end > len(t.rule.Expr) || start >= end {
			return nil
		}
		v := strconv.FormatFloat(inside, 'g', -1, 64)
		return []change{t.with(fmt.Sprintf("with threshold %s", v), t.rule.Expr[:start]+v+t.rule.Expr[end:])}
	}
	return nil
}

// keepLe is the expression whose aggregations below histogram_quantile keep le.
func (t *trace) keepLe() change {
	text := t.rewritten(func(n *node) string {
		call, ok := n.expr.(*parser.Call)
		if !ok || call.Func.Name != "histogram_quantile" {
			return ""
		}
		for _, k := range n.below() {
			e, ok := k.expr.(*parser.AggregateExpr)
			switch {
			case !ok:
			case e.Without:
				e.Grouping = slices.DeleteFunc(e.Grouping, func(s string) bool { return s == model.BucketLabel })
			case !slices.Contains(e.Grouping, model.BucketLabel):
				e.Grouping = append(e.Grouping, model.BucketLabel)
			}
		}
		return n.expr.String()
	})
	return t.with("with le kept", text).asLikely()
}

// changeFailing pairs on the label that tells apart the series that collided,
// too.
func changeFailing(t *trace, f *Finding) []change {
	differ, _ := f.Evidence["differ"].([]string)
	group, _ := f.Evidence["group"].(labels.Labels)
	var out []change
	if n := t.of(f); n != nil {
		if e, ok := n.inner().expr.(*parser.BinaryExpr); ok && e.VectorMatching != nil && e.VectorMatching.Card == parser.CardOneToOne && !e.Op.IsSetOperator() && f.Evidence["side"] != nil {
			how := "ignoring"
			if e.VectorMatching.On {
				how = "on"
			}
			out = append(out, t.paired(n.inner(), how, e.VectorMatching.MatchingLabels, fmt.Sprintf(" group_%s ()", f.Evidence["side"])))
		}
	}
	for _, name := range differ {
		expr := t.rewritten(func(n *node) string {
			e, ok := n.expr.(*parser.BinaryExpr)
			if !ok || e.VectorMatching == nil || !e.VectorMatching.On || e.Op.IsSetOperator() {
				return ""
			}
			m := e.VectorMatching
			of := true
			group.Range(func(l labels.Label) { of = of && slices.Contains(m.MatchingLabels, l.Name) })
			if !of {
				return ""
			}
			m.MatchingLabels = append(slices.Clone(m.MatchingLabels), name)
			return n.expr.String()
		})
		out = append(out, t.with(fmt.Sprintf("with %s in on ()", name), expr))
	}
	return out
}

// changeQuiet takes the value that came closest as the threshold, and lets it
// pass.
func changeQuiet(t *trace, f *Finding) []change {
	n := t.of(f)
	v, ok := f.Evidence["value"].(float64)
	if n == nil || !ok || math.IsInf(v, 0) || !isFilter(n.inner()) {
		return nil
	}
	n = n.inner()
	op, ok := map[parser.ItemType]string{parser.GTR: ">=", parser.GTE: ">=", parser.LSS: "<=", parser.LTE: "<="}[n.expr.(*parser.BinaryExpr).Op]
	if !ok {
		return nil // of what differs, anything may do
	}
	limit := strconv.FormatFloat(v, 'g', -1, 64)
	text := fmt.Sprintf("%s %s %s", t.source(n.kids[0]), op, limit)
	if n.kids[0].isScalar() {
		text = fmt.Sprintf("%s %s %s", limit, op, t.source(n.kids[1]))
		op = map[string]string{">=": "<=", "<=": ">="}[op]
	}
	return []change{t.with(fmt.Sprintf("with %s %s", op, limit), t.replaced(n, text))}
}

// changeUndefined makes one number of the several that a threshold's scalar()
// is given.
func changeUndefined(t *trace, f *Finding) []change {
	n := t.of(f)
	if n == nil || f.Evidence["threshold"] != "NaN" {
		return nil
	}
	var out []change
	for _, of := range []string{"max", "min"} {
		expr := t.rewritten(func(k *node) string {
			call, ok := k.expr.(*parser.Call)
			if !ok || call.Func.Name != "scalar" || k.start < n.start || k.end > n.end || isAggregate(k.kids[0].inner()) {
				return ""
			}
			return fmt.Sprintf("scalar(%s(%s))", of, t.source(k.kids[0]))
		})
		out = append(out, t.with(fmt.Sprintf("with scalar(%s(…))", of), expr))
	}
	return out
}

// changeAlwaysTrue makes a condition of a value.
func changeAlwaysTrue(t *trace, _ *Finding) []change {
	root := t.nodes[0]
	bools := t.rewritten(func(n *node) string {
		if e, ok := n.expr.(*parser.BinaryExpr); ok && e.ReturnBool {
			e.ReturnBool = false
			return n.expr.String()
		}
		return ""
	})
	if c := t.with("without bool", bools); c.rule != nil {
		return []change{c.asLikely()}
	}
	if t.rule.Record != "" || conditional(root.inner()) {
		return nil
	}
	return []change{t.with("with > 0", t.replaced(root, fmt.Sprintf("(%s) > 0", t.source(root))))}
}

// changeType asks a gauge for its value, and for how often it changed.
func changeType(t *trace, f *Finding) []change {
	var out []change
	for _, as := range []string{"", "changes"} {
		what := "with the value itself"
		if as != "" {
			what = "with " + as + "()"
		}
		expr := t.rewritten(func(n *node) string {
			call, ok := n.expr.(*parser.Call)
			if !ok || n.start < f.Start || n.end > f.End || len(n.kids) != 1 {
				return ""
			}
			m := rangeOf(n)
			switch name := call.Func.Name; {
			case m == nil || m.selector() == nil || name != "rate" && name != "increase" && name != "irate":
				return ""
			case as != "":
				return fmt.Sprintf("%s(%s)", as, m.expr)
			}
			return m.selector().String()
		})
		out = append(out, t.with(what, expr))
	}
	return out
}
