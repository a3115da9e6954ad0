package signals

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/scrapebook/scrapebook/expfmt"
)

// Difference is what differs between two scrapes of one target.
type Difference struct {
	Elapsed time.Duration // from the older to the newer; 0: a time is not known
	Series  int           // of either scrape, as far as they match
	// Periods: what is compared are times and not scrapes, see DiffPeriods.
	Periods bool
	// Restart is not nil when the process began anew in between: see
	// Comparison.Restart.
	Restart *Restart
	// Moves are what differs. Resets come first, then what became of families
	// and series as MoveKind has it, then the series that moved, those that
	// moved most against what they were before the others.
	Moves []Move
}

// Move is one series, or one family, that differs.
type Move struct {
	Kind MoveKind
	// Series is what moved. Of a family only its name and its type now are set.
	Series
	// Before and After are the values of a series; of a histogram its counts.
	// They are nil where a scrape does not have it, and of a new gauge; of a
	// Level also where it was in one scrape alone, which tells no rate.
	Before, After *float64
	// Rate is what is known of the increase of what counts; nil of what does
	// not.
	Rate *Rate
	// Observed is what a histogram saw in between; nil of all else.
	Observed Distribution
	// Was and Is spell what became of a family: its types, help texts, units,
	// bucket layouts joined by " | ", and how many exemplars it has. Of one
	// that restarted Is is the latest start timestamp, in RFC 3339.
	Was, Is string
	// Level: Before and After are those of a whole time each, see DiffPeriods:
	// of what counts its rate per second, of a gauge its median. Counts tells
	// them apart.
	Level, Counts bool
	// Metrics is how many metrics restarted, or how many exemplars are new.
	Metrics int

	relative float64 // how far it moved
}

// MoveKind says what became of a series or family.
type MoveKind string

// The kinds, in the order in which a Difference has them. The three that moved
// are one in this, and Restarted, Retyped, Buckets, Unit, Help and Exemplars
// are of families, all others of series.
const (
	MoveReset     MoveKind = "reset"     // a counter or histogram began anew
	MoveRestarted MoveKind = "restarted" // start timestamps differ
	MoveVanished  MoveKind = "vanished"
	MoveRetyped   MoveKind = "retyped"
	MoveBuckets   MoveKind = "buckets" // histograms are laid out otherwise
	MoveUnit      MoveKind = "unit"
	MoveHelp      MoveKind = "help"
	MoveNew       MoveKind = "new"
	MoveCounter   MoveKind = "counter"
	MoveGauge     MoveKind = "gauge"
	MoveHistogram MoveKind = "histogram"
	MoveExemplars MoveKind = "exemplars"
)

var moveOrder = map[MoveKind]int{
	MoveReset: 0, MoveRestarted: 1, MoveVanished: 2, MoveRetyped: 3, MoveBuckets: 4, MoveUnit: 5, MoveHelp: 6, MoveNew: 7,
	MoveCounter: 8, MoveGauge: 8, MoveHistogram: 8, MoveExemplars: 9,
}

// Diff sets a scrape beside an earlier one of the same target, as Compare does,
// and returns what differs. Only series that match takes are looked at, all
// when it is nil; what is asked about a family is a Series that has its name
// alone.
func Diff(before, after Scrape, match func(Series) bool) *Difference {
	if match == nil {
		match = func(Series) bool { return true }
	}
	before, after = before.filled(), after.filled()
	c := Compare(before, after)
	b := differ{d: &Difference{Elapsed: c.Elapsed, Restart: c.Restart, Moves: []Move{}}, match: match, isNew: map[string]bool{}}
	b.series(c)
	b.families(before.Snapshot, after.Snapshot)
	slices.SortStableFunc(b.d.Moves, func(x, y Move) int {
		return cmp.Or(cmp.Compare(moveOrder[x.Kind], moveOrder[y.Kind]), cmp.Compare(y.relative, x.relative), cmp.Compare(x.Name, y.Name))
	})
	return b.d
}

