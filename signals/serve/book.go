package serve

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// A book is a capture. It has its targets, rules and end at once; all else is
// there when its first reading is over, and never changes then.
type book struct {
	capture *capture.Capture
	name    string // the value of its label; "": it is alone, and has none
	store   *shelf
	engine  *query.Engine
	beside  *query.Engine // for queries that may be evaluated at once
	setting query.Options // the engine's
	every   time.Duration // the default interval of evaluations
	read    time.Time     // when, by the clock on the wall
	end     time.Time     // what "now" is: of the last scrape, or of the last evaluation after it
	scraped atomic.Int64  // how many scrapes the first reading has come to

	begun chan struct{} // the rules are known
	done  chan struct{} // the first reading is over
	err   error         // why it failed

	result      *replay.Result // without its Store
	course      *course
	account     *account // for pages
	index       *index
	first, last int64 // times of the oldest and the newest sample, in ms
	series      int
	samples     int
	families    func() []family
	exemplars   func() map[string]*examples
}

// wholeScrapes is how many scrapes a capture may have of which everything is
// held that the first reading comes to: a second or two of reading.
const wholeScrapes = 3000

// open begins to read captures, one after the other. It returns when their
// rules are known.
func (h *Handler) open(ctx context.Context, volumes []Volume) ([]*book, error) {
	var all []*book
	before := make(chan struct{})
	close(before)
	for _, v := range volumes {
		name := v.Name
		if len(volumes) == 1 {
			name = ""
		}
		b, err := h.openOne(ctx, name, v.Capture, before)
		if err != nil {
			return nil, err
		}
		before = b.done
		all = append(all, b)
	}
	end := slices.MaxFunc(all, func(a, b *book) int { return a.end.Compare(b.end) }).end
	for _, b := range all {
		b.end = end
	}
	return all, nil
}

// openOne opens one capture, of which more than the rules is read when the one
// before it is.
func (h *Handler) openOne(ctx context.Context, name string, c *capture.Capture, before chan struct{}) (*book, error) {
	if err := h.memory.check(c); err != nil {
		return nil, err
	}
	opts := h.opts.Replay
	opts.Capture = c
	b := &book{name: name, capture: c, read: h.now(), begun: make(chan struct{}), done: make(chan struct{})}
	b.every = replay.DefaultInterval(opts)
	b.setting = query.Options{
		Lookback: opts.Lookback, Timeout: h.timeout(), MaxSamples: h.maxSamples(),
		EvaluationInterval: b.every, Features: opts.Features,
	}
	b.engine = query.NewEngine(b.setting)
	b.beside = b.engine
	if h.opts.MaxSamples <= 0 {
		less := b.setting
		less.MaxSamples = max(1, less.MaxSamples/h.opts.Concurrency)
		b.beside = query.NewEngine(less)
	}
	b.store = &shelf{mem: h.memory, ctx: ctx, scrapes: c.Scrapes, Interval: b.every, read: func(ctx context.Context, keep []string, rules bool, held func(kept, known int64) error) (*replay.Store, error) {
		opts := opts
		opts.Keep, opts.Queries, opts.Held, opts.Progress, opts.Observer = true, keep, held, nil, nil
		run := h.opts.Run
		if !rules {
			run, opts.Groups = replay.Run, nil
		}
		res, err := run(ctx, opts)
		if err != nil {
			return nil, err
		}
		return res.Store, nil
	}}
	for i := range c.Scrapes {
		if t, _, _ := c.Entry(i); t == nil {
			b.store.rules = true // a dump's samples come between what rules write
		}
	}
	go func() {
		defer close(b.done)
		b.err = h.readFirst(ctx, b, opts, before)
	}()
	select {
	case <-b.begun:
		return b, nil
	case <-b.done:
		return b, b.err
	}
}

// readFirst replays the rules, and finds out which series there are.
func (h *Handler) readFirst(ctx context.Context, b *book, opts replay.Options, before chan struct{}) error {
	tick := opts.Progress
	opts.Progress = func(n int) {
		select {
		case <-before:
		case <-ctx.Done():
		}
		b.scraped.Store(int64(n))
		if tick != nil {
			tick(n)
		}
	}
	c := &claim{m: h.memory, of: opts.Capture.Scrapes}
	for tries := 1; ; tries++ {
		c.begin(tries > mostLeaves)
		err := h.readFrom(ctx, b, opts, c)
		c.end()
		if !errors.Is(err, errLeaves) {
			return err
		}
	}
}

// mostLeaves is how often the first reading may be begun again because others
// need its memory.
const mostLeaves = 3

