package capture

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
	"github.com/stretchr/testify/require"
)

// FuzzFiles holds for any bytes in files of any name: no panic, a stream that
// ends, and the same scrapes when what was understood of them is read again.
func FuzzFiles(f *testing.F) {
	for _, row := range asTheyCome {
		for i := 1; i < len(row.in); i += 2 {
			f.Add([]byte(row.in[i]))
		}
	}
	f.Add([]byte("a 1\nSat Nov 21 07:10:08 UTC 2026\n"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nDate: x\r\n\r\nHTTP/1.1 200 OK\r\n"))
	f.Add([]byte("# HELP b x\n# HELP c x\n# HELP a x\n# HELP b x\n# HELP c x\n"))
	f.Add([]byte("[{\"response\":{\"status\":200,\"body\":\"a 1\\n\"}},{\"body\":{\"text\":\"YSAx\",\"encoding\":\"base64\"},\"status\":{\"code\":200}}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		fsys := fstest.MapFS{"a/x.txt": {Data: data, ModTime: time.UnixMilli(t0)}, "b/1795244469930.prom": {Data: data}}
		c, err := Open(fsys, "cap", Options{Every: time.Second, MaxBody: 1 << 20})
		if err != nil {
			if !strings.Contains(err.Error(), "both the scrape of") {
				t.Fatal(err)
			}
			return
		}
		n := 0
		for s := c.Stream(); s.Next(); n++ {
			if len(s.Scrape().Body) > len(data)*4 && s.Scrape().Err == nil && s.body.Need < len(s.Scrape().Body) {
				t.Fatal("a body from nowhere")
			}
		}
		if n != c.Scrapes {
			t.Fatalf("%d scrapes, %d said", n, c.Scrapes)
		}
		text, err := c.Manifest()
		if err != nil {
			t.Fatal(err)
		}
		fsys[naming.ManifestName] = &fstest.MapFile{Data: text}
		again, err := Open(fsys, "cap", Options{MaxBody: 1 << 20})
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if again.Scrapes != c.Scrapes || again.Start != c.Start || len(again.Targets) != len(c.Targets) {
			t.Fatalf("%d scrapes of %d targets from %d, frozen %d of %d from %d\n%s", c.Scrapes, len(c.Targets), c.Start, again.Scrapes, len(again.Targets), again.Start, text)
		}
	})
}

// loopFS is a file of many scrapes that is made while it is read.
type loopFS struct {
	scrapes int
	body    []byte
	opened  *int
}

func (l loopFS) Open(name string) (fs.File, error) {
	if name == "." {
		return fstest.MapFS{"n.log": {}}.Open(".")
	}
	*l.opened++
	return &loopFile{loopFS: l}, nil
}

type loopFile struct {
	loopFS
	n     int
	dated bool
	rest  []byte
}

func (f *loopFile) Stat() (fs.FileInfo, error) {
	return fstest.MapFS{"n.log": {}}.Stat("n.log")
}

func (f *loopFile) Close() error { return nil }

func (f *loopFile) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		if f.n == f.scrapes && !f.dated {
			return 0, io.EOF
		}
		if f.rest = f.body; !f.dated {
			f.rest = fmt.Appendf(nil, "%d\n", 1795244469+5*f.n)
			f.n++
		}
		f.dated = !f.dated
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

// A File of a gigabyte is streamed: in little memory, and read twice, to find
// the scrapes and to hand them out.
func TestLargeLoopIsStreamed(t *testing.T) {
	if testing.Short() {
		t.Skip("reads a gigabyte twice")
	}
	var body bytes.Buffer
	for i := range 1 << 16 {
		fmt.Fprintf(&body, "some_metric_of_ours_total{number=\"%05d\",and=\"another label\"} %d\n", i, i)
	}
	opened := 0
	fsys := loopFS{scrapes: 1<<30/body.Len() + 1, body: body.Bytes(), opened: &opened}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c, err := Open(fsys, "cap", Options{})
	require.NoError(t, err)
	require.Equal(t, fsys.scrapes, c.Scrapes)
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16<<20), "bytes allocated for finding the scrapes")
	s := c.Stream()
	n := 0
	for ; s.Next(); n++ {
		require.NoError(t, s.Scrape().Err)
		require.True(t, bytes.Equal(s.Scrape().Body, body.Bytes()))
	}
	require.Equal(t, c.Scrapes, n)
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(40<<20)+3*uint64(body.Len()))
	require.LessOrEqual(t, opened, 3, "the beginning, the whole, and the stream")
}

// Many files whose names need their contents looked into.
func TestManySniffs(t *testing.T) {
	dir := t.TempDir()
	const n = 20_000
	for i := range n {
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("node%d-%d.txt", i%100, 1795244469930+i/100*5000)), []byte(proxyText), 0o600))
	}
	start := time.Now()
	c, err := OpenPath(dir, nil, Options{})
	require.NoError(t, err)
	took := time.Since(start)
	require.Equal(t, n, c.Scrapes)
	require.Len(t, c.Targets, 100)
	require.Less(t, took, 10*time.Second)
	t.Logf("%v a file", took/n)
}

func TestDumps(t *testing.T) {
	var b strings.Builder
	for _, name := range []string{"a", "b"} {
		for i := range 40_000 { // beyond the head
			fmt.Fprintf(&b, "%s_total{job=\"j\"} %d %d.93\n", name, i, 1795244469+15*i)
		}
	}
	c := mustOpen(t, files("must-gather/metrics.openmetrics", b.String()+"# EOF\n"), Options{})
	require.Empty(t, c.Targets)
	require.Equal(t, 1, c.Scrapes)
	require.Equal(t, int64(t0), c.Start)
	require.Equal(t, int64(t0+15_000*39_999), c.End)
	require.Equal(t, 15*time.Second, c.Interval)
	s := c.Stream()
	require.True(t, s.Next())
	require.True(t, s.Scrape().Bulk)
	require.Nil(t, s.Scrape().Target)
	require.Len(t, s.Scrape().Body, b.Len()+6)
	require.False(t, s.Next())

	t.Run("one sample without a time, far behind, makes it none", func(t *testing.T) {
		c := mustOpen(t, files("must-gather/metrics.openmetrics", b.String()+"late_total 1\n# EOF\n"), Options{})
		require.Len(t, c.Targets, 1)
		require.Equal(t, []string{"time-source must-gather/metrics.openmetrics"}, ids(c.Problems))
	})
	t.Run("beside scrapes", func(t *testing.T) {
		c := mustOpen(t, files("dump.om", "a{instance=\"x\"} 1 1795244000\n# EOF\n", "j/i/1795244469930.prom", "a 1\n"), Options{})
		require.Len(t, c.Targets, 1)
		require.Equal(t, int64(1795244000000), c.Start)
		s := c.Stream()
		require.True(t, s.Next())
		require.True(t, s.Scrape().Bulk)
		require.True(t, s.Next())
		require.False(t, s.Scrape().Bulk)
		n := 0
		for range c.Times() {
			n++
		}
		require.Equal(t, 1, n, "dumps are no scrapes of a target")
	})
	t.Run("a canonical name is a scrape, whatever is in it", func(t *testing.T) {
		c := mustOpen(t, files("j/i/1795244469930.prom", "a{instance=\"x\"} 1 1795244000000\n"), Options{})
		require.Len(t, c.Targets, 1)
	})
}
