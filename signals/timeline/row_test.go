package timeline

import (
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"
)

func TestRow(t *testing.T) {
	tl := keeping()
	all, none := tl.Series(labels.FromStrings("__name__", "all")), tl.Series(labels.FromStrings("__name__", "none"))
	row := tl.Row([]Ref{none, 0, all, 99})
	n, kept := row.Len()
	require.Equal(t, []int{2, 1}, []int{n, kept})

	require.True(t, row.Append(100, []float64{7, -1, 8, -1}))
	require.Equal(t, int64(2), tl.NumSamples())
	newest, _ := tl.MaxTime()
	require.Equal(t, int64(100), newest)
	require.Equal(t, [][2]float64{{100, 8}}, samplesOf(tl, "all", 0, 1000))
	row.Flush()
	ts, v, ok := tl.Last(none)
	require.True(t, ok)
	require.Equal(t, []float64{100, 7}, []float64{float64(ts), v})
	require.ErrorIs(t, tl.Append(none, 100, 9), ErrDuplicate)

	require.NoError(t, tl.Append(all, 200, 1))
	require.False(t, row.Append(150, []float64{1, 0, 2, 0}), "older than what is kept")
	require.Equal(t, int64(3), tl.NumSamples(), "none was stored")
	row.Flush()
	ts, _, _ = tl.Last(none)
	require.Equal(t, int64(100), ts)
}
