package report

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Exposition is what one scrape holds.
type Exposition struct {
	Name      string
	Bytes     int // of its body
	Inventory *signals.Inventory
	Problems  []expfmt.Problem
}

// How many rows of a list a screen has room for.
const (
	shownFamilies = 12
	shownLabels   = 5
	shownLayouts  = 4
)

// Exposition writes what a scrape holds for a person: its largest families,
// how its histograms are laid out, and its labels.
func (t Text) Exposition(w io.Writer, e *Exposition) error {
	p, inv := newPage(t, clock{}), e.Inventory
	p.wrapped(2, "%s: %s, %d bytes", terminal.Clean(e.Name), inv.Format, e.Bytes)
	line := fmt.Sprintf("  %s, %s, %s", terminal.Plural(len(inv.Families), "family", "families"), terminal.Plural(inv.Series, "series", "series"), terminal.Plural(len(inv.Labels), "label", "labels"))
	if inv.Timestamps > 0 {
		line += fmt.Sprintf("; %s", terminal.Plural(inv.Timestamps, "sample has its own time", "samples have their own time"))
	}
	if inv.Exemplars > 0 {
		line += fmt.Sprintf("; %s", terminal.Plural(inv.Exemplars, "exemplar", "exemplars"))
	}
	if !inv.StartFirst.IsZero() {
		line += fmt.Sprintf("; counters began %s", startSpan(inv.StartFirst, inv.StartLast))
	}
	p.wrapped(2, "%s", line)
	p.families(inv.Families)
	p.layouts(inv.Families)
	p.labels(inv.Labels)
	p.problemKinds(e.Problems, 0)
	return p.write(w)
}

func (p *page) families(all []expfmt.FamilySize) {
	if len(all) == 0 {
		return
	}
	t := p.table(terminal.Column{Head: "SERIES", Right: true, Yield: 3}, terminal.Column{Head: "TYPE", Yield: 2}, terminal.Column{Head: "FAMILY"}, terminal.Column{Head: "HELP", Least: 8, Yield: 1})
	list := all
	if len(list) > p.most(shownFamilies+1) { // no line for the one that is left
		list = list[:shownFamilies]
	}
	name := len("FAMILY")
	for _, f := range list {
		name = max(name, terminal.Width(terminal.Clean(f.Family.Name)))
	}
	help := max(p.Width-len("SERIES")-len("histogram")-name-3*2, 0)
	if p.Width > 0 && help < 8 {
		t.Columns[3].Head = "" // no room
	}
	for _, f := range list {
		text := Shorten(f.Family.Help)
		if p.Width > 0 { // a line of it is enough
			text = terminal.Cut(text, help)
		}
		t.Row(fmt.Sprint(f.Series), f.Family.Type.String(), whole(f.Family.Name), text)
	}
	p.WriteString("\n" + t.String())
	p.more(len(all)-len(list), "family", "families")
}

// startSpan is a time, or from when to when.
func startSpan(from, to time.Time) string {
	a, b := from.Format(time.DateTime), to.Format(time.DateTime)
	switch {
	case a == b:
		return a
	case from.Format(time.DateOnly) == to.Format(time.DateOnly):
		b = to.Format(time.TimeOnly)
	}
	return a + " – " + b
}

// layouts shows which buckets histograms have, families with several layouts
// first.
func (p *page) layouts(all []expfmt.FamilySize) {
	var list []expfmt.FamilySize
	for _, several := range []bool{true, false} {
		for _, f := range all {
			if len(f.Layouts) > 0 && len(f.Layouts) > 1 == several {
				list = append(list, f)
			}
		}
	}
	if len(list) == 0 {
		return
	}
	shown := list
	if len(shown) > p.most(shownLayouts+1) {
		shown = shown[:shownLayouts]
	}
	t := p.table(terminal.Column{Head: "COUNT", Right: true, Yield: 1}, terminal.Column{Head: "BUCKETS", Yield: 2}, terminal.Column{Head: "FAMILY", Once: true})
	for _, f := range shown {
		row := t.Row
		for _, l := range f.Layouts {
			row(fmt.Sprint(l.Metrics), terminal.Whole(layoutText(l)), whole(f.Family.Name))
			row = t.More // another layout of the same
		}
	}
	p.WriteString("\n" + t.String())
	p.more(len(list)-len(shown), "family of histograms", "families of histograms")
}

// layoutText says in a few words how the buckets are laid out.
func layoutText(l expfmt.Layout) string {
	switch {
	case l.Native && len(l.Bounds) > 0:
		return fmt.Sprintf("native, %d custom", len(l.Bounds)+1)
	case l.Native:
		return fmt.Sprintf("native, schema %d", l.Schema)
	case len(l.Bounds) == 1:
		return shortest(l.Bounds[0]) + " alone"
	}
	last := l.Bounds[len(l.Bounds)-1]
	if math.IsInf(last, 1) {
		last = l.Bounds[max(len(l.Bounds)-2, 0)]
	}
	return fmt.Sprintf("%d: %s to %s", len(l.Bounds), brief(l.Bounds[0]), brief(last))
}

func (p *page) labels(all []expfmt.LabelSize) {
	if len(all) == 0 {
		return
	}
	t := p.table(terminal.Column{Head: "VALUES", Right: true, Yield: 2}, terminal.Column{Head: "LABEL"}, terminal.Column{Head: "MOST IN", Yield: 1})
	list := all
	if len(list) > p.most(shownLabels+1) {
		list = list[:shownLabels]
	}
	for _, l := range list {
		t.Row(fmt.Sprint(l.Values), whole(l.Name), whole(l.Family))
	}
	p.WriteString("\n" + t.String())
	p.more(len(all)-len(list), "label", "labels")
}
