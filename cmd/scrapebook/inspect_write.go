package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/scrapebook/scrapebook/signals/report"
)

// How many rows of a list a screen has room for.
const (
	shownFamilies = 14
	shownLabels   = 6
	nameWidth     = 40 // so that something of the help is left
)

func (e *exposition) writeJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(e)
}

func (e *exposition) writeText(w io.Writer, width int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, %d bytes\n  %s, %s, %s", report.Clean(e.Name), e.Format, e.Bytes,
		plural(len(e.Families), "family", "families"), plural(e.Series, "series", "series"), plural(len(e.Labels), "label", "labels"))
	if e.Timestamps > 0 {
		fmt.Fprintf(&b, "; %s", plural(e.Timestamps, "sample has its own time", "samples have their own time"))
	}
	if e.Exemplars > 0 {
		fmt.Fprintf(&b, "; %s", plural(e.Exemplars, "exemplar", "exemplars"))
	}
	b.WriteString("\n")
	e.families(&b, width)
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
		name = max(name, min(report.Width(report.Clean(f.Name)), nameWidth))
	}
	help := max(width-len("SERIES")-len("histogram")-name-3*2, 0)
	for _, f := range list {
		t.Row(fmt.Sprint(f.Series), f.Type, report.Clean(f.Name), cut(report.Clean(f.Help), help))
	}
	b.WriteString("\n" + t.String())
	more(b, len(e.Families)-len(list), "family", "families")
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
		t.Row(fmt.Sprint(l.Values), report.Clean(l.Name), report.Clean(l.Family))
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
	if report.Width(s) <= columns {
		return s
	}
	if columns < 8 {
		return ""
	}
	used := 0
	for i, r := range s {
		if used += report.Width(string(r)); used > columns-1 {
			return s[:i] + "…"
		}
	}
	return s
}
