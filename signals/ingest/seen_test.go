package ingest_test

import (
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// What nothing keeps is in the index all the same: with its target, and from
// its first scrape to its last.
func TestSeen(t *testing.T) {
	f := newFixture()
	in := ingest.New(timeline.NewKeeping(func(labels.Labels) timeline.Keep { return timeline.KeepNewest }), f.opts)
	for i, body := range []string{"a{x=\"1\"} 1\nb 1\n", "a{x=\"1\"} 1\nb 2\n", "a{y=\"2\"} 1\nb 3\n", ""} {
		in.Add(&capture.Scrape{Target: &f.target, Time: t0 + int64(i)*1000, Body: []byte(body)})
	}
	s := in.Seen()
	require.Equal(t, []string{"a", "b", "scrape_samples_post_metric_relabeling", "scrape_samples_scraped", "scrape_series_added", "up"}, s.Names())
	span := func(from, to int64) []ingest.Span {
		return []ingest.Span{{Target: &f.target, First: t0 + from, Last: t0 + to}}
	}
	require.Equal(t, span(0, 2000), s.Spans("a", "", ""))
	require.Equal(t, span(0, 1000), s.Spans("a", "x", "1"))
	require.Equal(t, span(2000, 2000), s.Spans("a", "y", "2"))
	require.Equal(t, span(0, 2000), s.Spans("b", "", ""))
	require.Equal(t, span(0, 3000), s.Spans("up", "", ""), "the last scrape failed")
	require.Empty(t, s.Spans("a", "x", "2"))
	require.Equal(t, []string{"1"}, s.Values("a", "x"))
	require.Zero(t, s.Missing())
	for text, want := range map[string]bool{"1": true, "": true, "2": false} {
		require.Equal(t, want, s.Any("a", labels.MustNewMatcher(labels.MatchEqual, "x", text)), text)
	}
	require.False(t, s.Any("b", labels.MustNewMatcher(labels.MatchNotEqual, "job", f.target.Job)))
	require.False(t, s.Any("none", labels.MustNewMatcher(labels.MatchEqual, "x", "")))
}
