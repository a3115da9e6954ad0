package capture

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
	"github.com/stretchr/testify/require"
)

const (
	proxyText = "# HELP kubeproxy_sync_total x\n# TYPE kubeproxy_sync_total counter\nkubeproxy_sync_total 1\n"
	etcdText  = "# TYPE etcd_server_has_leader gauge\netcd_server_has_leader 1\n"
	apiText   = "# TYPE apiserver_request_total counter\napiserver_request_total{code=\"200\"} 1\n"
	appText   = "# TYPE app_requests_total counter\napp_requests_total 7\n"
	pageText  = "<html><body>502 Bad Gateway</body></html>\n"
	statusTxt = `{"kind":"Status","apiVersion":"v1","status":"Failure","code":403}` + "\n"
	nodeText  = "# TYPE node_load1 gauge\nnode_load1 0.5\n# TYPE node_time_seconds gauge\nnode_time_seconds 1.7952444699300001e+09\n"
)

func counterText(v int) string {
	return fmt.Sprintf("# TYPE app_requests_total counter\napp_requests_total %d\n", v)
}

type ruleRow struct {
	rule int // of the table in the README
	name string
	in   []string // paths and contents
	opts Options
	want string
	also []string // problems and ignored files
}

// asTheyCome is the table of rules: what is saved, and what is understood of
// it: job/instance and the time of day of each scrape of 21 November 2026,
// problems by their ids, ignored files with reasons.
var asTheyCome = []ruleRow{
	{1, "any extension, and none", []string{"a-1795244469930.txt", appText, "b-1795244469930.metrics", appText, "c-1795244469930.out", appText, "d-1795244469930", appText, "e-1795244469930.prom", appText}, Options{},
		"cap/a 07:01:09.930, cap/b 07:01:09.930, cap/c 07:01:09.930, cap/d 07:01:09.930, cap/e 07:01:09.930", nil},
	{1, "other files are ignored, each with a reason", []string{"n/1795244469930.txt", appText, "notes.md", "# What\nwe did\n", "shot.png", "\x89PNG\r\n\x1a\n\x00\x00", "rules.yml", "groups:\n- name: x\n", "a.txt.swp", appText, "old~", appText, "empty", ""}, Options{},
		"cap/n 07:01:09.930", []string{`ignored: a.txt.swp by its name a temporary or spare copy`, `ignored: empty an empty file`, `ignored: notes.md no exposition: "we did"`, "ignored: old~ by its name a temporary or spare copy", `ignored: rules.yml no exposition: "groups:"`, "ignored: shot.png binary data"}},
	{1, "compressed ones are looked into", []string{"n/1795244469930.gz", gz(appText), "m/1795244469930.bin", zst(appText), "x.gz", gz("hello there\n")}, Options{},
		"cap/m 07:01:09.930, cap/n 07:01:09.930", []string{`ignored: x.gz no exposition: "hello there"`}},
	{1, "protobuf of a dotted name first", []string{"n/1795244469930.pb", "\x13\x0a\x0dhttp.requests\x18\x01\x22\x00"}, Options{}, "cap/n 07:01:09.930", nil},
	{1, "protobuf of a name of 200 bytes", []string{"n/1795244469930.pb", "\xcf\x01\x0a\xc8\x01" + strings.Repeat("x", 200) + "\x18\x01\x22\x00"}, Options{}, "cap/n 07:01:09.930", nil},
	{1, "UTF-16 without a byte order mark", []string{"n/1795244469930.txt", strings.Join(strings.Split(appText, ""), "\x00") + "\x00"}, Options{}, "cap/n 07:01:09.930", nil},
	{1, "UTF-16 of the other order without a mark", []string{"n/1795244469930.txt", "\x00" + strings.Join(strings.Split(appText, ""), "\x00")}, Options{}, "cap/n 07:01:09.930", nil},
	{1, "protobuf", []string{"n/1795244469930.pb", "\x13\x0a\x0detcd_server_x\x18\x01\x22\x00"}, Options{}, "etcd/n 07:01:09.930", nil},
	{1, "an error page is a failed scrape where its name says whose and when", []string{"n-1795244469930.txt", appText, "n-1795244474930.txt", pageText, "n-1795244479930.txt", statusTxt, "n-1795244484930.txt", "", "page.html", pageText}, Options{},
		"cap/n 07:01:09.930, cap/n 07:01:14.930, cap/n 07:01:19.930, cap/n 07:01:24.930", []string{`ignored: page.html no exposition: "<html><body>502 Bad Gateway</body></html>"`}},
	{1, "UTF-16 from PowerShell is looked into", []string{"n/1795244469930.txt", appText, "m.txt", "\xff\xfe#\x00 \x00"}, Options{}, "cap/n 07:01:09.930", []string{"ignored: m.txt no exposition"}},

	{2, "a date and minutes", []string{"metrics-20261121-0710.txt", appText}, Options{}, "cap/cap 07:10:00", []string{"time-zone-assumed"}},
	{2, "with seconds, colons or h and m", []string{"a_2026-11-21_07h10m08s.txt", appText, "b 2026-11-21 07:10:08Z.txt", appText, "c-20261121T071008Z.txt", appText}, Options{}, "cap/a 07:10:08, cap/b 07:10:08, cap/c 07:10:08", []string{"time-zone-assumed"}},
	{2, "unix s, ms, µs, ns", []string{"a.1795244469", appText, "b.1795244469930", appText, "c.1795244469930123", appText, "d.1795244469930123456", appText}, Options{}, "cap/a 07:01:09, cap/b 07:01:09.930, cap/c 07:01:09.930, cap/d 07:01:09.930", nil},
	{2, "a zone", []string{"a-2026-11-21T08:10:08+01:00.txt", appText, "b-20261121_021008-0500.txt", appText}, Options{}, "cap/a 07:10:08, cap/b 07:10:08", nil},
	{2, "the rightmost in the path", []string{"20261121-0700/a-20261121-0710Z.txt", appText}, Options{}, "cap/a 07:10:00", nil},
	{2, "a date in a folder, a time in the file", []string{"2026-11-21/a/07-10.txt", appText, "20261121/b/071008.txt", appText, "2026/11/21/c/07:10:08.txt", appText}, Options{}, "cap/a 07:10:00, cap/b 07:10:08, cap/c 07:10:08", []string{"time-zone-assumed"}},
	{2, "an address is no time", []string{"10.0.0.1-1795244469930.txt", appText}, Options{}, "cap/10.0.0.1 07:01:09.930", nil},

	{3, "own timestamps of all samples: the moment of a federated answer", []string{"n/federate.txt", "up_a 1 1795244469930\nup_b 1 1795244464930\n", "n/later.txt", "up_a 1 1795244474930\n"}, Options{}, "n/federate 07:01:09.930, n/later 07:01:14.930", []string{"time-source"}},
	{3, "a dump brings times and labels of its own", []string{"dump.om", "up{instance=\"n\",job=\"j\"} 1 1795244469.93\nup{instance=\"n\",job=\"j\"} 1 1795244484.93\n# EOF\n"}, Options{}, "bulk 07:01:09.930", []string{"time-source"}},
	{3, "capture.yaml goes before the name", []string{"a-1795244469930.txt", appText, "capture.yaml", "files: {a-1795244469930.txt: {time: 2026-11-21T07:10:08Z}}"}, Options{}, "cap/a 07:10:08", nil},
	{3, "the Date header beside the scrape", []string{"a.txt", appText, "a.headers", "HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 07:10:08 GMT\r\n", "b.txt", appText, "b.txt.headers", "Date: Sat, 21 Nov 2026 07:10:09 GMT\r\n"}, Options{}, "cap/a 07:10:08, cap/b 07:10:09", []string{"time-source"}},
	{3, "and in the file, of curl -i", []string{"a.txt", "HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 07:10:08 GMT\r\n\r\n" + appText, "b.txt", "HTTP/2 503 \r\ndate: Sat, 21 Nov 2026 07:10:09 GMT\r\n\r\nno\n"}, Options{}, "cap/a 07:10:08, cap/b 07:10:09", []string{"time-source"}},
	{3, "node_time_seconds", []string{"a.txt", nodeText, "b.txt", nodeText}, Options{}, "node-exporter/a 07:01:09.930, node-exporter/b 07:01:09.930", []string{"time-source"}},
	{3, "mtimes on request", []string{"a.txt", appText, "b.txt", appText}, Options{TimeFrom: TimeFromMtime}, "cap/a 07:01:09.930, cap/b 07:01:09.930", []string{"time-source"}},
	{3, "none, one scrape of each target: the newest mtime for all", []string{"a.txt", appText, "b.txt", appText}, Options{}, "cap/a 07:01:09.930, cap/b 07:01:09.930", []string{"time-from-mtime"}},
	{3, "none, several of a target: the error shows what there is", []string{"a.txt", appText, "a.out", appText}, Options{}, "error: cap: no time in the name or the content of 2 scrapes (a.out, a.txt); their mtimes are all 2026-11-21T07:01:09Z, as of copies (cp -p and tar keep them); or rename", nil},

	{4, "several targets in one folder", []string{"node1_metrics.txt", appText, "node2_metrics.txt", appText, "node3-scrape.out", appText, "raw_node4_dump.txt", appText}, Options{TimeFrom: TimeFromMtime}, "cap/node1 07:01:09.930, cap/node2 07:01:09.930, cap/node3 07:01:09.930, cap/node4 07:01:09.930", []string{"time-source"}},
	{4, "nothing left: the folder", []string{"node1/metrics_1795244469930.txt", appText, "node2/raw.1795244469930", appText}, Options{}, "cap/node1 07:01:09.930, cap/node2 07:01:09.930", nil},
	{4, "host names keep their dots", []string{"node1.example.com-1795244469930.txt", appText, "ip-10-0-0-7.1795244469930.txt", appText}, Options{}, "cap/ip-10-0-0-7 07:01:09.930, cap/node1.example.com 07:01:09.930", nil},
	{4, "one name in two folders is one target, and that is said", []string{"day1/node1-1795244469930.txt", proxyText, "day2/node1-1795244474930.txt", proxyText}, Options{}, "kube-proxy/node1 07:01:09.930, kube-proxy/node1 07:01:14.930", []string{"sequence-in-names"}},

	{5, "JOB/INSTANCE", []string{"proxy/n/metrics-1795244469930.txt", etcdText}, Options{}, "proxy/n 07:01:09.930", nil},
	{5, "a component in the path", []string{"kube-proxy_n_1795244469930.txt", appText, "etcd/m-1795244469930.txt", appText, "n/etcd-1795244469930.txt", appText, "Kube_Scheduler.1795244469930", appText}, Options{}, "etcd/m 07:01:09.930, etcd/n 07:01:09.930, kube-proxy/n 07:01:09.930, kube-scheduler/kube-scheduler 07:01:09.930", nil},
	{5, "content", []string{"a-1795244469930.txt", proxyText, "b-1795244469930.txt", etcdText, "c-1795244469930.txt", apiText, "d-1795244469930.txt", nodeText}, Options{}, "etcd/b 07:01:09.930, kube-apiserver/c 07:01:09.930, kube-proxy/a 07:01:09.930, node-exporter/d 07:01:09.930", nil},
	{5, "content of canonical names", []string{"a/1795244469930.prom", proxyText}, Options{}, "kube-proxy/a 07:01:09.930", nil},
	{5, "else --job, else the folder", []string{"a-1795244469930.txt", appText}, Options{Job: "app"}, "app/a 07:01:09.930", nil},
	{5, "the folder", []string{"shop/a-1795244469930.txt", appText}, Options{}, "shop/a 07:01:09.930", nil},

	{6, "numbered without --every", []string{"metrics.1", counterText(1), "metrics.2", counterText(2)}, Options{}, "error: they have an order, by number: say how far apart they are and when the last was, such as Options.Every 15s Options.End 2026-11-21T07:01:09Z", nil},
	{6, "numbered", []string{"metrics.8", counterText(1), "metrics.9", counterText(2), "metrics.10", counterText(3)}, Options{Every: 15 * time.Second, End: time.UnixMilli(t0)}, "cap/cap 07:00:39.930 1, cap/cap 07:00:54.930 2, cap/cap 07:01:09.930 3", []string{"time-source"}},
	{6, "rotated: a counter that falls turns the order", []string{"metrics.1", counterText(3), "metrics.2", counterText(2), "metrics.3", counterText(1)}, Options{Every: 15 * time.Second, End: time.UnixMilli(t0)}, "cap/cap 07:00:39.930 1, cap/cap 07:00:54.930 2, cap/cap 07:01:09.930 3", []string{"order-reversed", "time-source"}},
	{6, "no counter to tell", []string{"n/scrape1.txt", "# TYPE a gauge\na 1\n", "n/scrape2.txt", "# TYPE a gauge\na 1\n"}, Options{Every: 15 * time.Second, End: time.UnixMilli(t0)}, "cap/n 07:00:54.930 1, cap/n 07:01:09.930 1", []string{"order-assumed", "time-source"}},
	{6, "a number that is missing is a scrape that is missing", []string{"m1.txt/metrics.1", counterText(1), "m1.txt/metrics.2", counterText(2), "m1.txt/metrics.4", counterText(4)}, Options{Every: 15 * time.Second, End: time.UnixMilli(t0)}, "cap/m1.txt 07:00:24.930 1, cap/m1.txt 07:00:39.930 2, cap/m1.txt 07:01:09.930 4", []string{"time-source"}},
	{6, "without --end the last one's mtime, said", []string{"metrics.1", counterText(1), "metrics.2", counterText(2)}, Options{Every: 15 * time.Second}, "cap/cap 07:00:54.930 1, cap/cap 07:01:09.930 2", []string{"end-from-mtime", "time-source"}},
	{6, "node-1, node-2 are targets", []string{"node-1.txt", appText, "node-2.txt", appText}, Options{TimeFrom: TimeFromMtime}, "cap/node-1 07:01:09.930, cap/node-2 07:01:09.930", []string{"number-is-target", "time-source"}},
	{6, "one process behind them: scrapes", []string{"node-1.txt", "# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds 1.7e9\n" + counterText(1), "node-2.txt", "# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds 1.7e9\n" + counterText(2)}, Options{Every: 15 * time.Second, End: time.UnixMilli(t0)}, "cap/node 07:00:54.930 1, cap/node 07:01:09.930 2", []string{"number-is-count", "time-source"}},

	{7, "date; curl", []string{"n.log", "Sat Nov 21 07:10:08 UTC 2026\n" + counterText(1) + "Sat Nov 21 07:10:13 UTC 2026\n" + counterText(2)}, Options{}, "cap/n 07:10:08 1, cap/n 07:10:13 2", nil},
	{7, "date; curl -sS of a target that is gone", []string{"n.log", "Sat Nov 21 07:10:08 UTC 2026\n" + counterText(1) + "Sat Nov 21 07:10:13 UTC 2026\ncurl: (7) Failed to connect\nSat Nov 21 07:10:18 UTC 2026\n"}, Options{}, "cap/n 07:10:08 1, cap/n 07:10:13 failed: curl: (7) Failed to connect, cap/n 07:10:18 failed: failed (nothing was saved of it)", nil},
	{7, "without dates, by --every", []string{"n.log", counterText(1) + counterText(2) + counterText(3)}, Options{Every: 15 * time.Second, End: time.UnixMilli(t0)}, "cap/n 07:00:39.930 1, cap/n 07:00:54.930 2, cap/n 07:01:09.930 3", []string{"time-source"}},
	{7, "without dates and --every", []string{"n.log", counterText(1) + counterText(2)}, Options{}, "error: they have an order, one after the other in their file: say how far apart", nil},
	{7, "curl's progress meter is taken out", []string{"n-1795244469930.txt", meterWithin(counterText(1))}, Options{}, "cap/n 07:01:09.930 1", []string{"curl-progress"}},
	{7, "# EOF ends one where it starts again", []string{"n.log", "# TYPE b gauge\nb 1\n# EOF\n# TYPE b gauge\nb 2\n# TYPE a gauge\na 2\n# EOF\n"}, Options{Every: 15 * time.Second, End: time.UnixMilli(t0)}, "cap/n 07:00:54.930 1, cap/n 07:01:09.930 2", []string{"time-source"}},
	{7, "two targets after each date are not told apart, and that is said", []string{"n.log", "Sat Nov 21 07:10:08 UTC 2026\n" + appText + appText + "Sat Nov 21 07:10:13 UTC 2026\n" + appText}, Options{}, "cap/n 07:10:08, cap/n 07:10:13", []string{"exposition-repeats"}},
	{7, "nor are scrapes under a name with one time", []string{"n-1795244469930.txt", counterText(1) + counterText(2)}, Options{}, "cap/n 07:01:09.930", []string{"exposition-repeats"}},

	{8, "JSON around a body", []string{"n-1795244469930.json", `{"response":{"status":200,"body":"a 1\n","headers":{"Content-Type":"text/plain"}}}`}, Options{}, "cap/n 07:01:09.930 1", nil},
	{8, "its Date header", []string{"n.json", `{"response":{"status":503,"body":"no","headers":{"Date":["Sat, 21 Nov 2026 07:10:08 GMT"]}}}`}, Options{}, "cap/n 07:10:08", []string{"time-source"}},
	{8, "a line each", []string{"n.jsonl", `{"status":200,"headers":{"date":"Sat, 21 Nov 2026 07:10:08 GMT"},"body":"a 1\n"}` + "\n" + `{"status":200,"headers":{"date":"Sat, 21 Nov 2026 07:10:13 GMT"},"body":"a 2\n"}`}, Options{}, "cap/n 07:10:08 1, cap/n 07:10:13 2", []string{"time-source"}},
	{8, "other JSON is ignored", []string{"n/1795244469930.txt", appText, "values.json", `{"a": 1}`}, Options{}, "cap/n 07:01:09.930", []string{`ignored: values.json no exposition: "{\"a\": 1}"`}},

	{9, "--name goes before all", []string{"x/eu-7.at.1795244469930.txt", proxyText}, Options{Name: regexp.MustCompile(`(?P<job>\w+)/(?P<target>[a-z]+-\d)\.at\.(?P<time>\d+)`)}, "x/eu-7 07:01:09.930", nil},
	{9, "where it does not fit, the ordinary rules hold, and that is said", []string{"a-1795244469930.txt", appText, "b=1795244469930.txt", appText}, Options{Name: regexp.MustCompile(`(?P<target>\w)=`)}, "cap/a 07:01:09.930, cap/b 07:01:09.930", []string{"name-unmatched"}},
	{9, "an expression without groups", []string{"a-1795244469930.txt", appText}, Options{Name: regexp.MustCompile(`a`)}, "error: the expression a has no group named job, target or time: write (?P<target>…)", nil},
	{9, "the same target and time twice", []string{"a-1795244469930.txt", appText, "a_1795244469.930.out", appText}, Options{}, "error: cap: a-1795244469930.txt and a_1795244469.930.out are both the scrape of cap/a at 2026-11-21T07:01:09.930Z; remove one of them", nil},
	{9, "and in one file", []string{"a.log", "Sat Nov 21 07:10:08 UTC 2026\n" + appText + "Sat Nov 21 07:10:08 UTC 2026\n" + appText}, Options{}, "error: cap: a.log#1 and a.log#2 are both the scrape of cap/a", nil},
}

