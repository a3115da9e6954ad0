package capture

import (
	"archive/zip"
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Layouts that tools and people make, beyond those that were reported.
var layouts = []bundleRow{
	{"POD/CONTAINER/metrics", "must-gather: the container is the same in all, the pod is the target",
		[]string{"ns/pods/etcd-master-0/etcd-metrics/metrics", "1", "ns/pods/etcd-master-1/etcd-metrics/metrics", "2"}, Options{},
		[]string{"etcd/etcd-master-0 07:01:09.930 1", "etcd/etcd-master-1 07:01:09.930 2"}, []string{"time-from-mtime", "target-from-folder"}},
	{"HOST/tmp/metrics", "ansible's fetch keeps the path on the host",
		[]string{"fetched/web1.example.com/tmp/metrics.prom", "1", "fetched/web2.example.com/tmp/metrics.prom", "2"}, Options{},
		[]string{"fetched/web1.example.com 07:01:09.930 1", "fetched/web2.example.com 07:01:09.930 2"}, []string{"time-from-mtime", "target-from-folder"}},
	{"HOST/tmp/metrics of known programs", "contents tell the job",
		[]string{"f/web1/tmp/metrics", "# TYPE etcd_server_has_leader gauge\netcd_server_has_leader 1\n", "f/web2/tmp/metrics", "# TYPE coredns_panics_total counter\ncoredns_panics_total 2\n"}, Options{},
		[]string{"coredns/web2 07:01:09.930 2", "etcd/web1 07:01:09.930 1"}, []string{"time-from-mtime", "target-from-folder"}},
	{"HOST/a/b/metrics", "sosreport: two folders are the same in all",
		[]string{"sosreport-node1-0123456/sos_commands/kubernetes/curl_metrics", "1", "sosreport-node2-0123456/sos_commands/kubernetes/curl_metrics", "2"}, Options{},
		[]string{"sos_commands/sosreport-node1-0123456 07:01:09.930 1", "sos_commands/sosreport-node2-0123456 07:01:09.930 2"}, []string{"time-from-mtime", "target-from-folder"}},
	{"JOB/HOST/metrics of one host", "its folder has digits, those of the jobs have none",
		[]string{"api/host1/metrics.txt", "1", "web/host1/metrics.txt", "2"}, Options{},
		[]string{"api/host1 07:01:09.930 1", "web/host1 07:01:09.930 2"}, []string{"time-from-mtime"}},
	{"JOB/HOST/metrics of one host without digits", "what has none above it is no host",
		[]string{"api/node-a/metrics.txt", "1", "web/node-a/metrics.txt", "2"}, Options{},
		[]string{"api/node-a 07:01:09.930 1", "web/node-a 07:01:09.930 2"}, []string{"time-from-mtime"}},
	{"canonical names", "their layout is JOB/INSTANCE, whatever the names",
		[]string{"web1/app/1714557600.prom", "1", "web2/app/1714557600.prom", "2"}, Options{},
		[]string{"web1/app 10:00:00 1", "web2/app 10:00:00 2"}, nil},
	{"ids of builds", "Prow's look like nanoseconds of other years",
		[]string{"logs/1786123456789012480/master/metrics.txt", "1", "logs/1786123456793206784/master/metrics.txt", "2"}, Options{},
		[]string{"logs/1786123456789012480 07:01:09.930 1", "logs/1786123456793206784 07:01:09.930 2"}, []string{"time-from-mtime", "target-from-folder"}},
	{"nanoseconds of whole seconds", "their last bits are zero as well",
		[]string{"n1_1714557600000000000.txt", "1", "n1_1714557608000000000.txt", "2"}, Options{},
		[]string{"cap/n1 10:00:00 1", "cap/n1 10:00:08 2"}, nil},
	{"YYYY/MM/DD/HH/MM/NODE", "folders of hours and minutes are a time of day",
		[]string{"2024/05/01/10/00/n1.txt", "1", "2024/05/01/10/05/n1.txt", "2", "2024/05/01/10/05/n2.txt", "3"}, Options{},
		[]string{"cap/n1 10:00:00 1", "cap/n1 10:05:00 2", "cap/n2 10:05:00 3"}, []string{"time-zone-assumed"}},
	{"YYYY/MM/DD/HH/MM/SS", "so are seconds",
		[]string{"n1/2024/05/01/10/00/15/metrics", "1", "n1/2024/05/01/10/00/30/metrics", "2"}, Options{},
		[]string{"cap/n1 10:00:15 1", "cap/n1 10:00:30 2"}, []string{"time-zone-assumed"}},
	{"YYYY/MM/DD/NUMBER", "one number is no time of day",
		[]string{"2024/05/01/10/n1.txt", "1", "2024/05/01/77/n2.txt", "2"}, Options{TimeFrom: TimeFromMtime},
		[]string{"10/n1 07:01:09.930 1", "77/n2 07:01:09.930 2"}, []string{"time-source"}},
	{"downloads of a browser", "the first has no number",
		[]string{"metrics.txt", "1", "metrics (1).txt", "2", "metrics (2).txt", "3"}, every10,
		[]string{"cap/cap 07:00:49.930 1", "cap/cap 07:00:59.930 2", "cap/cap 07:01:09.930 3"}, []string{"time-source"}},
	{"logs that were rotated", "the newest has no number",
		[]string{"n1-metrics.log", "3", "n1-metrics.log.1", "2", "n1-metrics.log.2", "1"}, every10,
		[]string{"cap/n1 07:00:49.930 1", "cap/n1 07:00:59.930 2", "cap/n1 07:01:09.930 3"}, []string{"number-is-count", "order-reversed", "time-source"}},
	{"paths of a kubelet as folders", "kubectl get --raw /metrics/cadvisor",
		[]string{"n1/metrics/metrics", "# TYPE kubelet_running_pods gauge\nkubelet_running_pods 1\n", "n1/metrics/cadvisor", "2", "n1/metrics/resource", "3"}, Options{},
		[]string{"kubelet/n1{/metrics/cadvisor} 07:01:09.930 2", "kubelet/n1{/metrics/resource} 07:01:09.930 3", "kubelet/n1{/metrics} 07:01:09.930 1"}, []string{"time-from-mtime", "path-from-name"}},
	{"paths of a kubelet in names", "cadvisor beside it is no program of its own",
		[]string{"n1/metrics.txt", "# TYPE kubelet_running_pods gauge\nkubelet_running_pods 1\n", "n1/metrics_cadvisor.txt", "2"}, Options{},
		[]string{"kubelet/n1{/metrics/cadvisor} 07:01:09.930 2", "kubelet/n1{/metrics} 07:01:09.930 1"}, []string{"time-from-mtime", "path-from-name"}},
	{"cadvisor alone", "no kubelet is there",
		[]string{"n1/metrics_cadvisor.txt", "2"}, Options{}, []string{"cadvisor/n1 07:01:09.930 2"}, []string{"time-from-mtime"}},
	{"HOST/PORT/metrics", "a host is no job, and a port no host",
		[]string{"web1/9100/metrics", "1", "web1/8080/metrics", "2", "web2/9100/metrics", "3"}, Options{},
		[]string{"cap/web1:8080 07:01:09.930 2", "cap/web1:9100 07:01:09.930 1", "cap/web2:9100 07:01:09.930 3"}, []string{"time-from-mtime"}},
	{"KIND/ID/metrics", "its number is no port, nor is a year",
		[]string{"proc/12345/metrics", "1", "proc/12346/metrics", "2", "n1/2024/metrics", "3"}, Options{},
		[]string{"n1/2024 07:01:09.930 3", "proc/12345 07:01:09.930 1", "proc/12346 07:01:09.930 2"}, []string{"time-from-mtime"}},
	{"HOST/PORT_metrics", "ports count no scrapes",
		[]string{"web1/9100_metrics", "1", "web1/8080_metrics", "2", "web2/9100_metrics", "3"}, Options{},
		[]string{"cap/web1:8080 07:01:09.930 2", "cap/web1:9100 07:01:09.930 1", "cap/web2:9100 07:01:09.930 3"}, []string{"number-is-target", "time-from-mtime"}},
	{"numbers that follow one another", "they count scrapes, however large",
		[]string{"n1/metrics-9100", "1", "n1/metrics-9101", "2"}, every10,
		[]string{"cap/n1 07:00:59.930 1", "cap/n1 07:01:09.930 2"}, []string{"time-source"}},
	{"times that had passed", "T+30s and 5m order the scrapes of one target",
		[]string{"T+0s/n1.txt", "1", "T+30s/n1.txt", "2", "T+60s/n1.txt", "3"}, every10,
		[]string{"cap/n1 07:00:49.930 1", "cap/n1 07:00:59.930 2", "cap/n1 07:01:09.930 3"}, []string{"time-source", "sequence-in-names"}},
	{"minutes and hours that had passed", "an hour is more than ten minutes",
		[]string{"n1-after-1h.txt", "3", "n1-after-10m.txt", "2", "n1-after-30s.txt", "1"}, every10,
		[]string{"cap/n1 07:00:49.930 1", "cap/n1 07:00:59.930 2", "cap/n1 07:01:09.930 3"}, []string{"time-source", "sequence-in-names"}},
	{"cycles", "a word that is counted",
		[]string{"n1/cycle_1.txt", "1", "n1/cycle_2.txt", "2"}, every10,
		[]string{"cap/n1 07:00:59.930 1", "cap/n1 07:01:09.930 2"}, []string{"time-source", "sequence-in-names"}},
	{"sizes and windows", "behind another word they are a part of the name",
		[]string{"rate-5m.txt", "1", "rate-1m.txt", "2"}, Options{}, []string{"cap/rate-1m 07:01:09.930 2", "cap/rate-5m 07:01:09.930 1"}, []string{"time-from-mtime"}},
	{"POD/CONTAINER of several containers", "the container is the job then",
		[]string{"web-0/app/metrics", "1", "web-0/proxy/metrics", "2", "web-1/app/metrics", "3", "web-1/proxy/metrics", "4"}, Options{},
		[]string{"app/web-0 07:01:09.930 1", "app/web-1 07:01:09.930 3", "proxy/web-0 07:01:09.930 2", "proxy/web-1 07:01:09.930 4"}, []string{"time-from-mtime", "target-from-folder", "target-from-folder"}},
	{"IPv6 and a port", "brackets and colons are of the address",
		[]string{"[fe80::1]:9100.txt", "1", "[fe80::2]:9100.txt", "2", "2001:db8::1.txt", "3"}, Options{},
		[]string{"cap/2001:db8::1 07:01:09.930 3", "cap/[fe80::1]:9100 07:01:09.930 1", "cap/[fe80::2]:9100 07:01:09.930 2"}, []string{"time-from-mtime"}},
	{"IPv6 without colons", "what is written twice is not once",
		[]string{"fd00--1.txt", "1", "fd00-1.txt", "2"}, Options{},
		[]string{"cap/fd00--1 07:01:09.930 1", "cap/fd00-1 07:01:09.930 2"}, []string{"time-from-mtime"}},
	{"URLs, escaped", "a host, a port and a path",
		[]string{"http%3A%2F%2F10.0.0.1%3A9100%2Fmetrics", "1", "http%3A%2F%2F10.0.0.2%3A9100%2Fmetrics", "2"}, Options{},
		[]string{"cap/10.0.0.1:9100 07:01:09.930 1", "cap/10.0.0.2:9100 07:01:09.930 2"}, []string{"time-from-mtime"}},
	{"URLs with other characters", "what a shell makes of them",
		[]string{"http___web1_8080_metrics.txt", "1", "https_10.0.0.2_9100_metrics.txt", "2", "http-echo.txt", "3", "50%-load.txt", "4"}, Options{},
		[]string{"cap/10.0.0.2_9100 07:01:09.930 2", "cap/50%-load 07:01:09.930 4", "cap/http-echo 07:01:09.930 3", "cap/web1_8080 07:01:09.930 1"}, []string{"time-from-mtime"}},
}

// Tools of Windows write their own separators into zips, folders included. What
// leaves the archive is refused all the same.
func TestZipsWithBackslashes(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range [][2]string{{`bundle\`, ""}, {`bundle\n1\metrics.txt`, "1"}, {`bundle\n2\metrics.txt`, "2"}, {`..\n3\metrics.txt`, "3"}, {`C:\n4\metrics.txt`, "4"}, {`a/b\c.txt`, "5"}} {
		f, err := w.CreateHeader(&zip.FileHeader{Name: m[0], Method: zip.Deflate, Modified: time.UnixMilli(t0).Truncate(2 * time.Second)})
		require.NoError(t, err)
		if m[1] != "" {
			_, err = f.Write([]byte(counterBody(m[1])))
			require.NoError(t, err)
		}
	}
	require.NoError(t, w.Close())
	for _, cut := range []int{0, 30} {
		t.Log(cut) // a zip whose directory is cut off, too
		c, err := openBytes(b.Bytes()[:b.Len()-cut], Options{})
		require.NoError(t, err)
		require.Equal(t, []string{"bundle/n1 07:01:08 1", "bundle/n2 07:01:08 2"}, tellBundle(t, c))
		var refused []string
		for _, p := range c.Problems {
			if p.ID == "archive-name" {
				refused = append(refused, p.Message)
			}
		}
		require.Equal(t, []string{"ignored: the name leaves its folder (..)", "ignored: the name begins with a drive", "ignored: the name has a backslash"}, refused)
	}
}
