package expfmt

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// points goes over the sorted samples of a family point by point: what one
// series says for one time. Text has no rules for these.
func (c *converter) points(f *Family) {
	if c.to == FormatText {
		return
	}
	entries := f.entries()
	var out []Sample
	series := c.seriesKeys(f)
	for from, to := 0, 0; from < len(entries); from = to {
		to = endOfPoint(entries, from)
		point := entries[from:to]
		if key, twice := series.of(point); twice {
			c.lose("lost-series", f.Name, point[0].sample, "but for empty labels it is a series that is there already: "+shown(key))
		} else if c.to == FormatOpenMetrics {
			out = c.openMetricsPoint(out, f, point)
		} else {
			out = c.protoPoint(out, f, point)
		}
	}
	f.Samples = out
	f.sort()
}

// A seriesKeys finds series of OpenMetrics that differ in empty labels alone,
// which are the same. It is nil where no label is empty.
type seriesKeys map[string]string

func (c *converter) seriesKeys(f *Family) seriesKeys {
	if c.to == FormatOpenMetrics {
		for i := range f.Samples {
			for _, l := range f.Samples[i].Labels {
				if l.Value == "" {
					return seriesKeys{}
				}
			}
		}
	}
	return nil
}

// of returns the series of a point as it was first met, and whether it was
// written in another way then.
func (k seriesKeys) of(point []entry) (first string, twice bool) {
	if k == nil {
		return "", false
	}
	s := point[0].withoutBound()
	s.Name = "s" // of whatever role the first sample is
	own := string(appendSeries(nil, &s, -1))
	s.Labels = slices.DeleteFunc(slices.Clone(s.Labels), func(l Label) bool { return l.Value == "" })
	short := string(appendSeries(nil, &s, -1))
	if k[short] == "" {
		k[short] = own
	}
	return k[short][1:], k[short] != own
}

// endOfPoint returns where the point ends that begins at from.
func endOfPoint(entries []entry, from int) int {
	a := &entries[from]
	to := from + 1
	for to < len(entries) && a.samePoint(&entries[to]) {
		to++
	}
	return to
}

func (p *entry) samePoint(q *entry) bool {
	return compareTimes(p.sample.HasTimestamp, q.sample.HasTimestamp, p.sample.Timestamp, q.sample.Timestamp) == 0 && p.compareSeries(*q) == 0
}

// sameSample reports that two samples of a point are one.
func (p *entry) sameSample(q *entry) bool {
	return p.role == q.role && p.number == q.number && p.bound == q.bound && (p.number || p.boundText() == q.boundText())
}

func (c *converter) openMetricsPoint(out []Sample, f *Family, point []entry) []Sample {
	from := len(out)
	first := point[0].sample
	if from > 0 && first.HasTimestamp != out[from-1].HasTimestamp {
		// Nobody can tell which labels of an info are the metric's.
		if before := entryOf(f, &out[from-1]); f.Type == TypeInfo || before.compareSeries(point[0]) == 0 {
			c.lose("lost-time", f.Name, first, "openmetrics has no series of which some samples have a time and some have none")
			return out
		}
	}
	whole := f.Type == TypeHistogram || f.Type == TypeGaugeHistogram // or nothing
	start, created := int64(0), false
	for i, p := range point {
		s := *p.sample
		if i > 0 && p.sameSample(&point[i-1]) && (!s.HasTimestamp || p.role != roleBare && p.role != roleTotal) {
			c.lose("lost-sample", f.Name, &s, "the sample stands twice")
			if whole {
				return out[:from]
			}
			continue
		}
		if why := openMetricsValue(f, p); why != "" {
			c.lose("lost-value", f.Name, &s, why)
			if whole {
				return out[:from]
			}
			continue
		}
		created = created || p.role == roleCreated
		if s.StartTimestamp != 0 {
			start, s.StartTimestamp = s.StartTimestamp, 0
		}
		out = append(out, s)
	}
	if f.Type == TypeCounter && len(out) > from && !strings.HasSuffix(out[from].Name, "_total") {
		c.lose("lost-series", f.Name, first, "there is nothing but its _created")
		return out[:from]
	}
	if whole {
		if why := openMetricsHistogram(f, point); why != "" {
			c.lose("lost-series", f.Name, first, why)
			return out[:from]
		}
	}
	if start != 0 && !created && len(out) > from {
		s := point[len(point)-1].withoutBound()
		s.Name, s.Value, s.Exemplar, s.StartTimestamp = f.Name+"_created", float64(start)/1000, nil, 0
		out = append(out, s)
	}
	return out
}

// withoutBound is the sample without the label of its bound.
func (p *entry) withoutBound() Sample {
	s := *p.sample
	if p.at >= 0 {
		s.Labels = append(append(Labels(nil), s.Labels[:p.at]...), s.Labels[p.at+1:]...)
	}
	return s
}

