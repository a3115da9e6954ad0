package verdict

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// A change is a rule as it could have been written.
type change struct {
	text   string
	rule   *rules.Rule
	likely bool
}

// Bounds of what is tried, so that the pass stays one of a size like the first.
const (
	maxTries    = 16   // of one finding
	maxAllTries = 1000 // of all rules together
)

// attempt is a change of one finding, on its way through the pass.
type attempt struct {
	trace   *trace
	finding *Finding
	change  change
}

// attempts are the changes of the findings that are tried; need gets the rules
// whose series they see.
func (r *run) attempts(why [][]Finding, need map[*trace]bool) (list []attempt) {
	for i, t := range r.left {
		if i >= len(why) {
			break
		}
		said := map[string]bool{}
		for k := range why[i] {
			f := &why[i][k]
			f.Try, f.Untried = nil, 0
			for _, c := range t.changes(f) {
				key := c.rule.Expr + "\x00" + c.rule.For.String() + "\x00" + c.rule.Labels.String()
				switch {
				case said[key]:
					continue
				case len(f.Try) >= maxTries || len(list) >= maxAllTries:
					f.Untried++
					continue
				case !r.alone(t, c.rule, need):
					continue
				}
				said[key] = true
				f.Try = append(f.Try, Try{Change: c.text, Expr: c.rule.Expr, For: c.rule.For, Likely: c.likely, was: t.rule, rule: c.rule})
				list = append(list, attempt{t, f, c})
			}
		}
	}
	return list
}

// tell sets what came of attempts: rules of a list, by their numbers.
func tell(attempts []attempt, list []replay.Rule, numbers []int) {
	told := map[*Finding]int{}
	for n, a := range attempts {
		t := &a.finding.Try[told[a.finding]]
		told[a.finding]++
		t.Outcome, t.Fires = a.trace.outcome(&list[numbers[n]])
	}
}

// alone tells whether nothing that a changed rule sees depends on what it
// writes itself, so that a copy that writes nothing comes to the same as the
// rule in its place would. The rules whose series it needs are added.
func (r *run) alone(t *trace, changed *rules.Rule, need map[*trace]bool) bool {
	below := map[*trace]bool{}
	if !r.needs(changed, below) || below[t] || t.rule.Record != "" && len(r.names[t.rule.Record]) > 1 {
		return false
	}
	for w := range below {
		need[w] = true
	}
	return true
}

// needs gathers the rules that write what a rule reads; false when that can't
// be told.
func (r *run) needs(rule *rules.Rule, below map[*trace]bool) bool {
	if queries(rule) {
		return false
	}
	for _, s := range rule.Selectors {
		if s.Name() == "" {
			return false
		}
		for _, w := range r.names[s.Name()] {
			if below[w] {
				continue
			}
			below[w] = true
			if !r.needs(w.rule, below) {
				return false
			}
		}
	}
	return true
}

// queries tells whether a label of the rule is made of a query.
func queries(r *rules.Rule) bool { return strings.Contains(r.Labels.String(), "query") }

// outcome is what became of a changed rule, and when it fired first.
func (t *trace) outcome(r *replay.Rule) (string, time.Time) {
	at := t.run.clock.at
	var failed string
	if r.Failed > 0 {
		failed = fmt.Sprintf("fails at %s: %s", ofAll(r.Failed, r.Evaluations), brief(r.Error))
	}
	join := func(text string) string {
		if failed != "" {
			return text + "; " + failed
		}
		return text
	}
	if r.Record != "" {
		switch {
		case r.Recorded > 0:
			return join("records " + count(r.Recorded, "series")), time.Time{}
		case failed != "":
			return failed, time.Time{}
		}
		return "records nothing", time.Time{}
	}
	var first *replay.Alert
	var run replay.Interval
	fired := 0
	for i := range r.Alerts {
		a := &r.Alerts[i]
		if !a.Fired() {
			continue
		}
		fired++
		n := slices.IndexFunc(a.Intervals, func(iv replay.Interval) bool { return iv.State == replay.Firing })
		if iv := a.Intervals[n]; first == nil || iv.Start.Before(run.Start) {
			first, run = a, iv
		}
	}
	if first != nil {
		text := "fires at " + at(run.Start)
		if run.Open {
			text += ", to the end"
		} else {
			text += ", until " + at(run.End)
		}
		text += t.on(first.Labels)
		if fired > 1 {
			text += fmt.Sprintf(" and as %s", count(fired-1, "other alert"))
		}
		return join(text), run.Start
	}
	if failed != "" && len(r.Alerts) == 0 {
		return failed, time.Time{}
	}
	return join(t.silent(r)), time.Time{}
}

// brief is an error without the series that collided, which may be long.
func brief(err string) string {
	err, _, _ = strings.Cut(err, " of the operation: [")
	return err
}

// silent says how near a changed rule came.
func (t *trace) silent(r *replay.Rule) string {
	at := t.run.clock.at
	var long replay.Interval
	var on *replay.Alert
	for i := range r.Alerts {
		for _, iv := range r.Alerts[i].Intervals {
			if on == nil || iv.End.Sub(iv.Start) > long.End.Sub(long.Start) {
				long, on = iv, &r.Alerts[i]
			}
		}
	}
	switch {
	case on != nil:
		end := "until " + at(long.End)
		if long.Open {
			end = "to the end"
		}
		return fmt.Sprintf("is pending at most, from %s %s%s (for: %s)", at(long.Start), end, t.on(on.Labels), duration(r.For))
	case r.Closest != nil:
		return fmt.Sprintf("stays silent; closest %s (%s), %s %s is asked for", apart(r.Closest.Value, r.Threshold.Value), t.whenOn(r.Closest.At, r.Closest.Labels), r.Threshold.Op, number(r.Threshold.Value))
	case len(r.Selectors) > 0 && !slices.ContainsFunc(r.Selectors, func(s replay.Selector) bool { return s.Series > 0 }):
		return "stays silent: it matches nothing"
	}
	return "stays silent"
}
