package catalogue

import (
	"bufio"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Write writes the catalogue in the form that [Read] reads. What was read from
// it is the same, but for comments, the order of facts and how numbers are
// spelt.
func (c *Catalogue) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	line := func(f ...string) {
		out.WriteString(strings.Join(f, " "))
		out.WriteByte('\n')
	}
	line("software", quote(c.Software))
	line("versions", strings.Join(compressed(c.Versions), ","))
	for _, s := range c.Sources {
		line("source", quote(s.ID), strconv.Quote(s.Text))
	}
	for _, l := range c.lists {
		f := []string{"listed", strings.Join(c.ranges(l.in), ",")}
		if l.from != "" {
			f = append(f, "from="+quote(l.from))
		}
		line(f...)
	}
	for _, m := range c.metrics {
		name := quote(m.name)
		if slices.Contains([]string{"software", "versions", "source", "listed"}, name) {
			name = strconv.Quote(name)
		}
		for i := range m.facts {
			line(append([]string{name, strings.Join(c.ranges(m.facts[i].in), ",")}, m.facts[i].words()...)...)
		}
	}
	return out.Flush()
}

// words are the fields of a fact behind its versions.
func (e *Entry) words() []string {
	words := []string{e.Type}
	switch {
	case e.none:
		words[0] = "none"
	case e.Type == "":
		words[0] = "-"
	}
	add := func(key string, values []string) {
		if len(values) > 0 {
			words = append(words, key+"="+strings.Join(values, ","))
		}
	}
	text := func(key, value string) {
		if value != "" {
			words = append(words, key+"="+quote(value))
		}
	}
	if e.HasLabels {
		words = append(words, "labels="+strings.Join(each(e.Labels, func(l Label) string {
			if l.Value == "" {
				return quote(l.Name)
			}
			return quote(l.Name) + "=" + quote(l.Value)
		}), ","))
	}
	add("le", each(e.Bounds, number))
	add("quantiles", each(e.Quantiles, number))
	text("stability", e.Stability)
	text("deprecated", e.Deprecated)
	if e.Hidden {
		words = append(words, "hidden")
	}
	text("renamed", e.Renamed)
	add("in", each(e.In, quote))
	add("from", each(e.From, quote))
	text("note", e.Note)
	return words
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func each[T any](list []T, f func(T) string) []string {
	texts := make([]string, len(list))
	for i, x := range list {
		texts[i] = f(x)
	}
	return texts
}
