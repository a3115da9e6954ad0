package ingest

import (
	"slices"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/expfmt"
)

// pickNative tells whether a native histogram is kept where it is the only
// form of a histogram. A server that was not told to scrape native histograms
// would make of it a classic one with nothing but its +Inf bucket; but whoever
// saved the only form there is can be taken to want it. Not so when capture.yaml
// says no, or wants classic histograms converted.
func (t *target) pickNative() bool {
	return !t.native && !t.nativeRefused && !t.convert
}

// picking is plain for pickNative: the reader hands out the native form, then
// the classic one where there is one, and the native one waits for that.
func (p *pass) picking() string {
	r := p.in.reader
	var held *expfmt.HistogramSample
	for r.Next() {
		switch r.Kind() {
		case expfmt.KindProblem:
			if reason, end := p.problem(r.Problem()); end {
				return reason
			}
			continue
		case expfmt.KindSample, expfmt.KindHistogram:
		default:
			continue
		}
		if held != nil && !(r.Kind() == expfmt.KindSample && classicOf(held, r.Sample())) {
			if reason := p.histogram(held); reason != "" {
				return reason
			}
		}
		held = nil
		if r.Kind() == expfmt.KindHistogram {
			held = r.Histogram().Clone()
			continue
		}
		if reason := p.sample(r.Sample(), histo{}, labels.EmptyLabels()); reason != "" {
			return reason
		}
	}
	if held != nil {
		return p.histogram(held)
	}
	return ""
}

// classicOf tells whether a sample begins the classic form of h, which is the
// count with the same labels.
func classicOf(h *expfmt.HistogramSample, smp *expfmt.Sample) bool {
	return smp.Name == h.Name+"_count" && slices.Equal(smp.Labels, h.Labels)
}
