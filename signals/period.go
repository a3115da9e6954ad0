package signals

import (
	"cmp"
	"slices"
	"time"
)

// Period is what the scrapes of one target say of a time: how fast its counters
// grew, and the medians of its gauges. The zero value is ready for Add.
type Period struct {
	first, last time.Time
	list        []*periodSeries
	byKey       map[string]*periodSeries
	restarts    int
	before      *snapshotIndex
}

// A periodSeries is one series of a Period.
type periodSeries struct {
	Series
	kind     kind
	gauge    bool      // gauge histograms count what is
	seen     int       // scrapes that have it
	start    time.Time // of the first of these
	end      time.Time // and the last
	last     *series
	increase float64   // of what counts, resets taken into account
	values   []float64 // of a gauge
}

// Add takes the next scrape, which is later than those before it.
func (p *Period) Add(s Scrape) {
	if p.byKey == nil {
		p.byKey, p.first = map[string]*periodSeries{}, s.Time
	}
	p.last = s.Time
	now := index(s.filled().Snapshot)
	if p.before != nil && restartBetween(p.before, now) != nil {
		p.restarts++
	}
	p.before = now
	for _, x := range now.list {
		key := string(now.keyOf(x.Name, x.Labels, ""))
		of := p.byKey[key]
		if of == nil {
			of = &periodSeries{Series: x.Series, kind: x.kind, gauge: x.kind == kindGauge, start: s.Time}
			p.byKey[key] = of
			p.list = append(p.list, of)
		}
		of.add(x, s.Time)
	}
}

func (of *periodSeries) add(x *series, at time.Time) {
	of.seen++
	of.end = at
	switch {
	case of.gauge:
		of.values = append(of.values, x.value)
	case of.last == nil:
	default:
		of.increase += RateOf(of.last.counted(), x.counted(), at.Sub(of.start)).Increase
	}
	of.last = x
}

// counted is what a counter or the count of a histogram says.
func (s *series) counted() float64 {
	if s.histogram() {
		return s.distribution().Count()
	}
	return s.value
}

// level is a counter's rate per second over the time in which it was seen, nil
// when that is one scrape or a time is not known, or a gauge's median, NaN left
// out unless it never was anything else.
func (of *periodSeries) level() *float64 {
	v := nan
	switch {
	case of.gauge:
		v = of.median()
	case of.seen < 2 || of.start.IsZero():
		return nil
	default:
		v = perSecond(of.increase, of.end.Sub(of.start))
	}
	return &v
}

func (of *periodSeries) median() float64 {
	values := slices.DeleteFunc(slices.Clone(of.values), func(v float64) bool { return v != v })
	if len(values) == 0 {
		return nan
	}
	slices.Sort(values)
	n := len(values)
	return values[(n-1)/2] + (values[n/2]-values[(n-1)/2])/2
}

// Restarts is how often the target's process began anew between the scrapes.
func (p *Period) Restarts() int { return p.restarts }

// Span is when the first and the last scrape were taken.
func (p *Period) Span() (first, last time.Time) { return p.first, p.last }

// DiffPeriods sets what a target did in one time beside what it did before: of
// counters and histograms the rates per second, of gauges the medians, those
// that moved most first. In each Move both are Before and After, and Level is
// set. What only one period has is new or vanished; what counts and was in one
// scrape of a period has no rate there. Only series that match
// takes are looked at, all when it is nil. Elapsed is from the begin of the
// older period to that of the newer one.
func DiffPeriods(before, after *Period, match func(Series) bool) *Difference {
	b := differ{d: &Difference{Periods: true, Moves: []Move{}}, match: match}
	if match == nil {
		b.match = func(Series) bool { return true }
	}
	if !before.first.IsZero() && !after.first.IsZero() {
		b.d.Elapsed = after.first.Sub(before.first)
	}
	for _, now := range after.list {
		if !b.match(now.Series) {
			continue
		}
		b.d.Series++
		is, counts := now.level(), !now.gauge
		old := before.byKey[string((&snapshotIndex{}).keyOf(now.Name, now.Labels, ""))]
		if old == nil || old.gauge != now.gauge {
			b.add(Move{Kind: MoveNew, Series: now.Series, After: is, Level: true, Counts: counts}, 0)
			continue
		}
		was, far := old.level(), 0.0
		switch {
		case was == nil && is == nil:
			continue // of neither time anything is known
		case was != nil && is != nil:
			if same(*was, *is) {
				continue
			}
			far = relative(*was, *is)
		}
		b.add(Move{Kind: moveOf(now.kind), Series: now.Series, Before: was, After: is, Level: true, Counts: counts}, far)
	}
	for _, old := range before.list {
		now := after.byKey[string((&snapshotIndex{}).keyOf(old.Name, old.Labels, ""))]
		if b.match(old.Series) && (now == nil || old.gauge != now.gauge) {
			b.d.Series++
			b.add(Move{Kind: MoveVanished, Series: old.Series, Before: old.level(), Level: true, Counts: !old.gauge}, 0)
		}
	}
	slices.SortStableFunc(b.d.Moves, func(x, y Move) int {
		return cmp.Or(cmp.Compare(moveOrder[x.Kind], moveOrder[y.Kind]), cmp.Compare(y.relative, x.relative), compareSeries(x.Series, y.Series))
	})
	return b.d
}

func moveOf(k kind) MoveKind {
	switch k {
	case kindCounter:
		return MoveCounter
	case kindHistogram:
		return MoveHistogram
	}
	return MoveGauge
}
