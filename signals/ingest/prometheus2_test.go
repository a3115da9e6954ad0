package ingest_test

import "testing"

// What Prometheus 2 stored of bodies that Prometheus 3 takes otherwise.
func TestPrometheus2(t *testing.T) {
	two := func(f *fixture) { f.opts.Prometheus2 = true }
	runRows(t, []row{
		{
			name:  "le and quantile are as they are written: two series",
			setup: two,
			steps: []step{
				{body: "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"1.0\"} 2\n# TYPE s summary\ns{quantile=\".9\"} 1\n"},
				{body: "# TYPE h histogram\nh_bucket{le=\"1\"} 3\nh_bucket{le=\"1.0\"} 4\nh_bucket{le=\"2\"} 5\n# TYPE s summary\ns{quantile=\".9\"} 1\n"},
			},
			want: map[string]string{`h_bucket{le="1"}`: "0:1 10:3", `h_bucket{le="1.0"}`: "0:2 10:4", `h_bucket{le="2"}`: "10:5", `s{quantile=".9"}`: "0:1 10:1"},
		},
		{
			name:  "a Content-Type that is missing or unknown is text",
			setup: two,
			steps: []step{
				{body: "a 1\n", status: 200, header: map[string]string{"Date": "x"}},
				{body: "a 2\n", status: 200, header: map[string]string{"Content-Type": "text/csv"}},
				{body: "a 3\n", status: 200, header: map[string]string{}},
			},
			want: map[string]string{"a": "0:1 10:2 20:3", "up": "0:1 10:1 20:1"},
		},
		{
			name: "no fallback_scrape_protocol, which is younger, but where no headers were saved",
			setup: func(f *fixture) {
				two(f)
				f.opts.FailOnDamage = true
				f.target.FallbackScrapeProtocol = "OpenMetricsText1.0.0"
			},
			steps: []step{
				{body: "# a comment\na 1\n", status: 200, header: map[string]string{}},
				{body: "# a comment\na 2\n", status: 200, header: map[string]string{"Content-Type": "text/csv"}},
				{body: "a 3\n# EOF\n"},
			},
			want: map[string]string{"a": "0:1 10:2 20:3", "up": "0:1 10:1 20:1"},
		},
		{
			name:  "OpenMetrics is read whatever its version",
			setup: two,
			steps: []step{{body: "a 1 1700000000\n# EOF\n", status: 200, header: map[string]string{"Content-Type": "application/openmetrics-text; version=2.0.0"}}},
			want:  map[string]string{"a": "0:1", "up": "0:1"},
		},
		{
			name:  "names in UTF-8 fail a scrape",
			setup: two,
			steps: []step{{body: "a 1\n{\"a.b\"} 1\n"}},
			want:  map[string]string{"up": "0:0", "a": ""},
			ids:   []string{"invalid-series"},
		},
		{
			name:  "unless they are allowed",
			setup: func(f *fixture) { two(f); f.target.MetricNameValidationScheme = "utf8" },
			steps: []step{{body: "a 1\n{\"a.b\"} 1\n"}},
			want:  map[string]string{"up": "0:1", "a": "0:1", "a.b": "0:1"},
		},
	})
}
