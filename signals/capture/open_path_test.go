package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// disk writes files below a directory of the test, dated t0, and returns its
// path.
func disk(t *testing.T, pairs ...string) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "cap")
	require.NoError(t, os.Mkdir(root, 0o700))
	for i := 0; i+1 < len(pairs); i += 2 {
		file := filepath.Join(root, filepath.FromSlash(pairs[i]))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(pairs[i+1]), 0o600))
		require.NoError(t, os.Chtimes(file, time.UnixMilli(t0), time.UnixMilli(t0)))
	}
	return root
}

func mustOpenPath(t *testing.T, path string) *Capture {
	t.Helper()
	c, err := OpenPath(path, nil, Options{})
	require.NoError(t, err)
	return c
}

func TestOpenPathDirectory(t *testing.T) {
	root := disk(t, "j/i/1795244469930.prom", "1", "capture.yaml", "labels: {l: v}")
	c := mustOpenPath(t, root)
	require.Equal(t, "cap", c.Name)
	require.Equal(t, []string{`j/i{l="v"} 0s`}, targetsOf(c))
	require.Equal(t, []string{`j/i 0 j/i/1795244469930.prom 0 "1"`}, told(c))

	t.Run("with a slash at the end", func(t *testing.T) {
		require.Equal(t, "cap", mustOpenPath(t, root+string(filepath.Separator)).Name)
	})
	t.Run("the working directory has a name as well", func(t *testing.T) {
		t.Chdir(filepath.Join(root, "j", "i"))
		c := mustOpenPath(t, ".")
		require.Equal(t, "i", c.Name)
		require.Equal(t, []string{"i/i{} 0s"}, targetsOf(c))
	})
	t.Run("a folder of instances", func(t *testing.T) {
		require.Equal(t, []string{"j/i{} 0s"}, targetsOf(mustOpenPath(t, filepath.Join(root, "j"))))
	})
}

func TestOpenPathFile(t *testing.T) {
	for _, row := range []struct {
		name     string
		files    []string
		open     string
		want     string
		problems []string
	}{
		{"any extension", []string{"node1.txt", "1"}, "node1.txt", `node1/node1 0 node1.txt 0 "1"`, []string{"time-from-mtime node1.txt"}},
		{"none", []string{"node1", "1"}, "node1", `node1/node1 0 node1 0 "1"`, []string{"time-from-mtime node1"}},
		{"compressed", []string{"node1.metrics.gz", gz("1")}, "node1.metrics.gz", `node1/node1 0 node1.metrics.gz 0 "1"`, []string{"time-from-mtime node1.metrics.gz"}},
		{"a time in the name, the folder is the target", []string{"j/i/1795244469931.prom", "1"}, "j/i/1795244469931.prom", `i/i 1 1795244469931.prom 0 "1"`, nil},
		{"a time without a zone", []string{"j/i/20261121T070109.932.prom", "1"}, "j/i/20261121T070109.932.prom", `i/i 2 20261121T070109.932.prom 0 "1"`, []string{"time-zone-assumed 20261121T070109.932.prom"}},
		{"headers of the file", []string{"a.pb", "1", "a.pb.headers", "HTTP/2 403\n"}, "a.pb", `a/a 0 a.pb 403 "1"`, []string{"time-from-mtime a.pb"}},
		{"headers of what was compressed", []string{"a.prom.gz", "1", "a.prom.headers", "HTTP/2 403\n"}, "a.prom.gz", `a/a 0 a.prom.gz 403 "1"`, []string{"time-from-mtime a.prom.gz"}},
		{"headers of the stem", []string{"a.prom", "1", "a.headers", "HTTP/2 403\n", "b.headers", "HTTP/2 500\n"}, "a.prom", `a/a 0 a.prom 403 "1"`, []string{"time-from-mtime a.prom"}},
		{"a failure", []string{"a.prom", "", "a.err", "refused"}, "a.prom", `a/a 0 a.prom 0 "" failed: refused`, []string{"time-from-mtime a.prom"}},
		{"capture.yaml beside it is not read", []string{"a.prom", "1", "capture.yaml", "nonsense"}, "a.prom", `a/a 0 a.prom 0 "1"`, []string{"time-from-mtime a.prom"}},
		{"headers passed by themselves are a file like others", []string{"a.headers", "1"}, "a.headers", `a.headers/a.headers 0 a.headers 0 "1"`, []string{"time-from-mtime a.headers"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := mustOpenPath(t, filepath.Join(disk(t, row.files...), filepath.FromSlash(row.open)))
			require.Equal(t, filepath.Base(filepath.FromSlash(row.open)), c.Name)
			require.Equal(t, []string{row.want}, told(c))
			require.Equal(t, row.problems, ids(c.Problems))
			require.Equal(t, []int64{c.Start, 1}, []int64{c.End, int64(c.Scrapes)})
			require.Empty(t, c.Ignored)
		})
	}
	t.Run("the job is the option", func(t *testing.T) {
		c, err := OpenPath(filepath.Join(disk(t, "node1.txt", "1"), "node1.txt"), nil, Options{Job: "j"})
		require.NoError(t, err)
		require.Equal(t, []string{"j/node1{} 0s"}, targetsOf(c))
		require.Equal(t, "no time in the name; its modification time is taken: 2026-11-21T07:01:09.930Z", c.Problems[0].Message)
	})
	t.Run("bytes that are no UTF-8", func(t *testing.T) {
		if runtime.GOOS != "linux" {
			t.Skip("file names of this system are text")
		}
		c := mustOpenPath(t, filepath.Join(disk(t, "a\xff.prom", "1"), "a\xff.prom"))
		require.Equal(t, []string{"a\uFFFD/a\uFFFD 0 a\xff.prom 0 \"1\""}, told(c))
	})
}

