package verdict

import (
	"fmt"

	"github.com/prometheus/prometheus/promql/parser"
)

// silencedByAbsence: an operand was there, vanished, and was missing just when
// all the rest would have held.
func silencedByAbsence(t *trace) []Finding {
	var out []Finding
	for _, y := range t.tallies(causeAbsent) {
		a := &y.absence
		held := max(y.held, y.zero)
		if held == 0 || a.gone == 0 && a.begun == 0 {
			continue
		}
		sel := t.run.series.of(y.node.selector())
		if len(sel.lives) == 0 {
			continue // no-series tells
		}
		f := y.node.finding()
		f.Evidence["evaluations"], f.Evidence["first"], f.Evidence["last"], f.Evidence["zero"] = y.count, y.first, y.last, y.zero > 0
		f.Text = fmt.Sprintf("%s was silent at %s (%s to %s) for want of %s", t.name(), ofAll(y.count, t.evals), t.run.clock.at(y.first), t.run.clock.at(y.last), y.node.text)
		if a.gone > 0 {
			f.Evidence["lost"], f.Evidence["lost_at"] = a.lost, msTime(a.lostAt)
			f.Text += fmt.Sprintf(": of its %s the last, %s, ended at %s", count(len(sel.lives)+sel.more, "series"), series(a.lost), t.run.clock.at(msTime(a.lostAt)))
		} else {
			first := sel.lives[0]
			for _, l := range sel.lives {
				if l.first < first.first {
					first = l
				}
			}
			f.Evidence["begins"], f.Evidence["labels"] = msTime(first.first), first.labels
			f.Text += fmt.Sprintf(": its first series, %s, begins at %s", series(first.labels), t.run.clock.at(msTime(first.first)))
		}
		switch {
		case y.held > 0 && y.besideThere:
			f.Evidence["beside"] = Evidence{"expr": y.beside.text, "labels": y.besideSample.Labels, "value": y.besideSample.Value, "at": y.lastHeld}
			f.Text += fmt.Sprintf("; %s was there then (%s)", short(y.beside.text), number(y.besideSample.Value))
		case y.held > 0:
			f.Evidence["beside"] = Evidence{"expr": y.beside.text, "at": y.lastHeld}
			f.Text += fmt.Sprintf("; %s would have let it through", short(y.beside.text))
		}
		if y.zero > 0 {
			f.Text += "; no series is no 0, which would have passed the comparison"
		}
		f.Text += "."
		f.minor = a.gone == 0 && 2*y.count < t.evals-t.given
		out = append(out, f)
	}
	for _, y := range t.tallies(causeSafe) {
		if y.zero > 0 && y.closest != nil {
			out = append(out, t.silencedByFilter(y))
		}
	}
	return out
}

// silencedByFilter is about an aggregation of what passes a comparison: of
// nothing it is nothing, and no 0.
func (t *trace) silencedByFilter(y *tally) Finding {
	agg := y.node.parent
	for agg.parent != nil && !isAggregate(agg) {
		agg = agg.parent
	}
	f := agg.finding()
	f.Evidence["evaluations"], f.Evidence["first"], f.Evidence["last"], f.Evidence["zero"] = y.zero, y.first, y.last, true
	f.Evidence["filter"], f.Evidence["value"], f.Evidence["labels"] = y.node.text, y.closest.Value, y.closest.Labels
	f.Text = fmt.Sprintf("%s was silent at %s (%s to %s) for want of %s: nothing passed %s, and of nothing it gives nothing, not 0, which would have passed the comparison.",
		t.name(), ofAll(y.zero, t.evals), t.run.clock.at(y.first), t.run.clock.at(y.last), short(agg.text), short(y.node.text))
	return f
}

// silenced tells whether an aggregation gave nothing just when 0 would have
// passed its comparison.
func (t *trace) silenced() bool {
	for _, c := range []cause{causeSafe, causeAbsent} {
		for _, y := range t.tallies(c) {
			if y.zero > 0 && (c == causeSafe || y.absence.gone > 0) {
				return true
			}
		}
	}
	return false
}

func isAggregate(n *node) bool {
	_, ok := n.expr.(*parser.AggregateExpr)
	return ok
}
