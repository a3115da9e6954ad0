package timeline

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
)

var stale = math.Float64frombits(value.StaleNaN)

func TestSeriesIdentity(t *testing.T) {
	hashes := map[string]func(labels.Labels) uint64{
		"the real hash":                     labels.Labels.Hash,
		"every series collides":             func(labels.Labels) uint64 { return 7 },
		"two chains, by the count of pairs": func(ls labels.Labels) uint64 { return uint64(ls.Len() % 2) },
	}
	for name, hash := range hashes {
		t.Run(name, func(t *testing.T) {
			tl := New()
			tl.hash = hash
			a := tl.Series(labels.FromStrings("__name__", "up", "job", "a"))
			b := tl.Series(labels.FromStrings("__name__", "up", "job", "b"))
			c := tl.Series(labels.FromStrings("__name__", "up"))
			none := tl.Series(labels.EmptyLabels())
			if want := []Ref{1, 2, 3, 4}; !slices.Equal([]Ref{a, b, c, none}, want) {
				t.Fatalf("new series got references %v, want %v", []Ref{a, b, c, none}, want)
			}
			for _, row := range []struct {
				name   string
				labels labels.Labels
				want   Ref
			}{
				{"the first of its chain", labels.FromStrings("__name__", "up", "job", "a"), a},
				{"the second", labels.FromStrings("job", "b", "__name__", "up"), b},
				{"an empty label is no label", labels.FromStrings("__name__", "up", "job", ""), c},
				{"an empty label before others", labels.FromStrings("", "", "__name__", "up", "job", "b"), b},
				{"nothing but an empty label", labels.FromStrings("job", ""), none},
			} {
				if got := tl.Series(row.labels); got != row.want {
					t.Errorf("%s: %s is series %d, want %d", row.name, row.labels, got, row.want)
				}
			}
			if n := tl.NumSeries(); n != 4 {
				t.Errorf("%d series, want 4", n)
			}
			if got := tl.Labels(c).String(); got != `{__name__="up"}` {
				t.Errorf("labels of the series without job: %s", got)
			}
		})
	}
}

func TestUnknownSeries(t *testing.T) {
	tl := New()
	tl.Series(labels.FromStrings("a", "b"))
	for _, ref := range []Ref{0, 2, math.MaxUint32} {
		for name, err := range map[string]error{
			"Append":          tl.Append(ref, 1, 1),
			"AppendHistogram": tl.AppendHistogram(ref, 0, 1, &histogram.Histogram{}, nil),
			"Check":           tl.Check(ref, 1, 1),
			"CheckHistogram":  tl.CheckHistogram(ref, 1, &histogram.Histogram{}, nil),
		} {
			if !errors.Is(err, ErrUnknownSeries) || !strings.Contains(err.Error(), "1 to 1") {
				t.Errorf("%s to series %d: %v", name, ref, err)
			}
		}
		if !tl.Labels(ref).IsEmpty() {
			t.Errorf("series %d has labels", ref)
		}
		if _, _, ok := tl.Last(ref); ok {
			t.Errorf("series %d has a sample", ref)
		}
	}
}

// put is one sample to append: h or fh, else the float v.
type put struct {
	st, ts int64
	v      float64
	h      *histogram.Histogram
	fh     *histogram.FloatHistogram
}

func (p put) check(tl *Timeline, ref Ref) error {
	if p.h != nil || p.fh != nil {
		return tl.CheckHistogram(ref, p.ts, p.h, p.fh)
	}
	return tl.Check(ref, p.ts, p.v)
}

func (p put) into(tl *Timeline, ref Ref) error {
	if p.h != nil || p.fh != nil {
		return tl.AppendHistogram(ref, p.st, p.ts, p.h, p.fh)
	}
	return tl.AppendST(ref, p.st, p.ts, p.v)
}

