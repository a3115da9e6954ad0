package capture

import (
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
	"github.com/stretchr/testify/require"
)

// What is understood of files that hold several targets can be frozen: opened
// again without options, under another name, it is the same.
func TestFilesOfSeveralTargetsAreFrozen(t *testing.T) {
	const a, b = "# TYPE a_total counter\na_total 1\n", "# TYPE a_total counter\na_total 2\n"
	const etcd = "# TYPE etcd_server_has_leader gauge\netcd_server_has_leader 1\n"
	before := func(p, text string) string {
		return p + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+p) + "\n"
	}
	rounds := "2024-05-01T10:00:00Z\n--- n1\n" + a + "--- n2\n" + b + "2024-05-01T10:00:10Z\n--- n1\n" + b + "--- n2\n" + a
	for _, row := range []struct {
		name, reason string
		in           []string
		opts         Options
		want         []string
	}{
		{"dividers", "the newest modification time is that of all", []string{"m.txt", "--- n1\n" + a + "--- n2\n" + b}, Options{},
			[]string{"cap/n1 07:01:09.930 1", "cap/n2 07:01:09.930 2"}},
		{"with a job", "it is of all of them", []string{"m.txt", "--- n1\n" + a + "--- n2\n" + b}, Options{Job: "j"},
			[]string{"j/n1 07:01:09.930 1", "j/n2 07:01:09.930 2"}},
		{"of several jobs", "contents tell them", []string{"m.txt", "--- n1\n" + a + "--- n2\n" + etcd}, Options{Job: "j"},
			[]string{"etcd/n2 07:01:09.930 1", "j/n1 07:01:09.930 1"}},
		{"of several jobs in a folder", "it is the job of what tells none", []string{"f/m.txt", "--- n1\n" + a + "--- n2\n" + etcd}, Options{},
			[]string{"etcd/n2 07:01:09.930 1", "f/n1 07:01:09.930 1"}},
		{"rounds", "each has a date", []string{"m.txt", rounds}, Options{},
			[]string{"cap/n1 10:00:00 1", "cap/n1 10:00:10 2", "cap/n2 10:00:00 2", "cap/n2 10:00:10 1"}},
		{"rounds without dates", "their order is known", []string{"m.txt", strings.NewReplacer("2024-05-01T10:00:00Z\n", "", "2024-05-01T10:00:10Z\n", "").Replace(rounds)}, every10,
			[]string{"cap/n1 07:00:59.930 1", "cap/n1 07:01:09.930 2", "cap/n2 07:00:59.930 2", "cap/n2 07:01:09.930 1"}},
		{"a prefix before each line", "hosts are mixed", []string{"p.txt", before("n1: ", a) + before("n2: ", b)}, Options{},
			[]string{"cap/n1 07:01:09.930 1", "cap/n2 07:01:09.930 2"}},
		{"a prefix of one target", "it is another than the file is called", []string{"p.txt", before("n1: ", a)}, Options{},
			[]string{"cap/n1 07:01:09.930 1"}},
		{"times in a prefix", "they are the scrapes'", []string{"p.txt", before("2024-05-01T10:00:00Z n1 ", a) + before("2024-05-01T10:00:10Z n2 ", b)}, Options{},
			[]string{"cap/n1 10:00:00 1", "cap/n2 10:00:10 2"}},
		{"keys of JSON", "they name targets", []string{"n.json", `{"n1": "# TYPE a_total counter\na_total 1\n", "n2": "# TYPE a_total counter\na_total 2\n"}`}, Options{},
			[]string{"cap/n1 07:01:09.930 1", "cap/n2 07:01:09.930 2"}},
		{"a time in the name", "it is that of all", []string{"m-1714557600.txt", "--- n1\n" + a + "--- n2\n" + b}, Options{},
			[]string{"cap/n1 10:00:00 1", "cap/n2 10:00:00 2"}},
		{"two files of the same targets", "they are two scrapes of each", []string{"m-1714557600.txt", "--- n1\n" + a + "--- n2\n" + b, "m-1714557610.txt", "--- n1\n" + b + "--- n2\n" + a}, Options{},
			[]string{"cap/n1 10:00:00 1", "cap/n1 10:00:10 2", "cap/n2 10:00:00 2", "cap/n2 10:00:10 1"}},
		{"given by an expression", "the target's name is the file's", []string{"x/m.txt", "--- n1\n" + a}, Options{Name: regexp.MustCompile(`(?P<job>\w+)/(?P<target>\w+)`)},
			[]string{"x/n1 07:01:09.930 1"}},
		{"one target dropped", "the other keeps its place in the file", []string{"capture.yaml", "relabel_configs: [{source_labels: [__address__], regex: n1, action: drop}]\n", "m.txt", rounds}, Options{},
			[]string{"cap/n2 10:00:00 2", "cap/n2 10:00:10 1"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			fsys := files(row.in...)
			c := mustOpen(t, fsys, row.opts)
			require.Equal(t, row.want, tellBundle(t, c), row.reason)
			text, err := c.Manifest()
			require.NoError(t, err)
			for _, name := range []string{"cap", "other"} {
				if name == "other" && strings.HasPrefix(row.want[0], "cap/") {
					continue // the job is the capture's name
				}
				fsys[naming.ManifestName] = &fstest.MapFile{Data: text}
				again, err := Open(fsys, name, Options{})
				require.NoError(t, err, "%s", text)
				require.Equal(t, row.want, tellBundle(t, again), "%s", text)
				text2, err := again.Manifest()
				require.NoError(t, err)
				require.Equal(t, string(text), string(text2), "it is frozen the same")
			}
		})
	}
}

// A file that has not so many scrapes as were frozen was changed since.
func TestFrozenFilesThatChanged(t *testing.T) {
	const frozen = "files: {m.txt: {scrapes: [{job: a, instance: n1, time: 1714557600}, {job: b, instance: n2, time: 1714557600}]}}\n"
	_, err := Open(files("capture.yaml", frozen, "m.txt", "# TYPE a gauge\na 1\n"), "cap", Options{})
	require.EqualError(t, err, "capture.yaml: files: m.txt has 1 scrape, and here are times of 2: it was changed since they were written")
	c := mustOpen(t, files("capture.yaml", frozen, "m.txt", "--- x\n# TYPE a gauge\na 1\n--- y\n# TYPE a gauge\na 2\n"), Options{})
	require.Equal(t, []string{"a/n1 10:00:00 1", "b/n2 10:00:00 2"}, tellBundle(t, c), "what it says goes before what stands in the file")
}
