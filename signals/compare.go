package signals

import (
	"math"
	"time"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/histogram"
)

// Scrape is one exposition of a target and when it was taken.
type Scrape struct {
	Snapshot *expfmt.Snapshot
	Time     time.Time // zero: not known, and then there are no rates per second
}

// filled is s with a snapshot of nothing where it has none.
func (s Scrape) filled() Scrape {
	if s.Snapshot == nil {
		s.Snapshot = &expfmt.Snapshot{}
	}
	return s
}

// Comparison is what changed between two scrapes. Lists are sorted by name and
// labels.
type Comparison struct {
	Elapsed    time.Duration // 0 when a time is not known
	Counters   []Counter
	Gauges     []Gauge
	Histograms []Histogram
	// Added and Vanished are series of any type that only one scrape has. A
	// counter or histogram that was added is in its own list, too.
	Added, Vanished []Series
	// Retyped are families whose type is not the same in both scrapes. Their
	// series are compared as the later type says.
	Retyped []Retyped
	// Restart is not nil when the process began anew in between.
	// Its counters and histograms then began at 0, also those that have
	// outgrown what they were, unless their own start timestamps say otherwise
	// or, of several with the same first word, no one fell: these are taken to
	// tell of another process, as node_exporter's do.
	Restart *Restart

	survive map[string]bool
}

// Series is one line of an exposition, without its value.
type Series struct {
	Family string
	Type   expfmt.Type // of the family
	Name   string
	Labels expfmt.Labels // sorted by name; of a histogram without le
}

// Counter is a series that only grows: of a counter, or the count or sum of a
// summary.
type Counter struct {
	Series
	Before, After float64 // Before is NaN when First
	Rate          Rate
	// First: the series was not there before. Rate takes its whole value for
	// the increase, which is right if it began at 0 in between. PromQL's
	// increase never sees that first step; it counts only what follows.
	First bool
	// Started is when the counter began, where the exposition tells; zero: not.
	Started time.Time
}

// PromIncrease returns what PromQL's increase, or rate with w.PerSecond, makes
// of the two values, extrapolated to the ends of the range; with the zero
// Window the difference alone. It is NaN, for no result, when the counter is
// First, since PromQL needs two samples, and when w's times are not in order.
func (c Counter) PromIncrease(w histogram.Window) float64 {
	if c.First {
		return nan
	}
	v, err := w.Increase(c.Before, c.After)
	if err != nil {
		return nan
	}
	return v
}

// Gauge is a value that goes up and down; untyped series and the quantiles of
// summaries are taken as such.
type Gauge struct {
	Series
	Before, After float64
}

// Retyped is a family with two types.
type Retyped struct {
	Family        string
	Before, After expfmt.Type
}

// Compare sets after against before, an earlier scrape of the same target.
// Neither is changed; what it returns shares strings with both.
//
// Series are matched by name and labels, whatever their order. One that stands
// twice in a scrape counts once, with its first value. Of an OpenMetrics
// _created series nothing is compared: it tells when its counter began. A
// Scrape without a Snapshot holds nothing.
func Compare(before, after Scrape) *Comparison {
	before, after = before.filled(), after.filled()
	c := &Comparison{}
	if !before.Time.IsZero() && !after.Time.IsZero() {
		c.Elapsed = after.Time.Sub(before.Time)
	}
	old, now := index(before.Snapshot), index(after.Snapshot)
	if c.Restart = restartBetween(old, now); c.Restart != nil {
		c.survive = survivors(old, now)
	}
	for _, s := range now.list {
		o := old.get(s)
		if o == nil {
			c.Added = append(c.Added, s.Series)
		}
		c.compare(o, s, before.Time)
	}
	for _, s := range old.list {
		if now.get(s) == nil {
			c.Vanished = append(c.Vanished, s.Series)
		}
	}
	for _, f := range after.Snapshot.Families {
		if b := before.Snapshot.Family(f.Name); b != nil && b.Type != f.Type {
			c.Retyped = append(c.Retyped, Retyped{Family: f.Name, Before: b.Type, After: f.Type})
		}
	}
	c.sort()
	return c
}

// compare adds what became of one series; o is nil when it is new.
func (c *Comparison) compare(o, s *series, since time.Time) {
	switch {
	case s.histogram():
		c.Histograms = append(c.Histograms, newHistogram(o, s, c.Elapsed, since, c.begunAnew))
	case s.counts():
		n := Counter{Series: s.Series, Before: nan, After: s.value, First: o == nil, Started: s.started}
		if o != nil {
			n.Before = o.value
			n.Rate = RateOf(o.value, s.value, c.Elapsed)
			if !n.Rate.Reset && !math.IsNaN(n.Rate.Increase) && c.begunAnew(o, s, since) {
				// Outgrown, but something else tells that it began anew.
				n.Rate = sinceReset(s.value, c.Elapsed)
			}
		} else {
			n.Rate = sinceStart(s.value, c.Elapsed, !since.IsZero() && s.started.After(since))
		}
		c.Counters = append(c.Counters, n)
	case o != nil:
		c.Gauges = append(c.Gauges, Gauge{Series: s.Series, Before: o.value, After: s.value})
	}
}
