package verdict_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// Whatever the rule and the capture, findings change no result, every silent
// rule has one, none is empty, and what came closest lies on the safe side.
func TestEveryRule(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		scenery := drawScene(rt)
		var text strings.Builder
		text.WriteString("groups:\n- name: g\n  rules:\n")
		for i := range rapid.IntRange(1, 6).Draw(rt, "rules") {
			if rapid.IntRange(0, 5).Draw(rt, "kind") == 0 {
				fmt.Fprintf(&text, "  - {record: 'r:%d', expr: %q}\n", rapid.IntRange(0, 2).Draw(rt, "record"), drawExpr(rt, 3))
				continue
			}
			fmt.Fprintf(&text, "  - {alert: A%d, expr: %q, for: %s, labels: {l: %q}}\n", i, drawAlert(rt),
				rapid.SampledFrom([]string{"0s", "30s", "2m", "1h"}).Draw(rt, "for"), rapid.SampledFrom([]string{"", "x", "{{ $value }}"}).Draw(rt, "label"))
		}
		everyRule(t, rt, scenery, text.String())
	})
}

func everyRule(t *testing.T, rt *rapid.T, scenery, text string) {
	groups, errs := rules.Parse("r.yml", []byte(text), rules.ParseOptions{})
	if errs != nil {
		rt.Fatalf("%v in\n%s", errs, text)
	}
	opts := replay.Options{Capture: scene(t, scenery), Groups: groups}
	plain, err := replay.Run(context.Background(), opts)
	require.NoError(rt, err)
	opts.Keep = true
	res, err := verdict.Run(context.Background(), opts)
	require.NoError(rt, err)
	require.Equal(rt, asJSON(t, plain, nil), asJSON(t, res.Result, nil), "findings change the result of\n%s\n%s", scenery, text)
	asJSON(t, res.Result, res.Why)
	for i, r := range res.Rules {
		silent := r.Verdict != replay.VerdictFiring && !(r.Record != "" && r.Recorded > 0)
		if silent && len(res.Why[i]) == 0 {
			rt.Fatalf("%s has no finding: %s\n%s\n%s", r.Verdict, r.Expr, scenery, text)
		}
		for _, f := range res.Why[i] {
			if f.Text == "" || strings.Contains(f.Text, "%!") || f.Start > f.End || f.End > len(r.Expr) {
				rt.Fatalf("%+v", f)
			}
			// What came late, rules could not see when it was due.
			if late := strings.Contains(scenery, "removed") || strings.Contains(scenery, "@-"); !late {
				if _, problem := comparedWithARange(t, res.Result, &r, f); problem != "" {
					rt.Fatalf("%s\n%s", problem, scenery)
				}
			}
			if v, ok := f.Evidence["value"].(float64); ok && f.ID == verdict.Quiet {
				var op string
				var limit float64
				_, err := fmt.Sscan(f.Evidence["threshold"].(string), &op, &limit)
				if err == nil && (&holder{op, limit}).holds(v) {
					rt.Fatalf("%s: %s\n%s", r.Expr, f.Text, scenery)
				}
			}
		}
	}
}

// holder is a comparison with a constant, told anew.
type holder struct {
	op    string
	limit float64
}

func (h *holder) holds(v float64) bool {
	switch h.op {
	case ">":
		return v > h.limit
	case ">=":
		return v >= h.limit
	case "<":
		return v < h.limit
	case "<=":
		return v <= h.limit
	case "==":
		return v == h.limit
	case "!=":
		return v != h.limit
	}
	return math.IsNaN(v)
}

func asJSON(t *testing.T, res *replay.Result, why [][]verdict.Finding) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, report.JSON{Why: why}.Report(&b, res))
	require.True(t, json.Valid([]byte(b.String())))
	require.NoError(t, report.Text{Why: why, WhyAll: true}.Report(&b, res))
	return b.String()
}

