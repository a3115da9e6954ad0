package verdict_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// Of several times for which a condition held, and that were as long as each
// other, it is always the same one that is told of.
func TestRunsThatEndTogether(t *testing.T) {
	c := scene(t, "j/i m{a=\"1\"} 9*4 1*4\nj/i m{a=\"2\"} 9*4 _*4\nj/i m{a=\"3\"} 9*4 2*4")
	for range 20 {
		res, err := verdict.Run(context.Background(), replay.Options{Capture: c, Groups: groupsOf(t, "alert: A, expr: m > 5, for: 10m")})
		require.NoError(t, err)
		require.Equal(t, verdict.NotHeld, res.Why[0][0].ID)
		require.Contains(t, res.Why[0][0].Text, `on i, a="1"`)
	}
}
