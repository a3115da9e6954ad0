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
	labels labels.Labels
	next   Ref // the series that was created before with the same hash

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

// last returns the newest sample's histogram, which is empty for a float and
// when there is no sample.
func (s *series) last() histo {
	if len(s.hs) == 0 {
		return histo{}
	}
	return s.hs[len(s.hs)-1]
}

// check reports whether a float may be appended, and whether that is to be
// stored: an exact repeat is not, and is no error.
func (s *series) check(ts int64, v float64) (bool, error) {
	n := len(s.ts)
	if n == 0 || ts > s.ts[n-1] {
		return true, nil
	}
	if ts < s.ts[n-1] {
		return false, ErrOutOfOrder
	}
	if s.last().kind() != chunkenc.ValFloat || math.Float64bits(v) != math.Float64bits(s.vs[n-1]) {
		return false, ErrDuplicate
	}
	return false, nil
}

// checkHistogram is check for a histogram.
func (s *series) checkHistogram(ts int64, p histo) (bool, error) {
	n := len(s.ts)
	if n == 0 || ts > s.ts[n-1] {
		return true, nil
	}
	if ts < s.ts[n-1] {
		return false, ErrOutOfOrder
	}
	last := s.last()
	if p.kind() != last.kind() || p.h != nil && !p.h.Equals(last.h) || p.fh != nil && !p.fh.Equals(last.fh) {
		return false, ErrDuplicate
	}
	return false, nil
}

// append reports whether the sample was stored.
func (s *series) append(st, ts int64, v float64) (bool, error) {
	if store, err := s.check(ts, v); !store {
		return false, err
	}
	var p histo
	if s.hs != nil && value.IsStaleNaN(v) {
		switch s.last().kind() {
		case chunkenc.ValHistogram:
			p.h = &histogram.Histogram{Sum: v}
		case chunkenc.ValFloatHistogram:
			p.fh = &histogram.FloatHistogram{Sum: v}
		}
	}
	s.push(st, ts, v, p)
	return true, nil
}

// appendHistogram is append for a histogram.
func (s *series) appendHistogram(st, ts int64, p histo) (bool, error) {
	if store, err := s.checkHistogram(ts, p); !store {
		return false, err
	}
	p.hint = hintAfter(s.last(), p)
	s.push(st, ts, p.sum(), p)
	return true, nil
}

func (s *series) push(st, ts int64, v float64, p histo) {
	n := len(s.ts)
	if n == 0 {
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
}
