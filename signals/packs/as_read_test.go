package packs

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/encoding/prototext"

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

// A quantile of buckets is taken without PromQL, and is the same, whatever the
// buckets are; one of native histograms, or of both, is asked.
func TestAsReadTakesQuantiles(t *testing.T) {
	pack := "name: shop\ntitle: shop\nwhen: shop_total\nsignals:\n"
	for concern, expr := range map[string]string{
		"latency":    `histogram_quantile(0.9, sum by (job, instance, le, x) (rate(shop_seconds_bucket[${window}])))`,
		"traffic":    `histogram_quantile(0.9, sum by (job, instance, le) (rate(native[${window}])))`,
		"errors":     `histogram_quantile(0.9, sum by (job, instance, le) (rate({__name__=~"shop_seconds_bucket|native",x=~"a|"}[${window}])))`,
		"saturation": `shop_total`,
	} {
		pack += fmt.Sprintf("- {name: %s, title: x, concern: %s, headline: true, unit: seconds, good: low, exprs: [{if: shop_total, expr: '%s'}]}\n", concern, concern, expr)
	}
	p, errs := Load("shop.yml", []byte(pack))
	require.Empty(t, errs)
	fsys := fstest.MapFS{}
	for i := range uint64(90) {
		var b bytes.Buffer
		for _, text := range []string{
			`name: "shop_total" type: COUNTER metric {counter {value: 1}}`,
			fmt.Sprintf(`name: "native" type: HISTOGRAM metric {histogram {sample_count: %d sample_sum: 2.5 zero_threshold: 0.1 positive_span {length: 1} positive_delta: %d}}`, i, i),
			fmt.Sprintf(`name: "shop_seconds_bucket" type: COUNTER %s %s %s %s %s`,
				bucket("a", "1", i), bucket("a", "+Inf", 2*i), bucket("b", "oops", i), bucket("c", "5", 3*i), bucket("d", "1", 3*i)+bucket("d", "1.0", i)+bucket("d", "2", i)+bucket("d", "+Inf", 4*i)),
		} {
			mf := &dto.MetricFamily{}
			require.NoError(t, prototext.Unmarshal([]byte(text), mf))
			_, err := protodelim.MarshalTo(&b, mf)
			require.NoError(t, err)
		}
		name := fmt.Sprintf("shop/a/%d", madeStart.Add(time.Duration(i)*10*time.Second).UnixMilli())
		fsys[name+".prom"] = &fstest.MapFile{Data: b.Bytes()}
		fsys[name+".headers"] = &fstest.MapFile{Data: []byte("HTTP/1.1 200 OK\nContent-Type: application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited\n")}
	}
	c, err := capture.Open(fsys, "made", capture.Options{})
	require.NoError(t, err)
	require.Equal(t, 1.0, readings(t, c, Options{Packs: []*Pack{p}}))
	for _, s := range evaluated(t, c, Options{Packs: []*Pack{p}}).Packs[0].Signals {
		require.Equal(t, s.Name == "errors", len(s.Series) == 0, "%s: of both there is no quantile", s.Name)
	}
}

func bucket(x, le string, n uint64) string {
	return fmt.Sprintf(` metric {label {name: "le" value: %q} label {name: "x" value: %q} counter {value: %d}}`, le, x, n)
}
