package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/scrapebook/scrapebook/fixtures"
)

// severalKinds are names that stand for several kinds of things, and why.
var severalKinds = map[string]string{
	"count":   "of a histogram that is native it may have a fraction, and so is a string as other values are",
	"silent":  "a threshold, or whether a test saw the rule so",
	"version": "the documents' own is a number, that of a program a string",
}

// neverWritten are names that no run writes, and why.
var neverWritten = map[string]string{
	"comparison.ranges_left_out": "it takes more than 1000 ranges, and so a capture with as many values",
	"capture.hidden_problems":    "it takes more than 10,000 problems, of which one scrape has few",
	"finding.untried":            "it takes more changes than are tried of all rules, which is slow",
}

// schemaRuns are command lines, but for --format json, that write everything
// that schemas describe. They stand in a folder that has the files of scripts,
// each in a folder with the script's name.
func schemaRuns(t *testing.T) [][]string {
	t.Chdir(scriptFiles(t))
	native, err := fixtures.Read("client_golang-protobuf")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"native/1795244460.pb":      string(native),
		"native/1795244465.pb":      string(native),
		"native/capture.yaml":       "scrape_native_histograms: true\n",
		"damaged.prom":              "m 1\n" + strings.Repeat("m{\n", 10_100),
		"long.prom":                 "m{" + strings.Repeat("x", 500) + " 1\n",
		"flick/j/a/1795244460.prom": "m{a=\"x\"} 1\n",
		"flick/j/a/1795244465.prom": "m{a=\"x\"} 1\nm{a=\"y\"} 1\n",
		"flick/j/a/1795244470.prom": "m{a=\"x\"} 1\n",
		"other.prom":                "m 1\n",
		"old/j/a/1795244460.prom":   "process_start_time_seconds 1795244400\nc_total 5\n",
		"old/j/a/1795244465.prom":   "process_start_time_seconds 1795244400\nc_total 6\n",
		"new/j/a/1795244530.prom":   "process_start_time_seconds 1795244500\nc_total 1\n",
		"new/j/a/1795244535.prom":   "process_start_time_seconds 1795244500\nc_total 2\n",
		"own.yml":                   "groups: [{name: g, rules: [{record: r, expr: sum(up)}, {alert: A, expr: up == 0 or up > 2}]}]\n",
		"own_test.yml": `{rule_files: [own.yml], tests: [{name: n, input_series: [{series: 'up{job="j"}', values: 1x5}],
			promql_expr_test: [{expr: up, eval_time: 1m, exp_samples: [{labels: 'up{job="j"}', value: 2}]}],
			alert_rule_test: [{eval_time: 1m, alertname: A, exp_alerts: [{}]}]}]}`,
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	server := demoServer(t, func(h http.Handler) http.Handler { return h })
	var list [][]string
	for line := range strings.Lines(`
		replay demo:incident --why all
		replay demo:incident --rules replay-judge/new.yml --incidents replay-judge/mine.yml --to 07:18
		replay demo:incident --rules replay-judge/new.yml --was replay-judge/old.yml
		replay demo:incident -e 'go_goroutines == 71' -e 'up == bool 0' -e 'absent(up)' -e 'gone > 1' --sweep --why none
		replay flick -e 'm == 1' --jitter 2 --why none
		replay replay-prometheus2/c --rules replay-prometheus2/rules.yml --prometheus 2 --phase 0s
		replay replay-prometheus2/c --rules replay-prometheus2/younger.yml --prometheus 2
		replay replay-assumed/c -e 'up == 0' -e 'info(up) > 1' --enable-feature promql-experimental-functions
		replay native -e 'shop_stock_change_items > 0' --sweep
		replay damaged.prom -e 'm > 0'
		explain demo:incident -e 'up == 0' -e 'histogram_quantile(0.9, rate(kubeproxy_sync_proxy_rules_duration_seconds_bucket[1m])) > 9'
		explain demo:incident -e 'up == 0 and on(instance) go_goroutines > 1e6'
		query demo:incident up
		query demo:incident up --step 1m
		query demo:incident 1
		query native shop_stock_change_items
		query native shop_stock_change_items --step 1m
		signals demo:flaky --pack kube-proxy --pack etcd
		signals demo:etcd
		inspect replay-assumed/c
		inspect inspect-capture/c
		inspect inspect-capture/one other.prom
		inspect demo:etcd
		inspect demo:kube-proxy-protobuf
		inspect demo:client_golang
		inspect native/1795244460.pb
		inspect demo:kube-apiserver -q 0.99999
		diff demo:healthy demo:incident
		diff old/j/a/1795244460.prom new/j/a/1795244530.prom
		diff old new
		diff demo:kube-proxy-iptables demo:kube-proxy-nftables
		diff diff-families/1795244460.txt diff-families/1795244465.txt
		diff diff/1795244460.prom diff/1795244465.prom
		catalogue '*'
		check metrics demo:etcd demo:broken/duplicate-series check-metrics-formats/page.prom damaged.prom long.prom
		check metrics demo:incident
		check rules demo:article/alerts.yml
		check rules check-rules-against/rules.yml --against check-rules-against/capture
		check rules check-rules-formats/bad.yml check-rules-formats/twice.yml
		check rules demo:article/alerts.yml --kubernetes 1.18..1.36
		check config demo:article/scrape-job.yaml.txt demo:article/scrape-job-repaired.yaml --target 10.0.0.1:9100 --explain
		check config check-config/prometheus.yml --targets check-config/sd.yml --targets check-config/pods.json
		check config check-config/prometheus.yml --target a:9100 --target a:9100 --target '{__address__="a:1",__metrics_path__="",__scrape_interval__="x"}' --explain
		test test/good_test.yml test/bad own_test.yml test/unknown.yaml-key --coverage
		fixtures list --all
		replay --server SERVER --from 2026-11-21T07:10:00Z --to 2026-11-21T07:21:00Z -e 'up offset -5s == 0' --why none
	`) {
		line = strings.Replace(line, "SERVER", server, 1)
		if words := shellWords(strings.TrimSpace(line)); len(words) > 0 {
			list = append(list, words)
		}
	}
	return list
}

// scriptFiles writes the files of all scripts.
func scriptFiles(t *testing.T) (dir string) {
	dir = t.TempDir()
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatal("there are no scripts:", err)
	}
	for _, script := range scripts {
		archive, err := txtar.ParseFile(script)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			path := filepath.Join(dir, strings.TrimSuffix(filepath.Base(script), ".txtar"), filepath.FromSlash(f.Name))
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, f.Data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}
