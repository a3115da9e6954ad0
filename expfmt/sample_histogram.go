package expfmt

import "github.com/prometheus/prometheus/model/histogram"

// HistogramSample is a native histogram: what a Reader hands out after
// KindHistogram. One of H and FH is set; both are checked by their own
// Validate and compacted as Prometheus does, nothing else holds them, and they
// may be kept. All else is lent as that of a [Sample] is.
type HistogramSample struct {
	Name   string
	Labels Labels
	H      *histogram.Histogram      // with integer counts
	FH     *histogram.FloatHistogram // with float counts

	Timestamp    int64 // milliseconds since 1970, when the metric brings a time
	HasTimestamp bool

	StartTimestamp int64 // milliseconds since 1970 at which counting began; 0: unknown

	Exemplars []Exemplar // those with a time, as Prometheus takes no others here

	Series       []byte // a key of caches, as that of a Sample
	Type         Type   // TypeHistogram or TypeGaugeHistogram
	Line, Column int    // as those of a Sample
}

// Clone returns a copy that shares no memory with h.
func (h *HistogramSample) Clone() *HistogramSample {
	out := h.clone()
	if h.H != nil {
		out.H = h.H.Copy()
	}
	if h.FH != nil {
		out.FH = h.FH.Copy()
	}
	return &out
}

// clone copies what is lent.
func (h *HistogramSample) clone() HistogramSample {
	c := cloner{size: len(h.Name) + len(h.Series)}
	for i := range h.Labels {
		c.size += len(h.Labels[i].Name) + len(h.Labels[i].Value)
	}
	out := *h
	out.Name = c.string(h.Name)
	out.Labels = c.labels(h.Labels)
	out.Series = bytesOf(c.string(str(h.Series)))
	if h.Exemplars != nil {
		out.Exemplars = make([]Exemplar, len(h.Exemplars))
		for i, e := range h.Exemplars {
			e.Labels = e.Labels.Clone()
			out.Exemplars[i] = e
		}
	}
	return out
}
