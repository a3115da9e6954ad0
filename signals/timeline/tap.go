package timeline

import "github.com/prometheus/prometheus/model/histogram"

// A Sample is one that was stored: a float, or a native histogram when H or FH
// is set. A staleness marker after a histogram is a histogram.
type Sample struct {
	Ref Ref
	TS  int64 // in milliseconds since the epoch, as all times
	ST  int64 // its start timestamp; 0: none
	V   float64
	H   *histogram.Histogram
	FH  *histogram.FloatHistogram
}

// Tap makes each sample known to f once it is stored, in the order in which
// samples are stored, whether or not it is kept. The Sample may be read during
// the call, its histograms for ever. Of the Timeline f may use Labels alone.
func (t *Timeline) Tap(f func(*Sample)) { t.tap = f }

// tell tells the tap of a sample that was stored.
func (t *Timeline) tell(ref Ref, st, ts int64, v float64, p histo) {
	if t.tap == nil {
		return
	}
	t.tapped = Sample{Ref: ref, TS: ts, ST: st, V: v, H: p.h, FH: p.fh}
	t.tap(&t.tapped)
}
