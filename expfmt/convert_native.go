package expfmt

import (
	"math"
	"strconv"

	"github.com/prometheus/prometheus/model/histogram"
)

func (c *converter) loseNative(h *HistogramSample, why string) {
	c.lose("lost-native", h.Name, &Sample{Name: h.Name, Labels: h.Labels, Line: h.Line, Column: h.Column}, why)
}

// natives converts the native histograms but those with custom buckets.
func (c *converter) natives(f, in *Family) {
	for i := range in.Histograms {
		h := in.Histograms[i]
		if h.custom() {
			continue
		}
		h.Labels = append(Labels(nil), h.Labels...)
		h.Type = f.Type
		s := Sample{Name: f.Name, Labels: h.Labels, Line: h.Line, Column: h.Column}
		switch why := badNative(f, &h); {
		case c.to != FormatProtobuf:
			c.loseNative(&h, c.to.String()+" has no native histograms")
			continue
		case why != "":
			c.loseNative(&h, why)
			continue
		case !c.goodLabels(h.Labels):
			c.lose("lost-label", f.Name, &s, "these labels cannot be written in protobuf")
			continue
		case !c.time(f, &s, h.HasTimestamp, &h.Timestamp):
			continue
		}
		hint := histogram.UnknownCounterReset
		if f.Type == TypeGaugeHistogram {
			hint = histogram.GaugeType
		}
		if h.H != nil {
			h.H = h.H.Copy().Compact(0)
			h.H.CounterResetHint = hint
		} else {
			h.FH = h.FH.Copy().Compact(0)
			h.FH.CounterResetHint = hint
		}
		h.Exemplars = append([]Exemplar(nil), h.Exemplars...)
		good := h.Exemplars[:0]
		for _, e := range h.Exemplars {
			e.Labels = append(Labels(nil), e.Labels...)
			why := c.badExemplar(&e)
			if !e.HasTimestamp {
				why = "an exemplar of a native histogram has a time"
			}
			if why != "" {
				c.lose("lost-exemplar", f.Name, &s, why)
				continue
			}
			good = append(good, e)
		}
		if h.Exemplars = good; len(good) == 0 {
			h.Exemplars = nil
		}
		f.Histograms = append(f.Histograms, h)
	}
}

