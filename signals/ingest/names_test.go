package ingest_test

import (
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// What nothing keeps is in the index all the same.
func TestNames(t *testing.T) {
	f := newFixture()
	in := ingest.New(timeline.NewKeeping(func(labels.Labels) timeline.Keep { return timeline.KeepNewest }), f.opts)
	for i, body := range []string{"a{x=\"1\"} 1\nb 1\n", "a{x=\"1\"} 1\nb 2\n", "a{y=\"2\"} 1\nb 3\n", ""} {
		in.Add(&capture.Scrape{Target: &f.target, Time: t0 + int64(i)*1000, Body: []byte(body)})
	}
	for _, name := range []string{"a", "rule"} {
		require.NoError(t, in.Append(labels.FromStrings("__name__", name, "by", "rule"), t0+10_000, 1))
	}
	n := in.Names()
	require.True(t, n.Scraped("a"))
	require.False(t, n.Scraped("rule"))
	require.Equal(t, []string{"a", "b", "rule", "scrape_samples_post_metric_relabeling", "scrape_samples_scraped", "scrape_series_added", "up"}, n.Metrics())
	require.Equal(t, []string{"1"}, n.Values("a", "x"))
	for text, want := range map[string]bool{"1": true, "": true, "2": false} {
		require.Equal(t, want, n.Any("a", labels.MustNewMatcher(labels.MatchEqual, "x", text)), text)
	}
	require.False(t, n.Any("b", labels.MustNewMatcher(labels.MatchNotEqual, "job", f.target.Job)))
	require.False(t, n.Any("none", labels.MustNewMatcher(labels.MatchEqual, "x", "")))
}
