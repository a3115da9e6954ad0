package timeline

import (
	"context"
	"math"
	"reflect"
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// open returns an iterator over [mint, maxt] of a series with these samples.
func open(t *testing.T, mint, maxt int64, puts ...put) chunkenc.Iterator {
	t.Helper()
	tl := New()
	ref := tl.Series(labels.FromStrings("a", "b"))
	for _, p := range puts {
		if err := p.into(tl, ref); err != nil {
			t.Fatal(err)
		}
	}
	set := tl.selectRange(mint, maxt)
	if !set.Next() {
		t.Fatalf("no series in [%d, %d]", mint, maxt)
	}
	return set.At().Iterator(nil)
}

func (t *Timeline) selectRange(mint, maxt int64, ms ...*labels.Matcher) *seriesSet {
	q := &querier{t: t, mint: mint, maxt: maxt}
	return q.Select(context.Background(), true, nil, ms...).(*seriesSet)
}

func TestSeek(t *testing.T) {
	const next = math.MinInt64 // in steps: Next instead of a Seek
	const none = math.MinInt64 // in want: the iterator is exhausted
	for _, c := range []struct {
		name       string
		mint, maxt int64
		steps      []int64
		want       []int64
	}{
		{"one after the other", 0, 99, []int64{next, next, next, next, next, next}, []int64{10, 20, 30, 40, 50, none}},
		{"to a sample", 0, 99, []int64{30, next}, []int64{30, 40}},
		{"between samples", 0, 99, []int64{31}, []int64{40}},
		{"not backwards", 0, 99, []int64{30, 10, 30, next}, []int64{30, 30, 30, 40}},
		{"before all", 0, 99, []int64{-5, -5, next}, []int64{10, 10, 20}},
		{"the next one", 0, 99, []int64{next, 11, 21}, []int64{10, 20, 30}},
		{"past the end, and it stays there", 0, 99, []int64{51, next, 10}, []int64{none, none, none}},
		{"past the end after Next ended", 0, 99, []int64{50, next, 50}, []int64{50, none, none}},
		{"the range cuts both ends, and includes them", 20, 40, []int64{next, next, next, next}, []int64{20, 30, 40, none}},
		{"the range lies between samples", 11, 39, []int64{next, next, next}, []int64{20, 30, none}},
		{"no further than the range", 0, 40, []int64{41}, []int64{none}},
		{"not before the range", 25, 99, []int64{0}, []int64{30}},
		{"the whole of time", math.MinInt64, math.MaxInt64, []int64{math.MaxInt64}, []int64{none}},
	} {
		t.Run(c.name, func(t *testing.T) {
			it := open(t, c.mint, c.maxt, put{ts: 10, v: 1}, put{ts: 20, v: 2}, put{ts: 30, v: 3}, put{ts: 40, v: 4}, put{ts: 50, v: 5})
			if ts := it.AtT(); ts != math.MinInt64 {
				t.Errorf("AtT before the first sample: %d", ts)
			}
			for i, step := range c.steps {
				var kind chunkenc.ValueType
				if step == next {
					kind = it.Next()
				} else {
					kind = it.Seek(step)
				}
				if kind == chunkenc.ValNone {
					if c.want[i] != none {
						t.Fatalf("step %d: exhausted, want %d", i, c.want[i])
					}
					continue
				}
				ts, v := it.At()
				if kind != chunkenc.ValFloat || ts != c.want[i] || v != float64(ts)/10 || it.AtT() != ts {
					t.Fatalf("step %d: %v %v at %d (AtT %d), want a float at %d", i, kind, v, ts, it.AtT(), c.want[i])
				}
			}
			if it.Err() != nil {
				t.Error(it.Err())
			}
		})
	}
}

func TestIteratorKinds(t *testing.T) {
	it := open(t, 0, 99,
		put{ts: 1, v: 4},
		put{ts: 2, h: ints(1), st: 1},
		put{ts: 3, v: stale},
		put{ts: 4, fh: floats(1)},
		put{ts: 5, v: stale},
		put{ts: 6, v: 5, st: 6},
		put{ts: 7, v: stale},
	)
	for i, want := range []struct {
		reason string
		kind   chunkenc.ValueType
		st     int64
		stale  bool
	}{
		{"a float as it is", chunkenc.ValFloat, 0, false},
		{"a histogram with its start", chunkenc.ValHistogram, 1, false},
		{"the marker has the kind of what it ends", chunkenc.ValHistogram, 0, true},
		{"a histogram of floats", chunkenc.ValFloatHistogram, 0, false},
		{"and the marker of that", chunkenc.ValFloatHistogram, 0, true},
		{"a float with its start", chunkenc.ValFloat, 6, false},
		{"the marker of a float is one", chunkenc.ValFloat, 0, true},
	} {
		kind := it.Next()
		ts, v := it.At()
		if kind != want.kind || ts != int64(i+1) || it.AtST() != want.st || (math.Float64bits(v) == math.Float64bits(stale)) != want.stale {
			t.Errorf("sample %d: %v, start %d, %v at %d; want %+v", i, kind, it.AtST(), v, ts, want)
		}
		_, h := it.AtHistogram(nil)
		if (h != nil) != (kind == chunkenc.ValHistogram) {
			t.Errorf("sample %d is %v and AtHistogram says %v", i, kind, h)
		}
		_, fh := it.AtFloatHistogram(&histogram.FloatHistogram{Count: 77})
		if (fh != nil) != (kind != chunkenc.ValFloat) {
			t.Errorf("sample %d is %v and AtFloatHistogram says %v", i, kind, fh)
		}
		if fh != nil && want.stale && (fh.Count != 0 || math.Float64bits(fh.Sum) != math.Float64bits(stale)) {
			t.Errorf("sample %d: a marker is %v", i, fh)
		}
	}
}

// The engine adds to the histograms it reads and passes old ones in to be
// overwritten. Neither may reach what we hold, nor what the caller appended.
func TestHistogramsAreCopies(t *testing.T) {
	h := ints(1, 2)
	h.CustomValues, h.Schema = []float64{1, 2}, histogram.CustomBucketsSchema
	wide := ints(1, 2, 3, 4)
	wide.NegativeSpans, wide.NegativeBuckets = []histogram.Span{{Offset: 3, Length: 1}}, []int64{5}
	wide.Count += 5
	for name, orig := range map[string]*histogram.Histogram{"custom buckets": h, "exponential": wide} {
		for kind, p := range map[string]put{"int": {ts: 1, h: orig.Copy()}, "float": {ts: 1, fh: orig.ToFloat(nil)}} {
			t.Run(name+" "+kind, func(t *testing.T) {
				it := open(t, 0, 99, p)
				it.Next()
				used, usedFloat := wide.Copy(), wide.ToFloat(nil) // with slices to be reused
				for i := range 3 {
					_, fh := it.AtFloatHistogram(nil)
					if i == 1 {
						_, fh = it.AtFloatHistogram(usedFloat)
					}
					if !fh.Equals(orig.ToFloat(nil)) {
						t.Fatalf("read %d: %v, want %v", i, fh, orig)
					}
					fh.Mul(3)
					fh.PositiveSpans[0].Offset = 9
					if p.h == nil {
						continue
					}
					_, got := it.AtHistogram(nil)
					if i == 1 {
						_, got = it.AtHistogram(used)
					}
					if !got.Equals(orig) {
						t.Fatalf("read %d: %v, want %v", i, got, orig)
					}
					got.PositiveBuckets[0] = 99
					got.PositiveSpans[0].Offset = 9
				}
				if p.h != nil && !reflect.DeepEqual(p.h, orig) || p.fh != nil && !reflect.DeepEqual(p.fh, orig.ToFloat(nil)) {
					t.Error("the caller's histogram changed")
				}
			})
		}
	}
}

func TestIteratorReuse(t *testing.T) {
	tl := New()
	for i, name := range []string{"x", "y"} {
		if err := tl.AppendST(tl.Series(labels.FromStrings("a", name)), int64(i), 10+int64(i), float64(i)); err != nil {
			t.Fatal(err)
		}
	}
	set := tl.selectRange(0, 99)
	set.Next()
	x := set.At()
	set.Next()
	y := set.At()
	if set.Next() {
		t.Fatal("a third series")
	}
	it := x.Iterator(chunkenc.NewNopIterator()) // of another kind: cannot be reused
	it.Next()
	it.Next()
	again := y.Iterator(it)
	if again != it {
		t.Error("the iterator was not reused")
	}
	if again.Next() != chunkenc.ValFloat || again.AtT() != 11 || again.AtST() != 1 {
		t.Errorf("the reused iterator is at %d", again.AtT())
	}
	if x.Labels().Get("a") != "x" || x.Iterator(nil).Next() != chunkenc.ValFloat {
		t.Error("a series does not outlive Next")
	}
}
