package expfmt

import (
	"math"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"pgregory.net/rapid"
)

// hostile draws what names and values may hold.
var (
	someNames  = rapid.SampledFrom([]string{"a", "b_total", "a_total", "a_count", "c_seconds", "ä.b", "d\"\\\n", "le", "quantile", "_x", "__name__", "", "bad\xff", "n\x00l"})
	someTexts  = rapid.SampledFrom([]string{"", " ", "x", "\"", "\\n", "\n", "\\", "\r", "x\x00", "\xff", "é", "\u202e", "1", "2.0", "+Inf", "# EOF"})
	spellings  = rapid.SampledFrom([]string{"1", "2.0", "+Inf", "-1", "NaN", "x", "", "0.5", "1e0", "0.50"})
	someValues = rapid.OneOf(rapid.Float64(), rapid.Float64Range(0, 5), rapid.SampledFrom([]float64{
		0, math.Copysign(0, -1), 1, 2, 1e6, 1 << 53, 1 << 63, 1 << 64, math.Inf(1), math.Inf(-1), math.NaN(),
		math.Float64frombits(staleNaN), math.Float64frombits(0x7ff8000000000000), math.SmallestNonzeroFloat64, math.MaxFloat64,
	}))
	someTimes = rapid.OneOf(rapid.SampledFrom([]int64{0, 0, 1, 1001, -1, -1001, math.MaxInt64, math.MinInt64}), rapid.Int64Range(1.7e12, 1.9e12))
)

func drawLabels(t *rapid.T) (ls Labels) {
	for range rapid.IntRange(0, 3).Draw(t, "labels") {
		ls = append(ls, Label{someNames.Draw(t, "name"), someTexts.Draw(t, "value")})
	}
	return ls
}

func drawExemplar(t *rapid.T) *Exemplar {
	return &Exemplar{drawLabels(t), someValues.Draw(t, "exemplar"), someTimes.Draw(t, "time"), rapid.Bool().Draw(t, "timed")}
}

// drawFamily draws a family that is mostly a good one.
func drawFamily(t *rapid.T, name string) *Family {
	f := &Family{
		Name: name, Type: Type(rapid.IntRange(0, 8).Draw(t, "type")),
		Help: someTexts.Draw(t, "help"), Unit: rapid.SampledFrom([]string{"", "", "seconds", "s\n"}).Draw(t, "unit"),
	}
	odd := rapid.IntRange(0, 3).Draw(t, "odd") == 0
	for range rapid.IntRange(0, 3).Draw(t, "series") {
		one := Sample{Labels: drawLabels(t), Timestamp: someTimes.Draw(t, "time"), HasTimestamp: rapid.Bool().Draw(t, "timed")}
		if !odd {
			one = Sample{Labels: Labels{{"s", someTexts.Draw(t, "series")}}}
		}
		if rapid.Bool().Draw(t, "started") {
			one.StartTimestamp = someTimes.Draw(t, "start")
		}
		add := func(suffix string, v float64, ls ...Label) *Sample {
			s := one
			s.Name, s.Value, s.Labels = name+suffix, v, append(s.Labels.Clone(), ls...)
			f.Samples = append(f.Samples, s)
			return &f.Samples[len(f.Samples)-1]
		}
		switch f.Type {
		case TypeHistogram, TypeGaugeHistogram:
			add("_sum", someValues.Draw(t, "sum"))
			add("_count", 3)
			add("_bucket", 1, Label{"le", "1"}).Exemplar = drawExemplar(t)
			add("_bucket", 3, Label{"le", "+Inf"})
			if odd {
				add("_bucket", someValues.Draw(t, "bucket"), Label{"le", spellings.Draw(t, "le")})
			}
			f.Histograms = append(f.Histograms, drawNative(t, &one, name))
		case TypeSummary:
			add("_count", 3)
			add("_sum", someValues.Draw(t, "sum"))
			add("", someValues.Draw(t, "quantile"), Label{"quantile", spellings.Draw(t, "bound")})
		case TypeInfo:
			add("_info", 1)
		case TypeStateSet:
			add("", 1, Label{name, "on"})
			add("", 0, Label{name, "off"})
		default:
			s := add(rapid.SampledFrom([]string{"", "", "_total", "_created", "_x"}).Draw(t, "suffix"), someValues.Draw(t, "value"))
			if rapid.Bool().Draw(t, "example") {
				s.Exemplar = drawExemplar(t)
			}
		}
	}
	return f
}

