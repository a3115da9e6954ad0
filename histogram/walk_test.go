package histogram

import (
	"math"
	"testing"

	prom "github.com/prometheus/prometheus/model/histogram"
)

// Every bound of every schema is the one that upstream's iterator computes.
func TestExponentialBounds(t *testing.T) {
	for schema := prom.ExponentialSchemaMin; schema <= prom.ExponentialSchemaMax; schema++ {
		// From below the smallest float64 to past the bucket for infinities.
		low, high := -1080, 1026
		if schema >= 0 {
			low, high = low<<schema, high<<schema
		} else {
			low, high = low>>-schema, high>>-schema+1
		}
		h := &prom.FloatHistogram{
			Schema:          schema,
			PositiveSpans:   []prom.Span{{Offset: int32(low), Length: uint32(high - low)}},
			PositiveBuckets: make([]float64, high-low),
		}
		n := 0
		for it := h.PositiveBucketIterator(); it.Next(); n++ {
			b := it.At()
			if got := exponential(b.Index, schema); got != b.Upper {
				t.Fatalf("schema %d, bucket %d: %v, upstream has %v", schema, b.Index, got, b.Upper)
			}
		}
		if n != high-low {
			t.Fatalf("schema %d: %d buckets visited", schema, n)
		}
		if top := exponential(int32(1024<<max(0, schema)>>max(0, -schema)), schema); top != math.MaxFloat64 {
			t.Errorf("schema %d: the last finite bound is %v", schema, top)
		}
	}
}

// A walk visits what upstream's iterators visit, up and down.
func TestWalk(t *testing.T) {
	spans := []prom.Span{{Offset: -3, Length: 2}, {Offset: 0, Length: 1}, {Offset: 4, Length: 0}, {Offset: 1, Length: 2}}
	for _, tt := range []struct {
		name string
		h    *prom.FloatHistogram
	}{
		{"empty", &prom.FloatHistogram{}},
		{"zero bucket alone", &prom.FloatHistogram{ZeroCount: 2, ZeroThreshold: 1e-3}},
		{"an empty zero bucket is passed over", &prom.FloatHistogram{ZeroThreshold: 1e-3, PositiveSpans: spans, PositiveBuckets: []float64{1, 0, 2, 3, 4}}},
		{"negative buckets alone", &prom.FloatHistogram{NegativeSpans: spans, NegativeBuckets: []float64{1, 0, 2, 3, 4}}},
		{"both sides, zero bucket over some of them", &prom.FloatHistogram{
			Schema: 2, ZeroCount: 7, ZeroThreshold: 0.7,
			NegativeSpans: spans, NegativeBuckets: []float64{1, 0, 2, 3, 4},
			PositiveSpans: spans, PositiveBuckets: []float64{5, 6, 0, 7, 8},
		}},
		{"custom", &prom.FloatHistogram{
			Schema: prom.CustomBucketsSchema, CustomValues: []float64{-1, 0, 1, 2},
			PositiveSpans: []prom.Span{{Offset: 0, Length: 2}, {Offset: 1, Length: 2}}, PositiveBuckets: []float64{1, 2, 3, 4},
		}},
		{"custom without bounds", &prom.FloatHistogram{
			Schema: prom.CustomBucketsSchema, PositiveSpans: []prom.Span{{Length: 1}}, PositiveBuckets: []float64{1},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := check(tt.h); err != nil {
				t.Fatal(err)
			}
			compareWalk(t, "up", ascending(tt.h), tt.h.AllBucketIterator())
			compareWalk(t, "down", descending(tt.h), tt.h.AllReverseBucketIterator())
		})
	}
}

func compareWalk(t *testing.T, way string, w walk, it prom.BucketIterator[float64]) {
	t.Helper()
	for i := 0; ; i++ {
		got, want := w.next(), it.Next()
		if got != want {
			t.Fatalf("%s: bucket %d: there is one: %v, upstream: %v", way, i, got, want)
		}
		if !want {
			return
		}
		b := it.At()
		lower, upper := w.bounds()
		if lower != b.Lower || upper != b.Upper || w.count != b.Count {
			t.Fatalf("%s: bucket %d: (%v,%v]:%v, upstream: %v", way, i, lower, upper, w.count, b)
		}
	}
}
