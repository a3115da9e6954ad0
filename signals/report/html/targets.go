package html

import (
	"cmp"
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Targets show a capture: what became of each target's scrapes, over time.
type Targets struct {
	Span Span
	Rows []TargetRow
	Hint string // how to see the rows that are left out, or ""
}

// A TargetRow is one target.
type TargetRow struct {
	Job, Instance string
	Labels        labels.Labels
	Interval      time.Duration // between scrapes; 0: it was scraped once
	Scrapes       []Scrape      // in the order of time
	Gaps          []replay.Gap
	Restarts      []time.Time
}

// A Scrape is when it was, and whether it failed.
type Scrape struct {
	Time   time.Time
	Failed bool
}

func (r TargetRow) compare(o TargetRow) int {
	return cmp.Or(cmp.Compare(r.Job, o.Job), cmp.Compare(r.Instance, o.Instance), labels.Compare(r.Labels, o.Labels))
}

// happened takes what a summary tells of the target.
func (r *TargetRow) happened(c *replay.Summary) {
	for _, g := range c.Gaps {
		if g.Job == r.Job && g.Instance == r.Instance {
			r.Gaps = append(r.Gaps, g)
		}
	}
	for _, s := range c.Restarts {
		if s.Job == r.Job && s.Instance == r.Instance {
			r.Restarts = append(r.Restarts, s.Seen)
		}
	}
}

// name is what the target is called.
func (r *TargetRow) name() string {
	name := r.Instance
	if r.Job != "" {
		name = r.Job + "/" + name
	}
	if !r.Labels.IsEmpty() {
		name += " " + r.Labels.String()
	}
	return name
}

// failures counts the scrapes that failed.
func (r *TargetRow) failures() (n int) {
	for _, s := range r.Scrapes {
		if s.Failed {
			n++
		}
	}
	return n
}

const (
	maxTargets = 200 // rows
	maxEvents  = 3   // of a kind that a row names
)

// targetBar is a row as it is drawn.
type targetBar struct {
	Name, Text                        string
	Answered, Failed, Gaps, Restarted string // paths
}

// HTML is a table with a bar for each target.
func (t Targets) HTML() template.HTML {
	rows, cut := t.Rows, 0
	if len(rows) > maxTargets {
		rows, cut = t.worst(), len(rows)-maxTargets
	}
	data := struct {
		Ticks []tick
		Zone  string
		Rows  []targetBar
		More  string
	}{Ticks: t.Span.ticks(maxTicks), Zone: t.Span.zoneName()}
	for i := range rows {
		data.Rows = append(data.Rows, t.bar(&rows[i]))
	}
	if cut > 0 {
		data.More = "and " + terminal.Plural(cut, "more target", "more targets") + ", of which none has more failed scrapes than these" + hint(t.Hint)
	}
	return fragment("targets.tmpl", data)
}

// worst are the targets of which most scrapes failed, in their order.
func (t Targets) worst() []TargetRow {
	least, kept := 0, 0
	number := map[int]int{} // of targets with so many failures
	for i := range t.Rows {
		n := t.Rows[i].failures()
		number[n]++
		least = max(least, n)
	}
	for ; kept+number[least] < maxTargets; least-- {
		kept += number[least]
	}
	left := maxTargets - kept // with as many as the least
	var out []TargetRow
	for i := range t.Rows {
		switch n := t.Rows[i].failures(); {
		case n > least:
			out = append(out, t.Rows[i])
		case n == least && left > 0:
			out = append(out, t.Rows[i])
			left--
		}
	}
	return out
}

func (t Targets) bar(r *TargetRow) targetBar {
	out := targetBar{Name: r.name()}
	answered, failed, gone := newCells(t.Span), newCells(t.Span), newCells(t.Span)
	for i, s := range r.Scrapes {
		end := s.Time.Add(r.Interval)
		if i+1 < len(r.Scrapes) && r.Scrapes[i+1].Time.Before(end.Add(r.Interval/2)) {
			end = r.Scrapes[i+1].Time
		}
		if s.Failed {
			failed.fill(s.Time, end)
		} else {
			answered.fill(s.Time, end)
		}
	}
	out.Failed = failed.path(0, barHeight)
	out.Answered = answered.without(failed).path(barHeight/2, barHeight/2)
	parts := []string{terminal.Plural(len(r.Scrapes), "scrape", "scrapes"), fmt.Sprintf("%d failed", r.failures())}
	var gaps, restarts []string
	for _, g := range r.Gaps {
		gone.fill(g.From.Add(r.Interval), g.To)
		gaps = append(gaps, t.Span.clock(g.From)+"–"+t.Span.clock(g.To))
	}
	out.Gaps = gone.without(answered).without(failed).path(barHeight-3, 2)
	for _, at := range r.Restarts[:min(len(r.Restarts), cellCount)] {
		out.Restarted += "M" + number(t.Span.x(at)) + " 0V" + fmt.Sprint(barHeight)
	}
	for _, at := range r.Restarts {
		restarts = append(restarts, t.Span.clock(at))
	}
	parts = append(parts, named("gap", gaps)...)
	parts = append(parts, named("restart", restarts)...)
	out.Text = strings.Join(parts, ", ")
	return out
}

// named is a few events of a kind, by their times.
func named(kind string, times []string) []string {
	if len(times) == 0 {
		return nil
	}
	text := terminal.Plural(len(times), kind, kind+"s") + " (" + strings.Join(times[:min(len(times), maxEvents)], ", ")
	if n := len(times) - maxEvents; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return []string{text + ")"}
}

// hint puts a hint behind what it is about.
func hint(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}
