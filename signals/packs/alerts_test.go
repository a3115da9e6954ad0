package packs

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// fired are the alerts of all packs that fire in a capture, each once, sorted.
func fired(t *testing.T, c *capture.Capture, list ...*Pack) []string {
	t.Helper()
	groups, err := groups(list, nil)
	require.NoError(t, err)
	res, err := replay.Run(context.Background(), replay.Options{Capture: c, Groups: groups})
	require.NoError(t, err)
	var names []string
	for _, r := range res.Rules {
		require.Zero(t, r.Failed, "%s: %s", r.Alert, r.Error)
		if r.Verdict == replay.VerdictFiring {
			names = append(names, r.Alert)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

const (
	shown  = "kubeproxy_sync_proxy_rules_duration_seconds_count 1\n"
	server = "apiserver_current_inflight_requests{request_kind=\"mutating\"} 0\n"
	member = "etcd_server_has_leader 1\n"
	node   = "node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} 1\n"
	golang = "go_goroutines 1\n"
)

// down is up for a while, then refuses.
func gone(body string) []string { return append(repeat(4, body), repeat(12, "-")...) }

// a histogram's buckets at 0.4, 2 and more; %d counts.
func buckets(name, ls string) string {
	return fmt.Sprintf("# TYPE %[1]s histogram\n%[1]s_bucket{%[2]sle=\"0.4\"} %%[1]d\n%[1]s_bucket{%[2]sle=\"2\"} %%[2]d\n%[1]s_bucket{%[2]sle=\"+Inf\"} %%[2]d\n%[1]s_sum{%[3]s} 1\n%[1]s_count{%[3]s} %%[2]d\n",
		name, ls, strings.TrimSuffix(ls, ","))
}

// Every alert of every shipped pack fires in one capture, and is silent in
// another that differs in what it is about.
func TestEveryAlertFiresAndIsSilent(t *testing.T) {
	const fs = "node_filesystem_size_bytes{device=\"/dev/sda\",fstype=\"ext4\",mountpoint=\"/\"} 100\nnode_filesystem_avail_bytes{device=\"/dev/sda\",fstype=\"ext4\",mountpoint=\"/\"} %d\n"
	rest := shown + "rest_client_requests_total{code=\"200\",host=\"h\",method=\"GET\"} %d\nrest_client_requests_total{code=\"<error>\",host=\"h\",method=\"GET\"} %d\n"
	slowRest := shown + buckets("rest_client_request_duration_seconds", `verb="GET",host="h",`)
	slowSync := buckets("kubeproxy_sync_proxy_rules_duration_seconds", "")
	requests := server + "apiserver_request_total{code=\"200\",subresource=\"\",verb=\"GET\"} %d\napiserver_request_total{code=\"500\",subresource=\"%s\",verb=\"GET\"} %%d\n"
	slowAPI := server + buckets("apiserver_request_duration_seconds", `subresource="",verb="GET",`)
	watch := server + buckets("apiserver_request_duration_seconds", `subresource="",verb="WATCH",`)
	fsync := member + buckets("etcd_disk_wal_fsync_duration_seconds", "")
	quota := member + "etcd_server_quota_backend_bytes 100\netcd_mvcc_db_total_size_in_bytes %d\n"
	memory := node + "node_memory_MemTotal_bytes 100\nnode_memory_MemAvailable_bytes %d\n"
	conntrack := node + "node_nf_conntrack_entries_limit 100\nnode_nf_conntrack_entries %d\n"
	fds := golang + "process_max_fds 100\nprocess_open_fds %d\n"
	starts := func(n int) (list []string) {
		for i := range 40 {
			list = append(list, fmt.Sprintf(golang+"process_start_time_seconds %d\n", min(i/5, n)))
		}
		return list
	}
	at := func(format string, v int) []string { return repeat(24, fmt.Sprintf(format, v)) }

	tests := []struct {
		pack, name    string // of the alert
		fires, silent *capture.Capture
	}{
		{"kube-proxy", "KubeProxyDown", one(t, gone(shown)...), one(t, repeat(16, shown)...)},
		{"kube-proxy", "KubeProxyMissing", scraped(t, map[string][]string{"p/a": repeat(16, shown), "p/b": gone(shown)}), one(t, repeat(16, shown)...)},
		{"kube-proxy", "KubeProxyAllDown", one(t, gone(shown)...), scraped(t, map[string][]string{"p/a": repeat(16, shown), "p/b": gone(shown)})},
		{"kube-proxy", "KubeProxyApiSlow", one(t, counting(24, slowRest, 0, 5)...), one(t, counting(24, slowRest, 5, 5)...)},
		{"kube-proxy", "KubeProxyErrors", one(t, counting(24, rest, 5, 5)...), one(t, counting(24, rest, 50, 1)...)},
		{"kube-proxy", "KubeProxySyncSlow", one(t, counting(24, slowSync, 0, 5)...), one(t, counting(24, slowSync, 5, 5)...)},

		{"kube-apiserver", "KubeApiserverDown", one(t, gone(server)...), one(t, gone(node)...)},
		{"kube-apiserver", "KubeApiserverErrors", one(t, counting(24, fmt.Sprintf(strings.Replace(requests, "} %d", "} %%d", 1), ""), 50, 10)...),
			one(t, counting(24, fmt.Sprintf(strings.Replace(requests, "} %d", "} %%d", 1), "/readyz"), 50, 10)...)},
		{"kube-apiserver", "KubeApiserverSlow", one(t, counting(60, slowAPI, 0, 5)...), one(t, counting(60, watch, 0, 5)...)},

		{"etcd", "EtcdDown", one(t, gone(member)...), one(t, gone(node)...)},
		{"etcd", "EtcdNoLeader", one(t, append(repeat(4, member), repeat(8, "etcd_server_has_leader 0\n")...)...), one(t, repeat(12, member)...)},
		{"etcd", "EtcdSyncSlow", one(t, counting(36, fsync, 0, 5)...), one(t, counting(36, fsync, 5, 5)...)},
		{"etcd", "EtcdQuotaNearlyUsed", one(t, at(quota, 96)...), one(t, at(quota, 94)...)},

		{"node", "NodeDown", one(t, gone(node)...), one(t, gone(member)...)},
		{"node", "NodeFilesystemFull", one(t, at(node+fs, 2)...), one(t, at(node+strings.ReplaceAll(fs, "ext4", "squashfs"), 0)...)},
		{"node", "NodeMemoryLow", one(t, at(memory, 2)...), one(t, at(memory, 4)...)},
		{"node", "NodeConntrackFull", one(t, at(conntrack, 96)...), one(t, at(conntrack, 94)...)},

		{"go", "GoProcessDown", one(t, gone(golang)...), one(t, gone("x 1\n")...)},
		{"go", "GoProcessRestartsOften", one(t, starts(5)...), one(t, starts(2)...)},
		{"go", "GoProcessFilesRunOut", one(t, at(fds, 91)...), one(t, at(fds, 89)...)},
	}
	tried := map[string]bool{}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Find(tt.pack)
			require.NoError(t, err)
			require.Contains(t, fired(t, tt.fires, p), tt.name)
			require.NotContains(t, fired(t, tt.silent, p), tt.name)
		})
		tried[tt.name] = true
	}
	all, err := All()
	require.NoError(t, err)
	groups, err := groups(all, nil)
	require.NoError(t, err)
	n := 0
	for _, g := range groups {
		for _, r := range g.Rules {
			require.True(t, tried[r.Alert], "%s is not tried", r.Alert)
			n++
		}
	}
	require.Len(t, tests, n)
}