// openMetricsValue says why OpenMetrics 1.0 does not allow a sample.
func openMetricsValue(f *Family, p entry) string {
	v := p.sample.Value
	switch {
	case p.role == roleTotal, p.role == roleBucket, p.role == roleCount, p.role == roleSum:
		if v != v {
			return "openmetrics allows no NaN here"
		}
		if v < 0 && (p.role != roleSum || f.Type != TypeGaugeHistogram) {
			return "openmetrics allows no negative value here"
		}
		if p.role != roleTotal && p.role != roleSum && v != math.Trunc(v) {
			return "openmetrics allows only whole counts"
		}
	case p.role == roleCreated && (v != v || math.IsInf(v, 0)):
		return "it is no time"
	case p.role == roleInfo && v != 1:
		return "in openmetrics an info is 1"
	case f.Type == TypeStateSet && (p.at < 0 || v != 0 && v != 1):
		return "in openmetrics a state has a label called like its family and is 0 or 1"
	case f.Type == TypeSummary && p.role == roleBare && !(p.number && p.bound >= 0 && p.bound <= 1):
		return "in openmetrics a quantile is from 0 to 1"
	case f.Type == TypeSummary && p.role == roleBare && v < 0:
		return "in openmetrics a quantile's value is not negative"
	}
	return ""
}

// openMetricsHistogram says why OpenMetrics 1.0 does not allow a histogram.
func openMetricsHistogram(f *Family, point []entry) string {
	var sum, count, last *entry
	negative := false
	for i := range point {
		p := &point[i]
		switch p.role {
		case roleSum:
			sum = p
		case roleCount:
			count = p
		case roleBucket:
			switch {
			case !p.number:
				return "a bucket has no bound that is a number"
			case last != nil && last.sample.Value > p.sample.Value:
				return fmt.Sprintf("the count of its buckets falls from %v to %v at the bound %v", last.sample.Value, p.sample.Value, p.bound)
			}
			negative = negative || p.bound < 0
			last = p
		}
	}
	switch {
	case last == nil || !math.IsInf(last.bound, +1):
		return "it has no bucket with the bound +Inf"
	case (sum == nil) != (count == nil):
		return "in openmetrics a histogram has both sum and count or none"
	case count != nil && count.sample.Value != last.sample.Value:
		return fmt.Sprintf("its count is %v, that of its +Inf bucket %v", count.sample.Value, last.sample.Value)
	case negative && sum != nil && f.Type == TypeHistogram:
		return "in openmetrics a histogram with negative buckets has no sum"
	case !negative && sum != nil && sum.sample.Value < 0:
		return "its sum is negative, its buckets are not"
	}
	return ""
}

// protoPoint makes the _created sample a start timestamp and checks that the
// point is a whole metric.
func (c *converter) protoPoint(out []Sample, f *Family, point []entry) []Sample {
	first := point[0].sample
	start := int64(0)
	n := len(point)
	for n > 0 && point[n-1].role == roleCreated {
		s := point[n-1].sample
		n--
		ms := math.Round(s.Value * 1000)
		if start != 0 || ms == 0 || !(math.Abs(ms) < 1<<53) || ms/1000 != s.Value {
			c.lose("lost-start", f.Name, s, "no start timestamp of whole milliseconds")
			continue
		}
		start = int64(ms)
	}
	if n == 0 {
		c.lose("lost-series", f.Name, first, "there is nothing but its _created")
		return out
	}
	point = point[:n]
	switch f.Type {
	case TypeSummary, TypeHistogram, TypeGaugeHistogram:
		if id, why := brokenMetric(f, point); why != "" {
			c.lose(id, f.Name, first, why)
			return out
		}
	}
	for _, p := range point {
		s := *p.sample
		if start != 0 {
			s.StartTimestamp = start
		}
		out = append(out, s)
	}
	return out
}

// brokenMetric says why a summary or histogram is not one that a Metric of
// protobuf can be.
func brokenMetric(f *Family, point []entry) (id, why string) {
	var sum, count *entry
	infinite := false
	for i := range point {
		p := &point[i]
		switch {
		case p.role == roleSum:
			sum = p
		case p.role == roleCount:
			count = p
		case !p.number:
			return "lost-series", "it has a bound that is not a number"
		default:
			infinite = infinite || math.IsInf(p.bound, +1)
		}
		if i > 0 && p.sameSample(&point[i-1]) {
			return "lost-series", "a part of it stands twice"
		}
		if p.sample.StartTimestamp != point[0].sample.StartTimestamp {
			return "lost-series", "its samples differ in their start timestamps"
		}
		if p.role != roleSum && f.Type != TypeSummary && p.sample.Value == 0 && math.Signbit(p.sample.Value) {
			return "lost-value", "a count is -0"
		}
	}
	switch {
	case sum == nil || count == nil:
		return "lost-series", "protobuf has no " + f.Type.String() + " without a sum or count"
	case f.Type == TypeSummary && !wholeCount(count.sample.Value):
		return "lost-value", "in protobuf the count of a summary is a whole number"
	case f.Type != TypeSummary && !infinite:
		return "lost-series", "it has no bucket with the bound +Inf"
	}
	if bound := boundLabel(f); len(point) > 2 {
		if _, ok := sum.sample.Labels.Get(bound); ok {
			return "lost-label", "it has a label " + bound + " beside that of its parts"
		}
	}
	return "", ""
}

// boundLabel is the label that tells the parts of a summary or histogram apart.
func boundLabel(f *Family) string {
	if f.Type == TypeSummary {
		return "quantile"
	}
	return "le"
}

// wholeCount reports whether v is a count that a uint64 holds.
func wholeCount(v float64) bool { return !math.Signbit(v) && isWhole(v, 1<<64) }
