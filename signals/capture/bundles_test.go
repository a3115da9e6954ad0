package capture

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
)

// A bundleRow is what somebody sends, and what is understood of it: a line for
// each scrape, job/instance, the metrics_path where there is one, the time of
// day, and what the counter says.
type bundleRow struct {
	name, reason string
	in           []string // paths and values of the counter, or bodies
	opts         Options
	want         []string
	also         []string // ids of problems
}

func counterBody(s string) string {
	if strings.ContainsAny(s, " \n") {
		return s
	}
	return "# TYPE jobs_total counter\njobs_total " + s + "\n"
}

var every10 = Options{Every: 10 * time.Second, End: time.UnixMilli(t0)}

var bundles = []bundleRow{
	{"POD/stats/prometheus", "what is the same in every folder is no instance",
		[]string{"bug/proxies/ns1/web-0/stats/prometheus", "1", "bug/proxies/ns1/db-0/stats/prometheus", "2", "bug/proxies/ns2/cart-1/stats/prometheus", "3"}, Options{},
		[]string{"prometheus/cart-1 07:01:09.930 3", "prometheus/db-0 07:01:09.930 2", "prometheus/web-0 07:01:09.930 1"}, []string{"time-from-mtime"}},
	{"one name in two namespaces", "the pods are called alike: the namespace belongs to the instance",
		[]string{"ns1/web-0/curl_metrics", "1", "ns2/web-0/curl_metrics", "2"}, Options{},
		[]string{"ns1/web-0 07:01:09.930 1", "ns2/web-0 07:01:09.930 2"}, []string{"time-from-mtime"}},
	{"NODE/vars.txt", "what the endpoint is called is no instance",
		[]string{"debug/nodes/1/vars.txt", "1", "debug/nodes/2/vars.txt", "2"}, Options{},
		[]string{"nodes/1 07:01:09.930 1", "nodes/2 07:01:09.930 2"}, []string{"time-from-mtime"}},
	{"NODE/any-name.txt", "any other name that is the same everywhere",
		[]string{"n1/probe-result.txt", "1", "n2/probe-result.txt", "2", "n3/probe-result.txt", "3"}, Options{},
		[]string{"probe-result/n1 07:01:09.930 1", "probe-result/n2 07:01:09.930 2", "probe-result/n3 07:01:09.930 3"}, []string{"time-from-mtime", "target-from-folder"}},
	{"of different depths", "the folders need not be equally deep",
		[]string{"a/n1/x/probe.txt", "1", "b/probe.txt", "2"}, Options{},
		[]string{"probe/b 07:01:09.930 2", "probe/x 07:01:09.930 1"}, []string{"time-from-mtime", "target-from-folder"}},
	{"NODE/response of one node", "one node is one, too",
		[]string{"nodes/n1/response", "1"}, Options{}, []string{"nodes/n1 07:01:09.930 1"}, []string{"time-from-mtime"}},
	{"NODE-port/t0.txt", "t0 and t1 are no targets",
		[]string{"n1-9644/t0.txt", "1", "n1-9644/t1.txt", "4", "n2-9644/t0.txt", "2", "n2-9644/t1.txt", "5"}, every10,
		[]string{"cap/n1-9644 07:00:59.930 1", "cap/n1-9644 07:01:09.930 4", "cap/n2-9644 07:00:59.930 2", "cap/n2-9644 07:01:09.930 5"},
		[]string{"time-source", "time-source", "sequence-in-names"}},
	{"two paths of a process", "beside metrics, public_metrics is another path of one instance",
		[]string{"n1/metrics.txt", "1", "n1/public_metrics.txt", "2"}, Options{},
		[]string{"cap/n1{/metrics} 07:01:09.930 1", "cap/n1{/public_metrics} 07:01:09.930 2"}, []string{"time-from-mtime", "path-from-name"}},
	{"two paths, in a sequence and no folder", "one node's own bundle",
		[]string{"t0_metrics.txt", "1", "t1_metrics.txt", "2", "t0_public_metrics.txt", "3", "t1_public_metrics.txt", "4"}, every10,
		[]string{"cap/cap{/metrics} 07:00:59.930 1", "cap/cap{/metrics} 07:01:09.930 2", "cap/cap{/public_metrics} 07:00:59.930 3", "cap/cap{/public_metrics} 07:01:09.930 4"},
		[]string{"time-source", "time-source", "path-from-name", "sequence-in-names"}},
	{"metrics-probes beside metrics", "the path is written the other way round",
		[]string{"n1/metrics-probes.txt", "2", "n1/metrics.txt", "1"}, Options{},
		[]string{"cap/n1{/metrics/probes} 07:01:09.930 2", "cap/n1{/metrics} 07:01:09.930 1"}, []string{"time-from-mtime", "path-from-name"}},
	{"node1_metrics beside metrics", "a name with digits is a host's",
		[]string{"x/metrics.txt", "1", "x/node1_metrics.txt", "2"}, Options{},
		[]string{"cap/x 07:01:09.930 1", "x/node1 07:01:09.930 2"}, []string{"time-from-mtime"}},
	{"before and after, folders", "the order of folders is no target",
		[]string{"after/n1/metrics.txt", "5", "after/n2/metrics.txt", "6", "before/n1/metrics.txt", "1", "before/n2/metrics.txt", "2"}, every10,
		[]string{"cap/n1 07:00:59.930 1", "cap/n1 07:01:09.930 5", "cap/n2 07:00:59.930 2", "cap/n2 07:01:09.930 6"},
		[]string{"time-source", "time-source", "sequence-in-names"}},
	{"a node that is gone after", "its folder is one of the sequence all the same",
		[]string{"after/n1/metrics.txt", "5", "before/n1/metrics.txt", "1", "before/n2/metrics.txt", "2"}, every10,
		[]string{"cap/n1 07:00:59.930 1", "cap/n1 07:01:09.930 5", "cap/n2 07:01:09.930 2"},
		[]string{"time-source", "time-source", "sequence-in-names"}},
	{"01-before, 02-during, 03-after", "numbers belong to the words",
		[]string{"01-before/n1.txt", "1", "02-during/n1.txt", "2", "03-after/n1.txt", "3"}, every10,
		[]string{"cap/n1 07:00:49.930 1", "cap/n1 07:00:59.930 2", "cap/n1 07:01:09.930 3"}, []string{"time-source", "sequence-in-names"}},
	{"sample-start, sample-end", "the words at the end of a name",
		[]string{"alloy-metrics-sample-start.txt", "9", "alloy-metrics-sample-end.txt", "1"}, every10,
		[]string{"cap/alloy 07:00:59.930 9", "cap/alloy 07:01:09.930 1"}, []string{"time-source", "sequence-in-names"}},
	{"begin, finish", "another pair", []string{"n1-begin.prom", "1", "n1-finish.prom", "2"}, every10,
		[]string{"cap/n1 07:00:59.930 1", "cap/n1 07:01:09.930 2"}, []string{"time-source", "sequence-in-names"}},
	{"pre, post", "another pair", []string{"n1_pre.prom", "1", "n1_post.prom", "2"}, every10,
		[]string{"cap/n1 07:00:59.930 1", "cap/n1 07:01:09.930 2"}, []string{"time-source", "sequence-in-names"}},
	{"first, second, third", "more than two", []string{"first/n1.prom", "1", "second/n1.prom", "2", "third/n1.prom", "3"}, every10,
		[]string{"cap/n1 07:00:49.930 1", "cap/n1 07:00:59.930 2", "cap/n1 07:01:09.930 3"}, []string{"time-source", "sequence-in-names"}},
	{"old, new with times of their own", "times go before the words", []string{"old-1795244469930.prom", "1", "new-1795244479930.prom", "2"}, Options{},
		[]string{"cap/cap 07:01:09.930 1", "cap/cap 07:01:19.930 2"}, []string{"sequence-in-names"}},
	{"a word without a counterpart", "it is a name like others", []string{"start-page.prom", "1", "end-user.prom", "2"}, Options{},
		[]string{"cap/end-user 07:01:09.930 2", "cap/start-page 07:01:09.930 1"}, []string{"time-from-mtime"}},
	{"canonical names in before and after", "the folders say the same target",
		[]string{"before/n1/1795244469930.prom", "1", "after/n1/1795244479930.prom", "2"}, Options{},
		[]string{"cap/n1 07:01:09.930 1", "cap/n1 07:01:19.930 2"}, []string{"sequence-in-names"}},
	{"canonical names in two clusters", "the last two folders are the same, and the first are not",
		[]string{"eu/proxy/n1/1795244469930.prom", "1", "us/proxy/n1/1795244479930.prom", "2"}, Options{},
		[]string{"proxy/eu/n1 07:01:09.930 1", "proxy/us/n1 07:01:19.930 2"}, []string{"target-from-folder"}},
	{"a collection's folder, one scrape each", "its time counts when there is no other",
		[]string{"1795244400-bundle/n1.txt", "1", "1795244400-bundle/n2.txt", "2"}, Options{},
		[]string{"bundle/n1 07:00:00 1", "bundle/n2 07:00:00 2"}, nil},
	{"a collection's folder, two scrapes each", "it is not the time of both",
		[]string{"1795244400-bundle/n1/t0.txt", "1", "1795244400-bundle/n1/t1.txt", "2"}, every10,
		[]string{"bundle/n1 07:00:59.930 1", "bundle/n1 07:01:09.930 2"}, []string{"time-source", "sequence-in-names"}},
	{"--time-from mtime", "it goes before names when it is asked for",
		[]string{"n1-1795244400.txt", "1", "j/n2/1795244400.prom", "2"}, Options{TimeFrom: TimeFromMtime},
		[]string{"cap/n1 07:01:09.930 1", "j/n2 07:01:09.930 2"}, []string{"time-source"}},
	{"own timestamps of some samples go before the mtime", "the newest is the scrape's time",
		[]string{"n1.txt", "a{x=\"1\"} 1 1795244400123\na{x=\"2\"} 1 1795244401123\nb 1\n"}, Options{},
		[]string{"cap/n1 07:00:01.123 1"}, []string{"time-source"}},
	{"own timestamps of no year", "what no clock says is no time",
		[]string{"n1.txt", "a{x=\"1\"} 1 5\nb 1\n"}, Options{}, []string{"cap/n1 07:01:09.930 1"}, []string{"time-from-mtime"}},
	{"--name tells the target", "whatever the folders are",
		[]string{"jj/a/x/1795244469930.txt", "1", "jj/b/x/1795244479930.txt", "2"}, Options{Name: regexp.MustCompile(`(?P<job>jj)/./(?P<target>x)/`)},
		[]string{"jj/x 07:01:09.930 1", "jj/x 07:01:19.930 2"}, nil},
}

