package query

import (
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// pulled moves `and on` and `unless on` from inside aggregations and
// histogram_quantile to around them, where they keep or drop whole results:
// sum by (job, le) (a and on (job) b) is sum by (job, le) (a) and on (job) b.
// There are fewer series to match then, and a sum needs no order but that of a.
// What has the same values, labels and errors may say more: a warning of a
// series that was dropped before. The expression is not changed.
func pulled(expr parser.Expr) parser.Expr {
	switch e := expr.(type) {
	case *parser.ParenExpr:
		c := *e
		c.Expr = pulled(e.Expr)
		return &c
	case *parser.UnaryExpr:
		c := *e
		c.Expr = operand(pulled(e.Expr), e.Expr)
		return &c
	case *parser.BinaryExpr:
		c := *e
		c.LHS, c.RHS = operand(pulled(e.LHS), e.LHS), operand(pulled(e.RHS), e.RHS)
		return &c
	case *parser.AggregateExpr:
		c := *e
		c.Expr = pulled(e.Expr)
		if set := setOperator(c.Expr); set != nil && groupsBy(e, set.VectorMatching.MatchingLabels) {
			c.Expr = set.LHS
			return around(set, &c)
		}
		return &c
	case *parser.Call:
		c := *e
		c.Args = slices.Clone(e.Args)
		for i, a := range e.Args {
			c.Args[i] = pulled(a)
		}
		if e.Func.Name != "histogram_quantile" {
			return &c
		}
		if set := setOperator(c.Args[1]); set != nil && !slices.Contains(set.VectorMatching.MatchingLabels, model.BucketLabel) {
			c.Args[1] = set.LHS
			return around(set, &c)
		}
		return &c
	}
	return expr
}

// setOperator is an expression that keeps or drops series by some of their
// labels; nil when it is another one.
func setOperator(expr parser.Expr) *parser.BinaryExpr {
	for {
		p, ok := expr.(*parser.ParenExpr)
		if !ok {
			break
		}
		expr = p.Expr
	}
	e, ok := expr.(*parser.BinaryExpr)
	if !ok || e.Op != parser.LAND && e.Op != parser.LUNLESS || !e.VectorMatching.On {
		return nil
	}
	if slices.ContainsFunc(e.VectorMatching.MatchingLabels, func(name string) bool { return slices.Contains(reserved, name) }) {
		return nil
	}
	return e
}

// groupsBy tells whether the series of each group of an aggregation agree in
// some labels, and its result has these.
func groupsBy(e *parser.AggregateExpr, names []string) bool {
	switch e.Op {
	case parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO, parser.COUNT_VALUES:
		return false
	}
	return !slices.ContainsFunc(names, func(name string) bool { return slices.Contains(e.Grouping, name) == e.Without })
}

// around is a set operator with another left side.
func around(set *parser.BinaryExpr, lhs parser.Expr) parser.Expr {
	c := *set
	c.LHS = lhs
	return &c
}

// operand is an expression as one of an operator: in parentheses where it
// became an operator itself.
func operand(expr, was parser.Expr) parser.Expr {
	if _, ok := was.(*parser.BinaryExpr); ok {
		return expr
	}
	if _, ok := expr.(*parser.BinaryExpr); ok {
		return &parser.ParenExpr{Expr: expr}
	}
	return expr
}
