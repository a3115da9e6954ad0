package rules_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/scrapebook/scrapebook/signals/rules"
)

func TestClosest(t *testing.T) {
	for _, tt := range []struct {
		name, reason, expr string
		want               float64
		labels             string // "": no Closest
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
		{"no threshold", "nothing to be closest to", "m and none", 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := newStore().load(t, 10*time.Second, `m{a="1"} -5`, `m{a="2"} 2`, `m{a="3"} 7`, `n 2`)
			closest := evaluator(t, st, group("", "- alert: A\n  expr: "+tt.expr)).Eval(context.Background(), seconds(0))[0].Closest
			switch {
			case closest == nil && tt.labels == "":
			case closest == nil:
				t.Errorf("nothing: %s", tt.reason)
			case closest.Value != tt.want || closest.Labels.String() != tt.labels:
				t.Errorf("got %+v: %s", closest, tt.reason)
			}
			skipped := evaluator(t, st, group("", "- alert: A\n  expr: "+tt.expr), func(o *rules.EvalOptions) { o.SkipClosest = true })
			if closest := skipped.Eval(context.Background(), seconds(0))[0].Closest; closest != nil {
				t.Errorf("asked although not wanted: %+v", closest)
			}
		})
	}
}

func TestInfosOfARecordingRule(t *testing.T) {
	st := newStore().load(t, 10*time.Second, `m 1 2 3`)
	out := evaluator(t, st, group("", "- record: r\n  expr: rate(m[30s])")).Eval(context.Background(), seconds(20))[0]
	if len(out.Infos) != 1 || !strings.Contains(out.Infos[0], "might not be a counter") || out.Series != 1 {
		t.Errorf("got %+v", out)
	}
}
