package timeline

import (
	"math"
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/stretchr/testify/require"
)

// The tap is told of all that is stored, kept or not, by whatever way, and of
// nothing else.
func TestTap(t *testing.T) {
	tl := keeping()
	var told []Sample
	tl.Tap(func(s *Sample) { told = append(told, *s) })
	all, none := tl.Series(labels.FromStrings("__name__", "all")), tl.Series(labels.FromStrings("__name__", "none"))
	require.NoError(t, tl.AppendST(all, 3, 10, 1))
	require.NoError(t, tl.Append(all, 10, 1), "a repeat, which is not stored")
	require.Error(t, tl.Append(all, 9, 1))
	row := tl.Row([]Ref{none, 0, all})
	require.True(t, row.Append(20, []float64{7, -1, 8}))
	require.False(t, row.Append(15, []float64{7, -1, 8}))
	h := &histogram.Histogram{Sum: 4}
	require.NoError(t, tl.AppendHistogram(none, 0, 30, h, nil))
	stale := math.Float64frombits(value.StaleNaN)
	require.NoError(t, tl.Append(none, 40, stale))
	require.Len(t, told, 5)
	require.Equal(t, Sample{Ref: all, ST: 3, TS: 10, V: 1}, told[0])
	require.ElementsMatch(t, []Sample{{Ref: none, TS: 20, V: 7}, {Ref: all, TS: 20, V: 8}}, told[1:3])
	require.Equal(t, Sample{Ref: none, TS: 30, V: 4, H: h}, told[3])
	require.Equal(t, none, told[4].Ref)
	require.True(t, value.IsStaleNaN(told[4].H.Sum), "a histogram's marker")
}
