package suite

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/internal/near"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// unit runs one test with input_series and judges it.
func (r *runner) unit(ctx context.Context, file string, f *File, t *Test, set *ruleSet) []Failure {
	u := r.newUnit(file, f, t, set)
	failed := func(p Place, err error) []Failure {
		return []Failure{{ID: TestFails, Place: p, Message: err.Error()}}
	}
	for _, a := range t.AlertRuleTests {
		if a.Alertname.Value == "" {
			return failed(a.Place, fmt.Errorf("an item of alert_rule_test has no alertname, at eval_time %s", a.EvalTime))
		}
	}
	if err := u.load(); err != nil {
		return failed(t.Place, err)
	}
	if err := u.run(ctx); err != nil {
		return failed(t.Place, err)
	}
	var list []Failure
	for i := range t.AlertRuleTests {
		list = append(list, u.judgeAlerts(i)...)
	}
	for i := range t.PromqlExprTests {
		list = append(list, u.judgeSamples(i)...)
	}
	if !r.opts.promtool() {
		list = append(list, u.checkSeries()...)
		list = append(list, u.checkEnded(ctx, list)...)
	}
	u.cover(list)
	u.explain(ctx, list)
	return list
}

// judgeAlerts compares the alerts of a test, and checks that they could have
// been others.
func (u *unit) judgeAlerts(i int) (list []Failure) {
	a, got := &u.t.AlertRuleTests[i], u.states[i].alerts
	if rows, missing := compareAlerts(a.Alertname.Value, a.ExpAlerts, got); len(rows) > 0 {
		text := fmt.Sprintf("%s at %s: %s", a.Alertname.Value, a.EvalTime, unlike(len(a.ExpAlerts), len(got), "alert"))
		list = append(list, Failure{ID: AlertsDiffer, Place: a.Place, Message: text, Rows: rows, asks: missing > 0, alert: i})
	}
	if u.r.opts.promtool() {
		return list
	}
	named := u.set.named(a.Alertname.Value, a.Groupname)
	if len(named) == 0 {
		return append(list, Failure{ID: NoRule, Place: a.Alertname.Place, Message: u.noRule(a)})
	}
	for _, rule := range named {
		if w := u.warnings[rule]; len(w) > 0 {
			list = append(list, Failure{ID: Warning, Place: a.Place, Message: fmt.Sprintf("%s: the engine warns: %s", a.Alertname.Value, w[0])})
			break
		}
	}
	if len(list) > 0 || len(a.ExpAlerts) > 0 {
		return list
	}
	var lacks []string
	for _, rule := range named {
		if !rule.Starved(u.matched) {
			return nil
		}
		lacks = addNew(lacks, u.unmatched(rule.Selectors))
	}
	return append(list, Failure{ID: NoData, Place: a.Place, Message: fmt.Sprintf(
		"%s at %s: no alert, as expected, but its rule never had data: no series of this test matches %s", a.Alertname.Value, a.EvalTime, strings.Join(lacks, ", "))})
}

