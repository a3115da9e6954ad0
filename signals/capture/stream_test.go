package capture

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
)

// Over many targets with times of their own, the stream's order is that of a
// sort by time and target, and Entry knows each before it is read.
func TestStreamOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	fsys := fstest.MapFS{}
	var want []string
	for target := range 9 {
		at := int64(1795244469000)
		for range 50 {
			at += 1 + r.Int64N(3)
			file := fmt.Sprintf("j/i%d/%d.prom", target, at)
			fsys[file] = &fstest.MapFile{Data: []byte(file)}
			want = append(want, fmt.Sprintf("%d i%d %s", at, target, file))
		}
	}
	slices.Sort(want)
	c := mustOpen(t, fsys, Options{})
	s := c.Stream()
	var got []string
	for i := 0; s.Next(); i++ {
		sc := s.Scrape()
		target, at, _ := c.Entry(i)
		require.Equal(t, sc.Time, at)
		require.Same(t, sc.Target, target)
		got = append(got, fmt.Sprintf("%d %s %s", sc.Time, sc.Target.Instance, sc.Body))
	}
	require.Equal(t, want, got)
	require.Equal(t, want[0][:13], strconv.FormatInt(c.Start, 10))
	require.Equal(t, want[len(want)-1][:13], strconv.FormatInt(c.End, 10))
	require.False(t, s.Next(), "the end stays the end")
	require.Nil(t, s.Scrape().Target)
}

// counting counts open files, and how often which is opened.
type counting struct {
	fs.FS
	open, most int
	opened     []string
}

type countedFile struct {
	fs.File
	c *counting
}

func (c *counting) Open(name string) (fs.File, error) {
	f, err := c.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if _, ok := f.(fs.ReadDirFile); ok {
		return f, nil
	}
	c.open++
	c.most = max(c.most, c.open)
	c.opened = append(c.opened, name)
	return &countedFile{f, c}, nil
}

func (f *countedFile) Close() error {
	f.c.open--
	return f.File.Close()
}

// Open reads nothing but capture.yaml, and a Stream has one file open at a
// time.
func TestOneFileAtATime(t *testing.T) {
	fsys := &counting{FS: files("capture.yaml", "job: x", "a/1795244470.prom", gz("1"), "a/1795244470.headers", "A: b", "b/1795244470.prom", zst("2"),
		"b/1795244471.prom", "", "b/1795244471.err", "x", "b/1795244472.prom", gz("cut off")[:15])}
	c := mustOpen(t, fsys, Options{})
	require.Equal(t, []string{"capture.yaml"}, fsys.opened)
	s := c.Stream()
	for s.Next() {
		require.Zero(t, fsys.open, "nothing stays open between scrapes")
	}
	require.Equal(t, 1, fsys.most)
	require.Len(t, fsys.opened, 1+6)
}

// many is a directory of very many scrapes without contents of their own.
type many struct{ n int }

func (m many) Open(name string) (fs.File, error) {
	return fstest.MapFS{name: &fstest.MapFile{Data: []byte("a 1\n")}}.Open(name)
}

func (m many) ReadDir(name string) ([]fs.DirEntry, error) {
	list := make([]fs.DirEntry, m.n)
	for i := range list {
		list[i] = manyEntry(strconv.Itoa(1795244469930+i*5000) + ".prom")
	}
	return list, nil
}

type manyEntry string

func (e manyEntry) Name() string               { return string(e) }
func (e manyEntry) IsDir() bool                { return false }
func (e manyEntry) Type() fs.FileMode          { return 0 }
func (e manyEntry) Info() (fs.FileInfo, error) { return nil, fs.ErrInvalid }

// 100,000 scrapes in one directory are listed in a moment, and kept in little.
func TestManyScrapes(t *testing.T) {
	const n = 100_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	c := mustOpen(t, many{n}, Options{})
	took := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	require.Equal(t, n, c.Scrapes)
	require.Equal(t, 5*time.Second, c.Interval)
	require.Less(t, (after.HeapAlloc-before.HeapAlloc)/n, uint64(250), "bytes per scrape")
	require.Less(t, took, 5*time.Second)
	t.Logf("%v, %d bytes per scrape", took, (after.HeapAlloc-before.HeapAlloc)/n)
	runtime.KeepAlive(c)
}

// A stream keeps one body, whatever it has read.
func TestStreamRetainsNoBodies(t *testing.T) {
	const bodies, size = 200, 1 << 20
	fsys := fstest.MapFS{}
	packed := []byte(gz(strings.Repeat("x", size)))
	for i := range bodies {
		fsys[fmt.Sprintf("j/i%d/%d.prom.gz", i%4, 1795244469930+i)] = &fstest.MapFile{Data: packed}
	}
	s := mustOpen(t, fsys, Options{}).Stream()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n := 0
	for s.Next() {
		require.Len(t, s.Scrape().Body, size)
		if n++; n == bodies {
			runtime.GC()
			runtime.ReadMemStats(&after)
			require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(4*size))
		}
	}
	require.Equal(t, bodies, n)
}

// Streams of one capture do not disturb each other.
func TestTwoStreams(t *testing.T) {
	c := mustOpen(t, files("a/1795244470.prom", "1", "b/1795244470.prom", "2"), Options{})
	s, u := c.Stream(), c.Stream()
	require.True(t, s.Next())
	require.True(t, u.Next())
	require.True(t, u.Next())
	require.Equal(t, "1", string(s.Scrape().Body))
	require.Equal(t, "2", string(u.Scrape().Body))
}

// BenchmarkOpenDirectory lists a real directory of 10,000 files.
func BenchmarkOpenDirectory(b *testing.B) {
	dir := b.TempDir()
	const n = 10_000
	for i := range n {
		if err := os.WriteFile(dir+"/"+strconv.Itoa(1795244469930+i*5000)+".prom", nil, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if c, err := OpenPath(dir, nil, Options{}); err != nil || c.Scrapes != n {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/file")
}
