package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

func (d *difference) writeJSON(w io.Writer) error {
	return terminal.EncodeJSON(w, d)
}

// mostMoves are shown without --all.
const mostMoves = 40

func (d *difference) writeText(w io.Writer, width int, rates, all bool) error {
	var b strings.Builder
	number := map[string]int{}
	for _, m := range d.Moves {
		number[m.Kind]++
	}
	var parts []string
	series := 0
	for _, kind := range []string{"reset", "vanished", "new", "counter", "gauge", "histogram"} {
		if n := number[kind]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, kind))
			series += n
		}
	}
	var families []string
	for _, kind := range familyKinds {
		if n := number[kind]; n > 0 {
			families = append(families, fmt.Sprintf("%d %s", n, kind))
		}
	}
	apart := "the time between them is not known: no rates"
	if d.Seconds != 0 {
		apart = (time.Duration(d.Seconds * float64(time.Second))).Round(time.Millisecond).String() + " apart"
	}
	fmt.Fprintf(&b, "%s →\n%s, %s\n", terminal.Clean(d.Old), terminal.Clean(d.New), apart)
	if len(d.Moves) == 0 {
		fmt.Fprintf(&b, "no difference in %d series\n", d.Series)
		_, err := io.WriteString(w, b.String())
		return err
	}
	fmt.Fprintf(&b, "%d of %d series differ", series, d.Series)
	if series > 0 {
		b.WriteString(": " + strings.Join(parts, ", "))
	}
	if len(families) > 0 {
		b.WriteString("\nfamilies: " + strings.Join(families, ", "))
	}
	b.WriteString("\n\n")
	t := report.Table{Columns: []report.Column{{}, {Max: width - 9 - 4 - 28}, {Max: 28}}}
	head := "CHANGE"
	if rates {
		head = "RATE"
	}
	t.Row("KIND", "SERIES", head)
	shown := d.Moves
	if !all {
		shown = shown[:min(len(shown), mostMoves)]
	}
	for _, m := range shown {
		t.Row(m.Kind, m.series(), m.change(rates))
	}
	b.WriteString(t.String())
	if n := len(d.Moves) - len(shown); n > 0 {
		fmt.Fprintf(&b, "and %d more: --all shows them\n", n)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (m *move) series() string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m.Labels)) {
		parts = append(parts, k+"="+strconv.Quote(m.Labels[k]))
	}
	s := m.Name
	if len(parts) > 0 {
		s += "{" + strings.Join(parts, ", ") + "}"
	}
	return terminal.Clean(s)
}

// change says in a few words what became of the series.
func (m *move) change(rates bool) string {
	switch m.Kind {
	case "help", "unit", "buckets", "restarted", "exemplars":
		return terminal.Clean(m.familyChange())
	case "vanished":
		return "gone"
	case "retyped":
		return m.Before + " → " + m.After
	case "gauge":
		return brief(m.Before) + " → " + brief(m.After)
	}
	if m.Kind == "new" && m.Increase == "" {
		return m.Type
	}
	if m.Increase == "" {
		return brief(m.Before) + " → " + brief(m.After)
	}
	s := "+" + brief(m.Increase)
	if rates && m.Rate != "" {
		s = brief(m.Rate) + "/s"
	}
	switch {
	case m.Kind == "reset":
		s = brief(m.Before) + " → " + brief(m.After) + ", at least " + s
	case m.Kind == "new" && m.Upper == "": // its start timestamp tells
		s = "at " + brief(m.After) + ", begun since: " + s
	case m.Kind == "new":
		s = "at " + brief(m.After) + ", up to " + s
	}
	if m.P99 != "" && m.P99 != "NaN" {
		s += fmt.Sprintf(", p50 %s, p99 %s", brief(m.P50), brief(m.P99))
		if m.Flags != "" {
			s += " (" + m.Flags + ")"
		}
	}
	return s
}

// shortest spells a number so that it reads back the same.
func shortest(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// brief is a number for a table: five significant digits.
func brief(s string) string {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || len(s) <= 7 {
		return s
	}
	return strconv.FormatFloat(v, 'g', 5, 64)
}
