package push

import (
	"fmt"
	"math"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// A batch is samples that follow one another in the stream and are sent
// together.
type batch struct {
	first   int64 // how many samples of the stream are before it
	series  []series
	samples []sample
	scrapes int // that were read when it was complete
}

// A series of a batch has floats or histograms in it, not both.
type series struct {
	labels  labels.Labels
	samples int
	histo   bool

	meta      *ingest.Meta // nil: nothing was said
	exemplars []expfmt.Exemplar
}

type sample struct {
	series uint32 // its place in batch.series
	ts, st int64
	v      float64
	h      *histogram.Histogram
	fh     *histogram.FloatHistogram
}

// next is the number of the sample behind the batch.
func (b *batch) next() int64 { return b.first + int64(len(b.samples)) }

func (b *batch) reset(first int64) {
	clear(b.series)
	clear(b.samples)
	b.first, b.series, b.samples = first, b.series[:0], b.samples[:0]
}

// A filler puts samples into batches.
type filler struct {
	*batch
	external labels.Labels
	builder  *labels.Builder
	shift    int64 // ms that are added to times
	places   []inBatch
	last     map[timeline.Ref]string // the last exemplar of a series
	turn     uint32                  // of the batch
}

// inBatch is the place of a series, by its reference, in the batch of a turn.
type inBatch struct{ turn, at uint32 }

// begin turns to another batch.
func (f *filler) begin(b *batch, first int64) {
	b.reset(first)
	f.batch = b
	f.turn++
}

// fits tells whether a sample may stand in the batch: its series has only
// samples of the same kind there.
func (f *filler) fits(s *ingest.Stored) bool {
	p := f.place(s.Ref)
	return p.turn != f.turn || f.series[p.at].histo == (s.H != nil || s.FH != nil)
}

func (f *filler) place(ref timeline.Ref) *inBatch {
	for int(ref) >= len(f.places) {
		f.places = append(f.places, inBatch{})
	}
	return &f.places[ref]
}

// add adds a sample that fits.
func (f *filler) add(s *ingest.Stored) {
	p := f.place(s.Ref)
	if p.turn != f.turn {
		*p = inBatch{f.turn, uint32(len(f.series))}
		f.series = append(f.series, series{labels: f.labels(s), histo: s.H != nil || s.FH != nil, meta: s.Meta})
	}
	f.series[p.at].samples++
	one := sample{series: p.at, ts: s.TS + f.shift, st: s.ST, v: s.V, h: s.H, fh: s.FH}
	if one.st != 0 {
		one.st += f.shift
	}
	f.samples = append(f.samples, one)
	for i := range s.Exemplars {
		f.exemplar(p, s, s.Exemplars[i])
	}
}

// exemplar adds an exemplar, unless it is the one that the series had last, as
// a server takes it once.
func (f *filler) exemplar(p *inBatch, s *ingest.Stored, e expfmt.Exemplar) {
	key := fmt.Sprint(e.Labels, math.Float64bits(e.Value), e.HasTimestamp, e.Timestamp)
	if f.last[s.Ref] == key {
		return
	}
	if f.last == nil {
		f.last = map[timeline.Ref]string{}
	}
	f.last[s.Ref] = key
	if !e.HasTimestamp {
		e.Timestamp = s.TS
	}
	e.Timestamp += f.shift
	f.series[p.at].exemplars = append(f.series[p.at].exemplars, e)
}

// labels are those of a series with the external ones, where it has not its
// own, as a server's remote write adds them.
func (f *filler) labels(s *ingest.Stored) labels.Labels {
	ls := s.Labels(s.Ref)
	if f.external.IsEmpty() {
		return ls
	}
	f.builder.Reset(ls)
	f.external.Range(func(l labels.Label) {
		if !ls.Has(l.Name) {
			f.builder.Set(l.Name, l.Value)
		}
	})
	return f.builder.Labels()
}
