package ingest

import (
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/timeline"
)

// Append stores a sample that a rule writes, at ts in ms since the epoch. The
// error is timeline.ErrOutOfOrder or timeline.ErrDuplicate.
func (in *Ingester) Append(ls labels.Labels, ts int64, v float64) error {
	in.from(nil, true)
	return in.tl.Append(in.recorded(ls), ts, v)
}

// AppendHistogram is Append for a native histogram, which must not be changed
// afterwards. One that its own Validate refuses gives that error.
func (in *Ingester) AppendHistogram(ls labels.Labels, ts int64, h *histogram.FloatHistogram) error {
	in.from(nil, true)
	return in.tl.AppendHistogram(in.recorded(ls), 0, ts, nil, h)
}

// recorded is a series that a rule writes; a new one is noted for Names.
func (in *Ingester) recorded(ls labels.Labels) timeline.Ref {
	before := in.tl.NumSeries()
	ref := in.tl.Series(ls)
	if in.tl.NumSeries() > before {
		in.records = append(in.records, ref)
	}
	return ref
}
