package verdict

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/histogram"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// quantiled is what is known of the quantile that decides a rule, at the
// instant at which it was furthest towards firing, or beyond.
type quantiled struct {
	asked bool
	call  *node   // nil: no quantile decides
	q     float64 // of which order
	times float64 // so many of it are compared

	looks  int
	bounds map[uint64][]float64 // of buckets, by the labels of their histogram
	best   *query.Closest
	at     time.Time
	inside histogram.Estimate
	known  bool
	// decided: all of the bucket lies beyond the threshold.
	decided bool
}

const maxQuantiles = 500 // that are looked into

// quantile finds the quantile that the deciding comparison compares, if only by
// a factor.
func (c *quantiled) quantile(t *trace) {
	c.asked, c.times = true, 1
	n := t.comparison()
	if n == nil || t.rule.Threshold == nil || t.rule.Alert == "" {
		return
	}
	n = n.inner()
	if e, ok := n.expr.(*parser.BinaryExpr); ok && (e.Op == parser.MUL || e.Op == parser.DIV) && n.kids[1].isScalar() {
		k, ok := n.kids[1].inner().expr.(*parser.NumberLiteral)
		if !ok || !(k.Val > 0) {
			return
		}
		if c.times = k.Val; e.Op == parser.DIV {
			c.times = 1 / k.Val
		}
		n = n.kids[0].inner()
	}
	e, ok := n.expr.(*parser.Call)
	if !ok || e.Func.Name != "histogram_quantile" || n.kids[1].ask() == nil {
		return
	}
	if q, ok := n.kids[0].inner().expr.(*parser.NumberLiteral); ok {
		c.call, c.q = n, q.Val
	}
}

// saw looks at the quantile at one instant; at its buckets only when it came
// further than before.
func (c *quantiled) saw(t *trace, l rules.Look) {
	if !c.asked {
		c.quantile(t)
	}
	if c.call == nil || c.looks >= maxQuantiles || l.Err != nil || c.decided {
		return
	}
	th := t.rule.Threshold
	best := th.Closest(l.Result)
	if best == nil {
		// Of an instant without a result the walk has found it.
		y := t.causes[causeKey{t.comparison().parent.id, causeSafe}]
		if y == nil || y.closest == nil || !y.closestAt.Equal(l.At) {
			return
		}
		best = y.closest
	}
	if c.best != nil && th.Closest([]query.Sample{{Value: best.Value}, {Value: c.best.Value}}).Value == c.best.Value {
		return
	}
	c.best, c.at, c.known = best, l.At, false
	limit := th.Value / c.times
	if c.apart(best, limit) {
		return
	}
	c.looks++
	buckets, err := l.Ask(c.call.kids[1].ask())
	if err != nil {
		return
	}
	c.inside, c.known = estimate(buckets, best.Labels, c.q)
	c.keep(buckets)
	c.decided = c.known && (strings.HasPrefix(th.Op, ">") && c.inside.Lower >= limit || strings.HasPrefix(th.Op, "<") && c.inside.Upper <= limit)
}

// apart tells whether a value and the threshold are known to lie in different
// buckets of their histogram, so that these need no look.
func (c *quantiled) apart(best *query.Closest, limit float64) bool {
	hash, _ := best.Labels.HashWithoutLabels(nil, labels.BucketLabel)
	bounds := c.bounds[hash]
	v := best.Value / c.times
	if len(bounds) == 0 || math.IsNaN(v) || slices.Contains(bounds, v) {
		return false
	}
	i, _ := slices.BinarySearch(bounds, v)
	j, _ := slices.BinarySearch(bounds, limit)
	return i != j
}

// keep takes notice of where buckets end.
func (c *quantiled) keep(buckets []query.Sample) {
	c.bounds = map[uint64][]float64{}
	var buf []byte
	for _, s := range buckets {
		le, err := strconv.ParseFloat(s.Labels.Get(labels.BucketLabel), 64)
		if err != nil {
			continue
		}
		var hash uint64
		hash, buf = s.Labels.HashWithoutLabels(buf, labels.BucketLabel)
		c.bounds[hash] = append(c.bounds[hash], le)
	}
	for _, bounds := range c.bounds {
		slices.Sort(bounds)
	}
}

// estimate is the quantile of the histogram with these labels.
func estimate(vec []query.Sample, ls labels.Labels, q float64) (histogram.Estimate, bool) {
	var list []histogram.Bucket
	want, buf := ls.HashWithoutLabels(nil, labels.BucketLabel)
	for _, s := range vec {
		var hash uint64
		if hash, buf = s.Labels.HashWithoutLabels(buf, labels.BucketLabel); hash != want {
			continue
		}
		if s.Histogram != nil {
			h, err := histogram.NewNative(s.Histogram)
			if err != nil {
				return histogram.Estimate{}, false
			}
			return h.Estimate(q), true
		}
		if le, err := strconv.ParseFloat(s.Labels.Get(labels.BucketLabel), 64); err == nil {
			list = append(list, histogram.Bucket{UpperBound: le, Count: s.Value})
		}
	}
	if len(list) == 0 {
		return histogram.Estimate{}, false
	}
	return histogram.NewClassic(list, math.NaN(), math.NaN()).Estimate(q), true
}

// coarse: the threshold lies inside the bucket that holds the quantile, so that
// the data do not decide.
func coarse(t *trace) []Finding {
	c := &t.quantiled
	if c.call == nil || !c.known {
		return nil
	}
	th := t.rule.Threshold
	limit := th.Value / c.times
	low, high := c.inside.Lower, c.inside.Upper
	if !(low < limit && limit < high) {
		return nil
	}
	f := c.call.finding()
	f.Evidence["lower"], f.Evidence["upper"], f.Evidence["value"], f.Evidence["at"] = low, high, c.inside.Value, c.at
	f.Evidence["threshold"], f.Evidence["labels"], f.Evidence["quantile"] = fmt.Sprintf("%s %s", th.Op, exact(th.Value)), c.best.Labels, c.q
	between := fmt.Sprintf("between %s and %s", number(low), number(high))
	switch {
	case math.IsInf(low, -1) && math.IsInf(high, 1):
		between = "anywhere"
	case math.IsInf(low, -1):
		between = number(high) + " or less"
	case math.IsInf(high, 1):
		between = "above " + number(low)
	}
	verdict := "was silent"
	if t.fired() {
		verdict = "fired"
	} else if len(t.result.Alerts) > 0 {
		verdict = "was pending"
	}
	f.Text = fmt.Sprintf("That %s %s is not decided by the data: where it came furthest (%s) the %s quantile is %s, as one bucket holds it, and the threshold %s lies inside; %s is interpolated.",
		t.name(), verdict, t.whenOn(c.at, c.best.Labels), number(c.q), between, number(limit), number(c.inside.Value))
	return []Finding{f}
}
