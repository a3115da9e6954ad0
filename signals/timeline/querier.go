package timeline

import (
	"context"
	"maps"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/util/annotations"
)

// Querier serves the samples of [mint, maxt], both in milliseconds and both
// included. It never fails. Of the hints that Select gets, Start and End
// replace mint and maxt, as in upstream's tsdb, and the others are ignored.
// Series without a sample in the range are left out of a Select. Label names
// and values are those of all series ever seen, whatever the range.
func (t *Timeline) Querier(mint, maxt int64) (storage.Querier, error) {
	return &querier{t: t, mint: mint, maxt: maxt}, nil
}

type querier struct {
	t          *Timeline
	mint, maxt int64
}

func (q *querier) Close() error { return nil }

func (q *querier) Select(_ context.Context, sortSeries bool, hints *storage.SelectHints, ms ...*labels.Matcher) storage.SeriesSet {
	set := &seriesSet{t: q.t, mint: q.mint, maxt: q.maxt}
	if hints != nil {
		set.mint, set.maxt = hints.Start, hints.End
	}
	if sortSeries {
		set.refs = q.t.selections.sorted(ms)
	} else {
		set.refs = q.t.selections.refs(ms)
	}
	return set
}

func (q *querier) LabelValues(_ context.Context, name string, hints *storage.LabelHints, ms ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	if len(ms) == 0 {
		return limited(q.t.LabelValues(name), hints), nil, nil
	}
	seen := map[string]struct{}{}
	for _, ref := range q.t.selections.refs(ms) {
		if v := q.t.series[ref].labels.Get(name); v != "" {
			seen[v] = struct{}{}
		}
	}
	return limited(slices.Sorted(maps.Keys(seen)), hints), nil, nil
}

func (q *querier) LabelNames(_ context.Context, hints *storage.LabelHints, ms ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	if len(ms) == 0 {
		return limited(slices.Sorted(maps.Keys(q.t.index)), hints), nil, nil
	}
	seen := map[string]struct{}{}
	for _, ref := range q.t.selections.refs(ms) {
		q.t.series[ref].labels.Range(func(l labels.Label) { seen[l.Name] = struct{}{} })
	}
	return limited(slices.Sorted(maps.Keys(seen)), hints), nil, nil
}

func limited(list []string, hints *storage.LabelHints) []string {
	if hints != nil && hints.Limit > 0 && len(list) > hints.Limit {
		return list[:hints.Limit]
	}
	return list
}

// seriesSet walks the selected series that have samples in [mint, maxt].
type seriesSet struct {
	t          *Timeline
	refs       []Ref // still to come
	mint, maxt int64
	block      []window // room for series to hand out: one allocation for many
	cur        *window
}

// maxBlock is how many windows are allocated at once.
const maxBlock = 256

func (s *seriesSet) Next() bool {
	for len(s.refs) > 0 {
		sr := s.t.series[s.refs[0]]
		s.refs = s.refs[1:]
		n := len(sr.ts)
		if n == 0 || sr.ts[0] > s.maxt || sr.ts[n-1] < s.mint {
			continue
		}
		lo, _ := slices.BinarySearch(sr.ts, s.mint)
		hi, found := slices.BinarySearch(sr.ts[lo:], s.maxt)
		hi += lo
		if found {
			hi++
		}
		if lo >= hi {
			continue
		}
		if len(s.block) == 0 {
			s.block = make([]window, min(len(s.refs)+1, maxBlock))
		}
		s.cur, s.block = &s.block[0], s.block[1:]
		*s.cur = window{s: sr, lo: lo, hi: hi}
		return true
	}
	s.cur = nil
	return false
}

func (s *seriesSet) At() storage.Series                { return s.cur }
func (s *seriesSet) Err() error                        { return nil }
func (s *seriesSet) Warnings() annotations.Annotations { return nil }

// window is the part [lo, hi) of a series' samples; a storage.Series.
type window struct {
	s      *series
	lo, hi int
}

func (w *window) Labels() labels.Labels { return w.s.labels }

func (w *window) Iterator(it chunkenc.Iterator) chunkenc.Iterator {
	i, ok := it.(*iterator)
	if !ok {
		i = &iterator{}
	}
	*i = iterator{s: w.s, pos: w.lo - 1, lo: w.lo, hi: w.hi}
	return i
}
