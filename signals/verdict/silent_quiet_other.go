package verdict

import (
	"fmt"

	"github.com/prometheus/prometheus/promql/parser"
)

// quietOther is quiet of expressions that no comparison with a constant
// decided.
func quietOther(t *trace) []Finding {
	if t.given > 0 {
		return nil
	}
	var out []Finding
	for _, y := range t.tallies(causePairs) {
		f := y.node.finding()
		f.Evidence["evaluations"], f.Evidence["left"], f.Evidence["right"] = y.count, y.left.Labels, y.right.Labels
		what := short(y.node.text)
		if y.node == t.nodes[0].inner() && len(what) > 50 {
			what = "its comparison"
		}
		f.Text = fmt.Sprintf("%s was quiet: %s was true of no pair", t.name(), what)
		if y.closest != nil {
			f.Evidence["difference"], f.Evidence["at"], f.Evidence["labels"] = y.closest.Value, y.closestAt, y.closest.Labels
			f.Text += fmt.Sprintf("; the sides were %s apart at the closest (%s)", number(absolute(y.closest.Value)), t.whenOn(y.closestAt, y.closest.Labels))
		}
		out = append(out, t.often(f, y))
	}
	for _, y := range t.tallies(causeApart) {
		out = append(out, t.quietApart(y))
	}
	for _, y := range t.tallies(causeMasked) {
		f := y.node.finding()
		f.Evidence["evaluations"], f.Evidence["left"], f.Evidence["right"] = y.count, y.left.Labels, y.right.Labels
		f.Text = fmt.Sprintf("%s was quiet: %s gave %s, and unless took all of it away, as %s gave series with the same labels",
			t.name(), short(y.node.kids[0].text), count(y.lefts, "series"), short(y.node.kids[1].text))
		out = append(out, t.often(f, y))
	}
	for _, y := range t.tallies(causePresent) {
		f := y.node.finding()
		f.Evidence["evaluations"], f.Evidence["present"] = y.count, y.node.kids[0].text
		f.Text = fmt.Sprintf("%s was quiet: %s() gives something only when %s has no series, and it had",
			t.name(), y.node.expr.(*parser.Call).Func.Name, short(y.node.kids[0].text))
		out = append(out, t.often(f, y))
	}
	return out
}

// quietApart is about an operator whose sides gave something for series that do
// not pair, as comparisons in them took away those that would have.
func (t *trace) quietApart(y *tally) Finding {
	l, r := y.node.kids[0], y.node.kids[1]
	f := y.node.finding()
	f.Evidence["evaluations"], f.Evidence["left"], f.Evidence["right"] = y.count, y.left.Labels, y.right.Labels
	f.Text = fmt.Sprintf("%s was quiet: both sides of `%s` gave something at %s, but never for series that pair", t.name(), y.node.expr.(*parser.BinaryExpr).Op, ofAll(y.count, t.evals))
	if y.filter == nil || y.closest == nil {
		f.Text += fmt.Sprintf(": the left for %s when the right did for %s (%s).", series(nameless(y.left.Labels)), series(nameless(y.right.Labels)), t.run.clock.at(y.first))
		return f
	}
	other, operand := l, y.filter.kids[0]
	if y.filter == l.inner() {
		other = r
	}
	if operand.isScalar() {
		operand = y.filter.kids[1]
	}
	f.Evidence["value"], f.Evidence["threshold"] = y.closest.Value, fmt.Sprintf("%s %s", y.threshold.Op, exact(y.threshold.Value))
	f.Evidence["at"], f.Evidence["labels"] = y.closestAt, y.closest.Labels
	f.Text += fmt.Sprintf(": where %s held, %s was %s (%s), and %s %s is asked for.", short(other.text), short(operand.text), reached(y.threshold, y.closest.Value),
		t.whenOn(y.closestAt, y.closest.Labels), y.threshold.Op, number(y.threshold.Value))
	return f
}

// often ends a sentence with how often something was so.
func (t *trace) often(f Finding, y *tally) Finding {
	f.Text += fmt.Sprintf(", at %s", ofAll(y.count, t.evals)) + t.beside(&f, y) + "."
	return f
}

func absolute(v float64) float64 {
	if v < 0 {
		return -v
	}
	return v
}
