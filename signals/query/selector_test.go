package query_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/query"
)

// What stands in absent alone is Absent, and what stands outside as well is
// not, whichever comes first.
func TestSelectorAbsent(t *testing.T) {
	for _, tt := range []struct {
		reason, expr string
		want         []bool
	}{
		{"there is no absent", `a`, []bool{false}},
		{"absent alone", `absent(a)`, []bool{true}},
		{"a series that is missing is missing in a sum", `absent(sum by (x) (rate(a[5m])))`, []bool{true}},
		{"one in it and one outside", `absent_over_time(a[5m]) or b`, []bool{true, false}},
		{"outside as well, behind it", `absent(a) and a`, []bool{false}},
		{"outside as well, before it", `a unless absent(a)`, []bool{false}},
		{"twice, both times in it", `count(absent(a) or absent(a offset 5m))`, []bool{true}},
		{"its opposite", `present_over_time(a[5m])`, []bool{false}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			e, err := query.Parse("", tt.expr, nil)
			require.NoError(t, err)
			var got []bool
			for _, s := range e.Selectors {
				got = append(got, s.Absent)
			}
			require.Equal(t, tt.want, got, tt.expr)
		})
	}
}
