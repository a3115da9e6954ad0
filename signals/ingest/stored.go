package ingest

import (
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/expfmt"
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
	// Exemplars are those of the sample. One without a time has the sample's;
	// one that is there again is told again.
	Exemplars []expfmt.Exemplar
	// Meta is what was said of the sample's family where its series was first
	// seen; nil: nothing.
	Meta *Meta
	// Labels gives those of a series.
	Labels func(timeline.Ref) labels.Labels
}

// tap tells Options.Stored of what is stored from now on.
func (in *Ingester) tap() {
	if in.opts.Stored == nil {
		return
	}
	in.details = &metas{known: map[Meta]*Meta{}}
	told := Stored{Labels: in.tl.Labels}
	in.tl.Tap(func(s *timeline.Sample) {
		told.Sample, told.Target, told.Rule, told.Exemplars, told.Meta = s, in.source, in.writing, nil, nil
		if b := in.head.current; b != nil {
			s.ST, told.Exemplars = b.start, b.exemplars
		}
		if int(s.Ref) < len(in.meta) {
			told.Meta = in.meta[s.Ref]
		}
		in.opts.Stored(&told)
	})
}

// from says whose samples are stored next.
func (in *Ingester) from(t *capture.Target, rule bool) { in.source, in.writing = t, rule }

// describe keeps what was said of the family of a series.
func (in *Ingester) describe(ref timeline.Ref, m *Meta) {
	for int(ref) >= len(in.meta) {
		in.meta = append(in.meta, nil)
	}
	if in.meta[ref] == nil {
		in.meta[ref] = m
	}
}
