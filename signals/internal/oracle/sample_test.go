package oracle

import (
	"context"
	"fmt"
	"math"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/scrapebook/scrapebook/signals/timeline"
)

// sample is one sample of any kind.
type sample struct {
	kind   chunkenc.ValueType
	st, ts int64
	v      float64
	h      *histogram.Histogram
	fh     *histogram.FloatHistogram
	labels labels.Labels // of its series, where that is of use
}

func (p sample) String() string {
	switch p.kind {
	case chunkenc.ValHistogram:
		return fmt.Sprintf("%d(st %d) int %v hint %d", p.ts, p.st, p.h, p.h.CounterResetHint)
	case chunkenc.ValFloatHistogram:
		return fmt.Sprintf("%d(st %d) float %v hint %d", p.ts, p.st, p.fh, p.fh.CounterResetHint)
	default:
		return fmt.Sprintf("%d(st %d) %v (%#x)", p.ts, p.st, p.v, math.Float64bits(p.v))
	}
}

func (p sample) appendTo(t *timeline.Timeline, ref timeline.Ref) error {
	if p.kind == chunkenc.ValFloat {
		return t.AppendST(ref, p.st, p.ts, p.v)
	}
	return t.AppendHistogram(ref, p.st, p.ts, p.h, p.fh)
}

// appendToStorage appends and commits one sample. The appender gets copies: it
// changes the layout of the histograms it is given.
func (p sample) appendToStorage(s storage.AppendableV2, ls labels.Labels) error {
	app := s.AppenderV2(context.Background())
	var h *histogram.Histogram
	var fh *histogram.FloatHistogram
	if p.h != nil {
		h = p.h.Copy()
	}
	if p.fh != nil {
		fh = p.fh.Copy()
	}
	if _, err := app.Append(0, ls, p.st, p.ts, p.v, h, fh, storage.AOptions{}); err != nil {
		if rerr := app.Rollback(); rerr != nil {
			return rerr
		}
		return err
	}
	return app.Commit()
}

// readSamples reads an iterator to its end. Integer histograms are also read
// as float ones, which must be their conversion.
func readSamples(it chunkenc.Iterator) ([]sample, error) {
	var all []sample
	for kind := it.Next(); kind != chunkenc.ValNone; kind = it.Next() {
		p := sample{kind: kind, st: it.AtST()}
		switch kind {
		case chunkenc.ValFloat:
			p.ts, p.v = it.At()
		case chunkenc.ValHistogram:
			p.ts, p.h = it.AtHistogram(nil)
			if _, fh := it.AtFloatHistogram(&histogram.FloatHistogram{}); !fh.Equals(p.h.ToFloat(nil)) {
				return nil, fmt.Errorf("AtFloatHistogram says %v, AtHistogram %v", fh, p.h)
			}
		case chunkenc.ValFloatHistogram:
			p.ts, p.fh = it.AtFloatHistogram(nil)
		default:
			return nil, fmt.Errorf("unknown sample type %v", kind)
		}
		if at := it.AtT(); at != p.ts {
			return nil, fmt.Errorf("AtT is %d at sample %v", at, p)
		}
		all = append(all, p)
	}
	return all, it.Err()
}

// equal compares bit by bit, but for buckets with a count of zero: upstream's
// chunks add them so that all histograms of a chunk have one layout.
func (p sample) equal(q sample) bool {
	if p.kind != q.kind || p.st != q.st || p.ts != q.ts || math.Float64bits(p.v) != math.Float64bits(q.v) {
		return false
	}
	switch p.kind {
	case chunkenc.ValHistogram:
		return p.h.CounterResetHint == q.h.CounterResetHint && p.h.Copy().Compact(0).Equals(q.h.Copy().Compact(0))
	case chunkenc.ValFloatHistogram:
		return p.fh.CounterResetHint == q.fh.CounterResetHint && p.fh.Copy().Compact(0).Equals(q.fh.Copy().Compact(0))
	}
	return true
}
