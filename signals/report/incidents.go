package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/signals/judge"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// incidents sets what is known to have happened beside what told of it.
func (p *page) incidents(res *replay.Result) {
	j := p.Judgement
	if j == nil {
		return
	}
	p.WriteByte('\n')
	wolf := terminal.Plural(j.FalseAlarms(), "false alarm", "false alarms")
	if j.FalseAlarms() == 0 {
		wolf = "no false alarm"
	}
	if len(j.Incidents) == 0 {
		p.wrapped(2, "no incident is known: %s", wolf)
	} else {
		p.wrapped(2, "%d of %s were told of, %s", j.Told(), terminal.Plural(len(j.Incidents), "incident", "incidents"), wolf)
		rows := p.table(
			terminal.Column{Head: "INCIDENT", Once: true, Least: 16}, terminal.Column{Head: "WHEN", Once: true, Yield: 3},
			terminal.Column{Head: "TOLD BY", Least: 16, Yield: 2}, terminal.Column{Head: "AFTER", Right: true, Yield: 1},
		)
		for _, in := range j.Incidents {
			p.incident(rows, in)
		}
		p.WriteByte('\n')
		p.WriteString(rows.String())
	}
	left := p.most(maxTimes)
	for _, r := range j.Rules {
		if len(r.Missed) > 0 {
			p.wrapped(2, "%s should have told of %s, and did not.", terminal.Clean(r.Alert), terminal.Clean(strings.Join(r.Missed, ", ")))
		}
		for _, f := range r.False {
			if left--; left >= 0 {
				p.wrapped(2, "%s cried wolf: it fired %s on %s, which is of no incident.", terminal.Clean(r.Alert),
					p.interval(replay.Interval{Start: f.Start, End: f.End, Open: f.Open}), onWords(withoutRule(res, r.Index, f.Labels)))
			}
		}
	}
	if left < 0 {
		p.wrapped(2, "and %s more", terminal.Plural(-left, "false alarm", "false alarms"))
	}
	for _, in := range j.Incidents {
		if len(in.Unknown) > 0 {
			p.wrapped(2, "No rule is called %s, which %s asks for.", terminal.Clean(strings.Join(in.Unknown, " or ")), terminal.Clean(in.Name))
		}
	}
}

// incident adds the rows of one: for each rule that told of it a row.
func (p *page) incident(rows *terminal.Table, in judge.Incident) {
	open := in.To.IsZero()
	when := terminal.Whole(p.interval(replay.Interval{Start: in.From, End: in.End, Open: open}))
	name := terminal.Clean(in.Name)
	switch {
	case in.Outside:
		rows.Row(name, terminal.Whole(clock{day: true}.span(in.From, in.End)), "outside of what was replayed")
		return
	case len(in.Caught) == 0 && len(in.Ringing) == 0:
		rows.Row(name, when, "nothing")
		return
	case len(in.Caught) == 0:
		c := in.Ringing[0]
		rows.Row(name, when, fmt.Sprintf("nothing (%s rang since %s)", terminal.Clean(c.Alert), p.clock.at(c.At)))
		return
	}
	row := rows.Row
	for _, c := range in.Caught {
		row(name, when, whole(c.Alert), delay(c.Delay))
		row = rows.More
	}
}

// delay is to the second, which is finer than scrapes are.
func delay(d time.Duration) string {
	if d >= time.Second {
		d = d.Round(time.Second)
	}
	return duration(d)
}
