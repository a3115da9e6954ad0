package replay_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// Options that were left zero are an error; a capture of nothing is replayed.
func TestZeroOptions(t *testing.T) {
	_, err := replay.Run(context.Background(), replay.Options{})
	require.ErrorContains(t, err, "Options.Capture is nil")
	_, err = replay.Load(context.Background(), replay.Options{})
	require.ErrorContains(t, err, "Options.Capture is nil")
	_, err = replay.Run(context.Background(), replay.Options{Capture: &capture.Capture{}})
	require.NoError(t, err)
	require.False(t, replay.Rule{}.KnowsMetric())
	require.Equal(t, "nothing is evaluated: no instant (every 0s) lies between From and To", (&replay.NoInstantError{}).Error())
}
