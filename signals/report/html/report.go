package html

import (
	"fmt"
	"html/template"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/terminal"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// A Replay is a report of a replay: what it came to, when which alerts were
// active and why, what became of the scrapes, each rule, and the problems of
// the files.
type Replay struct {
	Result  *replay.Result
	Words   report.Words // of the same
	Targets Targets
	Charts  []Chart                  // for each rule of the result; nil: none
	Trees   map[int]report.TreeWords // by the number of the rule; nil: none
	Golden  *Golden                  // nil: none
	Hint    string                   // how to see what is left out, or ""
}

// MaxDrawnRules are shown one by one in a report, in the order of Words.Rules,
// which has those first that fired.
const MaxDrawnRules = 40

// Document is the whole page.
func (r Replay) Document() Document {
	span := Span{Start: r.Result.Start, End: r.Result.End}
	drawn := r.Words.Rules[:min(len(r.Words.Rules), MaxDrawnRules)]
	shown := map[int]bool{}
	for _, one := range drawn {
		shown[one.Rule] = true
	}
	address := func(number int) string {
		if !shown[number] {
			return ""
		}
		return "#" + RuleAnchor(number)
	}
	r.Targets.Hint = r.Hint
	doc := Document{Title: r.Result.Capture.Name, Lead: append([]string{r.Words.Answer}, r.Words.Capture...), Foot: foot}
	doc.add("alerts", "Alerts", Alerts{Span: span, Rules: r.Words.Rules, Rule: address, Hint: r.Hint}.HTML())
	if len(r.Targets.Rows) > 0 { // of a server none is known
		doc.add("targets", "Targets", r.Targets.HTML())
	}
	for i, p := range r.Words.Passages {
		doc.add(fmt.Sprintf("passage-%d", i), p.Title, passage(p.Text))
	}
	var rules []template.HTML
	for _, one := range drawn {
		rules = append(rules, r.rule(one).HTML())
	}
	if n := len(r.Words.Rules) - len(drawn); n > 0 {
		rules = append(rules, sentence("and "+terminal.Plural(n, "more rule", "more rules")+", each of which 'explain' shows"+hint(r.Hint)))
	}
	if len(rules) > 0 {
		doc.add("rules", "Rules", rules...)
	}
	if r.Golden != nil {
		doc.add("signals", "Golden signals", r.Golden.HTML())
	}
	doc.add("problems", "Problems in the files", Problems{List: r.Words.Problems, Hidden: r.Words.Hidden, Hint: r.Hint}.HTML())
	return doc
}

func (r Replay) rule(w report.RuleWords) Rule {
	out := Rule{Words: w, Expr: r.Result.Rules[w.Rule].Expr, Titled: true}
	if w.Rule < len(r.Charts) && len(r.Charts[w.Rule].Lines) > 0 {
		out.Chart = &r.Charts[w.Rule]
	}
	if tree, ok := r.Trees[w.Rule]; ok {
		out.Trees = []report.TreeWords{tree}
	}
	return out
}

// Explained is a report of some rules.
type Explained struct {
	Result *replay.Result
	Trees  []*verdict.Tree
	Spell  report.Text // with the findings
	Charts []Chart     // for each rule of the result
}

// Document is the whole page.
func (e Explained) Document() Document {
	doc := Document{Foot: foot}
	for _, tree := range e.Trees {
		w := e.Spell.RuleWords(e.Result, tree.Rule)
		words := e.Spell.TreeWords(e.Result, tree)
		if doc.Lead == nil {
			doc.Title = w.Name
		}
		doc.Lead = append(doc.Lead, words.Head)
		one := Rule{Words: w, Expr: e.Result.Rules[tree.Rule].Expr, Trees: []report.TreeWords{words}}
		if tree.Rule < len(e.Charts) && len(e.Charts[tree.Rule].Lines) > 0 {
			one.Chart = &e.Charts[tree.Rule]
		}
		doc.add(RuleAnchor(tree.Rule), w.Name, one.HTML())
	}
	doc.Lead = append(doc.Lead, e.Spell.Words(e.Result).Capture...)
	return doc
}

// Document is a report of golden signals alone.
func (g Golden) Document() Document {
	doc := Document{Title: "Golden signals", Lead: []string{g.Words.Answer, g.Words.Head}, Foot: foot}
	doc.add("signals", "Signals", g.HTML())
	return doc
}

// Differences are a report of what differs, target by target, and of what there
// is to say of the rest.
type Differences struct {
	Words report.DifferencesWords
	Hint  string // how to see what is left out, or ""
}

// Document is the whole page.
func (d Differences) Document() Document {
	doc := Document{Title: d.Words.Title, Lead: append([]string{d.Words.Answer}, d.Words.Rest...), Foot: foot}
	for i, target := range d.Words.Targets {
		name := target.Target
		if name == "" {
			name = "What differs"
		}
		doc.add(fmt.Sprintf("target-%d", i), name, Difference{Words: target, Hint: d.Hint}.HTML())
	}
	return doc
}

const foot = "Made by scrapebook of saved scrapes. This file needs no network and no script."

// add appends a section, and a link to it.
func (d *Document) add(id, title string, parts ...template.HTML) {
	var body template.HTML
	for _, p := range parts {
		body += p + "\n" // fragments of this package
	}
	d.Sections = append(d.Sections, Section{ID: id, Title: title, Body: body})
	d.Nav = append(d.Nav, Link{Name: title, Href: "#" + id})
}

func passage(text string) template.HTML  { return fragment("passage.tmpl", text) }
func sentence(text string) template.HTML { return fragment("sentence.tmpl", text) }
