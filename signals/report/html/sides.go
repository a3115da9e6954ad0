package html

import (
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/query"
)

// sidesOf are the expressions whose values say how near a rule's expression is
// to giving something: what is compared with a constant, or both sides of a
// comparison of vectors. nil: those of the whole expression say it.
func sidesOf(text string, features []string) []*query.Expr {
	expr, err := query.NewParser(features).ParseExpr(text)
	if err != nil {
		return nil // it was read with other features: there is nothing to draw
	}
	var sides []*query.Expr
	for _, side := range compared(expr) {
		x, err := query.Parse("", side.String(), features)
		if err != nil {
			return nil
		}
		sides = append(sides, x)
	}
	return sides
}

// compared are the vectors of the comparison that decides, which stands as
// query.Threshold says.
func compared(expr parser.Expr) []parser.Expr {
	switch e := expr.(type) {
	case *parser.ParenExpr:
		return compared(e.Expr)
	case *parser.BinaryExpr:
		if e.Op == parser.LAND || e.Op == parser.LUNLESS {
			return compared(e.LHS)
		}
		if !e.Op.IsComparisonOperator() || e.ReturnBool {
			return nil
		}
		var list []parser.Expr
		for _, side := range []parser.Expr{e.LHS, e.RHS} {
			if side.Type() == parser.ValueTypeVector {
				list = append(list, side)
			}
		}
		return list
	}
	return nil
}
