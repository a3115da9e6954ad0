package replay_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/replay"
)

// AddFor is added to the `for` of alerts, which stays 0 at least, and changes
// neither the rules that were passed nor recording rules.
func TestAddFor(t *testing.T) {
	groups := parse(t, "groups: [{name: g, rules: [{record: r, expr: m}, {alert: A, expr: r > 5, for: 10s}, {alert: B, expr: r > 5}]}]")
	for _, tt := range []struct {
		name string
		by   time.Duration
		want []string
	}{
		{"none", 0, []string{"pending[15,25) firing[25,35)", "firing[15,35)"}},
		{"longer", 10 * time.Second, []string{"pending[15,35)", "pending[15,25) firing[25,35)"}},
		{"shorter", -10 * time.Second, []string{"firing[15,35)", "firing[15,35)"}},
		{"below 0", -time.Hour, []string{"firing[15,35)", "firing[15,35)"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := run(t, replay.Options{Capture: open(t, files(map[string][]string{"i": {"m 1", "m 9", "m 9", "m 1"}})), Groups: groups, AddFor: tt.by})
			require.Equal(t, tt.want, []string{states(res.Rules[1].Alerts[0]), states(res.Rules[2].Alerts[0])})
			require.Zero(t, res.Rules[0].For)
			require.Equal(t, max(0, tt.by), res.Rules[2].For)
			require.Equal(t, 10*time.Second, groups[0].Rules[1].For)
		})
	}
}
