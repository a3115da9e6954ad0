package packs

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/histogram"
	"github.com/scrapebook/scrapebook/signals/query"
)

// certainty is the interval and the flags of a quantile, where they are known.
type certainty struct {
	estimate histogram.Estimate
	known    bool
}

// certainties are those of one series at the instants from a time on, in ms.
type certainties struct {
	labels      labels.Labels // of the quantile
	start, step int64
	at          []certainty
}

// points are the values of the quantile.
func (c *certainties) points() (list []query.Point) {
	for i, one := range c.at {
		if one.known {
			list = append(list, query.Point{Time: c.start + int64(i)*c.step, Value: one.estimate.Value})
		}
	}
	return list
}

// onlyBuckets tells whether no series has native histograms.
func onlyBuckets(v *query.Value) bool {
	return !slices.ContainsFunc(v.Series, func(s query.Series) bool { return len(s.Histograms) > 0 })
}

func (c *certainties) of(time int64) certainty {
	if c == nil {
		return certainty{}
	}
	return c.at[(time-c.start)/c.step]
}

// quantileLabels are labels without those that a quantile takes away.
func quantileLabels(ls labels.Labels) labels.Labels {
	return labels.NewBuilder(ls).Del(model.MetricNameLabel, labels.BucketLabel).Labels()
}

// bare spells them.
func bare(ls labels.Labels) string { return quantileLabels(ls).String() }

// certainties are those of a quantile, by labels: of is what it is taken of.
func (s *Signal) certainties(q *quantiled, of *query.Value, start, end time.Time, step time.Duration) map[string]*certainties {
	var keys []string
	series := map[string][]query.Series{}
	for _, one := range of.Series {
		key := bare(one.Labels)
		if series[key] == nil {
			keys = append(keys, key)
		}
		series[key] = append(series[key], one)
	}
	found := map[string]*certainties{}
	for _, key := range keys {
		c := &certainties{labels: quantileLabels(series[key][0].Labels), start: start.UnixMilli(), step: step.Milliseconds()}
		c.at = make([]certainty, (end.UnixMilli()-c.start)/c.step+1)
		s.estimate(c, q, series[key])
		found[key] = c
	}
	return found
}

// estimate fills in the certainties of one histogram: native, or buckets.
func (s *Signal) estimate(c *certainties, q *quantiled, series []query.Series) {
	nonNegative := s.Unit == Seconds || s.Unit == Bytes
	var bounds []float64
	var counts [][]query.Point // what is left of each, in time order
	for _, one := range series {
		if le, err := strconv.ParseFloat(one.Labels.Get(labels.BucketLabel), 64); err == nil {
			bounds, counts = append(bounds, le), append(counts, one.Floats)
		}
		for _, p := range one.Histograms {
			if n, err := histogram.NewNative(p.Histogram); err == nil {
				n.NonNegative, n.Weight = nonNegative, q.times
				c.at[(p.Time-c.start)/c.step] = certainty{n.Estimate(q.order), true}
			}
		}
	}
	var buckets []histogram.Bucket
	for i := range c.at {
		now := c.start + int64(i)*c.step
		buckets = buckets[:0]
		for j, list := range counts {
			if len(list) > 0 && list[0].Time == now {
				buckets = append(buckets, histogram.Bucket{UpperBound: bounds[j], Count: list[0].Value})
				counts[j] = list[1:]
			}
		}
		if len(buckets) > 0 {
			classic := histogram.NewClassic(buckets, math.NaN(), countOf(buckets))
			classic.NonNegative, classic.Weight = nonNegative, q.times
			c.at[i] = certainty{classic.Estimate(q.order), true}
		}
	}
}

// countOf is what the +Inf bucket says, NaN without one.
func countOf(buckets []histogram.Bucket) float64 {
	for _, b := range buckets {
		if math.IsInf(b.UpperBound, 1) {
			return b.Count
		}
	}
	return math.NaN()
}