// tellBundle writes what a row wants.
func tellBundle(t *testing.T, c *Capture) (lines []string) {
	t.Helper()
	for s := c.Stream(); s.Next(); {
		sc := s.Scrape()
		require.NoError(t, sc.Err)
		line := sc.Target.Job + "/" + sc.Target.Instance
		if p := sc.Target.Labels.Get("metrics_path"); p != "" {
			line += "{" + p + "}"
		}
		words := strings.Fields(string(sc.Body))
		lines = append(lines, line+" "+strings.TrimSuffix(time.UnixMilli(sc.Time).UTC().Format("15:04:05.000"), ".000")+" "+words[len(words)-1])
	}
	slices.Sort(lines)
	return lines
}

func (row *bundleRow) files() fstest.MapFS {
	pairs := slices.Clone(row.in)
	for i := 1; i < len(pairs); i += 2 {
		pairs[i] = counterBody(pairs[i])
	}
	return files(pairs...)
}

func TestBundles(t *testing.T) {
	for _, row := range append(slices.Clone(bundles), layouts...) {
		t.Run(row.name, func(t *testing.T) {
			require.NotEmpty(t, row.reason)
			c := mustOpen(t, row.files(), row.opts)
			require.Equal(t, row.want, tellBundle(t, c), row.reason)
			var also []string
			for _, p := range c.Problems {
				also = append(also, p.ID)
			}
			require.Equal(t, row.also, also)

			// Frozen it is the same without options.
			text, err := c.Manifest()
			require.NoError(t, err)
			fsys := row.files()
			fsys["capture.yaml"] = &fstest.MapFile{Data: text}
			again, err := Open(fsys, "other", Options{})
			require.NoError(t, err, "%s", text)
			require.Equal(t, row.want, tellBundle(t, again), "%s", text)
		})
	}
}

