package query

import (
	"math"
	"testing"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"
)

// Of samples that are as close, the one whose labels sort first is taken,
// wherever it stands.
func TestClosest(t *testing.T) {
	at := func(name string, v float64) Sample { return Sample{Labels: labels.FromStrings("a", name), Value: v} }
	for _, row := range []struct {
		name, reason string
		op           string
		value        float64
		vec          []Sample
		want         string // the label; "": none
	}{
		{"a tie, first comes first", "labels decide", ">", 10, []Sample{at("1", 5), at("2", 5)}, "1"},
		{"a tie, first comes last", "labels decide, not the order", ">", 10, []Sample{at("2", 5), at("1", 5)}, "1"},
		{"a tie from either side", "the distance is as large", "==", 5, []Sample{at("2", 4), at("1", 6)}, "1"},
		{"a tie below, with equality", "labels decide", "<=", 0, []Sample{at("3", 1), at("1", 1), at("2", 1)}, "1"},
		{"above", "the largest", ">", 10, []Sample{at("1", 5), at("2", 6)}, "2"},
		{"above, with equality", "the largest", ">=", 10, []Sample{at("1", 6), at("2", 5)}, "1"},
		{"below", "the smallest", "<", 0, []Sample{at("1", 5), at("2", 4)}, "2"},
		{"not equal", "all are equal to it, or the least distance", "!=", 5, []Sample{at("1", 7), at("2", 5)}, "2"},
		{"an infinity that is met", "its difference to itself is no number", "==", math.Inf(1), []Sample{at("1", 5), at("2", math.Inf(1))}, "2"},
		{"an infinity that is met first", "nothing is closer", "==", math.Inf(1), []Sample{at("2", math.Inf(1)), at("1", 5)}, "2"},
		{"beyond, above", "the largest, however far", ">", 10, []Sample{at("1", 12), at("2", 30)}, "2"},
		{"beyond, above with equality", "the largest, however far", ">=", 10, []Sample{at("1", 12), at("2", 30)}, "2"},
		{"beyond, below", "the smallest, however far", "<", 10, []Sample{at("1", 8), at("2", -30)}, "2"},
		{"beyond, below with equality", "the smallest, however far", "<=", 10, []Sample{at("1", 8), at("2", -30)}, "2"},
		{"no number", "has no place on the line", ">", 10, []Sample{at("1", math.NaN()), at("2", 1)}, "2"},
		{"a histogram", "has no place on the line", ">", 10, []Sample{{Labels: labels.FromStrings("a", "1"), Histogram: &histogram.FloatHistogram{}}}, ""},
		{"nothing", "there is none", ">", 10, nil, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := (&Threshold{Op: row.op, Value: row.value}).Closest(row.vec)
			if row.want == "" {
				require.Nil(t, got, row.reason)
				return
			}
			require.NotNil(t, got, row.reason)
			require.Equal(t, row.want, got.Labels.Get("a"), row.reason)
		})
	}
}
