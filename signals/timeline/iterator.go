package timeline

import (
	"math"
	"slices"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// millis is a timestamp in milliseconds since the epoch. Under this name vet
// does not take Seek for a misspelt io.Seeker.
type millis = int64

// iterator reads a window of a series straight from its columns. Histograms
// are handed out as copies, which the caller may change.
type iterator struct {
	s      *series
	lo, hi int
	pos    int  // of the current sample; lo-1 before the first
	done   bool // ran past the end; pos stays at the last sample
}

var _ chunkenc.Iterator = (*iterator)(nil)

func (it *iterator) kind() chunkenc.ValueType {
	if it.s.hs == nil {
		return chunkenc.ValFloat
	}
	return it.s.hs[it.pos].kind()
}

func (it *iterator) Next() chunkenc.ValueType {
	if it.done || it.pos+1 >= it.hi {
		it.done = true
		return chunkenc.ValNone
	}
	it.pos++
	return it.kind()
}

func (it *iterator) Seek(t millis) chunkenc.ValueType {
	if it.done {
		return chunkenc.ValNone
	}
	if it.pos >= it.lo && it.s.ts[it.pos] >= t {
		return it.kind()
	}
	// The engine steps by little: the next sample is often the one.
	i := it.pos + 1
	if i < it.hi && it.s.ts[i] < t {
		n, _ := slices.BinarySearch(it.s.ts[i:it.hi], t)
		i += n
	}
	if i >= it.hi {
		it.pos = it.hi - 1
		it.done = true
		return chunkenc.ValNone
	}
	it.pos = i
	return it.kind()
}

func (it *iterator) At() (int64, float64) {
	if it.pos < it.lo {
		return math.MinInt64, 0
	}
	return it.s.ts[it.pos], it.s.vs[it.pos]
}

func (it *iterator) AtT() int64 {
	if it.pos < it.lo {
		return math.MinInt64 // upstream's iterators may be asked before the first Next
	}
	return it.s.ts[it.pos]
}

func (it *iterator) AtST() int64 {
	if it.s.st == nil || it.pos < it.lo {
		return 0
	}
	return it.s.st[it.pos]
}

func (it *iterator) histo() histo {
	if it.s.hs == nil || it.pos < it.lo {
		return histo{}
	}
	return it.s.hs[it.pos]
}

// AtHistogram returns nil where the sample is no integer histogram. A
// staleness marker has nothing but its sum, whatever it was appended with.
func (it *iterator) AtHistogram(h *histogram.Histogram) (int64, *histogram.Histogram) {
	p := it.histo()
	switch {
	case p.h == nil:
		return it.AtT(), nil
	case value.IsStaleNaN(p.h.Sum):
		return it.AtT(), &histogram.Histogram{Sum: p.h.Sum}
	case h == nil:
		h = p.h.Copy()
	default:
		p.h.CopyTo(h)
	}
	h.CounterResetHint = p.hint
	return it.AtT(), h
}

// AtFloatHistogram converts an integer histogram and returns nil where the
// sample is a float.
func (it *iterator) AtFloatHistogram(fh *histogram.FloatHistogram) (int64, *histogram.FloatHistogram) {
	p := it.histo()
	switch {
	case p.kind() == chunkenc.ValFloat:
		return it.AtT(), nil
	case value.IsStaleNaN(p.sum()):
		return it.AtT(), &histogram.FloatHistogram{Sum: p.sum()}
	case p.h != nil:
		fh = p.h.ToFloat(fh)
	case fh == nil:
		fh = p.fh.Copy()
	default:
		p.fh.CopyTo(fh)
	}
	fh.CounterResetHint = p.hint
	return it.AtT(), fh
}

func (it *iterator) Err() error { return nil }
