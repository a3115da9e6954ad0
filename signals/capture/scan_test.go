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

	"github.com/stretchr/testify/require"
)

// Splitting holds for any bytes: no panic, parts that follow one another within the file, and the same parts when the
// file is read again; and a stream over them ends.
func FuzzScan(f *testing.F) {
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
		facts, err := scan(bytes.NewReader(data), 0)
		if err != nil {
			t.Fatal(err)
		}
		end := int64(0)
		for _, p := range facts.parts {
			if p.off < end || p.size < 0 || p.off+p.size > int64(len(data)) {
				t.Fatalf("a part of %d bytes at %d, after %d, of %d", p.size, p.off, end, len(data))
			}
			end = p.off + p.size
		}
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
			if len(s.Scrape().Body) > len(data)*4 && s.Scrape().Err == nil && s.body.need < len(s.Scrape().Body) {
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
		fsys[manifestName] = &fstest.MapFile{Data: text}
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

// A file of a gigabyte is streamed: in little memory, and read twice, to find the scrapes and to hand them out.
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
		require.Equal(t, []string{"time-from-mtime must-gather/metrics.openmetrics"}, ids(c.Problems))
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

func TestDateLines(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"C locale", "Sat Nov 21 07:10:08 UTC 2026", "2026-11-21T07:10:08.000Z"},
		{"a day of one digit", "Tue Nov  3 07:10:08 UTC 2026", "2026-11-03T07:10:08.000Z"},
		{"a zone that means one thing", "Sat Nov 21 08:10:08 CET 2026", "2026-11-21T07:10:08.000Z"},
		{"one that means several", "Sat Nov 21 07:10:08 CST 2026", "2026-11-21T07:10:08.000Z no zone"},
		{"en_US", "Sat Nov 21 07:10:08 PM UTC 2026", "2026-11-21T19:10:08.000Z"},
		{"en_US, of newer systems", "Sat 21 Nov 2026 12:10:08 AM UTC", "2026-11-21T00:10:08.000Z"},
		{"noon", "Sat 21 Nov 2026 12:10:08 PM UTC", "2026-11-21T12:10:08.000Z"},
		{"en_GB", "Sat 21 Nov 07:10:08 UTC 2026", "2026-11-21T07:10:08.000Z"},
		{"de_DE", "Sa 21. Nov 08:10:08 CET 2026", "2026-11-21T07:10:08.000Z"},
		{"de_DE in March", "Sa 21. Mär 08:10:08 CET 2026", "2026-03-21T07:10:08.000Z"},
		{"fr_FR", "sam. 21 nov. 2026 08:10:08 CET", "2026-11-21T07:10:08.000Z"},
		{"fr_FR in July", "mar. 21 juil. 2026 09:10:08 CEST", "2026-07-21T07:10:08.000Z"},
		{"es_ES", "sáb 21 nov 2026 08:10:08 CET", "2026-11-21T07:10:08.000Z"},
		{"-R", "Sat, 21 Nov 2026 08:10:08 +0100", "2026-11-21T07:10:08.000Z"},
		{"-Is", "2026-11-21T08:10:08+01:00", "2026-11-21T07:10:08.000Z"},
		{"-Ins", "2026-11-21T08:10:08,930123456+01:00", "2026-11-21T07:10:08.930Z"},
		{"--rfc-3339=seconds", "2026-11-21 08:10:08+01:00", "2026-11-21T07:10:08.000Z"},
		{"+%F %T", "2026-11-21 07:10:08", "2026-11-21T07:10:08.000Z no zone"},
		{"+%F %T %Z", "2026-11-21 08:10:08 CET", "2026-11-21T07:10:08.000Z"},
		{"+%s", "1795244469", "2026-11-21T07:01:09.000Z"},
		{"+%s.%N", "1795244469.930123456", "2026-11-21T07:01:09.930Z"},
		{"+%s%3N", "1795244469930", "2026-11-21T07:01:09.930Z"},
		{"+%s%N", "1795244469930123456", "2026-11-21T07:01:09.930Z"},
		{"with decoration", "===== Sat Nov 21 07:10:08 UTC 2026 =====", "2026-11-21T07:10:08.000Z"},
		{"as a comment", "# 2026-11-21T07:10:08Z", "2026-11-21T07:10:08.000Z"},
		{"with a word", "Date: Sat Nov 21 07:10:08 UTC 2026", "2026-11-21T07:10:08.000Z"},
		{"with an equals sign", "timestamp=1795244469", "2026-11-21T07:01:09.000Z"},
		{"no day", "Nov 07:10:08 2026 UTC", ""},
		{"31 November", "Sat Nov 31 07:10:08 UTC 2026", ""},
		{"25 o'clock", "Sat Nov 21 25:10:08 UTC 2026", ""},
		{"a sentence with a date in it", "restarted on Sat Nov 21 07:10:08 UTC 2026 by hand", ""},
		{"a sample", "a_total 1795244469", ""},
		{"a number that is no time", "12345", ""},
		{"nothing", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			ms, zoned, ok := parseDateLine([]byte(row.in))
			got := ""
			if ok {
				got = formatTime(ms)
				if !zoned {
					got += " no zone"
				}
			}
			require.Equal(t, row.want, got, "%q", row.in)
		})
	}
}

