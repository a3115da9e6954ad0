package verdict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/replay"
)

// firedKinds are the findings of rules that fired, or recorded, in the order in
// which the first that holds decides.
var firedKinds []kind

func init() { // some ask for the findings of other rules
	firedKinds = []kind{
		{AlwaysTrue, alwaysTrue},
		{Fallback, fallback},
		{Past, past},
		{Young, young},
		{Flapping, flapping},
		{Fired, fired},
		{Failing, failing},
	}
}

// fired: when, on what and with which values, and what that rests on.
func fired(t *trace) []Finding {
	f := Finding{Evidence: Evidence{}}
	if t.rule.Record != "" {
		f.Evidence["series"], f.Evidence["evaluations"], f.Evidence["first"], f.Evidence["last"] = t.result.Recorded, t.given, t.firing.first, t.firing.last
		f.Text = fmt.Sprintf("%s recorded %s at %s", t.name(), upTo(t.result.Recorded), ofAll(t.given, t.evals))
		if t.given < t.evals {
			f.Text += ", first at " + t.run.clock.at(t.firing.first)
		}
		t.restsOn(&f, t.firing.rests)
		f.Text += "."
		return []Finding{f}
	}
	alerts := t.firedAlerts()
	if len(alerts) == 0 {
		return nil
	}
	if c := t.comparison(); c != nil {
		f.Expr, f.Start, f.End = c.parent.text, c.parent.start, c.parent.end
	}
	a := alerts[0]
	f.Evidence["alerts"], f.Evidence["fired"] = t.alertEvidence(alerts), len(alerts)
	f.Text = fmt.Sprintf("%s fired %s%s", t.name(), t.times(a), t.on(a.Labels))
	if len(alerts) > 1 {
		f.Text = fmt.Sprintf("%s fired for %d alerts, first %s%s", t.name(), len(alerts), t.times(a), t.on(a.Labels))
	}
	f.Text += ": " + t.worst(a)
	t.restsOn(&f, t.restsOf(a))
	f.Text += "."
	return []Finding{f}
}

func upTo(n int) string {
	if n == 1 {
		return "1 series"
	}
	return fmt.Sprintf("up to %d series", n)
}

// firedAlerts are those that fired, the earliest first.
func (t *trace) firedAlerts() []*replay.Alert {
	var list []*replay.Alert
	for i := range t.result.Alerts {
		if a := &t.result.Alerts[i]; a.Fired() {
			list = append(list, a)
		}
	}
	slices.SortStableFunc(list, func(a, b *replay.Alert) int {
		return firingOf(a)[0].Start.Compare(firingOf(b)[0].Start)
	})
	return list
}

// firingOf are the intervals at which an alert fired.
func firingOf(a *replay.Alert) []replay.Interval {
	var list []replay.Interval
	for _, iv := range a.Intervals {
		if iv.State == replay.Firing {
			list = append(list, iv)
		}
	}
	return list
}

const maxEvidence = 32 // label sets and the like in one finding

func (t *trace) alertEvidence(alerts []*replay.Alert) []Evidence {
	var list []Evidence
	for _, a := range alerts[:min(len(alerts), maxEvidence)] {
		ivs := firingOf(a)
		e := Evidence{"labels": a.Labels, "peak": a.Peak, "peak_at": a.PeakAt, "start": ivs[0].Start, "end": ivs[len(ivs)-1].End, "times": len(ivs), "open": ivs[len(ivs)-1].Open}
		if th := t.result.Threshold; th != nil {
			e["threshold"] = th.Op + " " + exact(th.Value)
		}
		list = append(list, e)
	}
	return list
}

// times says when an alert fired.
func (t *trace) times(a *replay.Alert) string {
	ivs := firingOf(a)
	first := ivs[0]
	text := "from " + t.run.clock.at(first.Start) + " until " + t.run.clock.at(first.End)
	if first.Open {
		text = "from " + t.run.clock.at(first.Start) + " to the end"
	}
	if !first.Open && !t.lastOf(first).After(first.Start) {
		text = "at " + t.run.clock.at(first.Start) + " alone"
	}
	if len(ivs) > 1 {
		text += fmt.Sprintf(" and %s more", count(len(ivs)-1, "time"))
	}
	return text
}

// on names what an alert is about; "" when its labels tell nothing.
func (t *trace) on(ls labels.Labels) string {
	b := labels.NewBuilder(nameless(ls)).Del(labels.AlertName)
	t.rule.Labels.Range(func(l labels.Label) { b.Del(l.Name) })
	var parts []string
	if in := ls.Get("instance"); in != "" {
		parts = append(parts, in)
		b.Del("instance", "job")
	}
	more := 0
	b.Labels().Range(func(l labels.Label) {
		if len(parts) < 4 {
			parts = append(parts, fmt.Sprintf("%s=%q", l.Name, l.Value))
		} else {
			more++
		}
	})
	if len(parts) == 0 {
		return ""
	}
	text := " on " + strings.Join(parts, ", ")
	if more > 0 {
		text += fmt.Sprintf(" and %s more", count(more, "label"))
	}
	return text
}

// worst is the value of an alert that lies furthest beyond the threshold.
func (t *trace) worst(a *replay.Alert) string {
	when := t.run.clock.at(a.PeakAt)
	th := t.result.Threshold
	if th == nil {
		return fmt.Sprintf("its value was %s (%s)", number(a.Peak), when)
	}
	switch th.Op {
	case ">", ">=":
		return fmt.Sprintf("%s at most (%s), %s %s is asked for", apart(a.Peak, th.Value), when, th.Op, number(th.Value))
	case "<", "<=":
		return fmt.Sprintf("%s at least (%s), %s %s is asked for", apart(a.Peak, th.Value), when, th.Op, number(th.Value))
	}
	return fmt.Sprintf("%s (%s), %s %s is asked for", apart(a.Peak, th.Value), when, th.Op, number(th.Value))
}

// restsOf are the series that an alert may have been made of.
func (t *trace) restsOf(a *replay.Alert) []source {
	var list []source
	for _, r := range t.firing.rests {
		if consistent(a.Labels, r.labels) {
			list = append(list, r)
		}
	}
	return list
}

// restsOn adds the series that a result was made of, each with the scrape that
// its newest sample is of.
func (t *trace) restsOn(f *Finding, rests []source) {
	var list []Evidence
	for _, r := range rests[:min(len(rests), maxEvidence)] {
		e := Evidence{"labels": r.labels, "value": r.value, "expr": r.node.text}
		if target := t.run.scrapes.target(r.labels.Get("job"), r.labels.Get("instance")); target != nil {
			if ts, ok := t.run.scrapes.before(r.labels, r.at.UnixMilli()); ok {
				e["scraped"] = msTime(ts)
				if file := t.run.opts.Capture.File(target, ts); file != "" {
					e["file"] = file
				}
			}
		}
		list = append(list, e)
	}
	if list != nil {
		f.Evidence["rests_on"] = list
	}
}
