package verdict

import (
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/replay"
)

// captureTooShort: for, a range or an offset reaches beyond the capture. That
// says nothing of the rule.
func captureTooShort(t *trace) []Finding {
	var out []Finding
	pending, isPending := t.pendingAtEnd()
	if isPending {
		out = append(out, pending)
	}
	for _, y := range t.tallies(causeAbsent) {
		if y.absence.before > 0 {
			out = append(out, t.lookedBefore(y))
		}
	}
	for _, y := range t.tallies(causeFew) {
		if y.early == 0 || t.given > 0 || 2*y.early < t.evals {
			continue // any rule with a range begins like that
		}
		f := y.node.finding()
		f.Evidence["evaluations"], f.Evidence["samples"] = y.early, y.samples
		f.Text = fmt.Sprintf("%s had no value at %s as the capture had just begun (%s): %s held %s, fewer than its function needs.",
			t.name(), ofAll(y.early, t.evals), t.run.clock.at(t.run.res.Start), rangeOf(y.node).text, count(y.samples, "sample"))
		out = append(out, f)
	}
	out = append(out, t.neverFull()...)
	if f, ok := t.forTooLong(); ok && !isPending && t.result.Verdict != replay.VerdictNoData {
		out = append(out, f)
	}
	return out
}

// lookedBefore is about a selector that looks to before the capture.
func (t *trace) lookedBefore(y *tally) Finding {
	back, offset := y.node.window(t.run.lookback())
	f := y.node.finding()
	f.Evidence["offset"], f.Evidence["evaluations"], f.Evidence["reach"] = offset, y.absence.before, back
	var by []string
	at, fixed := y.node.fixed()
	if fixed {
		f.Evidence["at"] = msTime(at)
		by = append(by, "@ "+t.run.clock.at(msTime(at)))
		if clock := newClock(msTime(at), t.run.res.Start); clock.day {
			by[0] = "@ " + clock.at(msTime(at))
		}
	}
	if offset != 0 {
		by = append(by, "offset "+duration(offset))
	}
	if o := t.group.QueryOffset; o > 0 && !fixed {
		f.Evidence["query_offset"] = o
		by = append(by, "query_offset "+duration(o))
	}
	verb := "looks"
	if len(by) > 1 {
		verb = "look"
	}
	f.Text = fmt.Sprintf("%s could not be judged at %s: %s %s before the capture begins (%s)",
		t.name(), ofAll(y.absence.before, t.evals), list(by, 3), verb, t.run.clock.at(t.run.res.Start))
	missing := time.Duration(t.run.opts.Capture.Start-t.looksAt(y.node, t.last)) * time.Millisecond
	if missing > 0 {
		f.Evidence["missing"] = missing
		f.Text += fmt.Sprintf(", which would have to begin %s earlier", duration(missing))
	}
	f.Text += "; that is no verdict on the rule."
	f.minor = 2*y.absence.before < t.evals-t.given
	return f
}

// ofWhole are the functions whose value over a part of a range is none over all
// of it: what they count may lie before, and what they draw needs its length.
var ofWhole = []string{"increase", "delta", "changes", "resets", "sum_over_time", "count_over_time", "predict_linear", "deriv"}

// neverFull is about a range that reached to before the capture at each
// evaluation, so that what it saw was a part of what it asks for.
func (t *trace) neverFull() []Finding {
	var out []Finding
	if t.given > 0 {
		return nil
	}
	for _, n := range t.nodes {
		call, ok := n.expr.(*parser.Call)
		m := rangeOf(n)
		if !ok || m == nil || n.inSubquery() || !slices.Contains(ofWhole, call.Func.Name) || t.causes[causeKey{n.id, causeFew}] != nil && t.causes[causeKey{n.id, causeFew}].early == t.evals {
			continue
		}
		if sel := m.selector(); sel != nil && !t.run.series.of(sel).any() {
			continue
		}
		back, _ := m.window(0)
		missing := time.Duration(t.run.opts.Capture.Start-t.looksAt(m, t.last))*time.Millisecond + back
		if 10*missing < back || missing > back {
			continue // nearly whole, or beyond it altogether: lookedBefore tells
		}
		f := m.finding()
		f.Evidence["range"], f.Evidence["missing"], f.Evidence["function"] = back, missing, call.Func.Name
		holds := fmt.Sprintf("the capture holds %s of [%s] at most", duration(back-missing), duration(back))
		if back == missing {
			holds = "the capture is but one instant"
		}
		f.Text = fmt.Sprintf("%s saw a part of %s: %s, so that %s() had less to go by than the rule asks for; that is no verdict on the rule.",
			t.name(), short(m.text), holds, call.Func.Name)
		f.minor = 2*missing < back
		out = append(out, f)
	}
	return out
}

// forTooLong is about a rule that could not fire within the capture, whatever
// its data.
func (t *trace) forTooLong() (Finding, bool) {
	length := t.last.Sub(t.first)
	if t.rule.For <= length {
		return Finding{}, false
	}
	f := Finding{Evidence: Evidence{"for": t.rule.For, "length": length, "missing": t.rule.For - length}, minor: true}
	f.Text = fmt.Sprintf("%s could not have fired, whatever the data: for: %s is longer than the %s from its first evaluation to its last.", t.name(), duration(t.rule.For), duration(length))
	if length == 0 {
		f.Text = fmt.Sprintf("%s could not have fired, whatever the data: for: %s needs more than one evaluation.", t.name(), duration(t.rule.For))
	}
	return f, true
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
	f.Text = fmt.Sprintf("%s had been pending for %s of its %s when the capture ended (since %s%s): for: %s needs %s more; that is no verdict on the rule.",
		t.name(), duration(t.last.Sub(since)), duration(t.rule.For), t.run.clock.at(since), t.on(best.Labels), duration(t.rule.For), duration(missing))
	// One that was true over and over again is judged by that.
	_, broken := t.longest()
	h := &t.holding
	f.minor = broken != nil && broken.length() >= t.last.Sub(since) || h.all.length() >= t.rule.For || h.longest != nil && h.longest.length() >= t.rule.For
	return f, true
}
