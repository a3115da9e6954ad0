package query_test

import (
	"math"
	"testing"

	"github.com/scrapebook/scrapebook/signals/query"
)

func TestThreshold(t *testing.T) {
	none := query.Threshold{}
	for _, tt := range []struct {
		name, reason, expr string
		want               query.Threshold
	}{
		{"plain", "the usual form", "m > 1", query.Threshold{Op: ">", Value: 1}},
		{"swapped", "the constant is always on the right", "1 < m", query.Threshold{Op: ">", Value: 1}},
		{"swapped with equality", "<= becomes >=", "1 <= m", query.Threshold{Op: ">=", Value: 1}},
		{"swapped the other way", "> becomes <", "1 > m", query.Threshold{Op: "<", Value: 1}},
		{"swapped the other way with equality", ">= becomes <=", "1 >= m", query.Threshold{Op: "<=", Value: 1}},
		{"equality", "has no direction", "0 == m", query.Threshold{Op: "==", Value: 0}},
		{"parentheses", "do not matter", "((m) >= (5))", query.Threshold{Op: ">=", Value: 5}},
		{"and", "its left side decides", "m > 1 and on() n > 2", query.Threshold{Op: ">", Value: 1}},
		{"unless", "its left side decides", "(m < 1) unless n", query.Threshold{Op: "<", Value: 1}},
		{"arithmetic", "literals are computed", "m > -(2 ^ 3) * 10 / 4 + 1 - 7 % 4", query.Threshold{Op: ">", Value: -22}},
		{"infinity", "is a number", "m != Inf", query.Threshold{Op: "!=", Value: math.Inf(1)}},
		{"duration literal", "is a number too", "m > 5m", query.Threshold{Op: ">", Value: 300}},
		{"bool", "filters nothing", "m > bool 1", none},
		{"or", "neither side decides alone", "m > 1 or n > 2", none},
		{"two vectors", "no constant", "m > n", none},
		{"scalar function", "not folded", "m > scalar(n)", none},
		{"no comparison", "nothing to compare with", "m", none},
		{"under a function", "decides about the function's input only", "absent(m > 1)", none},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, err := query.Parse("x", tt.expr, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := none
			if th := e.Threshold; th != nil {
				got.Op, got.Value = th.Op, th.Value
			}
			if got != tt.want {
				t.Errorf("got %+v, want %+v: %s", got, tt.want, tt.reason)
			}
		})
	}
}
