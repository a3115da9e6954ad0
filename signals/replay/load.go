package replay

import (
	"context"
	"math"

	"github.com/scrapebook/scrapebook/signals/capture"
)

// Loaded is a capture that was read as a whole, to be queried.
type Loaded struct {
	*Store
	Capture  Summary
	Problems []Problem

	capture *capture.Capture
}

// Load reads all scrapes of opts.Capture. Of the other options only Server,
// Interval, Lookback, Timeout, Features, Ingest, Queries, Workers and Progress
// count.
func Load(ctx context.Context, opts Options) (*Loaded, error) {
	opts, err := opts.checked()
	if err != nil {
		return nil, err
	}
	opts.Groups, opts.Keep = nil, true
	engine := opts.engine()
	keep, err := newRetention(opts, engine)
	if err != nil {
		return nil, err
	}
	ld := newLoader(opts, keep, engine)
	defer ld.prefetch.Close()
	if err := ld.until(ctx, math.MaxInt64); err != nil {
		return nil, err
	}
	ld.look()
	return &Loaded{
		Store:    newStore(ld, engine, opts),
		Capture:  ld.summary(opts.Capture, newSchedule(opts, opts.interval())),
		Problems: ld.found,
		capture:  opts.Capture,
	}, nil
}
