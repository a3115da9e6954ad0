package replay

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// maxProblems bounds those kept of a whole capture; the rest is counted.
const maxProblems = 10_000

// loader moves scrapes into the timeline as the replay's clock goes on. It is
// also where the rules append what they record.
type loader struct {
	tl       *timeline.Timeline
	in       *ingest.Ingester
	crew     *crew
	times    *times
	watch    *watch
	wants    *wants
	progress func(int)
	// settle evaluates the instants that wait, before something is stored that
	// they must not see.
	settle    func(context.Context) error
	stored    int // kept samples since the last time that nothing waited, about
	untrimmed int // and since the last trim
	trimAfter int // so many of these

	read    int
	bulk    int64 // samples of dumps
	refused int   // of these
	seen    map[*capture.Target]*seen
	found   []Problem
	dropped int
}

// seen is what the scrapes of a target were.
type seen struct {
	failed  int
	formats []string
}

func (s *seen) format(name string) {
	if name != "unknown" && !slices.Contains(s.formats, name) {
		s.formats = append(s.formats, name)
	}
}

func newLoader(opts Options, w *wants) *loader {
	tl := timeline.NewKeeping(w.keep)
	in := ingest.New(tl, opts.Ingest)
	workers := cmp.Or(opts.Workers, runtime.GOMAXPROCS(0)) - 1
	ld := &loader{
		tl:        tl,
		in:        in,
		crew:      newCrew(opts.Capture, in, workers),
		times:     newTimes(opts),
		watch:     newWatch(),
		wants:     w,
		progress:  opts.Progress,
		trimAfter: defaultTrim,
		settle:    func(context.Context) error { return nil },
		seen:      map[*capture.Target]*seen{},
	}
	if opts.Segment > 0 {
		ld.trimAfter = 0 // as little memory as was asked for
	}
	for _, t := range opts.Capture.Targets {
		ld.seen[t] = &seen{}
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
	for {
		at, ok := ld.crew.peek()
		ok = ok && at <= ts
		if !ok {
			at = ts
		}
		for _, e := range ld.times.until(at) {
			if e.end { // dated before the time at which it is known
				if err := ld.settle(ctx); err != nil {
					return err
				}
			}
			ld.happen(e)
		}
		if !ok {
			break
		}
		if err := ld.add(ctx, ld.crew.next); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	stored, refused := ld.in.Release(ts)
	ld.bulk += int64(stored)
	ld.refused += refused
	return nil
}

func (ld *loader) add(ctx context.Context, next func() (*ingest.Decoded, *capture.Target)) error {
	d, t := next()
	clash := ld.wants.ahead && ld.in.Meets(d, ld.wants.written)
	if clash || d.Own() {
		if err := ld.settle(ctx); err != nil {
			return err
		}
	}
	if clash { // scraped and written series are no longer apart
		ld.wants.ahead = false
	}
	rep := ld.in.Store(d)
	ld.stored += rep.Kept
	ld.untrimmed += rep.Kept
	ld.read++
	if about := ld.seen[t]; about != nil { // a dump has no target
		if rep.Failed {
			about.failed++
		} else {
			about.format(rep.Format.String())
		}
	}
	for _, p := range rep.Problems {
		ld.problem(p)
	}
	if ld.progress != nil {
		ld.progress(ld.read)
	}
	return nil
}

// trim drops what the instants from at on, if there are any, cannot see, once
// there is enough of it.
func (ld *loader) trim(at time.Time, _ int, ok bool) {
	if !ok || ld.wants.all || ld.untrimmed < ld.trimAfter {
		return
	}
	ld.untrimmed = 0
	ld.watch.look(ld.tl)
	ld.tl.Trim(at.UnixMilli())
}

// defaultTrim is how many kept samples may come in before old ones are dropped.
const defaultTrim = 50_000

func (ld *loader) problem(p Problem) {
	if len(ld.found) < maxProblems {
		ld.found = append(ld.found, p)
	} else {
		ld.dropped++
	}
}

// Append and AppendHistogram implement rules.Appender.
func (ld *loader) Append(ls labels.Labels, ts int64, v float64) error {
	return ld.tl.Append(ld.series(ls, ts), ts, v)
}

func (ld *loader) AppendHistogram(ls labels.Labels, ts int64, h *histogram.FloatHistogram) error {
	return ld.tl.AppendHistogram(ld.series(ls, ts), 0, ts, nil, h)
}

// series is one that a rule writes.
func (ld *loader) series(ls labels.Labels, ts int64) timeline.Ref {
	before := ld.tl.NumSeries()
	ref := ld.tl.Series(ls)
	if ld.tl.NumSeries() > before {
		ld.in.Written(ref, ts)
	}
	return ref
}
