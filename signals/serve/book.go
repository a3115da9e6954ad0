package serve

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// A book is a capture that was read, and never changes.
type book struct {
	capture *capture.Capture
	result  *replay.Result
	store   *replay.Store
	engine  *query.Engine
	setting query.Options // the engine's
	course  *course
	read    time.Time // when, by the clock on the wall

	first, last int64     // times of the oldest and the newest sample, in ms
	end         time.Time // what "now" is: of the last scrape, or the newest sample when that is later
	series      int
	samples     int
	families    func() []family
}

// read replays a capture.
func (h *Handler) read(ctx context.Context, c *capture.Capture) (*book, error) {
	opts := h.opts.Replay
	opts.Capture, opts.Keep, opts.Queries = c, true, nil
	watching := newCourse(c)
	if opts.Observer == nil {
		opts.Observer = watching
	} else {
		opts.Observer = replay.Observers{opts.Observer, watching}
	}
	res, err := h.opts.Run(ctx, opts)
	if err != nil {
		return nil, err
	}
	watching.only(res.Groups)
	b := &book{
		capture: c, result: res, store: res.Store, course: watching,
		read: h.now(), first: math.MaxInt64, last: math.MinInt64,
		end: time.UnixMilli(c.End).UTC(),
	}
	b.setting = query.Options{
		Lookback: opts.Lookback, Timeout: h.timeout(), MaxSamples: h.maxSamples(),
		EvaluationInterval: res.Store.Interval, Features: opts.Features,
	}
	b.engine = query.NewEngine(b.setting)
	if at, ok := res.Store.Newest(); ok && at.After(b.end) {
		b.end = at
	}
	b.families = sync.OnceValue(b.readFamilies)
	return b, b.measure(ctx)
}

// measure counts what is held.
func (b *book) measure(ctx context.Context) error {
	q, err := b.store.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		return err
	}
	defer q.Close()
	set := q.Select(ctx, false, nil, labels.MustNewMatcher(labels.MatchRegexp, model.MetricNameLabel, ".*"))
	for set.Next() {
		b.series++
		for it := set.At().Iterator(nil); it.Next() != 0; {
			b.samples++
			at := it.AtT()
			b.first, b.last = min(b.first, at), max(b.last, at)
		}
	}
	return set.Err()
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
		return h.now().Sub(b.end).Truncate(max(b.store.Interval, time.Millisecond))
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
func (b *book) pools() []string {
	var names []string
	for _, t := range b.capture.Targets {
		names = append(names, t.Job)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
