package ingest_test

import "testing"

// TestToTheLetter are rows about --on-damage fail that made-up pairs of the
// oracle found: what upstream's lexer and store make of odd bytes.
func TestToTheLetter(t *testing.T) {
	letter := func(f *fixture) { f.opts.FailOnDamage = true }
	body := func(s string) []step { return []step{{body: s}} }
	inOM := func(s string) []step {
		return []step{{body: s, header: map[string]string{"Content-Type": om}}}
	}
	runRows(t, []row{
		{"a label twice counts as scraped: the store refuses it, not the parser", letter, body("g 1\nx{a=\"1\",a=\"2\"} 1\nz 1\n"),
			map[string]string{"up": "0:0", "g": "", "scrape_samples_scraped": "0:2", "scrape_samples_post_metric_relabeling": "0:1"}, []string{"duplicate-label"}},
		{"a label twice ends the histogram before it", func(f *fixture) { letter(f); f.target.ConvertClassicHistogramsToNHCB = true },
			body("# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_count 1\nh_sum 1\nx{a=\"1\",a=\"2\"} 1\n"),
			map[string]string{"up": "0:0", "h": "", "scrape_samples_scraped": "0:2", "scrape_samples_post_metric_relabeling": "0:1"}, []string{"duplicate-label"}},
		{"a NUL byte first on a line ends the body in silence", letter, body("g 1\n\x00x 1\nz 1\n"),
			map[string]string{"up": "0:1", "g": "0:1", "z": "", "scrape_samples_scraped": "0:1"}, []string{"bad-line"}},
		{"first in the body, nothing is left of it, and up is 1", letter, body("\x00x 1\nz 1\n"),
			map[string]string{"up": "0:1", "z": "", "scrape_samples_scraped": "0:0"}, []string{"bad-line"}},
		{"in a comment, the same", letter, body("g 1\n# x\x00\nz 1\n"),
			map[string]string{"up": "0:1", "g": "0:1", "z": ""}, []string{"nul-byte"}},
		{"in the text of HELP it is text", letter, body("g 1\n# HELP g x\x00y\nz 1\n"),
			map[string]string{"up": "0:1", "g": "0:1", "z": "0:1"}, []string{"nul-byte"}},
		{"in the name of HELP it is an error", letter, body("g 1\n# HELP a\x00b c\nz 1\n"),
			map[string]string{"up": "0:0", "g": "", "z": "", "scrape_samples_scraped": "0:1"}, []string{"nul-byte", "bad-metadata"}},
		{"in the name of TYPE too", letter, body("g 1\n# TYPE a\x00b gauge\nz 1\n"),
			map[string]string{"up": "0:0", "g": "", "z": ""}, []string{"nul-byte", "bad-metadata"}},
		{"CR in comments and HELP is text", letter, body("# x\r\n# HELP g x\r\ng 1\n"),
			map[string]string{"up": "0:1", "g": "0:1"}, []string{"crlf"}},
		{"CR elsewhere is not", letter, body("# x\r\ng 1\r\n"),
			map[string]string{"up": "0:0", "g": "", "scrape_samples_scraped": "0:0"}, []string{"crlf"}},
		{"CR after TYPE is not", letter, body("# TYPE g gauge\r\ng 1\n"),
			map[string]string{"up": "0:0", "g": ""}, []string{"crlf"}},
		{"NUL in OpenMetrics is the end before # EOF", letter, inOM("g 1\n# HELP a\x00b c\nz 1\n# EOF\n"),
			map[string]string{"up": "0:0", "g": "", "z": ""}, []string{"nul-byte"}},
		{"NUL first on a line of OpenMetrics, the same", letter, inOM("g 1\n\x00x 1\nz 1\n# EOF\n"),
			map[string]string{"up": "0:0", "g": "", "z": ""}, []string{"bad-line"}},
	})
}
