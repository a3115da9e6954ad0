package verdict

import (
	"fmt"
	"math"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/replay"
)

// windowsOf are the selectors of a rule that look back over a range or by an
// offset, and whose samples make its value.
func (t *trace) windowsOf() []*node {
	var list []*node
	for _, n := range t.nodes {
		vs := n.selector()
		if unitOf(n) == nil || vs.Timestamp != nil || vs.StartOrEnd != 0 || n.inSubquery() || n.guards() {
			continue
		}
		if _, ok := n.expr.(*parser.MatrixSelector); ok || vs.OriginalOffset > 0 {
			list = append(list, n)
		}
	}
	return list
}

// inSubquery tells whether a node is evaluated at other instants than the rule.
func (n *node) inSubquery() bool {
	for p := n.parent; p != nil; p = p.parent {
		if _, ok := p.expr.(*parser.SubqueryExpr); ok {
			return true
		}
	}
	return false
}

// guards tells whether a node only lets the left side of `and` through.
func (n *node) guards() bool {
	for p := n.parent; p != nil; n, p = p, p.parent {
		if isSet(p, parser.LAND) && n == p.kids[1] {
			return true
		}
	}
	return false
}

// behind are the lives of the series of a selector that an alert may be made
// of; ok is false when there may be others, of which nothing was gathered.
func (t *trace) behind(n *node, ls labels.Labels) (list []*life, ok bool) {
	sel := t.run.series.of(n.selector())
	for _, l := range sel.lives {
		if l.samples > 0 && consistent(ls, l.labels) {
			list = append(list, l)
		}
	}
	return list, sel.more == 0 && len(list) > 0
}

// past: it fired on samples of series that had ended.
func past(t *trace) []Finding {
	if t.rule.Record != "" {
		return nil
	}
	var out []Finding
	for _, n := range t.windowsOf() {
		if f, ok := t.pastOf(n); ok {
			out = append(out, f)
		}
	}
	return out
}

// A lateFiring is an alert that fired although all series behind it had ended.
type lateFiring struct {
	on     *replay.Alert
	of     replay.Interval
	gone   *life         // the series that ended last
	past   time.Duration // how long it fired after that
	alerts int           // how many alerts did so
}

// lateFiringOf is the one that fired longest of those behind a window; nil when
// there is none.
func (t *trace) lateFiringOf(n *node) *lateFiring {
	g := &lateFiring{}
	for _, a := range t.firedAlerts() {
		ended := int64(math.MinInt64)
		var last *life
		lives, ok := t.behind(n, a.Labels)
		for _, l := range lives {
			if !l.ended {
				ok = false
			} else if l.seen > ended {
				ended, last = l.seen, l
			}
		}
		if !ok {
			continue
		}
		counted := false
		for _, iv := range firingOf(a) {
			since := t.instantFrom(latest(iv.Start, msTime(ended)))
			if since.IsZero() || since.After(t.lastOf(iv)) {
				continue
			}
			if counted = true; g.gone == nil || iv.End.Sub(since) > g.past {
				g.on, g.of, g.gone, g.past = a, iv, last, iv.End.Sub(since)
			}
		}
		if counted {
			g.alerts++
		}
	}
	if g.gone == nil {
		return nil
	}
	return g
}

func (t *trace) pastOf(n *node) (Finding, bool) {
	g := t.lateFiringOf(n)
	if g == nil || g.past == 0 {
		return Finding{}, false
	}
	f := n.finding()
	back, offset := n.window(t.run.lookback())
	ended, last := msTime(g.gone.seen), msTime(g.gone.last)
	f.Evidence["labels"], f.Evidence["series"], f.Evidence["last_sample"], f.Evidence["ended"] = g.on.Labels, g.gone.labels, last, ended
	f.Evidence["start"], f.Evidence["end"], f.Evidence["past"], f.Evidence["alerts"] = g.of.Start, g.of.End, g.past, g.alerts
	looks := fmt.Sprintf("the window [%s] looking back", duration(back))
	if _, ok := n.expr.(*parser.MatrixSelector); !ok {
		looks = fmt.Sprintf("the offset %s looking back", duration(offset))
	}
	until := "until " + t.run.clock.at(g.of.End)
	if g.of.Open {
		until = "to the end"
	}
	f.Text = fmt.Sprintf("%s fired from %s %s%s, but of %s there is no sample after %s: the last %s of it are %s at a series that is gone",
		t.name(), t.run.clock.at(g.of.Start), until, t.on(g.on.Labels), series(boundless(g.gone.labels)), t.run.clock.at(last), duration(g.past), looks)
	if g.alerts > 1 {
		f.Text += fmt.Sprintf(" (so it is with %d alerts)", g.alerts)
	}
	f.Text += "."
	f.minor = 4*g.past < g.of.End.Sub(g.of.Start)
	return f, true
}

