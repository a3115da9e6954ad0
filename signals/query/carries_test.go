package query

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Series of a alone have the label x.
func TestCarries(t *testing.T) {
	for expr, want := range map[string]bool{
		"a": true, "b": false, "-a": true, "a[5m:1m]": true, "rate(a[5m])": true, "rate(b[5m])": false, "1": false, "vector(1)": false, "time()": false,
		"sum(a)": false, "sum by (x) (a)": true, "sum by (y) (a)": false, "sum without (x) (a)": false, "sum without (y) (a)": true, "topk(1, a)": true, "topk by (y) (1, a)": true,
		`count_values("x", b)`: true, `count_values by (y) ("z", a)`: false, `label_replace(b, "x", "$1", "y", "(.*)")`: true, `label_join(b, ("x"), "", "y")`: true, `label_replace(b, "z", "$1", "y", "(.*)")`: false,
		"info(b)": true, `absent(b{x="1"})`: true, "absent(a)": false, "a > 1": true, "1 + a": true, "1 + b": false,
		"a or b": true, "b or a": true, "b and a": false, "a unless b": true, "b unless a": false,
		"a * b": true, "b * a": false, "a * on (x) b": true, "a * on (y) b": false, "a * ignoring (x) b": false, "a * ignoring (y) b": true,
		"a * on (y) group_left b": true, "b * on (y) group_left a": false, "b * on (y) group_left (x) a": true, "a * on (y) group_right b": false, "b * on (y) group_right a": true, "a * on (y) group_right (x) b": true,
		`histogram_quantile(0.9, sum by (x, le) (a))`: true, "(a)": true, "max_over_time(sum(a)[5m:1m])": false,
	} {
		t.Run(expr, func(t *testing.T) {
			e, err := Parse("", expr, Features())
			require.NoError(t, err)
			require.Equal(t, want, e.Carries("x", func(s Selector) bool { return s.Name() == "a" }))
		})
	}
}

func TestGroupings(t *testing.T) {
	e, err := Parse("", "sum by (x, y) (a) / on (x) group_left (z) sum by (x) (b) > count without (q) (a * on (x) group_right (w) b)", nil)
	require.NoError(t, err)
	var got []string
	for _, g := range e.Groupings() {
		head, _, _ := strings.Cut(g.String, "(")
		got = append(got, head+": "+g.Word+" "+g.Label+map[bool]string{true: "", false: " is on none"}[g.Carries(func(s Selector) bool { return s.Name() == "a" })])
	}
	require.Equal(t, []string{
		"sum by : on x is on none", "sum by : group_left z is on none", "sum by : by x", "sum by : by y", "sum by : by x is on none", "a * on : on x is on none", "a * on : group_right w",
	}, got)
}
