package ingest_test

import (
	"testing"

	"github.com/prometheus/prometheus/model/labels"
)

// Which sample of a series is kept when a body holds several, and what the
// counts say of it.
func TestSeriesTwiceInABody(t *testing.T) {
	runRows(t, []row{
		{
			name:  "twice in a body: the first is kept",
			steps: []step{{body: "a 1\na 2\n"}},
			want:  map[string]string{"a": "0:1", "scrape_samples_scraped": "0:2", "scrape_samples_post_metric_relabeling": "0:2", "scrape_series_added": "0:1"},
			ids:   []string{"duplicate-sample"},
		},
		{
			name:  "two spellings are one series, and both were added to the cache",
			steps: []step{{body: "a{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 2\n"}},
			want:  map[string]string{`a{x="1", y="2"}`: "0:1", "scrape_series_added": "0:2"},
			ids:   []string{"duplicate-sample"},
		},
		{
			name:  "the second spelling alone: stored, no marker",
			steps: []step{{body: "a{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 2\n"}, {body: "a{y=\"2\",x=\"1\"} 3\n"}},
			want:  map[string]string{`a{x="1", y="2"}`: "0:1 10:3", "scrape_series_added": "0:2 10:0"},
		},
		{
			name:  "own timestamps that rise are all kept, one that falls is dropped",
			steps: []step{{body: "a 1 @1\na 2 @3\na 3 @2\n"}},
			want:  map[string]string{"a": "1:1 3:2"},
		},
		{
			name:  "explicit, older, after implicit: dropped; implicit after explicit: a duplicate",
			steps: []step{{body: "a 1\na 2 @-1\nb 1 @-1\nb 2\n"}},
			want:  map[string]string{"a": "0:1", "b": "-1:1"},
			ids:   []string{"duplicate-sample"},
		},
		{
			name:  "a spelling that comes back counts as added: the cache is by text",
			steps: []step{{body: "a{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 2\n"}, {body: "a{y=\"2\",x=\"1\"} 3\n"}, {body: "a{x=\"1\",y=\"2\"} 4\n"}},
			want:  map[string]string{`a{x="1", y="2"}`: "0:1 10:3 20:4", "scrape_series_added": "0:2 10:0 20:1"},
		},
	})
}

// What becomes of labels that the target and the body both have.
func TestTargetLabels(t *testing.T) {
	runRows(t, []row{
		{
			name:  "a clash is exported, and again until it is free",
			steps: []step{{body: "a{job=\"own\",exported_job=\"mine\",instance=\"\"} 1\n"}},
			want:  map[string]string{`a{exported_exported_job="own", exported_job="mine"}`: "0:1"},
		},
		{
			name:  "honor_labels: the exposed ones win, even the empty ones",
			setup: func(f *fixture) { f.target.HonorLabels = true },
			steps: []step{{body: "a{job=\"own\"} 1\nb{instance=\"\",job=\"\"} 1\n"}},
			want:  map[string]string{`a{instance="i", job="own"}`: "0:1", "b": "0:1"},
		},
		{
			name:  "an empty label value is none",
			steps: []step{{body: "a{x=\"\"} 1\na 2\n"}},
			want:  map[string]string{"a": "0:1"},
			ids:   []string{"duplicate-sample"},
		},
		{
			name: "labels of capture.yaml are the target's",
			setup: func(f *fixture) {
				f.target.Labels = labels.FromStrings("zone", "z1")
			},
			steps: []step{{body: "a{zone=\"own\"} 1\n"}},
			want:  map[string]string{`a{exported_zone="own", zone="z1"}`: "0:1", `up{zone="z1"}`: "0:1"},
		},
		{
			name:  "exported_job without a clash is left alone",
			steps: []step{{body: "a{exported_job=\"x\"} 1\nb{job=\"\"} 1\n"}},
			want:  map[string]string{`a{exported_job="x"}`: "0:1", "b": "0:1"},
		},
	})
}
