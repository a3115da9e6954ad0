package verdict_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/terminal"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// Whatever the rules and the capture: each change comes to what a replay of the
// changed rule gives, and each rule can be explained.
func TestEveryTry(t *testing.T) {
	tries, runs := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		if runs++; testing.Short() && runs > 20 {
			return
		}
		var text strings.Builder
		text.WriteString("groups:\n- name: g\n  rules:\n")
		for i := range rapid.IntRange(1, 5).Draw(rt, "rules") {
			if rapid.IntRange(0, 4).Draw(rt, "kind") == 0 {
				fmt.Fprintf(&text, "  - {record: 'r:%d', expr: %q}\n", rapid.IntRange(0, 2).Draw(rt, "record"), drawExpr(rt, 3))
				continue
			}
			fmt.Fprintf(&text, "  - {alert: A%d, expr: %q, for: %s, labels: {l: %q}}\n", i, drawAlert(rt),
				rapid.SampledFrom([]string{"0s", "30s", "2m", "1h"}).Draw(rt, "for"), rapid.SampledFrom([]string{"", "x", "{{ $value }}"}).Draw(rt, "label"))
		}
		groups, errs := rules.Parse("r.yml", []byte(text.String()), rules.ParseOptions{})
		if errs != nil {
			rt.Fatalf("%v in\n%s", errs, text.String())
		}
		c := scene(t, drawScene(rt))
		tries += checkTries(t, text.String(), c, groups)

		w := verdict.NewWatcher()
		res, err := replay.Run(context.Background(), replay.Options{Capture: c, Groups: groups, Observer: w})
		require.NoError(rt, err)
		why := w.Why(res)
		var numbers []int
		for i := range res.Rules {
			numbers = append(numbers, i)
		}
		at := rapid.SampledFrom([]replay.Result{{}, *res}).Draw(rt, "at").End
		trees, err := w.Explain(context.Background(), numbers, at, nil)
		require.NoError(rt, err)
		require.NoError(rt, w.Try(context.Background(), why))
		apart := outcomes(why)
		together, err := w.Explain(context.Background(), numbers, at, why)
		require.NoError(rt, err)
		require.Equal(rt, apart, outcomes(why), text.String())
		require.Equal(rt, shown(trees), shown(together), text.String())

		w = verdict.NewWatcher()
		again, err := replay.Run(context.Background(), replay.Options{Capture: c, Groups: groups, Observer: w, Memory: new(replay.Memory)})
		require.NoError(rt, err)
		remembered := w.Why(again)
		together, err = w.Explain(context.Background(), numbers, at, remembered)
		require.NoError(rt, err)
		require.Equal(rt, asJSON(t, res, why), asJSON(t, again, remembered), text.String())
		require.Equal(rt, apart, outcomes(remembered), text.String())
		require.Equal(rt, shown(trees), shown(together), text.String())
		for _, tree := range trees {
			if tree.Chosen == "firing" {
				require.NotZero(rt, tree.Nodes[0].Series, "%s fired at %s\n%s", res.Rules[tree.Rule].Expr, tree.At, text.String())
			}
			require.Len(rt, tree.Nodes[0].Course, res.Rules[tree.Rule].Evaluations)
		}
		for _, width := range []int{60, 80, 120} {
			var page strings.Builder
			require.NoError(rt, report.Text{Width: width, Why: why}.Explain(&page, res, trees))
			for line := range strings.Lines(page.String()) {
				if terminal.Width(strings.TrimSuffix(line, "\n")) > width && strings.Contains(strings.TrimSpace(line), " ") { // one word may be longer
					rt.Fatalf("a line of more than %d columns: %s", width, line)
				}
			}
		}
		require.NoError(rt, report.JSON{Why: why}.Explain(&strings.Builder{}, res, trees))
	})
	t.Logf("%d tries", tries)
	require.NotZero(t, tries)
}

// shown is all that trees tell; NaN is as good as NaN.
func shown(trees []*verdict.Tree) string {
	var out strings.Builder
	for _, tree := range trees {
		fmt.Fprintln(&out, tree.Rule, tree.At, tree.Chosen, tree.Err, tree.Evaluations)
		for _, n := range tree.Nodes {
			if n.Match != nil {
				fmt.Fprintf(&out, "%+v\n", *n.Match)
			}
			if n.Quantile != nil {
				fmt.Fprintf(&out, "%+v\n", *n.Quantile)
			}
			n.Match, n.Quantile = nil, nil
			fmt.Fprintf(&out, "%+v\n", n)
		}
	}
	return out.String()
}

// outcomes are what came of all that was tried.
func outcomes(why [][]verdict.Finding) string {
	var out strings.Builder
	for _, list := range why {
		for _, f := range list {
			for _, try := range f.Try {
				fmt.Fprintln(&out, f.ID, try.Change, try.Outcome, try.Fires, f.Untried)
			}
		}
	}
	return out.String()
}
