package record

import (
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
)

const jobs = `
global:
  scrape_interval: 2s
  sample_limit: 50
scrape_configs:
- job_name: a/b
  scrape_interval: 1s
  honor_labels: true
  metrics_path: /of/a
  params: {key: [t0ken]}
  scheme: https
  authorization: {credentials_file: token}
  tls_config: {ca_file: ca.pem}
  http_headers: {X-Own: {values: [v]}}
  static_configs:
  - targets: [HOST]
    labels: {zone: z, drop: me}
  relabel_configs:
  - {source_labels: [zone], target_label: instance, replacement: "web:1"}
  - {action: labeldrop, regex: drop}
  metric_relabel_configs:
  - {source_labels: [__name__], regex: 'b_.*', action: drop}
  - {regex: 0x10, action: labeldrop}
- job_name: discovered
  scheme: https
  tls_config: {insecure_skip_verify: true}
  file_sd_configs: [{files: ['sd/*.json']}]
  relabel_configs:
  - {source_labels: [n], regex: '2', action: drop}
  - {action: labeldrop, regex: job}
- job_name: elsewhere
  dns_sd_configs: [{names: [x]}]
`

// A configuration is recorded with its HTTP settings, and what is recorded has
// at replay the labels and settings that a server gives.
func TestConfig(t *testing.T) {
	var mu sync.Mutex
	asked := map[string]http.Header{}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.URL.String()] = r.Header.Clone()
		mu.Unlock()
		io.WriteString(w, "a{n=\"1\"} 1\n")
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "https://")
	dir := t.TempDir()
	put := func(name, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	put("prometheus.yml", strings.ReplaceAll(jobs, "HOST", host))
	put("token", "t0ken\n")
	put("ca.pem", certificate(server))
	put("sd/x.json", fmt.Sprintf(`[{"targets": [%q], "labels": {"n": "1"}}, {"targets": [%q], "labels": {"n": "2"}}, {"targets": [%q], "labels": {"n": "3"}}]`, host, host, host))

	targets, notes, err := FromConfig(filepath.Join(dir, "prometheus.yml"), 0)
	require.NoError(t, err)
	require.Equal(t, []string{"job elsewhere: what dns_sd_configs find is left out, a server alone knows it"}, notes)
	require.Len(t, targets, 3)
	require.Equal(t, []time.Duration{time.Second, 2 * time.Second}, []time.Duration{targets[0].Interval, targets[1].Timeout})
	to := t.TempDir()
	got, _ := run(t, t.Context(), Options{Dir: to, Targets: targets, For: time.Second})
	for _, list := range got {
		for _, o := range list {
			require.Empty(t, o.Failure)
		}
	}
	h := asked["/of/a?key=t0ken"]
	require.Equal(t, []string{"Bearer t0ken", "v", "1"}, []string{h.Get("Authorization"), h.Get("X-Own"), h.Get("X-Prometheus-Scrape-Timeout-Seconds")})
	require.Contains(t, asked, "/metrics")
	for name, text := range files(t, to) {
		require.NotContains(t, name+text, "t0ken")
	}

	c, err := capture.Open(os.DirFS(to), "c", capture.Options{})
	require.NoError(t, err)
	require.Empty(t, c.Problems)
	require.Len(t, c.Targets, 3)
	for i, want := range []string{
		`{instance="` + host + `", n="1"} 2s false true`, `{instance="` + host + `", n="3"} 2s false true`, `{instance="web:1", job="a/b", zone="z"} 1s true false`,
	} {
		target := c.Targets[i]
		b := labels.NewBuilder(target.Labels)
		b.Set("job", target.Job)
		b.Set("instance", target.Instance)
		require.Equal(t, want, fmt.Sprintf("%s %s %v %v", b.Labels(), target.Interval, target.HonorLabels, target.MetricRelabel.Empty()))
		require.Equal(t, 50, target.SampleLimit)
	}
	ls, keep := c.Targets[2].MetricRelabel.Apply(labels.FromStrings("__name__", "a", "0x10", "gone", "16", "stays"))
	require.True(t, keep)
	require.Equal(t, `{"16"="stays", __name__="a"}`, ls.String())
}

func TestConfigRefusals(t *testing.T) {
	for _, row := range []struct{ name, reason, text, want string }{
		{"no YAML", "its place is told", "a: [", "c.yml:1"},
		{"does not load", "a server would not begin", "scrape_configs:\n- job_name: a\n  scrape_interval: 1s\n  scrape_timeout: 2s\n", "scrape_timeout"},
		{"nothing to record", "discovery needs a server", "scrape_configs:\n- job_name: a\n  kubernetes_sd_configs: [{role: pod}]\n", "no target that can be recorded; job a: what kubernetes_sd_configs find"},
		{"no such file", "it was meant", "scrape_config_files: [x.yml]\n", "there is no file"},
		{"no certificate", "every scrape would fail", "scrape_configs:\n- job_name: a\n  tls_config: {ca_file: none}\n  static_configs: [{targets: ['h:1']}]\n", "job a: "},
	} {
		t.Run(row.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "c.yml")
			require.NoError(t, os.WriteFile(name, []byte(row.text), 0o666))
			_, _, err := FromConfig(name, 0)
			require.ErrorContains(t, err, row.want, row.reason)
		})
	}
}

// certificate is that of a server, as a file has it.
func certificate(s *httptest.Server) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
}
