package signals

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/histogram"
)

// Distribution is the arithmetic that classic and native histograms share.
type Distribution interface {
	Count() float64
	Sum() float64
	Mean() float64
	Quantile(q float64) float64
	Estimate(q float64) histogram.Estimate
	Fraction(lower, upper float64) float64
}

// Histogram is one histogram in two scrapes, native where the exposition has
// it so.
type Histogram struct {
	Series
	Before Distribution // nil when First
	After  Distribution
	// Increase is what was observed in between, as far as that is certain: see
	// CertainIncrease of package histogram. It is After when First is set,
	// which is right if the histogram began at 0 in between, and also when
	// Started tells that it began anew although nothing fell. It is nil for a
	// gauge histogram, which counts what there is and not what happened.
	Increase Distribution
	Rate     Rate // of the count; a Reset is one of the histogram
	First    bool
	Started  time.Time // when it began, where the exposition tells
}

// newHistogram is what became of s since a scrape at that time, the zero one if
// it is not known, in which it was o, or nil. What else tells that it began
// anew is asked of begunAnew.
func newHistogram(o, s *series, elapsed time.Duration, since time.Time, begunAnew func(o, s *series, since time.Time) bool) Histogram {
	h := Histogram{Series: s.Series, After: s.distribution(), First: o == nil || !o.histogram(), Started: s.started}
	begun := !since.IsZero() && s.started.After(since)
	gauge := s.Type == expfmt.TypeGaugeHistogram
	if h.First {
		if !gauge {
			h.Increase = h.After
		}
		h.Rate = sinceStart(h.After.Count(), elapsed, begun)
		return h
	}
	h.Before = o.distribution()
	if gauge {
		return h
	}
	h.Rate = RateOf(h.Before.Count(), h.After.Count(), elapsed)
	begun = begunAnew(o, s, since)
	fell := false // any part of it, if not the count
	switch after := h.After.(type) {
	case *histogram.Classic:
		if before, ok := h.Before.(*histogram.Classic); ok {
			d := after.CertainIncrease(before)
			h.Increase, fell = d, d.Flags()&histogram.FlagReset != 0
		}
	case *histogram.Native:
		if before, ok := h.Before.(*histogram.Native); ok {
			d := after.CertainIncrease(before)
			h.Increase, fell = d, d.Flags()&histogram.FlagReset != 0
		}
	}
	if begun && !fell {
		h.Increase = h.After
	}
	if begun || fell {
		h.Rate = sinceReset(h.After.Count(), elapsed)
	}
	return h
}

// PromIncrease returns what PromQL's increase, or rate, makes of the histogram:
// of a classic one each bucket, sum and count resets and is extrapolated by
// itself. The error says why PromQL has no result: the histogram is First, it
// is classic in one scrape and native in the other, or the window's times are
// not in order.
func (h Histogram) PromIncrease(w histogram.Window) (Distribution, error) {
	switch after := h.After.(type) {
	case *histogram.Classic:
		if before, ok := h.Before.(*histogram.Classic); ok {
			return after.PromIncrease(before, w)
		}
	case *histogram.Native:
		if before, ok := h.Before.(*histogram.Native); ok {
			return after.PromIncrease(before, w)
		}
	}
	if h.First {
		return nil, errors.New("the histogram is in one scrape only, and an increase needs two")
	}
	return nil, errors.New("the histogram is classic in one scrape and native in the other")
}

// distribution makes the histogram of what the series gathered. Seconds and
// bytes are known not to be negative.
func (s *series) distribution() Distribution {
	positive := strings.HasSuffix(s.Family, "_seconds") || strings.HasSuffix(s.Family, "_bytes")
	if s.native != nil {
		s.native.NonNegative = positive
		return s.native
	}
	c := histogram.NewClassic(once(s.buckets), s.sum, s.count)
	c.NonNegative = positive
	return c
}

// once returns the buckets each once, of equal bounds the first: a server keeps
// the first of two samples.
func once(buckets []histogram.Bucket) []histogram.Bucket {
	byBound := func(a, b histogram.Bucket) int { return cmp.Compare(a.UpperBound, b.UpperBound) }
	slices.SortStableFunc(buckets, byBound)
	return slices.CompactFunc(buckets, func(a, b histogram.Bucket) bool { return byBound(a, b) == 0 })
}

// Histograms returns the histograms of one scrape, sorted by name and labels:
// what was observed since each began. Increase is After, and all are First;
// Before and Rate say nothing.
func Histograms(snap *expfmt.Snapshot) []Histogram {
	if snap == nil {
		return nil
	}
	var c Comparison
	for _, s := range index(snap).list {
		if s.histogram() {
			d := s.distribution()
			c.Histograms = append(c.Histograms, Histogram{Series: s.Series, After: d, Increase: d, First: true, Started: s.started})
		}
	}
	c.sort()
	return c.Histograms
}
