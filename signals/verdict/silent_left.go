package verdict

import (
	"fmt"

	"github.com/prometheus/prometheus/promql/parser"
)

// leftKinds say of a silent rule, of which nothing more telling holds, what its
// expression came to nothing on.
var leftKinds = []kind{
	{RangeTooShort, leftFew},
	{SilencedByAbsence, leftAbsent},
	{Quiet, leftOther},
}

// leftFew is about windows with too few samples of series that had just begun,
// or were never there for longer.
func leftFew(t *trace) []Finding {
	var out []Finding
	for _, y := range t.tallies(causeFew) {
		call := y.node.expr.(*parser.Call).Func.Name
		f := y.node.finding()
		f.Evidence["evaluations"], f.Evidence["samples"], f.Evidence["needs"], f.Evidence["function"] = y.count, y.samples, needs(call), call
		f.Text = fmt.Sprintf("%s had no value at %s: %s needs %s, and %s held %d, as its series were not there for longer.",
			t.name(), ofAll(y.count, t.evals), call, count(needs(call), "sample"), short(rangeOf(y.node).text), y.samples)
		out = append(out, f)
	}
	return out
}

// leftAbsent is about series that were not there at any evaluation that could
// have made use of them.
func leftAbsent(t *trace) []Finding {
	var out []Finding
	for _, y := range t.tallies(causeAbsent) {
		a := &y.absence
		f := y.node.finding()
		f.Evidence["evaluations"], f.Evidence["ended"], f.Evidence["not_begun"] = y.count, a.gone, a.begun
		f.Text = fmt.Sprintf("%s saw nothing of %s at %s (%s to %s)", t.name(), short(y.node.text), ofAll(y.count, t.evals), t.run.clock.at(y.first), t.run.clock.at(y.last))
		switch {
		case a.gone == y.count:
			f.Evidence["lost"], f.Evidence["lost_at"] = a.lost, msTime(a.lostAt)
			f.Text += fmt.Sprintf(": its last series, %s, ended at %s", series(a.lost), t.run.clock.at(msTime(a.lostAt)))
		case a.ahead == y.count:
			f.Evidence["ahead"] = a.aheadBy
			f.Text += fmt.Sprintf(": it looks %s ahead of the evaluation (the last time), where no sample is yet", duration(a.aheadBy))
		case a.begun == y.count:
			f.Text += ": its series had not begun"
		}
		f.Text += "."
		out = append(out, f)
	}
	return out
}

// leftOther is about functions that gave nothing for what they were given.
func leftOther(t *trace) []Finding {
	var out []Finding
	for _, c := range []cause{causeNoLe, causeOther} {
		for _, y := range t.tallies(c) {
			f := y.node.finding()
			f.Evidence["evaluations"] = y.count
			f.Text = fmt.Sprintf("%s was quiet: %s gave nothing for the series that it was given", t.name(), short(y.node.text))
			if c == causeNoLe {
				f.Evidence["labels"] = y.left.Labels
				f.Text += fmt.Sprintf(", of which none is a bucket with an le (such as %s)", series(y.left.Labels))
			}
			out = append(out, t.often(f, y))
		}
	}
	return out
}
