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
		if y.near != nil {
			f.Evidence["difference"], f.Evidence["at"], f.Evidence["labels"] = y.near.Value, y.nearAt, y.near.Labels
			f.Text += fmt.Sprintf("; the sides were %s apart at the closest (%s)", number(absolute(y.near.Value)), t.whenOn(y.nearAt, y.near.Labels))
		}
		out = append(out, t.often(f, y))
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
		f.Evidence["evaluations"] = y.count
		f.Text = fmt.Sprintf("%s was quiet: %s() gives something only when %s has no series, and it had",
			t.name(), y.node.expr.(*parser.Call).Func.Name, short(y.node.kids[0].text))
		out = append(out, t.often(f, y))
	}
	return out
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
