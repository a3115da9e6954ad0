package verdict_test

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// counted counts how often scrapes are opened.
type counted struct {
	fs.FS
	opened atomic.Int64
}

func (c *counted) Open(name string) (fs.File, error) {
	if path.Ext(name) == ".prom" {
		c.opened.Add(1)
	}
	return c.FS.Open(name)
}

// Changes are tried and trees are drawn in one pass; where there is nothing to
// try and nothing to draw, nothing is read.
func TestReadingAgainIsOnePass(t *testing.T) {
	const scrapes = 20
	files := fstest.MapFS{}
	for i := range scrapes {
		name := fmt.Sprintf("j/i/%d.prom", begin.Add(time.Duration(i)*15*time.Second).UnixMilli())
		files[name] = &fstest.MapFile{Data: fmt.Appendf(nil, "# TYPE m gauge\nm %d\n", i%3)}
	}
	disk := &counted{FS: files}
	c, err := capture.Open(disk, "counted", capture.Options{})
	require.NoError(t, err)
	reads := func(f func()) int64 {
		disk.opened.Store(0)
		f()
		return disk.opened.Load()
	}
	ctx := context.Background()
	for _, tt := range []struct {
		name, reason string
		rule         string
		tried        int64 // passes of Try
	}{
		{name: "quiet", reason: "another threshold is tried while the tree is drawn", rule: "alert: A, expr: m > 10", tried: 1},
		{name: "firing", reason: "no change suggests itself, and the tree alone is drawn", rule: "alert: A, expr: sum(m) > 1 and sum(m) > 1"},
	} {
		w := verdict.NewWatcher()
		var res *replay.Result
		require.EqualValues(t, scrapes, reads(func() {
			res, err = replay.Run(ctx, replay.Options{Capture: c, Groups: groupsOf(t, tt.rule), Observer: w})
			require.NoError(t, err)
		}), "%s: %s", tt.name, tt.reason)
		require.False(t, verdict.Holds(w), "it would take its room beside what is read again")
		why := w.Why(res)
		require.EqualValues(t, scrapes, reads(func() {
			trees, err := w.Explain(ctx, []int{0}, time.Time{}, why)
			require.NoError(t, err)
			require.Len(t, trees, 1)
		}), "%s: %s", tt.name, tt.reason)
		require.Equal(t, tt.tried > 0, len(why[0]) > 0 && len(why[0][0].Try) > 0, "%s: %s", tt.name, tt.reason)
		require.Equal(t, tt.tried*scrapes, reads(func() { require.NoError(t, w.Try(ctx, why)) }), "%s: %s", tt.name, tt.reason)
		require.Zero(t, reads(func() {
			trees, err := w.Explain(ctx, nil, time.Time{}, nil)
			require.NoError(t, err)
			require.Empty(t, trees)
		}), "%s: %s", tt.name, tt.reason)
	}
}
