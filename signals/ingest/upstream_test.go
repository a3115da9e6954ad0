package ingest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"
)

// TestUpstream holds what upstream's own tests of its scrape loop expect
// (scrape/scrape_test.go of v0.316.0), under their names. Our target always has
// job and instance as well.
func TestUpstream(t *testing.T) {
	relabelled := func(configs string) func(*fixture) {
		return func(f *fixture) { f.target.MetricRelabel = metricRelabel(t, configs) }
	}
	counts := func(scraped, post, added string) map[string]string {
		return map[string]string{
			"scrape_samples_scraped": scraped, "scrape_samples_post_metric_relabeling": post, "scrape_series_added": added,
		}
	}
	openMetrics := map[string]string{"Content-Type": "application/openmetrics-text"}
	rows := []row{
		{name: "AppendHonorLabels: false", setup: withLabels("n", "2"), steps: []step{{body: "metric{n=\"1\"} 1\n"}}, want: map[string]string{`metric{exported_n="1", n="2"}`: "0:1"}},
		{name: "AppendHonorLabels: false; exported prefix already exists in SD", setup: withLabels("n", "2", "exported_n", "2"), steps: []step{{body: "metric{n=\"1\"} 1\n"}}, want: map[string]string{`metric{exported_exported_n="1", exported_n="2", n="2"}`: "0:1"}},
		{name: "AppendHonorLabels: false; empty label", steps: []step{{body: "metric{n=\"\"} 1\n"}}, want: map[string]string{"metric": "0:1"}},
		{name: "AppendHonorLabels: true", setup: func(f *fixture) { withLabels("n", "2")(f); f.target.HonorLabels = true }, steps: []step{{body: "metric{n=\"1\"} 1\n"}}, want: map[string]string{`metric{n="1"}`: "0:1"}},
		{
			name: "SeriesAdded", steps: []step{{body: "test_metric 1\n"}, {body: "test_metric 1\n"}},
			want: counts("0:1 10:1", "0:1 10:1", "0:1 10:0"),
		},
		{
			name:  "SeriesAddedDuplicates",
			steps: []step{{body: "m 1\nm 2\nm 3\n"}, {body: "m 1\nm 1\nm 1\n"}, {body: "m 1 @11\nm 1 @12\nm 1 @13\n"}},
			want: map[string]string{
				"m": "0:1 10:1 11:1 12:1 13:1 20:stale", "scrape_samples_scraped": "0:3 10:3 20:3",
				"scrape_samples_post_metric_relabeling": "0:3 10:3 20:3", "scrape_series_added": "0:1 10:0 20:0",
			},
		},
		{
			name: "ChangingMetricString", steps: []step{{body: "metric_a{a=\"1\",b=\"1\"} 1\n"}, {body: "metric_a{b=\"1\",a=\"1\"} 2\n"}},
			want: map[string]string{`metric_a{a="1", b="1"}`: "0:1 10:2"},
		},
		{
			name: "AppendSampleLimit", setup: func(f *fixture) {
				relabelled("[{action: drop, source_labels: [deleteme], regex: 'yes'}]")(f)
				f.target.SampleLimit = 1
			},
			steps: []step{
				{body: "metric_a 1\nmetric_b 1\nmetric_c 1\n"},
				{body: "metric_a 1\nmetric_b 1\nmetric_c{deleteme=\"yes\"} 1\nmetric_d 1\nmetric_e 1\nmetric_f 1\nmetric_g 1\nmetric_h{deleteme=\"yes\"} 1\nmetric_i{deleteme=\"yes\"} 1\n"},
			},
			want: counts("0:3 10:9", "0:3 10:6", "0:1 10:0"), // upstream's test counts 1 again: its rolled-back cache is not turned
			ids:  []string{"sample-limit"},
		},
		{
			name: "AppendSampleLimitWithDisappearingSeries", setup: func(f *fixture) { f.target.SampleLimit = 4 },
			steps: []step{{body: "a 1\nb 1\nc 1\n"}, {body: "a 1\nb 1\nc 1\nd 1\ne 1\nf 1\n"}, {body: "a 1\nb 1\n"}},
			want: map[string]string{
				"a": "0:1 20:1", "b": "0:1 20:1", "c": "0:1 20:stale", "d": "20:stale", "e": "", "f": "",
				"scrape_samples_scraped": "0:3 10:6 20:2", "scrape_samples_post_metric_relabeling": "0:3 10:6 20:2", "scrape_series_added": "0:3 10:1 20:0",
			},
		},
		{
			name: "AppendWithParseError", setup: func(f *fixture) { f.opts.FailOnDamage = true },
			steps: []step{{body: "metric_a 1\n", status: 200, header: openMetrics}, {body: "metric_a 11\n# EOF", status: 200, header: openMetrics}},
			want:  map[string]string{"metric_a": "10:11", "up": "0:0 10:1"},
		},
		{
			name:  "DropsSeriesFromMetricRelabeling",
			setup: relabelled("[{action: keep, source_labels: [__name__], regex: 'test_metric.*$'}, {action: drop, source_labels: [__name__], regex: 'test_metric_2$'}]"),
			steps: []step{{body: "test_metric_1 1\n"}, {body: "test_metric_2 1\n"}, {body: "unwanted_metric 1\n"}},
			want:  counts("0:1 10:1 20:1", "0:1 10:0 20:0", "0:1 10:0 20:0"),
		},
		{
			name: "DiscardUnnamedMetrics", setup: relabelled("[{action: labeldrop, regex: __name__}]"),
			steps: []step{{body: "nok 1\n"}}, want: map[string]string{"up": "0:0", "scrape_samples_scraped": "0:1", "scrape_samples_post_metric_relabeling": "0:0"},
			ids: []string{"invalid-series"},
		},
		{
			name: "FailWithInvalidLabelsAfterRelabel", setup: relabelled("[{action: replace, target_label: l, replacement: \"a\\xff\"}]"),
			steps: []step{{body: "test_metric 1\n"}}, want: map[string]string{"scrape_samples_post_metric_relabeling": "0:1"},
		},
		{
			name:  "CreatesStaleMarkersOnOOOAppend: a refused sample is not there, but its marker is as old",
			steps: []step{{body: "metric1 1\nmetric1 1 @15\n"}, {body: "metric1 2\n"}, {body: "metric1 3\n"}, {body: "x 1\n"}},
			want:  map[string]string{"metric1": "0:1 15:1 20:3 30:stale"},
		},
		{
			name:  "LeQuantileReLabel",
			setup: relabelled(`[{source_labels: [le, __name__], regex: '(\d+)\.0+;.*_bucket', target_label: le}, {source_labels: [quantile], regex: '(\d+)\.0+', target_label: quantile}]`),
			steps: []step{{body: "# TYPE h histogram\nh_bucket{le=\"1.0\"} 0\nh_bucket{le=\"2.5\"} 0\nh_bucket{le=\"10\"} 0\nh_bucket{le=\"+Inf\"} 0\n# TYPE s summary\ns{quantile=\"0.5\"} 0\ns{quantile=\"1.0\"} 1\n"}},
			want: map[string]string{
				`h_bucket{le="1"}`: "0:0", `h_bucket{le="2.5"}`: "0:0", `h_bucket{le="10"}`: "0:0", `h_bucket{le="+Inf"}`: "0:0",
				`s{quantile="0.5"}`: "0:0", `s{quantile="1"}`: "0:1",
			},
		},
	}
	runRows(t, rows)
}