// differ is a Difference in the making.
type differ struct {
	d     *Difference
	match func(Series) bool
	isNew map[string]bool // series that are new and not told yet
}

func (b *differ) add(m Move, relative float64) {
	m.relative = relative
	b.d.Moves = append(b.d.Moves, m)
}

func (b *differ) series(c *Comparison) {
	for _, s := range c.Added {
		b.isNew[identity(s.Name, s.Labels)] = true
	}
	for _, x := range c.Counters {
		b.counter(x)
	}
	for _, x := range c.Gauges {
		b.gauge(x)
	}
	for _, x := range c.Histograms {
		b.histogram(x)
	}
	for _, s := range c.Added {
		if !b.isNew[identity(s.Name, s.Labels)] || !b.match(s) {
			continue
		}
		if s.Type != expfmt.TypeHistogram && s.Type != expfmt.TypeGaugeHistogram { // these are counted
			b.d.Series++
		}
		b.add(Move{Kind: MoveNew, Series: s}, 0)
	}
	for _, s := range c.Vanished {
		if b.match(s) {
			b.d.Series++
			b.add(Move{Kind: MoveVanished, Series: s}, 0)
		}
	}
	for _, r := range c.Retyped {
		s := Series{Name: r.Family, Family: r.Family}
		if b.match(s) {
			s.Type = r.After
			b.add(Move{Kind: MoveRetyped, Series: s, Was: r.Before.String(), Is: r.After.String()}, 0)
		}
	}
}

func (b *differ) counter(x Counter) {
	if !b.match(x.Series) {
		return
	}
	b.d.Series++
	m := Move{Kind: MoveCounter, Series: x.Series, After: &x.After}
	if x.First {
		delete(b.isNew, identity(x.Name, x.Labels)) // told here, with its value
		m.Kind = MoveNew
		m.counted(x.Rate)
		b.add(m, 0)
		return
	}
	if same(x.Before, x.After) && !x.Rate.Reset {
		return
	}
	m.Before = &x.Before
	m.counted(x.Rate)
	b.add(m, relative(x.Before, x.After))
}

func (b *differ) gauge(x Gauge) {
	if !b.match(x.Series) {
		return
	}
	b.d.Series++
	if same(x.Before, x.After) {
		return
	}
	b.add(Move{Kind: MoveGauge, Series: x.Series, Before: &x.Before, After: &x.After}, relative(x.Before, x.After))
}

func (b *differ) histogram(x Histogram) {
	if !b.match(x.Series) {
		return
	}
	b.d.Series++
	after := x.After.Count()
	if x.First {
		if x.Increase != nil {
			delete(b.isNew, identity(x.Name, x.Labels)) // told here, with its values
			m := Move{Kind: MoveNew, Series: x.Series, After: &after, Observed: x.Increase}
			m.counted(x.Rate)
			b.add(m, 0)
		}
		return
	}
	before := x.Before.Count()
	m := Move{Kind: MoveHistogram, Series: x.Series, Before: &before, After: &after}
	if x.Increase == nil { // counts what is, and not what happened
		if !same(before, after) {
			b.add(m, relative(before, after))
		}
		return
	}
	if same(before, after) && same(x.Before.Sum(), x.After.Sum()) && !x.Rate.Reset {
		return
	}
	m.Observed = x.Increase
	m.counted(x.Rate)
	b.add(m, relative(before, after))
}

// counted fills in what a Rate says.
func (m *Move) counted(r Rate) {
	m.Rate = &r
	if r.Reset {
		m.Kind = MoveReset
	}
}

// same compares values as a reader of the files would: NaN is NaN.
func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// relative is how far a value moved against what it was; what was 0 moved
// infinitely far. Of the counters of a process, which are of one age, this is
// the order of their rates now against those over its life until then.
func relative(before, after float64) float64 {
	r := math.Abs(after-before) / math.Abs(before)
	if math.IsNaN(r) {
		return 0
	}
	return r
}

// identity is the same for the same series, however it is written.
func identity(name string, ls expfmt.Labels) string {
	return fmt.Sprintf("%q%q", name, sorted(ls))
}
