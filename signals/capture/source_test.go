package capture

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// closing is a file that tells when it is closed.
type closing struct {
	io.Reader
	close func()
}

func (c closing) Close() error { c.close(); return nil }

// A stream keeps sixteen files open to go on in them, and closes the one that
// was not read for longest when it opens another.
func TestOpenSourcesAreBounded(t *testing.T) {
	open := map[string]bool{}
	opens := 0
	of := func(file string) (io.ReadCloser, int64, error) {
		open[file], opens = true, opens+1
		return closing{strings.NewReader("first second"), func() { delete(open, file) }}, 12, nil
	}
	var s sources
	read := func(i int, off, size int64) string {
		b, _, err := s.read(of, fmt.Sprint(i), filePart{off: off, size: size}, nil)
		require.NoError(t, err)
		return string(b)
	}
	for i := range 16 {
		require.Equal(t, "first", read(i, 0, 5))
	}
	require.Len(t, open, 16)
	require.Equal(t, "second", read(0, 6, 6), "it goes on")
	require.Equal(t, 16, opens)
	require.Equal(t, "first", read(16, 0, 5))
	require.Len(t, open, 16)
	require.True(t, open["0"], "it was read again")
	require.False(t, open["1"], "which is the one not read for longest")
	s.close()
	require.Empty(t, open)
}
