package replay

import (
	"cmp"
	"slices"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
)

// times is what the times of a capture's scrapes tell before any is read.
type times struct {
	gaps   []gap // by the time at which they end
	jitter map[*capture.Target]time.Duration
	events []event // by at
	cut    bool    // there would be more
}

// maxMissed bounds the missing scrapes that are made failed ones: two files a
// decade apart are no reason to fill the memory.
const maxMissed = 1_000_000

// A gap lies between two scrapes of a target. The scrapes that are missing
// would have been at from + k·interval, up to half an interval before to, that
// one included.
type gap struct {
	target             *capture.Target
	from, to, interval int64
}

// isGap tells whether at least one scrape is missing in a time of this length:
// from one and a half intervals on, another is nearer to where one was due than
// to a scrape that came late.
func isGap(length, interval int64) bool { return 2*length >= 3*interval }

func (g gap) missed() int64 { return max(0, (2*(g.to-g.from)-g.interval)/(2*g.interval)) }

// event is something that happens to a target without a file of its own: a
// scrape that is missing, or the end of its series.
type event struct {
	at     int64 // when a server has done it
	ts     int64 // of its samples
	target *capture.Target
	end    bool
}

// intervalOf is the target's own, else the capture's, else 0.
func intervalOf(c *capture.Capture, t *capture.Target) int64 {
	return cmp.Or(t.Interval, c.Interval).Milliseconds()
}

func newTimes(opts Options) *times {
	c := opts.Capture
	ts := &times{jitter: map[*capture.Target]time.Duration{}}
	before := map[*capture.Target]int64{}
	off := map[*capture.Target][]int64{}
	for t, at := range c.Times() {
		interval := intervalOf(c, t)
		last, seen := before[t]
		before[t] = at
		switch {
		case !seen || interval <= 0:
		case isGap(at-last, interval):
			ts.gaps = append(ts.gaps, gap{target: t, from: last, to: at, interval: interval})
		default:
			off[t] = append(off[t], max(at-last-interval, interval-(at-last)))
		}
	}
	for t, list := range off {
		slices.Sort(list)
		ts.jitter[t] = time.Duration(list[len(list)/2]) * time.Millisecond
	}
	if opts.Ingest.Gaps == ingest.GapsFailed {
		for _, g := range ts.gaps {
			for k := range g.missed() {
				if len(ts.events) == maxMissed {
					ts.cut = true
					break
				}
				m := g.from + (k+1)*g.interval
				ts.events = append(ts.events, event{at: m, ts: m, target: g.target})
			}
		}
	}
	for _, t := range c.Targets {
		if t.Ends != "removed" {
			continue
		}
		// A server waits for two ticks and a tenth of an interval, and dates
		// the markers with the first (scrapeLoop.endOfRunStaleness).
		interval := cmp.Or(intervalOf(c, t), opts.interval().Milliseconds())
		ts.events = append(ts.events, event{at: t.Last + 2*interval + interval/10, ts: t.Last + interval, target: t, end: true})
	}
	slices.SortStableFunc(ts.events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	return ts
}

// until hands out the events that are over at ts.
func (ts *times) until(at int64) []event {
	n := 0
	for n < len(ts.events) && ts.events[n].at <= at {
		n++
	}
	due := ts.events[:n]
	ts.events = ts.events[n:]
	return due
}

func (ld *loader) happen(e event) {
	if e.end { // dated before the time at which it is known
		ld.early = true
		ld.in.End(e.target, e.ts)
		return
	}
	ld.in.Missed(e.target, e.ts)
}

// finish brings about what a server does after the last scrape that counts,
// but dates before it.
func (ld *loader) finish(readTo int64) {
	for _, e := range ld.times.events {
		if e.end && e.ts <= readTo {
			ld.happen(e)
		}
	}
}

func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// gapsUntil lists the gaps that end at readTo or before.
func (ts *times) gapsUntil(readTo int64) []Gap {
	var list []Gap
	for _, g := range ts.gaps {
		if g.to <= readTo {
			list = append(list, Gap{
				Job: g.target.Job, Instance: g.target.Instance,
				From: instant(g.from), To: instant(g.to), Missed: int(g.missed()),
			})
		}
	}
	slices.SortStableFunc(list, func(a, b Gap) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Job, b.Job), cmp.Compare(a.Instance, b.Instance))
	})
	return list
}

// ended lists the targets that end early.
func ended(c *capture.Capture) []Ended {
	var list []Ended
	for _, t := range c.Targets {
		interval := intervalOf(c, t)
		if t.Ends == "removed" || interval > 0 && isGap(c.End-t.Last, interval) {
			list = append(list, Ended{Job: t.Job, Instance: t.Instance, Last: instant(t.Last), Removed: t.Ends == "removed"})
		}
	}
	slices.SortStableFunc(list, func(a, b Ended) int { return a.Last.Compare(b.Last) })
	return list
}
