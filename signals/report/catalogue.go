package report

import (
	"io"
	"slices"
	"strings"

	"github.com/scrapebook/scrapebook/signals/catalogue"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Histories is what a catalogue knows of some of its metrics.
type Histories struct {
	Catalogue *catalogue.Catalogue
	Metrics   []catalogue.History
}

// Catalogue writes a table for each metric, with a row for each run of versions
// of which the same is known, and the sources below.
func (t Text) Catalogue(w io.Writer, list []Histories) error {
	p := newPage(t, clock{})
	for _, l := range list {
		var used []string
		for _, h := range l.Metrics {
			if p.Len() > 0 {
				p.WriteByte('\n')
			}
			p.history(l.Catalogue, h)
			for _, id := range h.Sources {
				if !slices.Contains(used, id) {
					used = append(used, id)
				}
			}
		}
		p.sources(l.Catalogue, used)
	}
	return p.write(w)
}

func (p *page) history(c *catalogue.Catalogue, h catalogue.History) {
	p.wrapped(2, "%s (%s)", terminal.Clean(h.Metric), terminal.Clean(c.Software))
	periods := h.Condensed()
	rows := p.table(
		terminal.Column{Head: "VERSIONS"}, terminal.Column{Head: "TYPE", Least: 9, Yield: 4}, terminal.Column{Head: "LABELS", Least: 12, Yield: 3},
		terminal.Column{Head: "BUCKETS", Least: 24, Yield: 2}, terminal.Column{Head: "STABILITY", Yield: 1},
	)
	rows.Indent = 2
	for _, x := range periods {
		cells := []string{versions(x.From, x.To), kind(x)}
		if x.State.Has() {
			cells = append(cells, catalogue.LabelList(&x.Entry), buckets(x), x.Stability)
		}
		for i := range cells {
			cells[i] = terminal.Clean(cells[i])
		}
		rows.Row(cells...)
	}
	p.WriteString(rows.String())
	deprecated := ""
	for _, x := range periods {
		if x.Renamed != "" {
			p.wrapped(4, "  %s: %s took its place", versions(x.From, x.To), terminal.Clean(x.Renamed))
		}
		if x.Note != "" {
			p.wrapped(4, "  %s: %s", versions(x.From, x.To), terminal.Clean(x.Note))
		}
		if x.Deprecated != "" {
			deprecated = x.Deprecated
		}
	}
	if deprecated != "" {
		p.wrapped(4, "  deprecated since %s", terminal.Clean(deprecated))
	}
	if in := h.In(); len(in) > 0 {
		p.wrapped(4, "  known to be in %s; others may have it", terminal.Clean(strings.Join(in, ", ")))
	}
	if from := h.Sources; len(from) > 0 {
		p.wrapped(4, "  from %s", terminal.Clean(strings.Join(from, ", ")))
	}
}

// kind is what stands in the column of types.
func kind(x catalogue.Period) string {
	if !x.State.Has() {
		return x.State.String()
	}
	text := x.Type
	if text == "" {
		text = "not known"
	}
	if x.Hidden {
		text += ", hidden"
	}
	if x.State == catalogue.Between {
		text += ", as before and after"
	}
	return text
}

// buckets are the buckets, or a summary's quantiles.
func buckets(x catalogue.Period) string {
	switch {
	case x.Type == "summary" && x.Quantiles != nil:
		return "quantiles " + catalogue.NumberList(x.Quantiles)
	case x.Bounds == nil && x.Type != "histogram" && x.Type != "gaugehistogram":
		return ""
	}
	return catalogue.NumberList(x.Bounds)
}

func versions(from, to string) string {
	if from == to {
		return from
	}
	return from + ".." + to
}

func (p *page) sources(c *catalogue.Catalogue, used []string) {
	if len(used) == 0 {
		return
	}
	p.WriteString("\nsources\n")
	for _, s := range c.Sources {
		if slices.Contains(used, s.ID) {
			p.wrapped(4, "  %s: %s", terminal.Clean(s.ID), terminal.Clean(s.Text))
		}
	}
}
