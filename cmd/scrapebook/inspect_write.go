package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// How many rows of a list a screen has room for.
const (
	shownFamilies = 12
	shownLabels   = 5
	shownLayouts  = 4
	nameWidth     = 40 // so that something of the help is left
)

func (e *exposition) writeJSON(w io.Writer) error {
	return terminal.EncodeJSON(w, e)
}

func (e *exposition) writeText(w io.Writer, width int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, %d bytes\n  %s, %s, %s", terminal.Clean(e.Name), e.Format, e.Bytes,
		plural(len(e.Families), "family", "families"), plural(e.Series, "series", "series"), plural(len(e.Labels), "label", "labels"))
	if e.Timestamps > 0 {
		fmt.Fprintf(&b, "; %s", plural(e.Timestamps, "sample has its own time", "samples have their own time"))
	}
	if e.Exemplars > 0 {
		fmt.Fprintf(&b, "; %s", plural(e.Exemplars, "exemplar", "exemplars"))
	}
	if e.first > 0 {
		fmt.Fprintf(&b, ";\n  counters began %s", startSpan(e.first, e.last))
	}
	b.WriteString("\n")
	e.families(&b, width)
	e.layouts(&b, width)
	e.labels(&b)
	b.WriteString(report.ProblemKinds(e.problems, 0, width))
	_, err := io.WriteString(w, b.String())
	return err
}

func (e *exposition) families(b *strings.Builder, width int) {
	if len(e.Families) == 0 {
		return
	}
	t := report.Table{Columns: []report.Column{{Right: true}, {}, {Max: nameWidth}, {}}}
	t.Row("SERIES", "TYPE", "FAMILY", "HELP")
	list := e.Families
	if len(list) > shownFamilies+1 { // no line for the one that is left
		list = list[:shownFamilies]
	}
	name := len("FAMILY")
	for _, f := range list {
		name = max(name, min(terminal.Width(terminal.Clean(f.Name)), nameWidth))
	}
	help := max(width-len("SERIES")-len("histogram")-name-3*2, 0)
	for _, f := range list {
		t.Row(fmt.Sprint(f.Series), f.Type, terminal.Clean(f.Name), cut(terminal.Clean(f.Help), help))
	}
	b.WriteString("\n" + t.String())
	more(b, len(e.Families)-len(list), "family", "families")
}

// startSpan is a time, or from when to when.
func startSpan(first, last int64) string {
	from, to := time.UnixMilli(first).UTC(), time.UnixMilli(last).UTC()
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
func (e *exposition) layouts(b *strings.Builder, width int) {
	var list []familyInfo
	for _, several := range []bool{true, false} {
		for _, f := range e.Families {
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
			buckets = max(buckets, terminal.Width(l.text()))
		}
	}
	t := report.Table{Columns: []report.Column{{Right: true}, {}, {Max: max(width-len("HISTOGRAMS")-buckets-2*2, nameWidth)}}}
	t.Row("HISTOGRAMS", "BUCKETS", "FAMILY")
	for _, f := range shown {
		for i, l := range f.Layouts {
			name := f.Name
			if i > 0 {
				name = "" // another layout of the same
			}
			t.Row(fmt.Sprint(l.Histograms), l.text(), terminal.Clean(name))
		}
	}
	b.WriteString("\n" + t.String())
	more(b, len(list)-len(shown), "family of histograms", "families of histograms")
}

// text says in a few words how the buckets are laid out.
func (l layoutInfo) text() string {
	switch {
	case l.Native && len(l.Bounds) > 0:
		return fmt.Sprintf("native, %d custom", len(l.Bounds)+1)
	case l.Native:
		return fmt.Sprintf("native, schema %d", l.Schema)
	case len(l.Bounds) == 1:
		return l.Bounds[0] + " alone"
	}
	last := l.Bounds[len(l.Bounds)-1]
	if last == "+Inf" {
		last = l.Bounds[max(len(l.Bounds)-2, 0)]
	}
	return fmt.Sprintf("%d: %s to %s", len(l.Bounds), brief(l.Bounds[0]), brief(last))
}

func (e *exposition) labels(b *strings.Builder) {
	if len(e.Labels) == 0 {
		return
	}
	t := report.Table{Columns: []report.Column{{Right: true}, {Max: 24}, {Max: 46}}}
	t.Row("VALUES", "LABEL", "MOST IN")
	list := e.Labels
	if len(list) > shownLabels+1 {
		list = list[:shownLabels]
	}
	for _, l := range list {
		t.Row(fmt.Sprint(l.Values), terminal.Clean(l.Name), terminal.Clean(l.Family))
	}
	b.WriteString("\n" + t.String())
	more(b, len(e.Labels)-len(list), "label", "labels")
}

func more(b *strings.Builder, n int, one, several string) {
	if n > 0 {
		fmt.Fprintf(b, "and %s more: --format json has them\n", plural(n, one, several))
	}
}

func plural(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, several)
}

// cut shortens text to the columns, marking that it did; what would be too
// little to mean anything is left away.
func cut(s string, columns int) string {
	if terminal.Width(s) <= columns {
		return s
	}
	if columns < 8 {
		return ""
	}
	used := 0
	for i, r := range s {
		if used += terminal.Width(string(r)); used > columns-1 {
			return s[:i] + "…"
		}
	}
	return s
}
