package export_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/export"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

func flipsOf(t *testing.T, c *capture.Capture, file string) []export.Flip {
	t.Helper()
	groups, errs := rules.Parse("rules.yml", []byte(file), rules.ParseOptions{})
	require.Empty(t, errs)
	_, flips, err := export.Flips(context.Background(), export.Options{Replay: replay.Options{Capture: c, Groups: groups}})
	require.NoError(t, err)
	return flips
}

// What each kind of series is edited to, in words.
func TestFlips(t *testing.T) {
	var bodies []string
	for i := range 24 {
		bodies = append(bodies, fmt.Sprintf(`flag 1
level 5
rises_total %d
still_total 7
errors_total{code="200"} %d
wait_seconds_bucket{le="0.1"} %d
wait_seconds_bucket{le="1"} %d
wait_seconds_bucket{le="5"} %d
wait_seconds_bucket{le="+Inf"} %d
`, i, 10*i, 9*i, 10*i, 10*i, 10*i))
	}
	c := made(t, bodies...)
	const bucket = `wait_seconds_bucket{instance="a", job="job", le=%q} `
	tests := []struct {
		name, expr string
		fires      bool
		edits      []string
	}{
		{"a flag that is set", "flag == 0", false, []string{`flag{instance="a", job="job"} is 0 throughout`}},
		{"a flag that fires", "flag == 1", true, []string{`flag{instance="a", job="job"} is 0 throughout`}},
		{"a gauge", "level > 9", false, []string{`level{instance="a", job="job"} is 1.83 times what it was`}},
		{"a gauge below", "level < 4", false, []string{`level{instance="a", job="job"} is 0.771 times what it was`}},
		{"a counter that is to rise faster", "rate(rises_total[1m]) > 1", false, []string{`rises_total{instance="a", job="job"} rises 5.08 times as fast`}},
		{"a counter that is to stand still", "rate(rises_total[1m]) > 0", true, nil},
		{"a counter that stands still", "increase(still_total[1m]) > 5", false, []string{`still_total{instance="a", job="job"} rises by 1 every 5s`}},
		{"a series that is not there", `rate(errors_total{code=~"5.."}[1m]) > 0`, false, []string{`errors_total{code="500", instance="a", job="job"} is made of errors_total{code="200", instance="a", job="job"} and goes as that one`}},
		{"larger observations", "histogram_quantile(0.9, rate(wait_seconds_bucket[1m])) > 0.5", false, []string{fmt.Sprintf(bucket, "0.1") + "rises at 0.917 of its pace"}},
		{"smaller observations", "histogram_quantile(0.99, rate(wait_seconds_bucket[1m])) > 0.5", true, []string{fmt.Sprintf(bucket, "0.1") + "counts every observation"}},
		{"absence", "absent(flag)", false, []string{`flag{instance="a", job="job"} is not there`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			flips := flipsOf(t, c, head+"  - {alert: A, expr: '"+tt.expr+"'}\n")
			require.Len(t, flips, 1)
			f := flips[0]
			require.Equal(t, tt.fires, f.Test.Fires)
			require.Empty(t, f.NotFound+f.Impossible+f.Flipped.Refused)
			var got []string
			for _, e := range f.Edits {
				got = append(got, e.String())
			}
			if tt.edits == nil { // which of several ways it is makes no difference
				require.Len(t, got, 1)
			} else {
				require.Equal(t, tt.edits, got)
			}
			require.Equal(t, !tt.fires, f.Flipped.Fires)
			require.Contains(t, string(f.Flipped.Text), "# It is edited: ")
			require.True(t, f.Least)
		})
	}
}

func TestNoFlip(t *testing.T) {
	var bodies []string
	for i := range 12 {
		bodies = append(bodies, fmt.Sprintf("x %d\n# TYPE w histogram\nw_bucket{le=\"0.25\"} %d\nw_bucket{le=\"0.5\"} %d\nw_bucket{le=\"+Inf\"} %d\nw_count %d\nw_sum %d\n", i, i, i, 2*i, 2*i, i))
	}
	c := made(t, bodies...)
	f := flipsOf(t, c, head+"  - {alert: A, expr: 'histogram_quantile(0.9, rate(w_bucket[20s])) > 1'}\n")[0]
	require.Contains(t, f.Impossible, "can never fire")
	require.Zero(t, f.Tried)
	f = flipsOf(t, c, head+"  - {alert: A, expr: 'sin(x) > 1'}\n")[0]
	require.Empty(t, f.Edits)
	require.True(t, f.Impossible != "" || f.NotFound != "")
	f = flipsOf(t, c, head+"  - {alert: A, expr: 'nosuch > 1'}\n")[0]
	require.Contains(t, f.NotFound, "which proves nothing")
}