func TestAsTheyCome(t *testing.T) {
	for _, row := range asTheyCome {
		t.Run(fmt.Sprintf("%d %s", row.rule, row.name), func(t *testing.T) {
			c, err := Open(files(row.in...), "cap", row.opts)
			if want, ok := strings.CutPrefix(row.want, "error: "); ok {
				require.ErrorContains(t, err, want)
				return
			}
			require.NoError(t, err)
			var got, also []string
			for s := c.Stream(); s.Next(); {
				got = append(got, row.tell(t, s.Scrape()))
			}
			for _, p := range c.Problems {
				also = append(also, p.ID)
			}
			for i, f := range c.Files {
				require.Equal(t, c.Ignored[i], f.File)
				also = append(also, "ignored: "+f.File+" "+f.Reason)
			}
			require.Equal(t, row.want, strings.Join(got, ", "))
			require.Equal(t, row.also, also)

			// What was understood can be frozen: opened again, without options,
			// it is the same.
			text, err := c.Manifest()
			require.NoError(t, err)
			again, err := Open(files(append([]string{naming.ManifestName, string(text)}, slices.DeleteFunc(slices.Clone(row.in), func(s string) bool { return s == naming.ManifestName })...)...), "other", Options{})
			require.NoError(t, err, "%s", text)
			var same []string
			for s := again.Stream(); s.Next(); {
				same = append(same, row.tell(t, s.Scrape()))
			}
			require.Equal(t, got, same, "%s", text)
			require.Equal(t, c.Files, again.Files)
		})
	}
}

// tell writes a scrape as the table has it: its value where the row's has one.
func (row *ruleRow) tell(t *testing.T, s *Scrape) string {
	require.NoError(t, s.Err)
	out := "bulk"
	if !s.Bulk {
		out = s.Target.Job + "/" + s.Target.Instance
	}
	out += " " + strings.TrimSuffix(time.UnixMilli(s.Time).UTC().Format("15:04:05.000"), ".000")
	if s.Failure != "" {
		return out + " failed: " + s.Failure
	}
	if lines := strings.Split(strings.TrimSuffix(strings.TrimSpace(string(s.Body)), "\n# EOF"), "\n"); regexp.MustCompile(` \d(,|$)`).MatchString(row.want) {
		out += " " + lines[len(lines)-1][strings.LastIndexByte(lines[len(lines)-1], ' ')+1:]
	}
	return out
}
