package archive

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/scrapebook/scrapebook/signals/capture/internal/archivetest"
	"github.com/stretchr/testify/require"
)

// treeOf is the file system of a tar.
func treeOf(t testing.TB, b []byte) *FS {
	t.Helper()
	a := newArchive("cap", Limits{}.withDefaults())
	require.NoError(t, a.read(newBuffered(b), tarArchive, nil, 0))
	return a.tree.seal()
}

func TestArchiveFS(t *testing.T) {
	large := strings.Repeat("kubeproxy_sync_proxy_rules_duration_seconds_bucket{le=\"0.001\"} 0\n", 40_000) // above holdWhole
	noisy := archivetest.NoiseBytes(3 << 20)
	want := map[string]string{"a/b/c": "", "a/small": "1", "a/large": large, "d": noisy, "e/f/g/h": strings.Repeat("x", holdWhole), "e/i": strings.Repeat("y", holdSmall+1)}
	var pairs []string
	for name, body := range want {
		pairs = append(pairs, name, body)
	}
	fsys := treeOf(t, archivetest.TarFiles(t, pairs...))
	var names []string
	for name, body := range want {
		names = append(names, name)
		got, err := fs.ReadFile(fsys, name)
		require.NoError(t, err)
		require.True(t, body == string(got), name)
		info, err := fs.Stat(fsys, name)
		require.NoError(t, err)
		require.Equal(t, archivetest.MemberTime, info.ModTime().UTC())
		require.Equal(t, int64(len(body)), info.Size())
	}
	require.NoError(t, fstest.TestFS(fsys, names...))
	sub, err := fs.Sub(fsys, "e")
	require.NoError(t, err)
	require.IsType(t, &FS{}, sub, "it is still known to be an archive")
	require.NoError(t, fstest.TestFS(sub, "f/g/h", "i"))
	_, err = fs.Sub(fsys, "d")
	require.ErrorIs(t, err, errNoFolder)
	_, err = fsys.ReadDir("d")
	require.ErrorIs(t, err, errNoFolder)
	_, err = fsys.Open("A/small")
	require.ErrorIs(t, err, fs.ErrNotExist, "case counts")
}

func TestArchiveFileClosed(t *testing.T) {
	fsys := treeOf(t, archivetest.TarFiles(t, "a", strings.Repeat("a", 1000)))
	f, err := fsys.Open("a")
	require.NoError(t, err)
	_, err = f.Read(make([]byte, 10))
	require.NoError(t, err)
	require.NoError(t, f.Close())
	_, err = f.Read(make([]byte, 10))
	require.ErrorIs(t, err, fs.ErrClosed)
	_, err = f.Stat()
	require.ErrorIs(t, err, fs.ErrClosed)
	require.ErrorIs(t, f.Close(), fs.ErrClosed)
}

// Readers of one archive do not disturb each other, also when they share
// decoders.
func TestArchiveReadersAtOnce(t *testing.T) {
	a, b := strings.Repeat("a 1\n", 50_000), strings.Repeat("b 2\n", 60_000)
	fsys := treeOf(t, archivetest.TarFiles(t, "a", a, "b", b))
	done := make(chan error)
	for i := range 8 {
		go func() {
			for range 20 {
				name, want := "a", a
				if i%2 == 1 {
					name, want = "b", b
				}
				got, err := fs.ReadFile(fsys, name)
				if err == nil && string(got) != want {
					err = errors.New("another one's bytes")
				}
				if err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 8 {
		require.NoError(t, <-done)
	}
}

// What is held is charged to the last byte, and given back when it is not
// wanted.
func TestChunks(t *testing.T) {
	left := int64(10 * holdChunk)
	c := chunks{left: &left}
	r := rand.New(rand.NewPCG(1, 2))
	var want []byte
	for range 2000 {
		p := make([]byte, r.IntN(2000))
		for i := range p {
			p[i] = byte(r.Uint32())
		}
		n, err := c.Write(p)
		want = append(want, p[:n]...)
		if r.IntN(4) == 0 && len(want) > 0 {
			want = want[:r.IntN(len(want))]
			c.cut(int64(len(want)))
		}
		if n < len(p) {
			require.ErrorIs(t, err, errHeldFull)
			require.Len(t, want, 10*holdChunk)
			break
		}
		require.NoError(t, err)
		require.Equal(t, int64(len(want)), c.size)
		require.Equal(t, int64(10-len(c.list))*holdChunk, left)
		require.GreaterOrEqual(t, int64(len(c.list))*holdChunk, c.size)
	}
	got, err := io.ReadAll(io.NewSectionReader(&c, 0, c.size))
	require.NoError(t, err)
	require.Equal(t, want, got)
	_, err = c.ReadAt(make([]byte, 1), c.size)
	require.ErrorIs(t, err, io.EOF)
	_, err = c.ReadAt(make([]byte, 1), -1)
	require.Error(t, err)
	c.cut(0)
	require.Equal(t, int64(10*holdChunk), left)
}

func TestHoldBounds(t *testing.T) {
	for _, row := range []struct {
		name      string
		size, max int64
		left      int64
		over      bool
		err       error
	}{
		{"empty", 0, 10, holdChunk, false, nil},
		{"just within", 10, 10, holdChunk, false, nil},
		{"one too many", 11, 10, holdChunk, true, nil},
		{"whole, just within", holdWhole, holdWhole, 2 * holdWhole, false, nil},
		{"whole, one too many", holdWhole + 1, holdWhole, 2 * holdWhole, true, nil},
		{"in parts, just within", 3 * holdWhole, 3 * holdWhole, 4 * holdWhole, false, nil},
		{"in parts, one too many", 3*holdWhole + 1, 3 * holdWhole, 4 * holdWhole, true, nil},
		{"no room for a small one", 10, 10, holdChunk - 1, false, errHeldFull},
		{"no room for a large one", 3 * holdWhole, 3 * holdWhole, holdWhole, false, errHeldFull},
	} {
		t.Run(row.name, func(t *testing.T) {
			left := row.left
			h := holder{to: chunks{left: &left}}
			body := archivetest.NoiseBytes(int(row.size))
			var where held
			size, err := h.hold(strings.NewReader(body), row.max, &where)
			if err == nil {
				err = h.settle()
			}
			require.ErrorIs(t, err, row.err)
			if row.over || row.err != nil {
				require.Equal(t, held{}, where)
				require.Zero(t, h.to.size)
				require.Equal(t, row.left, left)
				require.Equal(t, row.over, size > row.max)
				return
			}
			require.Equal(t, row.size, size)
			got, err := io.ReadAll(h.to.open(where))
			require.NoError(t, err)
			require.True(t, body == string(got))
		})
	}
	h := holder{to: chunks{left: new(int64)}}
	*h.to.left = holdChunk
	_, err := h.hold(io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(io.ErrUnexpectedEOF)), 10, new(held))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF, "a reader that breaks off is told from one that ends")
}

func newBuffered(b []byte) *bufio.Reader { return bufio.NewReaderSize(bytes.NewReader(b), sniffLen) }
