package main

import "testing"

const refuses = "Prometheus refuses the whole scrape"

// textCases are saved texts of one scrape, and what a CI asks of them.
var textCases = []caseRow{
	// f23
	{name: "CR LF within a type's word", reason: "AppMetrics/Prometheus#20, weblogic-monitoring-exporter#16: a server takes the word for summary and a carriage return",
		files: []string{"crlf.prom", "# HELP x X\r\n# TYPE x summary\r\nx_sum 1\r\nx_count 2\r\n"},
		args:  []string{"check", "metrics", "@crlf.prom"}, code: 1,
		want: []string{"crlf.prom: " + refuses + "; promtool check metrics refuses it: ", `unknown metric type "summary\r"`, ":2:17: error: ", refuses}},
	{name: "CR LF behind values alone", reason: "the carriage return is a part of the number",
		files: []string{"crlf.prom", "# TYPE x gauge\nx 1\r\nx{a=\"1\"} 2\r\n"},
		args:  []string{"check", "metrics", "@crlf.prom"}, code: 1, want: []string{": " + refuses, ":2:4: error: "}},
	{name: "CR LF in help texts alone", reason: "any byte may stand there, so nobody refuses it",
		files: []string{"crlf.prom", "# HELP x X\r\n# TYPE x gauge\nx 1\n"},
		args:  []string{"check", "metrics", "@crlf.prom"}, want: []string{"Prometheus takes the scrape; promtool check metrics reads it\n", ":1:11: warning: "}},
	{name: "CR LF of a blank line", reason: "a blank line holds blanks alone",
		files: []string{"crlf.prom", "x 1\n\r\ny 2\n"},
		args:  []string{"check", "metrics", "@crlf.prom"}, code: 1, want: []string{": " + refuses, ":2:1: error: "}},
	// f24
	{name: "a type info in text", reason: "opentelemetry-java#5693, MyBook/zabbix-exporter#11: a type of OpenMetrics",
		files: []string{"info.prom", "# TYPE target info\ntarget_info{a=\"b\"} 1\n# TYPE agent_ping unknown\nagent_ping 1\n"},
		args:  []string{"check", "metrics", "@info.prom"}, code: 1, want: []string{": " + refuses + "; promtool check metrics refuses it", ":1:15: error: ", "the first of 2, also at 3:19"}},
	{name: "a type unknown in text", reason: "untyped is the word of text",
		files: []string{"t.prom", "# TYPE a unknown\na 1\n"},
		args:  []string{"check", "metrics", "@t.prom"}, code: 1, want: []string{": " + refuses, ":1:10: error: "}},
	{name: "a type in capitals", reason: "words are compared as they stand",
		files: []string{"t.prom", "# TYPE a GAUGE\na 1\n"},
		args:  []string{"check", "metrics", "@t.prom"}, code: 1, want: []string{": " + refuses, ":1:10: error: "}},
	{name: "a byte order mark", reason: "editors of Windows write it",
		files: []string{"t.prom", "\ufeff# TYPE a gauge\na 1\n"},
		args:  []string{"check", "metrics", "@t.prom"}, code: 1, want: []string{": " + refuses, ":1:1: error: "}},
	{name: "an exemplar in text", reason: "only OpenMetrics has them",
		files: []string{"t.prom", "a 1 # {t=\"x\"} 1\n"},
		args:  []string{"check", "metrics", "@t.prom"}, code: 1, want: []string{": " + refuses, ":1:5: error: "}},
	{name: "digits with _", reason: "Go's grammar of numbers has it, Prometheus' none",
		files: []string{"t.prom", "a 1_0\n"},
		args:  []string{"check", "metrics", "@t.prom"}, code: 1, want: []string{": " + refuses, ":1:3: error: "}},
	// f26
	{name: "a blank behind a type", reason: "the type is counter and a blank",
		files: []string{"t.prom", "# TYPE a counter \na 1\n"},
		args:  []string{"check", "metrics", "@t.prom"}, code: 1, want: []string{": " + refuses, `unknown metric type "counter "`, ":1:10: error: "}},
	{name: "a blank behind a value", reason: "a server skips it, promtool reads an empty time; only its own reader tells",
		files: []string{"t.prom", "a 1 \n"},
		args:  []string{"check", "metrics", "@t.prom"}, want: []string{"Prometheus takes the scrape; promtool check metrics refuses it: ", ":1:1: warning: ", "[promtool-refuses]"}},
	// f27
	{name: "escapes that are none", reason: "kube-state-metrics#3067, Nexogen.Libraries.Metrics#18: a server keeps them, promtool refuses the text. The column is the backslash's, as a defect's is where it begins; CASES.md has 1:31, two bytes behind it, and 3:21, one behind",
		files: []string{"t.prom", "# HELP help_x Matches regex \\d+ characters\n# TYPE help_x gauge\nhelp_x{user=\"domain\\username\"} 1\n"},
		args:  []string{"check", "metrics", "@t.prom", "--all"},
		want:  []string{"Prometheus takes the scrape; promtool check metrics refuses it: ", `invalid escape sequence '\d'`, `:1:29: warning: \d `, `:3:20: warning: \u `}},
	{name: "a folder of what promtool alone refuses", reason: "the place is that of the file", files: []string{"c/j/i/1700000000.prom", "a 1 \n"},
		args: []string{"check", "metrics", "@c"}, want: []string{"c/j/i/1700000000.prom:1:1: warning: ", "[promtool-refuses]"}},
	{name: "labels without a comma", reason: "a server needs none",
		files: []string{"t.prom", "a{b=\"1\" c=\"2\"} 1\n"},
		args:  []string{"check", "metrics", "@t.prom"}, want: []string{"Prometheus takes the scrape; promtool check metrics refuses it: ", "[missing-comma]"}},
	{name: "a second HELP", reason: "a server knows no families",
		files: []string{"t.prom", "# HELP a x\n# HELP a y\n# TYPE a gauge\na 1\n"},
		args:  []string{"check", "metrics", "@t.prom"}, want: []string{"Prometheus takes the scrape; promtool check metrics refuses it: ", "second HELP line", ":2:1: warning: ", "promtool refuses the text"}},
	{name: "a quantile that is no number", reason: "of which nothing but promtool's own reader tells",
		files: []string{"t.prom", "# HELP a x\n# TYPE a summary\na{quantile=\"x\"} 1\n"},
		args:  []string{"check", "metrics", "@t.prom"}, want: []string{"Prometheus takes the scrape; promtool check metrics refuses it: ", ":3:", "promtool refuses the text"}},
	{name: "one problem many times", reason: "5,000 lines of Ceph gave 29,998",
		files: []string{"t.prom", "a 1_0\na{b=\"1\"} 1_0\na{b=\"2\"} 1_0\n"},
		args:  []string{"check", "metrics", "@t.prom"}, code: 1, want: []string{":1:3: error", "the first of 3, also at 2:10, 3:10", "3 errors"}, never: []string{":2:10: error"}},
}

func TestTextCases(t *testing.T) { runCases(t, textCases) }
