package ingest_test

import (
	"testing"
)

// What headers say of a body, as a server takes them.
func TestContentTypes(t *testing.T) {
	runRows(t, []row{
		{
			name:  "a declared type that Prometheus refuses",
			steps: []step{{body: "a 1\n", status: 200, header: map[string]string{"Content-Type": "text/csv"}}},
			want:  map[string]string{"up": "0:0", "a": ""},
			ids:   []string{"content-type"},
		},
		{
			name:  "text/plain of any version or spelling",
			steps: []step{{body: "a 1\n", status: 200, header: map[string]string{"Content-Type": "TEXT/PLAIN; version=9"}}},
			want:  map[string]string{"up": "0:1", "a": "0:1"},
		},
		{
			name:  "headers without a Content-Type: refused, and all series are stale",
			steps: []step{{body: "a 1\n"}, {body: "a 2\n", status: 200, header: map[string]string{"Date": "x"}}},
			want:  map[string]string{"a": "0:1 10:stale", "up": "0:1 10:0"},
			ids:   []string{"content-type"},
		},
		{
			name:  "a status line without a single header: refused",
			steps: []step{{body: "a 1\n", status: 200, header: map[string]string{}}},
			want:  map[string]string{"a": "", "up": "0:0"},
			ids:   []string{"content-type"},
		},
		{
			name:  "a status without headers, as envelopes have it: they were not saved",
			steps: []step{{body: "a 1\n", status: 200}},
			want:  map[string]string{"a": "0:1", "up": "0:1"},
		},
		{
			name:  "with fallback_scrape_protocol any of these is read as that",
			setup: func(f *fixture) { f.target.FallbackScrapeProtocol = "PrometheusText0.0.4" },
			steps: []step{
				{body: "a 1\n", status: 200, header: map[string]string{"Date": "x"}},
				{body: "a 2\n", status: 200, header: map[string]string{"Content-Type": "text/html"}},
				{body: "a 3\n", status: 200, header: map[string]string{"Content-Type": "garbage;;"}},
				{body: "a 4\n# EOF\n", status: 200, header: map[string]string{"Content-Type": "*/*"}},
			},
			want: map[string]string{"a": "0:1 10:2 20:3 30:4", "up": "0:1 10:1 20:1 30:1"},
		},
		{
			name:  "what is declared goes before the fallback",
			setup: func(f *fixture) { f.target.FallbackScrapeProtocol = "PrometheusText0.0.4" },
			steps: []step{{body: "a 1 1700000000\n# EOF\n", status: 200, header: map[string]string{"Content-Type": om}}},
			want:  map[string]string{"a": "0:1"},
		},
		{
			name:  "OpenMetrics of any version but 2.0, or none",
			setup: func(f *fixture) { f.opts.FailOnDamage = true },
			steps: []step{
				{body: "a 1\n# EOF\n", status: 200, header: map[string]string{"Content-Type": "application/openmetrics-text; version=0.0.1"}},
				{body: "a 2\n# EOF\n", status: 200, header: map[string]string{"Content-Type": "application/openmetrics-text"}},
				{body: "a 3\n# EOF\n", status: 200, header: map[string]string{"Content-Type": "application/openmetrics-text; version=2.0.0"}},
			},
			want: map[string]string{"a": "0:1 10:2 20:stale", "up": "0:1 10:1 20:0"},
			ids:  []string{"not-exposition"},
		},
	})
}
