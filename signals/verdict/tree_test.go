package verdict_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// Where both sides of an operator gave something for other series, the tree is
// that of the instant at which the missing side came closest.
func TestTreeOfWhatNeverPaired(t *testing.T) {
	w := verdict.NewWatcher()
	res, err := replay.Run(context.Background(), replay.Options{
		Capture: scene(t, "j/a m 9*8\nj/a n 1 2 4 3 2 1 1 1\nj/b m 1*8\nj/b n 9*8"), Groups: groupsOf(t, `alert: A, expr: m > 5 and n > 5`), Observer: w,
	})
	require.NoError(t, err)
	require.Equal(t, verdict.Quiet, w.Why(res)[0][0].ID)
	trees, err := w.Explain(context.Background(), []int{0}, time.Time{}, nil)
	require.NoError(t, err)
	require.Equal(t, "closest", trees[0].Chosen)
	require.Equal(t, begin.Add(37500*time.Millisecond), trees[0].At, "n was 4 on a")
	require.Equal(t, "apart", trees[0].Nodes[0].Cause)
}

// What stands twice in an expression is evaluated once, and shown twice.
func TestTreeOfEqualParts(t *testing.T) {
	w := verdict.NewWatcher()
	res, err := replay.Run(context.Background(), replay.Options{
		Capture: scene(t, "j/a m 1 2 3 4"), Groups: groupsOf(t, `alert: A, expr: sum(m) > 0 and sum(m) < 9`), Observer: w,
	})
	require.NoError(t, err)
	w.Why(res)
	trees, err := w.Explain(context.Background(), []int{0}, res.End, nil)
	require.NoError(t, err)
	var sums []verdict.TreeNode
	for _, n := range trees[0].Nodes {
		if n.Expr == "sum(m)" {
			sums = append(sums, n)
		}
	}
	require.Len(t, sums, 2)
	require.Equal(t, 3.0, sums[0].Max)
	require.Equal(t, sums[0].Course, sums[1].Course)
	require.Equal(t, sums[0].Max, sums[1].Max)
}