// boundless is a series without the bucket that it counts.
func boundless(ls labels.Labels) labels.Labels {
	return labels.NewBuilder(ls).Del(labels.BucketLabel).Labels()
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// lastOf is the last instant of an interval.
func (t *trace) lastOf(iv replay.Interval) time.Time {
	if iv.Open {
		return iv.End
	}
	return iv.End.Add(-t.step())
}

// young: it fired on series that are younger than the window.
func young(t *trace) []Finding {
	if t.rule.Record != "" {
		return nil
	}
	var out []Finding
	for _, n := range t.windowsOf() {
		if _, ok := n.expr.(*parser.MatrixSelector); ok {
			if f, ok := t.youngOf(n); ok {
				out = append(out, f)
			}
		}
	}
	return out
}

func (t *trace) youngOf(n *node) (Finding, bool) {
	back, offset := n.window(t.run.lookback())
	for _, a := range t.firedAlerts() {
		first := int64(math.MaxInt64)
		var eldest *life
		lives, ok := t.behind(n, a.Labels)
		for _, l := range lives {
			if l.first < first {
				first, eldest = l.first, l
			}
		}
		if !ok || !t.born(eldest) {
			continue
		}
		iv := firingOf(a)[0]
		full := msTime(first).Add(back + offset)
		if !iv.Start.Before(full) {
			continue
		}
		f := n.finding()
		age := iv.Start.Add(-offset).Sub(msTime(first))
		f.Evidence["labels"], f.Evidence["series"], f.Evidence["first_sample"], f.Evidence["value"] = a.Labels, eldest.labels, msTime(first), eldest.firstValue
		f.Evidence["range"], f.Evidence["age"], f.Evidence["start"] = back, age, iv.Start
		f.Text = fmt.Sprintf("%s began to fire at %s%s, when %s was %s old, which [%s] is longer than: it was first seen at %s, with %s",
			t.name(), t.run.clock.at(iv.Start), t.on(a.Labels), series(boundless(eldest.labels)), duration(age), duration(back), t.run.clock.at(msTime(first)), number(eldest.firstValue))
		last := firingOf(a)[len(firingOf(a))-1]
		switch {
		case last.Open && !last.End.After(full):
			f.Text += "; the capture ends before the window was full"
		case !last.End.After(full):
			f.Text += "; it no longer fired once the window was full"
		default:
			f.minor = 2*full.Sub(iv.Start) < last.End.Sub(iv.Start)
		}
		f.Text += "."
		return f, true
	}
	return Finding{}, false
}

// born tells whether a series began while its target was watched, so that one
// knows how old it is.
func (t *trace) born(l *life) bool {
	if l.first <= t.run.opts.Capture.Start {
		return false
	}
	target := t.run.scrapes.target(l.labels.Get("job"), l.labels.Get("instance"))
	if target == nil {
		return l.first > t.run.opts.Capture.Start+t.run.opts.Capture.Interval.Milliseconds()
	}
	if target.First > t.run.opts.Capture.Start+2*t.run.opts.Capture.Interval.Milliseconds() {
		return true // so did the target
	}
	return l.first > target.First
}

// flapping: an alert fired again and again.
func flapping(t *trace) []Finding {
	const often = 3
	var most *replay.Alert
	total := 0
	for _, a := range t.firedAlerts() {
		n := len(firingOf(a))
		if n >= often {
			total++
		}
		if n >= often && (most == nil || n > len(firingOf(most))) {
			most = a
		}
	}
	if most == nil {
		return nil
	}
	ivs := firingOf(most)
	var longest, gap time.Duration
	for i, iv := range ivs {
		longest = max(longest, iv.End.Sub(iv.Start))
		if i > 0 {
			gap = max(gap, iv.Start.Sub(ivs[i-1].End))
		}
	}
	f := Finding{Evidence: Evidence{"labels": most.Labels, "times": len(ivs), "start": ivs[0].Start, "end": ivs[len(ivs)-1].End, "longest": longest, "gap": gap, "alerts": total}}
	until := t.run.clock.at(ivs[len(ivs)-1].End)
	f.Text = fmt.Sprintf("%s fired %d times between %s and %s%s, for %s at most", t.name(), len(ivs), t.run.clock.at(ivs[0].Start), until, t.on(most.Labels), duration(longest))
	if total > 1 {
		f.Text += fmt.Sprintf("; %d alerts did so", total)
	}
	f.Text += fmt.Sprintf("; between them it did not for %s at most", duration(gap))
	f.Text += "."
	return []Finding{f}
}
