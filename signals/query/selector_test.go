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
		expr string
		want []bool
	}{
		{`a`, []bool{false}},
		{`absent(a)`, []bool{true}},
		{`absent(sum by (x) (rate(a[5m])))`, []bool{true}},
		{`absent_over_time(a[5m]) or b`, []bool{true, false}},
		{`absent(a) and a`, []bool{false}},
		{`a unless absent(a)`, []bool{false}},
		{`count(absent(a) or absent(a offset 5m))`, []bool{true}},
		{`present_over_time(a[5m])`, []bool{false}},
	} {
		t.Run(tt.expr, func(t *testing.T) {
			e, err := query.Parse("", tt.expr, nil)
			require.NoError(t, err)
			var got []bool
			for _, s := range e.Selectors {
				got = append(got, s.Absent)
			}
			require.Equal(t, tt.want, got)
		})
	}
}
