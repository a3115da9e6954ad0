package replay

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/prometheus/prometheus/storage"

	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// Loaded is a capture that was read as a whole, to be queried.
type Loaded struct {
	storage.Queryable
	Capture  Summary
	Interval time.Duration // the default step of subqueries, as in Run
	Problems []Problem
	// Seen is the index of what there was, whether or not it was loaded.
	Seen func() *ingest.Seen

	tl    *timeline.Timeline
	asked *query.Engine   // with the options of Load
	ask   map[string]bool // selectors that may be asked; nil: all
}

// Load reads all scrapes of opts.Capture. Of the other options only Interval,
// Lookback, Features, Ingest, Ask, Workers and Progress count.
func Load(ctx context.Context, opts Options) (*Loaded, error) {
	opts, err := opts.withFeatures()
	if err != nil {
		return nil, err
	}
	opts.Groups = nil
	engine := opts.engine()
	w, err := newWants(opts, engine)
	if err != nil {
		return nil, err
	}
	ld := newLoader(opts, w)
	defer ld.prefetch.Close()
	if err := ld.until(ctx, math.MaxInt64); err != nil {
		return nil, err
	}
	ld.watch.look(ld.tl)
	return &Loaded{
		Queryable: ld.tl,
		Capture:   ld.summary(opts.Capture, newSchedule(opts, opts.interval())),
		Interval:  opts.interval(),
		Problems:  ld.problems(),
		Seen:      sync.OnceValue(ld.in.Seen),
		tl:        ld.tl,
		asked:     engine,
		ask:       askable(engine, opts.Ask),
	}, nil
}

// Blind lists the selectors of an expression that match no series of the
// capture, with what there is in their place.
func (l *Loaded) Blind(expr string) []Selector {
	var list []Selector
	for _, s := range l.asked.Selectors(expr) {
		if l.tl.Count(s.Matchers...) == 0 {
			list = append(list, Selector{Text: s.String, Nearest: nearest(l.Seen(), s.Matchers)})
		}
	}
	return list
}
