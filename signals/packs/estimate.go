package packs

import (
	"math"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/histogram"
)

// certainty is the interval and the flags of a quantile; nil: unknown.
type certainty struct{ estimate histogram.Estimate }

func (c *certainty) into(p *Point) {
	if c == nil {
		return
	}
	lower, upper := c.estimate.Lower, c.estimate.Upper
	p.Lower, p.Upper = &lower, &upper
	if c.estimate.Flags != 0 {
		p.Flags = c.estimate.Flags.String()
	}
}

// bare spells labels without those that a quantile takes away.
func bare(ls labels.Labels) string {
	return labels.NewBuilder(ls).Del(model.MetricNameLabel, labels.BucketLabel).Labels().String()
}

// estimates are the certainties of an expression that is histogram_quantile(q,
// x), by labels and time in ms: x is asked, too.
func (q *question) estimates(expr string, start, end time.Time, step time.Duration) (map[string]map[int64]*certainty, error) {
	order, inner, ok := quantile(expr)
	if !ok {
		return nil, nil
	}
	v, err := q.in.Range(q.ctx, inner, start, end, step)
	if err != nil {
		return nil, err
	}
	buckets := map[string]map[int64][]histogram.Bucket{}
	found := map[string]map[int64]*certainty{}
	nonNegative := q.signal.Unit == Seconds || q.signal.Unit == Bytes
	for _, s := range v.Series {
		key := bare(s.Labels)
		if found[key] == nil {
			found[key] = map[int64]*certainty{}
			buckets[key] = map[int64][]histogram.Bucket{}
		}
		if le, err := strconv.ParseFloat(s.Labels.Get(labels.BucketLabel), 64); err == nil {
			for _, p := range s.Floats {
				buckets[key][p.Time] = append(buckets[key][p.Time], histogram.Bucket{UpperBound: le, Count: p.Value})
			}
		}
		for _, p := range s.Histograms {
			if n, err := histogram.NewNative(p.Histogram); err == nil {
				n.NonNegative = nonNegative
				found[key][p.Time] = &certainty{n.Estimate(order)}
			}
		}
	}
	for key, at := range buckets {
		for ts, b := range at {
			c := histogram.NewClassic(b, math.NaN(), countOf(b))
			c.NonNegative = nonNegative
			found[key][ts] = &certainty{c.Estimate(order)}
		}
	}
	return found, nil
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
