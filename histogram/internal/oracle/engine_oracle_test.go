package oracle

import (
	"fmt"
	"testing"

	prom "github.com/prometheus/prometheus/model/histogram"
	"pgregory.net/rapid"

	"github.com/scrapebook/scrapebook/histogram"
	"github.com/scrapebook/scrapebook/histogram/internal/draw"
)

// windows are ranges over two samples 10 s apart whose ends are near to them
// and far from them.
func drawWindow() *rapid.Generator[histogram.Window] {
	return rapid.Custom(func(t *rapid.T) histogram.Window {
		gap := rapid.SampledFrom([]int64{1, 500, 5000, 10_999, 11_000, 11_001, 60_000})
		first := int64(100_000)
		last := first + rapid.SampledFrom([]int64{10_000, 9_987}).Draw(t, "interval")
		return histogram.Window{
			Start: first - gap.Draw(t, "to the start"), First: first,
			Last: last, End: last + gap.Draw(t, "to the end") - 1,
		}
	})
}

// agreeIncrease compares PromIncrease with the engine over two samples.
func agreeIncrease(t draw.Fataler, before, after []histogram.Bucket, sums, counts [2]float64, w histogram.Window) {
	t.Helper()
	s := newStore(t)
	s.classic(w.First, before, sums[0], counts[0])
	s.classic(w.Last, after, sums[1], counts[1])
	old := histogram.NewClassic(before, sums[0], counts[0])
	now := histogram.NewClassic(after, sums[1], counts[1])
	selected := fmt.Sprintf("[%dms]", w.End-w.Start)
	for _, f := range []string{"increase", "rate"} {
		w.PerSecond = f == "rate"
		d, err := now.PromIncrease(old, w)
		if err != nil {
			t.Fatalf("%v", err)
		}
		sameBuckets(t, f, d, s.buckets(w.End, "%s(x_bucket%s)", f, selected))
		draw.Same(t, f+" of the sum", d.Sum(), s.value(w.End, "%s(x_sum%s)", f, selected))
		draw.Same(t, f+" of the count", d.Count(), s.value(w.End, "%s(x_count%s)", f, selected))
		draw.Same(t, f+" of the mean", d.Mean(), s.value(w.End, "%s(x_sum%s)/%s(x_count%s)", f, selected, f, selected))
		for _, q := range []float64{0, 0.5, 0.9, 0.99, 1} {
			want := s.value(w.End, "histogram_quantile(%s, %s(x_bucket%s))", draw.Num(q), f, selected)
			draw.Same(t, f+": quantile "+draw.Num(q), d.Quantile(q), want)
			e := d.Estimate(q)
			draw.Same(t, f+": estimate "+draw.Num(q), e.Value, want)
			draw.Sane(t, q, e)
		}
		draw.Same(t, f+": fraction", d.Fraction(0.005, 1), s.value(w.End, "histogram_fraction(0.005, 1, %s(x_bucket%s))", f, selected))
	}
}

// The difference that the engine makes, and the certain one.
func TestClassicIncreaseIsPromQLs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := draw.Buckets().Draw(t, "before")
		var after []histogram.Bucket
		added := 0.0
		fractional := rapid.Bool().Draw(t, "fractional")
		for _, b := range before {
			added += float64(rapid.IntRange(0, 20).Draw(t, "more"))
			count := b.Count + added
			if fractional { // so that order of arithmetic shows
				count *= 1.1
			}
			switch rapid.IntRange(0, 15).Draw(t, "what happens to the bucket") {
			case 0:
				continue // it is gone
			case 1:
				count = b.Count / 3 // it falls
			case 2:
				after = append(after, histogram.Bucket{UpperBound: b.UpperBound - 1e-7, Count: count}) // another one comes
			}
			after = append(after, histogram.Bucket{UpperBound: b.UpperBound, Count: count})
		}
		pick := rapid.SampledFrom([]float64{0, 1, 0.1, 100, 33.3, -7})
		sums := [2]float64{pick.Draw(t, "sum"), pick.Draw(t, "sum")}
		counts := [2]float64{pick.Draw(t, "count"), pick.Draw(t, "count")}
		agreeIncrease(t, before, unique(after), sums, counts, drawWindow().Draw(t, "window"))
	})
}

// unique drops a bound that stands twice, which would be one series twice.
func unique(bs []histogram.Bucket) []histogram.Bucket {
	seen := map[float64]bool{}
	var out []histogram.Bucket
	for _, b := range bs {
		if !seen[b.UpperBound] {
			seen[b.UpperBound] = true
			out = append(out, b)
		}
	}
	return out
}

