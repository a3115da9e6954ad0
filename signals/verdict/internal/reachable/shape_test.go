package reachable_test

import (
	"testing"

	"github.com/scrapebook/scrapebook/signals/verdict/internal/reachable"
)

// A proof says whether it holds on any data or rests on the shape.
func TestRestsOnTheShape(t *testing.T) {
	for _, tt := range []struct {
		name, reason, expr string
		shape              bool
	}{
		{"a constant", "no data changes it", `vector(3) > 5`, false},
		{"a count", "there is none below 1", `count(queue) < 1`, false},
		{"a cap", "the buckets are those of the capture", `histogram_quantile(0.99, rate(sync_bucket[5m])) > 60`, true},
		{"a bound that the rule sets", "a native histogram has a quantile without +Inf, and that none comes is the shape's word",
			`histogram_quantile(0.99, label_replace(sum by (job) (rate(sync_bucket[5m])), "le", "5.0", "job", ".*")) <= 31`, true},
		{"+Inf that the rule sets", "and so it has without others", `histogram_quantile(0.99, label_replace(sum by (job) (rate(sync_bucket[5m])), "le", "+Inf", "job", ".*")) <= 31`, true},
		{"above 1", "so it is of native ones, too", `histogram_quantile(95, rate(sync_bucket[5m])) < 60`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			proofs := reachable.Analyse(parse(t, tt.expr), cluster(t))
			if len(proofs) == 0 {
				t.Fatalf("no proof: %s", tt.reason)
			}
			if proofs[0].OnShape != tt.shape {
				t.Errorf("on the shape: %v, want %v: %s (%s)", proofs[0].OnShape, tt.shape, tt.reason, proofs[0].Text)
			}
		})
	}
}
