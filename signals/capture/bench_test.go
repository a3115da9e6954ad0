package capture_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
)

// BenchmarkCompressed reads captures of compressed scrapes; the peer is the
// decompressor alone, over the same bytes.
func BenchmarkCompressed(b *testing.B) {
	body, err := os.ReadFile("../../../shared/captures/singles/kube-proxy-node-a.prom")
	if err != nil {
		b.Skip(err)
	}
	var gz, zst bytes.Buffer
	w := gzip.NewWriter(&gz)
	_, err = w.Write(body)
	require.NoError(b, err)
	require.NoError(b, w.Close())
	z, err := zstd.NewWriter(&zst)
	require.NoError(b, err)
	_, err = z.Write(body)
	require.NoError(b, err)
	require.NoError(b, z.Close())

	const scrapes = 50
	for _, one := range []struct {
		name   string // the extension
		packed []byte
		reader func() (io.Reader, func(io.Reader) error)
	}{
		{".gz", gz.Bytes(), func() (io.Reader, func(io.Reader) error) {
			r, err := gzip.NewReader(bytes.NewReader(gz.Bytes()))
			require.NoError(b, err)
			return r, r.Reset
		}},
		{".zst", zst.Bytes(), func() (io.Reader, func(io.Reader) error) {
			r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
			require.NoError(b, err)
			return r, r.Reset
		}},
	} {
		fsys := fstest.MapFS{}
		for i := range scrapes {
			fsys[fmt.Sprintf("j/i/%d.prom%s", 1795244469930+i*5000, one.name)] = &fstest.MapFile{Data: one.packed}
		}
		c, err := capture.Open(fsys, "c", capture.Options{})
		require.NoError(b, err)
		b.Run("capture"+one.name, func(b *testing.B) {
			b.SetBytes(int64(scrapes * len(body)))
			s := c.Stream()
			var room []byte
			for b.Loop() {
				for i := range c.Scrapes {
					sc := s.At(i, room)
					if len(sc.Body) != len(body) {
						b.Fatal(sc.Err)
					}
					room = sc.Body
				}
			}
		})
		b.Run("decompressor"+one.name, func(b *testing.B) {
			b.SetBytes(int64(scrapes * len(body)))
			r, reset := one.reader()
			room := make([]byte, len(body))
			for b.Loop() {
				for range scrapes {
					require.NoError(b, reset(bytes.NewReader(one.packed)))
					if _, err := io.ReadFull(r, room); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