// ints returns a histogram whose positive buckets have these counts.
func ints(counts ...int64) *histogram.Histogram {
	h := &histogram.Histogram{PositiveSpans: []histogram.Span{{Length: uint32(len(counts))}}}
	before := int64(0)
	for _, c := range counts {
		h.PositiveBuckets = append(h.PositiveBuckets, c-before)
		h.Count += uint64(c)
		before = c
	}
	return h
}

func floats(counts ...int64) *histogram.FloatHistogram { return ints(counts...).ToFloat(nil) }

func TestAppendOrder(t *testing.T) {
	otherNaN := math.Float64frombits(value.NormalNaN)
	for _, c := range []struct {
		name   string // and reason
		before []put
		put    put
		want   error
		stored bool
	}{
		{"the first sample may have any time", nil, put{ts: math.MinInt64, v: 1}, nil, true},
		{"later", []put{{ts: 1, v: 1}}, put{ts: 2, v: 1}, nil, true},
		{"earlier", []put{{ts: 2, v: 1}}, put{ts: 1, v: 1}, ErrOutOfOrder, false},
		{"earlier than the newest, between two", []put{{ts: 1}, {ts: 3}}, put{ts: 2}, ErrOutOfOrder, false},
		{"an exact repeat of an old sample is out of order", []put{{ts: 1}, {ts: 3}}, put{ts: 1}, ErrOutOfOrder, false},
		{"exact repeat, as federation sends it", []put{{ts: 1, v: 4}}, put{ts: 1, v: 4}, nil, false},
		{"a repeat with another start timestamp keeps the first", []put{{ts: 1, v: 4}}, put{st: -5, ts: 1, v: 4}, nil, false},
		{"same time, other value", []put{{ts: 1, v: 4}}, put{ts: 1, v: 5}, ErrDuplicate, false},
		{"zeros differ by their sign", []put{{ts: 1, v: 0}}, put{ts: 1, v: math.Copysign(0, -1)}, ErrDuplicate, false},
		{"the same NaN", []put{{ts: 1, v: otherNaN}}, put{ts: 1, v: otherNaN}, nil, false},
		{"NaNs differ by their bits", []put{{ts: 1, v: otherNaN}}, put{ts: 1, v: stale}, ErrDuplicate, false},

		{"histogram, later", []put{{ts: 1, h: ints(1)}}, put{ts: 2, h: ints(1)}, nil, true},
		{"histogram, earlier", []put{{ts: 2, h: ints(1)}}, put{ts: 1, h: ints(1)}, ErrOutOfOrder, false},
		{"histogram, exact repeat", []put{{ts: 1, h: ints(1)}}, put{ts: 1, h: ints(1)}, nil, false},
		{"histogram, other bucket", []put{{ts: 1, h: ints(1, 2)}}, put{ts: 1, h: ints(2, 1)}, ErrDuplicate, false},
		{"float histogram, exact repeat", []put{{ts: 1, fh: floats(1)}}, put{ts: 1, fh: floats(1)}, nil, false},
		{"float histogram, other bucket", []put{{ts: 1, fh: floats(1)}}, put{ts: 1, fh: floats(2)}, ErrDuplicate, false},
		{"an integer histogram is no repeat of a float one", []put{{ts: 1, fh: floats(1)}}, put{ts: 1, h: ints(1)}, ErrDuplicate, false},
		{"nor the other way round", []put{{ts: 1, h: ints(1)}}, put{ts: 1, fh: floats(1)}, ErrDuplicate, false},
		{"histogram on a float", []put{{ts: 1}}, put{ts: 1, h: ints(0)}, ErrDuplicate, false},
		{"float on a histogram with that sum", []put{{ts: 1, h: ints(1)}}, put{ts: 1}, ErrDuplicate, false},
		{"a marker repeats a histogram's marker as little", []put{{ts: 0, h: ints(1)}, {ts: 1, v: stale}}, put{ts: 1, v: stale}, ErrDuplicate, false},
		{"after a float the histograms before do not matter", []put{{ts: 1, h: ints(1)}, {ts: 2, v: 3}}, put{ts: 2, v: 3}, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			tl := New()
			ref := tl.Series(labels.FromStrings("a", "b"))
			for _, p := range c.before {
				if err := p.into(tl, ref); err != nil {
					t.Fatal(err)
				}
			}
			before := tl.NumSamples()
			held := tl.NumSamples()
			if err := c.put.check(tl, ref); !errors.Is(err, c.want) || tl.NumSamples() != held {
				t.Errorf("Check: %v, want %v and nothing stored", err, c.want)
			}
			if err := c.put.into(tl, ref); !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			if stored := tl.NumSamples() > before; stored != c.stored {
				t.Errorf("stored: %v, want %v", stored, c.stored)
			}
			if ts, _, ok := tl.Last(ref); c.stored && (!ok || ts != c.put.ts) {
				t.Errorf("the last sample is at %d (%v), want %d", ts, ok, c.put.ts)
			}
		})
	}
}

