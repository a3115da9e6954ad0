package report

import (
	"fmt"
	"strings"

	"github.com/scrapebook/scrapebook/signals"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// DifferencesWords are what differs between two captures, or two scrapes.
type DifferencesWords struct {
	Title   string // what was compared
	Answer  string
	Targets []DifferenceWords
	Rest    []string // sentences about what was not compared
}

// DifferenceWords are what differs between two scrapes as Text spells it.
type DifferenceWords struct {
	Target string   // "" when no name was given to it
	Answer string   // how much differs; one of Head
	Head   []string // what was compared, how far apart, how much differs
	Moves  []MoveWords
	More   int // moves that are not shown
	Change string
}

// MoveWords are what became of one series or family.
type MoveWords struct{ Kind, Series, Change string }

// DifferenceWords spells a difference of two scrapes.
func (t Text) DifferenceWords(older, newer string, d *signals.Difference, o DifferenceOptions) DifferenceWords {
	t.Color, t.Width = false, 0
	p := newPage(t, clock{})
	p.differenceHead(older, newer, d)
	out := DifferenceWords{Answer: differenceAnswer(d), Change: "Change"}
	if o.Rates {
		out.Change = "Rate"
	}
	text := strings.ReplaceAll(p.String(), " →\n", " → ") // the names stand below each other
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out.Head = append(out.Head, line)
		}
	}
	shown := d.Moves
	if !o.All {
		shown = shown[:min(len(shown), mostMoves)]
	}
	for i := range shown {
		m := &shown[i]
		out.Moves = append(out.Moves, MoveWords{string(m.Kind), seriesText(m.Series), moveText(m, o.Rates)})
	}
	out.More = len(d.Moves) - len(shown)
	return out
}

// DifferencesWords spells a difference of two captures: a part for each target,
// and sentences about the rest.
func (t Text) DifferencesWords(ds Differences, o DifferenceOptions) DifferencesWords {
	out := DifferencesWords{Title: terminal.Clean(ds.Old) + " → " + terminal.Clean(ds.New)}
	if ds.Old == ds.New {
		out.Title = terminal.Clean(ds.Old)
	}
	differ := 0
	for _, d := range ds.Targets {
		words := t.DifferenceWords(d.Old, d.New, d.Difference, o)
		words.Target = terminal.Clean(d.Target)
		if d.Restarts > 0 {
			words.Head = append(words.Head, "the process began anew "+terminal.Plural(d.Restarts, "time", "times")+" within "+terminal.Clean(d.New))
		}
		if len(d.Difference.Moves) > 0 {
			differ++
		}
		out.Targets = append(out.Targets, words)
	}
	out.Answer = fmt.Sprintf("%d of %s differ", differ, count(len(ds.Targets), "target"))
	if len(out.Targets) == 1 {
		out.Answer = out.Targets[0].Answer
	}
	for _, l := range ds.apart() {
		if len(l.list) > 0 {
			out.Rest = append(out.Rest, terminal.Clean(l.what)+": "+terminal.Clean(strings.Join(l.list, ", ")))
		}
	}
	return out
}
