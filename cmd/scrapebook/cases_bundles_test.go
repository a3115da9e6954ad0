package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"time"
)

// zipOf makes a zip of names, contents and seconds since ten o'clock, by turns;
// of a time below 0 nothing is told, as of zips that programs make.
func zipOf(t *testing.T, members ...any) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(members); i += 3 {
		h := &zip.FileHeader{Name: members[i].(string)}
		if s := members[i+2].(int); s >= 0 {
			h.Modified = ten.Add(time.Duration(s) * time.Second)
		}
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(members[i+1].(string))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// tarOf makes a tar as zipOf makes a zip. Of a time below 0 it has 0.
func tarOf(t *testing.T, packed bool, members ...any) string {
	t.Helper()
	var plain, gz bytes.Buffer
	w := tar.NewWriter(&plain)
	for i := 0; i < len(members); i += 3 {
		body, at := members[i+1].(string), time.Unix(0, 0)
		if s := members[i+2].(int); s >= 0 {
			at = ten.Add(time.Duration(s) * time.Second)
		}
		if err := w.WriteHeader(&tar.Header{Name: members[i].(string), Size: int64(len(body)), Mode: 0o600, ModTime: at}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !packed {
		return plain.String()
	}
	z := gzip.NewWriter(&gz)
	if _, err := z.Write(plain.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return gz.String()
}

var ten = time.Date(2024, 5, 1, 10, 0, 0, 0, time.UTC)

func jobs(n string) string { return "# TYPE jobs_total counter\njobs_total{q=\"a\"} " + n + "\n" }

// Which files of a bundle are scrapes of which target, and when. Copies of
// cases that people reported, and others of their kinds.
func TestCasesOfBundles(t *testing.T) {
	const public = "# TYPE jobs_in_seconds histogram\njobs_in_seconds_bucket{le=\"+Inf\"} 10\njobs_in_seconds_sum 10\njobs_in_seconds_count 10\n"
	var redpanda []any
	for _, node := range []string{"rp-0-9644", "rp-1-9644"} {
		for i, value := range []string{"100", "400"} {
			at := "1700000000-bundle/metrics/" + node + "/t" + string(rune('0'+i))
			redpanda = append(redpanda, at+"_metrics.txt", jobs(value), 10*i, at+"_public_metrics.txt", public, 10*i)
		}
	}
	alloy := zipOf(t, "alloy-support-bundle/alloy-metrics-sample-start.txt", jobs("1000"), -1, "alloy-support-bundle/alloy-metrics-sample-end.txt", jobs("4000"), -1)
	debug := zipOf(t, "debug/nodes/1/vars.txt", jobs("1"), -1, "debug/nodes/2/vars.txt", jobs("2"), -1)
	zero := tarOf(t, false, "bundle/n1/metrics.txt", jobs("5"), -1, "bundle/n2/metrics.txt", jobs("6"), -1)
	istio := []any{"bug-report/proxies/ns1/web-7d9f/stats/prometheus", jobs("5"), 0, "bug-report/proxies/ns1/db-0/stats/prometheus", jobs("105"), 2, "bug-report/proxies/ns2/cart-1/stats/prometheus", jobs("205"), 4}
	const own = "# TYPE container_cpu_usage_seconds_total counter\ncontainer_cpu_usage_seconds_total{pod=\"a-1\"} 13638.5 1683621961329\n" +
		"container_cpu_usage_seconds_total{pod=\"b-1\"} 405.25 1683621961337\n# TYPE container_start_time_seconds gauge\ncontainer_start_time_seconds{pod=\"a-1\"} 1.6829e+09 1682900000123\n" +
		"# TYPE scrape_error gauge\nscrape_error 0\n"
	const dated = "HTTP/2 200 \r\ncontent-type: text/plain; version=0.0.4; charset=utf-8\r\ndate: Tue, 09 May 2023 08:46:01 GMT\r\n\r\n"
	runCases(t, []caseRow{
		{name: "f01: two paths of two brokers, twice", reason: "t0 and t1 are scrapes, public_metrics is another path, and the folder's time is the collection's",
			files: []string{"1700000000-bundle.zip", zipOf(t, redpanda...)}, args: []string{"query", "@1700000000-bundle.zip", "increase(jobs_total[1m])"},
			want: []string{`instance="rp-0-9644"`, `metrics_path="/metrics"`, "400\n", `instance="rp-1-9644"`, `metrics_path="/metrics"`, "400\n"}, said: []string{"t0, t1 in names order the scrapes", "/public_metrics"}},
		{name: "f01, targets", reason: "four targets of two instances", files: []string{"b.zip", zipOf(t, redpanda...)}, args: []string{"inspect", "@b.zip"},
			want: []string{"4 targets of 1 job, 8 scrapes (0 failed), every 10s", "2024-05-01 10:00:00 – 10:00:10 UTC", "rp-0-9644 ", "rp-0-9644 ", "rp-1-9644 ", "rp-1-9644 ", `{metrics_path="/public_metrics"}`}},
		{name: "f03: start and end without times", reason: "one target, its times not known, and what settles them", files: []string{"a.zip", alloy}, args: []string{"inspect", "@a.zip"},
			want: []string{"1 target of 1 job, 2 scrapes", "times: not known", "they have an order", "--every 15s --end", "alloy", "not known"}, never: []string{"1979", "1980", "every 1s"}},
		{name: "f03, settled", reason: "the advice can be followed", files: []string{"a.zip", alloy}, args: []string{"query", "@a.zip", "jobs_total - jobs_total offset 15s", "--every", "15s", "--end", "2024-05-01T10:00:00Z"},
			want: []string{`instance="alloy"`, "3000\n"}},
		{name: "f05: a zip of DOS' epoch", reason: "it tells no time: the archive's own is taken, and said", files: []string{"debug.zip", debug}, args: []string{"query", "@debug.zip", "timestamp(jobs_total) > time() - 1"},
			want: []string{`instance="1"`, `instance="2"`}, never: []string{"3127680"}, said: []string{"the files in the archive have no times; the modification time of the archive itself is taken"}},
		{name: "f05, inspected", reason: "never 1979", files: []string{"debug.zip", debug}, args: []string{"inspect", "@debug.zip"}, want: []string{"2 targets", "times: the archive's modification time (2)"}, never: []string{"1979", "1980"}},
		{name: "f06: a tar of times 0", reason: "asking for mtimes helps, with the archive's own", files: []string{"zero.tar", zero}, args: []string{"query", "@zero.tar", "jobs_total", "--time-from", "mtime"},
			want: []string{`instance="n1"`, "5\n", `instance="n2"`, "6\n"}, said: []string{"the archive itself"}},
		{name: "f16: own timestamps behind the Date header", reason: "the newest sample is the end of the capture", files: []string{"kubelet-resource.txt", dated + own}, args: []string{"query", "@kubelet-resource.txt", "container_cpu_usage_seconds_total"},
			want: []string{`pod="a-1"`, "13638.5\n", `pod="b-1"`, "405.25\n"}},
		{name: "f18: own timestamps and no date", reason: "they go before the mtime, though one sample has none", files: []string{"k.txt", own}, args: []string{"query", "@k.txt", `timestamp({__name__=~"container_cpu.*|scrape_error"})`},
			want: []string{"1683621961.337\n", `pod="a-1"`, "1683621961.329\n", `pod="b-1"`, "1683621961.337\n"}},
		{name: "f18: own timestamps long before the scrape", reason: "a look-back does not reach them, which is said when it is the reason", files: []string{"j/i/1683624361.prom", own},
			args: []string{"query", "@.", "container_cpu_usage_seconds_total"}, said: []string{"the samples of container_cpu_usage_seconds_total have timestamps of their own, the newest 2023-05-09T08:46:01.337Z: that is 39m59.663s before 2023-05-09T09:26:01Z, and the expression looks back less than 5m; --time 2023-05-09T08:46:01.337Z gives a result"}},
		{name: "f38: a folder of archives", reason: "it is what an archive of archives is", files: []string{"s/agent_node-a.tar.gz", tarOf(t, true, "metrics", jobs("1"), 0), "s/agent_node-b.tar.gz", tarOf(t, true, "metrics", jobs("2"), 0)},
			args: []string{"inspect", "@s"}, want: []string{"2 targets of 1 job, 2 scrapes", "2024-05-01 10:00:00 UTC", "agent_node-a", "agent_node-b"}},
		{name: "f38, the archive of archives", reason: "the same", files: []string{"s.zip", zipOf(t, "agent_node-a.tar.gz", tarOf(t, true, "metrics", jobs("1"), 0), 0, "agent_node-b.tar.gz", tarOf(t, true, "metrics", jobs("2"), 0), 0)},
			args: []string{"inspect", "@s.zip"}, want: []string{"2 targets of 1 job, 2 scrapes", "2024-05-01 10:00:00 UTC", "agent_node-a", "agent_node-b"}},
		{name: "f41: POD/stats/prometheus", reason: "three pods were one target with three scrapes", files: []string{"bug-report.tar.gz", tarOf(t, true, istio...)}, args: []string{"query", "@bug-report.tar.gz", "jobs_total"},
			want: []string{`instance="cart-1"`, "205\n", `instance="db-0"`, "105\n", `instance="web-7d9f"`, "5\n"}},
		{name: "f41, no increase", reason: "an increase across machines is no number", files: []string{"b.tar", tarOf(t, false, istio...)}, args: []string{"query", "@b.tar", "count(increase(jobs_total[1m])) or vector(0)"},
			want: []string{"{}  0\n"}},
		{name: "several files are one capture", reason: "a shell makes them of node*.txt", files: []string{"d/node1.txt", jobs("1"), "d/node2.txt", jobs("2"), "d/other.txt", jobs("3")},
			args: []string{"replay", "@d/node1.txt", "@d/node2.txt", "-e", "jobs_total > 1"}, want: []string{"2 targets of 1 job, 2 scrapes", "1 of 1 alert fired", "node2"}, never: []string{"other"}},
		{name: "several files and an expression", reason: "the last argument is it", files: []string{"d/a.prom", jobs("1"), "d/b.prom", jobs("2")},
			args: []string{"query", "@d/a.prom", "@d/b.prom", "sum(jobs_total)"}, want: []string{"{}  3\n"}, said: []string{"no time in the names of 2 scrapes"}},
		{name: "an expression without quotes", reason: "a word of it is no path", files: []string{"a.prom", jobs("1")}, code: 2,
			args: []string{"query", "@a.prom", "jobs_total", "+1"}, said: []string{`unexpected argument "jobs_total": no such file or directory; write scrapebook query CAPTURE... EXPR, with EXPR in quotes`}},
		{name: "inspect a.prom b.prom", reason: "times that are not known are no reason to refuse", files: []string{"a.prom", jobs("1"), "a.txt", jobs("2"), "b.prom", jobs("3")},
			args: []string{"inspect", "@a.prom", "@a.txt", "@b.prom"}, want: []string{"2 targets of 1 job, 3 scrapes", "times: not known; what settles them:", "rename to TIME.prom", "a ", "2 ", "not known"}},
		{name: "signals of single scrapes without times", reason: "they are of one moment, which is said", files: []string{"d/n1/metrics.txt", goText, "d/n2/metrics.txt", goText},
			args: []string{"signals", "@d"}, want: []string{"golden signals of go, one scrape"}},
	})
}

// goText is enough of a Go process for its pack.
var goText = strings.Join([]string{
	"# TYPE go_goroutines gauge", "go_goroutines 8", "# TYPE go_memstats_alloc_bytes gauge", "go_memstats_alloc_bytes 1e6", "# TYPE go_info gauge", "go_info{version=\"go1.22\"} 1", "# TYPE go_threads gauge", "go_threads 9",
	"# TYPE process_cpu_seconds_total counter", "process_cpu_seconds_total 5", "# TYPE process_start_time_seconds gauge", "process_start_time_seconds 1.7e9",
	"# TYPE process_resident_memory_bytes gauge", "process_resident_memory_bytes 1e8", "# TYPE process_open_fds gauge", "process_open_fds 10", "# TYPE process_max_fds gauge", "process_max_fds 1000", "",
}, "\n")
