package query

import (
	"slices"

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

	text      string
	parsed    parser.Expr
	sheetSafe bool // Sheets give at each instant what an instant query gives
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
		sheetSafe: sheetSafe(parsed),
		text:      parsed.String(),
		parsed:    parsed,
	}, nil
}

// Starved tells whether the expression can give nothing as long as some of its
// selectors match nothing, as matched says of each: it needs one of them.
func (e *Expr) Starved(matched func(Selector) bool) bool {
	return Barren(e.parsed, func(x parser.Expr) bool {
		vs, ok := x.(*parser.VectorSelector)
		if !ok {
			return false
		}
		bare := parser.VectorSelector{Name: vs.Name, LabelMatchers: vs.LabelMatchers}
		return !matched(Selector{String: bare.String(), Matchers: vs.LabelMatchers})
	})
}

// Calls tells whether the expression calls one of some functions.
func (e *Expr) Calls(names ...string) bool {
	return contains(e.parsed, func(n parser.Node) bool {
		c, ok := n.(*parser.Call)
		return ok && slices.Contains(names, c.Func.Name)
	})
}

// Barren tells whether an expression surely has no result when the selectors
// and operations of which sure says so have none.
func Barren(expr parser.Expr, sure func(parser.Expr) bool) bool {
	switch expr.Type() {
	case parser.ValueTypeScalar, parser.ValueTypeString:
		return false
	}
	switch e := expr.(type) {
	case *parser.VectorSelector:
		return sure(e)
	case *parser.BinaryExpr:
		l, r := Barren(e.LHS, sure), Barren(e.RHS, sure)
		fills := e.VectorMatching != nil && (e.VectorMatching.FillValues.LHS != nil || e.VectorMatching.FillValues.RHS != nil)
		switch {
		case e.Op == parser.LUNLESS:
			return l
		case e.Op == parser.LOR, fills:
			return l && r
		}
		return l || r || sure(e)
	case *parser.Call:
		switch e.Func.Name {
		case "absent", "absent_over_time":
			return false
		case "info": // what it adds need not be there
			return Barren(e.Args[0], sure)
		}
	}
	for child := range parser.ChildrenIter(expr) {
		if c, ok := child.(parser.Expr); ok && Barren(c, sure) {
			return true
		}
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
