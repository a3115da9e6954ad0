package main

import "testing"

// What one file holds. Copies of cases that people reported, and others of
// their kinds.
func TestCasesOfContent(t *testing.T) {
	const dotnet = "# TYPE http_requests_total counter\n# HELP http_requests_total R.\nhttp_requests_total{code=\"200\"} 42 1668684543123\n\n" +
		"# TYPE duration_ms histogram\n# UNIT duration_ms ms\nduration_ms_bucket{le=\"+Inf\"} 12 1668684543123\nduration_ms_sum 99.5 1668684543123\nduration_ms_count 12 1668684543123\n\n# EOF\n"
	const torrents = "# HELP qb_torrents_count Torrents that are error\n# TYPE qb_torrents_count gauge\nqb_torrents_count{status=\"error\"} 0\n" +
		"# HELP qb_torrents_count Torrents that are up\n# TYPE qb_torrents_count gauge\nqb_torrents_count{status=\"up\"} 3\n" +
		"# HELP qb_torrents_count Torrents that are down\n# TYPE qb_torrents_count gauge\nqb_torrents_count{status=\"down\"} 4\n"
	const jobs = "# TYPE jobs_total counter\njobs_total{q=\"a\"} 5\n"
	runCases(t, []caseRow{
		{name: "f07: metadata that stand twice", reason: "one exposition, as Prometheus takes it", files: []string{"qb.prom", torrents},
			args: []string{"query", "@qb.prom", "sum(qb_torrents_count)"}, want: []string{"{}  7"}},
		{name: "f09: one such file in a bundle", reason: "it stopped the whole bundle", files: []string{"b/n1/metrics.txt", jobs, "b/n2/metrics.txt", jobs, "b/qb/metrics.txt", torrents},
			args: []string{"query", "@b", "sum by (instance) ({__name__=~\"jobs_total|qb_.*\"})", "--time-from", "mtime"}, want: []string{`{instance="n1"}  5`, `{instance="n2"}  5`, `{instance="qb"}  7`}},
		{name: "f13: UNIT and EOF outvote nothing", reason: "blank lines and milliseconds are of the text format", files: []string{"dotnet.prom", dotnet},
			args: []string{"query", "@dotnet.prom", "timestamp(http_requests_total)", "--job", "j"}, want: []string{`1668684543.123`}},
		{name: "f14: capture.yaml says what a text is", reason: "the declared format is heeded where no header was saved",
			files: []string{"c/capture.yaml", "fallback_scrape_protocol: PrometheusText0.0.4\n", "c/j/i/1668684544.prom", "# TYPE t gauge\nt 5 1668684543123\n# EOF\n"},
			args:  []string{"query", "@c", "t"}, want: []string{`t{instance="i", job="j"}  5`}},
		{name: "f14, the other way round", reason: "what ends without # EOF is read in seconds when capture.yaml says OpenMetrics",
			files: []string{"c/capture.yaml", "fallback_scrape_protocol: OpenMetricsText1.0.0\n", "c/j/i/1668684544.prom", "# TYPE t gauge\nt 5 1668684543.5\n# EOF\n"},
			args:  []string{"query", "@c", "timestamp(t)"}, want: []string{`1668684543.5`}},
	})
}
