package ingest_test

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// Of targets that come and go only those hold what a next scrape takes that
// still have one, and those that are to end.
func TestFinishedTargets(t *testing.T) {
	fsys := fstest.MapFS{"capture.yaml": &fstest.MapFile{Data: []byte("targets: {app/gone: {ends: removed}}\n")}}
	scrape := func(target string, at int) {
		fsys[fmt.Sprintf("app/%s/%d.prom", target, t0+1000*int64(at))] = &fstest.MapFile{Data: fmt.Appendf(nil, "a{l=\"%s\"} %d\nb 1\n", target, at)}
	}
	scrape("gone", 0)
	for pod := range 20 {
		for at := range 5 {
			scrape(fmt.Sprint("pod", pod), 10+5*pod+at)
		}
	}
	c, err := capture.Open(fsys, "test", capture.Options{})
	require.NoError(t, err)
	tl := timeline.New()
	in := ingest.New(tl, ingest.Options{})
	p := ingest.NewPrefetcher(c, in, 0)
	defer p.Close()
	most := 0
	for range c.Scrapes {
		rep, _, err := p.Store(nil, func(bool) error { return nil })
		require.NoError(t, err)
		require.False(t, rep.Failed)
		most = max(most, ingest.Ready(in))
	}
	require.Equal(t, 2, most, "the one that is removed, and one pod")
	require.Equal(t, 21*2+21*4, tl.NumSeries())
	require.Equal(t, int64(101*(2+4)), tl.NumSamples())
	require.True(t, in.Names().Has("a"))
	for _, target := range c.Targets {
		if target.Ends != "" {
			in.End(target, t0+200_000)
		}
	}
	require.Zero(t, ingest.Ready(in), "it ended")
}
