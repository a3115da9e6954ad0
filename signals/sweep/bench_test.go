package sweep_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/sweep"
)

// A sweep beside the replay that it is part of: it is to cost no more than that
// once more.
func BenchmarkSweep(b *testing.B) {
	files, err := fixtures.FS("incident")
	require.NoError(b, err)
	c, err := capture.Open(files, "incident", capture.Options{})
	require.NoError(b, err)
	groups, errs := rules.Parse("real.yml", []byte(realRules), rules.ParseOptions{})
	require.Empty(b, errs)
	opts := replay.Options{Capture: c, Groups: groups}
	b.Run("replay", func(b *testing.B) {
		for b.Loop() {
			_, err := replay.Run(context.Background(), opts)
			require.NoError(b, err)
		}
	})
	b.Run("sweep", func(b *testing.B) {
		for b.Loop() {
			_, err := sweep.Run(context.Background(), opts, c.Incidents...)
			require.NoError(b, err)
		}
	})
}
