package packs

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// duration spells one as PromQL reads it.
func duration(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) + "ms" }

func parsePromQL(expr string) (parser.Expr, error) {
	return parser.NewParser(parser.Options{}).ParseExpr(expr)
}

// hasRange tells whether an expression looks back in time.
func hasRange(e parser.Expr) bool {
	found := false
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		switch n.(type) {
		case *parser.MatrixSelector, *parser.SubqueryExpr:
			found = true
		}
		return nil
	})
	return found
}

// quantiled is a histogram_quantile taken apart.
type quantiled struct {
	order float64
	of    string  // that it is taken of
	times float64 // so many times that are numbers of observations
}

// quantile takes histogram_quantile(q, x) apart; nil when an expression is
// another. Of rates over one range the observations are as many times as that
// has seconds; else rates are made increases.
func quantile(expr string) *quantiled {
	e, err := parsePromQL(expr)
	for p, paren := e.(*parser.ParenExpr); paren; p, paren = e.(*parser.ParenExpr) {
		e = p.Expr
	}
	call, isCall := e.(*parser.Call)
	if err != nil || !isCall || call.Func.Name != "histogram_quantile" {
		return nil
	}
	n, ok := call.Args[0].(*parser.NumberLiteral)
	if !ok {
		return nil
	}
	q := &quantiled{order: n.Val, times: 1}
	if every := rangeOfRates(call.Args[1]); every > 0 {
		q.of, q.times = call.Args[1].String(), every.Seconds()
		return q
	}
	parser.Inspect(call.Args[1], func(n parser.Node, _ []parser.Node) error {
		if c, ok := n.(*parser.Call); ok && c.Func.Name == "rate" {
			c.Func = parser.Functions["increase"]
		}
		return nil
	})
	q.of = call.Args[1].String()
	return q
}

// rangeOfRates is the range of the rates that an expression sums; 0 when it is
// another expression, or they have several.
func rangeOfRates(e parser.Expr) time.Duration {
	switch e := e.(type) {
	case *parser.ParenExpr:
		return rangeOfRates(e.Expr)
	case *parser.AggregateExpr:
		if e.Op == parser.SUM {
			return rangeOfRates(e.Expr)
		}
	case *parser.Call:
		if m, ok := e.Args[0].(*parser.MatrixSelector); ok && e.Func.Name == "rate" && m.RangeExpr == nil {
			return m.Range
		}
	}
	return 0
}

// selectorsOf takes apart one selector, or several with `or` between them.
func selectorsOf(e parser.Expr) (list []*parser.VectorSelector, ok bool) {
	switch e := e.(type) {
	case *parser.ParenExpr:
		return selectorsOf(e.Expr)
	case *parser.VectorSelector:
		at := e.OriginalOffset != 0 || e.OriginalOffsetExpr != nil || e.Timestamp != nil || e.StartOrEnd != 0
		return []*parser.VectorSelector{e}, !at
	case *parser.BinaryExpr:
		left, ok := selectorsOf(e.LHS)
		right, also := selectorsOf(e.RHS)
		plain := e.Op == parser.LOR && !e.VectorMatching.On && len(e.VectorMatching.MatchingLabels) == 0
		return append(left, right...), ok && also && plain
	}
	return nil, false
}

// losesTarget is the piece of an expression that surely takes job or instance
// away from its result, nil when there is none to be seen. Matching on labels
// is not looked into.
func losesTarget(e parser.Expr) parser.Expr {
	switch e := e.(type) {
	case *parser.ParenExpr:
		return losesTarget(e.Expr)
	case *parser.UnaryExpr:
		return losesTarget(e.Expr)
	case *parser.SubqueryExpr:
		return losesTarget(e.Expr)
	case *parser.AggregateExpr:
		if e.Op == parser.TOPK || e.Op == parser.BOTTOMK || e.Op == parser.LIMITK || e.Op == parser.LIMIT_RATIO {
			return losesTarget(e.Expr) // which keep series as they are
		}
		if slices.Contains(e.Grouping, "job") == e.Without || slices.Contains(e.Grouping, "instance") == e.Without {
			return e
		}
		return losesTarget(e.Expr)
	case *parser.Call:
		if strings.HasPrefix(e.Func.Name, "label_") {
			return nil
		}
		for _, arg := range e.Args {
			if t := arg.Type(); t == parser.ValueTypeVector || t == parser.ValueTypeMatrix {
				return losesTarget(arg)
			}
		}
	case *parser.BinaryExpr:
		switch left := e.LHS.Type(); {
		case left == parser.ValueTypeScalar:
			return losesTarget(e.RHS)
		case e.RHS.Type() == parser.ValueTypeScalar, e.Op == parser.LAND, e.Op == parser.LUNLESS:
			return losesTarget(e.LHS)
		case e.Op == parser.LOR:
			if lost := losesTarget(e.LHS); lost != nil {
				return lost
			}
			return losesTarget(e.RHS)
		}
	}
	return nil
}
