package timeline

import (
	"math"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// firstSamples is the room a series gets with its first sample: a handful of
// scrapes must not cost five growths of two columns.
const firstSamples = 16

// A series is its labels and the columns of its samples. All columns that are
// not nil have the same length. Most series have neither start timestamps nor
// histograms and never get those columns.
type series struct {
	labels   labels.Labels
	next     Ref // the series that was created before with the same hash
	keep     Keep
	*columns // nil for one of KeepNewest that had no histogram
}

type columns struct {
	ts []int64
	vs []float64 // a histogram's sum, so that staleness is seen here alone
	st []int64
	hs []histo
}

// histo is a histogram sample: h or fh; neither where the sample is a float.
type histo struct {
	h    *histogram.Histogram
	fh   *histogram.FloatHistogram
	hint histogram.CounterResetHint // what readers are told, see hint.go
}

func (p histo) kind() chunkenc.ValueType {
	switch {
	case p.h != nil:
		return chunkenc.ValHistogram
	case p.fh != nil:
		return chunkenc.ValFloatHistogram
	default:
		return chunkenc.ValFloat
	}
}

func (p histo) sum() float64 {
	if p.h != nil {
		return p.h.Sum
	}
	return p.fh.Sum
}

// withColumns puts a series together with its columns.
func withColumns(s series) *series {
	both := &struct {
		series
		room columns
	}{series: s}
	both.columns = &both.room
	return &both.series
}

// newest is a series' newest sample, of a histogram the sum.
type newest struct {
	ts    int64
	first int64 // when it had its oldest, kept or not
	v     float64
	any   bool // there is one
	alone bool // of a series with KeepNewest
	none  bool // there is no such series
}

// newest returns the newest sample's histogram, which is empty for a float and
// when there is no sample.
func (s *series) newest() histo {
	if s.columns == nil || len(s.hs) == 0 {
		return histo{}
	}
	return s.hs[len(s.hs)-1]
}

// check says what is wrong with a float that is not younger than the newest
// sample: nothing with an exact repeat, which is not stored.
func (s *series) check(last *newest, ts int64, v float64) error {
	if ts < last.ts {
		return ErrOutOfOrder
	}
	if s.newest().kind() != chunkenc.ValFloat || math.Float64bits(v) != math.Float64bits(last.v) {
		return ErrDuplicate
	}
	return nil
}

// checkHistogram is check for a histogram.
func (s *series) checkHistogram(last *newest, ts int64, p histo) error {
	if ts < last.ts {
		return ErrOutOfOrder
	}
	old := s.newest()
	if p.kind() != old.kind() || p.h != nil && !p.h.Equals(old.h) || p.fh != nil && !p.fh.Equals(old.fh) {
		return ErrDuplicate
	}
	return nil
}

// markerAfter returns the histogram that a staleness marker is after a
// histogram; an empty one when v is no marker or follows a float.
func (s *series) markerAfter(v float64) (p histo) {
	if s.columns != nil && s.hs != nil && value.IsStaleNaN(v) {
		switch s.newest().kind() {
		case chunkenc.ValHistogram:
			p.h = &histogram.Histogram{Sum: v}
		case chunkenc.ValFloatHistogram:
			p.fh = &histogram.FloatHistogram{Sum: v}
		}
	}
	return p
}

// push adds a sample, and returns how many bytes more are held, about.
func (s *series) push(st, ts int64, v float64, p histo) (held int64) {
	if s.columns == nil {
		s.columns = &columns{}
	}
	n := len(s.ts)
	if s.keep < 0 && n > 0 {
		held -= s.drop(n)
		n = 0
	}
	if cap(s.ts) == 0 {
		s.ts = make([]int64, 0, firstSamples)
		s.vs = make([]float64, 0, firstSamples)
	}
	s.ts = append(s.ts, ts)
	s.vs = append(s.vs, v)
	if s.st != nil || st != 0 {
		if s.st == nil {
			s.st = make([]int64, n, cap(s.ts))
		}
		s.st = append(s.st, st)
	}
	if s.hs != nil || p.kind() != chunkenc.ValFloat {
		if s.hs == nil {
			s.hs = make([]histo, n, cap(s.ts))
		}
		s.hs = append(s.hs, p)
	}
	return held + s.size(n)
}

// size is how many bytes sample i takes, about.
func (s *series) size(i int) int64 {
	n := int64(16)
	if s.st != nil {
		n += 8
	}
	if s.hs != nil {
		n += 24 + s.hs[i].size()
	}
	return n
}

func (p histo) size() int64 {
	switch {
	case p.h != nil:
		return 160 + 8*int64(len(p.h.PositiveSpans)+len(p.h.NegativeSpans)+len(p.h.PositiveBuckets)+len(p.h.NegativeBuckets)+len(p.h.CustomValues))
	case p.fh != nil:
		return 160 + 8*int64(len(p.fh.PositiveSpans)+len(p.fh.NegativeSpans)+len(p.fh.PositiveBuckets)+len(p.fh.NegativeBuckets)+len(p.fh.CustomValues))
	}
	return 0
}

// drop forgets the oldest n samples, and returns how many bytes less are held.
// The columns keep their room, which a series whose samples are dropped as they
// come goes on to need, unless it is much more than that.
func (s *series) drop(n int) (freed int64) {
	for i := range n {
		freed += s.size(i)
	}
	s.ts = cut(s.ts, n)
	s.vs = cut(s.vs, n)
	if s.st != nil {
		s.st = cut(s.st, n)
	}
	if s.hs != nil {
		s.hs = cut(s.hs, n)
	}
	return freed
}

func cut[T any](column []T, n int) []T {
	left := column[n:]
	if room := cap(column); room > firstSamples && room > 8*len(left) {
		return append(make([]T, 0, max(firstSamples, 2*len(left))), left...)
	}
	m := copy(column, left)
	clear(column[m:])
	return column[:m]
}
