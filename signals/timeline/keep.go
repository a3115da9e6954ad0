package timeline

import (
	"math"

	"github.com/prometheus/prometheus/model/labels"
)

// Keep says how long the samples of a series are kept, in milliseconds behind
// the time that Trim is called with. The newest one is always kept.
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

// Trim drops the samples that are older than their series' Keep before ts.
// Queries that look further back then no longer find what was there. It counts
// as a write.
func (t *Timeline) Trim(ts int64) {
	for _, ref := range t.kept {
		s := t.series[ref]
		from := ts - int64(s.keep)
		n := 0
		for n < len(s.ts)-1 && s.ts[n] < from {
			n++
		}
		// To move what stays costs as much as there is of it.
		if n > len(s.ts)/2 {
			t.held -= s.drop(n)
		}
	}
}