// readFrom is readFirst, which may be made to leave.
func (h *Handler) readFrom(ctx context.Context, b *book, opts replay.Options, c *claim) error {
	opts.Keep, opts.KeepWritten, opts.Queries = true, true, []string{}
	opts.Held = func(kept, known int64) error {
		if err := c.yield(); err != nil {
			return err
		}
		return c.held(kept, known)
	}
	if opts.Capture.Scrapes <= wholeScrapes {
		all := opts
		all.Queries, all.Held = nil, func(kept, known int64) error {
			if kept > h.memory.most/4 {
				return &fullError{most: h.memory.most}
			}
			return opts.Held(kept, known)
		}
		err := h.readOnce(ctx, b, all, c)
		if !errors.As(err, new(*fullError)) {
			return err
		}
		c.read = 0
	}
	return h.readOnce(ctx, b, opts, c)
}

// readOnce is a try of readFirst.
func (h *Handler) readOnce(ctx context.Context, b *book, opts replay.Options, c *claim) error {
	watching := newCourse(opts.Capture)
	watching.begin = sync.OnceFunc(func() {
		select {
		case <-b.begun: // at the first try
		default:
			b.store.written = watching.written()
			b.end = watching.end
			close(b.begun)
		}
	})
	seen := newWatchers()
	all := replay.Observers{watching, seen.why, seen.drawn}
	if opts.Observer != nil {
		all = append(all, opts.Observer)
	}
	opts.Observer = all
	res, err := h.opts.Run(ctx, opts)
	if err != nil {
		return err
	}
	watching.only(res.Groups)
	b.account = seen.account(res, opts)
	b.account.memory, b.account.first = h.memory, c
	b.course, b.result = watching, res
	b.index = newIndex(res.Store, h.memory.most/4/int64(h.volumes), b.label)
	b.series, b.samples = len(b.index.series)+b.index.left, int(res.Store.NumSamples())
	b.first, b.last = b.index.first, b.index.last
	b.families = sync.OnceValue(b.readFamilies)
	b.exemplars = sync.OnceValue(b.readExemplars)
	err = b.shelve(opts.Queries == nil, c)
	res.Store = nil
	return err
}

// shelve puts what the first reading has held on the shelf: everything, or what
// rules wrote.
func (b *book) shelve(all bool, c *claim) error {
	s := b.store
	var units []*unit
	if all {
		units = append(units, s.unit(nil, b.result.Store.Excerpt()))
	} else {
		for _, name := range s.written {
			m := labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, name)
			units = append(units, s.unit([]*labels.Matcher{m}, b.result.Store.Excerpt(m)))
		}
	}
	s.mem.mu.Lock()
	defer s.mem.mu.Unlock()
	c.resize(0) // of what is known of series the index remains
	fixed := &claim{m: s.mem}
	if err := fixed.resize(b.index.bytes); err != nil {
		return err
	}
	s.mem.fixed += b.index.bytes
	if s.mem.keep(units, c) == nil { // else they are read again
		s.units = append(s.units, units...)
	}
	return nil
}

// leave gives back the memory of a book that is served no more: what requests
// still use of it goes with them.
func (b *book) leave() {
	m := b.store.mem
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, u := range slices.Clone(b.store.units) {
		u.remove()
	}
	if b.index != nil {
		m.used -= b.index.bytes
		m.fixed -= b.index.bytes
	}
}

// whole waits until the first reading is over.
func (b *book) whole(ctx context.Context) error {
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// meets tells whether a range has a part in the time of the samples, as a
// server's head asks before it tells of labels.
func (b *book) meets(start, end time.Time) bool {
	return b.series > 0 && millis(start) <= b.last && millis(end) >= b.first
}

// millis are those since the epoch; times beyond what a client may ask for
// count as the least and the most.
func millis(t time.Time) int64 { return t.Unix()*1000 + int64(t.Nanosecond())/1e6 }

// shift is how long the client's now lies after the capture's.
func (h *Handler) shift(b *book) time.Duration {
	switch h.opts.Clock {
	case ClockRun:
		return b.read.Sub(b.end).Truncate(time.Millisecond)
	case ClockStill:
		// Whole intervals: what is asked again within one has the same times.
		return h.now().Sub(b.end).Truncate(max(b.every, time.Millisecond))
	}
	return 0
}

// present is the client's now, as the capture's time.
func (h *Handler) present(r *request) time.Time {
	if h.opts.Clock == ClockCapture {
		return r.book.end
	}
	return h.now().Add(-r.shift)
}

// pools are the jobs, sorted.
func (r *request) pools() []string {
	var names []string
	for _, b := range r.books {
		for _, t := range b.capture.Targets {
			names = append(names, t.Job)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
