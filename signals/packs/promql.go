package packs

import (
	"strconv"
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

// quantile takes histogram_quantile(q, inner) apart. In inner, rates are made
// increases, so that its buckets hold numbers of observations.
func quantile(expr string) (q float64, inner string, ok bool) {
	e, err := parsePromQL(expr)
	for p, paren := e.(*parser.ParenExpr); paren; p, paren = e.(*parser.ParenExpr) {
		e = p.Expr
	}
	call, isCall := e.(*parser.Call)
	if err != nil || !isCall || call.Func.Name != "histogram_quantile" {
		return 0, "", false
	}
	n, ok := call.Args[0].(*parser.NumberLiteral)
	if !ok {
		return 0, "", false
	}
	parser.Inspect(call.Args[1], func(n parser.Node, _ []parser.Node) error {
		if c, ok := n.(*parser.Call); ok && c.Func.Name == "rate" {
			c.Func = parser.Functions["increase"]
		}
		return nil
	})
	return n.Val, call.Args[1].String(), true
}
