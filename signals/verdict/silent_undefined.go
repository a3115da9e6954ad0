package verdict

import (
	"fmt"

	"github.com/prometheus/prometheus/promql/parser"
)

// undefined: the compared value was NaN, mostly.
func undefined(t *trace) []Finding {
	var out []Finding
	for _, y := range t.tallies(causeSafe) {
		if y.nan == 0 {
			continue
		}
		f := y.node.finding()
		f.Evidence["evaluations"], f.Evidence["all_nan"], f.Evidence["labels"] = y.nan, y.allNaN, y.nanLabels
		f.Text = fmt.Sprintf("%s compared NaN at %s: %s was NaN for %s%s.", t.name(), ofAll(y.nan, t.evals), t.subject(y.operand()), series(y.nanLabels), because(y.operand()))
		f.minor = 2*y.allNaN < t.evals-t.given
		out = append(out, f)
	}
	return out
}

// because says by what a node can be NaN, where that is plain to see.
func because(n *node) string {
	n = n.inner()
	switch e := n.expr.(type) {
	case *parser.BinaryExpr:
		if e.Op == parser.DIV {
			return ", as 0/0 is"
		}
	case *parser.Call:
		if e.Func.Name == "histogram_quantile" {
			return ", as the quantile of no observations is"
		}
	}
	return ""
}
