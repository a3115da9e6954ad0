package ingest_test

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// A scrape like the one before allocates next to nothing, however many series
// it has; what is not kept leaves no more behind than its newest sample.
func TestSteadyAllocations(t *testing.T) {
	f := newFixture()
	tl := timeline.NewKeeping(func(ls labels.Labels) timeline.Keep {
		if ls.Get("n") == "7" {
			return 0
		}
		return timeline.KeepNewest
	})
	in := ingest.New(tl, f.opts)
	ts := int64(t0)
	body := func() []byte {
		var b strings.Builder
		for i := range 1000 {
			fmt.Fprintf(&b, "a{n=\"%d\"} %d\n", i, ts%1000+100_000)
		}
		return []byte(b.String())
	}
	bodies := [][]byte{body(), nil, nil}
	ts++
	bodies[1] = body()
	bodies[2] = bodies[0]
	n := 0
	scrape := func() {
		ts += 1000
		n++
		rep := ingest.Store(in, ingest.Decode(in, &capture.Scrape{Target: &f.target, Time: ts, Body: bodies[n%2]}, func() []byte { return nil }))
		require.False(t, rep.Failed)
		require.Equal(t, 1000, rep.Scraped)
		tl.Trim(ts)
	}
	for range 5 {
		scrape()
	}
	if allocs := testing.AllocsPerRun(100, scrape); allocs > 12 {
		t.Errorf("%g allocations for a scrape of 1000 series", allocs)
	}
	// All are counted, with four series about each scrape; the report series
	// are not kept either.
	require.Equal(t, int64(n)*1004, tl.NumSamples())
	q, err := tl.Querier(math.MinInt64, math.MaxInt64)
	require.NoError(t, err)
	kept := 0
	for set := q.Select(t.Context(), false, nil, labels.MustNewMatcher(labels.MatchRegexp, "__name__", ".+")); set.Next(); {
		for it := set.At().Iterator(nil); it.Next() != chunkenc.ValNone; {
			kept++
		}
	}
	require.LessOrEqual(t, kept, 64)
}

// The first scrape of a target allocates little more for each series than its
// text and its labels.
func TestFirstAllocations(t *testing.T) {
	const series = 2000
	f := newFixture()
	var b strings.Builder
	for i := range series {
		fmt.Fprintf(&b, "a_total{n=\"%d\",code=\"200\",method=\"GET\"} 1\n", i)
	}
	body := []byte(b.String())
	allocs := testing.AllocsPerRun(10, func() {
		in := ingest.New(timeline.NewKeeping(func(labels.Labels) timeline.Keep { return timeline.KeepNewest }), f.opts)
		rep := ingest.Store(in, ingest.Decode(in, &capture.Scrape{Target: &f.target, Time: t0, Body: body}, nil))
		require.Equal(t, series, rep.Added)
	})
	if each := allocs / series; each > 2.2 {
		t.Errorf("%g allocations for each new series", each)
	}
}

// Scrapes that fail give back the memory that they were given for a body.
func TestFailedScrapesTakeNoRoom(t *testing.T) {
	fsys := fstest.MapFS{}
	body := []byte(strings.Repeat("# a comment that takes room\n", 1000) + "a 1\n")
	for i := range int64(100) {
		fsys[fmt.Sprintf("app/10.0.0.1:80/%d.prom", t0+1000*i)] = &fstest.MapFile{Data: body}
		if at := t0 + 1000*i + 1; i == 0 {
			fsys[fmt.Sprintf("app/10.0.0.2:80/%d.prom", at)] = &fstest.MapFile{Data: body}
		} else {
			fsys[fmt.Sprintf("app/10.0.0.2:80/%d.err", at)] = &fstest.MapFile{Data: []byte("refused\n")}
		}
	}
	c, err := capture.Open(fsys, "test", capture.Options{})
	require.NoError(t, err)
	in := ingest.New(timeline.New(), ingest.Options{})
	p := ingest.NewPrefetcher(c, in, 0)
	defer p.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range c.Scrapes {
		_, _, err := p.Store(nil, func(bool) error { return nil })
		require.NoError(t, err)
	}
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(40*len(body)))
}
