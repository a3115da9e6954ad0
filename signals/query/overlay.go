package query

import (
	"context"
	"math"
	"strconv"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/util/annotations"
)

// An overlay is a storage that has cells as series, too: a sample at each
// instant at which a row has a value, and a staleness marker at the others, so
// that a selector sees at each instant the values of that one.
type overlay struct {
	storage.Queryable
	cells      [][]row
	from, step int64
	steps      int
}

func (o *overlay) Querier(mint, maxt int64) (storage.Querier, error) {
	q, err := o.Queryable.Querier(mint, maxt)
	if err != nil {
		return nil, err
	}
	return &overlayQuerier{q, o}, nil
}

type overlayQuerier struct {
	storage.Querier
	over *overlay
}

func (q *overlayQuerier) Select(ctx context.Context, sorted bool, hints *storage.SelectHints, ms ...*labels.Matcher) storage.SeriesSet {
	if len(ms) == 1 && ms[0].Name == cutLabel {
		if n, err := strconv.Atoi(ms[0].Value); err == nil && n < len(q.over.cells) {
			return &rowSet{over: q.over, rows: q.over.cells[n], at: -1}
		}
	}
	return q.Querier.Select(ctx, sorted, hints, ms...)
}

// rowSet are rows as series.
type rowSet struct {
	over *overlay
	rows []row
	at   int
}

func (s *rowSet) Next() bool                        { s.at++; return s.at < len(s.rows) }
func (s *rowSet) At() storage.Series                { return &rowSeries{s.over, &s.rows[s.at]} }
func (s *rowSet) Err() error                        { return nil }
func (s *rowSet) Warnings() annotations.Annotations { return nil }

type rowSeries struct {
	over *overlay
	row  *row
}

func (s *rowSeries) Labels() labels.Labels { return s.row.labels }

func (s *rowSeries) Iterator(it chunkenc.Iterator) chunkenc.Iterator {
	i, ok := it.(*rowIterator)
	if !ok {
		i = &rowIterator{}
	}
	*i = rowIterator{over: s.over, points: s.row.points, at: -1}
	return i
}

// rowIterator walks all instants of an overlay.
type rowIterator struct {
	over   *overlay
	points []promql.FPoint // from the current instant on
	at     int             // the number of the instant
}

var _ chunkenc.Iterator = (*rowIterator)(nil)

func (it *rowIterator) Next() chunkenc.ValueType { return it.move(it.at + 1) }

func (it *rowIterator) Seek(t millis) chunkenc.ValueType {
	n := max(it.at, 0)
	if behind := t - it.over.from; behind > 0 {
		n = max(n, int((behind+it.over.step-1)/it.over.step))
	}
	return it.move(n)
}

func (it *rowIterator) move(n int) chunkenc.ValueType {
	it.at = min(n, it.over.steps)
	if n >= it.over.steps {
		return chunkenc.ValNone
	}
	t := it.AtT()
	for len(it.points) > 0 && it.points[0].T < t {
		it.points = it.points[1:]
	}
	return chunkenc.ValFloat
}

func (it *rowIterator) At() (int64, float64) {
	t := it.AtT()
	if len(it.points) > 0 && it.points[0].T == t {
		return t, it.points[0].F
	}
	return t, math.Float64frombits(value.StaleNaN)
}

func (it *rowIterator) AtT() int64  { return it.over.from + int64(it.at)*it.over.step }
func (it *rowIterator) AtST() int64 { return 0 }
func (it *rowIterator) Err() error  { return nil }

func (it *rowIterator) AtHistogram(*histogram.Histogram) (int64, *histogram.Histogram) {
	return it.AtT(), nil
}

func (it *rowIterator) AtFloatHistogram(*histogram.FloatHistogram) (int64, *histogram.FloatHistogram) {
	return it.AtT(), nil
}

// millis is a timestamp in milliseconds since the epoch. Under this name vet
// does not take Seek for a misspelt io.Seeker.
type millis = int64