// Names of a megabyte, which archives may have, cost no more than others.
func TestVeryLongNames(t *testing.T) {
	for _, piece := range []string{"1/", "1-", "20261121/0710-", "etcd", "etcd-", ".gz", "metrics1.", "a/", "10.0.0.1-", "(", "\xff"} {
		long := strings.Repeat(piece, 1<<20/len(piece))
		start := time.Now()
		readName(long, long)
		findTime(long)
		saysNothing(long)
		recognise(long, long)
		parseDateLine([]byte(long))
		require.Less(t, time.Since(start), 5*time.Second, "%q", piece)
	}
}

// FuzzTimes holds for any text: no panic, no time out of bounds, spans within it; what is blanked keeps its length, and
// a time that stands alone is found within words as well.
func FuzzTimes(f *testing.F) {
	for _, row := range timeRows {
		f.Add(row.in)
	}
	for _, row := range asTheyCome {
		f.Add(row.in[0])
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, ok := findTime(s)
		for _, span := range m.spans {
			if span[0] > span[1] || span[1] > len(s) {
				t.Fatalf("%v of %q", m.spans, s)
			}
		}
		if blank := blankTimes(s, m); len(blank) != len(s) {
			t.Fatalf("%q is blanked to %q", s, blank)
		}
		if ms, _, ok := parseDateLine([]byte(s)); ok && (ms < -63e12 || ms > 254e12) {
			t.Fatalf("%q is %d", s, ms)
		}
		n := readName(s, s)
		if strings.ContainsRune(n.instance, 0) && !strings.ContainsRune(s, 0) {
			t.Fatalf("%q names %q", s, n.instance)
		}
		if ok {
			form := time.UnixMilli(m.ms).UTC().Format("2006-01-02T15-04-05.000Z")
			if again, ok := findTime("x/metrics-" + form + ".txt"); !ok || again.ms != m.ms || !again.zoned {
				t.Fatalf("%q is %d, %q is %d", s, m.ms, form, again.ms)
			}
		}
	})
}

// Lines of dots stand for others that somebody left out of a listing, as in the
// article's; a listing with some is one scrape all the same.
func TestElidedListingIsOneScrape(t *testing.T) {
	listing := "...\n# TYPE a gauge\na 1\n...\na{b=\"c\"} 2\n# TYPE d gauge\nd 3\n"
	for name, text := range map[string]string{"dots": listing, "dashes": strings.ReplaceAll(listing, "...", "---")} {
		facts, err := scan(strings.NewReader(text), 0)
		require.NoError(t, err)
		require.Len(t, facts.parts, map[string]int{"dots": 1, "dashes": 2}[name], name)
	}
}
