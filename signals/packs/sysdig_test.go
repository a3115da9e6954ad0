package packs

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// followed to the letter, every one of PromCat's rules was empty.
func TestSysdigRulesRecord(t *testing.T) {
	file, data := SysdigRules()
	groups, errs := rules.Parse(file, data, rules.ParseOptions{})
	require.Empty(t, errs)
	for _, name := range []string{"incident", "flaky"} {
		t.Run(name, func(t *testing.T) {
			res, err := replay.Run(context.Background(), replay.Options{Capture: demo(t, name), Groups: groups})
			require.NoError(t, err)
			require.Len(t, res.Rules, 11)
			recorded := map[string]int{}
			for _, r := range res.Rules {
				require.Zero(t, r.Failed, "%s: %s", r.Record, r.Error)
				require.Positive(t, r.Recorded, r.Record)
				require.Equal(t, "true", r.Labels.Get("sysdig"), r.Record)
				recorded[r.Record] = r.Recorded
			}
			require.Equal(t, 4, recorded["up:kube_proxy"])
			require.Equal(t, 4, recorded["kubeproxy_sync_proxy_rules_duration_seconds_bucket:kube_proxy"], "one for each proxy, whatever its ip_family")
		})
	}
}

// A job that is no proxy has up, goroutines and requests, too.
func TestSysdigRulesLeaveOthersAlone(t *testing.T) {
	file, data := SysdigRules()
	groups, errs := rules.Parse(file, data, rules.ParseOptions{})
	require.Empty(t, errs)
	c := scraped(t, map[string][]string{"kubelet/a": repeat(12, "go_goroutines 1\nprocess_cpu_seconds_total 1\nrest_client_requests_total 1\n")})
	res, err := replay.Run(context.Background(), replay.Options{Capture: c, Groups: groups})
	require.NoError(t, err)
	for _, r := range res.Rules {
		require.Zero(t, r.Recorded, r.Record)
	}
}
