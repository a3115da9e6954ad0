package query_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/scrapebook/scrapebook/signals/timeline"
)

// load stores `SERIES VALUES` lines in the notation of PromQL tests; the
// samples stand step apart from time 0 on.
func load(tb testing.TB, step time.Duration, lines ...string) *timeline.Timeline {
	tb.Helper()
	tl := timeline.New()
	for _, line := range lines {
		ls, values, err := parser.NewParser(parser.Options{}).ParseSeriesDesc(line)
		if err != nil {
			tb.Fatal(err)
		}
		ref := tl.Series(ls)
		for i, v := range values {
			at := int64(i) * step.Milliseconds()
			switch {
			case v.Omitted:
			case v.Histogram != nil:
				err = tl.AppendHistogram(ref, 0, at, nil, v.Histogram)
			default:
				err = tl.Append(ref, at, v.Value)
			}
			if err != nil {
				tb.Fatal(err)
			}
		}
	}
	return tl
}

// brokenStore gives its error to everybody who asks.
type brokenStore struct{ err error }

func (b brokenStore) Querier(int64, int64) (storage.Querier, error) { return nil, b.err }

func seconds(s float64) time.Time { return time.UnixMilli(int64(s * 1000)).UTC() }

// counting counts what is selected.
type counting struct {
	*timeline.Timeline
	selects int
}

func (c *counting) Querier(mint, maxt int64) (storage.Querier, error) {
	q, err := c.Timeline.Querier(mint, maxt)
	return &countingQuerier{q, c}, err
}

type countingQuerier struct {
	storage.Querier
	c *counting
}

func (q *countingQuerier) Select(ctx context.Context, sorted bool, hints *storage.SelectHints, ms ...*labels.Matcher) storage.SeriesSet {
	q.c.selects++
	return q.Querier.Select(ctx, sorted, hints, ms...)
}

// copySamples appends what a timeline has to another one.
func copySamples(tb testing.TB, from, to *timeline.Timeline) {
	tb.Helper()
	q, err := from.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		tb.Fatal(err)
	}
	for set := q.Select(context.Background(), false, nil, labels.MustNewMatcher(labels.MatchRegexp, "__name__", ".+")); set.Next(); {
		ref := to.Series(set.At().Labels())
		for it := set.At().Iterator(nil); it.Next() != chunkenc.ValNone; {
			at, v := it.At()
			if err := to.Append(ref, at, v); err != nil {
				tb.Fatal(err)
			}
		}
	}
}
