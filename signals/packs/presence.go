package packs

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// hadTimes is when a target had a metric, where the times were asked for.
type hadTimes struct {
	times   []int64 // ms, rising
	nonzero bool    // some value
}

// presence remembers which targets had what.
type presence struct {
	ctx context.Context
	q   storage.Queryable
	mu  sync.Mutex // guards by: signals are asked on several cores
	by  map[string]map[Target]hadTimes
}

// all are the targets that had all selectors. Without one, lacked are the
// selectors that no target had or, if each was had by some, all of them.
func (p *presence) all(selectors []string) (had map[Target]bool, lacked []string, err error) {
	lacked = []string{}
	for i, sel := range selectors {
		of, err := p.of(sel, false)
		if err != nil {
			return nil, nil, err
		}
		if len(of) == 0 {
			lacked = append(lacked, sel)
		}
		both := map[Target]bool{}
		for t := range of {
			if i == 0 || had[t] {
				both[t] = true
			}
		}
		had = both
	}
	if len(had) == 0 && len(lacked) == 0 {
		lacked = slices.Clone(selectors)
	}
	return had, lacked, nil
}

// of are the targets that ever had a series that a selector matches, and when:
// at all times, or at one.
func (p *presence) of(selector string, everyTime bool) (map[Target]hadTimes, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := fmt.Sprint(everyTime, selector)
	if m, ok := p.by[key]; ok {
		return m, nil
	}
	parsed, err := parsePromQL(selector)
	if err != nil {
		return nil, err
	}
	list, ok := selectorsOf(parsed)
	if !ok {
		return nil, fmt.Errorf("%s is no selector", selector)
	}
	found := map[Target]hadTimes{}
	if !everyTime && p.had(list, found) {
		p.by[key] = found
		return found, nil
	}
	querier, err := p.q.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	defer querier.Close()
	for _, vs := range list {
		if err := p.look(querier.Select(p.ctx, false, nil, vs.LabelMatchers...), everyTime, found); err != nil {
			return nil, err
		}
	}
	p.by[key] = found
	return found, nil
}

// had adds the targets of series that were there to found; false where that has
// to be seen from samples.
func (p *presence) had(list []*parser.VectorSelector, found map[Target]hadTimes) bool {
	store, ok := p.q.(interface {
		Had(func(labels.Labels), ...*labels.Matcher) bool
	})
	for _, vs := range list {
		ok = ok && store.Had(func(ls labels.Labels) {
			found[Target{ls.Get("job"), ls.Get("instance")}] = hadTimes{}
		}, vs.LabelMatchers...)
	}
	return ok
}

// look adds to found the targets of some series.
func (p *presence) look(set storage.SeriesSet, everyTime bool, found map[Target]hadTimes) error {
	var it chunkenc.Iterator
	for set.Next() {
		series := set.At()
		t := Target{series.Labels().Get("job"), series.Labels().Get("instance")}
		if _, known := found[t]; known && !everyTime {
			continue
		}
		it = series.Iterator(it)
		one, err := timesOf(it, everyTime)
		if err != nil {
			return err
		}
		if len(one.times) > 0 {
			found[t] = found[t].and(one)
		}
	}
	return set.Err()
}

func timesOf(it chunkenc.Iterator, everyTime bool) (s hadTimes, err error) {
	for kind := it.Next(); kind != chunkenc.ValNone; kind = it.Next() {
		if kind == chunkenc.ValFloat {
			_, v := it.At()
			if value.IsStaleNaN(v) {
				continue
			}
			s.nonzero = s.nonzero || v != 0
		}
		s.times = append(s.times, it.AtT())
		if !everyTime {
			break
		}
	}
	return s, it.Err()
}

func (s hadTimes) and(other hadTimes) hadTimes {
	if len(s.times) > 0 {
		other.times = append(slices.Clone(s.times), other.times...)
		slices.Sort(other.times)
		other.times = slices.Compact(other.times)
	}
	other.nonzero = other.nonzero || s.nonzero
	return other
}
