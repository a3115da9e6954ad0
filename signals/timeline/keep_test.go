package timeline

import (
	"context"
	"math"
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// keeping keeps series named all, for 10 ms those named some, and of the others
// the newest sample alone.
func keeping() *Timeline {
	return NewKeeping(func(ls labels.Labels) Keep {
		switch ls.Get("__name__") {
		case "all":
			return KeepAll
		case "some":
			return 10
		}
		return KeepNewest
	})
}

func TestKeep(t *testing.T) {
	tl := keeping()
	name := labels.MustNewMatcher(labels.MatchRegexp, "__name__", ".+")
	for _, n := range []string{"all", "some", "none"} {
		ref := tl.Series(labels.FromStrings("__name__", n))
		for ts := range int64(100) {
			require.NoError(t, tl.Append(ref, ts, float64(ts)))
		}
		ts, v, ok := tl.Last(ref)
		require.True(t, ok)
		require.Equal(t, int64(99), ts)
		require.Equal(t, 99.0, v)
		require.ErrorIs(t, tl.Append(ref, 98, 1), ErrOutOfOrder, n)
		require.ErrorIs(t, tl.Append(ref, 99, 1), ErrDuplicate, n)
		require.NoError(t, tl.Append(ref, 99, 99), "an exact repeat")
	}
	require.Equal(t, int64(300), tl.NumSamples(), "kept or not")
	require.Equal(t, 2, tl.Count(name))
	require.Equal(t, []string{"all", "some"}, tl.LabelValues("__name__"))
	require.Equal(t, 200, held(tl))
	tl.Trim(100)
	require.Equal(t, 110, held(tl), "100 and those from 90 on")
}

// held returns the number of samples that are kept now.
func held(t *Timeline) int {
	n := 0
	for _, s := range t.series[1:] {
		if s.columns != nil {
			n += len(s.ts)
		}
	}
	return n
}

// A histogram after which a series goes on is remembered as well.
func TestKeepNewestHistogram(t *testing.T) {
	tl := keeping()
	ref := tl.Series(labels.FromStrings("__name__", "none"))
	h := func(n uint64) *histogram.Histogram { return &histogram.Histogram{Count: n, ZeroCount: n} }
	for ts := range int64(5) {
		require.NoError(t, tl.AppendHistogram(ref, 0, ts, h(uint64(ts)), nil))
	}
	require.NoError(t, tl.AppendHistogram(ref, 0, 4, h(4), nil), "an exact repeat")
	require.ErrorIs(t, tl.AppendHistogram(ref, 0, 4, h(5), nil), ErrDuplicate)
	require.ErrorIs(t, tl.Append(ref, 4, 4), ErrDuplicate)
	require.Equal(t, 1, held(tl))
}

// Whatever is appended and trimmed when, what lies within a series' Keep is
// what a timeline has that keeps everything.
func TestTrim(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole, part := New(), keeping()
		ts := int64(0)
		for range rapid.IntRange(1, 300).Draw(t, "samples") {
			name := rapid.SampledFrom([]string{"all", "some"}).Draw(t, "name")
			ts += rapid.Int64Range(0, 5).Draw(t, "step")
			v := float64(rapid.IntRange(0, 2).Draw(t, "value"))
			ls := labels.FromStrings("__name__", name)
			e1, e2 := whole.Append(whole.Series(ls), ts, v), part.Append(part.Series(ls), ts, v)
			if e1 != e2 {
				t.Fatal(e1, e2)
			}
			if rapid.IntRange(0, 9).Draw(t, "trim") == 0 {
				part.Trim(ts)
			}
			for name, back := range map[string]int64{"all": math.MaxInt32, "some": 10} {
				a, b := samplesOf(whole, name, ts-back, ts), samplesOf(part, name, ts-back, ts)
				if len(a) != len(b) {
					t.Fatalf("%s: %v, not %v", name, b, a)
				}
				for i := range a {
					if a[i] != b[i] {
						t.Fatalf("%s: %v, not %v", name, b, a)
					}
				}
			}
		}
	})
}

func samplesOf(tl *Timeline, name string, mint, maxt int64) (list [][2]float64) {
	q, _ := tl.Querier(mint, maxt)
	set := q.Select(context.Background(), false, nil, labels.MustNewMatcher(labels.MatchEqual, "__name__", name))
	for set.Next() {
		for it := set.At().Iterator(nil); it.Next() != 0; {
			ts, v := it.At()
			list = append(list, [2]float64{float64(ts), v})
		}
	}
	return list
}

func TestHad(t *testing.T) {
	tl := NewKeeping(func(ls labels.Labels) Keep {
		if ls.Get("__name__") == "none" {
			return KeepNewest
		}
		return 0
	})
	stale := math.Float64frombits(value.StaleNaN)
	for name, values := range map[string][]float64{"a": {1, 2, stale}, "marker": {stale}, "empty": nil, "none": {1}, "b": {1}} {
		ref := tl.Series(labels.FromStrings("__name__", name))
		for i, v := range values {
			require.NoError(t, tl.Append(ref, int64(i), v))
		}
	}
	tl.Trim(100)
	var had []string
	tl.Had(func(ls labels.Labels) { had = append(had, ls.Get("__name__")) }, labels.MustNewMatcher(labels.MatchRegexp, "__name__", ".+"))
	require.ElementsMatch(t, []string{"a", "b"}, had)
}
