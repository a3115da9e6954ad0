package ingest_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// The markers of a target that was removed, and missing scrapes that count as
// failed.
func TestRemovedAndMissed(t *testing.T) {
	for _, c := range []struct {
		name  string
		extra bool
		steps func(add func(sec int64, body string), missed, end func(sec int64))
		want  map[string]string
	}{
		{
			"end: its series and those about its scrapes, at the time of the next scrape", false,
			func(add func(int64, string), missed, end func(int64)) {
				add(0, "a 1\nb 1 @0\n")
				add(10, "a 2\n")
				end(20)
			},
			map[string]string{
				"a": "0:1 10:2 20:stale", "b": "0:1", "up": "0:1 10:1 20:stale", "scrape_samples_scraped": "0:2 10:1 20:stale",
				"scrape_samples_post_metric_relabeling": "0:2 10:1 20:stale", "scrape_series_added": "0:2 10:0 20:stale",
			},
		},
		{
			"after a failed scrape only those about the scrapes are left", true,
			func(add func(int64, string), missed, end func(int64)) { add(0, "a 1\n"); missed(10); end(20) },
			map[string]string{"a": "0:1 10:stale", "up": "0:1 10:0 20:stale", "scrape_sample_limit": "0:0 10:0 20:stale"},
		},
		{
			"a target that comes back", false,
			func(add func(int64, string), missed, end func(int64)) { add(0, "a 1\n"); end(10); add(60, "a 2\n") },
			map[string]string{"a": "0:1 10:stale 60:2", "up": "0:1 10:stale 60:1", "scrape_series_added": "0:1 10:stale 60:0"},
		},
		{
			"markers that come after the target's return are out of order and ignored", false,
			func(add func(int64, string), missed, end func(int64)) { add(0, "a 1\n"); add(20, "a 2\n"); end(10) },
			map[string]string{"a": "0:1 20:2", "up": "0:1 20:1"},
		},
		{
			"never scraped: nothing", false,
			func(add func(int64, string), missed, end func(int64)) { end(10) },
			map[string]string{"up": ""},
		},
		{
			"missed: failed scrapes, of which the first marks all", false,
			func(add func(int64, string), missed, end func(int64)) {
				add(0, "a 1\n")
				missed(10)
				missed(20)
				add(30, "a 2\n")
			},
			map[string]string{"a": "0:1 10:stale 30:2", "up": "0:1 10:0 20:0 30:1", "scrape_samples_scraped": "0:1 10:0 20:0 30:1", "scrape_series_added": "0:1 10:0 20:0 30:0"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture()
			f.target.ExtraScrapeMetrics = c.extra
			tl := timeline.New()
			in := ingest.New(tl, f.opts)
			c.steps(
				func(sec int64, body string) {
					in.Add(&capture.Scrape{Target: &f.target, Time: t0 + sec*1000, Body: []byte(expand(body))})
				},
				func(sec int64) {
					rep := in.Missed(&f.target, t0+sec*1000)
					require.True(t, rep.Failed)
					require.Empty(t, rep.Problems, "a gap is told once, by who knows it")
				},
				func(sec int64) { in.End(&f.target, t0+sec*1000) },
			)
			got := dump(t, tl)
			for k, v := range c.want {
				require.Equal(t, v, got[k], "%s in %v", k, got)
			}
		})
	}
}

// In the steady state a scrape costs no memory but for its samples: the same
// few allocations however many series it has.
func TestSteadyStateAllocations(t *testing.T) {
	target := &capture.Target{Job: "j", Instance: "i", HonorTimestamps: true, SampleLimit: 1e6, LabelLimit: 30}
	for _, series := range []int{10, 5000} {
		var b bytes.Buffer
		for i := range series {
			fmt.Fprintf(&b, "metric_%d{label=\"value\",other=\"x\"} %d\n", i, i)
		}
		tl := timeline.New()
		in := ingest.New(tl, ingest.Options{})
		s := &capture.Scrape{Target: target, Time: t0, Body: b.Bytes()}
		add := func() {
			s.Time += 1000
			if rep := in.Add(s); rep.Failed || rep.Scraped != series {
				t.Fatal(rep)
			}
		}
		add()
		add()
		// A column grows from its 16 samples at the 17th; up to there, none.
		if n := testing.AllocsPerRun(10, add); n > 3 {
			t.Errorf("a scrape of %d known series makes %g allocations, want at most 3", series, n)
		}
	}
}
