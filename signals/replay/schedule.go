package replay

import (
	"cmp"
	"math"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/query"
)

// schedule hands out the instants at which groups are evaluated, in time
// order; at equal instants in the order of the groups.
type schedule struct {
	groups []clock
	readTo int64         // ms: scrapes up to here belong to the replay
	phase  time.Duration // of groups with the default interval
}

type clock struct {
	next     time.Time
	interval time.Duration
	last     time.Time // included
}

// newSchedule sets the clocks: T0 + interval/2 + k·interval, where T0 is the
// latest first scrape among the targets that begin within one interval of the
// capture's start. So every target has had its first scrape, and an instant
// lies in the middle between two scrapes. The last instant is the first one at
// or after the last scrape, so that the last round of scrapes is seen too.
func newSchedule(opts Options, interval time.Duration) *schedule {
	c := opts.Capture
	s := &schedule{readTo: c.End, phase: interval / 2}
	if opts.Phase != nil {
		s.phase = *opts.Phase
	}
	if !opts.To.IsZero() && opts.To.UnixMilli() < c.End {
		s.readTo = opts.To.UnixMilli()
	}
	begin := firstFullRound(c, interval)
	for _, g := range opts.Groups {
		every := g.Interval
		if every <= 0 {
			every = interval
		}
		phase := every / 2
		if opts.Phase != nil {
			phase = *opts.Phase
		}
		k := clock{next: time.UnixMilli(begin).UTC().Add(phase), interval: every}
		if opts.Align {
			k.next = aligned(begin, every)
		}
		k.last = k.lastInstant(opts)
		if k.next.After(k.last) && opts.From.IsZero() {
			// No instant sees the last scrapes, as of a single round or with
			// a phase of an hour: they are looked at once, when all are there.
			k.next, k.last = instant(s.readTo), instant(s.readTo)
		}
		if behind := opts.From.Sub(k.next); behind > 0 {
			k.next = k.next.Add((behind + every - 1) / every * every)
		}
		s.groups = append(s.groups, k)
	}
	return s
}

// aligned is the first multiple of an interval since the epoch that does not
// lie before begin.
func aligned(begin int64, every time.Duration) time.Time {
	ms := max(1, every.Milliseconds())
	return instant((begin + ms - 1) / ms * ms)
}

// lastInstant is when a clock stops. An instant that lies so far behind the
// last scrape that the look-back no longer reaches it is none: it would see a
// capture that has ended, where a server saw one that went on.
func (k *clock) lastInstant(opts Options) time.Time {
	end := instant(opts.Capture.End)
	last := k.next
	if behind := end.Sub(last); behind > 0 {
		last = last.Add((behind + k.interval - 1) / k.interval * k.interval)
	}
	single := k.next.After(end) && opts.Capture.Interval == 0 // no interval is known, so no half of it
	if single || last.Sub(end) >= cmp.Or(opts.Lookback, query.DefaultLookback) {
		last = end
	}
	if !opts.To.IsZero() && opts.To.Before(last) {
		last = opts.To
	}
	return last
}

// LastInstant is the time of the last scrape of a replay with these options, or
// of its last evaluation when that is later.
func LastInstant(opts Options) time.Time {
	s := newSchedule(opts, opts.interval())
	end := instant(s.readTo)
	for _, k := range s.groups {
		if !k.next.After(k.last) {
			if last := k.next.Add(k.last.Sub(k.next) / k.interval * k.interval); last.After(end) {
				end = last
			}
		}
	}
	return end
}

func firstFullRound(c *capture.Capture, interval time.Duration) int64 {
	begin := c.Start
	for _, t := range c.Targets {
		if t.First <= c.Start+interval.Milliseconds() {
			begin = max(begin, t.First)
		}
	}
	return begin
}

// next is the earliest instant that is left and the group due at it.
func (s *schedule) next() (at time.Time, group int, ok bool) {
	at, group, ok = s.peek()
	if ok {
		s.groups[group].next = at.Add(s.groups[group].interval)
	}
	return at, group, ok
}

// peek is what next will be.
func (s *schedule) peek() (at time.Time, group int, ok bool) {
	best := time.Unix(math.MaxInt32*1000, 0)
	group = -1
	for i := range s.groups {
		if k := &s.groups[i]; !k.next.After(k.last) && k.next.Before(best) {
			best, group = k.next, i
		}
	}
	if group < 0 {
		return time.Time{}, 0, false
	}
	return best, group, true
}

func (s *schedule) interval(group int) time.Duration { return s.groups[group].interval }
