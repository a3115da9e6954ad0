package promapi

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/timestamp"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// OnlyLabels are the hints of a Select that needs the labels of series alone,
// as upstream's own API has them.
var OnlyLabels = &storage.SelectHints{Func: "series"}

// Querier serves the samples of [mint, maxt], both in milliseconds and both
// included; of the least and the greatest number Options.From and Options.To
// take the place. With the hints
// OnlyLabels it serves series without samples. Samples come by remote read
// where the server has it, else as ranges of the API, which lack staleness
// markers and native histograms; Notes says so.
func (c *Client) Querier(mint, maxt int64) (storage.Querier, error) {
	if mint == math.MinInt64 {
		mint = timestamp.FromTime(c.opts.From)
	}
	if maxt == math.MaxInt64 {
		maxt = timestamp.FromTime(c.opts.To)
	}
	return &querier{c, mint, maxt}, nil
}

type querier struct {
	c          *Client
	mint, maxt int64
}

// errNoLabels is that of methods that nobody here calls.
var errNoLabels = errors.New("promapi: names and values of labels are not asked for this way: see Client.Names")

func (q *querier) Close() error { return nil }

func (q *querier) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, errNoLabels
}

func (q *querier) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, errNoLabels
}

// Select asks at once; the series are sorted by labels.
func (q *querier) Select(ctx context.Context, _ bool, hints *storage.SelectHints, ms ...*labels.Matcher) storage.SeriesSet {
	mint, maxt := q.mint, q.maxt
	only := hints != nil && hints.Func == OnlyLabels.Func
	if hints != nil && !only {
		mint, maxt = max(mint, hints.Start), min(maxt, hints.End)
	}
	if mint > maxt {
		return storage.EmptySeriesSet()
	}
	var list []*column
	var err error
	if only {
		var all []labels.Labels
		all, err = q.c.Series(ctx, timestamp.Time(mint), timestamp.Time(maxt), ms...)
		for _, ls := range all {
			list = append(list, &column{labels: ls})
		}
	} else {
		list, err = q.c.samples(ctx, mint, maxt, ms)
	}
	if err != nil {
		return storage.ErrSeriesSet(err)
	}
	slices.SortFunc(list, func(a, b *column) int { return labels.Compare(a.labels, b.labels) })
	return &set{list: list}
}

// column is a series with its samples.
type column struct {
	labels  labels.Labels
	samples []chunks.Sample
}

type set struct {
	list []*column
	next int
}

func (s *set) Next() bool {
	s.next++
	return s.next <= len(s.list)
}

func (s *set) At() storage.Series {
	c := s.list[s.next-1]
	return storage.NewListSeries(c.labels, c.samples)
}

func (s *set) Err() error                        { return nil }
func (s *set) Warnings() annotations.Annotations { return nil }

// readState is whether the server has remote read.
type readState struct {
	sync.Mutex
	none, some bool
}

// samples are those of [mint, maxt]. A server that refuses the first remote
// read is taken to have none: each refuses in its own way.
func (c *Client) samples(ctx context.Context, mint, maxt int64, ms []*labels.Matcher) ([]*column, error) {
	c.reads.Lock()
	none, some := c.reads.none, c.reads.some
	c.reads.Unlock()
	if none {
		return c.ranges(ctx, mint, maxt, ms)
	}
	list, err := c.remoteRead(ctx, mint, maxt, ms)
	var said *Error
	if !errors.As(err, &said) || some {
		c.reads.Lock()
		c.reads.some = c.reads.some || err == nil
		c.reads.Unlock()
		return list, err
	}
	c.reads.Lock()
	c.reads.none = true
	c.reads.Unlock()
	c.note("the server has no remote read (it answers with status %d): the samples that findings are made of lack staleness markers, so that they may not tell that a series ended", said.Status)
	return c.ranges(ctx, mint, maxt, ms)
}

// rangeLength is how much is asked for at once.
const rangeLength = int64(time.Hour / time.Millisecond)

// ranges asks for the samples as what a range selector gives at its end.
func (c *Client) ranges(ctx context.Context, mint, maxt int64, ms []*labels.Matcher) ([]*column, error) {
	var list []*column
	at := map[string]*column{}
	for from := mint; from <= maxt; from += rangeLength {
		to := min(from+rangeLength-1, maxt)
		// A range is open at its beginning.
		expr := fmt.Sprintf("%s[%s]", selector(ms), model.Duration(time.Duration(to-from+1)*time.Millisecond))
		v, err := c.Instant(ctx, expr, timestamp.Time(to))
		if err != nil {
			return nil, err
		}
		for _, s := range v.Series {
			key := string(s.Labels.Bytes(nil))
			one := at[key]
			if one == nil {
				one = &column{labels: s.Labels}
				at[key] = one
				list = append(list, one)
			}
			for _, p := range s.Floats {
				one.add(sample{t: p.Time, f: p.Value})
			}
		}
	}
	return list, nil
}

// add takes a sample that is younger than those before: Prometheus 2 has ranges
// that are closed at their beginning.
func (c *column) add(s sample) {
	if n := len(c.samples); n == 0 || c.samples[n-1].T() < s.t {
		c.samples = append(c.samples, s)
	}
}
