package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// Carries tells whether a result of the expression may have a label, as far as
// may says so of the series of a selector. What it denies is sure.
func (e *Expr) Carries(label string, may func(Selector) bool) bool {
	return carries(e.parsed, label, may)
}

// A Grouping is where an expression groups or matches series by a label.
type Grouping struct {
	String string // as in the expression, such as sum by (job) (up)
	Word   string // by, on or group_left, and group_right
	Label  string

	of []parser.Expr // what should have the label
}

// Carries tells whether a series that is grouped or matched so may have the
// label, as far as may says so of the series of a selector. What it denies is
// sure. For on it is one of the sides that none may have it on.
func (g Grouping) Carries(may func(Selector) bool) bool {
	return !slices.ContainsFunc(g.of, func(e parser.Expr) bool { return !carries(e, g.Label, may) })
}

// Groupings are those of an expression, in its order.
func (e *Expr) Groupings() (list []Grouping) {
	parser.Inspect(e.parsed, func(node parser.Node, _ []parser.Node) error {
		add := func(word string, names []string, of ...parser.Expr) {
			for _, name := range names {
				list = append(list, Grouping{fmt.Sprint(node), word, name, of})
			}
		}
		switch n := node.(type) {
		case *parser.AggregateExpr:
			if !n.Without {
				add("by", n.Grouping, n.Expr)
			}
		case *parser.BinaryExpr:
			m := n.VectorMatching
			switch {
			case m == nil:
				return nil
			case m.On:
				add("on", m.MatchingLabels, n.LHS, n.RHS)
			}
			switch m.Card {
			case parser.CardManyToOne:
				add("group_left", m.Include, n.RHS)
			case parser.CardOneToMany:
				add("group_right", m.Include, n.LHS)
			}
		}
		return nil
	})
	return list
}

// carries tells whether a result of an expression may have a label.
func carries(expr parser.Expr, label string, may func(Selector) bool) bool {
	below := func(e parser.Expr) bool { return carries(e, label, may) }
	switch e := expr.(type) {
	case *parser.VectorSelector:
		bare := parser.VectorSelector{Name: e.Name, LabelMatchers: e.LabelMatchers}
		return may(Selector{String: bare.String(), Matchers: e.LabelMatchers})
	case *parser.NumberLiteral, *parser.StringLiteral:
		return false
	case *parser.AggregateExpr:
		if e.Op == parser.COUNT_VALUES && says(e.Param, label) {
			return true
		}
		choice := e.Op == parser.TOPK || e.Op == parser.BOTTOMK || e.Op == parser.LIMITK || e.Op == parser.LIMIT_RATIO
		return (choice || slices.Contains(e.Grouping, label) != e.Without) && below(e.Expr)
	case *parser.BinaryExpr:
		return binaryCarries(e, label, below)
	case *parser.Call:
		switch e.Func.Name {
		case "info":
			return true
		case "absent", "absent_over_time": // as its selector asks for it
			return strings.Contains(e.String(), label)
		}
		return slices.ContainsFunc(e.Args, func(a parser.Expr) bool { return says(a, label) || below(a) })
	}
	for child := range parser.ChildrenIter(expr) {
		if c, ok := child.(parser.Expr); ok && below(c) {
			return true
		}
	}
	return false
}

// says tells whether an argument is a text that names a label.
func says(arg parser.Expr, label string) bool {
	for {
		p, ok := arg.(*parser.ParenExpr)
		if !ok {
			break
		}
		arg = p.Expr
	}
	s, ok := arg.(*parser.StringLiteral)
	return ok && s.Val == label
}

func binaryCarries(e *parser.BinaryExpr, label string, below func(parser.Expr) bool) bool {
	m := e.VectorMatching
	fills := m != nil && (m.FillValues.LHS != nil || m.FillValues.RHS != nil)
	switch {
	case m == nil, e.Op == parser.LOR, fills: // of scalars nothing comes
		return below(e.LHS) || below(e.RHS)
	case e.Op.IsSetOperator():
		return below(e.LHS)
	}
	in := slices.Contains(m.MatchingLabels, label)
	many, one := e.LHS, e.RHS
	switch m.Card {
	case parser.CardOneToOne:
		return in == m.On && below(e.LHS)
	case parser.CardOneToMany:
		many, one = one, many
	}
	return below(many) || slices.Contains(m.Include, label) && below(one)
}
