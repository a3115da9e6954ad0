package expfmt

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// A seriesKeys finds series of OpenMetrics that differ in empty labels alone,
// which are the same. It is nil where there can be none: no label is empty, or
// all series have the same labels.
type seriesKeys map[string]string

func (c *converter) seriesKeys(entries []entry) seriesKeys {
	empty, varied := false, false
	if c.to == FormatOpenMetrics {
		for i := range entries {
			for _, l := range entries[i].sample.Labels {
				empty = empty || l.Value == ""
			}
			varied = varied || i > 0 && !entries[i].sameNames(&entries[0])
		}
	}
	if empty && varied {
		return seriesKeys{}
	}
	return nil
}

// sameNames leaves bounds aside.
func (p *entry) sameNames(q *entry) bool {
	a, b := p.sample.Labels, q.sample.Labels
	i, j := 0, 0
	for {
		if i == p.at {
			i++
		}
		if j == q.at {
			j++
		}
		if i >= len(a) || j >= len(b) {
			return i >= len(a) && j >= len(b)
		}
		if a[i].Name != b[j].Name {
			return false
		}
		i++
		j++
	}
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
