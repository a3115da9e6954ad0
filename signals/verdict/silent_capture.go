package verdict

import (
	"fmt"
	"time"

	"github.com/scrapebook/scrapebook/signals/replay"
)

// captureTooShort: for, a range or an offset reaches beyond the capture. That
// says nothing of the rule.
func captureTooShort(t *trace) []Finding {
	var out []Finding
	for _, y := range t.tallies(causeAbsent) {
		if y.absence.before == 0 {
			continue
		}
		back, offset := y.node.window(t.run.lookback())
		f := y.node.finding()
		f.Evidence["offset"], f.Evidence["evaluations"], f.Evidence["reach"] = offset, y.absence.before, back
		missing := offset - t.last.Sub(t.run.res.Start)
		f.Text = fmt.Sprintf("%s could not be judged at %s: offset %s looks before the capture begins (%s)",
			t.name(), ofAll(y.absence.before, t.evals), duration(offset), t.run.clock.at(t.run.res.Start))
		if missing > 0 {
			f.Evidence["missing"] = missing
			f.Text += fmt.Sprintf(", which would have to be %s longer", duration(missing))
		}
		f.Text += "; that is no verdict on the rule."
		f.minor = 2*y.absence.before < t.evals-t.given
		out = append(out, f)
	}
	for _, y := range t.tallies(causeFew) {
		if y.early == 0 {
			continue
		}
		f := y.node.finding()
		f.Evidence["evaluations"], f.Evidence["samples"] = y.early, y.samples
		f.Text = fmt.Sprintf("%s had no value at %s as the capture had just begun (%s): %s held %s, fewer than its function needs.",
			t.name(), ofAll(y.early, t.evals), t.run.clock.at(t.run.res.Start), rangeOf(y.node).text, count(y.samples, "sample"))
		if 2*y.early >= t.evals-t.given { // else any rule with a range begins like that
			out = append(out, f)
		}
	}
	if f, ok := t.pendingAtEnd(); ok {
		out = append(out, f)
	}
	return out
}

// pendingAtEnd is about an alert that was pending when the capture ended.
func (t *trace) pendingAtEnd() (Finding, bool) {
	var best *replay.Alert
	var since time.Time
	for i := range t.result.Alerts {
		a := &t.result.Alerts[i]
		iv := a.Intervals[len(a.Intervals)-1]
		if iv.Open && iv.State == replay.Pending && (best == nil || iv.Start.Before(since)) {
			best, since = a, iv.Start
		}
	}
	if best == nil || t.failures.count > 0 && t.failures.last.Equal(t.last) {
		return Finding{}, false
	}
	missing := t.rule.For - t.last.Sub(since)
	if missing <= 0 {
		return Finding{}, false
	}
	f := Finding{Evidence: Evidence{"for": t.rule.For, "since": since, "missing": missing, "labels": best.Labels, "value": best.Peak}}
	f.Text = fmt.Sprintf("%s is pending at the end of the capture, since %s on %s: for: %s needs %s more than there is; that is no verdict on the rule.",
		t.name(), t.run.clock.at(since), t.about(best.Labels), duration(t.rule.For), duration(missing))
	// One that was true over and over again is judged by that.
	_, broken := t.longest()
	h := &t.holding
	f.minor = broken != nil && broken.length() >= t.last.Sub(since) || h.all.length() >= t.rule.For || h.longest != nil && h.longest.length() >= t.rule.For
	return f, true
}
