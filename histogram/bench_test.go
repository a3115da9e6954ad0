package histogram_test

import (
	"testing"

	prom "github.com/prometheus/prometheus/model/histogram"

	"github.com/scrapebook/scrapebook/histogram"
	"github.com/scrapebook/scrapebook/histogram/internal/draw"
)

// sixteen has 16 buckets, as the sync latency of kube-proxy.
func sixteen() []histogram.Bucket {
	bound, count := 0.001, 0.0
	var bs []histogram.Bucket
	for i := range 15 {
		count += float64(10 * (i + 1))
		bs = append(bs, histogram.Bucket{UpperBound: bound, Count: count})
		bound *= 2
	}
	return append(bs, histogram.Bucket{UpperBound: inf, Count: count + 2})
}

// native160 has as many buckets as client libraries allow by default.
func native160() *prom.FloatHistogram {
	h := &prom.FloatHistogram{Schema: 3, ZeroThreshold: 1e-128, ZeroCount: 3, Count: 3, Sum: 100, PositiveSpans: []prom.Span{{Offset: -80, Length: 160}}}
	for i := range 160 {
		h.PositiveBuckets = append(h.PositiveBuckets, float64(i%7))
		h.Count += float64(i % 7)
	}
	return h
}

func TestNoAllocations(t *testing.T) {
	c, n := histogram.NewClassic(sixteen(), 1, 1202), draw.MustNative(t, native160())
	falling := sixteen()
	falling[7].Count = 3
	f := histogram.NewClassic(falling, 1, 1202)
	for name, do := range map[string]func(){
		"classic quantile":            func() { c.Quantile(0.99) },
		"classic estimate":            func() { c.Estimate(0.99) },
		"classic fraction":            func() { c.Fraction(0.1, 1) },
		"classic stdvar":              func() { c.StdVar() },
		"classic, forced, quantile":   func() { f.Quantile(0.99) },
		"classic, forced, estimate":   func() { f.Estimate(0.99) },
		"native quantile":             func() { n.Quantile(0.99) },
		"native estimate":             func() { n.Estimate(0.99) },
		"native fraction":             func() { n.Fraction(0.1, 1) },
		"native standard deviation":   func() { n.StdDev() },
		"native, of another quantile": func() { n.Quantile(0.3) },
	} {
		if got := testing.AllocsPerRun(100, do); got != 0 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}

var sink float64

func BenchmarkClassicQuantile(b *testing.B) {
	h := histogram.NewClassic(sixteen(), 1, 1202)
	b.ReportAllocs()
	for b.Loop() {
		sink = h.Quantile(0.99)
	}
}

func BenchmarkClassicEstimate(b *testing.B) {
	h := histogram.NewClassic(sixteen(), 1, 1202)
	b.ReportAllocs()
	for b.Loop() {
		sink = h.Estimate(0.99).Upper
	}
}

// From the buckets of a scrape to a number.
func BenchmarkNewClassicQuantile(b *testing.B) {
	bs := sixteen()
	b.ReportAllocs()
	for b.Loop() {
		sink = histogram.NewClassic(bs, 1, 1202).Quantile(0.99)
	}
}

func BenchmarkClassicPromIncrease(b *testing.B) {
	before, after := histogram.NewClassic(sixteen(), 1, 1202), histogram.NewClassic(sixteen(), 1, 1202)
	w := histogram.Window{Start: 0, First: 1, Last: 2, End: 3}
	b.ReportAllocs()
	for b.Loop() {
		d, err := after.PromIncrease(before, w)
		if err != nil {
			b.Fatal(err)
		}
		sink = d.Sum()
	}
}

func BenchmarkClassicCertainIncrease(b *testing.B) {
	before, after := histogram.NewClassic(sixteen(), 1, 1202), histogram.NewClassic(sixteen(), 1, 1202)
	b.ReportAllocs()
	for b.Loop() {
		sink = after.CertainIncrease(before).Sum()
	}
}

func BenchmarkNativeQuantile(b *testing.B) {
	n, err := histogram.NewNative(native160())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		sink = n.Quantile(0.5)
	}
}

func BenchmarkNativeEstimate(b *testing.B) {
	n, err := histogram.NewNative(native160())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		sink = n.Estimate(0.5).Upper
	}
}
