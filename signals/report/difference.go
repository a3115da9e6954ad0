package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/signals"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// ofFamily tells whether a move is one of a family.
func ofFamily(kind signals.MoveKind) bool { return slices.Contains(familyKinds, kind) }

// DifferenceOptions say how much a page about a Difference shows.
type DifferenceOptions struct {
	Rates bool // counters by their rate per second instead of their increase
	All   bool // every move, not the first 40
}

// mostMoves are shown without All.
const mostMoves = 40

// The kinds of moves in the order in which the head counts them.
var (
	seriesKinds = []signals.MoveKind{
		signals.MoveReset, signals.MoveVanished, signals.MoveNew, signals.MoveCounter, signals.MoveGauge, signals.MoveHistogram,
	}
	familyKinds = []signals.MoveKind{
		signals.MoveRetyped, signals.MoveHelp, signals.MoveUnit, signals.MoveBuckets, signals.MoveRestarted, signals.MoveExemplars,
	}
)

// Difference writes what differs between two scrapes, called older and newer,
// for a person.
func (t Text) Difference(w io.Writer, older, newer string, d *signals.Difference, o DifferenceOptions) error {
	p := newPage(t, clock{})
	p.differenceHead(older, newer, d)
	if len(d.Moves) > 0 {
		p.moves(d, o)
	}
	return p.write(w)
}

func (p *page) differenceHead(older, newer string, d *signals.Difference) {
	apart := "the time between them is not known: no rates"
	switch {
	case d.Periods && d.Elapsed == 0:
		apart = "begun at the same time; rates and medians"
	case d.Periods:
		apart = "begun " + d.Elapsed.Abs().Round(time.Millisecond).String() + " apart; rates and medians"
	case d.Elapsed != 0:
		apart = d.Elapsed.Round(time.Millisecond).String() + " apart"
	}
	p.wrapped(2, "%s →", terminal.Clean(older))
	p.wrapped(2, "%s, %s", terminal.Clean(newer), apart)
	if r := d.Restart; r != nil {
		began := ""
		if !r.Started.IsZero() {
			began = ", at " + r.Started.Format("2006-01-02 15:04:05.999") + " UTC"
		}
		p.wrapped(2, "restarted between them%s (%s)", began, terminal.Clean(r.By))
	}
	p.wrapped(2, "%s", differenceAnswer(d))
	if len(d.Moves) == 0 {
		return
	}
	if n, parts := tallyMoves(d.Moves, familyKinds); n > 0 {
		p.wrapped(2, "families: %s", parts)
	}
	p.WriteString("\n")
}

// differenceAnswer says how many series differ.
func differenceAnswer(d *signals.Difference) string {
	if len(d.Moves) == 0 {
		return fmt.Sprintf("no difference in %d series", d.Series)
	}
	series, parts := tallyMoves(d.Moves, seriesKinds)
	text := fmt.Sprintf("%d of %d series differ", series, d.Series)
	if series > 0 {
		text += ": " + parts
	}
	return text
}

// tallyMoves counts the moves of some kinds, and says how many there are of
// each.
func tallyMoves(moves []signals.Move, kinds []signals.MoveKind) (all int, text string) {
	number := map[signals.MoveKind]int{}
	for i := range moves {
		number[moves[i].Kind]++
	}
	var parts []string
	for _, kind := range kinds {
		if n := number[kind]; n > 0 {
			all += n
			parts = append(parts, fmt.Sprintf("%d %s", n, kind))
		}
	}
	return all, strings.Join(parts, ", ")
}

func (p *page) moves(d *signals.Difference, o DifferenceOptions) {
	head := "CHANGE"
	if o.Rates {
		head = "RATE"
	}
	t := p.table(terminal.Column{Head: "KIND", Yield: 2}, terminal.Column{Head: "SERIES", Least: 24}, terminal.Column{Head: head, Least: 20, Yield: 1})
	shown := d.Moves
	if !o.All {
		shown = shown[:min(len(shown), mostMoves)]
	}
	for i := range shown {
		m := &shown[i]
		t.Row(string(m.Kind), seriesWords(seriesText(m.Series)), moveText(m, o.Rates))
	}
	p.WriteString(t.String())
	if n := len(d.Moves) - len(shown); n > 0 {
		p.wrapped(2, "and %d more%s", n, p.rest())
	}
}

