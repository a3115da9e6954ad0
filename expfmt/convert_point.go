package expfmt

import (
	"math"
)

// points goes over the sorted samples of a family point by point: what one
// series says for one time. Text has no rules for these.
func (c *converter) points(f *Family, entries []entry) {
	if c.to == FormatText {
		return
	}
	out := make([]Sample, 0, len(entries))
	series := c.seriesKeys(entries)
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

// withoutBound is the sample without the label of its bound.
func (p *entry) withoutBound() Sample {
	s := *p.sample
	if p.at >= 0 {
		s.Labels = append(append(Labels(nil), s.Labels[:p.at]...), s.Labels[p.at+1:]...)
	}
	return s
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
