package timeline

import (
	"fmt"
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Whatever is forgotten, a timeline knows of the other series what one knows
// that forgets nothing, also where their hashes are the same.
func TestForget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole, part := keeping(), keeping()
		part.hash = func(ls labels.Labels) uint64 { return ls.Hash() % 3 }
		refs := map[string][2]Ref{}
		for ts := range int64(rapid.IntRange(1, 60).Draw(t, "steps")) {
			ls := labels.FromStrings("__name__", rapid.SampledFrom([]string{"none", "some"}).Draw(t, "name"), "l", fmt.Sprint(rapid.IntRange(0, 8).Draw(t, "l")))
			known, there := refs[ls.String()]
			if there && rapid.Bool().Draw(t, "forget") {
				last, _, _ := whole.Last(known[0])
				before := ts - rapid.Int64Range(0, 5).Draw(t, "before")
				got, ok := part.Forget(known[1], before)
				require.Equal(t, ls.Get("__name__") == "none" && last < before, ok)
				if ok {
					require.Equal(t, ls.String(), got.String())
					delete(refs, ls.String())
				}
				continue
			}
			now := [2]Ref{whole.Series(ls), part.Series(ls)}
			if there {
				require.Equal(t, known, now)
			}
			refs[ls.String()] = now
			require.NoError(t, whole.Append(now[0], ts, 1))
			require.NoError(t, part.Append(now[1], ts, 1))
		}
		taken := map[Ref]bool{}
		for text, now := range refs {
			require.Equal(t, text, part.Labels(now[1]).String())
			require.False(t, taken[now[1]])
			taken[now[1]] = true
			a, _, _ := whole.Last(now[0])
			b, _, _ := part.Last(now[1])
			require.Equal(t, a, b)
		}
		n := 0
		for range part.Spans() {
			n++
		}
		require.Equal(t, len(refs), n)
		require.Equal(t, len(refs), part.Count())
		require.Equal(t, whole.NumSamples(), part.NumSamples())
		require.Equal(t, whole.Count(labels.MustNewMatcher(labels.MatchEqual, "__name__", "some")), part.Count(labels.MustNewMatcher(labels.MatchRegexp, "__name__", "s.*")))
	})
}

// What is forgotten takes no room, and is no series any more.
func TestForgotten(t *testing.T) {
	tl := keeping()
	ls := labels.FromStrings("__name__", "none")
	ref := tl.Series(ls)
	require.NoError(t, tl.AppendHistogram(ref, 0, 5, &histogram.Histogram{Count: 1, ZeroCount: 1}, nil))
	require.Positive(t, tl.Held())
	_, ok := tl.Forget(ref, 6)
	require.True(t, ok)
	require.Zero(t, tl.Held())
	require.Zero(t, tl.Known())
	_, ok = tl.Forget(ref, 6)
	require.False(t, ok)
	require.ErrorIs(t, tl.Append(ref, 9, 1), ErrUnknownSeries)
	require.Equal(t, ref, tl.Series(ls))
	require.Equal(t, 2, tl.NumSeries())
	require.NoError(t, tl.Append(ref, 1, 1), "nothing is older any more")
}

// A series that did not go on takes no room for samples, but of a histogram the
// newest is known.
func TestTrimmedRoom(t *testing.T) {
	tl := keeping()
	floats, histograms := tl.Series(labels.FromStrings("__name__", "some", "of", "floats")), tl.Series(labels.FromStrings("__name__", "some", "of", "histograms"))
	h := func(n uint64) *histogram.Histogram { return &histogram.Histogram{Count: n, ZeroCount: n} }
	for ts := range int64(5) {
		require.NoError(t, tl.Append(floats, ts, 1))
		require.NoError(t, tl.AppendHistogram(histograms, 0, ts, h(1), nil))
	}
	room := func() int { return cap(tl.series[floats].ts) }
	tl.Trim(100)
	require.Equal(t, 1, held(tl))
	require.Equal(t, firstSamples, room(), "it may go on")
	require.ErrorIs(t, tl.Append(floats, 4, 2), ErrDuplicate)
	require.ErrorIs(t, tl.AppendHistogram(histograms, 0, 4, h(2), nil), ErrDuplicate)
	tl.Trim(100)
	require.Zero(t, room())
	require.Less(t, tl.Held(), int64(300))
	require.NoError(t, tl.Append(floats, 200, 1))
	require.Equal(t, 2, held(tl))
}

// Room for more changes nothing that is known.
func TestGrow(t *testing.T) {
	tl := keeping()
	var refs []Ref
	for i := range 10 {
		refs = append(refs, tl.Series(labels.FromStrings("__name__", []string{"none", "some"}[i%2], "l", fmt.Sprint(i))))
		tl.Grow(100 * i)
	}
	for i, ref := range refs {
		require.Equal(t, ref, tl.Series(labels.FromStrings("__name__", []string{"none", "some"}[i%2], "l", fmt.Sprint(i))))
	}
	require.Equal(t, 10, tl.NumSeries())
}