// badNative says why a native histogram would not be read as it is.
func badNative(f *Family, h *HistogramSample) string {
	var err error
	switch {
	case f.Type != TypeHistogram && f.Type != TypeGaugeHistogram:
		return "a " + f.Type.String() + " has no native histograms"
	case (h.H == nil) == (h.FH == nil):
		return "it has not one of H and FH"
	case h.H != nil:
		err = h.H.Validate()
	case !(h.FH.Count > 0 || h.FH.ZeroCount > 0):
		return "in protobuf a histogram with float counts has some"
	default:
		err = h.FH.Validate()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// besides checks native histograms that have a classic one beside them, with
// which they share count, sum and start.
func (c *converter) besides(f *Family) {
	if len(f.Histograms) == 0 || len(f.Samples) == 0 {
		return
	}
	bad := map[*HistogramSample]bool{}
	var last *HistogramSample // the last of these; another for its series and time goes with it
	for point, h := range f.metrics {
		if last != nil && h != nil && last.compare(h) == 0 {
			bad[h] = true
			continue
		}
		if len(point) == 0 || h == nil {
			continue
		}
		count, sum := 0.0, 0.0
		if h.H != nil {
			count, sum = float64(h.H.Count), h.H.Sum
		} else {
			count, sum = h.FH.Count, h.FH.Sum
		}
		same := point[0].sample.StartTimestamp == h.StartTimestamp
		for _, p := range point {
			same = same && (p.role != roleCount || p.sample.Value == count) &&
				(p.role != roleSum || math.Float64bits(p.sample.Value) == math.Float64bits(sum)) &&
				(p.sample.Exemplar == nil || !p.sample.Exemplar.HasTimestamp || len(h.Exemplars) > 0)
		}
		if !same {
			bad[h], last = true, h
			c.loseNative(h, "the classic histogram beside it differs in count, sum, start timestamp or exemplars")
		}
	}
	kept := f.Histograms[:0]
	for i := range f.Histograms {
		if !bad[&f.Histograms[i]] {
			kept = append(kept, f.Histograms[i])
		}
	}
	f.Histograms = kept
}

// custom reports whether h has custom buckets.
func (h *HistogramSample) custom() bool {
	return h.H != nil && h.H.UsesCustomBuckets() || h.FH != nil && h.FH.UsesCustomBuckets()
}

// customSamples are the classic histograms that the family's native ones with
// custom buckets stand for, but for those that it has as samples as well.
func (c *converter) customSamples(f *Family) (out []Sample) {
	var have map[string]uint64
	for i := range f.Histograms {
		h := &f.Histograms[i]
		if !h.custom() {
			continue
		}
		if have == nil {
			have = map[string]uint64{}
			for j := range f.Samples {
				have[sampleKey(&f.Samples[j])] = math.Float64bits(f.Samples[j].Value)
			}
		}
		samples, why := c.classic(f, h)
		same := 0
		for j := range samples {
			bits, ok := have[sampleKey(&samples[j])]
			if ok && bits == math.Float64bits(samples[j].Value) {
				same++
			} else if ok {
				why = "the classic histogram beside it has other counts"
			}
		}
		switch {
		case why != "":
			c.loseNative(h, why)
		case same == 0:
			out = append(out, samples...)
		case same < len(samples):
			c.loseNative(h, "the classic histogram beside it has other buckets")
		}
	}
	return out
}

// sampleKey tells a family's samples apart.
func sampleKey(s *Sample) string {
	labels := append(Labels(nil), s.Labels...)
	sortByName(labels)
	b := appendSeries(nil, &Sample{Name: s.Name, Labels: labels}, -1)
	if s.HasTimestamp {
		b = strconv.AppendInt(append(b, ' '), s.Timestamp, 10)
	}
	return string(b)
}

// classic makes the samples that Options.ConvertNHCB reads as h.
func (c *converter) classic(f *Family, h *HistogramSample) (out []Sample, why string) {
	fh, why := floatOf(h)
	if why != "" {
		return nil, why
	}
	whole := true
	g := "_"
	if f.Type == TypeGaugeHistogram && c.from != FormatProtobuf {
		g = "_g"
	}
	one := Sample{
		Labels: h.Labels, Timestamp: h.Timestamp, HasTimestamp: h.HasTimestamp, StartTimestamp: h.StartTimestamp,
		Type: f.Type, Line: h.Line, Column: h.Column,
	}
	add := func(suffix string, v float64, labels Labels) {
		one.Name, one.Value, one.Labels = f.Name+suffix, v, labels
		out = append(out, one)
	}
	add(g+"count", fh.Count, h.Labels)
	add(g+"sum", fh.Sum, h.Labels)
	cumulative := 0.0
	for i, n := range customCounts(fh) {
		cumulative += n
		bound := math.Inf(1)
		if i < len(fh.CustomValues) {
			bound = fh.CustomValues[i]
		}
		whole = whole && isWhole(cumulative, 1<<63)
		labels := append(append(make(Labels, 0, len(h.Labels)+1), h.Labels...), Label{"le", string(appendBound(nil, bound))})
		add("_bucket", cumulative, labels)
	}
	switch whole = whole && isWhole(fh.Count, 1<<64); {
	case cumulative != fh.Count:
		return nil, "its count is not that of its custom buckets"
	case whole != (h.H != nil):
		return nil, "it would be read with counts of the other kind, float or integer"
	}
	c.bucketExemplars(f, h, fh, out[2:])
	return out, ""
}

// floatOf is the histogram with float counts, or why it is none.
func floatOf(h *HistogramSample) (fh *histogram.FloatHistogram, why string) {
	if (h.H == nil) == (h.FH == nil) {
		return nil, "it has not one of H and FH"
	}
	var err error
	if fh = h.FH; h.H != nil {
		err = h.H.Validate()
	} else {
		err = fh.Validate()
	}
	switch {
	case err != nil:
		return nil, err.Error()
	case h.H != nil:
		fh = h.H.ToFloat(nil)
	}
	return fh, ""
}

// bucketExemplars gives the exemplars to the buckets that hold them.
func (c *converter) bucketExemplars(f *Family, h *HistogramSample, fh *histogram.FloatHistogram, buckets []Sample) {
	for _, e := range h.Exemplars {
		for i := range buckets {
			if i < len(fh.CustomValues) && !(e.Value <= fh.CustomValues[i]) {
				continue
			}
			if buckets[i].Exemplar != nil {
				c.lose("lost-exemplar", f.Name, &buckets[i], "a bucket has one exemplar at most")
			} else {
				buckets[i].Exemplar = &e
			}
			break
		}
	}
}

// customCounts are the counts of all custom buckets, that of +Inf at the end.
func customCounts(fh *histogram.FloatHistogram) []float64 {
	counts := make([]float64, len(fh.CustomValues)+1)
	at, i := 0, 0
	for _, s := range fh.PositiveSpans {
		at += int(s.Offset)
		for range s.Length {
			counts[at] = fh.PositiveBuckets[i]
			at++
			i++
		}
	}
	return counts
}
