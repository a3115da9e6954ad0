package serve

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/query"
)

// TestTree has one of each kind of node. That each is as upstream's is compared
// in signals/internal/oracle.
func TestTree(t *testing.T) {
	p := query.NewParser(query.Features())
	for _, row := range []struct{ name, reason, expr, want string }{
		{"aggregation", "grouping is never null", `sum(a)`, `"grouping":[],"op":"sum","param":null,"type":"aggregation","without":false`},
		{"aggregation with a parameter", "which is a tree", `topk without(x)(2, a)`, `"param":{"type":"numberLiteral","val":"2"}`},
		{"operator between vectors", "matching is told", `a * on(x) group_left(y) b`, `"matching":{"card":"many-to-one","fillValues":{"lhs":null,"rhs":null},"include":["y"],"labels":["x"],"on":true}`},
		{"operator that fills", "by values", `a + fill(1) b`, `"fillValues":{"lhs":1,"rhs":1}`},
		{"operator between numbers", "nothing is matched", `1 + 2`, `"bool":false,"lhs":{"type":"numberLiteral","val":"1"},"matching":null`},
		{"call", "with its signature", `rate(a[5m] offset 1m)`, `"func":{"argTypes":["matrix"],"name":"rate","returnType":"vector","variadic":0},"type":"call"`},
		{"range", "in ms", `a[5m] offset 1m`, `"offset":60000,"offsetExpr":null,"range":300000,"rangeExpr":null`},
		{"computed range", "as a tree of durations", `a[5m + 1m]`, `"rangeExpr":{"lhs":{"duration":true,"type":"numberLiteral","val":"300"},"op":"+"`},
		{"selector", "with all matchers", `a{b!~"c"} @ end()`, `"matchers":[{"name":"b","type":"!~","value":"c"},{"name":"__name__","type":"=","value":"a"}],"name":"a","offset":0,"offsetExpr":null,"smoothed":false,"startOrEnd":"end","timestamp":null,"type":"vectorSelector"`},
		{"subquery", "with step and time", `a[5m:1m] @ 5`, `"step":60000,"stepExpr":null,"timestamp":5000,"type":"subquery"`},
		{"parentheses, sign", "are nodes", `-(a)`, `"op":"-","type":"unaryExpr"`},
		{"string", "is one", `"x"`, `{"type":"stringLiteral","val":"x"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			expr, err := p.ParseExpr(row.expr)
			require.NoError(t, err)
			got, err := json.Marshal(tree(expr))
			require.NoError(t, err)
			require.Contains(t, string(got), row.want, row.reason)
			require.False(t, strings.Contains(string(got), "*parser."), "each kind of node is known")
		})
	}
}
