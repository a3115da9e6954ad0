package timeline

import (
	"fmt"
	"math"
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// spelledOut is all that a timeline holds, series by series, in their order.
func spelledOut(t *Timeline) (list []string) {
	for _, s := range t.series[1:] {
		text := s.labels.String()
		for i, ts := range s.ts {
			text += fmt.Sprintf(" %d=%x", ts, math.Float64bits(s.vs[i]))
			if s.st != nil {
				text += fmt.Sprintf(" since %d", s.st[i])
			}
			if s.hs != nil {
				text += fmt.Sprintf(" %v %v %v", s.hs[i].h, s.hs[i].fh, s.hs[i].hint)
			}
		}
		list = append(list, text)
	}
	return list
}

// TestTape plays what was appended, whatever it was, up to any times: each time
// the other timeline is the one that this one was.
func TestTape(t *testing.T) {
	stale := math.Float64frombits(value.StaleNaN)
	rapid.Check(t, func(rt *rapid.T) {
		from, into := New(), New()
		var then [][]string // what there was at each time
		samples := 0
		for ts := range int64(rapid.IntRange(1, 12).Draw(rt, "times")) {
			for i := range rapid.IntRange(0, 4).Draw(rt, "series") {
				ref := from.Series(labels.FromStrings("__name__", "m", "i", fmt.Sprint(i)))
				st := rapid.SampledFrom([]int64{0, 0, ts}).Draw(rt, "st")
				h := &histogram.Histogram{Count: uint64(ts), ZeroCount: uint64(ts), Sum: float64(i), ZeroThreshold: 1}
				var err error
				switch rapid.IntRange(0, 4).Draw(rt, "kind") {
				case 0:
					err = from.AppendST(ref, 0, ts, stale)
				case 1:
					err = from.AppendHistogram(ref, st, ts, h, nil)
				case 2:
					err = from.AppendHistogram(ref, st, ts, nil, h.ToFloat(nil))
				default:
					err = from.AppendST(ref, st, ts, float64(i))
				}
				require.NoError(rt, err)
				samples++
			}
			then = append(then, spelledOut(from))
		}
		tape, played := from.Tape(), 0
		for ts, want := range then {
			if ts < len(then)-1 && rapid.Bool().Draw(rt, "skip") {
				continue
			}
			played += tape.Until(int64(ts), into)
			require.Equal(rt, want, spelledOut(into))
		}
		require.Equal(rt, samples, played)
		require.Zero(rt, tape.Until(math.MaxInt64, into))
	})
}

// TestTapeOfSomeSeries: what is kept for its newest sample alone is not played.
func TestTapeOfSomeSeries(t *testing.T) {
	from := NewKeeping(func(ls labels.Labels) Keep {
		if ls.Get("__name__") == "m" {
			return KeepAll
		}
		return KeepNewest
	})
	for _, name := range []string{"n", "m"} {
		require.NoError(t, from.Append(from.Series(labels.FromStrings("__name__", name)), 1, 1))
	}
	from.Series(labels.FromStrings("__name__", "m", "empty", "yes"))
	into := New()
	require.Equal(t, 1, from.Tape().Until(1, into))
	require.Equal(t, []string{`{__name__="m"} 1=3ff0000000000000`}, spelledOut(into))
	other := labels.MustNewMatcher(labels.MatchNotEqual, "__name__", "n")
	require.Equal(t, 2, from.Excerpt(other).NumSeries(), "an excerpt has none of them either")
	other = labels.MustNewMatcher(labels.MatchNotEqual, "__name__", "m")
	require.Zero(t, from.Excerpt(other).NumSeries())
}
