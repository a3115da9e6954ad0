package verdict_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// What quiet calls the closest approach is what a range query over the whole
// capture gives, of all values at all evaluations the one that is furthest
// towards the threshold; time and labels are its own.
func TestClosestIsWhatARangeQueryGives(t *testing.T) {
	fsys, err := fixtures.FS("flaky")
	require.NoError(t, err)
	c, err := capture.Open(fsys, "flaky", capture.Options{})
	require.NoError(t, err)
	compared := 0
	for _, name := range []string{"kube-proxy", "promql", "services"} {
		text, err := os.ReadFile("testdata/rules/" + name + ".yml")
		require.NoError(t, err)
		groups, errs := rules.Parse(name, text, rules.ParseOptions{})
		require.Nil(t, errs)
		w := verdict.NewWatcher()
		res, err := replay.Run(context.Background(), replay.Options{Capture: c, Groups: groups, Observer: w, Keep: true})
		require.NoError(t, err)
		for i, why := range w.Why(res) {
			for _, f := range why {
				n, problem := comparedWithARange(t, res, &res.Rules[i], f)
				require.Empty(t, problem)
				compared += n
			}
		}
	}
	require.Greater(t, compared, 120)
}

// comparedWithARange compares the closest approach of a finding with a range
// query over the kept store; n is 0 where that can't be done.
func comparedWithARange(t *testing.T, res *replay.Result, r *replay.Rule, f verdict.Finding) (n int, problem string) {
	t.Helper()
	v, ok := f.Evidence["value"].(float64)
	if f.ID != verdict.Quiet || !ok || r.Failed > 0 || f.Evidence["held"] != nil || f.Evidence["moves"] != nil || strings.Contains(r.Expr, "@") || strings.Contains(r.Expr, "offset -") || strings.Contains(r.Expr, "ALERTS") || strings.Contains(r.Expr, "r:") {
		return 0, "" // asked later, these see what the rule could not
	}
	operand, th := compares(t, f)
	if operand == "" {
		return 0, ""
	}
	at := f.Evidence["at"].(time.Time)
	first := at.Add(-at.Sub(res.Start) / res.Interval * res.Interval)
	got, err := res.Store.Range(context.Background(), operand, first, first.Add(time.Duration(r.Evaluations-1)*res.Interval), res.Interval)
	require.NoError(t, err, r.Expr)
	best, found := math.NaN(), false
	for _, s := range got.Series {
		for _, p := range s.Floats {
			if c := th.Closest([]query.Sample{{Value: best}, {Value: p.Value}}); c != nil {
				best = c.Value
			}
			found = found || p.Value == v && p.Time == at.UnixMilli()
		}
	}
	switch {
	case best != v && !((th.Op == "==" || th.Op == "!=") && math.Abs(best-th.Value) == math.Abs(v-th.Value)): // on either side of it
		return 1, fmt.Sprintf("%s: %v is closer: %s", r.Expr, best, f.Text)
	case !found:
		return 1, fmt.Sprintf("%s: not at %s: %s", r.Expr, at, f.Text)
	}
	return 1, ""
}

// compares takes the comparison of a finding apart: what is compared, and with
// which threshold; "" where that is no comparison by itself.
func compares(t *testing.T, f verdict.Finding) (operand string, th query.Threshold) {
	t.Helper()
	parsed, err := query.NewParser(nil).ParseExpr(f.Expr)
	require.NoError(t, err, f.Expr)
	e, ok := parsed.(*parser.BinaryExpr)
	if !ok || !e.Op.IsComparisonOperator() {
		return "", th
	}
	h := &holder{}
	require.NoError(t, scanThreshold(f, h))
	th = query.Threshold{Op: h.op, Value: h.limit}
	if e.LHS.Type() == parser.ValueTypeScalar {
		return e.RHS.String(), th
	}
	return e.LHS.String(), th
}
