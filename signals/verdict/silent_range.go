package verdict

import (
	"fmt"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// rangeTooShort: a range holds fewer samples than its function needs, since it
// is shorter than so many scrapes are apart.
func rangeTooShort(t *trace) []Finding {
	var out []Finding
	for _, y := range t.tallies(causeFew) {
		if y.short == 0 && y.missed == 0 {
			continue
		}
		call := y.node.expr.(*parser.Call)
		f := y.node.finding()
		m := rangeOf(y.node)
		rng, need := m.expr.(*parser.MatrixSelector).Range, needs(call.Func.Name)
		f.Evidence["function"], f.Evidence["range"], f.Evidence["interval"], f.Evidence["needed"] = call.Func.Name, rng, y.every, y.need
		f.Evidence["samples"], f.Evidence["needs"], f.Evidence["evaluations"], f.Evidence["labels"] = y.samples, need, y.short, y.left.Labels
		if y.short == 0 {
			out = append(out, t.scrapeMissing(y, f))
			continue
		}
		where := ""
		if in := y.left.Labels.Get("instance"); in != "" {
			where = " of " + in
		}
		f.Text = fmt.Sprintf("%s had no value at %s: %s needs %s, and [%s] held %d, as scrapes%s are %s apart; [%s] would do.",
			t.name(), ofAll(y.short, t.evals), call.Func.Name, count(need, "sample"), duration(rng), y.samples, where, duration(y.every), duration(y.need))
		f.minor = 2*y.short < t.evals-t.given
		out = append(out, f)
	}
	return out
}

// scrapeMissing is about a range that is wide enough as long as no scrape is
// missing.
func (t *trace) scrapeMissing(y *tally, f Finding) Finding {
	f.Evidence["missing"], f.Evidence["evaluations"] = y.missing, y.missed
	f.Text = fmt.Sprintf("%s had no value at %s as scrapes of %s were missing (first %s), which left %s in [%s]; [%s] would bear one.",
		t.name(), ofAll(y.missed, t.evals), y.left.Labels.Get("instance"), t.run.clock.at(y.missing), count(y.samples, "sample"), duration(f.Evidence["range"].(time.Duration)), duration(y.need))
	f.minor = 2*y.missed < t.evals-t.given
	return f
}

// rangeOf is the argument of a function that is a range.
func rangeOf(n *node) *node {
	for _, k := range n.kids {
		if k.expr.Type() == parser.ValueTypeMatrix {
			return k
		}
	}
	return nil
}
