package replay

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// maxProblems bounds those kept of a whole capture; the rest is counted.
const maxProblems = 10_000

// loader moves scrapes into the timeline as the replay's clock goes on.
type loader struct {
	tl       *timeline.Timeline
	in       *ingest.Ingester
	prefetch *ingest.Prefetcher
	times    *times
	watch    *watch
	keep     *retention
	observer Observer    // may be nil
	server   *serverSide // nil: there is none
	progress func(int)
	held     func(kept, known int64) error // may be nil
	// flush evaluates the instants that wait, before something is stored that
	// they must not see.
	flush     func(context.Context) error
	stored    int // kept samples since the last time that nothing waited, about
	untrimmed int // and since the last trim
	trimAfter int // so many of these

	spare   int64          // bytes of samples that are kept in any case
	trimmed bool           // samples were dropped
	early   bool           // something was stored that is earlier than what was there
	tape    *timeline.Tape // has the samples, in place of scrapes; nil: it has not

	read    int
	samples int64 // of the scrapes that did not fail
	bulk    int64 // samples of dumps
	refused int   // of these
	counts  map[*capture.Target]*counts
	found   []Problem
	dropped int
}

// counts are what the scrapes of a target were.
type counts struct {
	failed  int
	formats []string
}

func (c *counts) format(name string) {
	if name != "unknown" && !slices.Contains(c.formats, name) {
		c.formats = append(c.formats, name)
	}
}

func newLoader(opts Options, keep *retention, engine *query.Engine) *loader {
	tl := timeline.NewKeeping(keep.keep)
	opts.Ingest.Forget = !opts.Keep
	in := ingest.New(tl, opts.Ingest)
	workers := cmp.Or(opts.Workers, runtime.GOMAXPROCS(0)) - 1
	if opts.Server != nil {
		workers = max(workers, atOnce-1) // they wait more than they work
	}
	ld := &loader{
		tl:        tl,
		in:        in,
		prefetch:  ingest.NewPrefetcher(opts.Capture, in, workers),
		times:     newTimes(opts),
		watch:     newWatch(),
		keep:      keep,
		progress:  opts.Progress,
		held:      opts.Held,
		trimAfter: defaultTrim,
		flush:     func(context.Context) error { return nil },
		counts:    map[*capture.Target]*counts{},
	}
	if opts.Memory != nil {
		ld.spare = memoryRoom
	}
	if opts.Segment > 0 {
		ld.trimAfter = 0 // as little memory as was asked for
	}
	for _, t := range opts.Capture.Targets {
		ld.counts[t] = &counts{}
	}
	if opts.Server != nil {
		ld.server = newServerSide(opts, engine, ld)
	}
	if ld.times.cut {
		ld.problem(Problem{ID: "gaps-cut", Severity: "error", Message: fmt.Sprintf(
			"more than %d scrapes are missing in gaps; those beyond are not counted as failed", maxMissed)})
	}
	for _, p := range opts.Capture.Problems {
		ld.found = append(ld.found, Problem{File: p.File, ID: p.ID, Severity: "warning", Message: p.Message})
	}
	return ld
}

// until ingests every scrape that was taken at ts or before, and what happened
// without one.
func (ld *loader) until(ctx context.Context, ts int64) error {
	if ld.tape != nil {
		n := ld.tape.Until(ts, ld.tl)
		ld.stored += n
		ld.untrimmed += n
		return ctx.Err()
	}
	for {
		at, ok := ld.prefetch.Peek()
		ok = ok && at <= ts
		if !ok {
			at = ts
		}
		for _, e := range ld.times.until(at) {
			if e.end { // dated before the time at which it is known
				if err := ld.flush(ctx); err != nil {
					return err
				}
			}
			ld.release(e.ts - 1)
			ld.happen(e)
		}
		if !ok {
			break
		}
		ld.release(at - 1)
		if err := ld.add(ctx); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	ld.release(ts)
	return nil
}

// release stores what dumps hold up to ts. Who is told of all that is stored is
// told in the order of times; of one time what is scraped comes first.
func (ld *loader) release(ts int64) {
	stored, refused := ld.in.Release(ts)
	ld.bulk += int64(stored)
	ld.refused += refused
}

// add stores the next scrape.
func (ld *loader) add(ctx context.Context) error {
	var written map[string]bool
	if ld.keep.ahead {
		written = ld.keep.written
	}
	rep, t, err := ld.prefetch.Store(written, func(clash bool) error {
		ld.early = true
		err := ld.flush(ctx)
		if clash { // scraped and written series are no longer apart
			ld.keep.ahead = false
		}
		return err
	})
	if err != nil {
		return err
	}
	ld.stored += rep.Kept
	ld.untrimmed += rep.Kept
	ld.read++
	if about := ld.counts[t]; about != nil { // a dump has no target
		if rep.Failed {
			about.failed++
		} else {
			about.format(rep.Format.String())
			ld.samples += int64(rep.Scraped)
		}
	}
	for _, p := range rep.Problems {
		ld.problem(p)
	}
	if ld.observer != nil {
		ld.observer.Scraped(ld.read-1, rep.Failed)
	}
	if ld.progress != nil {
		ld.progress(ld.read)
	}
	if ld.held != nil {
		return ld.held(ld.tl.Held(), ld.tl.Known()+ld.in.Held())
	}
	return nil
}

// trim drops what the instants from at on, if there are any, cannot see, once
// there is enough of it.
func (ld *loader) trim(at time.Time, _ int, ok bool) {
	if !ok || ld.keep.all || ld.untrimmed < ld.trimAfter || ld.sparing() {
		return
	}
	ld.untrimmed, ld.trimmed = 0, true
	ld.look()
	ld.tl.Trim(at.UnixMilli())
}

// sparing tells whether so few samples are kept that none need be dropped, for
// Options.Memory.
func (ld *loader) sparing() bool { return ld.tl.Held() < ld.spare }

// defaultTrim is how many kept samples may come in before old ones are dropped.
const defaultTrim = 50_000

func (ld *loader) problem(p Problem) {
	if len(ld.found) < maxProblems {
		ld.found = append(ld.found, p)
	} else {
		ld.dropped++
	}
}
