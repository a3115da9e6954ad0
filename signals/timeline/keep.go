package timeline

import (
	"math"

	"github.com/prometheus/prometheus/model/labels"
)

// Keep says how long the samples of a series are kept, in milliseconds behind
// the time that Trim is called with. What the newest one was is always known.
type Keep int64

const (
	// KeepAll keeps every sample.
	KeepAll Keep = math.MaxInt64
	// KeepNewest keeps the newest sample alone, to know duplicates and what is
	// out of order. The series is in no answer: not in a Select, not among
	// names and values, not in Count.
	KeepNewest Keep = -1
)

// NewKeeping returns an empty Timeline that asks keep of every series, once,
// when it is created. Keep must be at least 0 where it is not KeepNewest.
func NewKeeping(keep func(labels.Labels) Keep) *Timeline {
	t := New()
	t.keep = keep
	return t
}

// Forget drops a series of KeepNewest whose newest sample is older than before,
// and returns its labels; ok is false when it is none. A sample that comes
// under these labels later is that of a new series: nothing is known any more
// of duplicates and of what is out of order. The reference becomes that of
// another series. It counts as a write.
func (t *Timeline) Forget(ref Ref, before int64) (ls labels.Labels, ok bool) {
	if t.exists(ref) != nil || !t.last[ref].alone || t.last[ref].any && t.last[ref].ts >= before {
		return labels.EmptyLabels(), false
	}
	s := t.series[ref]
	t.unlink(ref)
	t.free = append(t.free, ref)
	t.known -= int64(s.labels.ByteSize()) + ofSeries
	if s.columns != nil {
		t.held -= s.drop(len(s.ts))
	}
	ls = s.labels
	*s, t.last[ref] = series{}, newest{none: true} // another one gets its place
	return ls, true
}

// unlink takes a series out of those of its hash.
func (t *Timeline) unlink(ref Ref) {
	s := t.series[ref]
	hash := t.hash(s.labels)
	first := t.byHash[hash]
	switch {
	case first != ref:
		for t.series[first].next != ref {
			first = t.series[first].next
		}
		t.series[first].next = s.next
	case s.next == 0:
		delete(t.byHash, hash)
	default:
		t.byHash[hash] = s.next
	}
}

// Trim drops the samples that are older than their series' Keep before ts, but
// for the newest of a series with histograms. Queries that look further back
// then no longer find what was there. It counts as a write.
func (t *Timeline) Trim(ts int64) {
	for _, ref := range t.kept {
		s := t.series[ref]
		from := ts - int64(s.keep)
		n := 0
		for n < len(s.ts) && s.ts[n] < from {
			n++
		}
		switch {
		case n < len(s.ts):
			// To move what stays costs as much as there is of it.
			if n > len(s.ts)/2 {
				t.held -= s.drop(n)
			}
		case s.hs != nil && n > 1: // what follows on a histogram is compared with it
			t.held -= s.drop(n - 1)
		case s.hs == nil && n > 0:
			t.held -= s.drop(n)
		case s.hs == nil:
			*s.columns = columns{} // nor did it go on
		}
	}
}
