package packs

import (
	"context"
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// readings is how often AsRead reads the scrapes of a capture.
func readings(t *testing.T, c *capture.Capture, opts Options) float64 {
	t.Helper()
	reads := 0
	load := replay.Options{Capture: c, Progress: func(int) { reads++ }}
	loaded, got, err := AsRead(context.Background(), load, opts)
	require.NoError(t, err)
	require.Equal(t, c.Scrapes, loaded.Capture.Scrapes)
	require.Equal(t, spelled(evaluated(t, c, opts)), spelled(got))
	return float64(reads) / float64(c.Scrapes)
}

func TestAsReadReadsOnce(t *testing.T) {
	for _, name := range []string{"incident", "flaky", "healthy"} {
		require.Equal(t, 1.0, readings(t, demo(t, name), Options{}), name)
	}
	require.Equal(t, 1.0, readings(t, demo(t, "incident"), Options{By: []string{"verb"}, Window: 20 * time.Second, Step: 7 * time.Second}))
	require.Equal(t, 1.0, readings(t, demo(t, "incident"), Options{Window: 20 * time.Minute}), "longer than the capture")
}

// What the first scrapes do not tell, the second reading does.
func TestAsReadReadsAgain(t *testing.T) {
	proxy := counting(90, "kubeproxy_sync_proxy_rules_duration_seconds_count %d\nprocess_start_time_seconds 1\n", 3)
	etcd := make([]string, 90)
	for i := range etcd {
		if etcd[i] = "-"; i >= 60 {
			etcd[i] = fmt.Sprintf("etcd_server_has_leader 1\netcd_disk_wal_fsync_duration_seconds_count %d\n", i)
		}
	}
	late := scraped(t, map[string][]string{"kube-proxy/a": proxy, "etcd/b": etcd})
	require.Len(t, evaluated(t, late, Options{}).Packs, 2, "a pack that nobody needed at first")
	require.Greater(t, readings(t, late, Options{}), 1.0)

	fsys := fstest.MapFS{}
	at := madeStart
	for i, body := range proxy { // scraped less often later, so that rates look further back
		if at = at.Add(10 * time.Second); i > 33 {
			at = at.Add(50 * time.Second)
		}
		fsys[fmt.Sprintf("kube-proxy/a/%d.prom", at.UnixMilli())] = &fstest.MapFile{Data: []byte(body)}
	}
	slower, err := capture.Open(fsys, "made", capture.Options{})
	require.NoError(t, err)
	require.Equal(t, 4*time.Minute, evaluated(t, slower, Options{}).Packs[0].Window)
	require.Greater(t, readings(t, slower, Options{}), 1.0)

	fsys = fstest.MapFS{}
	for i, body := range proxy { // of the second nobody knows at first that its first scrape counts
		at := madeStart.Add(time.Duration(i) * 10 * time.Second)
		fsys[fmt.Sprintf("kube-proxy/a/%d.prom", at.UnixMilli())] = &fstest.MapFile{Data: []byte(body)}
		if i < 40 {
			body = "process_start_time_seconds 1\n"
		}
		fsys[fmt.Sprintf("kube-proxy/b/%d.prom", at.Add(4*time.Second).UnixMilli())] = &fstest.MapFile{Data: []byte(body)}
	}
	second, err := capture.Open(fsys, "made", capture.Options{})
	require.NoError(t, err)
	require.Greater(t, readings(t, second, Options{}), 1.0)

	fsys = fstest.MapFS{"capture.yaml": {Data: []byte("honor_labels: true\n")}}
	for i := range 90 { // federated: no up tells when they were scraped
		body := fmt.Sprintf("kubeproxy_sync_proxy_rules_duration_seconds_count{job=\"p\",instance=\"x\"} %d\n", i)
		fsys[fmt.Sprintf("prometheus/a/%d.prom", madeStart.Add(time.Duration(i)*10*time.Second).UnixMilli())] = &fstest.MapFile{Data: []byte(body)}
	}
	federated, err := capture.Open(fsys, "made", capture.Options{})
	require.NoError(t, err)
	require.Equal(t, []Target{{"p", "x"}}, evaluated(t, federated, Options{}).Packs[0].Targets)
	require.Greater(t, readings(t, federated, Options{}), 1.0)

	require.Equal(t, 1.0, readings(t, scraped(t, map[string][]string{"kube-proxy/a": proxy[:2]}), Options{}), "between two")
}