// Where a target's labels clash with those of samples, the latter get the
// prefix exported_ until they are free.
func TestUpstreamConflictingLabels(t *testing.T) {
	var rows []row
	for _, c := range []struct {
		name, exposed, want string
		target              []string
	}{
		{"collides", `metric{foo="1"} 0`, `metric{exported_foo="1", foo="2"}`, []string{"foo", "2"}},
		{"target label already with prefix", `metric{foo="1"} 0`, `metric{exported_exported_foo="1", exported_foo="3", foo="2"}`, []string{"foo", "2", "exported_foo", "3"}},
		{"existing label already with prefix", `metric{foo="1", exported_foo="2"} 0`, `metric{exported_exported_foo="1", exported_foo="2", foo="3"}`, []string{"foo", "3"}},
		{"both already with prefix", `metric{exported_foo="1"} 0`, `metric{exported_exported_foo="1", exported_foo="2"}`, []string{"exported_foo", "2"}},
		{"two collide, with and without prefix", `metric{foo="1", exported_foo="2"} 0`, `metric{exported_exported_exported_foo="2", exported_exported_foo="1", exported_foo="4", foo="3"}`, []string{"foo", "3", "exported_foo", "4"}},
		{
			"extreme example", `metric{foo="3", exported_foo="4", exported_exported_exported_foo="5"} 0`,
			`metric{exported_exported_exported_exported_exported_foo="5", exported_exported_exported_exported_foo="3", exported_exported_exported_foo="2", exported_exported_foo="1", exported_foo="4", foo="0"}`,
			[]string{"foo", "0", "exported_exported_foo", "1", "exported_exported_exported_foo", "2"},
		},
	} {
		rows = append(rows, row{name: "AppendForConflictingPrefixedLabels: " + c.name, setup: withLabels(c.target...), steps: []step{{body: c.exposed + "\n"}}, want: map[string]string{c.want: "0:0"}})
	}
	runRows(t, rows)
}

