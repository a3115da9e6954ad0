package content

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What stands around a text: the targets, times and texts that are found in it.
func TestUnfold(t *testing.T) {
	const one, two = "# TYPE up_total counter\nup_total{a=\"b\"} 3\n", "# TYPE up_total counter\nup_total{a=\"b\"} 4\n"
	before := func(p, text string) string {
		return p + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+p) + "\n"
	}
	quoted := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	for _, row := range []struct{ name, reason, text, want string }{
		{"an exposition", "nothing stands around it", one, "nothing"},
		{"kubectl logs --prefix", "the pod is the target", before("[pod/api-7d9f/api] ", one), "api-7d9f: " + one},
		{"of several pods", "their lines are mixed", "[pod/a/x] # TYPE up_total counter\n[pod/b/x] # TYPE up_total counter\n[pod/b/x] up_total{a=\"b\"} 4\n[pod/a/x] up_total{a=\"b\"} 3\n", "a: " + one + "b: " + two},
		{"of two containers of a pod", "the pod alone does not tell them apart", before("[pod/a/x] ", one) + before("[pod/a/y] ", two), "a/x: " + one + "a/y: " + two},
		{"with --timestamps", "both stand there", before("[pod/a/x] 2024-05-01T10:00:00.123456789Z ", one), "a@1714557600123: " + one},
		{"docker logs -t", "the time is the scrape's", before("2024-05-01T10:00:00.123456789Z ", one), "@1714557600123: " + one},
		{"containerd's files", "a stream and a tag stand behind the time", before("2024-05-01T10:00:00.123456789Z stdout F ", one), "@1714557600123: " + one},
		{"journalctl", "the host is the target; it has no year", before("May 01 10:00:00 node1 app[123]: ", one), "node1: " + one},
		{"journalctl -o short-iso", "with a year", before("2024-05-01T10:00:00+0000 node1 app[123]: ", one), "node1@1714557600000: " + one},
		{"pdsh", "hosts are mixed", before("n1: ", one) + before("n2: ", two), "n1: " + one + "n2: " + two},
		{"grep -H", "the file tells the target", before("out/n1.prom:", one) + before("out/n2.prom:", two), "n1: " + one + "n2: " + two},
		{"grep -Hn", "so it does with numbers of lines", "n1.prom:1:# TYPE up_total counter\nn1.prom:2:up_total{a=\"b\"} 3\n", "n1: " + one},
		{"docker compose logs", "a bar", before("web-1  | ", one), "web-1: " + one},
		{"pdsh without metadata", "samples alone tell it, too", "n1: up 1\nn2: up 0\n", "n1: up 1\nn2: up 0\n"},
		{"pre", "a page with the text in it", "<html><body><pre># TYPE up_total counter\nup_total{a=&quot;b&quot;} 3\n</pre></body></html>\n", ": " + one},
		{"an error page", "there is no text in it", "<html><title>502</title><pre>no</pre></html>", "nothing"},
		{"a string", "JSON", quoted(one), ": " + one},
		{"a field", "its name is no target's", `{"status":"ok","metrics":` + quoted(one) + `}`, ": " + one},
		{"nodes", "keys are targets", `{"n1":` + quoted(one) + `,"n2":` + quoted(two) + `}`, "n1: " + one + "n2: " + two},
		{"objects with names", "a field names the target", `[{"metrics":` + quoted(one) + `,"node":"n1"},{"node":"n2","metrics":` + quoted(two) + `}]`, "n1: " + one + "n2: " + two},
		{"ansible", "deep within", `{"plays":[{"tasks":[{"hosts":{"n1":{"rc":0,"stdout":` + quoted(one) + `}}}]}]}`, "n1: " + one},
		{"docker's files", "a line of the log each", `{"log":"# TYPE up_total counter\n","stream":"stdout","time":"2024-05-01T10:00:00.123Z"}` + "\n" + `{"log":"up_total{a=\"b\"} 3\n","stream":"stdout","time":"2024-05-01T10:00:00.124Z"}` + "\n", "@1714557600123: " + one},
		{"ansible's lines", "they are those of stdout", `{"hosts":{"n1":{"stdout":` + quoted(strings.TrimSpace(one)) + `,"stdout_lines":["# TYPE up_total counter","up_total{a=\"b\"} 3"]}}}`, "n1: " + one},
		{"lines alone", "an array of them is one text", `{"node":"n1","lines":["# TYPE up_total counter","up_total{a=\"b\"} 3"]}`, "n1: " + one},
		{"other arrays", "two words and a number are no metrics", `{"tags":["version 1","build 2"]}`, "nothing"},
		{"AWX's events", "the host stands beside", `{"results":[{"event_data":{"host":"n1","res":{"stdout":` + quoted(one) + `}}}]}`, "n1: " + one},
		{"an HTTP archive", "what was asked for names the targets", `{"log":{"entries":[{"startedDateTime":"2024-05-01T10:00:00Z","request":{"url":"http://n1:9100/metrics"},"response":{"content":{"text":` + quoted(one) + `}}},{"startedDateTime":"2024-05-01T10:00:01Z","request":{"url":"http://n2:9100/metrics"},"response":{"content":{"text":` + quoted(two) + `}}}]}}`, "n1:9100@1714557600000: " + one + "n2:9100@1714557601000: " + two},
		{"a file in JSON", "its name is none of a target", `{"items":[{"metadata":{"name":"n1"},"data":{"metrics.txt":` + quoted(one) + `}}]}`, ": " + one},
		{"a time beside it", "is that of the scrape", `{"timestamp":"2024-05-01T10:00:00Z","metrics":` + quoted(one) + `}`, "@1714557600000: " + one},
		{"other JSON", "nothing in it is an exposition", `{"a":"b","c":["d 1"]}`, "nothing"},
		{"a matrix", "answers of the query API", `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"a"},"values":[[1696335500,"1"],[1696335530.5,"31"]]}]}}`, "bulk: up{job=\"a\"} 1 1696335500000\nup{job=\"a\"} 31 1696335530500\n"},
		{"a vector", "one time", `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up"},"value":[1696335500,"1"]}]}}`, "bulk: up 1 1696335500000\n"},
		{"results alone", "promdump", `[{"metric":{"__name__":"up","a":"x\"y"},"values":[[1696335500,"1"]]}]`, "bulk: up{a=\"x\\\"y\"} 1 1696335500000\n"},
		{"an export of VictoriaMetrics", "values and timestamps", `{"metric":{"__name__":"up"},"values":[1,2.5],"timestamps":[1696335500000,1696335510000]}`, "bulk: up 1 1696335500000\nup 2.5 1696335510000\n"},
		{"a rate", "without a name there is no series", `{"data":{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[1,"1"]}]}}`, "nothing"},
		{"tsdb dump", "labels in braces", `{__name__="up", instance="a:9100", job="node"} 1 1677012000000` + "\n" + `{__name__="up", instance="a:9100", job="node"} 0 1677012015000` + "\n", "bulk: up{instance=\"a:9100\",job=\"node\"} 1 1677012000000\nup{instance=\"a:9100\",job=\"node\"} 0 1677012015000\n"},
		{"tsdb dump of Go's quotes", "a tab, and a name of UTF-8", `{__name__="a.b", "l.m"="x\ty"} NaN 1677012000000` + "\n", "bulk: {\"a.b\",\"l.m\"=\"x\ty\"} NaN 1677012000000\n"},
		{"tsdb dump of histograms", "they are left out", `{__name__="h"} {count:1, sum:2} 1677012000000` + "\n" + `{__name__="up"} 1 1677012000000` + "\n", "bulk, lost: \nup 1 1677012000000\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := Unfold([]byte(row.text))
			got := "nothing"
			if v != nil {
				require.True(t, folded([]byte(row.text)), "%s: the beginning does not tell", row.reason)
				got = ""
				f, err := v.facts()
				require.NoError(t, err)
				list := f.ByTarget()
				if len(list) == 0 {
					list = []*Facts{f}
				}
				for _, one := range list {
					for _, p := range one.Parts {
						got += one.Name
						if p.Time != 0 {
							got += fmt.Sprint("@", p.Time)
						}
						got += ": " + string(v.Text[p.Off:p.Off+p.Size])
					}
				}
				if f.Bulk {
					got = "bulk"
					if v.Lost != "" {
						got += ", lost"
					}
					got += ": " + string(v.Text)
				}
			}
			require.Equal(t, row.want, got, row.reason)
		})
	}
}

