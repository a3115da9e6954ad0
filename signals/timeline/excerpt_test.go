package timeline

import (
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"
)

func named(name string) *labels.Matcher {
	return labels.MustNewMatcher(labels.MatchEqual, "__name__", name)
}

// TestExcerpt takes series out: their samples and order are the same, others
// are gone, and what is held is counted.
func TestExcerpt(t *testing.T) {
	tl := NewKeeping(func(ls labels.Labels) Keep {
		if ls.Get("__name__") == "other" {
			return KeepNewest
		}
		return KeepAll
	})
	b := tl.Series(labels.FromStrings("__name__", "m", "x", "b"))
	other := tl.Series(labels.FromStrings("__name__", "other"))
	a := tl.Series(labels.FromStrings("__name__", "m", "x", "a"))
	n := tl.Series(labels.FromStrings("__name__", "n"))
	for i := range int64(40) {
		require.NoError(t, tl.Append(a, i, float64(i)))
		require.NoError(t, tl.AppendST(b, 1, i, -float64(i)))
		require.NoError(t, tl.Append(other, i, 0))
	}
	require.NoError(t, tl.AppendHistogram(n, 0, 7, &histogram.Histogram{}, nil))
	require.Equal(t, int64(40*16+40*24+16+24+160), tl.Held(), "nothing of the series of which the newest sample alone is kept")

	four := int64(0)
	for ls := range tl.Spans() {
		four += int64(ls.ByteSize()) + ofSeries
	}
	require.Equal(t, four+3*ofColumns, tl.Known(), "of all series, and of the columns of those that are kept")

	out := tl.Excerpt(named("m"))
	require.Equal(t, []string{"b", "a"}, func() (got []string) {
		for ls, span := range out.Spans() {
			require.Equal(t, Span{0, 39}, span)
			got = append(got, ls.Get("x"))
		}
		return got
	}(), "in the order of their creation")
	require.Equal(t, int64(40*16+40*24), out.Held())
	require.Equal(t, int64(80), out.NumSamples())
	newest, ok := out.MaxTime()
	require.True(t, ok)
	require.Equal(t, int64(39), newest)
	require.Equal(t, 1, out.Count(labels.MustNewMatcher(labels.MatchEqual, "x", "a")))
	require.Zero(t, out.Count(named("n")))
	require.Equal(t, 1, tl.Excerpt(named("n")).Count())
	require.Zero(t, tl.Excerpt(named("other")).NumSeries(), "it is in no answer")
	require.LessOrEqual(t, cap(out.series[1].ts), 45, "without room to grow")
}

// TestSpans: those of series of which nothing is kept are known as well, once
// their Row is flushed.
func TestSpans(t *testing.T) {
	tl := NewKeeping(func(labels.Labels) Keep { return KeepNewest })
	ref := tl.Series(labels.FromStrings("__name__", "m"))
	tl.Series(labels.FromStrings("__name__", "empty"))
	require.NoError(t, tl.Append(ref, 5, 1))
	row := tl.Row([]Ref{ref})
	require.True(t, row.Append(6, []float64{1}))
	require.True(t, row.Append(9, []float64{1}))
	row.Flush()
	require.Zero(t, tl.Held())
	n := 0
	for ls, span := range tl.Spans() {
		n++
		require.Equal(t, "m", ls.Get("__name__"))
		require.Equal(t, Span{5, 9}, span)
	}
	require.Equal(t, 1, n, "a series without samples has none")
}

// TestHeldAfterTrim: what was dropped is held no more.
func TestHeldAfterTrim(t *testing.T) {
	tl := NewKeeping(func(labels.Labels) Keep { return 5 })
	ref := tl.Series(labels.FromStrings("__name__", "m"))
	for i := range int64(100) {
		require.NoError(t, tl.Append(ref, i, 1))
	}
	require.Equal(t, int64(1600), tl.Held())
	tl.Trim(99)
	require.Equal(t, int64(6*16), tl.Held())
}
