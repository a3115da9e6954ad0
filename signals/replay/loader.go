package replay

import (
	"context"
	"fmt"
	"slices"

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
	stream   *capture.Stream
	in       *ingest.Ingester
	times    *times
	progress func(int)

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

func newLoader(opts Options) *loader {
	tl := timeline.New()
	ld := &loader{
		tl:       tl,
		stream:   opts.Capture.Stream(),
		in:       ingest.New(tl, opts.Ingest),
		times:    newTimes(opts),
		progress: opts.Progress,
		seen:     map[*capture.Target]*seen{},
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
		at, ok := ld.stream.Peek()
		ok = ok && at <= ts
		if !ok {
			at = ts
		}
		for _, e := range ld.times.until(at) {
			ld.happen(e)
		}
		if !ok || !ld.stream.Next() {
			break
		}
		ld.add(ld.stream.Scrape())
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	stored, refused := ld.in.Release(ts)
	ld.bulk += int64(stored)
	ld.refused += refused
	return ld.stream.Err()
}

func (ld *loader) add(s *capture.Scrape) {
	rep := ld.in.Add(s)
	ld.read++
	if about := ld.seen[s.Target]; about != nil { // a dump has no target
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
}

func (ld *loader) problem(p Problem) {
	if len(ld.found) < maxProblems {
		ld.found = append(ld.found, p)
	} else {
		ld.dropped++
	}
}

// Append and AppendHistogram implement rules.Appender.
func (ld *loader) Append(ls labels.Labels, ts int64, v float64) error {
	return ld.tl.Append(ld.tl.Series(ls), ts, v)
}

func (ld *loader) AppendHistogram(ls labels.Labels, ts int64, h *histogram.FloatHistogram) error {
	return ld.tl.AppendHistogram(ld.tl.Series(ls), 0, ts, nil, h)
}