// Of every rule that waits, the comment above it says for how long and why.
func TestReasonsAreWritten(t *testing.T) {
	all, err := All()
	require.NoError(t, err)
	for _, p := range all {
		_, rules, ok := strings.Cut(string(p.text), "\ngroups:")
		require.True(t, ok, p.Name)
		for _, b := range strings.Split(rules, "\n\n") {
			if !strings.Contains(b, "- alert:") {
				continue
			}
			comment, rule, _ := strings.Cut(b, "- alert:")
			_, hold, ok := strings.Cut(rule, "\n    for: ")
			require.True(t, ok, rule)
			hold, _, _ = strings.Cut(hold, "\n")
			require.Contains(t, strings.ReplaceAll(comment, " s", "s"), hold, "the comment gives the reason of for: %s", hold)
		}
	}
}

func TestHealthyFiresNothing(t *testing.T) {
	all, err := All()
	require.NoError(t, err)
	require.Empty(t, fired(t, demo(t, "healthy"), all...))
}

func TestGroupsParameters(t *testing.T) {
	all, err := All()
	require.NoError(t, err)
	_, err = groups(all, map[string]string{"nodes": "4"})
	require.NoError(t, err)
	_, err = groups(all, map[string]string{"knots": "4"})
	require.EqualError(t, err, `the packs have no parameter "knots": there are nodes`)
	_, err = groups(all, map[string]string{"quantile": "0.5"})
	require.Error(t, err, "no rule has it: to set it would do nothing")
}
