package verdict

import (
	"fmt"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// bornLate: a counter was first seen above 0 although its target was scraped
// before, and the step from 0, which increase and rate never saw, would have
// been enough for the rule to fire.
func bornLate(t *trace) []Finding {
	var out []Finding
	for _, y := range t.tallies(causeSafe) {
		call, m := stepSeen(y.operand())
		if call == nil || y.threshold.Op != ">" && y.threshold.Op != ">=" {
			continue
		}
		rng := m.expr.(*parser.MatrixSelector).Range
		for _, l := range t.run.series.of(m.selector()).lives {
			// The function of the step alone is at least this: what it adds by
			// extrapolation and by later steps is not negative.
			least := l.firstValue
			if call.expr.(*parser.Call).Func.Name == "rate" {
				least /= rng.Seconds()
			}
			at := t.instantFrom(msTime(l.first).Add(m.selector().OriginalOffset + t.group.QueryOffset))
			before, scraped := t.run.scrapes.before(l.labels, l.first-1)
			if l.firstValue <= 0 || !passesText(y.threshold.Op, least, y.threshold.Value) || at.IsZero() || !scraped || !t.run.bornLate(l) {
				continue
			}
			// The step stays in the range as long as the 0 before it would.
			due := t.instantFrom(at.Add(t.rule.For))
			if due.IsZero() || due.Add(-m.selector().OriginalOffset-t.group.QueryOffset-rng).UnixMilli() >= before {
				continue
			}
			out = append(out, t.bornLate(y, call, l, due))
			break
		}
	}
	return out
}

func (t *trace) bornLate(y *tally, call *node, l *life, due time.Time) Finding {
	f := call.finding()
	f.Evidence["labels"], f.Evidence["first"], f.Evidence["value"], f.Evidence["last_value"] = l.labels, msTime(l.first), l.firstValue, l.lastValue
	function := call.expr.(*parser.Call).Func.Name
	f.Text = fmt.Sprintf("%s never fired: %s was first seen at %s, with value %s, though its target was scraped before; %s() counts from the first sample on, so it never saw the step",
		t.name(), series(l.labels), t.run.clock.at(msTime(l.first)), number(l.firstValue), function)
	if y.closest != nil {
		f.Text += fmt.Sprintf(" and was %s at most", number(y.closest.Value))
	}
	f.Evidence["due"] = due
	f.Text += fmt.Sprintf("; had it been exposed with 0 before, it would have fired at %s.", t.run.clock.at(due))
	return f
}

// passesText is passes for an operator by its text.
func passesText(op string, v, limit float64) bool {
	return op == ">" && v > limit || op == ">=" && v >= limit
}

// stepSeen finds increase or rate of a selector below an operand, where nothing
// between can make the step smaller: parentheses, sum and max. nil for others.
func stepSeen(n *node) (call, arg *node) {
	for {
		n = n.inner()
		switch e := n.expr.(type) {
		case *parser.AggregateExpr:
			if e.Op != parser.SUM && e.Op != parser.MAX {
				return nil, nil
			}
			n = n.kids[0]
		case *parser.Call:
			if e.Func.Name != "increase" && e.Func.Name != "rate" {
				return nil, nil
			}
			if m := rangeOf(n); m != nil && m.selector() != nil && m.selector().Timestamp == nil && m.selector().StartOrEnd == 0 {
				return n, m
			}
			return nil, nil
		default:
			return nil, nil
		}
	}
}

// bornLate tells whether a series' target had answered a scrape before the
// series was there, and in the same process as far as is known.
func (r *run) bornLate(l *life) bool {
	target := r.scrapes.target(l.labels.Get("job"), l.labels.Get("instance"))
	if target == nil {
		return false
	}
	before, ok := r.scrapes.before(l.labels, l.first-1)
	if !ok || r.scrapes.failedAt(target, before) {
		return false
	}
	for _, restart := range r.res.Capture.Restarts {
		if restart.Job == target.Job && restart.Instance == target.Instance && restart.Seen.UnixMilli() == l.first {
			return false
		}
	}
	return true
}
