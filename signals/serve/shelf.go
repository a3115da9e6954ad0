package serve

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// A shelf holds the samples of a capture that were asked for. What it does not
// hold it reads: for all who wait in one go, and then for those who came
// meanwhile. A metric is mostly read as a whole, so that what is asked of it
// next is there.
type shelf struct {
	mem *memory
	// read replays the capture and keeps what expressions select, nil for all;
	// with rules also what these write.
	read func(ctx context.Context, keep []string, rules bool, held func(kept, known int64) error) (*replay.Store, error)
	ctx  context.Context // ends all readings

	scrapes int // of the capture

	Interval time.Duration // the default step of subqueries

	// Set before anything is lent.
	written []string // names of what rules write
	rules   bool     // they are needed for everything

	// Guarded by mem.mu.
	units  []*unit
	orders []*order
	atWork bool
	large  map[string]bool // metrics that are too large to be held as a whole
}

// An order is what somebody waits for.
type order struct {
	matchers []*labels.Matcher
	rules    bool // they write some of it
	whole    bool // more than was asked for: all of a metric
	waiting  int
	cancel   context.CancelFunc // of the reading, once it has begun
	done     chan struct{}
	unit     *unit // pinned once for each who waits
	err      error
}

// Querier implements storage.Queryable. What is selected is lent until the
// querier is closed.
func (s *shelf) Querier(mint, maxt int64) (storage.Querier, error) {
	return &ownQuerier{lentQuerier{&loan{shelf: s, ctx: s.ctx}, mint, maxt}}, nil
}

// ownQuerier has a loan of its own.
type ownQuerier struct{ lentQuerier }

func (q *ownQuerier) Close() error {
	q.loan.Close()
	return nil
}

func (q *ownQuerier) Select(ctx context.Context, sorted bool, hints *storage.SelectHints, ms ...*labels.Matcher) storage.SeriesSet {
	q.loan.ctx = ctx
	return q.lentQuerier.Select(ctx, sorted, hints, ms...)
}

// covers tells whether all that some matchers select is among what others do.
func covers(wide, narrow []*labels.Matcher) bool {
	for _, w := range wide {
		if !slices.ContainsFunc(narrow, func(n *labels.Matcher) bool { return n.Type == w.Type && n.Name == w.Name && n.Value == w.Value }) {
			return false
		}
	}
	return true
}

// nameOf is the metric that matchers ask for; "" when they name none.
func nameOf(ms []*labels.Matcher) string {
	for _, m := range ms {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual {
			return m.Value
		}
	}
	return ""
}

// writes tells whether rules may write something that matchers select.
func (s *shelf) writes(ms []*labels.Matcher) bool {
	return s.rules || slices.ContainsFunc(s.written, func(name string) bool {
		return !slices.ContainsFunc(ms, func(m *labels.Matcher) bool {
			return m.Name == model.MetricNameLabel && !m.Matches(name)
		})
	})
}

// The next ones are called with mem.mu held.

// find is a unit that holds what is asked for, or nil.
func (s *shelf) find(ms []*labels.Matcher) *unit {
	for _, u := range s.units {
		if covers(u.matchers, ms) {
			return u
		}
	}
	return nil
}

// order joins those who wait for the same, or begins to wait.
func (s *shelf) order(ms []*labels.Matcher) *order {
	whole := false
	if name := nameOf(ms); name != "" && !s.large[name] {
		ms = []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, name)}
		whole = true
	}
	for _, o := range s.orders {
		if covers(o.matchers, ms) {
			o.waiting++
			return o
		}
	}
	o := &order{matchers: ms, rules: s.writes(ms), whole: whole, waiting: 1, done: make(chan struct{})}
	s.orders = append(s.orders, o)
	if !s.atWork {
		s.atWork = true
		go s.work()
	}
	return o
}

// leave waits no longer.
func (s *shelf) leave(o *order) {
	select {
	case <-o.done:
		if o.unit != nil {
			o.unit.pins--
		}
		return
	default:
	}
	if o.waiting--; o.waiting > 0 {
		return
	}
	s.orders = slices.DeleteFunc(s.orders, func(other *order) bool { return other == o })
	if o.cancel != nil {
		o.cancel()
	}
}

func (s *shelf) drop(u *unit) {
	s.units = slices.DeleteFunc(s.units, func(other *unit) bool { return other == u })
}

// work reads until nobody waits.
func (s *shelf) work() {
	s.mem.busy(1)
	defer s.mem.busy(-1)
	for {
		s.mem.mu.Lock()
		var batch []*order
		for _, o := range s.orders {
			if len(batch) == 0 || o.rules == batch[0].rules {
				batch = append(batch, o)
			}
		}
		if len(batch) == 0 {
			s.atWork = false
			s.mem.mu.Unlock()
			return
		}
		s.mem.mu.Unlock()
		s.fill(batch)
	}
}

// fill reads what is ordered. What is too much together is read one by one.
func (s *shelf) fill(batch []*order) {
	err := s.fetch(batch)
	if err == nil {
		return
	}
	if len(batch) > 1 && errors.As(err, new(*fullError)) {
		for _, o := range batch {
			s.fill([]*order{o})
		}
		return
	}
	s.mem.mu.Lock()
	defer s.mem.mu.Unlock()
	for _, o := range batch {
		if full := (*fullError)(nil); o.whole && errors.As(err, &full) && !full.others {
			if s.large == nil {
				s.large = map[string]bool{}
			}
			s.large[nameOf(o.matchers)] = true
		}
		o.err = err
		s.close(o)
	}
}

// close is called with mem.mu held.
func (s *shelf) close(o *order) {
	s.orders = slices.DeleteFunc(s.orders, func(other *order) bool { return other == o })
	close(o.done)
}

// fetch reads a batch in one go.
func (s *shelf) fetch(batch []*order) error {
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	s.mem.mu.Lock()
	wanted := 0
	for _, o := range batch {
		wanted += o.waiting
	}
	for _, o := range batch {
		o.cancel = func() {
			for _, o := range batch {
				if o.waiting > 0 {
					return
				}
			}
			cancel()
		}
	}
	s.mem.mu.Unlock()
	if wanted == 0 {
		return context.Canceled
	}
	keep := []string{}
	for _, o := range batch {
		if !asks(o.matchers) { // no expression says so
			keep = nil
			break
		}
		keep = append(keep, (&parser.VectorSelector{LabelMatchers: o.matchers}).String())
	}
	c := &claim{m: s.mem, of: s.scrapes}
	defer c.set(0)
	store, err := s.read(ctx, keep, batch[0].rules, c.held)
	if err == nil && !batch[0].rules && len(s.written) > 0 && store.HangsOnRules() {
		c.set(0)
		c.read = 0
		store, err = s.read(ctx, keep, true, c.held)
	}
	if err != nil {
		return err
	}
	units := make([]*unit, len(batch))
	for i, o := range batch {
		units[i] = s.unit(o.matchers, store.Excerpt(o.matchers...))
	}
	s.mem.mu.Lock()
	defer s.mem.mu.Unlock()
	if err := s.mem.keep(units, c); err != nil {
		return err
	}
	for i, o := range batch {
		units[i].pins = o.waiting - 1
		units[i].pin()
		o.unit = units[i]
		s.units = append(s.units, units[i])
		s.close(o)
	}
	return nil
}

func (s *shelf) unit(ms []*labels.Matcher, tl *timeline.Timeline) *unit {
	u := &unit{shelf: s, matchers: ms, tl: tl, bytes: tl.Held()}
	for ls := range tl.Spans() {
		u.bytes += ofSeries + int64(ls.ByteSize())
	}
	return u
}
