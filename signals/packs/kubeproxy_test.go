package packs

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// A counter with labels that appears with its first error: rate() would see no
// increase. It counts when the process is the one that was there before.
func TestFirstErrorCounts(t *testing.T) {
	started := func(at int) string { return shown + fmt.Sprintf("process_start_time_seconds %d\n", at) }
	const restore = "kubeproxy_sync_proxy_rules_iptables_restore_failures_total{ip_family=\"IPv4\"} 1\n"
	const iptables = "kubeproxy_sync_proxy_rules_iptables_total{ip_family=\"IPv4\",table=\"nat\"} 5\n"
	const nft = "kubeproxy_sync_proxy_rules_nftables_sync_failures_total{ip_family=\"IPv4\"} 1\n"
	tests := []struct {
		name, signal  string
		before, after string
		want          Level
	}{
		{"the first failure", "restore-failures", started(1) + iptables, started(1) + iptables + restore, Bad},
		{"the first failure of another family", "nftables-sync-failures", started(1), started(1) + nft, Bad},
		{"failures of a process that is new", "restore-failures", started(1) + iptables, started(1795244460) + iptables + restore, Good},
		{"failures long ago", "restore-failures", started(1) + iptables + restore, started(1) + iptables + restore, Good},
		{"none", "restore-failures", started(1) + iptables, started(1) + iptables, Good},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for mode, bodies := range map[Mode][]string{
				OverTime: append(repeat(10, tt.before), repeat(10, tt.after)...),
				Between:  {tt.before, tt.after},
			} {
				b := evaluated(t, one(t, bodies...), Options{Packs: []*Pack{kubeProxy(t)}})
				require.Equal(t, mode, b.Mode)
				r := resultOf(t, &b.Packs[0], tt.signal)
				require.Equal(t, tt.want, r.Level, mode)
			}
		})
	}
}

// Queued ahead of applied is no lag while syncs go on, and is one when they do
// not.
func TestSyncLag(t *testing.T) {
	start := int(madeStart.Unix())
	lag := func(queued, applied func(at int) int) *SignalResult {
		var bodies []string
		for i := range 30 {
			at := start + 10*i
			bodies = append(bodies, shown+fmt.Sprintf("kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds %d\nkubeproxy_sync_proxy_rules_last_timestamp_seconds %d\n", queued(at), applied(at)))
		}
		b := evaluated(t, one(t, bodies...), Options{Packs: []*Pack{kubeProxy(t)}})
		return resultOf(t, &b.Packs[0], "sync-lag")
	}
	hung := func(int) int { return start + 60 }
	now := func(at int) int { return at }
	tests := []struct {
		name            string
		queued, applied func(at int) int
		level           Level
		worst           float64
	}{
		{"nothing to do for an hour", func(int) int { return start - 3600 }, func(int) int { return start - 3600 }, Good, 0},
		{"a change of this second in a quiet cluster", now, func(at int) int { return at - 3600 }, Good, 0},
		{"changes all the time, written a little later", now, func(at int) int { return at - 3 }, Good, 0},
		{"one change that is never written", func(at int) int { return min(at, start+61) }, func(at int) int { return min(at, start+60) }, Bad, 229},
		{"hung while changes go on", now, func(at int) int { return min(at, hung(at)) }, Bad, 60},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := lag(tt.queued, tt.applied)
			require.Equal(t, tt.level, r.Level)
			require.Equal(t, tt.worst, r.Worst.Value)
		})
	}
}

func TestHealthzFailures(t *testing.T) {
	body := shown + "process_start_time_seconds 1\nkubeproxy_proxy_healthz_total{code=\"200\"} %d\n"
	b := evaluated(t, one(t, counting(20, body, 1)...), Options{Packs: []*Pack{kubeProxy(t)}})
	require.Equal(t, Good, resultOf(t, &b.Packs[0], "healthz-failures").Level)
	b = evaluated(t, one(t, counting(20, body+"kubeproxy_proxy_healthz_total{code=\"503\"} %d\n", 1, 1)...), Options{Packs: []*Pack{kubeProxy(t)}})
	require.Equal(t, Bad, resultOf(t, &b.Packs[0], "healthz-failures").Level)
}
