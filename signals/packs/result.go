package packs

import (
	"math"
	"time"
)

// Mode is what values are of.
type Mode string

// The modes.
const (
	OverTime Mode = "over-time" // values at many instants
	Between  Mode = "between"   // one value, between the last two scrapes of each target
	Life     Mode = "life-time" // one value, of a single scrape: what it says of the process' life
)

// Level is how good a value is.
type Level string

// The levels. A signal without thresholds, or without a value, has none.
const (
	None Level = ""
	Good Level = "good"
	Warn Level = "warn"
	Bad  Level = "bad"
)

func (l Level) rank() int {
	switch l {
	case Good:
		return 1
	case Warn:
		return 2
	case Bad:
		return 3
	}
	return 0
}

// Result is what the golden signals of a capture were.
type Result struct {
	Mode    Mode
	Start   time.Time     // the first instant
	End     time.Time     // the last one
	Step    time.Duration // between instants, in ns; 0 when there is one
	Packs   []PackResult
	Skipped []Skipped // packs that were tried and do not apply
}

// Skipped is a pack that does not apply to a capture.
type Skipped struct {
	Pack   string
	Lacked []string // of When, what no target had, or none with all the others
	// Taken: the pack is a general one, and all targets that it would take are
	// those of other packs.
	Taken bool
}

// PackResult is a pack's part of a Result.
type PackResult struct {
	Pack    string
	Title   string
	Window  time.Duration // that rates look back, in ns; 0 when not OverTime
	Targets []Target
	Signals []SignalResult // as in the pack
}

// Headline returns the signal that stands for a concern.
func (b *PackResult) Headline(c Concern) *SignalResult {
	for i := range b.Signals {
		if s := &b.Signals[i]; s.Headline && s.Concern == c {
			return s
		}
	}
	return nil
}

// Target is whose values a series holds.
type Target struct {
	Job      string
	Instance string
}

// SignalResult is what a signal was.
type SignalResult struct {
	Name     string
	Title    string
	Concern  Concern
	Headline bool
	Unit     Unit
	Good     Direction
	Warn     *float64
	Bad      *float64
	Reason   string
	Next     string

	Level  Level    // the worst of all series
	Series []Series // by target, then by labels
	// Worst is the series with the worst value, the last one of Series if it is
	// steady; nil when there is no value.
	Worst    *Extreme
	FirstBad *Extreme  // the first value at Bad, nil when there is none
	Absent   []Absence // the targets of which it cannot be told
}

// Extreme is a value worth naming.
type Extreme struct {
	Series int // index of Series
	Value  float64
	Time   time.Time
}

// Absence says why a target has no value of a signal. Absent is not zero.
type Absence struct {
	Target
	Lacked []string // what it never had, of each expression; empty when an expression was asked and gave nothing
	Reason string   // in words
}

// Series are the values of a signal on one target.
type Series struct {
	Target
	Labels   map[string]string // besides job and instance
	Expr     string            // that gave them
	Points   []Point
	Level    Level // the worst of its points
	Worst    *Point
	FirstBad *time.Time
}

// Last returns the last point; its Value is NaN when there is none.
func (s *Series) Last() Point {
	if len(s.Points) == 0 {
		return Point{Value: math.NaN()}
	}
	return s.Points[len(s.Points)-1]
}

// Point is a value at an instant. It may be NaN: a quantile of no observation.
type Point struct {
	Time  time.Time
	Value float64
	Level Level
	// Of a quantile: the interval that holds the true one, and what to think of
	// it, in package histogram's words: capped, few, …
	Lower *float64
	Upper *float64
	Flags string
}

// level judges a value.
func (s *Signal) level(v float64) Level {
	if math.IsNaN(v) || s.Warn == nil && s.Bad == nil {
		return None
	}
	beyond := func(limit *float64) bool {
		return limit != nil && (s.Good == Low && v > *limit || s.Good == High && v < *limit)
	}
	switch {
	case beyond(s.Bad):
		return Bad
	case beyond(s.Warn):
		return Warn
	}
	return Good
}

// worse tells whether a is worse than b, which of a steady signal is larger.
func (s *Signal) worse(a, b float64) bool {
	switch {
	case math.IsNaN(a):
		return false
	case math.IsNaN(b):
		return true
	case s.Good == High:
		return a < b
	}
	return a > b
}

// judge sets the levels, the worst and the first bad of a signal.
func (r *SignalResult) judge(s *Signal) {
	for i := range r.Series {
		series := &r.Series[i]
		for j := range series.Points {
			p := &series.Points[j]
			p.Level = s.level(p.Value)
			if p.Level.rank() > series.Level.rank() {
				series.Level = p.Level
			}
			if p.Level == Bad && series.FirstBad == nil {
				series.FirstBad = &p.Time
			}
			if series.Worst == nil && !math.IsNaN(p.Value) || series.Worst != nil && s.worse(p.Value, series.Worst.Value) {
				series.Worst = p
			}
		}
		if series.Level.rank() > r.Level.rank() {
			r.Level = series.Level
		}
		if w := series.Worst; w != nil && (r.Worst == nil || s.worse(w.Value, r.Worst.Value)) {
			r.Worst = &Extreme{i, w.Value, w.Time}
		}
		if at := series.FirstBad; at != nil && (r.FirstBad == nil || at.Before(r.FirstBad.Time)) {
			for _, p := range series.Points {
				if p.Time.Equal(*at) {
					r.FirstBad = &Extreme{i, p.Value, p.Time}
				}
			}
		}
	}
}