// unlike says how many came and how many should have.
func unlike(want, got int, what string) string {
	count := func(n int) string {
		switch n {
		case 0:
			return "none"
		case 1:
			return "1"
		}
		return fmt.Sprint(n)
	}
	if want == got {
		return fmt.Sprintf("%s expected, and %s came, but not the same", counted(want, what), count(got))
	}
	if want == 0 {
		return fmt.Sprintf("no %s expected, but %s came", what, count(got))
	}
	return fmt.Sprintf("%s expected, but %s came", counted(want, what), count(got))
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// noRule says which alerts there are in place of one.
func (u *unit) noRule(a *AlertTest) string {
	var names []string
	for _, g := range u.set.groups {
		for _, rule := range g.Rules {
			if rule.Alert != "" && (a.Groupname == "" || g.Name == a.Groupname) {
				names = addNew(names, []string{rule.Alert})
			}
		}
	}
	return noRule(a.Alertname.Value, a.Groupname, names)
}

func noRule(alert, group string, names []string) string {
	where := ""
	if group != "" {
		where = " in the group " + group
	}
	return fmt.Sprintf("no rule%s has the alertname %s%s", where, alert, meantOf(alert, names))
}

// meantOf says which name was probably meant, or which there are.
func meantOf(wrong string, names []string) string {
	switch word := near.Word(wrong, names); {
	case word != "":
		return "; did you mean " + word + "?"
	case len(names) > 0:
		return "; there are " + strings.Join(names, ", ")
	}
	return ": there is none at all"
}

// matched tells whether a selector matches a series that was there, or one that
// a rule wrote or could have written, had its values been others.
func (u *unit) matched(s query.Selector) bool { return u.matches(s, map[*rules.Rule]bool{}) }

// matches is matched; under are rules that are being asked, which in a circle
// write nothing.
func (u *unit) matches(s query.Selector, under map[*rules.Rule]bool) bool {
	if u.tl.Count(s.Matchers...) > 0 {
		return true
	}
	if !u.set.written[s.Name()] {
		return false
	}
	for _, g := range u.set.groups {
		for _, rule := range g.Rules {
			if under[rule] || !writes(rule, s) {
				continue
			}
			under[rule] = true
			starved := rule.Starved(func(s query.Selector) bool { return u.matches(s, under) })
			delete(under, rule)
			if !starved {
				return true
			}
		}
	}
	return false
}

// writes tells whether a rule can write what a selector matches, as far as
// names tell.
func writes(rule *rules.Rule, s query.Selector) bool {
	if rule.Record != "" {
		return rule.Record == s.Name()
	}
	return (s.Name() == "ALERTS" || s.Name() == "ALERTS_FOR_STATE") && !slices.ContainsFunc(s.Matchers, func(m *labels.Matcher) bool {
		return m.Name == model.AlertNameLabel && !m.Matches(rule.Alert)
	})
}

func (u *unit) unmatched(list []query.Selector) (texts []string) {
	for _, s := range list {
		if !u.matched(s) {
			texts = append(texts, s.String)
		}
	}
	return texts
}

// judgeSamples compares what an expression gave.
func (u *unit) judgeSamples(i int) []Failure {
	e, res := &u.t.PromqlExprTests[i], &u.results[i]
	name := fmt.Sprintf("%s at %s", oneLine(e.Expr.Value), e.EvalTime)
	failures := u.r.judgeSamples(name, e, res, u.f.FuzzyCompare)
	if failures != nil || u.r.opts.promtool() || len(e.ExpSamples) > 0 {
		return failures
	}
	parsed, err := query.Parse("", e.Expr.Value, u.r.opts.Features)
	if err == nil && parsed.Starved(u.matched) {
		return []Failure{{ID: NoData, Place: e.Place, Message: fmt.Sprintf(
			"%s: no sample, as expected, but no series of this test matches %s", name, strings.Join(u.unmatched(parsed.Selectors), ", "))}}
	}
	return nil
}

// judgeSamples compares what an expression gave, wherever it was asked.
func (r *runner) judgeSamples(name string, e *ExprTest, res *exprResult, fuzzy bool) []Failure {
	if res.err != nil {
		return []Failure{{ID: SamplesDiffer, Place: e.Place, Message: fmt.Sprintf("%s: %v", name, res.err)}}
	}
	want, err := r.expectSamples(e)
	if err != nil {
		return []Failure{{ID: SamplesDiffer, Place: e.Place, Message: fmt.Sprintf("%s: exp_samples: %v", name, err)}}
	}
	rows, err := compareSamples(want, res.samples, fuzzy, e.Tolerance)
	if err != nil {
		return []Failure{{ID: SamplesDiffer, Place: e.Place, Message: fmt.Sprintf("%s: %v", name, err)}}
	}
	if len(rows) > 0 {
		return []Failure{{ID: SamplesDiffer, Place: e.Place, Message: name + ": " + unlike(len(want), len(res.samples), "sample"), Rows: rows}}
	}
	if len(res.warnings) > 0 && !r.opts.promtool() {
		return []Failure{{ID: Warning, Place: e.Place, Message: fmt.Sprintf("%s: the engine warns: %s", name, res.warnings[0])}}
	}
	return nil
}

// oneLine folds the white space of an expression.
func oneLine(expr string) string { return strings.Join(strings.Fields(expr), " ") }

// checkSeries tells of series that promtool leaves out without a word.
func (u *unit) checkSeries() (list []Failure) {
	for _, p := range u.in.lost {
		list = append(list, Failure{ID: SeriesLost, Place: p, Message: "this series is not loaded: one before it in input_series ends in an empty line or a comment, where the loader stops; write values on one line, or with >- in place of > or |"})
	}
	for _, p := range u.in.twice {
		list = append(list, Failure{ID: SeriesTwice, Place: p, Message: "this series is not loaded: it stands again further below, and the last one counts"})
	}
	return list
}

// checkEnded looks for tests that nothing came of, as expected, only because
// series had ended: it runs the test again with the last value of each such
// series going on, and looks whether something comes.
func (u *unit) checkEnded(ctx context.Context, before []Failure) (list []Failure) {
	again := u.longer()
	if again == nil || !u.expectsNothing() {
		return nil
	}
	if again.run(ctx) != nil {
		return nil
	}
	judged := func(p Place) bool {
		return slices.ContainsFunc(before, func(f Failure) bool { return f.Place == p })
	}
	for i, a := range u.t.AlertRuleTests {
		if len(a.ExpAlerts) > 0 || judged(a.Place) || len(again.states[i].alerts) == 0 {
			continue
		}
		if s := again.gone(time.Duration(a.EvalTime), u.selectors(&a)); s != nil {
			list = append(list, again.ended(a.Place, fmt.Sprintf("%s at %s: no alert", a.Alertname.Value, a.EvalTime), s))
		}
	}
	for i, e := range u.t.PromqlExprTests {
		if len(e.ExpSamples) > 0 || judged(e.Place) || len(again.results[i].samples) == 0 {
			continue
		}
		if s := again.gone(time.Duration(e.EvalTime), u.engine.Selectors(e.Expr.Value)); s != nil {
			list = append(list, again.ended(e.Place, fmt.Sprintf("%s at %s: no sample", oneLine(e.Expr.Value), e.EvalTime), s))
		}
	}
	return list
}

func (u *unit) expectsNothing() bool {
	return slices.ContainsFunc(u.t.AlertRuleTests, func(a AlertTest) bool { return len(a.ExpAlerts) == 0 }) ||
		slices.ContainsFunc(u.t.PromqlExprTests, func(e ExprTest) bool { return len(e.ExpSamples) == 0 })
}

// ended is said of the test with longer series.
func (u *unit) ended(p Place, what string, s *stretched) Failure {
	others := ""
	if n := len(u.stretched) - 1; n > 0 {
		others = fmt.Sprintf(", as the last of %d others came before the end", n)
	}
	return Failure{ID: SeriesEnded, Place: p, Message: fmt.Sprintf(
		"%s, as expected, but only because series had ended: the last value of %s is at %s%s; if they all went on as they were, something would come",
		what, seriesText(s.labels), model.Duration(s.last.Sub(u.start)), others)}
}

// selectors are those of the rules of an alert.
func (u *unit) selectors(a *AlertTest) (list []query.Selector) {
	for _, rule := range u.set.named(a.Alertname.Value, a.Groupname) {
		list = append(list, rule.Selectors...)
	}
	return list
}

// longer is the same test with the last value of each series going on to the
// end; nil when each reaches it.
func (u *unit) longer() *unit {
	again := *u
	again.histories, again.warnings = map[*rules.Rule]*history{}, map[*rules.Rule][]string{}
	again.states, again.results = make([]alertState, len(u.states)), make([]exprResult, len(u.results))
	again.in, again.stretched = u.in.until(u.start.Add(u.end()), u.step())
	if len(again.stretched) == 0 {
		return nil
	}
	return &again
}

// gone is a series that was no longer visible at a time since the start, one of
// those selected if any is.
func (u *unit) gone(at time.Duration, selectors []query.Selector) (found *stretched) {
	for i := range u.stretched {
		s := &u.stretched[i]
		if u.start.Add(at).Sub(s.last) < query.DefaultLookback {
			continue
		}
		for _, sel := range selectors {
			if selects(sel, s.labels) {
				return s
			}
		}
		if found == nil {
			found = s
		}
	}
	return found
}

func selects(s query.Selector, ls labels.Labels) bool {
	return !slices.ContainsFunc(s.Matchers, func(m *labels.Matcher) bool { return !m.Matches(ls.Get(m.Name)) })
}