func withLabels(ls ...string) func(*fixture) {
	return func(f *fixture) { f.target.Labels = labels.FromStrings(ls...) }
}

// The limits on labels, as upstream's own test has them.
func TestUpstreamLabelLimits(t *testing.T) {
	var rows []row
	for _, c := range []struct {
		name, exposed             string
		target                    []string
		labels, nameLen, valueLen int
		fails                     bool
	}{
		{"Valid number of labels", `metric{l1="1", l2="2"} 0`, nil, 5, 0, 0, false},
		{"Too many labels", `metric{l1="1", l2="2", l3="3", l4="4", l5="5", l6="6"} 0`, nil, 7, 0, 0, true},
		{"Too many labels including discovery labels", `metric{l1="1", l2="2", l3="3", l4="4"} 0`, []string{"l5", "5", "l6", "6"}, 7, 0, 0, true},
		{"Valid labels name length", `metric{l1="1", l2="2"} 0`, nil, 0, 10, 0, false},
		{"Label name too long", `metric{label_name_too_long="0"} 0`, nil, 0, 10, 0, true},
		{"Discovery label name too long", `metric{l1="1", l2="2"} 0`, []string{"label_name_too_long", "0"}, 0, 10, 0, true},
		{"Valid labels value length", `metric{l1="1", l2="2"} 0`, nil, 0, 0, 10, false},
		{"Label value too long", `metric{l1="label_value_too_long"} 0`, nil, 0, 0, 10, true},
		{"Discovery label value too long", `metric{l1="1", l2="2"} 0`, []string{"l1", "label_value_too_long"}, 0, 0, 10, true},
	} {
		r := row{name: "LabelLimit: " + c.name, steps: []step{{body: c.exposed + "\n"}}, want: map[string]string{"up": "0:1"}}
		r.setup = func(f *fixture) {
			withLabels(c.target...)(f)
			f.target.LabelLimit, f.target.LabelNameLengthLimit, f.target.LabelValueLengthLimit = c.labels, c.nameLen, c.valueLen
		}
		if c.fails {
			r.want, r.ids = map[string]string{"metric": ""}, []string{"label-limit"}
		}
		rows = append(rows, r)
	}
	runRows(t, rows)
}

// ScrapeLoopCacheMemoryExhaustionProtection, seen from outside: of 30 failed
// scrapes of ever new series the oldest are forgotten, so that they count as
// added when they come again.
func TestUpstreamCacheMemoryExhaustion(t *testing.T) {
	f := newFixture()
	f.opts.FailOnDamage = true
	var steps []step
	for i := range 5 {
		var b strings.Builder
		for j := range 500 {
			fmt.Fprintf(&b, "metric_%d_%d 42\n", j, i)
		}
		steps = append(steps, step{body: b.String() + "&\n"})
	}
	steps = append(steps, step{body: "metric_0_0 1\n"})
	got, _ := f.run(t, steps)
	require.Equal(t, "0:500 10:500 20:500 30:500 40:500 50:1", got["scrape_series_added"])
}
