package replay

import (
	"context"
	"math"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/query"
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
	return ld.loaded(engine, opts), nil
}

// loaded is what was read, once all of it was.
func (ld *loader) loaded(engine *query.Engine, opts Options) *Loaded {
	ld.look()
	return &Loaded{
		Store:    newStore(ld, engine, opts),
		Capture:  ld.summary(opts.Capture, newSchedule(opts, opts.interval())),
		Problems: ld.found,
		capture:  opts.Capture,
	}
}
