package ingest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// lines are n series a{n="1"} … with the value v.
func lines(from, to int) string {
	var b strings.Builder
	for i := from; i <= to; i++ {
		fmt.Fprintf(&b, "a%d 1\n", i)
	}
	return b.String()
}

// counts are what the three report series of counts hold.
func counts(scraped, post, added string) map[string]string {
	return map[string]string{
		"scrape_samples_scraped": scraped, "scrape_samples_post_metric_relabeling": post, "scrape_series_added": added,
	}
}

// with adds pairs of series and samples to m.
func with(m map[string]string, more ...string) map[string]string {
	for i := 0; i < len(more); i += 2 {
		m[more[i]] = more[i+1]
	}
	return m
}

// Counts and markers of a scrape with too many samples are upstream's
// (scrape_append_v2.go).
func TestSampleLimit(t *testing.T) {
	runRows(t, []row{
		{
			name:  "sample_limit: exactly as many are fine",
			setup: func(f *fixture) { f.target.SampleLimit = 10 },
			steps: []step{{body: lines(1, 10)}},
			want:  with(counts("0:10", "0:10", "0:10"), "up", "0:1", "a10", "0:1"),
		},
		{
			name:  "sample_limit: all are counted, those within the limit get lone markers later, those beyond do not exist",
			setup: func(f *fixture) { f.target.SampleLimit = 10 },
			steps: []step{{body: lines(1, 8)}, {body: lines(1, 12)}, {body: lines(1, 8)}},
			want: with(counts("0:8 10:12 20:8", "0:8 10:12 20:8", "0:8 10:2 20:0"), "up", "0:1 10:0 20:1",
				"a1", "0:1 20:1", "a9", "20:stale", "a10", "20:stale", "a11", "", "a12", ""),
		},
		{
			name:  "sample_limit: read before the limit, no marker; not shown any more, a marker",
			setup: func(f *fixture) { f.target.SampleLimit = 3 },
			steps: []step{{body: lines(1, 3)}, {body: lines(2, 6)}},
			want:  map[string]string{"a1": "0:1 10:stale", "a2": "0:1", "a3": "0:1", "up": "0:1 10:0"},
			ids:   []string{"sample-limit"},
		},
		{
			name:  "sample_limit counts what relabelling leaves, and duplicates of a text not again",
			setup: func(f *fixture) { f.target.SampleLimit = 2 },
			steps: []step{{body: "a 1\na 1\na 1\nb 1\n"}},
			want:  with(counts("0:4", "0:4", "0:2"), "up", "0:1"),
			ids:   []string{"duplicate-sample", "duplicate-sample"},
		},
		{
			name:  "over the limit with others, all old ones are stale, none new (upstream's TestScrapeLoopAppendSampleLimitReplaceAllSamples)",
			setup: func(f *fixture) { f.target.SampleLimit = 7 },
			steps: []step{{body: lines(1, 7)}, {body: lines(11, 18)}},
			want:  map[string]string{"a1": "0:1 10:stale", "a7": "0:1 10:stale", "a11": "", "a18": "", "up": "0:1 10:0"},
			ids:   []string{"sample-limit"},
		},
	})
}

