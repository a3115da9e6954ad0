package capture

import (
	"bytes"
	"io"
	"os"
	"slices"
	"testing"

	"github.com/scrapebook/scrapebook/signals/capture/internal/archivetest"
	"github.com/stretchr/testify/require"
)

// openBytes opens an archive as it comes from a stream.
func openBytes(b []byte, opts Options) (*Capture, error) {
	c, rest, err := openArchiveStream(bytes.NewReader(b), "cap", opts)
	if c == nil && err == nil {
		_, err = io.Copy(io.Discard, rest)
		if err == nil {
			err = errNoArchive
		}
	}
	return c, err
}

var errNoArchive = &NoScrapesError{Name: "no archive"}

func mustOpenBytes(t testing.TB, b []byte, opts Options) *Capture {
	t.Helper()
	c, err := openBytes(b, opts)
	require.NoError(t, err)
	return c
}

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return s
}

// BenchmarkOpenArchive opens and streams the incident as a folder and as each
// form of archive.
func BenchmarkOpenArchive(b *testing.B) {
	const dir = "../../../shared/captures/incident"
	if _, err := os.Stat(dir); err != nil {
		b.Skip("needs the real captures beside the repository: ", err)
	}
	paths := map[string]string{"folder": dir}
	for ext, data := range archivetest.ArchivesOf(b, os.DirFS(dir)) {
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

// FuzzOpenArchive holds for any bytes: no panic, and bodies within their bound.
func FuzzOpenArchive(f *testing.F) {
	plain := archivetest.TarFiles(f, "capture.yaml", "job: x", "a/1795244469930.prom", "1", "k/y.tar", string(archivetest.TarFiles(f, "b/1795244469930.prom", "b 2")))
	for _, b := range [][]byte{plain, archivetest.GzBytes(f, plain), archivetest.ZipFiles(f, "a/1795244469930.prom.gz", gz("c 3"), "/x", "b"), plain[:1500]} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		limits := Limits{MaxMember: 1 << 20, MaxTotal: 8 << 20, MaxMembers: 200, MaxHeld: 4 << 20}
		c, err := openBytes(b, Options{Limits: limits})
		if err != nil {
			require.Nil(t, c)
			return
		}
		for s := c.Stream(); s.Next(); {
			require.LessOrEqual(t, int64(len(s.Scrape().Body)), limits.MaxMember)
		}
	})
}
