package html

import (
	"cmp"
	"html/template"
	"math"
	"slices"
	"time"

	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Golden shows golden signals: of each pack the headlines, a small chart for
// each signal, the worst ones first, and a table of all.
type Golden struct {
	Result *packs.Result
	Words  report.BoardWords // of the same
	Zone   *time.Location    // of the charts; nil: UTC
	Hint   string            // how to see what is left out, or ""
}

const (
	maxSignals = 400 // rows of a pack's table
	maxSmall   = 60  // charts of a pack
)

type goldenPack struct {
	report.PackWords
	Charts       []template.HTML
	Hidden, More string
}

// HTML is a part for each pack.
func (g Golden) HTML() template.HTML {
	data := struct {
		Packs   []goldenPack
		Skipped string
	}{Skipped: g.Words.Skipped}
	for i := range g.Result.Packs {
		one := goldenPack{PackWords: g.Words.Packs[i]}
		if g.Result.Mode == packs.OverTime {
			one.Charts, one.Hidden = g.charts(&g.Result.Packs[i])
		}
		if n := len(one.Rows) - maxSignals; n > 0 {
			slices.SortStableFunc(one.Rows, func(a, b report.SignalWords) int { return cmp.Compare(rank[a.Level], rank[b.Level]) })
			one.Rows = one.Rows[:maxSignals]
			one.More = "and " + terminal.Plural(n, "more signal", "more signals") + ", of which none is worse" + hint(g.Hint)
		}
		data.Packs = append(data.Packs, one)
	}
	return fragment("golden.tmpl", data)
}

// rank orders the words for levels and marks, the worst first.
var rank = map[string]int{string(packs.Bad): 0, string(packs.Warn): 1, string(packs.Good): 2, "–": 3, "": 3}

// charts are those of a pack, the worst first.
func (g Golden) charts(pb *packs.PackResult) (list []template.HTML, hidden string) {
	var order []*packs.SignalResult
	for i := range pb.Signals {
		if s := &pb.Signals[i]; s.Worst != nil {
			order = append(order, s)
		}
	}
	slices.SortStableFunc(order, func(a, b *packs.SignalResult) int {
		headline := func(s *packs.SignalResult) int {
			if s.Headline {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(rank[string(a.Level)], rank[string(b.Level)]), cmp.Compare(headline(a), headline(b)))
	})
	for _, s := range order[:min(len(order), maxSmall)] {
		list = append(list, g.chart(s))
	}
	if n := len(order) - len(list); n > 0 {
		hidden = terminal.Plural(n, "more signal is not drawn", "more signals are not drawn")
	}
	return list, hidden
}

// chart draws a signal of all targets: the worst series, and the others softly
// behind it.
func (g Golden) chart(s *packs.SignalResult) template.HTML {
	span := Span{Start: g.Result.Start, End: g.Result.End, Location: g.Zone}
	worst := s.Series[s.Worst.Series]
	c := Chart{
		Name: s.Title, Span: span, Small: true, Spell: func(v float64) string { return report.Quantity(v, s.Unit) },
		Note: "worst " + report.Quantity(float64(s.Worst.Value), s.Unit) + ", " + worst.Instance + " " + span.clock(s.Worst.Time),
	}
	if s.Level != packs.None {
		c.State = string(s.Level)
	}
	if s.Bad != nil {
		c.Threshold, c.Compared = s.Bad, "bad at"
	}
	for i, series := range s.Series {
		if i != s.Worst.Series {
			c.Lines = append(c.Lines, Line{Name: series.Instance, Points: g.points(series), Soft: true})
		}
	}
	// What is drawn last lies on top.
	c.Lines = append(c.Lines, Line{Name: worst.Instance, Points: g.points(worst)})
	if n := len(c.Lines) - maxSoft; n > 0 {
		c.Lines, c.More = c.Lines[n:], n
	}
	return c.HTML()
}

// maxSoft bounds the lines of a small chart.
const maxSoft = 8

// points are those of a series; where instants are missing, a gap.
func (g Golden) points(s packs.Series) []Point {
	var out []Point
	for _, p := range s.Points {
		if n := len(out); n > 0 && g.Result.Step > 0 && p.Time.Sub(out[n-1].Time) > g.Result.Step*3/2 {
			out = append(out, Point{out[n-1].Time.Add(g.Result.Step), math.NaN()})
		}
		out = append(out, Point{p.Time, float64(p.Value)})
	}
	return Thin(out, smallPoints)
}

// smallPoints are drawn of a line of a small chart.
const smallPoints = 150
