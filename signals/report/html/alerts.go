package html

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Alerts show when which alerts were pending and firing, and why each rule came
// to what it did: those that were active with a bar for each set of labels,
// below them those that were silent.
type Alerts struct {
	Span  Span
	Rules []report.RuleWords
	// Rule, if set, is the address of the page of a rule, by its number in the
	// result; "" for none.
	Rule func(number int) string
	Hint string // how to see what is left out, or ""
}

const (
	maxRules  = 300 // of a table
	maxAlerts = 20  // of a rule
	maxBars   = 300 // of all rules
	maxStates = 6   // of an alert, in words
)

type alertsData struct {
	Ticks          []tick
	Zone           string
	Active, Silent []alertRule
	More           string
}

type alertRule struct {
	report.RuleWords
	Href   string
	Why    string // the first sentence
	Alerts []alertBar
	More   string
}

type alertBar struct {
	report.AlertWords
	Text            string
	Pending, Firing string // paths
}

// HTML is the tables.
func (a Alerts) HTML() template.HTML {
	data := alertsData{Ticks: a.Span.ticks(maxTicks), Zone: a.Span.zoneName()}
	left := maxBars
	for _, r := range a.Rules[:min(len(a.Rules), maxRules)] {
		row := alertRule{RuleWords: r}
		if a.Rule != nil {
			row.Href = a.Rule(r.Rule)
		}
		if len(r.Why) > 0 {
			row.Why = r.Why[0].Text
		}
		shown := min(len(r.Alerts), maxAlerts, left)
		left -= shown
		for _, one := range r.Alerts[:shown] {
			row.Alerts = append(row.Alerts, a.bar(one))
		}
		if n := len(r.Alerts) - shown; n > 0 {
			row.More = "and " + terminal.Plural(n, "more alert", "more alerts") + hint(a.Hint)
		}
		if len(r.Alerts) > 0 {
			data.Active = append(data.Active, row)
		} else {
			data.Silent = append(data.Silent, row)
		}
	}
	if n := len(a.Rules) - maxRules; n > 0 {
		data.More = "and " + terminal.Plural(n, "more rule", "more rules") + hint(a.Hint)
	}
	return fragment("alerts.tmpl", data)
}

func (a Alerts) bar(w report.AlertWords) alertBar {
	pending, firing := newCells(a.Span), newCells(a.Span)
	for _, iv := range w.Intervals {
		if iv.State == replay.Firing {
			firing.fill(iv.Start, iv.End)
		} else {
			pending.fill(iv.Start, iv.End)
		}
	}
	states := w.States
	if n := len(states) - maxStates; n > 0 {
		states = append(states[:maxStates:maxStates], fmt.Sprintf("and %d more", n))
	}
	return alertBar{
		AlertWords: w, Text: strings.Join(states, ", "),
		Pending: pending.without(firing).path(barHeight/2, barHeight/2), Firing: firing.path(0, barHeight),
	}
}
