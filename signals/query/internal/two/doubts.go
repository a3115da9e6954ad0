package two

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// A Doubt says why the value of an expression in Prometheus 2 is not known.
type Doubt struct {
	Why string // a sentence about the piece, without it
	// When gives a result, or fails, where it is so; "" where it always is.
	When  string
	Piece string // of the expression
}

// Doubts lists what is not rewritten, or not always rightly. The expression
// has not gone through promql.PreprocessExpr; step is that of subqueries that
// name none.
func Doubts(expr parser.Expr, step time.Duration) []Doubt {
	var list []Doubt
	parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
		if node == nil {
			return nil
		}
		var subs []*parser.SubqueryExpr
		for _, n := range path {
			if s, ok := n.(*parser.SubqueryExpr); ok {
				subs = append(subs, s)
			}
		}
		if d := doubt(node, subs, step); d.Why != "" {
			d.Piece, d.When = node.String(), during(d.When, subs)
			list = append(list, d)
		}
		return nil
	})
	return list
}

// during is an expression that has a result where one has it at an instant of
// subqueries, of which the outermost comes first.
func during(when string, subs []*parser.SubqueryExpr) string {
	if when == "" {
		return ""
	}
	for _, s := range slices.Backward(subs) {
		when = fmt.Sprintf("count_over_time((%s)%s)", when, strings.TrimPrefix(s.String(), s.Expr.String()))
	}
	return when
}

// native are the functions that were about native histograms alone.
var native = []string{"histogram_avg", "histogram_count", "histogram_fraction", "histogram_stddev", "histogram_stdvar", "histogram_sum"}

func doubt(node parser.Node, subs []*parser.SubqueryExpr, step time.Duration) Doubt {
	sub := len(subs) > 0
	switch n := node.(type) {
	case *parser.Call:
		switch name := n.Func.Name; {
		case slices.Contains(native, name):
			return Doubt{Why: "it is about native histograms, of which much has changed"}
		case name == "info" || name == "mad_over_time":
			return Doubt{Why: "the experimental " + name + " has changed"}
		case name == "timestamp":
			if vs, ok := n.Args[0].(*parser.VectorSelector); ok && vs.OriginalOffset != 0 && (vs.Timestamp != nil || vs.StartOrEnd != 0) {
				return Doubt{Why: "of @ with an offset timestamp() made something else"}
			}
		case name == "quantile_over_time":
			x := n.Args[1].String()
			return Doubt{Why: infiniteQuantile, When: infiniteOver(x)}
		case name == "avg_over_time":
			x := n.Args[0].String()
			return Doubt{Why: infiniteAverage, When: fmt.Sprintf("%s or abs(sum_over_time(%s)) == Inf", infiniteOver(x), x)}
		case (name == "label_replace" || name == "label_join") && sub:
			return Doubt{Why: "in a subquery two series that become one were an error, and are joined where their times differ"}
		}
	case *parser.UnaryExpr:
		if sub && n.Type() == parser.ValueTypeVector {
			return Doubt{Why: "in a subquery two series that become one were an error, and are joined where their times differ"}
		}
	case *parser.AggregateExpr:
		return doubtAggregation(n, subs, step)
	case *parser.BinaryExpr:
		if n.Op.IsComparisonOperator() && !n.ReturnBool && n.VectorMatching != nil {
			text := n.String()
			return Doubt{
				Why:  "a comparison of several series with one is an error, and Prometheus 2 let it pass where it held of none or one",
				When: fmt.Sprintf("(%s) unless (%s)", text, text), // it fails, or has no result
			}
		}
		if m := n.VectorMatching; m != nil && len(m.Include) > 0 && !m.On && len(m.MatchingLabels) == 0 {
			return Doubt{Why: "Prometheus 2 lost the empty ignoring() of a rule"}
		}
	}
	return Doubt{}
}

// unordered tells whether the engine takes the order of a result from a map.
func unordered(expr parser.Expr) bool {
	found := false
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.Call:
			found = found || n.Func.Name == "histogram_quantile"
		case *parser.AggregateExpr:
			found = found || n.Op == parser.COUNT_VALUES
		}
		return nil
	})
	return found
}

const (
	infiniteQuantile = "of an infinite value at the very quantile Prometheus 2 made NaN"
	infiniteAverage  = "infinite values, and sums that are too large, went into an average otherwise"
)

func infiniteOver(x string) string {
	return fmt.Sprintf("abs(max_over_time(%s)) == Inf or abs(min_over_time(%s)) == Inf", x, x)
}

func doubtAggregation(n *parser.AggregateExpr, subs []*parser.SubqueryExpr, step time.Duration) Doubt {
	if n.Param != nil && n.Param.Type() == parser.ValueTypeScalar {
		for _, s := range subs {
			if s.Range < cmp.Or(s.Step, step) {
				return Doubt{Why: "Prometheus 2 failed where no instant of a subquery lies in its range"}
			}
		}
		if _, literal := n.Param.(*parser.NumberLiteral); len(subs) > 0 && !literal {
			return Doubt{Why: "in a subquery Prometheus 2 took the first value of " + n.Param.String() + " for all instants"}
		}
	}
	x := n.Expr.String()
	infinite := fmt.Sprintf("abs(%s) == Inf", x)
	switch n.Op {
	case parser.TOPK, parser.BOTTOMK, parser.LIMITK:
		if unordered(n.Expr) {
			return Doubt{Why: "which of equal values are taken is chance, in Prometheus 3 as well"}
		}
	case parser.QUANTILE:
		return Doubt{Why: infiniteQuantile, When: infinite}
	case parser.AVG:
		return Doubt{Why: infiniteAverage, When: fmt.Sprintf("%s or abs(sum(%s)) == Inf", infinite, x)}
	case parser.STDDEV, parser.STDVAR:
		return Doubt{
			Why:  "of a value that is infinite or no number the first was taken otherwise",
			When: fmt.Sprintf("count(%s) unless (count(%s) == count(abs(%s) < Inf))", x, x, x),
		}
	}
	return Doubt{}
}
