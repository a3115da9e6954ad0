package serve

import (
	"fmt"
	"strconv"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// object is a JSON object.
type object = map[string]any

// tree is an expression as parse_query tells it.
func tree(expr parser.Expr) any {
	switch n := expr.(type) {
	case nil:
		return nil
	case *parser.AggregateExpr:
		return object{"type": "aggregation", "op": n.Op.String(), "expr": tree(n.Expr), "param": tree(n.Param), "grouping": list(n.Grouping), "without": n.Without}
	case *parser.BinaryExpr:
		return object{"type": "binaryExpr", "op": n.Op.String(), "lhs": tree(n.LHS), "rhs": tree(n.RHS), "matching": matching(n.VectorMatching), "bool": n.ReturnBool}
	case *parser.Call:
		args := make([]any, len(n.Args))
		for i, arg := range n.Args {
			args[i] = tree(arg)
		}
		f := n.Func
		return object{"type": "call", "args": args, "func": object{"name": f.Name, "argTypes": f.ArgTypes, "variadic": f.Variadic, "returnType": f.ReturnType}}
	case *parser.MatrixSelector:
		o := selector(n.VectorSelector.(*parser.VectorSelector))
		o["type"], o["range"], o["rangeExpr"] = "matrixSelector", n.Range.Milliseconds(), duration(n.RangeExpr)
		return o
	case *parser.VectorSelector:
		return selector(n)
	case *parser.SubqueryExpr:
		return object{
			"type": "subquery", "expr": tree(n.Expr), "range": n.Range.Milliseconds(), "rangeExpr": duration(n.RangeExpr),
			"offset": n.OriginalOffset.Milliseconds(), "offsetExpr": duration(n.OriginalOffsetExpr),
			"step": n.Step.Milliseconds(), "stepExpr": duration(n.StepExpr),
			"timestamp": n.Timestamp, "startOrEnd": edge(n.StartOrEnd),
		}
	case *parser.DurationExpr:
		return duration(n)
	case *parser.NumberLiteral:
		return object{"type": "numberLiteral", "val": strconv.FormatFloat(n.Val, 'f', -1, 64)}
	case *parser.ParenExpr:
		return object{"type": "parenExpr", "expr": tree(n.Expr)}
	case *parser.StringLiteral:
		return object{"type": "stringLiteral", "val": n.Val}
	case *parser.UnaryExpr:
		return object{"type": "unaryExpr", "op": n.Op.String(), "expr": tree(n.Expr)}
	}
	// The parser makes no other: TestTree has one of each.
	return object{"type": fmt.Sprintf("%T", expr)}
}

func selector(n *parser.VectorSelector) object {
	return object{
		"type": "vectorSelector", "name": n.Name, "matchers": matchersOf(n.LabelMatchers),
		"offset": n.OriginalOffset.Milliseconds(), "offsetExpr": duration(n.OriginalOffsetExpr),
		"timestamp": n.Timestamp, "startOrEnd": edge(n.StartOrEnd), "anchored": n.Anchored, "smoothed": n.Smoothed,
	}
}

func matching(m *parser.VectorMatching) any {
	if m == nil {
		return nil
	}
	return object{
		"card": m.Card.String(), "labels": list(m.MatchingLabels), "on": m.On, "include": list(m.Include),
		"fillValues": object{"lhs": m.FillValues.LHS, "rhs": m.FillValues.RHS},
	}
}

// duration is one that is computed, or a part of one. A pointer to nothing is
// nothing.
func duration(expr parser.Expr) any {
	switch n := expr.(type) {
	case *parser.DurationExpr:
		if n == nil {
			return nil
		}
		return object{"type": "durationExpr", "op": n.Op.String(), "lhs": duration(n.LHS), "rhs": duration(n.RHS), "wrapped": n.Wrapped}
	case *parser.NumberLiteral:
		if n == nil {
			return nil
		}
		return object{"type": "numberLiteral", "val": strconv.FormatFloat(n.Val, 'f', -1, 64), "duration": n.Duration}
	}
	return tree(expr)
}

// list is never null.
func list(names []string) []string {
	if names == nil {
		return []string{}
	}
	return names
}

func matchersOf(ms []*labels.Matcher) []object {
	out := make([]object, len(ms))
	for i, m := range ms {
		out[i] = object{"name": m.Name, "value": m.Value, "type": m.Type.String()}
	}
	return out
}

// edge is start or end, where @ names one.
func edge(item parser.ItemType) any {
	if item == 0 {
		return nil
	}
	return item.String()
}
