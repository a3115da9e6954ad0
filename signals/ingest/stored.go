package ingest

import (
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// Stored is a sample that was stored, as Options.Stored is told of it. It is
// valid during the call; its histograms stay.
type Stored struct {
	*timeline.Sample
	// Target is the one whose scrape, or whose end, brought the sample; nil for
	// samples of dumps, and for those that rules write.
	Target *capture.Target
	// Rule: a rule wrote the sample.
	Rule bool
	// Labels gives those of a series.
	Labels func(timeline.Ref) labels.Labels
}

// tap tells Options.Stored of what is stored from now on.
func (in *Ingester) tap() {
	if in.opts.Stored == nil {
		return
	}
	told := Stored{Labels: in.tl.Labels}
	in.tl.Tap(func(s *timeline.Sample) {
		told.Sample, told.Target, told.Rule = s, in.source, in.writing
		in.opts.Stored(&told)
	})
}

// from says whose samples are stored next.
func (in *Ingester) from(t *capture.Target, rule bool) { in.source, in.writing = t, rule }
