package archive

import (
	"archive/tar"
	"bytes"
	"io"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/scrapebook/scrapebook/signals/capture/internal/archivetest"
	"github.com/stretchr/testify/require"
)

// Whatever an archive's bytes are: no panic, names that are paths below the
// root, bounded work, and a file system that is one. What is no archive is
// handed on whole.
func FuzzArchive(f *testing.F) {
	const good, bad, zeroed = "j/i/1795244469930.prom", "j/i/1795244470930.prom", "j/i/1795244471930.prom"
	plain := archivetest.TarOf(f, archivetest.File(good, "a 1"), archivetest.File("../x", "b"), archivetest.TarMember{Header: tar.Header{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "/etc"}}, archivetest.File("k/y.tar", string(archivetest.TarFiles(f, bad, "b 2"))), archivetest.File(zeroed+".gz", string(archivetest.GzBytes(f, []byte("c 3")))))
	zipped := archivetest.ZipFiles(f, good, "a 1", "/x", "b", "k/y.zip", string(archivetest.ZipFiles(f, bad, "b 2")), zeroed, string(archivetest.ZstBytes(f, []byte("c 3"))))
	for _, b := range [][]byte{
		plain, archivetest.GzBytes(f, plain), archivetest.ZstBytes(f, plain), zipped, zipped[:200], plain[:1500], archivetest.GzBytes(f, plain)[:100],
		bytes.ReplaceAll(zipped, []byte("PK\x01\x02"), []byte("PK\x01\x03")), archivetest.TarFiles(f, "capture.yaml", "job: x", "a/1795244469930.prom", "1"),
		[]byte("PK\x05\x06" + string(make([]byte, 18))), make([]byte, 1024), []byte("a 1\n"),
	} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		limits := Limits{MaxMember: 1 << 20, MaxTotal: 8 << 20, MaxMembers: 200, MaxHeld: 4 << 20}
		in := newBuffered(b)
		var s sniffer
		kind := s.sniff(in)
		if kind == notArchive {
			rest, err := io.ReadAll(in)
			require.NoError(t, err)
			require.True(t, bytes.Equal(b, rest))
			return
		}
		a := newArchive("cap", limits)
		if err := a.read(in, kind, nil, 0); err != nil {
			require.ErrorAs(t, err, new(*LimitError))
		}
		require.LessOrEqual(t, a.total, limits.MaxTotal+2<<20)
		require.LessOrEqual(t, a.holder.to.size, limits.MaxHeld)
		require.LessOrEqual(t, len(a.problems), MaxArchiveProblems)
		fsys := a.tree.seal()
		var names []string
		readable := true
		require.NoError(t, fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
			require.NoError(t, err)
			require.True(t, fs.ValidPath(path))
			if n := fsys.Tree.nodes[fold(path)]; n.err != nil {
				readable = false
			}
			names = append(names, path)
			return nil
		}))
		if readable && len(names) < 30 {
			require.NoError(t, fstest.TestFS(fsys, names[1:]...))
		}
	})
}
