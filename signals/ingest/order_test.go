package ingest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// Series come to be in the order in which a server makes them: those of the
// body, then those about the scrape. topk(1, up) of two equals takes the first.
func TestOrderOfSeries(t *testing.T) {
	f := newFixture()
	tl := timeline.New()
	in := ingest.New(tl, f.opts)
	in.Add(&capture.Scrape{Target: &f.target, Time: t0, Body: []byte("up{of=\"another\"} 1\n")})
	var order []string
	for ref := range timeline.Ref(tl.NumSeries()) {
		order = append(order, tl.Labels(ref+1).String())
	}
	require.Equal(t, []string{
		`{__name__="up", instance="i", job="j", of="another"}`,
		`{__name__="up", instance="i", job="j"}`,
		`{__name__="scrape_samples_scraped", instance="i", job="j"}`,
		`{__name__="scrape_samples_post_metric_relabeling", instance="i", job="j"}`,
		`{__name__="scrape_series_added", instance="i", job="j"}`,
	}, order)
}
