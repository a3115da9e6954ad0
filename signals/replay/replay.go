// Package replay evaluates Prometheus rules over saved scrapes as a server
// would have done while it took them, and tells which alerts were pending or
// firing, when, and on what.
package replay

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// Options say what is replayed. Capture is required, all else may stay zero.
type Options struct {
	Capture *capture.Capture
	Groups  []*rules.Group

	// Server answers in place of the scrapes of Capture, which is then that of
	// Survey; nil: there is none.
	Server *Surveyed

	// Interval between the evaluations of groups that name none, and the
	// default step of subqueries. 0: the capture's median scrape interval, or
	// a minute where it has none.
	Interval time.Duration
	// Phase puts the first instant this long after the capture's start;
	// nil: half of the group's interval. Which phase a live server had, no
	// file tells: there it is a hash of the group's name and file.
	Phase *time.Duration
	// Align puts the instants of each group at multiples of its interval since
	// the epoch, whatever Phase says.
	Align bool
	// From and To bound the instants that are evaluated, both included; zero:
	// the capture's own. Scrapes before From are read all the same, for the
	// look-back; scrapes after To are not.
	From, To time.Time

	// Lookback is how long a sample without successor stays visible; 0:
	// Prometheus' default, 5m.
	Lookback time.Duration
	// Timeout ends an evaluation that takes longer, in real time, with an
	// error; 0: Prometheus' default, 2m.
	Timeout time.Duration
	// Features are what a server is given with --enable-feature, see the
	// function Features. One that means nothing here is an error, as
	// CheckFeatures tells beforehand.
	Features []string

	// Prometheus2 replays as Prometheus 2.55.1 would have done: scrapes are
	// stored and expressions evaluated so. See query.InPrometheus2 for what is
	// not known of it.
	Prometheus2 bool

	Ingest         ingest.Options
	ExternalLabels labels.Labels
	ExternalURL    *url.URL

	// Progress, if set, is called after every scrape with the number read so
	// far.
	Progress func(scrapes int)

	// Observer, if set, watches Run: what each rule saw, what became of it, and
	// the samples as they go by. It changes no result.
	Observer Observer

	// AddFor is added to the `for` of each alerting rule, which stays 0 at
	// least.
	AddFor time.Duration

	// Memory, if set, is filled by Run, for Rules.
	Memory *Memory

	// Keep makes Run hand over its Store in the Result.
	Keep bool
	// Queries are expressions that the Store will be asked: of the series that
	// they select all samples are kept, of others none but what rules can still
	// look back on. nil: everything is kept.
	Queries []string
	// Newest are expressions of whose series the Store can tell that they were
	// there, see Store.Had: their newest samples are kept.
	Newest []string
	// KeepWritten makes the Store hold all samples of what rules write as well,
	// and of what is scraped under the same names.
	KeepWritten bool
	// Held, if set, is called after every scrape with the bytes that are taken,
	// about: by samples that are kept, and by what must be known of each series
	// and target to read on. Its error ends the work.
	Held func(kept, known int64) error

	// Workers is how many cores are used; 0: as many as GOMAXPROCS says. The
	// result is the same with any number.
	Workers int
	// Segment is how many instants of a group may be evaluated together before
	// what they looked back on is dropped; 0: a number of our choice, 1: each
	// by itself. The result is the same with any number, memory and time are
	// not.
	Segment int
}

// DefaultInterval is that of groups that name none, and the default step of
// subqueries.
func DefaultInterval(o Options) time.Duration { return o.interval() }

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

// errNoCapture is that of Options without a Capture.
var errNoCapture = errors.New("there is nothing to replay: Options.Capture is nil")

// checked is Options with which the work can begin.
func (o Options) checked() (Options, error) {
	if o.Capture == nil {
		return o, errNoCapture
	}
	o.Groups, o.AddFor = longer(o.Groups, o.AddFor), 0
	return o.withFeatures()
}

// longer are groups of which each alert has a longer `for`.
func longer(groups []*rules.Group, by time.Duration) []*rules.Group {
	if by == 0 {
		return groups
	}
	out := make([]*rules.Group, len(groups))
	for i, g := range groups {
		changed := *g
		changed.Rules = make([]*rules.Rule, len(g.Rules))
		for k, r := range g.Rules {
			rule := *r
			if rule.Alert != "" {
				rule.For = max(0, rule.For+by)
			}
			changed.Rules[k] = &rule
		}
		out[i] = &changed
	}
	return out
}

