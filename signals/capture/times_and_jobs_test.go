package capture

import (
	"archive/tar"
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A member's modification time is taken without being asked for, and that is
// said; those of a folder's files are not.
func TestMemberTimes(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i, name := range []string{"node1_metrics.txt", "node2_metrics.txt"} {
		require.NoError(t, w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(appText)), ModTime: time.UnixMilli(t0 - 930 + int64(i)*1000), Format: tar.FormatPAX}))
		_, err := w.Write([]byte(appText))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	c, err := openBytes(b.Bytes(), Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"cap/node1{} 0s", "cap/node2{} 0s"}, targetsOf(c))
	require.Equal(t, []int64{t0 - 930, t0 + 70}, []int64{c.Start, c.End})
	require.Equal(t, []string{"time-source node1_metrics.txt"}, ids(c.Problems))
}
