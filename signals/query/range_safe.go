package query

import "github.com/prometheus/prometheus/promql/parser"

// rangeSafe reports whether a range query gives at each of its steps what an
// instant query gives there, as sets. It is stricter than it need be.
//
// What differs in the engine (promql.Engine of v0.316.0): @ start() and end(),
// and functions and durations made of the query's range and step; subqueries,
// which are evaluated over the union of the steps; and the order of series.
// Where a vector is made by rangeEval, an instant query keeps its order, and a
// range query takes it from a map; then a sum has other roundings, and of
// equals topk takes others.
func rangeSafe(expr parser.Expr) bool { return steady(expr, inOrder) }

// sheetSafe reports the same of a range query whose operands are put in order
// where that matters, see Sheets.
func sheetSafe(expr parser.Expr) bool {
	return steady(expr, func(e parser.Expr) bool { return inOrder(e) || orderOf(e) != nil })
}

// Parts tells whether a range query over a part of the time gives what one over
// all of it gives there.
func (e *Expr) Parts() bool { return steady(e.parsed, func(parser.Expr) bool { return true }) }

// needsOrder tells of an aggregation to which the order of its operand matters.
func needsOrder(op parser.ItemType) bool {
	switch op {
	case parser.COUNT, parser.MIN, parser.MAX, parser.GROUP, parser.QUANTILE:
		return false
	}
	return true
}

// steady is rangeSafe, where ordered tells of what the order is known.
func steady(expr parser.Expr, ordered func(parser.Expr) bool) bool {
	return !contains(expr, func(n parser.Node) bool {
		switch n := n.(type) {
		case *parser.SubqueryExpr:
			return true
		case *parser.VectorSelector:
			return n.StartOrEnd != 0 || n.Timestamp != nil || n.OriginalOffset < 0 || n.OriginalOffsetExpr != nil || n.Smoothed || n.Anchored
		case *parser.MatrixSelector:
			return n.RangeExpr != nil
		case *parser.Call:
			switch n.Func.Name {
			case "start", "end", "range", "step", "info", "sort", "sort_desc", "sort_by_label", "sort_by_label_desc":
				return true
			}
		case *parser.AggregateExpr:
			return n.Op == parser.COUNT_VALUES || needsOrder(n.Op) && !ordered(n.Expr)
		}
		return false
	})
}

// inOrder reports whether a range query has the series of a vector in the order
// in which an instant query has them.
func inOrder(expr parser.Expr) bool {
	switch e := expr.(type) {
	case *parser.VectorSelector:
		return true
	case *parser.ParenExpr:
		return inOrder(e.Expr)
	case *parser.UnaryExpr:
		return inOrder(e.Expr)
	case *parser.Call:
		for _, a := range e.Args {
			if _, ok := a.(*parser.MatrixSelector); ok {
				return true
			}
		}
	}
	return false
}
