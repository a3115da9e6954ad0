package replay

import (
	"context"
	"math"
	"time"

	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/scrapebook/scrapebook/signals/query"
)

// Behind says that an expression is empty at an instant since samples are older
// than it looks back.
type Behind struct {
	Selector string
	Newest   time.Time     // of its samples up to the instant
	By       time.Duration // that lies so long before the instant
	Reach    time.Duration // samples matter that lie less than this before an instant
	// Own: no scrape was taken at Newest, so that the sample has a timestamp of
	// its own.
	Own bool
}

// Behind tells why an expression is empty at an instant when this is the
// reason: a selector's newest sample lies further back than the expression
// looks, and evaluated at its time the expression gives something. Else ok is
// false, as for one that is not empty.
func (l *Loaded) Behind(ctx context.Context, expr string, at time.Time) (b Behind, ok bool, err error) {
	reach := l.engine.Reach(expr)
	if reach.Unknown != "" || reach.Everything != "" {
		return b, false, nil
	}
	if v, err := l.Instant(ctx, expr, at); err != nil || len(v.Series) > 0 {
		return b, false, err
	}
	for _, sel := range reach.Selectors {
		newest, any, err := l.newest(ctx, sel, at)
		by := at.Sub(newest)
		if err != nil || !any || by <= reach.Back {
			continue
		}
		if v, err := l.Instant(ctx, expr, newest); err != nil || len(v.Series) == 0 {
			continue
		}
		return Behind{sel.String, newest, by, reach.Back + time.Millisecond, !l.scraped(newest.UnixMilli())}, true, nil
	}
	return b, false, nil
}

// newest is the time of the newest sample up to an instant of the series that a
// selector matches, staleness markers left out.
func (l *Loaded) newest(ctx context.Context, sel query.Selector, at time.Time) (newest time.Time, ok bool, err error) {
	q, err := l.Querier(math.MinInt64, at.UnixMilli())
	if err != nil {
		return newest, false, err
	}
	defer q.Close()
	ms := int64(math.MinInt64)
	var it chunkenc.Iterator
	set := q.Select(ctx, false, nil, sel.Matchers...)
	for set.Next() {
		it = set.At().Iterator(it)
		for kind := it.Next(); kind != chunkenc.ValNone; kind = it.Next() {
			if _, v := floatAt(it, kind); value.IsStaleNaN(v) {
				continue
			}
			if t := it.AtT(); t <= at.UnixMilli() {
				ms, ok = max(ms, t), true
			}
		}
	}
	return time.UnixMilli(ms).UTC(), ok, set.Err()
}

// floatAt is a sample, of a histogram its sum, which tells a marker.
func floatAt(it chunkenc.Iterator, kind chunkenc.ValueType) (int64, float64) {
	if kind == chunkenc.ValFloat {
		return it.At()
	}
	ts, h := it.AtFloatHistogram(nil)
	return ts, h.Sum
}

// scraped tells whether a scrape was taken at a time.
func (l *Loaded) scraped(ms int64) bool {
	for i := range l.capture.Scrapes {
		if t, at, _ := l.capture.Entry(i); t != nil && at == ms {
			return true
		}
	}
	return false
}
