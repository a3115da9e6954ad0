// Package archivetest makes archives for tests.
package archivetest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"hash/crc32"
	"io"
	"io/fs"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

// MemberTime is a time that all forms of archive can say.
var MemberTime = time.Date(2026, 11, 21, 7, 1, 10, 0, time.UTC)

// TarOf makes a tar of headers, which need no mode and time, each with its
// body.
func TarOf(t testing.TB, members ...TarMember) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, m := range members {
		if m.Header.Typeflag != tar.TypeXGlobalHeader { // which has nothing but its records
			m.Header.Mode, m.Header.Size, m.Header.ModTime = 0o644, int64(len(m.Body)), MemberTime
		}
		require.NoError(t, w.WriteHeader(&m.Header))
		_, err := io.WriteString(w, m.Body)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return buf.Bytes()
}

// A TarMember is a member of a tar; its size follows from its body.
type TarMember struct {
	tar.Header
	Body string
}

// Member is a member of a header and a body.
func Member(header tar.Header, body string) TarMember { return TarMember{header, body} }

// File is a regular file.
func File(name, body string) TarMember { return TarMember{tar.Header{Name: name}, body} }

// TarFiles makes a tar of names and contents.
func TarFiles(t testing.TB, pairs ...string) []byte {
	t.Helper()
	var members []TarMember
	for i := 0; i+1 < len(pairs); i += 2 {
		members = append(members, File(pairs[i], pairs[i+1]))
	}
	return TarOf(t, members...)
}

// ZipFiles makes a zip of names and contents, which writes sizes and checksums
// behind the members.
func ZipFiles(t testing.TB, pairs ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for i := 0; i+1 < len(pairs); i += 2 {
		f, err := w.CreateHeader(&zip.FileHeader{Name: pairs[i], Method: zip.Deflate, Modified: MemberTime})
		require.NoError(t, err)
		_, err = io.WriteString(f, pairs[i+1])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return buf.Bytes()
}

// ArchivesOf makes all forms of archive of a file system, by extension.
func ArchivesOf(t testing.TB, fsys fs.FS) map[string][]byte {
	t.Helper()
	var plain, zipped bytes.Buffer
	tw, zw := tar.NewWriter(&plain), zip.NewWriter(&zipped)
	zw.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	require.NoError(t, tw.AddFS(fsys))
	require.NoError(t, zw.AddFS(fsys))
	require.NoError(t, tw.Close())
	require.NoError(t, zw.Close())
	return map[string][]byte{
		".tar": plain.Bytes(), ".tar.gz": GzBytes(t, plain.Bytes()), ".tar.zst": ZstBytes(t, plain.Bytes()), ".zip": zipped.Bytes(),
	}
}

// GzBytes is gzip of b.
func GzBytes(t testing.TB, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestSpeed)
	require.NoError(t, err)
	_, err = w.Write(b)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return buf.Bytes()
}

// ZstBytes is zstd of b.
func ZstBytes(t testing.TB, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := zstd.NewWriter(&buf, zstd.WithEncoderConcurrency(1))
	require.NoError(t, err)
	_, err = w.Write(b)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return buf.Bytes()
}

// NoiseBytes cannot be compressed, and are always the same.
func NoiseBytes(n int) string {
	b := make([]byte, n)
	var seed [32]byte
	_, _ = rand.NewChaCha8(seed).Read(b)
	return string(b)
}

// CrcOf is the checksum that a zip has of s.
func CrcOf(s string) uint32 { return crc32.ChecksumIEEE([]byte(s)) }
