package serve

import (
	"context"
	"errors"
	"sync"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"
)

// A loan is what a request uses of a shelf, until Close. It is a
// storage.Queryable of all series of the capture: those that it lacks are
// fetched.
type loan struct {
	shelf *shelf
	ctx   context.Context
	mu    sync.Mutex
	units []*unit
}

// lend lends what some sets of matchers select.
func (s *shelf) lend(ctx context.Context, sets [][]*labels.Matcher) (*loan, error) {
	l := &loan{shelf: s, ctx: ctx}
	if err := l.add(sets); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// Close gives back what is lent.
func (l *loan) Close() {
	l.shelf.mem.mu.Lock()
	defer l.shelf.mem.mu.Unlock()
	for _, u := range l.units {
		u.pins--
	}
	l.units = nil
}

// add borrows more.
func (l *loan) add(sets [][]*labels.Matcher) error {
	var again [][]*labels.Matcher
	orders := make([]*order, len(sets))
	l.shelf.mem.mu.Lock()
	for i, ms := range sets {
		if u := l.shelf.find(ms); u != nil {
			u.pin()
			l.units = append(l.units, u)
			continue
		}
		orders[i] = l.shelf.order(ms)
	}
	l.shelf.mem.mu.Unlock()
	var first error
	for i, o := range orders {
		if o == nil {
			continue
		}
		full := (*fullError)(nil)
		switch err := l.wait(o); {
		case err == nil:
		case o.whole && len(sets[i]) > 1 && errors.As(err, &full) && !full.others:
			again = append(again, sets[i]) // less than all of the metric
		case first == nil:
			first = err
		}
	}
	if first != nil || len(again) == 0 {
		return first
	}
	return l.add(again)
}

// wait waits for an order.
func (l *loan) wait(o *order) error {
	select {
	case <-o.done:
	case <-l.ctx.Done():
		l.shelf.mem.mu.Lock()
		defer l.shelf.mem.mu.Unlock()
		l.shelf.leave(o)
		return l.ctx.Err()
	}
	if o.err == nil {
		l.units = append(l.units, o.unit)
	}
	return o.err
}

// Querier implements storage.Queryable.
func (l *loan) Querier(mint, maxt int64) (storage.Querier, error) {
	return &lentQuerier{l, mint, maxt}, nil
}

type lentQuerier struct {
	loan       *loan
	mint, maxt int64
}

func (q *lentQuerier) Close() error { return nil }

func (q *lentQuerier) Select(ctx context.Context, sorted bool, hints *storage.SelectHints, ms ...*labels.Matcher) storage.SeriesSet {
	u, err := q.loan.unit(ms)
	if err != nil {
		return storage.ErrSeriesSet(err)
	}
	of, err := u.tl.Querier(q.mint, q.maxt)
	if err != nil {
		return storage.ErrSeriesSet(err)
	}
	return of.Select(ctx, sorted, hints, ms...)
}

// unit is one that holds what matchers select.
func (l *loan) unit(ms []*labels.Matcher) (*unit, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range 2 {
		for _, u := range l.units {
			if covers(u.matchers, ms) {
				return u, nil
			}
		}
		if err := l.add([][]*labels.Matcher{ms}); err != nil {
			return nil, err
		}
	}
	return nil, errors.New("what is selected was read, and is not there")
}

// errNames is that of asking a loan for names: the index of a book has them.
var errNames = errors.New("a loan has samples, and no index of labels")

func (q *lentQuerier) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, errNames
}

func (q *lentQuerier) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, errNames
}
