package query

import (
	"github.com/prometheus/prometheus/promql/parser"
)

// An Expr is what an expression tells without being evaluated.
type Expr struct {
	// Selectors are the distinct vector selectors, in the order in which they
	// stand in the expression.
	Selectors []Selector
	// Threshold is set when the expression compares something with a constant.
	Threshold *Threshold
	// RangeSafe is set when a range query gives at each of its steps what an
	// instant query gives there, as sets, unless it has an error or
	// annotations.
	RangeSafe bool
	// Unordered is set when the engine takes the order of the result from a
	// map.
	Unordered bool

	text   string
	parsed parser.Expr
}

// Parse parses an expression with the features of a server, see Features. Name
// is what messages call it, or "". The error is an *Error, the first one.
func Parse(name, expr string, features []string) (*Expr, error) {
	parsed, err := NewParser(features).ParseExpr(expr)
	if err != nil {
		return nil, newError(name, expr, err)
	}
	return &Expr{
		Selectors: selectorsOf(parsed),
		Threshold: thresholdOf(parsed),
		RangeSafe: rangeSafe(parsed),
		Unordered: countsValues(parsed),
		text:      parsed.String(),
		parsed:    parsed,
	}, nil
}

// Starved tells whether the expression can give nothing as long as some of its
// selectors match nothing, as matched says of each: it needs one of them.
func (e *Expr) Starved(matched func(Selector) bool) bool { return starved(e.parsed, matched) }

func starved(expr parser.Expr, matched func(Selector) bool) bool {
	if expr.Type() == parser.ValueTypeScalar {
		return false
	}
	switch e := expr.(type) {
	case *parser.VectorSelector:
		bare := parser.VectorSelector{Name: e.Name, LabelMatchers: e.LabelMatchers}
		return !matched(Selector{String: bare.String(), Matchers: e.LabelMatchers})
	case *parser.BinaryExpr:
		l, r := starved(e.LHS, matched), starved(e.RHS, matched)
		switch e.Op {
		case parser.LUNLESS:
			return l
		case parser.LOR:
			return l && r
		}
		return l || r
	case *parser.Call:
		if e.Func.Name == "absent" || e.Func.Name == "absent_over_time" {
			return false
		}
		for _, a := range e.Args {
			if starved(a, matched) {
				return true
			}
		}
		return false
	case *parser.AggregateExpr:
		return starved(e.Expr, matched)
	case *parser.ParenExpr:
		return starved(e.Expr, matched)
	case *parser.UnaryExpr:
		return starved(e.Expr, matched)
	case *parser.SubqueryExpr:
		return starved(e.Expr, matched)
	case *parser.MatrixSelector:
		return starved(e.VectorSelector, matched)
	}
	return false
}

// String returns the expression as upstream prints it, which is what upstream
// runs when it stands in a rule.
func (e *Expr) String() string { return e.text }

// orders reports whether the order of expr's result may mean something.
func orders(expr parser.Expr) bool {
	return contains(expr, func(node parser.Node) bool {
		switch n := node.(type) {
		case *parser.Call:
			switch n.Func.Name {
			case "sort", "sort_desc", "sort_by_label", "sort_by_label_desc":
				return true
			}
		case *parser.AggregateExpr:
			return n.Op == parser.TOPK || n.Op == parser.BOTTOMK
		}
		return false
	})
}

// countsValues reports whether expr holds count_values, whose result the engine
// takes from a map.
func countsValues(expr parser.Expr) bool {
	return contains(expr, func(node parser.Node) bool {
		n, ok := node.(*parser.AggregateExpr)
		return ok && n.Op == parser.COUNT_VALUES
	})
}

func contains(expr parser.Expr, is func(parser.Node) bool) bool {
	found := false
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		found = found || node != nil && is(node)
		return nil
	})
	return found
}