// packed writes an archive with a time for each member, and returns its path.
func packed(t *testing.T, name string, saved time.Time, members ...any) string {
	t.Helper()
	var b bytes.Buffer
	file := filepath.Join(t.TempDir(), name)
	if strings.HasSuffix(name, ".zip") {
		w := zip.NewWriter(&b)
		for i := 0; i < len(members); i += 3 {
			h := &zip.FileHeader{Name: members[i].(string)} // its date is 1980-00-00
			if at := members[i+2].(int64); at != 0 {
				h.Modified = time.UnixMilli(at).UTC()
			}
			f, err := w.CreateHeader(h)
			require.NoError(t, err)
			_, err = f.Write([]byte(counterBody(members[i+1].(string))))
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
	} else {
		w := tar.NewWriter(&b)
		for i := 0; i < len(members); i += 3 {
			body := counterBody(members[i+1].(string))
			require.NoError(t, w.WriteHeader(&tar.Header{Name: members[i].(string), Size: int64(len(body)), Mode: 0o600, ModTime: time.UnixMilli(members[i+2].(int64))}))
			_, err := w.Write([]byte(body))
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
	}
	require.NoError(t, os.WriteFile(file, b.Bytes(), 0o600))
	require.NoError(t, os.Chtimes(file, saved, saved))
	return file
}

// What archives say of times, and what they do not.
func TestTimesOfArchives(t *testing.T) {
	const dos = 315532800000 // 1980-01-01
	for _, row := range []struct {
		name, reason, file string
		members            []any
		opts               Options
		want               []string
		also               string
		fails              string
	}{
		{"a member's time is nearer than a folder's", "the folder's is the collection's", "b.tar",
			[]any{"1795240000-b/n1.txt", "1", int64(t0), "1795240000-b/n2.txt", "2", int64(t0)}, Options{}, []string{"b/n1 07:01:10 1", "b/n2 07:01:10 2"}, "[time-source]", ""},
		{"members of DOS' epoch", "zip writes it for no time", "b.zip", []any{"n1.txt", "1", int64(0), "n2.txt", "2", int64(0)}, Options{},
			[]string{"b/n1 07:01:10 1", "b/n2 07:01:10 2"}, "[time-from-archive]", ""},
		{"members of 1980", "and other programs this", "b.zip", []any{"n1.txt", "1", int64(dos), "n2.txt", "2", int64(dos)}, Options{},
			[]string{"b/n1 07:01:10 1", "b/n2 07:01:10 2"}, "[time-from-archive]", ""},
		{"a tar of times 0", "as reproducible ones are, also when mtimes are asked for", "b.tar", []any{"n1.txt", "1", int64(0), "n2.txt", "2", int64(0)}, Options{TimeFrom: TimeFromMtime},
			[]string{"b/n1 07:01:10 1", "b/n2 07:01:10 2"}, "[time-from-archive]", ""},
		{"a tar of times 1", "Nix writes 1", "b.tar", []any{"n1.txt", "1", int64(1000)}, Options{}, []string{"b/n1 07:01:10 1"}, "[time-from-archive]", ""},
		{"the folder of a time in an archive without", "the only time that is told", "b.zip", []any{"1795240000-b/n1.txt", "1", int64(0)}, Options{},
			[]string{"b/n1 05:46:40 1"}, "[]", ""},
		{"several scrapes without times", "the advice can be followed", "b.zip", []any{"n1-start.txt", "1", int64(0), "n1-end.txt", "2", int64(0)}, Options{},
			nil, "", "they have an order, by the words in their names: say how far apart they are and when the last was, such as Options.Every 15s Options.End 2026-11-21T07:01:10Z; or unpack the archive and rename its files"},
		{"and with them", "by the advice", "b.zip", []any{"n1-start.txt", "1", int64(0), "n1-end.txt", "2", int64(0)}, Options{Every: 15 * time.Second, End: time.UnixMilli(t0 + 70)},
			[]string{"b/n1 07:00:55 1", "b/n1 07:01:10 2"}, "[time-source sequence-in-names]", ""},
		{"times of a copy", "equal times of a sequence are not those of scrapes", "b.tar", []any{"n1-start.txt", "1", int64(t0), "n1-end.txt", "2", int64(t0)}, Options{},
			nil, "", "their mtimes are all 2026-11-21T07:01:10Z, as of copies"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, err := OpenPath(packed(t, row.file, time.UnixMilli(t0+70), row.members...), nil, row.opts)
			if row.fails != "" {
				require.ErrorContains(t, err, row.fails, row.reason)
				require.NotContains(t, err.Error(), "rename to")
				return
			}
			require.NoError(t, err)
			require.Equal(t, row.want, tellBundle(t, c), row.reason)
			var also []string
			for _, p := range c.Problems {
				also = append(also, p.ID)
			}
			require.Equal(t, row.also, fmt.Sprint(also))
		})
	}
	t.Run("from standard input", func(t *testing.T) {
		data, err := os.ReadFile(packed(t, "b.tar", time.UnixMilli(t0), "n1.txt", "1", int64(0)))
		require.NoError(t, err)
		before := time.Now().UnixMilli()
		c, err := OpenPath("-", bytes.NewReader(data), Options{})
		require.NoError(t, err)
		require.GreaterOrEqual(t, c.Start, before)
		require.Equal(t, []string{"time-from-clock "}, ids(c.Problems))
	})
}

// Options.Untimed shows what there is, and says what is missing.
func TestUntimed(t *testing.T) {
	fsys := files("n1-start.txt", counterText(1), "n1-end.txt", counterText(2), "n2.log", counterText(1)+counterText(2), "n3.a.txt", counterText(1), "n3.a.out", counterText(2))
	_, err := Open(fsys, "cap", Options{})
	require.Error(t, err)
	c := mustOpen(t, fsys, Options{Untimed: true})
	require.Equal(t, 6, c.Scrapes)
	require.Len(t, c.Targets, 3)
	require.NotNil(t, c.Untimed)
	require.Equal(t, 6, c.Untimed.Total)
	require.Empty(t, c.TimeSources)
	var order []string
	for s := c.Stream(); s.Next(); {
		if s.Scrape().Target.Instance == "n1" {
			order = append(order, s.Scrape().File)
		}
	}
	require.Equal(t, []string{"n1-start.txt", "n1-end.txt"}, order)
	require.Nil(t, mustOpen(t, files("n1.txt", counterText(1)), Options{Untimed: true}).Untimed, "a time is taken where one can be")
}

// A folder of archives is what an archive of them is.
func TestFolderOfArchives(t *testing.T) {
	root := t.TempDir()
	put := func(name, from string) {
		data, err := os.ReadFile(from)
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), data, 0o600))
	}
	put("agent_a.tar", packed(t, "x.tar", time.UnixMilli(t0), "metrics", "1", int64(t0)))
	put("agent_b.zip", packed(t, "x.zip", time.UnixMilli(t0), "metrics", "2", int64(t0)))
	put("more/agent_c.tar", packed(t, "x.tar", time.UnixMilli(t0), "metrics", "3", int64(0)))
	put("notes.zip", packed(t, "x.zip", time.UnixMilli(t0), "notes.md", "we did", int64(t0)))
	require.NoError(t, os.WriteFile(filepath.Join(root, "no.tar.gz"), []byte("no archive"), 0o600))
	require.NoError(t, os.Chtimes(filepath.Join(root, "more/agent_c.tar"), time.UnixMilli(t0), time.UnixMilli(t0)))

	c, err := OpenPath(root, nil, Options{Untimed: true})
	require.NoError(t, err)
	var got []string
	for s := c.Stream(); s.Next(); {
		require.NoError(t, s.Scrape().Err)
		got = append(got, s.Scrape().Target.Instance+" "+s.Scrape().File)
	}
	slices.Sort(got)
	require.Equal(t, []string{"agent_a agent_a/metrics", "agent_b agent_b/metrics", "agent_c more/agent_c/metrics"}, got)
	require.Equal(t, []string{"no.tar.gz", "notes/notes.md"}, c.Ignored)

	_, err = OpenPath(root, nil, Options{Limits: Limits{MaxMembers: 2}})
	require.ErrorContains(t, err, "has more than 2 members", "they share the limits of one")
}

