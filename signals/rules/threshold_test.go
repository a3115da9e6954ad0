package rules_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/scrapebook/scrapebook/signals/rules"
)

func TestThreshold(t *testing.T) {
	none := rules.Threshold{}
	for _, tt := range []struct {
		name, reason, expr string
		want               rules.Threshold
	}{
		{"plain", "the usual form", "m > 1", rules.Threshold{Op: ">", Value: 1}},
		{"swapped", "the constant is always on the right", "1 < m", rules.Threshold{Op: ">", Value: 1}},
		{"swapped with equality", "<= becomes >=", "1 <= m", rules.Threshold{Op: ">=", Value: 1}},
		{"equality", "has no direction", "0 == m", rules.Threshold{Op: "==", Value: 0}},
		{"parentheses", "do not matter", "((m) >= (5))", rules.Threshold{Op: ">=", Value: 5}},
		{"and", "its left side decides", "m > 1 and on() n > 2", rules.Threshold{Op: ">", Value: 1}},
		{"unless", "its left side decides", "(m < 1) unless n", rules.Threshold{Op: "<", Value: 1}},
		{"arithmetic", "literals are computed", "m > -(2 ^ 3) * 10 / 4 + 1 - 7 % 4", rules.Threshold{Op: ">", Value: -22}},
		{"infinity", "is a number", "m != Inf", rules.Threshold{Op: "!=", Value: math.Inf(1)}},
		{"duration literal", "is a number too", "m > 5m", rules.Threshold{Op: ">", Value: 300}},
		{"bool", "filters nothing", "m > bool 1", none},
		{"or", "neither side decides alone", "m > 1 or n > 2", none},
		{"two vectors", "no constant", "m > n", none},
		{"scalar function", "not folded", "m > scalar(n)", none},
		{"no comparison", "nothing to compare with", "m", none},
		{"under a function", "decides about the function's input only", "absent(m > 1)", none},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g, err := rules.ParseExpr("x", tt.expr, rules.ParseOptions{})
			if err != nil {
				t.Fatal(err)
			}
			got := none
			if th := g.Rules[0].Threshold; th != nil {
				got.Op, got.Value = th.Op, th.Value
			}
			if got != tt.want {
				t.Errorf("got %+v, want %+v: %s", got, tt.want, tt.reason)
			}
		})
	}
}

func TestNear(t *testing.T) {
	for _, tt := range []struct {
		name, reason, expr string
		want               float64
		labels             string // "": no Near
	}{
		{"greater", "the largest", "m > 100", 7, `{__name__="m", a="3"}`},
		{"less", "the smallest", "m < -100", -5, `{__name__="m", a="1"}`},
		{"equal", "the least distance", "m == 2.5", 2, `{__name__="m", a="2"}`},
		{"not equal", "all are equal to it", "n != 2", 2, `{__name__="n"}`},
		{"infinite", "no value reaches it", "m > Inf", 7, `{__name__="m", a="3"}`},
		{"equal to infinity", "any is as far: the first by labels", "m == Inf", -5, `{__name__="m", a="1"}`},
		{"and", "beyond the threshold, held back by the other side", "m > 1 and none", 7, `{__name__="m", a="3"}`},
		{"swapped", "the other side is asked", "100 < m", 7, `{__name__="m", a="3"}`},
		{"computed", "the other side as a whole", "sum(m) * 2 > 100", 8, `{}`},
		{"no data", "nothing to compare", "none > 1", 0, ""},
		{"not a number", "has no place on the line", "m * NaN > 1", 0, ""},
		{"fires", "asked only when the result is empty", "m > 1", 0, ""},
		{"no threshold", "nothing to be near to", "m and none", 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := newStore().load(t, 10*time.Second, `m{a="1"} -5`, `m{a="2"} 2`, `m{a="3"} 7`, `n 2`)
			near := evaluator(t, st, group("", "- alert: A\n  expr: "+tt.expr)).Eval(context.Background(), seconds(0))[0].Near
			switch {
			case near == nil && tt.labels == "":
			case near == nil:
				t.Errorf("nothing: %s", tt.reason)
			case near.Value != tt.want || near.Labels.String() != tt.labels:
				t.Errorf("got %+v: %s", near, tt.reason)
			}
			skipped := evaluator(t, st, group("", "- alert: A\n  expr: "+tt.expr), func(o *rules.EvalOptions) { o.SkipNear = true })
			if near := skipped.Eval(context.Background(), seconds(0))[0].Near; near != nil {
				t.Errorf("asked although not wanted: %+v", near)
			}
		})
	}
}
