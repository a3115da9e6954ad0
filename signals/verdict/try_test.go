package verdict_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// tried replays and tries.
func tried(t *testing.T, c *capture.Capture, groups []*rules.Group) *verdict.Result {
	t.Helper()
	w := verdict.NewWatcher()
	res, err := replay.Run(context.Background(), replay.Options{Capture: c, Groups: groups, Observer: w})
	require.NoError(t, err)
	why := w.Why(res)
	require.NoError(t, w.Try(context.Background(), why))
	return &verdict.Result{Result: res, Why: why}
}

// What is told of a change is what a replay of the rules gives in which the
// changed rule stands in the place of the rule.
func TestTriesAreWhatReplaysGive(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.txtar")
	require.NoError(t, err)
	tries := 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		require.NoError(t, err)
		part := map[string]string{}
		for _, f := range archive.Files {
			part[f.Name] = string(f.Data)
		}
		tries += checkTries(t, filepath.Base(file), scene(t, part["scene"]), groupsOf(t, part["rules.yml"]))
	}
	t.Logf("%d tries", tries)
	require.Greater(t, tries, 30)
}

func checkTries(t *testing.T, name string, c *capture.Capture, groups []*rules.Group) (tries int) {
	t.Helper()
	res := tried(t, c, groups)
	for i, why := range res.Why {
		for _, f := range why {
			for _, try := range f.Try {
				tries++
				where := fmt.Sprintf("%s: %s: %s: %s (%s)", name, res.Rules[i].Alert, f.ID, try.Change, try.Expr)
				alone := replaced(t, groups, i, try)
				other, err := replay.Run(context.Background(), replay.Options{Capture: c, Groups: alone})
				require.NoError(t, err, where)
				r := other.Rules[i]
				require.Equal(t, firstFired(r), try.Fires, where)
				text, _ := verdict.Outcome(res, i, r)
				require.Equal(t, text, try.Outcome, where)
			}
		}
	}
	return tries
}

// replaced are groups with the rule of a number as it was tried.
func replaced(t *testing.T, groups []*rules.Group, number int, try verdict.Try) []*rules.Group {
	t.Helper()
	var out []*rules.Group
	n := 0
	for _, g := range groups {
		c := *g
		c.Rules = nil
		for _, r := range g.Rules {
			if n == number {
				changed, err := r.With(try.Expr, nil)
				require.NoError(t, err)
				changed.For, changed.Labels = try.For, verdict.Labels(try)
				r = changed
			}
			c.Rules = append(c.Rules, r)
			n++
		}
		out = append(out, &c)
	}
	return out
}

func firstFired(r replay.Rule) time.Time {
	var first time.Time
	for _, a := range r.Alerts {
		for _, iv := range a.Intervals {
			if iv.State == replay.Firing && (first.IsZero() || iv.Start.Before(first)) {
				first = iv.Start
			}
		}
	}
	return first
}
