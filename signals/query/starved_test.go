package query_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/query"
)

// TestStarved has expressions that need what is not there, x, or do not.
func TestStarved(t *testing.T) {
	tests := []struct {
		name, expr string
		starved    bool
	}{
		{"a selector", "x", true},
		{"another one", "y", false},
		{"a range", "rate(x[5m])", true},
		{"a subquery of a sum", "max_over_time(sum by (a) (x)[5m:1m])", true},
		{"one side of an operator", "y / x", true},
		{"either side of an or is enough", "y or x", false},
		{"both are none", "x or x{a=\"1\"}", true},
		{"the right side of an unless", "y unless x", false},
		{"the left side of an unless", "x unless y", true},
		{"absence is a result", "absent(x)", false},
		{"a number is there", "vector(scalar(x))", false},
		{"the parameter of an aggregation", "topk(scalar(x), y)", false},
		{"what info adds need not be there", "info(y, {a=\"x\"})", false},
		{"what info adds to", "info(x)", true},
		{"fill makes up for one side", "y + fill(0) x", false},
		{"and not for both", "x + fill(0) x", true},
		{"in parentheses and negated", "-(x)", true},
		{"a comparison", "x > 0.1", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := query.Parse("", tt.expr, query.Features())
			require.NoError(t, err)
			require.Equal(t, tt.starved, e.Starved(func(s query.Selector) bool { return s.Name() != "x" }))
		})
	}
}
