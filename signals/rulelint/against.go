package rulelint

import (
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// Capture says how the selectors of all rules fared against one. Each is
// counted as often as a rule has it.
type Capture struct {
	Name     string
	Matching int // selectors that match series
	NotSeen  int // ValueNotSeen
	Absent   int // AsksAbsence
	Nothing  int // NoSeries
	Written  int // that ask for what the rules themselves write, which no scrape has
}

// Against looks for the selectors of the rules that were added in a capture,
// called name in messages, and adds one finding for each rule and selector that
// matches no series. It is an error when the metric or a label is not there,
// and a note when only a value was not seen, or when the selector stands in
// absent, which asks for nothing to match. The store must hold what the rules
// select, see Expressions.
func (r *Result) Against(name string, store *replay.Store) {
	c := Capture{Name: name}
	written := r.written()
	r.eachRule(func(f *File, g *rules.Group, rule *rules.Rule) {
		unmatched := map[string]replay.Selector{}
		for _, s := range store.Unmatched(rule.Expr) {
			unmatched[s.Text] = s
		}
		for _, sel := range rule.Selectors {
			s, none := unmatched[sel.String]
			switch {
			case !none:
				c.Matching++
				continue
			case written.has(sel):
				c.Written++
				continue
			}
			n := found(f, g, rule, NoSeries, expfmt.SeverityError)
			switch {
			case sel.Absent:
				n.ID, n.Severity = AsksAbsence, expfmt.SeverityInfo
				c.Absent++
			case s.Unseen:
				n.ID, n.Severity = ValueNotSeen, expfmt.SeverityInfo
				c.NotSeen++
			default:
				c.Nothing++
			}
			n.Selector, n.Instead = sel.String, s.Similar
			n.Message = noSeries(name, sel, s)
			f.Findings = append(f.Findings, n)
		}
	})
	r.Captures = append(r.Captures, c)
}

func noSeries(capture string, sel query.Selector, s replay.Selector) string {
	msg := "no series of " + capture + " matches " + sel.String
	switch {
	case len(s.Similar) > 0 && strings.HasPrefix(s.Similar[0], "no label "):
		msg += "; there is " + s.Similar[0]
	case len(s.Similar) > 0:
		msg += "; there is " + strings.Join(s.Similar, ", ")
	case s.Unseen:
		msg += "; each of its matchers matches some, no series all of them"
	case sel.Name() != "":
		msg += "; no name there is like it"
	}
	if sel.Absent {
		msg += " (the rule asks for its absence)"
	}
	return msg
}

// Expressions returns those of all rules, for replay.Options.Queries. It is
// never nil.
func (r *Result) Expressions() []string {
	list := []string{}
	r.eachRule(func(_ *File, _ *rules.Group, rule *rules.Rule) { list = append(list, rule.Expr) })
	return list
}

// names are metrics that rules write.
type names map[string]bool

func (r *Result) written() names {
	n := names{}
	r.eachRule(func(_ *File, _ *rules.Group, rule *rules.Rule) {
		if rule.Record != "" {
			n[rule.Record] = true
		} else {
			n["ALERTS"], n["ALERTS_FOR_STATE"] = true, true
		}
	})
	return n
}

// has tells whether a selector may ask for one of the names; one that says
// nothing of the name asks for scrapes.
func (n names) has(sel query.Selector) bool {
	var of []*labels.Matcher
	for _, m := range sel.Matchers {
		if m.Name == model.MetricNameLabel {
			of = append(of, m)
		}
	}
	if len(of) == 0 {
		return false
	}
next:
	for name := range n {
		for _, m := range of {
			if !m.Matches(name) {
				continue next
			}
		}
		return true
	}
	return false
}
