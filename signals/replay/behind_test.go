package replay_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/replay"
)

// An expression is said to be empty for the age of its samples when it is not
// empty at theirs, and in no other case.
func TestBehind(t *testing.T) {
	at := func(d time.Duration) int64 { return start.Add(d).UnixMilli() }
	first := fmt.Sprintf("own %d %d\nold %d\nhas 1", 1, at(-20*time.Minute), 2)
	last := fmt.Sprintf("near 3 %d\nhas 1", at(350*time.Second))
	var bodies []string
	for i := range 60 {
		body := "has 1"
		switch i {
		case 0:
			body = first
		case 59:
			body = last
		}
		bodies = append(bodies, body)
	}
	end := start.Add(590 * time.Second)
	loaded, err := replay.Load(context.Background(), replay.Options{Capture: open(t, files(map[string][]string{"i": bodies}))})
	require.NoError(t, err)
	for _, row := range []struct {
		expr, reason string
		want         *replay.Behind
	}{
		{"own", "its own timestamp lies before the look-back", &replay.Behind{Selector: "own", Newest: start.Add(-20 * time.Minute), By: 20*time.Minute + 590*time.Second, Reach: 5 * time.Minute, Own: true}},
		{"old > 1", "it was in the first scrape alone", &replay.Behind{Selector: "old", Newest: start, By: 590 * time.Second, Reach: 5 * time.Minute}},
		{"count_over_time(own[10m])", "a window looks further back", &replay.Behind{Selector: "own", Newest: start.Add(-20 * time.Minute), By: 20*time.Minute + 590*time.Second, Reach: 10 * time.Minute, Own: true}},
		{"old > 2", "it was no greater then", nil},
		{"own and has", "that has no value then", nil},
		{"own offset 29m50s", "it reaches further than the sample", nil},
		{"has > 1", "its samples are new", nil},
		{"near > 3", "its own timestamp lies within the look-back", nil},
		{"near", "it is not empty", nil},
		{"nothing", "there is no sample", nil},
		{"own @ 0", "it looks at a fixed time", nil},
		{"old(", "it is no expression", nil},
	} {
		got, ok, _ := loaded.Behind(context.Background(), row.expr, end)
		if row.want == nil {
			require.False(t, ok, "%s: %s, not %v", row.expr, row.reason, got)
			continue
		}
		require.True(t, ok, "%s: %s", row.expr, row.reason)
		require.Equal(t, *row.want, got, "%s: %s", row.expr, row.reason)
	}
}
