package verdict

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/replay"
)

// step is the time between two evaluations of the rule.
func (t *trace) step() time.Duration {
	for _, g := range t.run.res.Groups {
		if g.Name == t.group.Name && g.File == t.group.File && g.Interval > 0 {
			return g.Interval
		}
	}
	return t.run.res.Interval
}

// instantFrom is the rule's first evaluation at a time or after it; zero when
// there is none.
func (t *trace) instantFrom(at time.Time) time.Time {
	step := t.step()
	if at.After(t.last) || step <= 0 {
		return time.Time{}
	}
	behind := at.Sub(t.first)
	if behind <= 0 {
		return t.first
	}
	return t.first.Add((behind + step - 1) / step * step)
}

// longest is the longest time for which one result of the expression held, of
// those that ended; how many ended comes first.
func (t *trace) longest() (runs int, best *held) {
	return t.holding.runs, t.holding.ended
}

// identityChurn: the condition held as long as for needs, as different alerts.
func identityChurn(t *trace) []Finding {
	h := &t.holding
	if t.rule.For <= 0 || t.given == 0 || t.failures.count > 0 {
		return nil
	}
	if l := h.longest; l != nil && l.length() >= t.rule.For {
		return t.churnByTemplate(l)
	}
	if a := &h.all; a.length() >= t.rule.For && a.seen > 1 {
		return t.churnBySeries(a)
	}
	return nil
}

// churnByTemplate is about a label of the rule that is another at each
// evaluation.
func (t *trace) churnByTemplate(l *held) []Finding {
	changed := changing(t.alertLabels())
	var why []string
	for _, name := range changed {
		if text := t.rule.Labels.Get(name); strings.Contains(text, "{{") {
			w := "label " + name
			if strings.Contains(text, "$value") || strings.Contains(text, ".Value") {
				w += " (made of {{ $value }})"
			}
			why = append(why, w)
		}
	}
	if len(why) == 0 {
		return nil
	}
	f := t.churn(l, changed)
	f.Text = fmt.Sprintf("%s never fired though %s held without a gap from %s to %s (%s, for: %s): its %s changes, so that %s made %s, none older than %s; without that it would have fired at %s.",
		t.name(), short(t.nodes[0].text), t.run.clock.at(l.start), t.run.clock.at(l.last), duration(l.length()), duration(t.rule.For),
		list(why, 3), count(l.count, "evaluation"), count(len(t.result.Alerts), "different alert"), duration(t.oldest()), t.run.clock.at(t.instantFrom(l.start.Add(t.rule.For))))
	f.Evidence["template"] = true
	return []Finding{f}
}

// churnBySeries is about a condition that held as one series after another.
func (t *trace) churnBySeries(a *held) []Finding {
	changed := changing(a.sets)
	f := t.churn(a, changed)
	f.Text = fmt.Sprintf("%s never fired though %s held for some series without a gap from %s to %s (%s, for: %s): as %s changes, that was %s, none older than %s; taken together it would have fired at %s.",
		t.name(), short(t.nodes[0].text), t.run.clock.at(a.start), t.run.clock.at(a.last), duration(a.length()), duration(t.rule.For),
		list(changed, 3), count(a.seen, "different alert"), duration(t.oldest()), t.run.clock.at(t.instantFrom(a.start.Add(t.rule.For))))
	return []Finding{f}
}

func (t *trace) churn(l *held, changed []string) Finding {
	f := t.nodes[0].finding()
	f.Evidence["labels"], f.Evidence["alerts"], f.Evidence["evaluations"] = changed, len(t.result.Alerts), l.count
	f.Evidence["start"], f.Evidence["end"], f.Evidence["held"], f.Evidence["for"] = l.start, l.last, l.length(), t.rule.For
	if at := t.instantFrom(l.start.Add(t.rule.For)); !at.IsZero() {
		f.Evidence["due"] = at
	}
	f.Evidence["oldest"] = t.oldest()
	return f
}

// oldest is the longest time that an alert of the rule was pending.
func (t *trace) oldest() time.Duration {
	var most time.Duration
	for _, a := range t.result.Alerts {
		for _, iv := range a.Intervals {
			most = max(most, iv.End.Sub(iv.Start))
		}
	}
	return most
}

func (t *trace) alertLabels() []labels.Labels {
	var out []labels.Labels
	for _, a := range t.result.Alerts {
		out = append(out, a.Labels)
	}
	return out
}

// changing lists the labels that are not the same in all sets.
func changing(sets []labels.Labels) []string {
	var out []string
	for _, a := range sets {
		a.Range(func(l labels.Label) {
			if !slices.Contains(out, l.Name) && slices.ContainsFunc(sets, func(b labels.Labels) bool { return b.Get(l.Name) != l.Value }) {
				out = append(out, l.Name)
			}
		})
	}
	slices.Sort(out)
	return out
}

