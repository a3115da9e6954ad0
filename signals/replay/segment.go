package replay

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// A segment is a number of instants that are evaluated together, when the
// scrapes up to the last one are stored. What comes out is what evaluating each
// before the next scrape gives: no rule can see beyond its instant, what
// scrapes and rules write are different series, and a scrape that could change
// what was there before its time is stored when nothing waits any more.
type segment struct {
	ld       *loader
	trackers []*groupTracker
	size     int
	waiting  []due
	shared   *query.Sheets // of what is computed for all instants at once
}

// due is an instant of a group.
type due struct {
	at    time.Time
	group int
}

func newSegment(ld *loader, opts Options, engine *query.Engine) *segment {
	s := &segment{ld: ld, size: cmp.Or(opts.Segment, defaultSegment)}
	s.shared = engine.Sheets(ld.tl)
	source := query.Source(s.shared)
	if ld.server != nil {
		s.size, source = cmp.Or(opts.Segment, serverSegment), ld.server.beside
	}
	before := 0
	for _, g := range opts.Groups {
		t := newGroupTracker(g, rules.NewEvaluator(g, rules.EvalOptions{
			Source:         source,
			Appender:       ld.in,
			ExternalLabels: opts.ExternalLabels,
			ExternalURL:    opts.ExternalURL,
			Observe:        saw(opts.Observer, before),
			Later:          true,
		}))
		t.observer, t.before = opts.Observer, before
		before += len(g.Rules)
		s.trackers = append(s.trackers, t)
	}
	ld.flush = s.flush
	return s
}

// run evaluates all instants, each when the scrapes up to it are stored.
func (s *segment) run(ctx context.Context, schedule *schedule) error {
	for {
		at, group, ok := schedule.next()
		if !ok {
			return s.flush(ctx)
		}
		if err := s.ld.until(ctx, at.UnixMilli()); err != nil {
			return err
		}
		if err := s.add(ctx, due{at, group}); err != nil {
			return err
		}
		if len(s.waiting) == 0 {
			s.ld.trim(schedule.peek())
		}
	}
}

// add takes the next instant, up to which everything is stored.
func (s *segment) add(ctx context.Context, d due) error {
	s.waiting = append(s.waiting, d)
	if s.ld.keep.ahead && len(s.waiting) < s.size*len(s.trackers) && s.ld.stored < maxHeld {
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
		if err := cmp.Or(ctx.Err(), s.ld.server.err()); err != nil {
			return err
		}
	}
	s.shared.Forget()
	s.waiting = s.waiting[:0]
	s.ld.stored = 0
	return nil
}

// prepare computes for all instants at once what can be.
func (s *segment) prepare(ctx context.Context) {
	instants := make([][]time.Time, len(s.trackers))
	for _, d := range s.waiting {
		instants[d.group] = append(instants[d.group], d.at)
	}
	s.ld.server.expect(s.trackers, instants)
	var work []func()
	for i, t := range s.trackers {
		work = append(work, t.evaluator.Prepare(ctx, instants[i], s.ld.keep.independent)...)
	}
	s.ld.prefetch.Do(slices.Clip(work))
}

// results are those of the groups and of their rules.
func (s *segment) results(store *Store, schedule *schedule, opts Options) (groups []Group, list []Rule) {
	can := newWritable(store.count, opts.Groups)
	for i, tr := range s.trackers {
		g, rs := tr.result(store, can, schedule.interval(i))
		groups = append(groups, g)
		list = append(list, rs...)
	}
	return groups, list
}
