package replay_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/replay"
)

// A rule can be asked again at an instant that is past, and so can series that
// it did not select; neither sees what came later.
func TestRevisit(t *testing.T) {
	c := open(t, files(map[string][]string{"n": {"a 1\nz 10", "a 2\nz 20", "a 3\nz 30", "a 4\nz 40"}}))
	opts := replay.Options{Capture: c, Segment: 1, Groups: parse(t, `
groups:
- name: g
  interval: 10s
  rules:
  - {record: twice, expr: 2 * a}
  - {alert: A, expr: "increase(a[16s]) > 1"}
`)}
	first := start.Add(5 * time.Second)
	for i, want := range []float64{1, 2, 3} {
		m, err := replay.Revisit(context.Background(), opts, first.Add(time.Duration(i)*10*time.Second))
		require.NoError(t, err)
		require.Equal(t, i+1, m.Result.Groups[0].Evaluations)
		for expr, value := range map[string]float64{"a": want, "z": 10 * want, "twice": 2 * want, "up": 1} {
			v, err := m.Instant(context.Background(), expr)
			require.NoError(t, err)
			require.Len(t, v.Series, 1, expr)
			require.Equal(t, value, v.Series[0].Floats[0].Value, expr)
		}
		v, err := m.Instant(context.Background(), "increase(a[16s]) > 1")
		require.NoError(t, err)
		require.Len(t, v.Series, min(i, 1), "at the first instant there is one sample")
	}
}
