package compat

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/catalogue"
	"github.com/scrapebook/scrapebook/signals/query"
)

// look notes what a version has against the rule.
func (x *checked) look(v int) {
	parser.Inspect(x.expr, func(node parser.Node, path []parser.Node) error {
		at := place{v: v, breaks: Breaks}
		if x.spared(node, path, v) {
			at.breaks = Note
		}
		switch n := node.(type) {
		case *parser.VectorSelector:
			if f := x.lookSelector(n, at); f != nil {
				x.lookCounter(n, path, f, v)
				x.lookLabels(n, path, f, v)
			}
		case *parser.AggregateExpr:
			if !n.Without {
				x.lookGrouping(n, n.Expr, n.Grouping, v)
			}
		case *parser.BinaryExpr:
			x.lookComparison(n, at)
			if m := n.VectorMatching; m != nil && m.On {
				x.lookGrouping(n, n, m.MatchingLabels, v)
			}
		case *parser.Call:
			if isAbsent(n) && x.empty(n.Args[0], v) {
				x.note(v, "absent", Breaks, "", n, fmt.Sprintf("%s is always true: what it asks for is not there", n.Func.Name))
			}
		}
		return nil
	})
}

// place is a version, and what it means to the rule when what is looked at
// returns nothing there.
type place struct {
	v      int
	breaks Verdict
}

// spared reports whether a node is below one arm of an `or` of which the other
// may return something: nothing is lost when it returns nothing.
func (x *checked) spared(node parser.Node, path []parser.Node, v int) bool {
	child := node
	for i := len(path) - 1; i >= 0; i-- {
		if b, ok := path[i].(*parser.BinaryExpr); ok && b.Op == parser.LOR {
			other := b.LHS
			if child == b.LHS {
				other = b.RHS
			}
			if !x.empty(other, v) {
				return true
			}
		}
		child = path[i]
	}
	return false
}

// lookSelector notes what there is against a selector, and returns the family
// when the version has it.
func (x *checked) lookSelector(s *parser.VectorSelector, at place) *family {
	v := at.v
	name := metricName(s)
	switch {
	case name == "":
		x.note(v, "metric-not-known", NotKnown, "", s, "the selector names no metric, or several")
		return nil
	case own(name):
		return nil
	case len(x.recorded[name]) > 0:
		if x.emptySelector(s, v) {
			x.note(v, "recorded", at.breaks, name, s, name+" is recorded by a rule that breaks itself")
		}
		return nil
	}
	f := x.family(name)
	if f.name == "" {
		text := name + " is in no list of " + x.catalogue.Software + ": another program's, or not known"
		if near := x.catalogue.Similar(name); len(near) > 0 {
			text += "; did you mean " + near[0] + "?"
		}
		x.note(v, "metric-not-known", NotKnown, name, s, text)
		return nil
	}
	p := &f.at[v]
	switch p.State {
	case catalogue.Gone, catalogue.NotYet:
		x.lookMissing(s, f, at)
		return nil
	case catalogue.Unknown, catalogue.Unlisted:
		text := "no source tells whether this version has " + f.name
		if p.State == catalogue.Unlisted {
			text = "the version's list lacks " + f.name + ", which proves nothing by itself"
		}
		x.note(v, "metric-not-known", NotKnown, f.name, s, text+": it is known "+x.otherwiseKnown(f))
		return nil
	}
	if p.Hidden {
		x.note(v, "metric-hidden", at.breaks, f.name, s, fmt.Sprintf("%s is hidden in %s: it is not exposed unless a flag asks for it", f.name, x.at(v)))
	}
	if p.Note != "" {
		x.note(v, "remark", Note, f.name, s, f.name+": "+p.Note)
	}
	if wrongPart(f, name, v) {
		x.note(v, "type", at.breaks, f.name, s, fmt.Sprintf("%s is a %s, which has no %s", f.name, p.Type, strings.TrimPrefix(name, f.name)))
	}
	for _, m := range s.LabelMatchers {
		x.lookMatcher(s, name, m, f, at)
	}
	return f
}

func (x *checked) lookMissing(s *parser.VectorSelector, f *family, at place) {
	v, k := at.v, f.history.Existence()
	if f.at[v].State == catalogue.Gone {
		text := f.name + " is gone " + k.When(x.at(v))
		if to := f.at[v].Renamed; to != "" {
			text += ": " + to + " took its place"
		}
		x.note(v, "metric-gone", at.breaks, f.name, s, text)
		return
	}
	x.note(v, "metric-not-yet", at.breaks, f.name, s, f.name+" is not there "+k.When(x.at(v)))
}

