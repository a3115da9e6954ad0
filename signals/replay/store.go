package replay

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// A Store is what a capture held and rules wrote, staleness markers included,
// to be asked with the settings that rules are evaluated with. It holds the
// series that Options.Queries select, and all when there were none.
type Store struct {
	storage.Queryable
	Interval time.Duration // the default step of subqueries

	tl      *timeline.Timeline
	engine  *query.Engine
	server  *serverSide // nil: there is none
	names   func() *ingest.Names
	allowed map[string]bool // selectors; nil: all
	near    bool
}

func newStore(ld *loader, engine *query.Engine, opts Options) *Store {
	ld.in.Flush()
	s := &Store{
		near: ld.in.NearHour(), Queryable: ld.queryable(), Interval: opts.interval(), tl: ld.tl, engine: engine, server: ld.server,
		names: sync.OnceValue(ld.in.Names), allowed: selectorsOf(engine, opts.Queries),
	}
	if s.server != nil {
		s.names = sync.OnceValue(func() *ingest.Names { return s.server.names(ld.in.Names(), opts, engine) })
	}
	return s
}

// Newest is the time of the newest sample that is held, its own timestamp when
// it has one; ok is false when there is none.
func (s *Store) Newest() (at time.Time, ok bool) {
	ms, ok := s.tl.MaxTime()
	return time.UnixMilli(ms).UTC(), ok
}

// Spans hands out all series of the capture, whether or not they are held, in
// the order in which they came, with the times of their first and last sample.
func (s *Store) Spans() iter.Seq2[labels.Labels, timeline.Span] { return s.tl.Spans() }

// Excerpt is what the Store holds of the series that match all of the matchers:
// all of their samples, if Options.Queries select them. The rest of the Store
// need not be kept then.
func (s *Store) Excerpt(ms ...*labels.Matcher) *timeline.Timeline { return s.tl.Excerpt(ms...) }

// NumSamples is how many samples there were, whether or not they are held.
func (s *Store) NumSamples() int64 { return s.tl.NumSamples() }

// HangsOnRules tells whether a scraped sample might have been refused, had
// rules written others: one that is older than its scrape by about an hour.
func (s *Store) HangsOnRules() bool { return s.near }

// Instant evaluates an expression at one instant. It is an error to ask for
// what is not held.
func (s *Store) Instant(ctx context.Context, expr string, at time.Time) (*query.Value, error) {
	if err := s.covers(expr); err != nil {
		return nil, err
	}
	if s.server != nil {
		return s.server.beside.Instant(ctx, expr, at)
	}
	return s.engine.Instant(ctx, s, expr, at)
}

// Range evaluates an expression at start, start+step, … up to end, both
// included, as Instant does.
func (s *Store) Range(ctx context.Context, expr string, start, end time.Time, step time.Duration) (*query.Value, error) {
	if err := s.covers(expr); err != nil {
		return nil, err
	}
	if s.server != nil {
		return s.server.beside.Range(ctx, expr, start, end, step)
	}
	return s.engine.Range(ctx, s, expr, start, end, step)
}

// Had hands out the series that match all of the matchers and have had a
// sample, as far as they are held, if only by their newest one. It reports
// false and hands out none where a server holds series, too.
func (s *Store) Had(yield func(labels.Labels), ms ...*labels.Matcher) bool {
	if s.server != nil {
		return false
	}
	s.tl.Had(yield, ms...)
	return true
}

// count is how many series matchers have matched.
func (s *Store) count(ms ...*labels.Matcher) int {
	n := s.tl.Count(ms...)
	if s.server != nil {
		n += s.server.count(ms)
	}
	return n
}

// Unmatched lists the selectors of an expression that match no series of the
// capture, with what there is in their place.
func (s *Store) Unmatched(expr string) []Selector {
	var list []Selector
	for _, sel := range s.engine.Selectors(expr) {
		if s.count(sel.Matchers...) == 0 {
			list = append(list, Selector{
				Text: sel.String, Similar: similar(s.names(), sel.Matchers), Unseen: unseen(s.names(), sel.Matchers),
			})
		}
	}
	return list
}

// errNotHeld is the error of a query for what was not kept.
var errNotHeld = errors.New("the expression selects what was not loaded: name it in Options.Queries")

// covers checks that an expression selects nothing but what is held.
func (s *Store) covers(expr string) error {
	if s.allowed == nil {
		return nil
	}
	for _, sel := range s.engine.Selectors(expr) {
		if !s.allowed[sel.String] {
			return fmt.Errorf("%w (%s)", errNotHeld, sel.String)
		}
	}
	return nil
}

// selectorsOf are the selectors of expressions, as covers looks for them; nil:
// there is no bound.
func selectorsOf(engine *query.Engine, exprs []string) map[string]bool {
	if exprs == nil {
		return nil
	}
	set := map[string]bool{}
	for _, expr := range exprs {
		r := engine.Reach(expr)
		if r.Unknown != "" {
			return nil
		}
		for _, s := range r.Selectors {
			set[s.String] = true
		}
	}
	return set
}
