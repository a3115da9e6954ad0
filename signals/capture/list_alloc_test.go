package capture

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// Of a scrape whose name says all, a listing makes the entry that stays and, on
// the way, the name as the system gives it.
func TestListingAllocations(t *testing.T) {
	const folders, each = 8, 500
	dir := t.TempDir()
	for i := range folders {
		sub := filepath.Join(dir, "node", fmt.Sprintf("n%d", i))
		require.NoError(t, os.MkdirAll(sub, 0o700))
		for j := range each {
			require.NoError(t, os.WriteFile(filepath.Join(sub, fmt.Sprintf("%d.prom", t0+int64(j)*1000)), []byte("a 1\n"), 0o600))
		}
	}
	open := func() {
		c, err := OpenPath(dir, nil, Options{})
		require.NoError(t, err)
		require.Equal(t, folders*each, c.Scrapes)
	}
	require.LessOrEqual(t, testing.AllocsPerRun(5, open)/(folders*each), 2.5, "allocations a scrape")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	open()
	runtime.ReadMemStats(&after)
	require.Less(t, float64(after.TotalAlloc-before.TotalAlloc)/(folders*each), 600.0, "bytes a scrape")
}