func TestNativeIncreaseIsPromQLs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		custom := rapid.Bool().Draw(t, "custom")
		before := draw.Native(custom, false).Draw(t, "before")
		var after *prom.FloatHistogram
		switch rapid.IntRange(0, 3).Draw(t, "after") {
		case 0: // anything, so mostly a reset, or another kind of buckets
			after = draw.Native(rapid.Bool().Draw(t, "then custom"), false).Draw(t, "after")
		case 1: // more in some buckets
			after = before.Copy()
			for i := range after.PositiveBuckets {
				n := rapid.Float64Range(0, 9).Draw(t, "more")
				after.PositiveBuckets[i] += n
				after.Count += n
			}
			after.Sum += 0.1
		case 2: // two of them together, which is another layout without a reset
			more := draw.Native(custom, false).Draw(t, "more")
			after = before.Copy()
			if _, _, _, err := after.Add(more); err != nil {
				t.Fatal(err)
			}
		case 3: // nothing happened
			after = before.Copy()
		}
		after.CounterResetHint = rapid.SampledFrom([]prom.CounterResetHint{
			prom.UnknownCounterReset, prom.CounterReset, prom.NotCounterReset, prom.GaugeType,
		}).Draw(t, "hint")
		if prom.NotCounterReset == after.CounterResetHint && after.DetectReset(before) != false {
			t.Skip()
		}

		w := drawWindow().Draw(t, "window")
		s := newStore(t)
		s.native(w.First, before)
		s.native(w.Last, after)
		// The timeline knows its own hints, as a server does.
		stored := s.query(w.Last, "x")
		if len(stored) == 0 {
			t.Skip("a sum that is a stale marker")
		}
		after = stored[0].H
		selected := fmt.Sprintf("[%dms]", w.End-w.Start)
		for _, f := range []string{"increase", "rate"} {
			w.PerSecond = f == "rate"
			want := s.query(w.End, "%s(x%s)", f, selected)
			d, err := draw.MustNative(t, after).PromIncrease(draw.MustNative(t, before), w)
			if len(want) == 0 {
				if err == nil {
					t.Fatalf("%s of %v and %v: %v, PromQL has nothing", f, before, after, d.Float())
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s of %v and %v: %v, PromQL has %v", f, before, after, err, want)
			}
			sameNative(t, f, d, want[0].H)
			for _, q := range []float64{0, 0.3, 0.5, 0.99, 1} {
				draw.Same(t, f+": quantile "+draw.Num(q), d.Quantile(q), s.value(w.End, "histogram_quantile(%s, %s(x%s))", draw.Num(q), f, selected))
				draw.Sane(t, q, d.Estimate(q))
			}
			draw.Same(t, f+": stddev", d.StdDev(), s.value(w.End, "histogram_stddev(%s(x%s))", f, selected))
			draw.Same(t, f+": fraction", d.Fraction(-1, 2), s.value(w.End, "histogram_fraction(-1, 2, %s(x%s))", f, selected))
		}
	})
}

func TestSumsAgainstEngine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var (
			s       = newStore(t)
			classic []*histogram.Classic
			native  []*histogram.Native
			mixed   = rapid.IntRange(0, 4).Draw(t, "both kinds") == 0
			custom  = rapid.Bool().Draw(t, "custom")
		)
		for i := range rapid.IntRange(1, 5).Draw(t, "histograms") {
			bs := draw.Buckets().Draw(t, "buckets")
			for i := range bs {
				bs[i].Count *= 0.1 // so that it rounds
			}
			sum, count := rapid.Float64().Draw(t, "sum"), bs[len(bs)-1].Count
			name := fmt.Sprint(i)
			s.classic(1000, bs, sum, count, "i", name)
			classic = append(classic, histogram.NewClassic(bs, sum, count))

			h := draw.Native(custom != (mixed && i == 1), false).Draw(t, "histogram")
			for i := range h.PositiveBuckets {
				h.PositiveBuckets[i] *= 0.1
			}
			s.native(1000, h, "i", name)
			native = append(native, draw.MustNative(t, h))
		}
		sum := histogram.SumClassic(classic...)
		sameBuckets(t, "sum", sum, s.buckets(1000, "sum by (le) (x_bucket)"))
		draw.Same(t, "sum of sums", sum.Sum(), s.value(1000, "sum(x_sum)"))
		draw.Same(t, "sum of counts", sum.Count(), s.value(1000, "sum(x_count)"))
		for _, q := range []float64{0, 0.5, 0.99, 1} {
			draw.Same(t, "quantile", sum.Quantile(q), s.value(1000, "histogram_quantile(%s, sum by (le) (x_bucket))", draw.Num(q)))
			draw.Sane(t, q, sum.Estimate(q))
		}

		total, err := histogram.SumNative(native...)
		want := s.query(1000, "sum(x)")
		if len(want) == 0 {
			if err == nil {
				t.Fatalf("sum of %d is %v, PromQL has nothing", len(native), total.Float())
			}
			return
		}
		if err != nil {
			t.Fatalf("%v, PromQL has %v", err, want[0].H)
		}
		sameNative(t, "sum", total, want[0].H)
	})
}