// drawNative draws a native histogram of the kind that a Reader hands out:
// compact.
func drawNative(t *rapid.T, one *Sample, name string) HistogramSample {
	h := HistogramSample{
		Name: name, Labels: one.Labels.Clone(), Timestamp: one.Timestamp, HasTimestamp: one.HasTimestamp, StartTimestamp: one.StartTimestamp,
	}
	if rapid.Bool().Draw(t, "alone") {
		h.Labels = append(h.Labels, Label{"alone", "1"})
	}
	for range rapid.IntRange(0, 2).Draw(t, "exemplars") {
		h.Exemplars = append(h.Exemplars, *drawExemplar(t))
	}
	sum := someValues.Draw(t, "sum")
	if sum != sum {
		sum = 1
	}
	spans := []histogram.Span{{Offset: rapid.Int32Range(-5, 5).Draw(t, "offset"), Length: 2}}
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		h.H = &histogram.Histogram{Schema: 3, ZeroThreshold: 0.5, ZeroCount: 2, Count: 7, Sum: sum, PositiveSpans: spans, PositiveBuckets: []int64{2, 1}}
	case 1:
		h.FH = &histogram.FloatHistogram{Schema: -1, Count: 7.5, Sum: sum, NegativeSpans: spans, NegativeBuckets: []float64{2.5, 5}}
	case 2:
		h.H = &histogram.Histogram{Sum: sum}
	default:
		h.H = &histogram.Histogram{
			Schema: histogram.CustomBucketsSchema, Count: 3, Sum: sum, CustomValues: []float64{1},
			PositiveSpans: []histogram.Span{{Length: 2}}, PositiveBuckets: []int64{1, 1},
		}
	}
	return h
}

const nativeFamily = "native_seconds"

// drawNativeFamily draws a family with a native histogram that protobuf can
// hold, one with custom buckets as a classic histogram: what drawFamily draws
// is lost so often, to a bad label or a family that stands twice, that a short
// run may be left without one.
func drawNativeFamily(t *rapid.T) *Family {
	one := Sample{Labels: Labels{{"s", "good"}}}
	return &Family{Name: nativeFamily, Type: TypeHistogram, Histograms: []HistogramSample{drawNative(t, &one, nativeFamily)}}
}

// TestWriteProperty holds for any Snapshot that what Convert keeps is written
// and read as it is, in all formats.
func TestWriteProperty(t *testing.T) {
	samples, natives := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		s := &Snapshot{Format: Format(rapid.IntRange(0, 3).Draw(rt, "from"))}
		for _, name := range rapid.SliceOfN(someNames, 1, 4).Draw(rt, "families") {
			s.Families = append(s.Families, drawFamily(rt, name))
		}
		s.Families = append(s.Families, drawNativeFamily(rt))
		before := strings.Join(lines(s), "\n")
		for _, f := range []Format{FormatText, FormatOpenMetrics, FormatProtobuf} {
			kept, lost := Convert(s, f)
			back, err := written(rt, kept, f)
			if err != nil {
				rt.Fatalf("what Convert kept: %v", err)
			}
			if d := diff(kept, back); d != "" {
				rt.Fatalf("%s: %s", f, d)
			}
			for _, f := range kept.Families {
				samples += len(f.Samples)
				natives += len(f.Histograms)
			}
			if own := kept.Family(nativeFamily); f == FormatProtobuf && (own == nil || len(own.Histograms) == 0 && len(own.Samples) == 0) {
				rt.Fatalf("protobuf can hold %s, and Convert did not keep it", nativeFamily)
			}
			for _, p := range lost {
				if strings.ContainsFunc(p.Message, unprintable) {
					rt.Fatalf("%+v", p)
				}
			}
		}
		if after := strings.Join(lines(s), "\n"); before != after {
			rt.Fatalf("Convert changed %s to %s", before, after)
		}
	})
	if samples == 0 || natives == 0 {
		t.Errorf("%d samples and %d native histograms were written", samples, natives)
	}
}
