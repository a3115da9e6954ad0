package html

import (
	"fmt"
	"html/template"

	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/terminal"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// A Rule shows one rule: its expression, why it came to what it did, its tree,
// and the values of its sides.
type Rule struct {
	Words report.RuleWords
	Expr  string
	Trees []report.TreeWords
	Chart *Chart // nil: none is known
	// Titled puts the rule's name and its verdict above.
	Titled bool
}

type ruleData struct {
	Rule
	Anchor    string
	Findings  []finding
	Picture   template.HTML
	Trees     []treeData
	Annotated []annotated
}

type finding struct {
	verdict.Finding
	Untried string
}

// annotated are the annotations of an alert.
type annotated struct {
	On   string
	List []string
}

type treeData struct {
	report.TreeWords
	Nodes []nodeData
	More  string
}

type nodeData struct {
	report.NodeWords
	Depth int // at most maxDepth
}

const (
	maxNodes     = 100
	maxDepth     = 8 // that is shown by its place
	maxAnnotated = 5 // alerts
)

// RuleAnchor is the id of a rule's part of a page, by its number in the result.
func RuleAnchor(number int) string { return fmt.Sprintf("rule-%d", number) }

// HTML is the parts in this order.
func (r Rule) HTML() template.HTML {
	data := ruleData{Rule: r, Anchor: RuleAnchor(r.Words.Rule)}
	for _, f := range r.Words.Why {
		one := finding{Finding: f}
		if f.Untried > 0 {
			one.Untried = "not tried: " + terminal.Plural(f.Untried, "change", "changes") + " more"
		}
		data.Findings = append(data.Findings, one)
	}
	if r.Chart != nil {
		data.Picture = r.Chart.HTML()
	}
	for _, a := range r.Words.Alerts[:min(len(r.Words.Alerts), maxAnnotated)] {
		if len(a.Annotated) > 0 {
			data.Annotated = append(data.Annotated, annotated{a.On, a.Annotated})
		}
	}
	for _, tree := range r.Trees {
		one := treeData{TreeWords: tree}
		for _, n := range tree.Nodes[:min(len(tree.Nodes), maxNodes)] {
			one.Nodes = append(one.Nodes, nodeData{n, min(n.Depth, maxDepth)})
		}
		if n := len(tree.Nodes) - maxNodes; n > 0 {
			one.More = "and " + terminal.Plural(n, "more part", "more parts") + " of the expression"
		}
		data.Trees = append(data.Trees, one)
	}
	return fragment("rule.tmpl", data)
}
