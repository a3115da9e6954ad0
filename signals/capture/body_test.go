package capture

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/scrapebook/scrapebook/signals/capture/internal/codec"
	"github.com/stretchr/testify/require"
)

func gz(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

func zst(s string) string {
	var b bytes.Buffer
	w, _ := zstd.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

func sz(s string) string {
	var b bytes.Buffer
	w := snappy.NewBufferedWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

// noise is text that does not compress well.
func noise(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(r.IntN(26))
	}
	return string(b)
}

func TestBodies(t *testing.T) {
	text := noise(100_000)
	for _, row := range []struct {
		name, file, headers, in, want, err string
	}{
		{"plain", "T.prom", "", text, text, ""},
		{"gzip", "T.prom.gz", "", gz(text), text, ""},
		{"zstd", "T.prom.zst", "", zst(text), text, ""},
		{"snappy", "T.prom.sz", "", sz(text), text, ""},
		{"snappy as .prom", "T.prom", "", sz(text), text, ""},
		{"snappy in gzip", "T.prom", "", gz(sz(text)), text, ""},
		{"snappy cut off", "T.prom.sz", "", sz(text)[:40_000], "", "the snappy data breaks off after"},
		{"snappy with a wrong checksum", "T.prom.sz", "", strings.Replace(sz("abcdef\n"), "cde", "xyz", 1), "", "the snappy data is damaged after 0 bytes"},
		{"gzip as the Content-Encoding says", "T.prom", "Content-Encoding: gzip\n", gz(text), text, ""},
		{"zstd as the Content-Encoding says", "T.prom", "Content-Encoding: zstd\n", zst(text), text, ""},
		{"a Content-Encoding that curl --compressed has undone", "T.prom", "Content-Encoding: gzip\n", text, text, ""},
		{"bytes go before the extension: gzip as .prom", "T.prom", "", gz(text), text, ""},
		{"zstd as .gz", "T.prom.gz", "", zst(text), text, ""},
		{"plain as .zst", "T.prom.zst", "", text, text, ""},
		{"an encoded body in a compressed file", "T.prom.zst", "Content-Encoding: gzip\n", zst(gz(text)), text, ""},
		{"three times over", "T.prom", "", gz(zst(gz(text))), text, ""},
		{"four times over is no scrape", "T.prom", "", gz(gz(gz(gz(text)))), "", "the gzip data is damaged after 0 bytes of the body: compressed more than 3 times over"},
		{"gzip members one after the other", "T.prom.gz", "", gz("a 1\n") + gz("b 2\n"), "a 1\nb 2\n", ""},
		{"zstd frames one after the other", "T.prom.zst", "", zst("a 1\n") + zst("b 2\n"), "a 1\nb 2\n", ""},
		{"a skippable zstd frame first", "T.prom.zst", "", "\x50\x2a\x4d\x18\x01\x00\x00\x00x" + zst(text), text, ""},
		{"empty", "T.prom", "", "", "", ""},
		{"empty though .gz", "T.prom.gz", "", "", "", ""},
		{"gzip of nothing", "T.prom.gz", "", gz(""), "", ""},
		{"shorter than a magic number", "T.prom", "", "a 1", "a 1", ""},
		{"gzip cut off in its header", "T.prom.gz", "", gz(text)[:5], "", "the gzip data breaks off after 0 bytes of the body: unexpected EOF"},
		{"gzip cut off in the middle", "T.prom.gz", "", gz(text)[:40_000], "", "the gzip data breaks off after"},
		{"gzip without its checksum", "T.prom.gz", "", gz(text)[:len(gz(text))-4], "", "the gzip data breaks off after 100000 bytes of the body: unexpected EOF"},
		{"gzip with a wrong checksum", "T.prom.gz", "", gz(text)[:len(gz(text))-8] + "12345678", "", "the gzip data is damaged after"},
		{"gzip and rubbish", "T.prom.gz", "", gz(text) + "rubbish of some length", "", "the gzip data is damaged after 100000 bytes of the body: gzip: invalid header"},
		{"zstd cut off", "T.prom.zst", "", zst(text)[:40_000], "", "the zstd data breaks off after"},
		{"zstd magic alone", "T.prom.zst", "", "\x28\xb5\x2f\xfd", "", "the zstd data breaks off after 0 bytes"},
		{"zstd that asks for a window of 2 GiB", "T.prom.zst", "", "\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00", "", "the zstd data is damaged after 0 bytes of the body: window size exceeded"},
	} {
		t.Run(row.name, func(t *testing.T) {
			fsys := files("j/i/"+strings.Replace(row.file, "T", "1795244469930", 1), row.in, "j/i/1795244469931.prom", "next")
			if row.headers != "" {
				fsys["j/i/1795244469930.headers"] = &fstest.MapFile{Data: []byte(row.headers)}
			}
			s := mustOpen(t, fsys, Options{}).Stream()
			require.True(t, s.Next())
			sc := s.Scrape()
			require.True(t, string(sc.Body) == row.want, "body of %d bytes, want %d", len(sc.Body), len(row.want))
			if row.err == "" {
				require.NoError(t, sc.Err)
			} else {
				require.ErrorContains(t, sc.Err, row.err)
			}
			require.True(t, s.Next())
			require.Equal(t, "next", string(s.Scrape().Body), "the rest goes on")
			require.NoError(t, s.Scrape().Err)
			require.False(t, s.Next())
			require.NoError(t, s.Err())
		})
	}
}

func TestMaxBody(t *testing.T) {
	for _, row := range []struct {
		name, in string
		max      int64
		fits     bool
	}{
		{"just fits", noise(1000), 1000, true},
		{"a byte too large", noise(1001), 1000, false},
		{"gzip that just fits", gz(noise(1000)), 1000, true},
		{"gzip a byte too large", gz(noise(1001)), 1000, false},
		{"zstd a byte too large", zst(noise(1001)), 1000, false},
		{"the file is larger than the body", gz(noise(10)), 10, true},
		{"nothing said is 1 GiB", noise(1001), 0, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := mustOpen(t, files("1795244469930.prom", row.in, "1795244469931.prom", "next"), Options{MaxBody: row.max}).Stream()
			require.True(t, s.Next())
			require.Equal(t, !row.fits, errors.Is(s.Scrape().Err, ErrBodyTooLarge), "%v", s.Scrape().Err)
			require.Equal(t, row.fits, len(s.Scrape().Body) > 0)
			require.True(t, s.Next())
			require.Equal(t, "next", string(s.Scrape().Body))
		})
	}
}

// A body beyond MaxEager is measured first and then read whole.
func TestLargeBody(t *testing.T) {
	text := strings.Repeat("0123456789abcde\n", codec.MaxEager/16+1)
	for name, in := range map[string]string{"plain": text, "gzip": gz(text), "zstd": zst(text)} {
		s := mustOpen(t, files("1795244469930.prom", in), Options{}).Stream()
		require.True(t, s.Next(), name)
		require.NoError(t, s.Scrape().Err, name)
		require.True(t, string(s.Scrape().Body) == text, name)
	}
}

// A bomb of 1 GiB and a byte of zeros costs no more memory than MaxEager, and
// the rest goes on.
func TestBomb(t *testing.T) {
	var bomb bytes.Buffer
	w, err := gzip.NewWriterLevel(&bomb, gzip.BestSpeed)
	require.NoError(t, err)
	_, err = io.CopyN(w, zeros{}, DefaultMaxBody+1)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	s := mustOpen(t, files("1795244469930.prom.gz", gz(bomb.String()), "1795244469931.prom", "next"), Options{}).Stream()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	require.True(t, s.Next())
	require.ErrorIs(t, s.Scrape().Err, ErrBodyTooLarge)
	require.ErrorContains(t, s.Scrape().Err, "more than 1073741824 bytes after decompression")
	require.Nil(t, s.Scrape().Body)
	require.True(t, s.Next())
	require.Equal(t, "next", string(s.Scrape().Body))
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(6*codec.MaxEager), "growing to maxEager by a quarter at a time allocates about five times as much")
	require.Less(t, cap(s.body.Buf), 1<<20, "the large buffer is not kept for small bodies")
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// Files that vanish, or become something else, between listing and reading.
func TestFilesChangeAfterListing(t *testing.T) {
	fsys := files("1795244469930.prom", "1", "1795244469931.prom", "2", "1795244469931.headers", "HTTP/1.1 200 OK\n",
		"1795244469932.prom", "3", "1795244469933.err", "4", "1795244469934.prom", "5")
	c := mustOpen(t, fsys, Options{})
	delete(fsys, "1795244469930.prom")
	delete(fsys, "1795244469931.headers")
	delete(fsys, "1795244469933.err")
	fsys["1795244469932.prom"] = &fstest.MapFile{Mode: fs.ModeNamedPipe}
	require.Equal(t, []string{
		`cap/cap 0 1795244469930.prom 0 "" error: the file cannot be read: file does not exist`,
		`cap/cap 1 1795244469931.prom 0 "" error: 1795244469931.headers cannot be read: file does not exist`,
		`cap/cap 2 1795244469932.prom 0 "" error: the file cannot be read: it is no regular file any more`,
		`cap/cap 3 1795244469933.err 0 "" error: 1795244469933.err cannot be read: file does not exist`,
		`cap/cap 4 1795244469934.prom 0 "5"`,
	}, told(c))
}

// An error of the disk, in the middle of a file.
func TestReadError(t *testing.T) {
	broken := errors.New("disk on fire")
	open := func(string) (io.ReadCloser, int64, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("a 1\n"), failing{&fs.PathError{Op: "read", Path: "/secret", Err: broken}})), 4, nil
	}
	b := codec.Reader{Max: 100}
	_, err := b.Read(open, "x")
	require.ErrorIs(t, err, broken)
	require.EqualError(t, err, "the file cannot be read: disk on fire")
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A File that grows between measuring and reading is not read without end.
func TestGrowingFile(t *testing.T) {
	n := int64(codec.MaxEager)
	open := func(string) (io.ReadCloser, int64, error) {
		n += 100
		return io.NopCloser(io.LimitReader(zeros{}, n)), 0, nil
	}
	b := codec.Reader{Max: DefaultMaxBody}
	_, err := b.Read(open, "x")
	require.EqualError(t, err, "the file grew while it was read")
}

func BenchmarkStream(b *testing.B) {
	const incident = "../../../shared/captures/incident"
	if _, err := os.Stat(incident); err != nil {
		b.Skip("needs ../shared/captures: ", err)
	}
	c, err := OpenPath(incident, nil, Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		n := int64(0)
		for s := c.Stream(); s.Next(); {
			n += int64(len(s.Scrape().Body))
		}
		b.SetBytes(n)
	}
}
