package main

import (
	"fmt"
	"strings"
	"testing"
)

// What one file holds. Copies of cases that people reported, and others of
// their kinds.
func TestCasesOfContent(t *testing.T) {
	const dotnet = "# TYPE http_requests_total counter\n# HELP http_requests_total R.\nhttp_requests_total{code=\"200\"} 42 1668684543123\n\n" +
		"# TYPE duration_ms histogram\n# UNIT duration_ms ms\nduration_ms_bucket{le=\"+Inf\"} 12 1668684543123\nduration_ms_sum 99.5 1668684543123\nduration_ms_count 12 1668684543123\n\n# EOF\n"
	const torrents = "# HELP qb_torrents_count Torrents that are error\n# TYPE qb_torrents_count gauge\nqb_torrents_count{status=\"error\"} 0\n" +
		"# HELP qb_torrents_count Torrents that are up\n# TYPE qb_torrents_count gauge\nqb_torrents_count{status=\"up\"} 3\n" +
		"# HELP qb_torrents_count Torrents that are down\n# TYPE qb_torrents_count gauge\nqb_torrents_count{status=\"down\"} 4\n"
	const jobs = "# TYPE jobs_total counter\njobs_total{q=\"a\"} 5\n"
	members := ""
	for i, leader := range []string{"1", "0", "1"} {
		members += fmt.Sprintf("--- https://10.0.0.%d:2379\n# TYPE etcd_server_has_leader gauge\netcd_server_has_leader %s\n# TYPE etcd_server_leader_changes_seen_total counter\netcd_server_leader_changes_seen_total %d\n", i+1, leader, i)
	}
	runCases(t, []caseRow{
		{name: "f07: metadata that stand twice", reason: "one exposition, as Prometheus takes it", files: []string{"qb.prom", torrents},
			args: []string{"query", "@qb.prom", "sum(qb_torrents_count)"}, want: []string{"{}  7"}},
		{name: "f09: one such file in a bundle", reason: "it stopped the whole bundle", files: []string{"b/n1/metrics.txt", jobs, "b/n2/metrics.txt", jobs, "b/qb/metrics.txt", torrents},
			args: []string{"query", "@b", "sum by (instance) ({__name__=~\"jobs_total|qb_.*\"})", "--time-from", "mtime"}, want: []string{`{instance="n1"}  5`, `{instance="n2"}  5`, `{instance="qb"}  7`}},
		{name: "f13: UNIT and EOF outvote nothing", reason: "blank lines and milliseconds are of the text format", files: []string{"dotnet.prom", dotnet},
			args: []string{"query", "@dotnet.prom", "timestamp(http_requests_total)", "--job", "j"}, want: []string{`1668684543.123`}},
		{name: "f14: capture.yaml says what a text is", reason: "the declared format is heeded where no header was saved",
			files: []string{"c/capture.yaml", "fallback_scrape_protocol: PrometheusText0.0.4\n", "c/j/i/1668684544.prom", "# TYPE t gauge\nt 5 1668684543123\n# EOF\n"},
			args:  []string{"query", "@c", "t"}, want: []string{`t{instance="i", job="j"}  5`}},
		{name: "f14, the other way round", reason: "what ends without # EOF is read in seconds when capture.yaml says OpenMetrics",
			files: []string{"c/capture.yaml", "fallback_scrape_protocol: OpenMetricsText1.0.0\n", "c/j/i/1668684544.prom", "# TYPE t gauge\nt 5 1668684543.5\n# EOF\n"},
			args:  []string{"query", "@c", "timestamp(t)"}, want: []string{`1668684543.5`}},
		{name: "f11: three members of etcd in a file", reason: "lines name three targets at one time", files: []string{"m.txt", members},
			args: []string{"query", "@m.txt", "sum(etcd_server_has_leader) / count(etcd_server_has_leader)"}, want: []string{"{}  0.6666666666666666"}},
		{name: "f11: what was understood is said", reason: "a guess is told", files: []string{"m.txt", members},
			args: []string{"inspect", "@m.txt"}, want: []string{"3 targets of 1 job", "etcd: 3 targets", "10.0.0.1:2379", "10.0.0.2:2379", "10.0.0.3:2379", "[targets-in-file]"}},
		{name: "f11, frozen", reason: "each scrape keeps its target and its time", files: []string{"m.txt", "2024-05-01T10:00:00Z\n" + members},
			args: []string{"inspect", "@m.txt", "--write-manifest", "-o", "-"}, want: []string{"files:\n  m.txt:\n    scrapes:\n      - {job: etcd, instance: '10.0.0.1:2379', time: '2024-05-01T10:00:00.000Z'}\n      - {job: etcd, instance: '10.0.0.2:2379'"}},
		{name: "f11, with comments", reason: "families stand again below them", files: []string{"m.txt", strings.ReplaceAll(members, "---", "#")},
			args: []string{"query", "@m.txt", "etcd_server_has_leader"}, want: []string{`instance="10.0.0.1:2379", job="etcd"}  1`, `instance="10.0.0.2:2379", job="etcd"}  0`}},
		{name: "f11, several rounds", reason: "a date is that of all targets below it", files: []string{"m.txt", "2024-05-01T10:00:00Z\n" + members + "2024-05-01T10:00:10Z\n" + members},
			args: []string{"query", "@m.txt", "count_over_time(etcd_server_has_leader[1m])"}, want: []string{`10.0.0.1:2379", job="etcd"}  2`, `10.0.0.2:2379", job="etcd"}  2`, `10.0.0.3:2379", job="etcd"}  2`}},
		{name: "f34: kubectl logs --prefix", reason: "the pod is the target, and the prefix is said", files: []string{"k.txt", "[pod/api-7d9f/api] # TYPE up_total counter\n[pod/api-7d9f/api] up_total{a=\"b\"} 3\n"},
			args: []string{"query", "@k.txt", "up_total", "--job", "j"}, want: []string{`up_total{a="b", instance="api-7d9f", job="j"}  3`}},
		{name: "f35: docker logs -t", reason: "the time of the prefix is the scrape's", files: []string{"d.txt", "2024-05-01T10:00:00.123456789Z # TYPE up_total counter\n2024-05-01T10:00:00.123456789Z up_total{a=\"b\"} 3\n"},
			args: []string{"query", "@d.txt", "timestamp(up_total)"}, want: []string{`1714557600.123`}},
		{name: "pdsh of two hosts, mixed", reason: "their lines are told apart", files: []string{"p.txt", "n1: # TYPE up_total counter\nn2: # TYPE up_total counter\nn2: up_total 4\nn1: up_total 3\n"},
			args: []string{"query", "@p.txt", "up_total", "--job", "j"}, want: []string{`instance="n1", job="j"}  3`, `instance="n2", job="j"}  4`}},
		{name: "JSON of two nodes", reason: "its keys are targets", files: []string{"n.json", `{"n1": "# TYPE up_total counter\nup_total 3\n", "n2": "# TYPE up_total counter\nup_total 4\n"}`},
			args: []string{"query", "@n.json", "up_total", "--job", "j"}, want: []string{`instance="n1", job="j"}  3`, `instance="n2", job="j"}  4`}},
		{name: "a page with the text in it", reason: "what a browser saved", files: []string{"p.html", "<html><body><pre># TYPE up_total counter\nup_total{a=&quot;b&quot;} 3\n</pre></body></html>\n"},
			args: []string{"query", "@p.html", "up_total", "--job", "j"}, want: []string{`up_total{a="b"`, `  3`}},
		{name: "f36: an answer of the query API", reason: "its samples have times and labels of their own", files: []string{"m.json", `{"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {"__name__": "http_requests_total", "job": "a"}, "values": [[1696335500, "1"], [1696335530, "31"]]}]}}`},
			args: []string{"query", "@m.json", "http_requests_total + 0 * timestamp(http_requests_total)"}, want: []string{`{job="a"}  31`}},
		{name: "f36: its time", reason: "that of the sample", files: []string{"m.json", `{"status": "success", "data": {"resultType": "vector", "result": [{"metric": {"__name__": "up", "job": "a"}, "value": [1696335530, "1"]}]}}`},
			args: []string{"query", "@m.json", "timestamp(up)"}, want: []string{`{job="a"}  1696335530`}},
		{name: "f37: promtool tsdb dump", reason: "labels and times are inside", files: []string{"d.txt", "{__name__=\"up\", instance=\"a:9100\", job=\"node\"} 1 1677012000000\n{__name__=\"up\", instance=\"a:9100\", job=\"node\"} 0 1677012015000\n"},
			args: []string{"query", "@d.txt", "up"}, want: []string{`up{instance="a:9100", job="node"}  0`}},
		{name: "f16: the job of /metrics/resource", reason: "node_cpu_usage is no name of node-exporter", files: []string{"r.txt", "# TYPE node_cpu_usage_seconds_total counter\nnode_cpu_usage_seconds_total 2 1683621954566\n# TYPE scrape_error gauge\nscrape_error 0\n"},
			args: []string{"query", "@r.txt", "scrape_error"}, want: []string{`job="kubelet"}  0`}},
	})
}
