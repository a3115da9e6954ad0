package replay

import (
	"context"
	"slices"
	"time"
)

// A segment is a number of instants that are evaluated together, when the
// scrapes up to the last one are stored. What comes out is what evaluating each
// before the next scrape gives: no rule can see beyond its instant, what scrapes
// and rules write are different series, and a scrape that could change what was
// there before its time is stored when nothing waits any more.
type segment struct {
	ld       *loader
	trackers []*groupTracker
	wants    *wants
	size     int
	waiting  []due
	from     int64 // samples stored when the first one began to wait
}

// due is an instant of a group.
type due struct {
	at    time.Time
	group int
}

// add takes the next instant, up to which everything is stored.
func (s *segment) add(ctx context.Context, d due) error {
	if len(s.waiting) == 0 {
		s.from = s.ld.tl.NumSamples()
	}
	s.waiting = append(s.waiting, d)
	if s.wants.ahead && len(s.waiting) < s.size*len(s.trackers) && s.ld.stored < maxHeld {
		return nil
	}
	return s.flush(ctx)
}

// flush evaluates what waits.
func (s *segment) flush(ctx context.Context) error {
	if len(s.waiting) > 1 {
		s.prepare(ctx)
	}
	for _, d := range s.waiting {
		s.trackers[d.group].eval(ctx, d.at)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	s.waiting = s.waiting[:0]
	s.ld.stored = 0
	return nil
}

// prepare computes in batches what can be.
func (s *segment) prepare(ctx context.Context) {
	instants := make([][]time.Time, len(s.trackers))
	for _, d := range s.waiting {
		instants[d.group] = append(instants[d.group], d.at)
	}
	var work []func()
	for i, t := range s.trackers {
		work = append(work, t.evaluator.Prepare(ctx, instants[i], s.wants.independent)...)
	}
	s.ld.prefetch.Do(slices.Clip(work))
}