// Limits of labels hold for the final ones.
func TestLabelLimits(t *testing.T) {
	runRows(t, []row{
		{
			name:  "label_limit counts the final labels: the offender is scraped, not relabelled",
			setup: func(f *fixture) { f.target.LabelLimit = 6 },
			steps: []step{{body: "ok{a=\"1\",b=\"2\",c=\"3\"} 1\nbad{a=\"1\",b=\"2\",c=\"3\",d=\"4\"} 1\nlater 1\n"}},
			want:  with(counts("0:2", "0:1", "0:1"), "up", "0:0", "ok", "", "later", ""),
			ids:   []string{"label-limit"},
		},
		{
			name:  "label_name_length_limit: __name__ has 8",
			setup: func(f *fixture) { f.target.LabelNameLengthLimit = 8 },
			steps: []step{{body: "ok{a=\"1\"} 1\nbad{abcdefghi=\"1\"} 1\n"}},
			want:  map[string]string{"up": "0:0"},
			ids:   []string{"label-limit"},
		},
		{
			name:  "label_value_length_limit holds for the metric's name, too",
			setup: func(f *fixture) { f.target.LabelValueLengthLimit = 5 },
			steps: []step{{body: "seven_7 1\n"}},
			want:  with(counts("0:1", "0:0", "0:0"), "up", "0:0"),
			ids:   []string{"label-limit"},
		},
		{
			name:  "label limits: a series read before keeps no marker, one not reached gets it",
			setup: func(f *fixture) { f.target.LabelLimit = 4 },
			steps: []step{{body: "a 1\nb 1\n"}, {body: "a 2\nc{x=\"1\",y=\"2\"} 1\nb 2\n"}},
			want:  map[string]string{"a": "0:1", "b": "0:1 10:stale"},
			ids:   []string{"label-limit"},
		},
	})
}

// A body as large as the limit is too large.
func TestBodySizeLimit(t *testing.T) {
	runRows(t, []row{
		{
			name:  "body_size_limit: a body of the limit's size is refused, all counts 0",
			setup: func(f *fixture) { f.target.BodySizeLimit = 4 },
			steps: []step{{body: "a 1"}, {body: "a 1\n"}},
			want:  with(counts("0:1 10:0", "0:1 10:0", "0:1 10:0"), "up", "0:1 10:0", "a", "0:1 10:stale"),
			ids:   []string{"body-size-limit"},
		},
	})
}

// The report series that tell of limits.
func TestExtraScrapeMetrics(t *testing.T) {
	runRows(t, []row{
		{
			name: "extra_scrape_metrics: timeout, limit and size; a body over the limit is -1, other failures 0, a body that fails to parse its size",
			setup: func(f *fixture) {
				f.target.ExtraScrapeMetrics, f.target.BodySizeLimit, f.target.SampleLimit = true, 20, 2
				f.target.Interval, f.opts.FailOnDamage = 5*time.Second, true
			},
			steps: []step{{body: "a 1\n"}, {body: strings.Repeat("a 1\n", 5)}, {failure: "refused"}, {body: "a 1\n...\n"}, {status: 200}},
			want: map[string]string{
				"scrape_timeout_seconds": "0:5 10:5 20:5 30:5 40:5",
				"scrape_sample_limit":    "0:2 10:2 20:2 30:2 40:2",
				"scrape_body_size_bytes": "0:4 10:-1 20:0 30:8 40:0",
			},
		},
		{
			name:  "extra-scrape-metrics as a feature; without a limit it is 0, and a timeout is 10 s at most",
			setup: func(f *fixture) { f.opts.ExtraScrapeMetrics = true; f.target.Interval = time.Minute },
			steps: []step{{body: "a 1\n"}},
			want:  map[string]string{"scrape_timeout_seconds": "0:10", "scrape_sample_limit": "0:0", "scrape_body_size_bytes": "0:4"},
		},
		{
			name:  "without it there are four",
			steps: []step{{body: "a 1\n"}},
			want:  map[string]string{"scrape_timeout_seconds": "", "scrape_sample_limit": "", "scrape_body_size_bytes": "", "scrape_duration_seconds": ""},
		},
	})
}

// Which limit failed a scrape is also told in words.
func TestLimitsAreExplained(t *testing.T) {
	f := newFixture()
	f.target.SampleLimit = 1
	_, reports := f.run(t, []step{{body: "a 1\nb 1\n"}})
	if want := "sample_limit exceeded: 2 samples where 1 are allowed"; reports[0].Reason != want {
		t.Errorf("the reason is %q, want %q", reports[0].Reason, want)
	}
}
