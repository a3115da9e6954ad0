package verdict

import (
	"fmt"
	"math"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/verdict/internal/reachable"
)

// alwaysTrue: the expression gives a sample whenever there is data.
func alwaysTrue(t *trace) []Finding {
	if t.rule.Record != "" || len(t.nodes) == 0 {
		return nil
	}
	root := t.nodes[0].inner()
	f := root.finding()
	f.Evidence["evaluations"], f.Evidence["result"] = t.evals, t.given
	f.Evidence["min"], f.Evidence["max"] = t.firing.least, t.firing.most
	seen := fmt.Sprintf("%s, %s to %s", ofAll(t.given, t.evals), number(t.firing.least), number(t.firing.most))
	if t.firing.least == t.firing.most || math.IsNaN(t.firing.least) {
		seen = fmt.Sprintf("%s, value %s", ofAll(t.given, t.evals), number(t.firing.most))
	}
	if conditional(root) {
		never, ok := t.neverElse(root)
		if !ok {
			return nil
		}
		f.Text = fmt.Sprintf("%s is true whenever there is data (%s): %s.", t.name(), seen, never)
		return []Finding{f}
	}
	why := "its expression compares nothing, and an alert fires at any value, also at 0"
	if b := boolean(root); b != nil {
		f.Expr, f.Start, f.End = b.text, b.start, b.end
		why = "`bool` makes 0 and 1 of false and true and keeps both, and an alert fires at 0 as well"
	} else if c := standing(root); c != nil {
		f.Expr, f.Start, f.End = c.text, c.start, c.end
		why = c.text + " is a value, and an alert fires at any value"
	}
	f.Text = fmt.Sprintf("%s fires whenever there is data (%s): %s.", t.name(), seen, why)
	return []Finding{f}
}

// boolean is a comparison with bool that decides the value; nil without one.
func boolean(n *node) *node {
	if e, ok := n.expr.(*parser.BinaryExpr); ok && e.ReturnBool {
		return n
	}
	if n.isScalar() {
		return nil
	}
	for _, k := range n.kids {
		if b := boolean(k); b != nil {
			return b
		}
	}
	return nil
}

// standing is a vector() that is the rule's result when there is no other; nil
// without one.
func standing(n *node) *node {
	n = n.inner()
	if e, ok := n.expr.(*parser.Call); ok && e.Func.Name == "vector" {
		return n
	}
	if isSet(n, parser.LOR) {
		return standing(n.kids[1])
	}
	return nil
}

// opposite gives the comparison that is true where another is false.
var opposite = map[parser.ItemType]parser.ItemType{
	parser.EQLC: parser.NEQ, parser.NEQ: parser.EQLC,
	parser.GTR: parser.LTE, parser.LSS: parser.GTE,
	parser.GTE: parser.LSS, parser.LTE: parser.GTR,
}

// neverElse tells whether a comparison with a constant can't be false, and why:
// whether its opposite can be true is what the proofs of silent rules tell.
func (t *trace) neverElse(n *node) (string, bool) {
	if !isFilter(n) || t.rule.Threshold == nil {
		return "", false
	}
	copied := *n.expr.(*parser.BinaryExpr)
	copied.Op = opposite[copied.Op]
	parsed, err := query.NewParser(t.run.opts.Features).ParseExpr(copied.String())
	if err != nil {
		return "", false
	}
	for _, p := range reachable.Analyse(parsed, t.run.shape(t)) {
		if p.Start == 0 && p.Kind == reachable.ByValues {
			operand := n.kids[0]
			if operand.isScalar() {
				operand = n.kids[1]
			}
			text := fmt.Sprintf("%s can't be other than %s %s", short(operand.text), t.rule.Threshold.Op, number(t.rule.Threshold.Value))
			if t.rule.Threshold.Op != "!=" {
				text += ", unless it is NaN"
			}
			if p.OnShape {
				text += ", on data of the shape that this capture has"
			}
			return text, true
		}
	}
	return "", false
}
