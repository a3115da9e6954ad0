package replay

import (
	"context"
	"time"

	"github.com/prometheus/prometheus/storage"

	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// An Observer watches a replay as it goes on, for who wants to tell why a rule
// came to what it did. Its calls come one after another, in the order of the
// replay's clock; it changes no result. Rules are numbered as in Result.Rules.
//
// Scrapes may be stored ahead of the instants in front of them, where no rule
// could see the difference: what Scraped and Samples tell may be younger than
// the instant of the next Saw. What Look.Ask gives is not.
type Observer interface {
	// Begin is called before all others, with the options of the replay and
	// its store, which may be read until Done: it holds what rules can look
	// back on.
	Begin(Options, storage.Queryable)
	// Scraped is called for each scrape of a target once it is stored: number n
	// of Options.Capture, as Capture.Entry counts.
	Scraped(n int, failed bool)
	// Saw is called with each query of a rule, before anything that comes of it
	// is written.
	Saw(rule int, look rules.Look)
	// Came is called with what became of each evaluation. The outcome is valid
	// during the call.
	Came(rule int, at time.Time, out *rules.Outcome)
	// Samples is called before samples are dropped, and at the end: each sample
	// of a series that a rule selects is there at one call at least, and most
	// are there at several.
	Samples(storage.Queryable)
	// Done is called at the end, with the index of what there was.
	Done(*ingest.Names)
}

// saw is the evaluator's side of an Observer: of a group before which there are
// so many rules.
func saw(o Observer, before int) func(rules.Look) {
	if o == nil {
		return nil
	}
	return func(l rules.Look) { o.Saw(before+l.Rule, l) }
}

// look takes what is new in the timeline.
func (ld *loader) look() {
	ld.watch.look(ld.tl)
	if ld.observer != nil {
		ld.observer.Samples(ld.tl)
	}
}

// lookAt takes what is left once everything is there, and all that a server
// has.
func (ld *loader) lookAt(ctx context.Context, readTo int64) error {
	if ld.server == nil {
		ld.look()
		return nil
	}
	return ld.server.look(ctx, ld, readTo)
}

// queryable is what rules see.
func (ld *loader) queryable() storage.Queryable {
	if ld.server != nil {
		return ld.server.beside.Over()
	}
	return ld.tl
}

// Observers are several that watch together; each call goes to one after the
// other.
type Observers []Observer

// Begin implements Observer.
func (o Observers) Begin(opts Options, store storage.Queryable) {
	for _, one := range o {
		one.Begin(opts, store)
	}
}

// Scraped implements Observer.
func (o Observers) Scraped(n int, failed bool) {
	for _, one := range o {
		one.Scraped(n, failed)
	}
}

// Saw implements Observer.
func (o Observers) Saw(rule int, look rules.Look) {
	for _, one := range o {
		one.Saw(rule, look)
	}
}

// Came implements Observer.
func (o Observers) Came(rule int, at time.Time, out *rules.Outcome) {
	for _, one := range o {
		one.Came(rule, at, out)
	}
}

// Samples implements Observer.
func (o Observers) Samples(store storage.Queryable) {
	for _, one := range o {
		one.Samples(store)
	}
}

// Done implements Observer.
func (o Observers) Done(names *ingest.Names) {
	for _, one := range o {
		one.Done(names)
	}
}
