// Package replay evaluates Prometheus rules over saved scrapes as a server
// would have done while it took them, and tells which alerts were pending or
// firing, when, and on what.
package replay

import (
	"cmp"
	"context"
	"net/url"
	"sync"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// Options say what is replayed. Capture is required, all else may stay zero.
type Options struct {
	Capture *capture.Capture
	Groups  []*rules.Group

	// Interval between the evaluations of groups that name none, and the
	// default step of subqueries. 0: the capture's median scrape interval, or
	// a minute where it has none.
	Interval time.Duration
	// Phase puts the first instant this long after the capture's start;
	// nil: half of the group's interval. Which phase a live server had, no
	// file tells: there it is a hash of the group's name and file.
	Phase *time.Duration
	// From and To bound the instants that are evaluated, both included; zero:
	// the capture's own. Scrapes before From are read all the same, for the
	// look-back; scrapes after To are not.
	From, To time.Time

	// Lookback is how long a sample without successor stays visible; 0:
	// Prometheus' default, 5m.
	Lookback time.Duration
	// Features are what a server is given with --enable-feature, see the
	// function Features. One that means nothing here is an error of Run and
	// Load, as CheckFeatures tells beforehand.
	Features []string

	Ingest         ingest.Options
	ExternalLabels labels.Labels
	ExternalURL    *url.URL

	// Progress, if set, is called after every scrape with the number read so
	// far.
	Progress func(scrapes int)

	// Stored, if set, is called by Run at its end with the store: what was
	// scraped, what rules wrote, staleness markers. It is not to be kept.
	Stored func(storage.Queryable)
	// Ask are expressions that Stored, or who calls Load, will ask: of the
	// series that they select all samples are kept, of others none but what
	// rules can still look back on. nil: everything is kept for Stored and by
	// Load.
	Ask []string

	// Workers is how many cores are used; 0: as many as GOMAXPROCS says. The
	// result is the same with any number.
	Workers int
	// Segment is how many instants of a group may be evaluated together before
	// what they looked back on is dropped; 0: a number of our choice, 1: each by
	// itself. The result is the same with any number, memory and time are not.
	Segment int

	revisit bool // see Revisit
}

// fallbackInterval is Prometheus' default evaluation interval.
const fallbackInterval = time.Minute

func (o Options) interval() time.Duration {
	for _, d := range []time.Duration{o.Interval, o.Capture.Interval} {
		if d > 0 {
			return d
		}
	}
	return fallbackInterval
}

// Run replays a capture. An error means that the work could not be done;
// defects of single scrapes and failed evaluations are part of the Result.
func Run(ctx context.Context, opts Options) (*Result, error) {
	opts, err := opts.withFeatures()
	if err != nil {
		return nil, err
	}
	c := opts.Capture
	interval := opts.interval()
	engine := opts.engine()
	w, err := newWants(opts, engine)
	if err != nil {
		return nil, err
	}
	ld := newLoader(opts, w)
	defer ld.prefetch.Close()
	schedule := newSchedule(opts, interval)

	res := &Result{Interval: interval, Start: time.UnixMilli(c.Start).UTC(), End: time.UnixMilli(c.End).UTC()}
	trackers := make([]*groupTracker, len(opts.Groups))
	for i, g := range opts.Groups {
		trackers[i] = newGroupTracker(g, rules.NewEvaluator(g, rules.EvalOptions{
			Source:         engine.Over(ld.tl),
			Appender:       ld.in,
			ExternalLabels: opts.ExternalLabels,
			ExternalURL:    opts.ExternalURL,
		}))
	}
	seg := &segment{ld: ld, trackers: trackers, wants: w, size: cmp.Or(opts.Segment, defaultSegment)}
	ld.settle = seg.flush
	for {
		at, gi, ok := schedule.next()
		if !ok {
			break
		}
		if err := ld.until(ctx, at.UnixMilli()); err != nil {
			return nil, err
		}
		if err := seg.add(ctx, due{at, gi}); err != nil {
			return nil, err
		}
		if len(seg.waiting) == 0 {
			ld.trim(schedule.peek())
		}
	}
	if err := seg.flush(ctx); err != nil {
		return nil, err
	}
	// What the instants left over still counts in the summary.
	if err := ld.until(ctx, schedule.readTo); err != nil {
		return nil, err
	}
	if !opts.revisit {
		ld.finish(schedule.readTo)
	}
	ld.watch.look(ld.tl)
	seen := sync.OnceValue(ld.in.Seen)
	for i, tr := range trackers {
		g, rs := tr.result(ld.tl, seen, schedule.interval(i))
		res.Groups = append(res.Groups, g)
		res.Rules = append(res.Rules, rs...)
	}
	res.Capture = ld.summary(c, schedule)
	res.Notes = w.notes
	res.Problems = ld.problems()
	if opts.Stored != nil {
		opts.Stored(ld.tl)
	}
	return res, nil
}
