package content

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Where a file divides: the first line of each part, and the name it has.
func TestParts(t *testing.T) {
	const one = "# HELP a x\n# TYPE a counter\na{b=\"1\"} 1\na{b=\"2\"} 1\n# TYPE c gauge\nc 1\n"
	for _, row := range []struct{ name, reason, text, want string }{
		{"one", "the ordinary case", one, "1"},
		{"metadata twice, other series", "qBittorrent, Ceph", "# TYPE q gauge\nq{s=\"a\"} 1\n# TYPE q gauge\nq{s=\"b\"} 2\n# TYPE q gauge\nq{s=\"c\"} 3\n", "1"},
		{"sidecars merged", "Envoy: Go's families stand twice with the same series, the others once", "# TYPE go gauge\ngo 1\n# TYPE app gauge\napp 1\n# TYPE go gauge\ngo 2\n# TYPE envoy gauge\nenvoy 1\n", "1"},
		{"sidecars merged, the shared last", "the second begins as the first does not", "# TYPE app gauge\napp 1\n# TYPE go gauge\ngo 1\n# TYPE envoy gauge\nenvoy 1\n# TYPE go gauge\ngo 2\n", "1"},
		{"a loop without dates", "the whole stands again", one + one + one, "1 7 13"},
		{"a loop that is cut off", "most of the last is there", one + one + "# TYPE a counter\na{b=\"1\"} 1\n", "1 7 13"},
		{"a family more at the end", "too little to be the exposition again", one + "# TYPE d gauge\nd 1\n# TYPE a counter\na{b=\"1\"} 1\n", "1"},
		{"without metadata", "the names stand again in order", "a{b=\"1\"} 1\na{b=\"2\"} 1\nc 1\na{b=\"1\"} 2\na{b=\"2\"} 3\nc 1\n", "1 4"},
		{"comments with names", "families stand again below them", "# node-a\n" + one + "# node-b\n" + one, "1 node-a, 8 node-b"},
		{"comments with names of targets that have no series in common", "two families stand again", "# Node: a\n# TYPE x gauge\nx{n=\"a\"} 1\n# TYPE y gauge\ny{n=\"a\"} 1\n# Node: b\n# TYPE x gauge\nx{n=\"b\"} 1\n# TYPE y gauge\ny{n=\"b\"} 1\n", "1 a, 6 b"},
		{"three comments", "what is first below each is known to be", "# h1\n" + one + "# h2\n" + one + "# h3\n" + one, "1 h1, 8 h2, 15 h3"},
		{"comments without metadata", "names stand again", "# h1\nup 1\n# h2\nup 0\n", "1 h1, 3 h2"},
		{"other comments", "nothing stands again", "# node-a\n# TYPE a counter\na 1\n# node-b\n# TYPE b counter\nb 1\n", "1"},
		{"comments between series", "a family goes on", "# a b\na{x=\"1\"} 1\n# more\na{x=\"2\"} 1\n# yet\na{x=\"3\"} 1\n", "1"},
		{"sentences", "a comment of many words names nothing", "# the first of them\n" + "# TYPE a gauge\na 1\n# and here the second one\n# TYPE a gauge\na 2\n# TYPE b gauge\nb 1\n", "1"},
		{"# EOF between", "the exposition starts again", "# TYPE a gauge\na 1\n# EOF\n# TYPE b gauge\nb 1\n# TYPE a gauge\na 1\n# EOF\n", "1 3"},
		{"# EOF of merged sidecars", "nothing stands again", "# TYPE a gauge\na 1\n# EOF\n# TYPE b gauge\nb 1\n# EOF\n", "1"},
		{"--- NAME", "etcd's script", "--- https://10.0.0.1:2379\n" + one + "--- https://10.0.0.2:2379\n" + one, "2 10.0.0.1:2379, 9 10.0.0.2:2379"},
		{"=== NAME ===", "as echo writes it", "=== web-1 ===\n" + one + "=== web-2 ===\n" + one, "2 web-1, 9 web-2"},
		{"==> FILE <==", "tail and head of several files", "==> out/node1_metrics.txt <==\n" + one + "\n==> out/node2_metrics.txt <==\n" + one, "2 node1, 10 node2"},
		{"ansible", "ad hoc commands", "web1 | CHANGED | rc=0 >>\n" + one + "web2 | SUCCESS | rc=0 >>\n" + one, "2 web1, 9 web2"},
		{"dshbak", "a name between two lines of dashes", "----------------\nn01\n----------------\n" + one + "----------------\nn02\n----------------\n" + one, "4 n01, 13 n02"},
		{"an arrow", "as scripts write it", "=> web-1\n" + one + "=> web-2\n" + one, "2 web-1, 9 web-2"},
		{"items of a list", "YAML that got in names no target", one + "- __meta_pod\n" + one + "- __meta_node\n" + one, "1 8 15"},
		{"numbers of scrapes", "they name no target", "--- scrape 1 ---\n" + one + "--- scrape 2 ---\n" + one, "2 9"},
		{"words of a sequence", "nor do these", "=== before ===\n" + one + "=== after ===\n" + one, "2 9"},
		{"a name and a time", "both stand in the line", "=== web-1 2024-05-01T10:00:00Z ===\n" + one + "=== web-2 2024-05-01T10:00:00Z ===\n" + one, "2 web-1 1714557600000, 9 web-2 1714557600000"},
		{"names below dates", "a date is that of all below it", "2024-05-01T10:00:00Z\n--- a\n" + one + "--- b\n" + one + "2024-05-01T10:00:10Z\n--- a\n" + one + "--- b\n" + one, "3 a 1714557600000, 18 a 1714557610000, 10 b 1714557600000, 25 b 1714557610000"},
		{"what stands before the first name", "the commands of a script are no scrape", "+ kubectl get pods\nsome words\n--- a\n" + one, "4 a"},
	} {
		facts, err := scan(strings.NewReader(row.text), 0)
		require.NoError(t, err)
		var got []string
		list := facts.ByTarget()
		if len(list) == 0 {
			list = []*Facts{facts}
		}
		sep := " "
		for _, f := range list {
			for _, p := range f.Parts {
				s := fmt.Sprint(p.Line)
				if f.Name != "" {
					s, sep = s+" "+f.Name, ", "
				}
				if p.Time != 0 {
					s = fmt.Sprint(s, " ", p.Time)
				}
				got = append(got, s)
			}
		}
		require.Equal(t, row.want, strings.Join(got, sep), "%s: %s", row.name, row.reason)
	}
}
