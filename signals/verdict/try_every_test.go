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
		trees, err := w.Explain(context.Background(), numbers, rapid.SampledFrom([]replay.Result{{}, *res}).Draw(rt, "at").End, nil)
		require.NoError(rt, err)
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