// drawScene draws the scrapes of up to three targets.
func drawScene(t *rapid.T) string {
	var b strings.Builder
	n := rapid.IntRange(1, 24).Draw(t, "scrapes")
	mayBeOld := rapid.Bool().Draw(t, "old")
	for i := range rapid.IntRange(1, 3).Draw(t, "targets") {
		name := fmt.Sprintf("j%d/i%d", i/2, i)
		every := rapid.SampledFrom([]string{"15s", "15s", "30s", "1m", "7m"}).Draw(t, "every")
		fmt.Fprintf(&b, "%s EVERY %s\n", name, every)
		if rapid.IntRange(0, 3).Draw(t, "fails") == 0 {
			fmt.Fprintf(&b, "%s SCRAPES %s\n", name, "ok "+strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"ok", "ok", "ok", "fail", "gap"}), n, n).Draw(t, "fate"), " "))
		}
		if rapid.IntRange(0, 5).Draw(t, "removed") == 0 && i == 0 {
			fmt.Fprintf(&b, "yaml targets: {%s: {ends: removed}}\n", name)
		}
		fmt.Fprintf(&b, "%s x 1*%d\n%s TYPE c_total counter\n%s TYPE h histogram\n", name, n, name, name)
		for _, series := range []string{`m{a="1"}`, `m{a="2"}`, `n{a="1"}`, `n{b="1"}`, "c_total", `h_bucket{le="1"}`, `h_bucket{le="5"}`, `h_bucket{le="+Inf"}`} {
			if rapid.IntRange(0, 3).Draw(t, "there") == 0 {
				continue
			}
			words := rapid.SliceOfN(rapid.SampledFrom([]string{"0", "1", "2", "5", "9", "_", "_", "NaN", "-3"}), 1, 4).Draw(t, "values")
			fmt.Fprintf(&b, "%s %s", name, series)
			for _, w := range words {
				own := ""
				if mayBeOld && rapid.IntRange(0, 20).Draw(t, "own") == 0 && w != "_" {
					own = "@-400"
				}
				fmt.Fprintf(&b, " %s%s*%d", w, own, (n+len(words)-1)/len(words))
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// drawAlert draws what alerts mostly are: a comparison, or several.
func drawAlert(t *rapid.T) string {
	one := func() string {
		op := rapid.SampledFrom([]string{">", "<", "==", "!=", ">=", "<=", "> bool"}).Draw(t, "op")
		return fmt.Sprintf("%s %s %s", drawExpr(t, 2), op, rapid.SampledFrom([]string{"0", "1", "5", "100", "-1", "scalar(m)"}).Draw(t, "limit"))
	}
	switch rapid.IntRange(0, 6).Draw(t, "alert") {
	case 0:
		return drawExpr(t, 3)
	case 1:
		return fmt.Sprintf("(%s) %s (%s)", one(), drawSet(t), one())
	}
	return one()
}

func drawSet(t *rapid.T) string {
	return rapid.SampledFrom([]string{"and", "or", "unless", "and on (instance)", "unless on (a)", "and on ()", "or on (job)"}).Draw(t, "set")
}

// drawExpr draws an expression of instant vectors.
func drawExpr(t *rapid.T, depth int) string {
	selector := func() string {
		s := rapid.SampledFrom([]string{"m", "n", "c_total", "h_bucket", "up", "nothing", `m{a="1"}`, `m{a="3"}`, `n{b=~"1|2"}`, `m{none="x"}`, "r:0", "ALERTS", `ALERTS{alertname="A1"}`, `{__name__=~"m|n"}`}).Draw(t, "selector")
		return s
	}
	offset := func() string {
		return rapid.SampledFrom([]string{"", "", "", "", " offset 1m", " offset 1d"}).Draw(t, "offset")
	}
	if depth == 0 {
		return selector() + offset()
	}
	switch rapid.IntRange(0, 11).Draw(t, "expr") {
	case 0, 1:
		f := rapid.SampledFrom([]string{"rate", "increase", "max_over_time", "changes", "deriv", "count_over_time", "absent_over_time"}).Draw(t, "function")
		return fmt.Sprintf("%s(%s[%s]%s)", f, selector(), rapid.SampledFrom([]string{"15s", "1m", "5m", "1h"}).Draw(t, "range"), offset())
	case 2:
		return fmt.Sprintf("%s(%s)", rapid.SampledFrom([]string{"sum", "count", "max", "avg", "group"}).Draw(t, "aggregation"), drawExpr(t, depth-1))
	case 3:
		return fmt.Sprintf("sum %s (%s)", rapid.SampledFrom([]string{"by (instance)", "by (le, job)", "without (a)", "by ()"}).Draw(t, "by"), drawExpr(t, depth-1))
	case 4:
		return fmt.Sprintf("histogram_quantile(0.9, %s)", drawExpr(t, depth-1))
	case 5:
		return fmt.Sprintf("(%s) %s (%s)", drawExpr(t, depth-1), rapid.SampledFrom([]string{"/", "-", "* on (instance)", "/ ignoring (a)", ">", "== on (job)", "* on (instance) group_left ()"}).Draw(t, "operator"), drawExpr(t, depth-1))
	case 6:
		return fmt.Sprintf("(%s) %s (%s)", drawExpr(t, depth-1), drawSet(t), drawExpr(t, depth-1))
	case 7:
		return fmt.Sprintf("(%s) %s %s", drawExpr(t, depth-1), rapid.SampledFrom([]string{">", "<", "=="}).Draw(t, "op"), rapid.SampledFrom([]string{"0", "4"}).Draw(t, "limit"))
	case 8:
		return fmt.Sprintf("%s(%s)", rapid.SampledFrom([]string{"absent", "abs", "-", "timestamp", "vector(1) + "}).Draw(t, "call"), drawExpr(t, depth-1))
	case 9:
		return fmt.Sprintf("max_over_time((%s)[2m:30s])", drawExpr(t, depth-1))
	case 10:
		return rapid.SampledFrom([]string{"vector(0)", "hour()", "vector(time())"}).Draw(t, "constant")
	}
	return selector() + offset()
}
