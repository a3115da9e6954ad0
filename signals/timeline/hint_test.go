package timeline

import (
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
)

func TestCounterResetHints(t *testing.T) {
	with := func(change func(*histogram.Histogram), counts ...int64) *histogram.Histogram {
		h := ints(counts...)
		change(h)
		return h
	}
	hint := func(c histogram.CounterResetHint, counts ...int64) *histogram.Histogram {
		return with(func(h *histogram.Histogram) { h.CounterResetHint = c }, counts...)
	}
	zeros := func(n uint64) *histogram.Histogram {
		return with(func(h *histogram.Histogram) { h.ZeroCount, h.Count = n, h.Count+n }, 5)
	}
	below := func(n, more int64) *histogram.Histogram {
		return with(func(h *histogram.Histogram) {
			h.NegativeSpans, h.NegativeBuckets = []histogram.Span{{Offset: 2, Length: 1}}, []int64{n}
			h.Count += uint64(n)
		}, more)
	}
	// gap has its two buckets at 0 and at 3.
	gap := with(func(h *histogram.Histogram) { h.PositiveSpans = []histogram.Span{{Length: 1}, {Offset: 2, Length: 1}} }, 1, 2)
	custom := func(bound float64) *histogram.Histogram {
		return with(func(h *histogram.Histogram) {
			h.Schema, h.CustomValues = histogram.CustomBucketsSchema, []float64{bound}
		}, 1)
	}
	const (
		unknown = histogram.UnknownCounterReset
		not     = histogram.NotCounterReset
		gauge   = histogram.GaugeType
		reset   = histogram.CounterReset
	)
	marker := &histogram.Histogram{Sum: stale}
	for _, c := range []struct {
		name      string
		prev, cur *histogram.Histogram
		want      histogram.CounterResetHint
	}{
		{"the first of a series", nil, ints(1), unknown},
		{"the first, whatever its own hint says", nil, hint(not, 1), unknown},
		{"the same counts", ints(1, 2), ints(1, 2), not},
		{"counts rise", ints(1, 2), ints(3, 3), not},
		{"a bucket falls while the count rises", ints(2, 2), ints(1, 5), unknown},
		{"the count falls", ints(2, 2), ints(1, 2), unknown},
		{"a bucket in use vanishes", ints(1, 2), ints(9), unknown},
		{"an empty bucket vanishes", ints(1, 0), ints(1), not},
		{"a bucket appears at the end", ints(1), ints(1, 2), not},
		{"a bucket in the gap appears", gap, ints(1, 5, 0, 2), not},
		{"the bucket after the gap falls", gap, ints(1, 5, 0, 1), unknown},
		{"all buckets vanish", ints(1), with(func(h *histogram.Histogram) { h.ZeroCount, h.Count = 5, 5 }), unknown},
		{"zero bucket rises", zeros(1), zeros(2), not},
		{"zero bucket falls while the count rises", zeros(2), with(func(h *histogram.Histogram) { h.ZeroCount, h.Count = 1, h.Count+1 }, 9), unknown},
		{"negative bucket rises", below(1, 5), below(2, 5), not},
		{"negative bucket falls while the count rises", below(2, 5), below(1, 9), unknown},
		{"a finer schema", ints(1), with(func(h *histogram.Histogram) { h.Schema = 1 }, 1), unknown},
		{"a wider zero bucket", ints(1), with(func(h *histogram.Histogram) { h.ZeroThreshold = 1 }, 1), unknown},
		{"the same custom bounds", custom(1), custom(1), not},
		{"other custom bounds", custom(1), custom(2), unknown},
		{"an announced reset, though all rises", ints(1), hint(reset, 2), unknown},
		{"gauges stay gauges", hint(gauge, 2), hint(gauge, 1), gauge},
		{"a first gauge", nil, hint(gauge, 2), gauge},
		{"a gauge after a counter", ints(1), hint(gauge, 2), gauge},
		{"a counter after a gauge", hint(gauge, 1), ints(2), unknown},
		{"after a staleness marker", marker, ints(2), unknown},
		{"a staleness marker", ints(1), marker, unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			tl := New()
			intRef, floatRef := tl.Series(labels.FromStrings("kind", "int")), tl.Series(labels.FromStrings("kind", "float"))
			for i, h := range []*histogram.Histogram{c.prev, c.cur} {
				if h == nil {
					continue
				}
				if err := tl.AppendHistogram(intRef, 0, int64(i), h, nil); err != nil {
					t.Fatal(err)
				}
				if err := tl.AppendHistogram(floatRef, 0, int64(i), nil, h.ToFloat(nil)); err != nil {
					t.Fatal(err)
				}
			}
			for _, ref := range []Ref{intRef, floatRef} {
				it := (&window{s: tl.series[ref], hi: len(tl.series[ref].ts)}).Iterator(nil)
				it.Seek(1)
				if _, fh := it.AtFloatHistogram(nil); fh.CounterResetHint != c.want {
					t.Errorf("%s: AtFloatHistogram's hint is %d, want %d", tl.Labels(ref), fh.CounterResetHint, c.want)
				}
				if _, h := it.AtHistogram(nil); h != nil && h.CounterResetHint != c.want {
					t.Errorf("AtHistogram's hint is %d, want %d", h.CounterResetHint, c.want)
				}
			}
		})
	}
}

func TestHintNeedsTheSameKind(t *testing.T) {
	for _, c := range []struct {
		name string
		prev put
		cur  put
	}{
		{"an integer histogram after a float one", put{fh: floats(1)}, put{h: ints(2)}},
		{"a float histogram after an integer one", put{h: ints(1)}, put{fh: floats(2)}},
		{"a histogram after a float", put{v: 1}, put{h: ints(2)}},
	} {
		s := &series{}
		p := histo{h: c.prev.h, fh: c.prev.fh}
		s.push(0, 1, c.prev.v, p)
		if got := hintAfter(s.newest(), histo{h: c.cur.h, fh: c.cur.fh}); got != histogram.UnknownCounterReset {
			t.Errorf("%s: hint %d", c.name, got)
		}
	}
}