// Whatever is hostile takes little time.
func TestUnfoldHostile(t *testing.T) {
	const mb = 1 << 20
	for name, text := range map[string]string{
		"dashes":                  strings.Repeat("---\n", mb),
		"names":                   strings.Repeat("--- a\n", mb/2),
		"other names":             manyNames(mb / 8),
		"prefixes that change":    manyPrefixes(mb / 8),
		"nested arrays":           strings.Repeat("[", mb),
		"nested objects":          strings.Repeat(`{"a":`, mb/4),
		"tags that do not end":    "<pre># TYPE a gauge\na 1\n" + strings.Repeat("<a", mb),
		"a string that is huge":   `"` + strings.Repeat("a 1\\n", mb) + `"`,
		"a string without an end": `{"metrics":"` + strings.Repeat("# TYPE ", mb),
		"braces":                  strings.Repeat(`{__name__="`, mb/4),
		"a log of one line":       "2024-05-01T10:00:00Z " + strings.Repeat("a ", mb),
		"comments":                strings.Repeat("# a\n# TYPE a gauge\na 1\n", mb/16),
		"families":                strings.Repeat("# TYPE a gauge\na 1\n", mb/8),
	} {
		start := time.Now()
		if v := Unfold([]byte(text)); v != nil {
			_, err := v.facts()
			require.NoError(t, err)
		}
		folded([]byte(text[:min(len(text), headSize)]))
		_, err := scan(strings.NewReader(text), 0)
		require.NoError(t, err)
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("%s take %v", name, d)
		}
	}
}

func manyNames(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "--- n%d\na 1\n", i)
	}
	return b.String()
}

func manyPrefixes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "n%d: # TYPE a gauge\n", i)
	}
	return b.String()
}
