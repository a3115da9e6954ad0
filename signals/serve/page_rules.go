package serve

import (
	"cmp"
	"fmt"
	"net/url"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/report/html"
)

// alertsView shows when which alerts were active, and why.
func (h *Handler) alertsView(r *request) (html.Document, *failure) {
	doc := html.Document{Title: "Alerts"}
	var fail *failure
	doc.Sections, fail = r.each("alerts", "Rules", func(b *book) (html.Section, *failure) {
		a := b.account
		doc.Lead = append(doc.Lead, a.words.Answer)
		return html.Section{Body: html.Alerts{
			Span: html.Span{Start: a.result.Start, End: a.result.End}, Rules: a.words.Rules,
			Rule: func(n int) string { return rulePath(&a.result.Rules[n]) },
			Hint: "/api/v1/rules has them all",
		}.HTML()}, nil
	})
	doc.Lead = append(doc.Lead, h.ownTimes(r)...)
	return doc, fail
}

// rulePath is the page of a rule, and of those in groups of this name that have
// its own name.
func rulePath(r *replay.Rule) string {
	return "/rules/" + url.PathEscape(r.Group) + "/" + url.PathEscape(cmp.Or(r.Alert, r.Record))
}

// ruleView shows the rules of a name in groups of a name, each by itself.
func (h *Handler) ruleView(r *request) (html.Document, *failure) {
	group, name := r.PathValue("group"), r.PathValue("name")
	doc := html.Document{Title: name}
	for _, b := range r.books {
		for i := range b.account.result.Rules {
			rule := &b.account.result.Rules[i]
			if rule.Group != group || cmp.Or(rule.Alert, rule.Record) != name {
				continue
			}
			s, fail := b.rule(r, i)
			if fail != nil {
				return doc, fail
			}
			doc.Sections = append(doc.Sections, s, section(fmt.Sprintf("more-%d", len(doc.Sections)), "More of it", "start.tmpl", r.ruleLinks(rule)))
		}
	}
	if doc.Sections == nil {
		return doc, &failure{notFound, fmt.Errorf("there is no rule %q in a group %q", name, group)}
	}
	doc.Lead = append(doc.Lead, h.ownTimes(r)...)
	return doc, nil
}

// rule shows one rule of a result.
func (b *book) rule(r *request, n int) (html.Section, *failure) {
	a, rule := b.account, &b.account.result.Rules[n]
	words := a.text.RuleWords(a.result, n)
	one := html.Rule{Words: words, Expr: rule.Expr}
	if n < len(a.charts) && len(a.charts[n].Lines) > 0 {
		one.Chart = &a.charts[n]
	}
	tree, err := a.tree(r.Context(), n)
	if err != nil {
		return html.Section{}, evaluating(err)
	}
	if tree != nil {
		one.Trees = []report.TreeWords{*tree}
	}
	title := fmt.Sprintf("%s: %s", words.Name, words.Verdict)
	if words.For != "" {
		title += ", for " + words.For
	}
	if b.name != "" {
		title += ", in " + b.name
	}
	return html.Section{
		ID: fmt.Sprintf("rule-%s-%d", url.PathEscape(b.name), n), Title: title,
		Lead: fmt.Sprintf("Of the group %s in %s.", rule.Group, rule.File), Body: one.HTML(),
	}, nil
}

// ruleLinks lead from a rule to what can be asked of it.
func (r *request) ruleLinks(rule *replay.Rule) []link {
	explore := func(expr string) string { return "/explore?" + url.Values{"expr": {expr}}.Encode() }
	list := []link{{explore(rule.Expr), "Explore " + rule.Expr}}
	if rule.Alert != "" {
		alerts := fmt.Sprintf("ALERTS{alertname=%q}", rule.Alert)
		list = append(list, link{explore(alerts), "Explore " + alerts})
	} else {
		list = append(list, link{explore(rule.Record), "Explore " + rule.Record})
	}
	return append(list, link{"/alerts", "All rules"})
}
