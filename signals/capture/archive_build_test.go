package capture

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

// memberTime is a time that all forms of archive can say.
var memberTime = time.Date(2026, 11, 21, 7, 1, 10, 0, time.UTC)

// tarOf makes a tar of headers, which need no mode and time, each with its body.
func tarOf(t testing.TB, members ...tarMember) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, m := range members {
		if m.Header.Typeflag != tar.TypeXGlobalHeader { // which has nothing but its records
			m.Header.Mode, m.Header.Size, m.Header.ModTime = 0o644, int64(len(m.body)), memberTime
		}
		require.NoError(t, w.WriteHeader(&m.Header))
		_, err := io.WriteString(w, m.body)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return buf.Bytes()
}

type tarMember struct {
	tar.Header
	body string
}

func file(name, body string) tarMember { return tarMember{tar.Header{Name: name}, body} }

// tarFiles makes a tar of names and contents.
func tarFiles(t testing.TB, pairs ...string) []byte {
	t.Helper()
	var members []tarMember
	for i := 0; i+1 < len(pairs); i += 2 {
		members = append(members, file(pairs[i], pairs[i+1]))
	}
	return tarOf(t, members...)
}

// zipFiles makes a zip of names and contents, which writes sizes and checksums behind the members.
func zipFiles(t testing.TB, pairs ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for i := 0; i+1 < len(pairs); i += 2 {
		f, err := w.CreateHeader(&zip.FileHeader{Name: pairs[i], Method: zip.Deflate, Modified: memberTime})
		require.NoError(t, err)
		_, err = io.WriteString(f, pairs[i+1])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return buf.Bytes()
}

// archivesOf makes all forms of archive of a file system, by extension.
func archivesOf(t testing.TB, fsys fs.FS) map[string][]byte {
	t.Helper()
	var plain, zipped bytes.Buffer
	tw, zw := tar.NewWriter(&plain), zip.NewWriter(&zipped)
	zw.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	require.NoError(t, tw.AddFS(fsys))
	require.NoError(t, zw.AddFS(fsys))
	require.NoError(t, tw.Close())
	require.NoError(t, zw.Close())
	return map[string][]byte{
		".tar": plain.Bytes(), ".tar.gz": gzBytes(t, plain.Bytes()), ".tar.zst": zstBytes(t, plain.Bytes()), ".zip": zipped.Bytes(),
	}
}

func gzBytes(t testing.TB, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestSpeed)
	require.NoError(t, err)
	_, err = w.Write(b)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return buf.Bytes()
}

func zstBytes(t testing.TB, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := zstd.NewWriter(&buf, zstd.WithEncoderConcurrency(1))
	require.NoError(t, err)
	_, err = w.Write(b)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return buf.Bytes()
}

// noiseBytes cannot be compressed, and are always the same.
func noiseBytes(n int) string {
	b := make([]byte, n)
	var seed [32]byte
	_, _ = rand.NewChaCha8(seed).Read(b)
	return string(b)
}

func crcOf(s string) uint32 { return crc32.ChecksumIEEE([]byte(s)) }