// Several paths are one capture.
func TestOpenPaths(t *testing.T) {
	root := disk(t, "a/n1.txt", counterBody("1"), "a/n2.txt", counterBody("2"), "a/n2.headers", "HTTP/1.1 503 no\r\n\r\n", "a/n3.txt", counterBody("3"), "b/n4/metrics.txt", counterBody("4"), "a/capture.yaml", "job: x")
	at := func(names ...string) (out []string) {
		for _, n := range names {
			out = append(out, filepath.Join(root, n))
		}
		return out
	}
	for _, row := range []struct {
		name string
		in   []string
		want []string
		cap  string
	}{
		{"files of one folder", at("a/n1.txt", "a/n3.txt"), []string{"a/n1 07:01:09.930 1", "a/n3 07:01:09.930 3"}, "a"},
		{"a file twice is one", at("a/n1.txt", "a/n1.txt"), []string{"n1/n1 07:01:09.930 1"}, "n1.txt"},
		{"a file and a folder", at("a/n1.txt", "b"), []string{"a/n1 07:01:09.930 1", "b/n4 07:01:09.930 4"}, "cap"},
		{"a folder and a file in it", at("a", "a/n1.txt"), []string{"a/n1 07:01:09.930 1", "a/n2 07:01:09.930 2", "a/n3 07:01:09.930 3"}, "cap"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, err := OpenPaths(row.in, nil, Options{})
			require.NoError(t, err)
			require.Equal(t, row.want, tellBundle(t, c))
			require.Equal(t, row.cap, c.Name)
		})
	}
	c, err := OpenPaths(at("a/n1.txt", "a/n2.txt"), nil, Options{})
	require.NoError(t, err)
	s := c.Stream()
	for range 2 {
		require.True(t, s.Next())
	}
	require.Equal(t, 503, s.Scrape().Status, "headers belong to their file")

	_, err = OpenPaths(at("a/n1.txt", "a/n9.txt"), nil, Options{})
	require.ErrorContains(t, err, "n9.txt: no such file or directory; did you mean")
	_, err = OpenPaths(append(at("a/n1.txt"), "-"), nil, Options{})
	require.ErrorContains(t, err, "-: standard input is a capture by itself")
	_, err = OpenPaths(nil, nil, Options{})
	require.EqualError(t, err, "no capture is named")
}