// seriesText spells a series as PromQL does.
func seriesText(s signals.Series) string {
	var parts []string
	for _, l := range s.Labels {
		parts = append(parts, l.Name+"="+strconv.Quote(l.Value))
	}
	text := s.Name
	if len(parts) > 0 {
		text += "{" + strings.Join(parts, ", ") + "}"
	}
	return terminal.Clean(text)
}

// seriesWords makes each value in the spelling of a series one word.
func seriesWords(text string) string {
	var b strings.Builder
	quoted, from := false, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			if part := text[from:i]; quoted {
				b.WriteString(terminal.Whole(part))
			} else {
				b.WriteString(part)
			}
			quoted, from = !quoted, i
		}
	}
	return b.String() + text[from:]
}

// moveText says in a few words what became of a series or family.
func moveText(m *signals.Move, rates bool) string {
	if m.Level {
		return levelText(m)
	}
	switch m.Kind {
	case signals.MoveHelp, signals.MoveUnit, signals.MoveBuckets, signals.MoveRestarted, signals.MoveExemplars:
		return terminal.Clean(familyText(m))
	case signals.MoveVanished:
		return "gone"
	case signals.MoveRetyped:
		return m.Was + " → " + m.Is
	}
	switch {
	case m.Rate != nil:
		return countedText(m, rates)
	case m.Kind == signals.MoveNew:
		return m.Type.String()
	}
	return change(*m.Before, *m.After)
}

// levelText says how a rate or a median of one time is in another.
func levelText(m *signals.Move) string {
	unit := ""
	if m.Counts {
		unit = "/s"
	}
	switch new, gone := m.Kind == signals.MoveNew, m.Kind == signals.MoveVanished; {
	case new && m.After == nil:
		return "in one scrape: no rate"
	case gone && m.Before == nil:
		return "gone, was in one scrape: no rate"
	case new:
		return "at " + brief(*m.After) + unit
	case gone:
		return "gone, was " + brief(*m.Before) + unit
	case m.Before == nil:
		return "no rate before: one scrape; now " + brief(*m.After) + unit
	case m.After == nil:
		return "was " + brief(*m.Before) + unit + ", now no rate: one scrape"
	}
	return change(*m.Before, *m.After) + unit
}

// countedText says how much what counts has increased.
func countedText(m *signals.Move, rates bool) string {
	s := "+" + brief(m.Rate.Increase)
	if rates && !math.IsNaN(m.Rate.PerSecond) {
		s = brief(m.Rate.PerSecond) + "/s"
	}
	switch {
	case m.Kind == signals.MoveReset:
		s = change(*m.Before, *m.After) + ", at least " + s
		if *m.After >= *m.Before {
			s += ", restarted between"
		}
	case m.Kind == signals.MoveNew && !uncertain(m.Rate): // its start timestamp tells
		s = "at " + brief(*m.After) + ", begun since: " + s
	case m.Kind == signals.MoveNew:
		s = "at " + brief(*m.After) + ", up to " + s
	}
	if m.Observed == nil {
		return s
	}
	if p99 := m.Observed.Estimate(0.99); !math.IsNaN(p99.Value) {
		s += fmt.Sprintf(", p50 %s, p99 %s", brief(m.Observed.Quantile(0.5)), brief(p99.Value))
		if p99.Flags != 0 {
			s += " (" + p99.Flags.String() + ")"
		}
	}
	return s
}

// uncertain tells whether the increase may have been less.
func uncertain(r *signals.Rate) bool { return r.Upper != r.Lower && !math.IsNaN(r.Upper) }