func TestOpenPathStdin(t *testing.T) {
	before := time.Now().UnixMilli()
	c, err := OpenPath("-", bytes.NewReader([]byte(gz("a 1\n"))), Options{})
	require.NoError(t, err)
	require.Equal(t, "stdin", c.Name)
	require.Equal(t, []string{"stdin/stdin{} 0s"}, targetsOf(c))
	require.Equal(t, []string{"time-from-clock -"}, ids(c.Problems))
	require.GreaterOrEqual(t, c.Start, before)
	require.LessOrEqual(t, c.Start, time.Now().UnixMilli())
	for range 2 { // it can be streamed again
		s := c.Stream()
		require.True(t, s.Next())
		require.Equal(t, "a 1\n", string(s.Scrape().Body))
		require.Equal(t, "-", s.Scrape().File)
		require.NoError(t, s.Scrape().Err)
		require.False(t, s.Next())
	}
	t.Run("endless", func(t *testing.T) {
		c, err := OpenPath("-", zeros{}, Options{MaxBody: 1000})
		require.NoError(t, err)
		s := c.Stream()
		require.True(t, s.Next())
		require.ErrorIs(t, s.Scrape().Err, ErrBodyTooLarge)
	})
	t.Run("broken", func(t *testing.T) {
		c, err := OpenPath("-", failing{errors.New("broken pipe")}, Options{})
		require.NoError(t, err)
		s := c.Stream()
		require.True(t, s.Next())
		require.EqualError(t, s.Scrape().Err, "the file cannot be read: broken pipe")
	})
	t.Run("none", func(t *testing.T) {
		_, err := OpenPath("-", nil, Options{})
		require.EqualError(t, err, "-: there is no standard input")
	})
}

// A pipe, such as a shell's <(curl …), is read once and can be streamed again.
func TestOpenPathPipe(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc/self/fd")
	}
	r, w, err := os.Pipe()
	require.NoError(t, err)
	_, err = w.WriteString("a 1\n")
	require.NoError(t, err)
	require.NoError(t, w.Close())
	defer r.Close()
	c := mustOpenPath(t, fmt.Sprintf("/proc/self/fd/%d", r.Fd()))
	for range 2 {
		s := c.Stream()
		require.True(t, s.Next())
		require.NoError(t, s.Scrape().Err)
		require.Equal(t, "a 1\n", string(s.Scrape().Body))
	}
}

func TestOpenPathErrors(t *testing.T) {
	root := disk(t, "incident/1795244469930.prom", "1")
	_, err := OpenPath(filepath.Join(root, "incidnet"), nil, Options{})
	missing, ok := errors.AsType[*MissingError](err)
	require.True(t, ok)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.Equal(t, filepath.Join(root, "incident"), missing.Similar)
	require.ErrorContains(t, err, "incidnet: no such file or directory; did you mean "+filepath.Join(root, "incident")+"? (pass a directory of saved scrapes, one saved scrape, or - for standard input)")

	_, err = OpenPath(filepath.Join(root, "zebra"), nil, Options{})
	require.ErrorContains(t, err, "zebra: no such file or directory (pass a directory")
	_, err = OpenPath("", nil, Options{})
	require.ErrorContains(t, err, `"": no such file or directory`)
	_, err = OpenPath("a\x00b", nil, Options{})
	require.ErrorContains(t, err, `"a\x00b" cannot be read: invalid argument`)
	_, err = OpenPath(filepath.Join(root, "nowhere", "x"), nil, Options{})
	require.ErrorContains(t, err, "no such file or directory (pass")
}

// Links on the way to a capture are followed; links within are not, wherever
// they point.
func TestSymlinks(t *testing.T) {
	root := disk(t, "cap1/j/i/1795244469930.prom", "1", "outside.prom", "secret")
	link := func(to, at string) {
		if err := os.Symlink(filepath.FromSlash(to), filepath.Join(root, filepath.FromSlash(at))); err != nil {
			t.Skip("no symbolic links here: ", err)
		}
	}
	link("cap1", "latest")
	link("../../../outside.prom", "cap1/j/i/1795244469931.prom")
	link("i", "cap1/j/h")
	c := mustOpenPath(t, filepath.Join(root, "latest"))
	require.Equal(t, "latest", c.Name)
	require.Equal(t, []string{`j/i 0 j/i/1795244469930.prom 0 "1"`}, told(c))
	require.Equal(t, []string{"j/h", "j/i/1795244469931.prom"}, c.Ignored)
	require.Equal(t, []string{"symlink-ignored j/h", "symlink-ignored j/i/1795244469931.prom"}, ids(c.Problems))

	link("cap1/j/i/1795244469930.prom", "one.txt")
	require.Equal(t, `one/one 0 one.txt 0 "1"`, strings.Join(told(mustOpenPath(t, filepath.Join(root, "one.txt"))), ""))
}
