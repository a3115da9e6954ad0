package histogram_test

import (
	"fmt"
	"math"

	prom "github.com/prometheus/prometheus/model/histogram"

	"github.com/scrapebook/scrapebook/histogram"
)

// Quantiles of a histogram of buckets, and how certain they are. For those of a
// whole scrape see Histograms of package signals.
func ExampleClassic_Estimate() {
	h := histogram.NewClassic([]histogram.Bucket{{0.1, 60}, {0.5, 90}, {math.Inf(1), 100}}, 21, 100)
	h.NonNegative = true // they are durations
	for _, q := range []float64{0.5, 0.8, 0.99} {
		e := h.Estimate(q)
		fmt.Printf("p%v is %.3f, for sure from %v to %v: %v\n", q*100, e.Value, e.Lower, e.Upper, e.Flags)
	}
	fmt.Println("mean", h.Mean())
	// Output:
	// p50 is 0.083, for sure from 0 to 0.1: first-bucket
	// p80 is 0.367, for sure from 0.1 to 0.5: none
	// p99 is 0.500, for sure from 0.5 to +Inf: capped
	// mean 0.21
}

// Two snapshots with a restart in between: PromQL looks at each bucket by
// itself, though all of them began anew.
func ExampleClassic_CertainIncrease() {
	snapshot := func(upTo1, upTo2, all float64) *histogram.Classic {
		return histogram.NewClassic([]histogram.Bucket{
			{UpperBound: 1, Count: upTo1},
			{UpperBound: 2, Count: upTo2},
			{UpperBound: math.Inf(1), Count: all},
		}, math.NaN(), all)
	}
	before, after := snapshot(10, 90, 100), snapshot(80, 88, 104)
	increase, err := after.PromIncrease(before, histogram.Window{})
	if err != nil {
		fmt.Println(err)
		return
	}
	certain := after.CertainIncrease(before)
	fmt.Println(increase.Buckets(), increase.Flags())
	fmt.Println(certain.Buckets(), certain.Flags())
	// Output:
	// [{1 70} {2 88} {+Inf 4}] forced-monotonic,reset
	// [{1 80} {2 88} {+Inf 104}] reset
}

// A native histogram as a scrape in protobuf brings it: each bucket is 2^(1/8)
// times as wide as the one before.
func ExampleNative() {
	h, err := histogram.NewNativeInt(&prom.Histogram{
		Schema: 3, Count: 100, Sum: 140, ZeroThreshold: 1e-6,
		PositiveSpans:   []prom.Span{{Offset: 1, Length: 2}, {Offset: 6, Length: 1}},
		PositiveBuckets: []int64{60, -30, -20}, // each less the one before: 60, 30, 10
	})
	if err != nil {
		panic(err)
	}
	for _, q := range []float64{0.5, 0.95} {
		e := h.Estimate(q)
		fmt.Printf("p%v is %.3f, for sure from %.3f to %.3f: %v\n", q*100, e.Value, e.Lower, e.Upper, e.Flags)
	}
	fmt.Println("mean", h.Mean())
	// Output:
	// p50 is 1.075, for sure from 1.000 to 1.091: none
	// p95 is 2.089, for sure from 2.000 to 2.181: none
	// mean 1.4
}
