package naming

import (
	"strings"
	"testing"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
	"github.com/stretchr/testify/require"
)

// Names of a megabyte, which archives may have, cost no more than others.
func TestVeryLongNames(t *testing.T) {
	for _, piece := range []string{"1/", "1-", "20261121/0710-", "etcd", "etcd-", ".gz", "metrics1.", "a/", "10.0.0.1-", "(", "\xff"} {
		long := strings.Repeat(piece, 1<<20/len(piece))
		start := time.Now()
		Read(long, long, nil)
		clock.Find(long)
		saysNothing(long)
		recognisePath(long, long)
		clock.ParseDateLine([]byte(long))
		require.Less(t, time.Since(start), 5*time.Second, "%q", piece)
	}
}

// FuzzRead holds for any text: no panic, and no instance with what stood for a
// time.
func FuzzRead(f *testing.F) {
	for _, row := range recogniseRows {
		f.Add(row.path)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := Read(s, s, nil)
		if strings.ContainsRune(n.Instance, 0) && !strings.ContainsRune(s, 0) {
			t.Fatalf("%q names %q", s, n.Instance)
		}
	})
}
