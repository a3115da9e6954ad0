package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/prometheus2"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// prometheus2 compares a result with what Prometheus 2 would have said.
func (f *replayFlags) prometheus2(cmd *cobra.Command, opts replay.Options, res *replay.Result, run func(replay.Options) (*replay.Result, error)) (*prometheus2.Comparison, error) {
	c, err := prometheus2.Compare(cmd.Context(), opts, res, func(_ context.Context, opts replay.Options) (*replay.Result, error) { return run(opts) })
	if err != nil {
		return nil, fmt.Errorf("--prometheus %s: %w", f.prometheus, err)
	}
	return c, nil
}
