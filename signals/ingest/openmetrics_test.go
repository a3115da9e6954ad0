package ingest_test

import (
	"testing"
)

// Scrapes in OpenMetrics, as a server takes them.
func TestOpenMetricsScrapes(t *testing.T) {
	header := map[string]string{"Content-Type": om}
	exact := func(f *fixture) { f.opts.FailOnDamage = true }
	runRows(t, []row{
		{
			name:  "OpenMetrics: seconds, _created an ordinary series",
			steps: []step{{body: "# TYPE c counter\nc_total 1\nc_created 5\n# EOF\n", status: 200, header: map[string]string{"Content-Type": om}}},
			want:  map[string]string{"c_total": "0:1", "c_created": "0:5"},
		},
		{
			name:  "on-damage fail: a last line of OpenMetrics without an end is not counted, as in upstream's lexer",
			setup: func(f *fixture) { f.opts.FailOnDamage = true },
			steps: []step{{body: "a 1\nb 1e-0", status: 200, header: map[string]string{"Content-Type": om}}},
			want:  map[string]string{"up": "0:0", "scrape_samples_scraped": "0:1", "scrape_series_added": "0:1"},
			ids:   []string{"no-eof"},
		},
		{
			name:  "OpenMetrics without # EOF never makes anything stale",
			setup: exact,
			steps: []step{{body: "a 1\nb 1\n# EOF\n", status: 200, header: header}, {body: "a 2\n", status: 200, header: header}, {body: "a 3\nb 3\n", status: 200, header: header}},
			want: map[string]string{
				"up": "0:1 10:0 20:0", "a": "0:1", "b": "0:1 10:stale",
				"scrape_samples_scraped": "0:2 10:1 20:2", "scrape_series_added": "0:2 10:0 20:0",
			},
			ids: []string{"no-eof"},
		},
		{
			name:  "data after # EOF: read before, so no marker",
			setup: exact,
			steps: []step{{body: "a 1\n# EOF\n", status: 200, header: header}, {body: "a 2\n# EOF\nb 2\n", status: 200, header: header}},
			want:  map[string]string{"up": "0:1 10:0", "a": "0:1", "b": "", "scrape_samples_scraped": "0:1 10:1"},
			ids:   []string{"after-eof"},
		},
		{
			name:  "OpenMetrics with a comment, a blank line, two blanks or hexadecimals fails",
			setup: exact,
			steps: []step{
				{body: "# hm\na 1\n# EOF\n", status: 200, header: header},
				{body: "\na 1\n# EOF\n", status: 200, header: header},
				{body: "a  1\n# EOF\n", status: 200, header: header},
				{body: "a 0x1\n# EOF\n", status: 200, header: header},
			},
			want: map[string]string{"up": "0:0 10:0 20:0 30:0", "a": ""},
			ids:  []string{"foreign-number"},
		},
		{
			name:  "OpenMetrics: a counter without _total, own times in seconds, an exemplar is no sample",
			setup: exact,
			steps: []step{{body: "# TYPE c counter\nc 1 1700000001.5\n# TYPE d counter\nd_total 1 # {trace=\"x\"} 1\n# EOF\n", status: 200, header: header}},
			want:  map[string]string{"c": "1.5:1", "d_total": "0:1", "scrape_samples_scraped": "0:2"},
		},
	})
}

// le and quantile are normalised by the TYPE line that stands before them.
func TestSpellingOfBounds(t *testing.T) {
	header := map[string]string{"Content-Type": om}
	exact := func(f *fixture) { f.opts.FailOnDamage = true }
	runRows(t, []row{
		{
			name:  "le is normalised under TYPE histogram: one series",
			steps: []step{{body: "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"1.0\"} 2\n"}},
			want:  map[string]string{`h_bucket{le="1.0"}`: "0:1"},
			ids:   []string{"duplicate-sample"},
		},
		{
			name:  "a TYPE line that comes later does not move a series that is known",
			steps: []step{{body: "h_bucket{le=\"1\"} 1\n"}, {body: "# TYPE h histogram\nh_bucket{le=\"1\"} 2\n"}},
			want:  map[string]string{`h_bucket{le="1"}`: "0:1 10:2", `h_bucket{le="1.0"}`: ""},
		},
		{
			name:  "not for a gaugehistogram: le stays as spelled",
			setup: exact,
			steps: []step{{body: "# TYPE g gaugehistogram\ng_bucket{le=\"1\"} 1\ng_bucket{le=\"+Inf\"} 1\n# EOF\n", status: 200, header: header}},
			want:  map[string]string{`g_bucket{le="1"}`: "0:1", `g_bucket{le="1.0"}`: ""},
		},
		{
			name:  "what follows a histogram is normalised, too; a summary's quantile",
			steps: []step{{body: "# TYPE h histogram\nh_bucket{le=\"1e3\"} 1\nle_follow{le=\"1\"} 1\n# TYPE s summary\ns{quantile=\".99\"} 1\n# TYPE x gauge\nx{le=\"1\"} 1\n"}},
			want:  map[string]string{`h_bucket{le="1000.0"}`: "0:1", `le_follow{le="1.0"}`: "0:1", `s{quantile="0.99"}`: "0:1", `x{le="1"}`: "0:1"},
		},
	})
}

// Names in UTF-8, and where they are not allowed.
func TestNamesBeyondLegacy(t *testing.T) {
	runRows(t, []row{
		{
			name:  "legacy names: the first other one fails the scrape and is counted as scraped",
			setup: func(f *fixture) { f.target.MetricNameValidationScheme = "legacy" },
			steps: []step{{body: "a 1\n{\"a.b\"} 1\nc 1\n"}},
			want:  with(counts("0:2", "0:1", "0:1"), "up", "0:0", "a", "", "c", ""),
			ids:   []string{"invalid-series"},
		},
		{
			name:  "UTF-8 names are read as 0.0.4, the name anywhere in the braces",
			steps: []step{{body: "{\"a.b\"} 1\n{x=\"1\",\"c.d\"} 2\n", status: 200, header: map[string]string{"Content-Type": "text/plain; version=0.0.4"}}},
			want:  map[string]string{"a.b": "0:1", `c.d{x="1"}`: "0:2"},
		},
	})
}
