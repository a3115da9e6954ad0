package capture

import (
	"archive/tar"
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// Headers whose body lies behind the cut of an archive are no failed scrape:
// the target would look down when it was not.
func TestArchiveCutBetweenHeadersAndBodies(t *testing.T) {
	var buf bytes.Buffer
	tw := tar.NewWriter(&buf)
	add := func(name, body string) {
		require.NoError(t, tw.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(body))}))
		_, err := tw.Write([]byte(body))
		require.NoError(t, err)
	}
	const headers = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
	add("j/i/1700000000.headers", headers)
	add("j/i/1700000010.headers", headers)
	add("j/i/1700000020.err", "refused\n")
	add("j/i/1700000000.prom", "m 1\n")
	whole := buf.Len() // and 508 bytes to the end of the block
	add("j/i/1700000010.prom", "m 1\n")
	require.NoError(t, tw.Close())

	open := func(b []byte) *Capture {
		c, err := OpenPath("-", bytes.NewReader(b), Options{})
		require.NoError(t, err)
		return c
	}
	require.Equal(t, 3, open(buf.Bytes()).Scrapes)
	c := open(buf.Bytes()[:whole+508+100])
	require.Equal(t, 2, c.Scrapes, "the scrape whose body is there, and the one that failed")
	require.Contains(t, c.Ignored, "j/i/1700000010.headers")
}
