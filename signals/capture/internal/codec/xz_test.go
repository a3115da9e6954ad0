package codec

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"math/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/ulikunitz/xz"
)

// packXZ compresses with a dictionary, in blocks of a size; 0 is one block.
func packXZ(t *testing.T, text []byte, dict int, block int64) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := xz.WriterConfig{DictCap: dict, BlockSize: block}.NewWriter(&b)
	require.NoError(t, err)
	_, err = w.Write(text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestXZ(t *testing.T) {
	noise := make([]byte, 300_000) // chunks that are not compressed
	rand.New(rand.NewSource(1)).Read(noise)
	for name, text := range map[string][]byte{"text": []byte(strings.Repeat("# TYPE a gauge\na 1\n", 30_000)), "noise": noise, "short": []byte("a 1\n"), "nothing": nil} {
		for _, block := range []int64{0, 50_000} {
			if block == 0 {
				block = 1 << 40
			}
			r, err := Decompress(iotestHalves{bytes.NewReader(packXZ(t, text, 1<<20, block))}, 1<<30)
			require.NoError(t, err, name)
			got, err := io.ReadAll(r)
			require.NoError(t, err, name)
			require.True(t, bytes.Equal(text, got), name)
		}
	}
}

// iotestHalves reads a few bytes at a time.
type iotestHalves struct{ io.Reader }

func (r iotestHalves) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(len(p), 7)]) }

// A dictionary of 4 GiB is refused before its memory is taken, in the first
// block and in one behind it.
func TestXZDictionary(t *testing.T) {
	packed := packXZ(t, []byte(strings.Repeat("a 1\n", 50_000)), 1<<20, 100_000)
	first := 12
	var headers []int
	for at := first; at < len(packed); at++ {
		size := int(packed[at])*4 + 4
		if packed[at] != 0 && at+size <= len(packed) && binary.LittleEndian.Uint32(packed[at+size-4:]) == crc32.ChecksumIEEE(packed[at:at+size-4]) {
			headers = append(headers, at)
		}
	}
	require.Len(t, headers, 2, "two blocks")
	for i, at := range headers {
		bad := bytes.Clone(packed)
		size := int(bad[at])*4 + 4
		place := bytes.Index(bad[at:at+size], []byte{0x21, 1})
		require.Positive(t, place)
		bad[at+place+2] = 40
		binary.LittleEndian.PutUint32(bad[at+size-4:], crc32.ChecksumIEEE(bad[at:at+size-4]))
		r, err := Decompress(bytes.NewReader(bad), 1<<30)
		if err == nil {
			_, err = io.Copy(io.Discard, r)
		}
		require.ErrorContains(t, err, "asks for a dictionary of", "block %d", i)
	}
}

// What a bomb holds is not more than what is allowed.
func TestXZBomb(t *testing.T) {
	r, err := Decompress(bytes.NewReader(packXZ(t, make([]byte, 8<<20), 1<<16, 1<<40)), 1<<20)
	require.NoError(t, err)
	n, err := io.Copy(io.Discard, r)
	require.ErrorIs(t, err, ErrTooLarge)
	require.LessOrEqual(t, n, int64(1<<20))
}

// bzip2 -9 of a text, which the standard library can read and not write.
func TestBzip2(t *testing.T) {
	const packed = "\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\xca\x63\xf7\x7d\x00\x00\x03\x5f\x80\x00\x10\x48\x00\x20\x00\x02\x00\x44\x20\x22\x80\x02\x00\x20\x00\x31\x03\x40\xd0\x20\xd0\x1a\x0e\x4c\xd0\x9a\xb2\x0c\x0d\x46\xeb\xf1\x77\x24\x53\x85\x09\x0c\xa6\x3f\x77\xd0"
	require.Equal(t, "bzip2", ofBytes([]byte(packed)))
	r, err := Decompress(strings.NewReader(packed), 1<<20)
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, "# TYPE a gauge\na 1\n", string(text))
	r, err = Decompress(strings.NewReader(packed[:len(packed)-6]), 1<<20)
	require.NoError(t, err)
	_, err = io.ReadAll(r)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}
