package capture

import (
	"archive/tar"
	"bytes"
	"io"
	"io/fs"
	"os"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// Whatever an archive's bytes are: no panic, names that are paths below the root, bounded work, and a file system that
// is one. What is no archive is handed on whole.
func FuzzArchive(f *testing.F) {
	plain := tarOf(f, file(good, "a 1"), file("../x", "b"), tarMember{tar.Header{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "/etc"}, ""}, file("k/y.tar", string(tarFiles(f, bad, "b 2"))), file(zeroed+".gz", gz("c 3")))
	zipped := zipFiles(f, good, "a 1", "/x", "b", "k/y.zip", string(zipFiles(f, bad, "b 2")), zeroed, zst("c 3"))
	for _, b := range [][]byte{
		plain, gzBytes(f, plain), zstBytes(f, plain), zipped, zipped[:200], plain[:1500], gzBytes(f, plain)[:100],
		bytes.ReplaceAll(zipped, []byte("PK\x01\x02"), []byte("PK\x01\x03")), tarFiles(f, "capture.yaml", "job: x", "a/1795244469930.prom", "1"),
		[]byte("PK\x05\x06" + string(make([]byte, 18))), make([]byte, 1024), []byte("a 1\n"),
	} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		opts := Options{Limits: Limits{MaxMember: 1 << 20, MaxTotal: 8 << 20, MaxMembers: 200, MaxHeld: 4 << 20}}
		limits := opts.archiveLimits()
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
		var err error
		if kind == zipArchive {
			err = a.topZip(in, nil, 0)
		} else {
			err = a.topTar(in)
		}
		if err != nil {
			require.ErrorAs(t, err, new(*LimitError))
		}
		require.LessOrEqual(t, a.total, limits.MaxTotal+2<<20)
		require.LessOrEqual(t, a.holder.to.size, limits.MaxHeld)
		require.LessOrEqual(t, len(a.problems), maxArchiveProblems)
		fsys := a.tree.seal()
		var names []string
		readable := true
		require.NoError(t, fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
			require.NoError(t, err)
			require.True(t, fs.ValidPath(path))
			if n := fsys.tree.nodes[fold(path)]; n.err != nil {
				readable = false
			}
			names = append(names, path)
			return nil
		}))
		if readable && len(names) < 30 {
			require.NoError(t, fstest.TestFS(fsys, names[1:]...))
		}
		if err != nil {
			return
		}
		c, err := a.capture(opts)
		if err != nil {
			require.Nil(t, c)
			return
		}
		for s := c.Stream(); s.Next(); {
			require.LessOrEqual(t, int64(len(s.Scrape().Body)), limits.MaxMember)
		}
	})
}

// BenchmarkOpenArchive opens and streams the incident as a folder and as each form of archive.
func BenchmarkOpenArchive(b *testing.B) {
	const dir = "../../../shared/captures/incident"
	if _, err := os.Stat(dir); err != nil {
		b.Skip("needs the real captures beside the repository: ", err)
	}
	paths := map[string]string{"folder": dir}
	for ext, data := range archivesOf(b, os.DirFS(dir)) {
		paths[ext[1:]] = b.TempDir() + "/incident" + ext
		if err := os.WriteFile(paths[ext[1:]], data, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	for _, name := range []string{"folder", "tar", "tar.gz", "tar.zst", "zip"} {
		b.Run(name, func(b *testing.B) {
			var size int64
			b.ReportAllocs()
			for b.Loop() {
				c, err := OpenPath(paths[name], nil, Options{})
				if err != nil {
					b.Fatal(err)
				}
				size = 0
				s := c.Stream()
				for s.Next() {
					size += int64(len(s.Scrape().Body))
				}
				if c.Scrapes != 540 {
					b.Fatal(c.Scrapes)
				}
			}
			b.SetBytes(size)
		})
	}
}
