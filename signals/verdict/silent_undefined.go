package verdict

import (
	"fmt"

	"github.com/prometheus/prometheus/promql/parser"
)

// undefined: the compared value was NaN, mostly.
func undefined(t *trace) []Finding {
	var out []Finding
	for _, y := range t.tallies(causeSafe) {
		if y.nanLimit > 0 {
			out = append(out, t.undefinedLimit(y))
		}
		if y.histograms > 0 {
			out = append(out, t.undefinedHistogram(y))
		}
		if y.nan == 0 {
			continue
		}
		f := y.node.finding()
		f.Evidence["evaluations"], f.Evidence["all_nan"], f.Evidence["labels"] = y.nan, y.allNaN, y.nanLabels
		of := ""
		if ls := nameless(y.nanLabels); !ls.IsEmpty() {
			of = " for " + series(ls)
		}
		f.Text = fmt.Sprintf("%s compared NaN at %s: %s was NaN%s%s.", t.name(), ofAll(y.nan, t.evals), t.subject(y.operand()), of, y.nanWhy)
		f.minor = 2*y.allNaN < t.evals-t.given
		out = append(out, f)
	}
	return out
}

// undefinedHistogram is about native histograms, which no comparison with a
// number passes.
func (t *trace) undefinedHistogram(y *tally) Finding {
	f := y.node.finding()
	f.Evidence["evaluations"], f.Evidence["labels"], f.Evidence["histogram"] = y.histograms, y.nanLabels, true
	f.Text = fmt.Sprintf("%s compared a native histogram with a number at %s, which nothing passes: %s is one, of which histogram_quantile(), histogram_count() or histogram_avg() make a number.",
		t.name(), ofAll(y.histograms, t.evals), series(y.nanLabels))
	f.minor = 2*y.histograms < t.evals-t.given
	return f
}

// undefinedLimit is about a threshold that was NaN, which no value passes.
func (t *trace) undefinedLimit(y *tally) Finding {
	f := y.node.finding()
	limit := y.node.kids[0]
	if limit == y.operand() {
		limit = y.node.kids[1]
	}
	f.Evidence["evaluations"], f.Evidence["threshold"] = y.nanLimit, "NaN"
	f.Text = fmt.Sprintf("%s compared with NaN at %s, which no value passes", t.name(), ofAll(y.nanLimit, t.evals))
	if _, ok := limit.inner().expr.(*parser.NumberLiteral); !ok {
		f.Text += fmt.Sprintf(": %s was NaN%s", short(limit.text), y.nanWhy)
	}
	f.Text += "."
	f.minor = 2*y.nanLimit < t.evals-t.given
	return f
}
