package ingest_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

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
