// Package ingest puts saved scrapes into a timeline as a Prometheus server
// would have stored them: target labels, up and the scrape_* series,
// staleness markers, limits, and a problem for everything that was not taken
// as it stood. It follows scrapeLoopAppenderV2.append and scrapeLoop.report of
// Prometheus v0.316.0 (scrape/scrape.go, scrape_append_v2.go) and what the head
// makes of it (tsdb/head_append_v2.go), with the server's default settings.
//
// What a file cannot tell is chosen, and listed at Options, Ingester.Missed and
// Ingester.End. scrape_duration_seconds is in no file and never written; of
// extra_scrape_metrics, scrape_timeout_seconds is what a server would have by
// default: 10 s, or the target's interval when that is shorter.
package ingest

import (
	"math"
	"sync"

	"github.com/prometheus/prometheus/model/value"

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
	// a live server: nothing of the scrape is stored and up is 0. It also
	// takes to the letter what a server reads otherwise than it is meant:
	// blanks before a metric's name are part of it, and a NUL byte in a
	// comment ends the body. By default only the line is skipped: the file
	// was damaged, not the target.
	FailOnDamage bool
	// Gaps says what a missing scrape is: nothing ("", the series live on for
	// the look-back) or a failed one (GapsFailed). Whoever knows the times
	// calls Missed; the Ingester itself does not look at it.
	Gaps string
	// ExtraScrapeMetrics is the default of capture.yaml's
	// extra_scrape_metrics, as --enable-feature=extra-scrape-metrics sets it.
	ExtraScrapeMetrics bool
	// MaxProblems bounds the problems reported for one scrape; the last one
	// then counts the rest. 0 means 100.
	MaxProblems int
	// MaxLine is how many bytes a line, or a message of protobuf, may have;
	// what is longer is a damaged one. 0 means 64 MiB.
	MaxLine int
}

// Report says what became of one scrape.
type Report struct {
	Failed bool
	Reason string // why it failed, one line; empty when it did not
	// Format is how the body was read; FormatUnknown when it was not.
	Format expfmt.Format
	// The three counts as the scrape_* series carry them.
	Scraped, PostRelabel, Added int
	// Kept is about how many samples were stored of series that are kept.
	Kept int
	// Bulk counts the samples of a dump, which Release stores.
	Bulk     int
	Problems []Problem
}

// Ingester takes the scrapes of one capture in time order. It must not be
// used while its timeline is read.
type Ingester struct {
	tl      *timeline.Timeline
	opts    Options
	mu      sync.Mutex // guards targets and order
	targets map[*capture.Target]*target
	owners  []owner        // of series, by reference, see own
	order   []*target      // all of targets
	records []timeline.Ref // of series that rules write
	types   types
	rooms   rooms
	bulk    []bulkSample // of dumps, not stored yet
	sorted  bool         // bulk is

	clock   int64 // what the first sample ever offered set the head's clock to
	clocked bool

	// One scrape at a time.
	staged   []staged
	histos   []histo // that staged refers to
	minValid int64   // own timestamps before it are out of bounds
	maxValid int64   // own timestamps after it are out of bounds
	problems problems
}

// staged is a sample that was accepted and waits for the end of its scrape:
// a scrape is stored as a whole or, on failure, not at all.
type staged struct {
	ref   timeline.Ref
	histo uint32 // 1 + its place in histos; 0: a float
	ts    int64
	v     float64
}

const (
	// A sample may be this far ahead of its scrape (scrape.go maxAheadTime).
	maxAhead = 10 * 60 * 1000
	// and this far behind the newest sample of the store: half of the head's
	// two-hour chunk range (tsdb/head_append.go appendableMinValidTime).
	maxBehind = 60 * 60 * 1000
)

var staleNaN = math.Float64frombits(value.StaleNaN)

// New returns an Ingester that stores into tl.
func New(tl *timeline.Timeline, opts Options) *Ingester {
	if opts.MaxProblems <= 0 {
		opts.MaxProblems = 100
	}
	return &Ingester{
		tl:      tl,
		opts:    opts,
		targets: map[*capture.Target]*target{},
	}
}

// Add stores one scrape. Scrapes must come in the order of their times. The
// body is only lent, and the report's problems are the caller's to keep.
//
// A dump is only read: Release stores it.
func (in *Ingester) Add(s *capture.Scrape) Report {
	if s.Bulk {
		return in.store(in.decode(s, nil))
	}
	own := *s
	own.Body = append(in.room(s.Target), s.Body...)
	return in.store(in.decode(&own, nil))
}

// store stores a scrape, and uses d up. Those of a target must come in the
// order in which they were decoded.
func (in *Ingester) store(d *decoded) Report {
	var rep Report
	if d.bulk != nil {
		rep = in.dump(d.bulk)
		rep.Problems = in.problems.take()
		return rep
	}
	t := d.t
	in.begin(d.time, d.file)
	in.problems.origin, in.problems.proto = d.origin, d.format == expfmt.FormatProtobuf
	rep.Format = d.format
	repeated, smooth := in.repeat(d, &rep), false
	if !repeated {
		in.endRepeats(t)
		smooth = in.scrape(d, &rep)
	}
	in.types.add(d.types)
	in.report(t, d.time, d.bytes, &rep)
	rep.Kept += len(in.staged)
	in.commit()
	rep.Problems = in.problems.take()
	d.body = nil
	if smooth {
		in.mayRepeat(d)
	}
	if t.repeats != d {
		t.spare.put(d)
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
		in.markStale(t, d.time)
		t.endScrape(false)
	default:
		p.body(reason)
	}
	if rep.Failed {
		// As upstream: what was read is dropped, and an empty scrape follows,
		// which marks what the failed one did not show.
		in.discard()
		in.markStale(t, d.time)
		t.endScrape(false)
		return false
	}
	return !d.empty && !p.rough
}

func fail(rep *Report, reason string) { rep.Failed, rep.Reason = true, reason }

func (in *Ingester) begin(ts int64, file string) {
	in.discard()
	in.problems.reset(in.opts.MaxProblems, file)
	in.maxValid = ts + maxAhead
	in.minValid = math.MinInt64
	if newest, ok := in.tl.MaxTime(); ok {
		in.minValid = newest - maxBehind
	}
	if in.clocked {
		in.minValid = max(in.minValid, in.clock-maxBehind)
	}
}

func (in *Ingester) discard() {
	in.staged = in.staged[:0]
	clear(in.histos)
	in.histos = in.histos[:0]
}

// commit moves what is staged into the timeline. What clashes there is
// dropped without a word, as in the head's commit: the first sample of a
// series and time wins, which lets a target's own up win over ours.
func (in *Ingester) commit() {
	for i := range in.staged {
		s := &in.staged[i]
		if s.histo != 0 {
			p := in.histos[s.histo-1]
			_ = in.tl.AppendHistogram(s.ref, 0, s.ts, p.h, p.fh)
			continue
		}
		_ = in.tl.Append(s.ref, s.ts, s.v)
	}
	in.discard()
}

// markStale writes a staleness marker for every series that the scrape before
// this one had and this one lacks.
func (in *Ingester) markStale(t *target, ts int64) {
	for _, s := range t.prev {
		if s.trackedIter != t.iter {
			_ = in.stage(s.ref, ts, staleNaN) // older than the series' own newest sample: no marker
		}
	}
}