// No series of a capture mixes two folders, unless their names say the same
// target. 2,000 layouts at random: folders of words, of hosts, of components,
// files of all kinds of names.
func TestDistinctFoldersAreDistinctTargets(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 2))
	pick := func(s ...string) string { return s[rng.IntN(len(s))] }
	layouts := 2000
	if testing.Short() {
		layouts = 300
	}
	for n := range layouts {
		folders := map[string]bool{}
		for range 2 + rng.IntN(5) {
			dir := ""
			for range 1 + rng.IntN(3) {
				dir = path.Join(dir, pick("a", "b", "node-1", "node-2", "web-0", "db-0", "ns1", "ns2", "stats", "etcd", "kube-proxy", "eu", "prod", "10.0.0.1", "10.0.0.2", "x", "y"))
			}
			folders[dir] = true
		}
		names := []string{}
		for range 1 + rng.IntN(2) {
			names = append(names, pick("metrics.txt", "vars.txt", "prometheus", "etcd.txt", "probe.txt", "host-1.txt", "response", "app_metrics.prom", "metrics-1795244469930.txt", "1795244469930.prom", "1795244469930.txt", "srv-0-1795244469930.out"))
		}
		fsys := fstest.MapFS{}
		at := int64(t0)
		for _, dir := range slices.Sorted(maps.Keys(folders)) {
			for _, name := range names {
				at += 5000
				name = strings.Replace(name, "1795244469930", fmt.Sprint(at), 1)
				body := fmt.Sprintf("# TYPE m counter\nm{dir=%q} 1\n", dir)
				if rng.IntN(4) == 0 {
					body = proxyText
				}
				fsys[path.Join(dir, name)] = &fstest.MapFile{Data: []byte(body), ModTime: time.UnixMilli(at)}
			}
		}
		opts := Options{TimeFrom: pick("", "", TimeFromMtime), Untimed: true}
		c, err := Open(fsys, "cap", opts)
		require.NoError(t, err, "layout %d: %v", n, keys(fsys))
		dirs := map[*Target]string{}
		for s := c.Stream(); s.Next(); {
			// Folders of a component say what its name in a file says.
			dir := targetFolder(path.Dir(s.Scrape().File))
			if before, ok := dirs[s.Scrape().Target]; ok && before != dir {
				t.Fatalf("layout %d: %s/%s is of %s and %s\n%s", n, s.Scrape().Target.Job, s.Scrape().Target.Instance, before, dir, strings.Join(keys(fsys), "\n"))
			}
			dirs[s.Scrape().Target] = dir
		}
		require.Equal(t, len(fsys), c.Scrapes, "layout %d: %v %v", n, keys(fsys), c.Problems)
	}
}

// targetFolder leaves of folders what says a target.
func targetFolder(dir string) string {
	parts := slices.DeleteFunc(strings.Split(dir, "/"), func(s string) bool { return s == "etcd" || s == "kube-proxy" })
	return strings.Join(parts, "/")
}

func keys(fsys fstest.MapFS) (out []string) {
	for name := range fsys {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
