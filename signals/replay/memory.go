package replay

import (
	"context"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// A Memory keeps the samples that the rules of a Run select, where they take
// little room, so that Rules need not read the capture again for other rules
// that select the same. Its zero value is empty.
type Memory struct {
	capture  *capture.Capture
	samples  *timeline.Timeline // nil: it is empty
	selected map[string]bool    // by these selectors
	guesses  *guesses           // others, of which it may hold all series
	names    *ingest.Names
}

// memoryRoom is how many bytes of samples a Memory keeps at most: a quarter of
// a million. Where there are more, it is empty.
const memoryRoom = 4 << 20

// remember takes what a replay that is over has kept, if that is all that its
// rules select, and if each sample was there from its time on.
func (m *Memory) remember(ld *loader, store *Store, opts Options, engine *query.Engine) {
	*m = Memory{}
	if !ld.sparing() || ld.trimmed || ld.early || !ld.keep.ahead || ld.server != nil {
		return
	}
	var ms []*labels.Matcher
	for name := range ld.keep.written { // rules write these themselves
		ms = append(ms, labels.MustNewMatcher(labels.MatchNotEqual, model.MetricNameLabel, name))
	}
	*m = Memory{capture: opts.Capture, samples: store.Excerpt(ms...), selected: map[string]bool{}, guesses: ld.keep.guesses, names: store.names()}
	for _, g := range opts.Groups {
		for _, r := range g.Rules {
			for _, s := range g.Reach(engine, r).Selectors {
				m.selected[s.String] = true
			}
		}
	}
}

// holds tells whether all that rules can see is what was remembered, or is
// written by them.
func (m *Memory) holds(opts Options, keep *retention, engine *query.Engine) bool {
	if m.samples == nil || m.capture != opts.Capture || opts.Server != nil || opts.Keep || !keep.ahead {
		return false
	}
	for _, g := range opts.Groups {
		for _, r := range g.Rules {
			if slices.ContainsFunc(g.Reach(engine, r).Selectors, func(s query.Selector) bool { return !m.selected[s.String] && !m.guesses.holds(s.Name()) }) {
				return false
			}
		}
	}
	return true
}

// Rules is Run for who wants to know of the rules alone. Where opts.Memory was
// filled by a Run with the same options but for the rules, and the rules select
// no other series, nothing is read, and opts.Observer is told of no scrape.
func Rules(ctx context.Context, opts Options) ([]Rule, error) {
	m := opts.Memory
	opts.Memory = nil
	if m != nil {
		if list, ok, err := m.rules(ctx, opts); ok || err != nil {
			return list, err
		}
	}
	res, err := Run(ctx, opts)
	if err != nil {
		return nil, err
	}
	return res.Rules, nil
}

// rules evaluates rules over what is remembered; false when that is not enough.
func (m *Memory) rules(ctx context.Context, opts Options) (list []Rule, ok bool, err error) {
	if opts, err = opts.checked(); err != nil {
		return nil, false, err
	}
	engine := opts.engine()
	keep, err := newRetention(opts, engine)
	if err != nil || !m.holds(opts, keep, engine) {
		return nil, false, err
	}
	schedule := newSchedule(opts, opts.interval())
	nothing := opts
	nothing.Capture = &capture.Capture{Name: opts.Capture.Name, Start: opts.Capture.Start, End: opts.Capture.End, Interval: opts.Capture.Interval}
	nothing.Progress, nothing.Held = nil, nil
	ld := newLoader(nothing, keep, engine)
	defer ld.prefetch.Close()
	ld.tape = m.samples.Tape()
	if ld.observer = opts.Observer; ld.observer != nil {
		ld.observer.Begin(opts, ld.queryable())
	}
	seg := newSegment(ld, opts, engine)
	if err := seg.run(ctx, schedule); err != nil {
		return nil, false, err
	}
	if err := ld.until(ctx, schedule.readTo); err != nil {
		return nil, false, err
	}
	ld.look()
	store := newStore(ld, engine, opts)
	store.names = func() *ingest.Names { return m.names }
	_, list = seg.results(store, schedule, opts)
	if ld.observer != nil {
		ld.observer.Done(m.names)
	}
	return list, true, nil
}