// otherwiseKnown says in which versions a family is known.
func (x *checked) otherwiseKnown(f *family) string {
	from, to := f.history.Known()
	if from == "" {
		return "in no version"
	}
	return "in " + Span{from, to}.String()
}

func (x *checked) lookMatcher(s *parser.VectorSelector, series string, m *labels.Matcher, f *family, at place) {
	v := at.v
	p := &f.at[v]
	k := f.label(m.Name)
	switch id := x.matchesNothing(f, series, m, v); {
	case id == "bucket-missing":
		if bound, ok := spelled(p.Bounds, m.Value); ok && m.Type == labels.MatchEqual {
			x.note(v, id, at.breaks, f.name, s, fmt.Sprintf("Prometheus 3 stores this bucket of %s as le=%q, so le=%q matches nothing", f.name, bound, m.Value))
			return
		}
		if m.Type == labels.MatchRegexp {
			x.note(v, id, at.breaks, f.name, s, fmt.Sprintf("%s has no bucket that %s matches, as Prometheus 3 spells them (1 as 1.0): its bounds are %s", f.name, m, f.history.Buckets()))
			return
		}
		x.note(v, id, at.breaks, f.name, s, fmt.Sprintf("%s has no bucket le=%q here: its bounds are %s", f.name, m.Value, f.history.Buckets()))
	case id == "value-never":
		x.note(v, id, at.breaks, f.name, s, fmt.Sprintf("%s of %s is always %q, which %s does not match", m.Name, f.name, p.Label(m.Name).Value, m))
	case id == "label-missing":
		x.note(v, id, at.breaks, f.name, s, fmt.Sprintf("%s has no label %s %s, so %s matches nothing, unless the scrape job adds it: it has it %s; its labels here are %s",
			f.name, m.Name, k.When(x.at(v)), m, k.Otherwise(x.at(v)), list(labelNames(p))))
	case m.Name == model.MetricNameLabel || m.Name == model.BucketLabel || m.Name == model.QuantileLabel || ofTargets[m.Name] || k.At(x.at(v)) != catalogue.No:
	case k.Ever(catalogue.Yes):
		x.note(v, "label-idle", Changes, f.name, s, fmt.Sprintf("%s has no label %s %s, so %s lets everything pass", f.name, m.Name, k.When(x.at(v)), m))
	default:
		x.note(v, "label-foreign", Note, f.name, s, foreign(f, m.Name, p))
	}
}

// ofTargets are labels that scrape jobs add as a rule: of them nothing is said.
var ofTargets = map[string]bool{
	"job": true, "instance": true, "cluster": true, "namespace": true, "service": true, "endpoint": true, "pod": true, "container": true, "node": true,
}

func foreign(f *family, label string, p *catalogue.Period) string {
	return fmt.Sprintf("%s has a label %s in no version known (its labels are %s): it has to come from the scrape job", f.name, label, list(labelNames(p)))
}

// lookCounter notes a counter's function of a gauge.
func (x *checked) lookCounter(s *parser.VectorSelector, path []parser.Node, f *family, v int) {
	if f.at[v].Type != "gauge" || len(path) < 2 {
		return
	}
	call, ok := path[len(path)-2].(*parser.Call)
	if ok && slices.Contains([]string{"rate", "irate", "increase", "resets"}, call.Func.Name) {
		when := ""
		if k := f.history.OfType("gauge"); k.Ever(catalogue.No) {
			when = " " + k.When(x.at(v))
		}
		x.note(v, "type", Changes, f.name, call, fmt.Sprintf("%s is a gauge%s: %s takes each fall for a reset of a counter", f.name, when, call.Func.Name))
	}
}

// lookComparison notes one that a quantile cannot pass, with the cap of all
// versions.
func (x *checked) lookComparison(e *parser.BinaryExpr, at place) {
	v := at.v
	if !x.neverTrue(e, v) {
		return
	}
	operand, op, limit, _ := query.Comparison(e)
	most, from, _ := x.upper(operand, v)
	text := fmt.Sprintf("%s is never %s %s: the highest finite bucket of %s is %s", from.call.Func.Name, above[op], number(limit), from.of.name, from.of.history.Caps())
	if most != from.cap {
		text = fmt.Sprintf("the left side is never %s %s, %s being at most %s: the highest finite bucket of %s is %s", above[op], number(limit), from.call.Func.Name, number(from.cap), from.of.name, from.of.history.Caps())
	}
	x.note(v, "never-true", at.breaks, from.of.name, e, text)
}
