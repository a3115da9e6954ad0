package two

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/parser/posrange"
)

// The names of one function in Prometheus 2 and 3.
const (
	smoothing2 = "holt_winters"
	smoothing3 = "double_exponential_smoothing"
)

// Parser reads what Prometheus 2 reads, with a parser of Prometheus 3 that
// knows experimental functions.
type Parser struct {
	parser.Parser
	// Experimental allows those that were so in Prometheus 2.
	Experimental bool
}

// ParseExpr gives the tree of Prometheus 3.
func (p Parser) ParseExpr(text string) (parser.Expr, error) {
	if at := called(text, smoothing3); at >= 0 {
		return nil, refusal(text, "the function "+smoothing3+", which is holt_winters there,", at)
	}
	for at := called(text, smoothing2); at >= 0; at = called(text, smoothing2) {
		text = text[:at] + smoothing3 + text[at+len(smoothing2):]
	}
	expr, err := p.Parser.ParseExpr(text)
	if err != nil {
		return nil, err
	}
	if r := Refused(expr, p.Experimental); r != nil {
		return nil, refusal(text, r.What, int(r.Place.Start))
	}
	return expr, nil
}

// called finds the first call of a function; -1: there is none.
func called(text, function string) int {
	if !strings.Contains(text, function) {
		return -1
	}
	lexer := parser.Lex(text)
	var item parser.Item
	name := -1
	for {
		lexer.NextItem(&item)
		switch {
		case item.Typ == parser.EOF || item.Typ == parser.ERROR:
			return -1
		case item.Typ == parser.LEFT_PAREN && name >= 0:
			return name
		case item.Typ == parser.IDENTIFIER && item.Val == function:
			name = int(item.Pos)
		case item.Typ != parser.COMMENT:
			name = -1
		}
	}
}

func refusal(text, what string, at int) error {
	place := posrange.PositionRange{Start: posrange.Pos(at), End: posrange.Pos(at)}
	return parser.ParseErrors{{PositionRange: place, Query: text, Err: fmt.Errorf("%s is not known to Prometheus 2", what)}}
}

// experimental are the functions and aggregations that Prometheus 2.55.1 knows
// with --enable-feature=promql-experimental-functions alone.
var experimental = []string{"info", "limit_ratio", "limitk", "mad_over_time", "sort_by_label", "sort_by_label_desc"}

func isExperimental(node parser.Node) string {
	name := ""
	switch n := node.(type) {
	case *parser.Call:
		name = n.Func.Name
	case *parser.AggregateExpr:
		name = n.Op.String()
	}
	if slices.Contains(experimental, name) {
		return name
	}
	return ""
}
