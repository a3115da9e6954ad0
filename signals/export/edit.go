package export

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
)

// An Edit is a change of one series.
type Edit struct {
	Series labels.Labels
	From   labels.Labels // the series that it was made of, when it is a new one
	Change string        // half a sentence, as `rises 8 times as fast`
}

// String is the edit in words.
func (e Edit) String() string {
	text := series(e.Series) + " " + e.Change
	if !e.From.IsEmpty() {
		text = series(e.Series) + " is made of " + series(e.From) + " and " + e.Change
	}
	return text
}

// An operation changes the points of a series by a factor, a step or a value.
type operation struct {
	kind   kind
	number float64
}

type kind uint8

const (
	faster kind = iota // a counter: its increases times the number
	rising             // a counter: it rises by the number from point to point
	scaled             // all values times the number
	fixed              // all values are the number
	gone               // there is no such series
	alike              // a bucket: it has what the last bucket has
)

// words say what an operation makes of a series.
func (o operation) words(step time.Duration) string {
	n := short(o.number)
	switch {
	case o.kind == faster && o.number == 1:
		return "goes as that one"
	case o.kind == alike:
		return "counts every observation"
	case o.kind == faster && o.number == 0:
		return "stands still"
	case o.kind == faster && o.number < 1:
		return "rises at " + n + " of its pace"
	case o.kind == faster:
		return "rises " + n + " times as fast"
	case o.kind == rising:
		return fmt.Sprintf("rises by %s every %s", n, model.Duration(step))
	case o.kind == scaled:
		return "is " + n + " times what it was"
	case o.kind == fixed:
		return "is " + n + " throughout"
	}
	return "is not there"
}

func short(v float64) string { return fmt.Sprintf("%.4g", v) }

// apply is a series after an operation.
func (o operation) apply(points []point) []point {
	out := slices.Clone(points)
	whole := !slices.ContainsFunc(points, func(p point) bool { return p.ok && !math.IsNaN(p.v) && p.v != math.Trunc(p.v) })
	var first, before, sum float64
	n, begun := 0, false
	for i, p := range points {
		if !p.ok || value.IsStaleNaN(p.v) {
			if o.kind == gone {
				out[i] = point{}
			}
			continue
		}
		if !begun {
			first, before, sum, begun = p.v, p.v, p.v, true
		}
		switch o.kind {
		case faster:
			if rise := p.v - before; rise >= 0 {
				sum += rise * o.number
			} else { // it was reset
				sum = p.v * o.number
			}
			before = p.v
			out[i].v = sum
		case rising:
			out[i].v = first + float64(n)*o.number
		case scaled:
			out[i].v = p.v * o.number
		case fixed:
			out[i].v = o.number
		case gone:
			out[i] = point{}
		}
		if whole && (o.kind == faster || o.kind == rising) {
			out[i].v = math.Round(out[i].v)
		}
		n++
	}
	return out
}

// isCounter tells whether a series is one, by its name.
func isCounter(r row) bool {
	name := r.labels.Get(model.MetricNameLabel)
	return slices.ContainsFunc([]string{"_total", "_count", "_sum", "_bucket"}, func(end string) bool { return strings.HasSuffix(name, end) })
}

// isBucket tells whether a series is one of a classic histogram.
func isBucket(r row) bool {
	return strings.HasSuffix(r.labels.Get(model.MetricNameLabel), "_bucket") && r.labels.Has(model.BucketLabel)
}

// isFlag tells whether a series is 0 or 1 all the time.
func isFlag(r row) bool {
	return !slices.ContainsFunc(r.points, func(p point) bool { return p.ok && !value.IsStaleNaN(p.v) && p.v != 0 && p.v != 1 })
}

// powers are powers of two, the small ones first.
func powers(k kind, sign float64, most int) (list []operation) {
	for i := 1; i <= most; i += 5 {
		list = append(list, operation{k, math.Pow(2, sign*float64(i))})
	}
	return list
}

// operations are those that are tried on a series, the gentle ones of a kind
// first. Numbers between these are tried once one of them does it.
func operations(r row, threshold float64) (list []operation) {
	switch {
	case isCounter(r):
		list = append(powers(faster, 1, 36), powers(faster, -1, 11)...)
		list = append(list, operation{faster, 0})
		for i := 0; i <= 9; i += 3 {
			list = append(list, operation{rising, math.Pow(10, float64(i))})
		}
	case isFlag(r):
		list = []operation{{fixed, 0}, {fixed, 1}}
	default:
		list = append(powers(scaled, 1, 36), powers(scaled, -1, 36)...)
		list = append(list, operation{fixed, 0}, operation{fixed, 1})
	}
	list = append(list, operation{kind: gone})
	if !isCounter(r) && !isFlag(r) && !math.IsNaN(threshold) && !math.IsInf(threshold, 0) {
		for _, v := range []float64{threshold, threshold + 1, threshold - 1} {
			list = append(list, operation{fixed, v})
		}
	}
	return list
}

// ofBuckets are the operations on the lower buckets of a histogram: they rise
// more slowly, so that observations are larger than they were.
func ofBuckets() []operation {
	return append(powers(faster, -1, 11), operation{faster, 0})
}
