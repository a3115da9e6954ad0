package ingest

import (
	"slices"

	"github.com/scrapebook/scrapebook/expfmt"
)

// pickNative tells whether a native histogram is kept where it is the only form
// of a histogram. A server that was not told to scrape native histograms would
// make of it a classic one with nothing but its +Inf bucket; but whoever saved
// the only form there is can be taken to want it. Not so when capture.yaml says
// no, or wants classic histograms converted.
func (c *settings) pickNative() bool {
	return !c.native && !c.nativeRefused && !c.convert
}

// picking is plain for pickNative: the reader hands out the native form, then
// the classic one where there is one, and the native one waits for that.
func (r *reading) picking() string {
	dec := r.decoder
	var held *expfmt.HistogramSample
	var heldCell *cell
	for dec.Next() {
		switch dec.Kind() {
		case expfmt.KindProblem:
			if reason, end := r.problem(dec.Problem()); end {
				return reason
			}
			continue
		case expfmt.KindSample, expfmt.KindHistogram:
		default:
			continue
		}
		if held != nil && !(dec.Kind() == expfmt.KindSample && classicOf(held, dec.Current())) {
			if reason := r.histogram(held, heldCell); reason != "" {
				return reason
			}
		}
		held = nil
		if dec.Kind() == expfmt.KindHistogram {
			held, heldCell = dec.Histogram().Clone(), r.cell()
			continue
		}
		if reason := r.sample(dec.Current()); reason != "" {
			return reason
		}
	}
	if held != nil {
		return r.histogram(held, heldCell)
	}
	return ""
}

// classicOf tells whether a sample begins the classic form of h, which is the
// count with the same labels.
func classicOf(h *expfmt.HistogramSample, smp *expfmt.Sample) bool {
	return smp.Name == h.Name+"_count" && slices.Equal(smp.Labels, h.Labels)
}