func TestAppendHistogramRefuses(t *testing.T) {
	short := ints(1, 2)
	short.PositiveBuckets = short.PositiveBuckets[:1]
	negative := floats(1)
	negative.Count = -1
	for name, p := range map[string]struct {
		h  *histogram.Histogram
		fh *histogram.FloatHistogram
	}{
		"no histogram":                    {},
		"two":                             {ints(1), floats(1)},
		"fewer buckets than the spans":    {h: short},
		"more in buckets than counted":    {h: &histogram.Histogram{Count: 1, ZeroCount: 2}},
		"a schema that does not exist":    {h: &histogram.Histogram{Schema: 40}},
		"a float histogram's count below": {fh: negative},
	} {
		tl := New()
		if err := tl.AppendHistogram(tl.Series(labels.EmptyLabels()), 0, 1, p.h, p.fh); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if tl.NumSamples() != 0 {
			t.Errorf("%s: stored", name)
		}
	}
}

func TestLast(t *testing.T) {
	tl := New()
	ref := tl.Series(labels.FromStrings("a", "b"))
	if _, _, ok := tl.Last(ref); ok {
		t.Error("a series without samples has a last one")
	}
	h := ints(1)
	h.Sum = 2.5
	for _, c := range []struct {
		reason string
		put    put
		want   float64
	}{
		{"a float is its value", put{ts: 1, v: 4}, 4},
		{"a histogram is its sum", put{ts: 2, h: h}, 2.5},
		{"its marker is known as one", put{ts: 3, v: stale}, stale},
		{"one of floats is its sum", put{ts: 4, fh: h.ToFloat(nil)}, 2.5},
		{"and so is its marker", put{ts: 5, v: stale}, stale},
	} {
		if err := c.put.into(tl, ref); err != nil {
			t.Fatal(err)
		}
		ts, v, ok := tl.Last(ref)
		if ts != c.put.ts || math.Float64bits(v) != math.Float64bits(c.want) || !ok {
			t.Errorf("%s: last is %v at %d (%v), want %v at %d", c.reason, v, ts, ok, c.want, c.put.ts)
		}
	}
}

func TestCountAndLabelValues(t *testing.T) {
	tl := New()
	for _, job := range []string{"b", "a", "c", "a"} {
		tl.Series(labels.FromStrings("__name__", "up", "job", job))
	}
	tl.Series(labels.FromStrings("__name__", "down"))
	if got := tl.LabelValues("job"); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("jobs %q", got)
	}
	if got := tl.LabelValues("nobody"); len(got) != 0 {
		t.Errorf("values of a label that is nowhere: %q", got)
	}
	if n := tl.Count(); n != 4 {
		t.Errorf("%d series in all, want 4", n)
	}
	if n := tl.Count(labels.MustNewMatcher(labels.MatchEqual, "__name__", "up")); n != 3 {
		t.Errorf("%d series of up, want 3", n)
	}
}
