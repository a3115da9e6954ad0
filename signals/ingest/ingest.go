// Package ingest puts saved scrapes into a timeline as a Prometheus server
// would have stored them: target labels, up and the scrape_* series, staleness
// markers, limits, and a problem for everything that was not taken as it stood.
// It follows scrapeLoopAppenderV2.append and scrapeLoop.report of Prometheus
// v0.316.0 (scrape/scrape.go, scrape_append_v2.go) and what the head makes of
// it (tsdb/head_append_v2.go), with the server's default settings.
//
// Some things no file tells. What is done about them is listed at Options,
// Ingester.Missed and Ingester.End. Beside these, scrape_duration_seconds is
// not written at all, and scrape_timeout_seconds, one of extra_scrape_metrics,
// is what a server has by default: 10 s, or the target's interval when that is
// shorter.
package ingest

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// Problem is a defect of a scrape, with its place.
type Problem = expfmt.Problem

// GapsFailed is the value of Options.Gaps that makes missing scrapes failed
// ones.
const GapsFailed = "failed"

// Options say how scrapes are taken. The zero value is the default.
type Options struct {
	// FailOnDamage makes a damaged line fail its whole scrape, as it does on
	// a live server: nothing of the scrape is stored, and up is 0. Some damage
	// a server does not notice, and reads as something else; then so does
	// FailOnDamage: blanks before a metric's name become part of the name, and
	// a NUL byte in a comment ends the body. By default only the damaged line
	// is skipped, since the file was damaged and not the target.
	FailOnDamage bool
	// Gaps says what a missing scrape is: with "" it is nothing, and the series
	// live on for the look-back; with GapsFailed it is a failed scrape. An
	// Ingester does not look for gaps: who finds one calls Missed.
	Gaps string
	// ExtraScrapeMetrics is the default of capture.yaml's
	// extra_scrape_metrics, as --enable-feature=extra-scrape-metrics sets it.
	ExtraScrapeMetrics bool
	// Prometheus2 stores scrapes as Prometheus 2.55.1 did: le and quantile of
	// text are as they are written, a body whose Content-Type is missing or
	// unknown is text, and names beyond [a-zA-Z0-9_:] fail a scrape unless
	// metric_name_validation_scheme is utf8. An instance stays as it is, though
	// one made of an address without a port got :80 or :443.
	Prometheus2 bool
	// MaxProblems bounds the problems reported for one scrape; the last one
	// then counts the rest. 0 means 100.
	MaxProblems int
	// Stored, if set, is called with each sample that is stored, in that order,
	// staleness markers included, and must not use the Ingester.
	Stored func(*Stored)
	// Forget lets series be forgotten that the timeline keeps with KeepNewest,
	// once nothing can come that they matter to; their names stay in the index.
	// It takes a Prefetcher, and has no effect with Stored.
	Forget bool
	// MaxLine is how many bytes a line, or a message of protobuf, may have. A
	// longer one counts as damaged. 0 means 64 MiB.
	MaxLine int
}

// Report says what became of one scrape.
type Report struct {
	Failed bool
	Reason string // why it failed, one line; empty when it did not
	// Format is how the body was read; FormatUnknown when it was not.
	Format expfmt.Format
	// The values of scrape_samples_scraped,
	// scrape_samples_post_metric_relabeling and scrape_series_added.
	Scraped, PostRelabel, Added int
	// Kept is roughly how many samples were stored in series of which the
	// timeline keeps more than the newest sample.
	Kept int
	// Bulk counts the samples of a dump, which Release stores.
	Bulk     int
	Problems []Problem
}

// Ingester stores the scrapes of one capture, in the order of their times, as a
// server would have stored them. It is not safe for concurrent use, and its
// timeline must not be read while one of its methods runs.
type Ingester struct {
	tl      *timeline.Timeline
	opts    Options
	mu      sync.Mutex // guards targets and order
	targets map[*capture.Target]*target
	order   []*target // all of targets
	forgets bool      // see Options.Forget
	apart   bool      // and no two targets write the same series
	owners  owners
	records []timeline.Ref // of series that rules write
	types   types
	rooms   rooms
	held    atomic.Int64 // see Held
	dumps   dumps

	forgotten *Names // of series that were forgotten; nil: there are none
	swept     int    // how many series there had been at the last sweep

	sweepAfter func(known int) int // new ones

	// One scrape at a time.
	head     head
	problems problems

	source  *capture.Target // of what is stored, see Stored
	writing bool            // a rule writes it
	details *metas          // nil without Options.Stored
	meta    []*Meta         // by reference
}

