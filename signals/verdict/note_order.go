package verdict

import (
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/replay"
)

// order: the rule reads what a later rule writes, and so sees it as it was an
// evaluation before.
func order(t *trace) []Finding {
	var out []Finding
	for _, n := range t.nodes {
		vs, ok := n.expr.(*parser.VectorSelector)
		if !ok || vs.OriginalOffset > 0 || vs.Timestamp != nil {
			continue
		}
		own := t.run.index(t)
		var first *trace
		writers := 0
		for _, w := range t.run.names[metricName(vs)] {
			if w != t && t.run.index(w) > own && w.writes(vs.LabelMatchers) && (w.wrote() != "" || w.named(vs.LabelMatchers)) {
				if writers++; first == nil {
					first = w
				}
			}
		}
		if first != nil {
			out = append(out, t.before(n, first, writers))
		}
	}
	return out
}

// index is a rule's number.
func (r *run) index(t *trace) int {
	for i, x := range r.traces {
		if x == t {
			return i
		}
	}
	return -1
}

// writes tells whether what a rule writes may pass matchers. Labels that come
// of its expression or of templates may be anything.
func (t *trace) writes(ms []*labels.Matcher) bool {
	for _, m := range ms {
		switch {
		case m.Name == model.MetricNameLabel:
		case m.Name == labels.AlertName && t.rule.Alert != "":
			if !m.Matches(t.rule.Alert) {
				return false
			}
		default:
			if v := t.rule.Labels.Get(m.Name); v != "" && !strings.Contains(v, "{{") && !m.Matches(v) {
				return false
			}
		}
	}
	return true
}

// named tells whether matchers ask for what this rule alone writes: a record,
// or an alert by its name.
func (t *trace) named(ms []*labels.Matcher) bool {
	return t.rule.Record != "" || asksFor(ms, labels.AlertName, t.rule.Alert)
}

// before says that a rule reads what another writes after it.
func (t *trace) before(n *node, w *trace, writers int) Finding {
	f := n.finding()
	f.Evidence["rule"], f.Evidence["group"], f.Evidence["writers"] = w.name(), w.group.Name, writers
	where := "after it in the group"
	if w.group != t.group {
		where = "in the later group " + w.group.Name
	}
	who := fmt.Sprintf("the rule that records it is evaluated %s", where)
	switch {
	case writers > 1 && w.rule.Alert != "":
		who = fmt.Sprintf("%s and %s more, which may write it, are evaluated later, the first %s", w.name(), count(writers-1, "rule"), where)
	case writers > 1:
		who = fmt.Sprintf("%s that record it are evaluated later, the first %s", count(writers, "rule"), where)
	case w.rule.Alert != "":
		who = fmt.Sprintf("%s, which writes it, is evaluated %s", w.name(), where)
	}
	f.Text = fmt.Sprintf("%s reads %s, but %s: what it sees is what stood there one evaluation before", t.name(), short(n.text), who)
	if at, seen, ok := t.unseen(w); ok {
		f.Evidence["fired_at"], f.Evidence["written_at"] = at, seen
		f.Text += fmt.Sprintf("; it fired at %s, and %s began at %s, too late for it to see", t.run.clock.at(at), w.name(), t.run.clock.at(seen))
	}
	f.Text += "."
	return f
}

// unseen is an evaluation at which a rule fired and at which what it looks for
// began, too late for it to see.
func (t *trace) unseen(w *trace) (at, seen time.Time, ok bool) {
	began := map[int64]bool{}
	if w.result != nil {
		for i := range w.result.Alerts {
			for _, iv := range w.result.Alerts[i].Intervals {
				if iv.State == replay.Pending || w.rule.For == 0 {
					began[iv.Start.UnixMilli()] = true
				}
			}
		}
	}
	if w.rule.Record != "" && !w.firing.first.IsZero() {
		began[w.firing.first.UnixMilli()] = true
	}
	if t.rule.Alert == "" {
		return at, seen, false
	}
	for _, a := range t.firedAlerts() {
		for _, iv := range firingOf(a) {
			if began[iv.Start.UnixMilli()] {
				return iv.Start, iv.Start, true
			}
		}
	}
	return at, seen, false
}
