package report

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals"
	"github.com/scrapebook/scrapebook/signals/report/internal/table"
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
	nameWidth     = 40 // so that something of the help is left
)

// Exposition writes what a scrape holds for a person: its largest families,
// how its histograms are laid out, and its labels.
func (t Text) Exposition(w io.Writer, e *Exposition) error {
	p, inv := newPage(t, clock{}), e.Inventory
	p.printf("%s: %s, %d bytes\n  %s, %s, %s", terminal.Clean(e.Name), inv.Format, e.Bytes,
		terminal.Plural(len(inv.Families), "family", "families"), terminal.Plural(inv.Series, "series", "series"), terminal.Plural(len(inv.Labels), "label", "labels"))
	if inv.Timestamps > 0 {
		p.printf("; %s", terminal.Plural(inv.Timestamps, "sample has its own time", "samples have their own time"))
	}
	if inv.Exemplars > 0 {
		p.printf("; %s", terminal.Plural(inv.Exemplars, "exemplar", "exemplars"))
	}
	if !inv.StartFirst.IsZero() {
		p.printf(";\n  counters began %s", startSpan(inv.StartFirst, inv.StartLast))
	}
	p.WriteString("\n")
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
	t := table.Table{Columns: []table.Column{{Right: true}, {}, {Max: nameWidth}, {}}}
	t.Row("SERIES", "TYPE", "FAMILY", "HELP")
	list := all
	if len(list) > shownFamilies+1 { // no line for the one that is left
		list = list[:shownFamilies]
	}
	name := len("FAMILY")
	for _, f := range list {
		name = max(name, min(terminal.Width(terminal.Clean(f.Family.Name)), nameWidth))
	}
	help := max(p.Width-len("SERIES")-len("histogram")-name-3*2, 0)
	for _, f := range list {
		t.Row(fmt.Sprint(f.Series), f.Family.Type.String(), terminal.Clean(f.Family.Name), terminal.Cut(terminal.Clean(f.Family.Help), help))
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
	if len(shown) > shownLayouts+1 {
		shown = shown[:shownLayouts]
	}
	buckets := len("BUCKETS")
	for _, f := range shown {
		for _, l := range f.Layouts {
			buckets = max(buckets, terminal.Width(layoutText(l)))
		}
	}
	t := table.Table{Columns: []table.Column{{Right: true}, {}, {Max: max(p.Width-len("HISTOGRAMS")-buckets-2*2, nameWidth)}}}
	t.Row("HISTOGRAMS", "BUCKETS", "FAMILY")
	for _, f := range shown {
		for i, l := range f.Layouts {
			name := f.Family.Name
			if i > 0 {
				name = "" // another layout of the same
			}
			t.Row(fmt.Sprint(l.Metrics), layoutText(l), terminal.Clean(name))
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
	t := table.Table{Columns: []table.Column{{Right: true}, {Max: 24}, {Max: 46}}}
	t.Row("VALUES", "LABEL", "MOST IN")
	list := all
	if len(list) > shownLabels+1 {
		list = list[:shownLabels]
	}
	for _, l := range list {
		t.Row(fmt.Sprint(l.Values), terminal.Clean(l.Name), terminal.Clean(l.Family))
	}
	p.WriteString("\n" + t.String())
	p.more(len(all)-len(list), "label", "labels")
}