// New returns an Ingester that stores into tl.
func New(tl *timeline.Timeline, opts Options) *Ingester {
	if opts.MaxProblems <= 0 {
		opts.MaxProblems = 100
	}
	in := &Ingester{
		tl:      tl,
		opts:    opts,
		targets: map[*capture.Target]*target{},
		dumps:   dumps{tl: tl},
		head:    head{tl: tl},

		sweepAfter: afterMany,
	}
	in.tap()
	return in
}

// Add stores one scrape. Scrapes must come in the order of their times, those
// of all targets together. The body may be changed when Add returns. The
// problems of the report are the caller's to keep.
//
// Of a dump Add only reads the samples: Release stores them.
func (in *Ingester) Add(s *capture.Scrape) Report {
	if s.Bulk {
		return in.store(in.decode(s, nil))
	}
	own := *s
	own.Body = append(in.rooms.get(in.target(s.Target).reading.size), s.Body...)
	return in.store(in.decode(&own, nil))
}

// NearHour tells whether a sample was taken that lay more than an hour before
// its scrape, though not before the newest sample: had something else been
// written in between, as rules do, it would have been refused.
func (in *Ingester) NearHour() bool { return in.head.near }

// store stores a scrape, and uses d up. Those of a target must come in the
// order in which they were decoded.
func (in *Ingester) store(d *decoded) Report {
	var rep Report
	if d.bulk != nil {
		rep = (&dumpReading{in: in}).read(d.bulk)
		rep.Problems = in.problems.take()
		return rep
	}
	t := d.t
	in.from(t.of, false)
	in.begin(d.time, d.file)
	in.problems.origin, in.problems.proto = d.origin, d.format == expfmt.FormatProtobuf
	rep.Format = d.format
	repeated, smooth := in.repeat(d, &rep), false
	if !repeated {
		t.endRepeats()
		smooth = in.scrape(d, &rep)
	}
	in.types.add(d.types)
	in.report(t, d.time, d.bytes, &rep)
	rep.Kept += len(in.head.staged)
	in.head.commit()
	rep.Problems = in.problems.take()
	d.body = nil
	if smooth {
		t.mayRepeat(d)
	}
	if t.repeats != d {
		t.spare.put(d)
	}
	if !repeated {
		in.sweep()
	}
	return rep
}

// scrape stages the samples of a scrape and their markers. Smooth: one like it
// can be repeated.
func (in *Ingester) scrape(d *decoded, rep *Report) (smooth bool) {
	t := d.t
	p := pass{in: in, t: t, d: d, rep: rep}
	reason := p.marks(0)
	switch {
	case d.failed != "":
		fail(rep, d.failed)
	case d.empty: // marks what was there and forgets nothing
		in.head.markStale(t, d.time)
		t.endScrape(false)
	default:
		in.expect(t, d)
		p.body(reason)
	}
	if rep.Failed {
		// As upstream: what was read is dropped, and an empty scrape follows,
		// which marks what the failed one did not show.
		in.head.discard()
		in.head.markStale(t, d.time)
		t.endScrape(false)
		return false
	}
	return !d.empty && !p.rough
}

// expect makes room for what is new in a scrape at once, where that is much.
func (in *Ingester) expect(t *target, d *decoded) {
	in.head.staged = slices.Grow(in.head.staged, len(d.values)+len(reportNames))
	if d.fresh < len(t.lines) || d.fresh < roomFor {
		return
	}
	if len(t.lines) == 0 {
		t.lines = make(map[string]*line, d.fresh)
		t.cur = slices.Grow(t.cur, d.fresh)
	}
	in.tl.Grow(d.fresh)
	in.owners = slices.Grow(in.owners, d.fresh)
}

func fail(rep *Report, reason string) { rep.Failed, rep.Reason = true, reason }

// begin turns to the next scrape.
func (in *Ingester) begin(ts int64, file string) {
	in.head.begin(ts)
	in.problems.reset(in.opts.MaxProblems, file)
}