// NoInstantError is the error of Run when there are groups and none of them has
// an instant between From and To.
type NoInstantError struct{ Interval time.Duration }

// Error says so.
func (e *NoInstantError) Error() string {
	return fmt.Sprintf("nothing is evaluated: no instant (every %s) lies between From and To", e.Interval)
}

// Run replays a capture:
//
//  1. Scrapes are stored in the order of their times, each as a server would
//     have stored it: see package ingest. What is stored is seen from its time
//     on, whatever was read before.
//  2. Each group is evaluated at its instants: half an interval (or Phase)
//     after the first scrapes, and then every interval, up to the first instant
//     at or after the last scrape, or To. Groups that are due at one instant
//     are evaluated in their order, and the rules of a group one after another;
//     each sees what was written before it. Where that instant lies a look-back
//     or more behind the last scrape, it is none, as it would see nothing; a
//     group that is left with none is evaluated once, at the capture's end, as
//     is a capture of a single round of scrapes, which has no interval.
//  3. Alerts become pending, firing and inactive, and series are recorded, as
//     package rules has it, with their staleness markers.
//  4. What a target's files cannot tell is chosen: see ingest.Options.Gaps for
//     scrapes that are missing and Ended for targets that end.
//  5. A scrape that cannot be read is a failed one and a Problem; an evaluation
//     that fails is counted in its Rule. Neither is an error of Run. An error
//     means that the work could not be done: a feature or a query that is not
//     understood, a *NoInstantError, or that of ctx.
//  6. The Result is the same for the same options, whatever Workers and Segment
//     are and whatever else the machine does: Rules has one entry for each rule
//     of Groups, in their order, and all lists are sorted as their fields say.
//  7. Memory holds what the rules can still look back on, and what Queries
//     select; Notes says why it is more.
//  8. Nothing of Options is changed, and nothing runs on when Run returns.
//
// To look behind the Result, set Keep: Result.Store then answers the Queries,
// and rules.Group tells of each rule what its expression is made of.
func Run(ctx context.Context, opts Options) (*Result, error) {
	opts, err := opts.checked()
	if err != nil {
		return nil, err
	}
	schedule := newSchedule(opts, opts.interval())
	if _, _, ok := schedule.peek(); !ok && len(opts.Groups) > 0 {
		return nil, &NoInstantError{opts.interval()}
	}
	engine := opts.engine()
	keep, err := newRetention(opts, engine)
	if err != nil {
		return nil, err
	}
	ld := newLoader(opts, keep, engine)
	defer ld.prefetch.Close()
	if ld.observer = opts.Observer; ld.observer != nil {
		ld.observer.Begin(opts, ld.queryable())
	}
	seg := newSegment(ld, opts, engine)
	if err := seg.run(ctx, schedule); err != nil {
		return nil, err
	}
	// What the instants left over still counts in the summary.
	if err := ld.until(ctx, schedule.readTo); err != nil {
		return nil, err
	}
	ld.finish(schedule.readTo)
	if err := ld.lookAt(ctx, schedule.readTo); err != nil {
		return nil, err
	}
	res := newResult(ld, seg, schedule, engine, opts)
	if ld.server != nil {
		res.Server = ld.server.asked(opts, engine)
		if err := ld.server.Err(); err != nil {
			return nil, err
		}
	}
	return res, nil
}

// newResult gathers what was found.
func newResult(ld *loader, seg *segment, schedule *schedule, engine *query.Engine, opts Options) *Result {
	c := opts.Capture
	store := newStore(ld, engine, opts)
	res := &Result{Interval: opts.interval(), Start: instant(c.Start), End: instant(c.End), Notes: ld.keep.notes}
	res.Groups, res.Rules = seg.results(store, schedule, opts)
	res.Capture = ld.summary(c, schedule)
	res.Problems = ld.found
	if opts.Observer != nil {
		opts.Observer.Done(store.names())
	}
	if opts.Memory != nil {
		opts.Memory.remember(ld, store, opts, engine)
	}
	if opts.Keep {
		res.Store = store
	}
	return res
}