// notHeld: the condition held, never as long as for.
func notHeld(t *trace) []Finding {
	if t.rule.For <= 0 || t.given == 0 {
		return nil
	}
	runs, l := t.longest()
	if open, ok := t.overdue(); ok {
		return []Finding{open}
	}
	if l == nil {
		return nil
	}
	b := l.broken
	if b == nil {
		b = &broken{at: l.last.Add(t.step()), reason: recovered}
	}
	f := t.nodes[0].finding()
	f.Evidence["for"], f.Evidence["longest"], f.Evidence["runs"], f.Evidence["reason"] = t.rule.For, l.length(), runs, b.reason
	f.Evidence["start"], f.Evidence["end"], f.Evidence["labels"], f.Evidence["true"] = l.start, b.at, l.labels, t.given
	f.Evidence["value"] = l.value
	f.Text = fmt.Sprintf("%s never fired: it was true at %s", t.name(), ofAll(t.given, t.evals))
	if runs > 1 {
		of := ""
		if n := len(t.result.Alerts); n > 1 {
			of = fmt.Sprintf(" of %s", count(n, "alert"))
		}
		f.Text += fmt.Sprintf(", in %d runs%s, the longest", runs, of)
	}
	when := fmt.Sprintf(" from %s to %s", t.run.clock.at(l.start), t.run.clock.at(l.last))
	if l.start.Equal(l.last) {
		when = fmt.Sprintf(" at %s alone", t.run.clock.at(l.start))
	}
	f.Text += fmt.Sprintf("%s%s (%s, for: %s)", when, t.on(l.labels), duration(l.length()), duration(t.rule.For))
	f.Text += t.brokenBy(&f, b) + "."
	return []Finding{f}
}

// brokenBy says what ended a run.
func (t *trace) brokenBy(f *Finding, b *broken) string {
	switch b.reason {
	case seriesEnded:
		f.Evidence["series"] = b.series
		text := fmt.Sprintf("; it ended because %s was gone (%s)", series(b.series), seriesEnded)
		if !b.when.IsZero() {
			f.Evidence["series_ended"] = b.when
			text = fmt.Sprintf("; it ended because %s ended at %s (%s), and not because it recovered", series(b.series), t.run.clock.at(b.when), seriesEnded)
		}
		return text
	case missingScrape:
		if b.late > 0 {
			f.Evidence["series"], f.Evidence["interval"], f.Evidence["sample"] = b.series, b.late, b.when
			return fmt.Sprintf("; it ended because the sample of %s was too old by then, as %s is scraped every %s (%s)",
				t.run.clock.at(b.when), b.series.Get("instance"), duration(b.late), missingScrape)
		}
		f.Evidence["series"], f.Evidence["missing"] = b.series, b.when
		return fmt.Sprintf("; it ended because a scrape of %s was missing at %s (%s)", b.series.Get("instance"), t.run.clock.at(b.when), missingScrape)
	}
	if b.node == nil {
		return fmt.Sprintf("; at %s it was no longer true", t.run.clock.at(b.at))
	}
	f.Evidence["recovered_to"] = b.value
	return fmt.Sprintf("; at %s it recovered (%s)", t.run.clock.at(b.at), number(b.value))
}

// overdue is about an alert that was pending long enough and could not be
// evaluated when it was due.
func (t *trace) overdue() (Finding, bool) {
	if t.failures.count == 0 {
		return Finding{}, false
	}
	for _, a := range t.result.Alerts {
		iv := a.Intervals[len(a.Intervals)-1]
		if iv.State != replay.Pending || iv.End.Sub(iv.Start) < t.rule.For || t.failures.last.Before(iv.Start) {
			continue
		}
		f := t.nodes[0].finding()
		f.Evidence["for"], f.Evidence["start"], f.Evidence["reason"], f.Evidence["labels"] = t.rule.For, iv.Start, failedToRun, a.Labels
		f.Text = fmt.Sprintf("%s was pending from %s on and due at %s, but its evaluations failed from %s on (%s).",
			t.name(), t.run.clock.at(iv.Start), t.run.clock.at(iv.Start.Add(t.rule.For)), t.run.clock.at(t.failures.first), failedToRun)
		return f, true
	}
	return Finding{}, false
}

// about names a label set in a few words.
func (t *trace) about(ls labels.Labels) string {
	if in := ls.Get("instance"); in != "" {
		return in
	}
	b := labels.NewBuilder(nameless(ls)).Del(labels.AlertName)
	t.rule.Labels.Range(func(l labels.Label) { b.Del(l.Name) })
	return series(b.Labels())
}
