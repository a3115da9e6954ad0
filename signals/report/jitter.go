package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/jitter"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// luck says which verdicts are a matter of it.
func (p *page) luck(j *jitter.Result) {
	if j == nil {
		return
	}
	p.WriteString("\n")
	flip := map[int]bool{}
	for _, f := range j.Flips {
		flip[f.Rule] = true
	}
	alerts := 0
	var steady []string
	for i, r := range j.Rules {
		if r.Alert != "" {
			if alerts++; !flip[i] {
				steady = append(steady, terminal.Clean(r.Alert))
			}
		}
	}
	trials := fmt.Sprintf("%s (%s)", count(len(j.Trials), "replay"), shifted(j.Trials))
	if len(flip) == 0 {
		p.wrapped(2, "%s", p.bold(fmt.Sprintf("No luck: %s came out the same in %s", count(alerts, "alert"), trials)))
		return
	}
	p.wrapped(2, "%s", p.bold(fmt.Sprintf("Luck: %d of %s came out otherwise in some of %s", len(flip), count(alerts, "alert"), trials)))
	p.WriteString("\n")
	p.flips(j)
	p.WriteString("\n")
	if len(steady) > 0 {
		p.wrapped(2, "The same in all: %s", strings.Join(steady, ", "))
	}
	if p.Hints.Replay != "" {
		p.wrapped(2, "To see one: %s %s", terminal.Clean(p.Hints.Replay), p.trial(j.Trials[j.Flips[0].Other[0]], true))
	}
}

// shifted says in a few words what trials shift.
func shifted(trials []jitter.Trial) string {
	phases := map[time.Duration]int{}
	var every, steps []string
	lost := 0
	for _, t := range trials {
		switch t.Kind {
		case jitter.Phase:
			if phases[t.Interval]++; phases[t.Interval] == 1 {
				every = append(every, duration(t.Interval))
			}
		case jitter.Lost:
			lost = t.Of
		case jitter.For:
			if t.By > 0 {
				steps = append(steps, duration(t.By))
			}
		}
	}
	var parts []string
	if len(every) > 0 {
		parts = append(parts, "phases over "+strings.Join(every, ", "))
	}
	if lost > 0 {
		parts = append(parts, fmt.Sprintf("1 of %d scrapes lost", lost))
	}
	if len(steps) > 0 {
		parts = append(parts, "for ±"+strings.Join(steps, ", "))
	}
	return strings.Join(parts, "; ")
}

// flips is the table of what came out otherwise.
func (p *page) flips(j *jitter.Result) {
	t := p.table(
		terminal.Column{Head: "ALERT", Once: true}, terminal.Column{Head: "ON", Least: 6, Yield: 2}, terminal.Column{Head: "HERE", Yield: 4},
		terminal.Column{Head: "FIRED IN", Right: true, Yield: 3}, terminal.Column{Head: "OTHERWISE", Least: 16, Yield: 1},
	)
	for i, f := range j.Flips {
		row := t.Row
		if i > 0 && j.Flips[i-1].Rule == f.Rule {
			row = t.More
		}
		row(whole(j.Rules[f.Rule].Alert), aboutFlip(j, f), here(f.Fired), terminal.Whole(fmt.Sprintf("%d of %d", f.In(), f.Of)), p.others(j, f))
	}
	p.WriteString(t.String())
}

func here(fired bool) string {
	if fired {
		return "fired"
	}
	return "silent"
}

// aboutFlip names the alert of a flip as about does those of a rule; of a rule
// as a whole it is any.
func aboutFlip(j *jitter.Result, f jitter.Flip) string {
	if f.Labels == nil {
		return "any"
	}
	var parts []string
	if in := f.Labels.Get("instance"); in != "" {
		parts = append(parts, whole(in))
	}
	f.Labels.Range(func(l labels.Label) {
		switch {
		case l.Name == "instance", l.Name == "job" && len(parts) > 0, l.Name == labels.AlertName, j.Rules[f.Rule].Labels.Has(l.Name):
		default:
			parts = append(parts, whole(l.Name+"="+l.Value))
		}
	})
	return cmp.Or(strings.Join(parts, " "), "all")
}

// maxTrials bounds the trials that a row names; the JSON has all.
const maxTrials = 8

// others are the trials with which it came out otherwise.
func (p *page) others(j *jitter.Result, f jitter.Flip) string {
	var parts []string
	for i, n := range f.Other[:min(len(f.Other), p.most(maxTrials))] {
		parts = append(parts, p.trial(j.Trials[n], i == 0))
	}
	text := strings.Join(parts, ", ")
	if n := len(f.Other) - p.most(maxTrials); n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

// trial names a trial by what makes it, which is said of the first in a list.
func (p *page) trial(t jitter.Trial, first bool) string {
	var what, value string
	switch t.Kind {
	case jitter.Phase:
		what, value = cmp.Or(p.Hints.Phase, "phase"), duration(t.Phase)
	case jitter.Lost:
		what, value = cmp.Or(p.Hints.Lose, "lost"), fmt.Sprintf("%d/%d", t.Nth, t.Of)
	default:
		what, value = cmp.Or(p.Hints.AddFor, "for"), duration(max(t.By, -t.By))
		if t.By < 0 {
			value = "-" + value
		}
	}
	if !first {
		return value
	}
	return what + " " + value
}

type jsonTrial struct {
	Kind            jitter.Kind `json:"kind"`
	IntervalSeconds float64     `json:"interval_seconds,omitempty"` // of the groups that it is for
	PhaseSeconds    *float64    `json:"phase_seconds,omitempty"`
	Nth             int         `json:"nth,omitempty"`
	Of              int         `json:"of,omitempty"`
	AddForSeconds   float64     `json:"add_for_seconds,omitempty"`
}

type jsonFlip struct {
	Labels *map[string]string `json:"labels,omitempty"` // absent: of the rule as a whole
	Kind   jitter.Kind        `json:"kind"`
	Fired  bool               `json:"fired"`
	In     int                `json:"fired_in"`
	Of     int                `json:"of"`
	Other  []int              `json:"otherwise"` // numbers of trials
}

func newJSONTrials(j *jitter.Result) []jsonTrial {
	if j == nil {
		return nil
	}
	out := []jsonTrial{}
	for _, t := range j.Trials {
		one := jsonTrial{Kind: t.Kind, IntervalSeconds: t.Interval.Seconds(), Nth: t.Nth, Of: t.Of, AddForSeconds: t.By.Seconds()}
		if t.Kind == jitter.Phase {
			s := t.Phase.Seconds()
			one.PhaseSeconds = &s
		}
		out = append(out, one)
	}
	return out
}

func newJSONFlips(j *jitter.Result, rule int) []jsonFlip {
	if j == nil {
		return nil
	}
	out := []jsonFlip{}
	for _, f := range j.Flips {
		if f.Rule != rule {
			continue
		}
		one := jsonFlip{Kind: f.Kind, Fired: f.Fired, In: f.In(), Of: f.Of, Other: slices.Clone(f.Other)}
		if f.Labels != nil {
			m := f.Labels.Map()
			one.Labels = &m
		}
		out = append(out, one)
	}
	return out
}
