package ingest_test

import (
	"errors"
	"strings"
	"testing"
)

// up and the scrape_ series.
func TestReportSeries(t *testing.T) {
	runRows(t, []row{
		{
			name:  "a failed scrape counts 0, and its return adds nothing that was known",
			steps: []step{{body: "a 1\nb 1\n"}, {failure: "refused"}, {body: "a 1\nb 1\nc 1\n"}},
			want: map[string]string{
				"up":                                    "0:1 10:0 20:1",
				"scrape_samples_scraped":                "0:2 10:0 20:3",
				"scrape_samples_post_metric_relabeling": "0:2 10:0 20:3",
				"scrape_series_added":                   "0:2 10:0 20:1",
				"scrape_duration_seconds":               "",
			},
		},
		{
			name:  "a target's own up wins over ours",
			steps: []step{{body: "up 7\n"}, {failure: "refused"}},
			want:  map[string]string{"up": "0:7 10:stale"},
		},
		{
			name:  "a target's own scrape_samples_scraped wins, and it is no error",
			steps: []step{{body: "scrape_samples_scraped 9\n"}},
			want:  map[string]string{"scrape_samples_scraped": "0:9", "up": "0:1"},
		},
	})
}

// When a series ends.
func TestStalenessMarkers(t *testing.T) {
	runRows(t, []row{
		{
			name:  "a series that the next scrape lacks gets a marker, once",
			steps: []step{{body: "a 1\nb 1\n"}, {body: "b 2\n"}, {body: "b 3\n"}},
			want:  map[string]string{"a": "0:1 10:stale", "b": "0:1 10:2 20:3"},
		},
		{
			name:  "a failed scrape marks all, the next failed one nothing",
			steps: []step{{body: "a 1\n"}, {failure: "refused"}, {failure: "refused"}, {body: "a 4\n"}},
			want:  map[string]string{"a": "0:1 10:stale 30:4", "up": "0:1 10:0 20:0 30:1"},
		},
		{
			name:  "a staleness marker's bits in a text are an ordinary NaN",
			steps: []step{{body: "a NaN\n"}},
			want:  map[string]string{"a": "0:NaN"},
		},
	})
}

// A damaged line is skipped; with FailOnDamage the scrape fails as a server's.
func TestDamagedLines(t *testing.T) {
	runRows(t, []row{
		{
			name:  "a damaged line is skipped, the rest kept",
			steps: []step{{body: "a 1\nb 1\n"}, {body: "a 2\n...\nb 2\n"}},
			want:  map[string]string{"a": "0:1 10:2", "b": "0:1 10:2", "up": "0:1 10:1"},
			ids:   []string{"bad-line"},
		},
		{
			name:  "on-damage fail: what stood before the defect gets neither sample nor marker",
			setup: func(f *fixture) { f.opts.FailOnDamage = true },
			steps: []step{{body: "a 1\nb 1\n"}, {body: "a 2\nnew 2\n...\nb 2\n"}, {body: "a 3\nb 3\n"}},
			want: map[string]string{
				"a": "0:1 20:3", "b": "0:1 10:stale 20:3", "new": "20:stale", "up": "0:1 10:0 20:1",
				"scrape_samples_scraped": "0:2 10:2 20:2", "scrape_series_added": "0:2 10:1 20:0",
			},
		},
		{
			name:  "on-damage fail spares what upstream reads, if as something else",
			setup: func(f *fixture) { f.opts.FailOnDamage = true },
			steps: []step{{body: "  a 1\nb 1"}},
			want:  map[string]string{"up": "0:1", "b": "0:1"},
			ids:   []string{"leading-blank", "no-final-newline"},
		},
		{
			name:  "a label value that no store takes is left out, the rest kept",
			steps: []step{{body: "a{x=\"" + strings.Repeat("x", 1<<24) + "\"} 1\nb 1\n"}},
			want:  map[string]string{"b": "0:1", "up": "0:1"},
			ids:   []string{"label-too-long"},
		},
	})
}

// Which files are failed scrapes.
func TestNoExposition(t *testing.T) {
	runRows(t, []row{
		{
			name:  "an HTML page is a failed scrape with a problem",
			steps: []step{{body: "a 1\n"}, {body: "<html><head><title>502 Bad Gateway</title></head></html>"}},
			want:  map[string]string{"a": "0:1 10:stale", "up": "0:1 10:0"},
			ids:   []string{"not-exposition"},
		},
		{
			name:  "a Kubernetes Status is one, too",
			steps: []step{{body: `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"forbidden","code":403}`}},
			want:  map[string]string{"up": "0:0"},
			ids:   []string{"not-exposition"},
		},
		{
			name:  "no line that can be read",
			steps: []step{{body: "one two three\nfour five six\n"}},
			want:  map[string]string{"up": "0:0", "scrape_samples_scraped": "0:0"},
			ids:   []string{"bad-value", "bad-value", "not-exposition"},
		},
		{
			name:  "a file that cannot be decompressed",
			steps: []step{{body: "a 1\n"}, {err: errors.New("gzip: unexpected EOF")}},
			want:  map[string]string{"a": "0:1 10:stale", "up": "0:1 10:0"},
			ids:   []string{"unreadable-scrape"},
		},
		{
			name:  "another status than 200, even 204",
			steps: []step{{body: "a 1\n", status: 204}},
			want:  map[string]string{"up": "0:0", "a": ""},
			ids:   []string{"http-status"},
		},
		{
			name:  "an empty file is a failed scrape",
			steps: []step{{body: "a 1\n"}, {}},
			want:  map[string]string{"a": "0:1 10:stale", "up": "0:1 10:0"},
			ids:   []string{"empty-scrape"},
		},
		{
			name:  "an empty answer with status 200 is a good one",
			steps: []step{{body: "a 1\n"}, {status: 200}},
			want:  map[string]string{"a": "0:1 10:stale", "up": "0:1 10:1"},
		},
		{
			name:  "comments alone are a good scrape",
			steps: []step{{body: "a 1\n"}, {body: "# nothing\n\n"}},
			want:  map[string]string{"a": "0:1 10:stale", "up": "0:1 10:1", "scrape_samples_scraped": "0:1 10:0"},
		},
	})
}
