package capture

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/expfmt"
)

// bombOf compresses megabytes of x between a head and a tail.
func bombOf(t *testing.T, head string, megabytes int, tail string) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	require.NoError(t, err)
	_, err = io.WriteString(w, head)
	require.NoError(t, err)
	chunk := bytes.Repeat([]byte("x"), 1<<20)
	for range megabytes {
		_, err = w.Write(chunk)
		require.NoError(t, err)
	}
	_, err = io.WriteString(w, tail)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// TestBombs holds that a stream through Decompress and a Reader takes no more
// memory than its limits say, and says what it left out.
func TestBombs(t *testing.T) {
	label := bombOf(t, "a{b=\"", 256, "\"} 1\nup 1\n")
	for _, row := range []struct {
		name     string
		in       []byte
		max      int64
		opts     expfmt.Options
		problems []string
		samples  int
		err      string
		memory   uint64 // MiB allocated in all
	}{
		{"256 MiB in one label", label, 0, expfmt.Options{}, []string{"line-too-long"}, 1, "", 300},
		{"lines of 1 MiB at most", label, 0, expfmt.Options{MaxLine: 1 << 20}, []string{"line-too-long"}, 1, "", 8},
		{"gzip in gzip", []byte(gz(string(label))), 0, expfmt.Options{MaxLine: 1 << 20}, []string{"line-too-long"}, 1, "", 8},
		{"an exposition of 100 MiB at most", label, 0, expfmt.Options{MaxLine: 1 << 20, MaxBytes: 100 << 20}, []string{"line-too-long", "too-long"}, 0, "", 8},
		{"512 MiB where 64 may be", bombOf(t, "a 1\n", 512, ""), 64 << 20, expfmt.Options{MaxLine: 1 << 20}, []string{"line-too-long"}, 1, "more than 67108864 bytes after decompression", 8},
		{"protobuf of 256 MiB in one message", bombOf(t, "\x80\x80\x80\x80\x01", 256, ""), 0, expfmt.Options{Format: expfmt.FormatProtobuf}, []string{"message-too-long"}, 0, "", 8},
	} {
		t.Run(row.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			src, err := Decompress(bytes.NewReader(row.in), row.max)
			require.NoError(t, err)
			var problems []string
			samples := 0
			r := expfmt.NewReader(src, row.opts)
			for r.Next() {
				if r.Kind() == expfmt.KindProblem {
					problems = append(problems, r.Problem().ID)
				} else {
					samples++
				}
			}
			runtime.ReadMemStats(&after)
			require.Equal(t, row.problems, problems)
			require.Equal(t, row.samples, samples)
			if row.err != "" {
				require.ErrorContains(t, r.Err(), row.err)
				require.True(t, errors.Is(r.Err(), ErrBodyTooLarge))
			} else {
				require.NoError(t, r.Err())
			}
			used := (after.TotalAlloc - before.TotalAlloc) >> 20
			t.Logf("%d MiB allocated", used)
			require.LessOrEqual(t, used, row.memory)
		})
	}
}
