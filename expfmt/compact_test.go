package expfmt

import (
	"fmt"
	"slices"
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"pgregory.net/rapid"
)

// TestCompact holds that compact and compactDeltas do what upstream's
// Compact(0) does, whatever the spans are.
func TestCompact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var spans []histogram.Span
		n := 0
		for range rapid.IntRange(0, 8).Draw(t, "spans") {
			s := histogram.Span{Offset: rapid.Int32Range(-2, 3).Draw(t, "offset"), Length: rapid.Uint32Range(0, 4).Draw(t, "length")}
			if rapid.IntRange(0, 20).Draw(t, "far") == 0 {
				s.Offset = rapid.Int32().Draw(t, "offset")
			}
			spans = append(spans, s)
			n += int(s.Length)
		}
		counts, deltas := make([]float64, n), make([]int64, n)
		last := int64(0)
		for i := range n {
			c := rapid.Int64Range(-1, 2).Draw(t, "count")
			counts[i], deltas[i] = float64(c), c-last
			last = c
		}
		fh := &histogram.FloatHistogram{PositiveSpans: slices.Clone(spans), PositiveBuckets: slices.Clone(counts)}
		h := &histogram.Histogram{PositiveSpans: slices.Clone(spans), PositiveBuckets: slices.Clone(deltas)}
		fh.Compact(0)
		h.Compact(0)
		gotSpans, gotCounts := compact(spans, counts)
		if got, want := fmt.Sprint(gotSpans, gotCounts), fmt.Sprint(fh.PositiveSpans, fh.PositiveBuckets); got != want {
			t.Errorf("%v %v: %s, upstream %s", spans, counts, got, want)
		}
		gotSpans, gotDeltas := compactDeltas(spans, deltas)
		if got, want := fmt.Sprint(gotSpans, gotDeltas), fmt.Sprint(h.PositiveSpans, h.PositiveBuckets); got != want {
			t.Errorf("%v: %s, upstream %s", spans, got, want)
		}
	})
}
