package report

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/terminal"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// Words are the parts of a result as Text spells them, for pages that lay them
// out otherwise. Whoever puts them into another language escapes them.
type Words struct {
	Answer   string   // how many alerts fired, and which first
	Capture  []string // what was replayed, and what was assumed of it
	Rules    []RuleWords
	Passages []Passage        // the rest: incidents, other versions, thresholds, luck
	Problems []replay.Problem // but for what Capture tells
	Hidden   int              // problems that the result does not have
}

// RuleWords are those of one rule.
type RuleWords struct {
	Rule    int // number in Result.Rules
	Name    string
	Verdict replay.Verdict
	For     string       // "" for none
	Seen    string       // how many series its selectors matched
	Closest string       // how near it came, or ""
	Notes   []string     // failed evaluations, and what the engine said
	Alerts  []AlertWords // by their labels
	// Why are the findings, all of them, the first one first.
	Why []verdict.Finding
}

// AlertWords are those of one alert.
type AlertWords struct {
	On        string   // its labels, but those that all alerts of the rule have
	States    []string // each interval: state, from and to
	Worst     string
	Intervals []replay.Interval // the same
	Annotated []string          // "name: text" of its annotations
}

// A Passage is a part of Text as it is, for a font of fixed width.
type Passage struct{ Title, Text string }

// Words spells a result, with what Text was given beside it.
func (t Text) Words(res *replay.Result) Words {
	t.Color, t.Width = false, 0
	p := newPage(t, newClock(res.Start, res.End))
	out := Words{Answer: p.answer(res), Capture: p.captureWords(res), Problems: withoutAssumptions(res.Problems), Hidden: res.Capture.HiddenProblems}
	for _, i := range ordered(res) {
		out.Rules = append(out.Rules, p.ruleWords(res, i))
	}
	t.Width = passageWidth
	for _, part := range []struct {
		title string
		write func(*page)
	}{
		{"Incidents", func(p *page) { p.incidents(res) }},
		{"Prometheus 2", func(p *page) { p.prometheus2(res) }},
		{"Other thresholds", func(p *page) { p.sweep(res) }},
		{"Luck", func(p *page) { p.luck(p.Jitter) }},
	} {
		p := newPage(t, p.clock)
		part.write(p)
		if text := strings.Trim(p.String(), "\n"); text != "" {
			out.Passages = append(out.Passages, Passage{part.title, text})
		}
	}
	return out
}

const passageWidth = 100 // columns

// captureWords are the lines that say what was replayed. Text lines the jobs up
// in columns.
func (p *page) captureWords(res *replay.Result) []string {
	head := newPage(p.Text, p.clock)
	head.capture(res)
	var out []string
	for line := range strings.Lines(head.String()) {
		out = append(out, columns.ReplaceAllString(strings.TrimSpace(line), ", "))
	}
	if oneScrape(res) {
		out = append(out, oneScrapeText+afterSentence(p.Hints.OneScrape))
	}
	return out
}

var columns = regexp.MustCompile(` {2,}`)

// RuleWords spells one rule of a result, by its number.
func (t Text) RuleWords(res *replay.Result, number int) RuleWords {
	t.Color, t.Width = false, 0
	return newPage(t, newClock(res.Start, res.End)).ruleWords(res, number)
}

func (p *page) ruleWords(res *replay.Result, i int) RuleWords {
	r := &res.Rules[i]
	out := RuleWords{Rule: i, Name: terminal.Clean(cmp.Or(r.Alert, r.Record)), Verdict: r.Verdict, Seen: seen(*r), Closest: p.closest(*r)}
	if r.For > 0 {
		out.For = duration(r.For)
	}
	if r.Failed > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("%d of %d evaluations failed, the last with: %s", r.Failed, r.Evaluations, terminal.Clean(r.Error)))
	}
	for _, list := range [][]string{r.Warnings, r.Infos} {
		for _, text := range list {
			out.Notes = append(out.Notes, terminal.Clean(text))
		}
	}
	if i < len(p.Why) {
		out.Why = p.Why[i]
	}
	for _, a := range r.Alerts {
		words := AlertWords{On: terminal.Clean(on(withoutRule(res, i, a.Labels))), Worst: p.worst(*r, a.Peak), Intervals: a.Intervals}
		for _, iv := range a.Intervals {
			words.States = append(words.States, string(iv.State)+" "+p.interval(iv))
		}
		a.Annotations.Range(func(l labels.Label) {
			words.Annotated = append(words.Annotated, terminal.Clean(l.Name)+": "+terminal.Clean(l.Value))
		})
		out.Alerts = append(out.Alerts, words)
	}
	return out
}
