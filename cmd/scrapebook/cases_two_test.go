package main

import (
	"fmt"
	"strings"
	"testing"
)

// Two snapshots, and few: what changed, and what rules say of it.
func TestCasesTwo(t *testing.T) {
	counter := func(v ...any) string {
		return "# TYPE jobs_total counter\n" + fmt.Sprintf(strings.Repeat("jobs_total{q=\"a\"} %v\n", len(v)), v...)
	}
	process := func(start, total string) string {
		return "# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds " + start + "\n# TYPE c_total counter\nc_total " + total + "\n"
	}
	gauge := func(name, v string) string { return "# TYPE " + name + " gauge\n" + name + " " + v + "\n" }
	created := func(at, v string) string {
		return "# TYPE c counter\nc_total " + v + "\nc_created " + at + "\n# EOF\n"
	}
	kernel := func(start string, add int) string {
		text := gauge("process_start_time_seconds", start) + "# TYPE node_cpu_seconds_total counter\n"
		for i := range 6 {
			text += fmt.Sprintf("node_cpu_seconds_total{cpu=\"%d\"} %d\n", i, 1000+add)
		}
		return text
	}
	two := []string{"j/i/1700000000.prom", counter(0), "j/i/1700000010.prom", counter(500)}
	runCases(t, []caseRow{
		{"f19", "the second of two rounds is seen, half an interval after it", two,
			[]string{"replay", "@.", "-e", "rate(jobs_total[1m]) > 1", "-e", "jobs_total > 100"},
			[]string{"2 of 2 alerts fired", "first at 22:13:35", "12.5 > 1", "500 > 100"}, nil, nil, 0},
		{"f19: a rate too low says its value", "it was evaluated on both scrapes", two,
			[]string{"replay", "@.", "-e", "rate(jobs_total[1m]) > 100"}, []string{"0 of 1 alert fired", "12.5, not >"}, nil, nil, 0},
		{"f19: increase between two scrapes of two targets", "each target's last round counts", append([]string{"j/k/1700000003.prom", counter(7), "j/k/1700000013.prom", counter(9)}, two...),
			[]string{"replay", "@.", "-e", "increase(jobs_total[1m]) > 0"}, []string{"1 of 1 alert fired"}, nil, nil, 0},
		{"f19: another interval", "its first instant at or after the last round sees it", two,
			[]string{"replay", "@.", "--interval", "30s", "-e", "jobs_total > 100"}, []string{"1 of 1 alert fired", "22:13:35"}, nil, nil, 0},
		{"one missed scrape is a gap", "from one and a half intervals on",
			[]string{"j/i/1700000000.prom", counter(0), "j/i/1700000010.prom", counter(1), "j/i/1700000020.prom", counter(2), "j/i/1700000039.prom", counter(3)},
			[]string{"inspect", "@.", "--format", "json"}, []string{`"missed_scrapes": 1`}, nil, nil, 0},

		{"f31", "two bundles are compared target by target", []string{"before.zip", zipOf(t, "before/n1/metrics.txt", counter(5), 0, "before/n2/metrics.txt", counter(5), 0), "after.zip", zipOf(t, "after/n1/metrics.txt", counter(15), 3600, "after/n2/metrics.txt", counter(15), 3600)},
			[]string{"diff", "@before.zip", "@after.zip"}, []string{"n1: ", "1h0m0s apart", "+10", "n2: ", "+10"}, nil, nil, 1},
		{"f31: members", "a file in an archive is named as one in a folder", []string{"before.zip", zipOf(t, "before/n1/metrics.txt", counter(5), 0, "before/n2/metrics.txt", counter(5), 0), "after.zip", zipOf(t, "after/n1/metrics.txt", counter(25), 3600, "after/n2/metrics.txt", counter(15), 3600)},
			[]string{"diff", "@before.zip/before/n1/metrics.txt", "@after.zip/after/n1/metrics.txt"}, []string{"1h0m0s apart", "+20"}, []string{"n2"}, nil, 1},
		{"f31: a member that is not there", "it is said under the name that was given", []string{"before.zip", zipOf(t, "before/n1/metrics.txt", counter(5), 0)},
			[]string{"diff", "@before.zip/before/n9/metrics.txt", "@before.zip"}, nil, nil, []string{"before.zip/before/n9/metrics.txt"}, 2},
		{"f31: targets that only one has", "nothing is lost", []string{"a/j/n1/1700000000.prom", counter(5), "a/j/n2/1700000000.prom", counter(5), "b/j/n1/1700000060.prom", counter(6), "b/j/n3/1700000060.prom", counter(5)},
			[]string{"diff", "@a", "@b"}, []string{"n1: ", "+1", "only in", "n2", "only in", "n3"}, nil, nil, 1},
		{"f31: no target in common", "no two are guessed to be one", []string{"a/j/n1/1700000000.prom", counter(5), "a/j/n2/1700000000.prom", counter(5), "b/j/n3/1700000060.prom", counter(6), "b/j/n4/1700000060.prom", counter(5)},
			[]string{"diff", "@a", "@b"}, nil, nil, []string{"n1, n2", "n3, n4"}, 2},
		{"f31: one capture, first and last", "of each target the ends are compared", append([]string{"j/i/1700000005.prom", counter(499), "j/k/1700000000.prom", counter(1)}, two...),
			[]string{"diff", "@."}, []string{"i: ", "10s apart", "+500", "scraped once, not compared: k"}, nil, nil, 1},
		{"f31: one scrape alone", "a difference needs two", two[:2], []string{"diff", "@."}, nil, nil, []string{"needs two"}, 2},
		{"f31: several scrapes each", "rates and medians of both, most moved first", []string{
			"a/j/i/1700000000.prom", counter(0) + gauge("q", "1"), "a/j/i/1700000010.prom", counter(10) + gauge("q", "3"), "a/j/i/1700000020.prom", counter(20) + gauge("q", "2"),
			"b/j/i/1700000100.prom", counter(50) + gauge("q", "4"), "b/j/i/1700000110.prom", counter(90) + gauge("q", "4"), "b/j/i/1700000120.prom", counter(130) + gauge("q", "3")},
			[]string{"diff", "@a", "@b"}, []string{"jobs_total", "1 → 4/s", "q ", "2 → 4"}, nil, nil, 1},

		{"f31: with itself", "both are of one time, which is known", two,
			[]string{"diff", "@.", "@."}, []string{"2 scrapes in 10s, begun at the same time; rates and medians", "no difference in 1 series"}, []string{"not known"}, nil, 0},
		{"f36: answers of one time", "each series has one sample", []string{"a.json", `{"data": {"resultType": "vector", "result": [{"metric": {"__name__": "up"}, "value": [1696335530, "1"]}]}}`, "b.json", `{"data": {"resultType": "vector", "result": [{"metric": {"__name__": "up"}, "value": [1696335590, "0"]}]}}`},
			[]string{"diff", "@a.json", "@b.json"}, []string{"up", "1 → 0"}, nil, nil, 1},
		{"f36: answers of many times", "they are no scrape", []string{"a.json", `{"data": {"resultType": "matrix", "result": [{"metric": {"__name__": "up"}, "values": [[1696335530, "1"], [1696335545, "1"]]}]}}`},
			[]string{"diff", "@a.json", "@a.json"}, nil, nil, []string{"holds no scrape that could be compared; of a dump 'scrapebook query' tells what it was at two times"}, 2},
		{"f31: no rate", "one scrape of a time tells none, which is said",
			[]string{"a/j/i/1700000000.prom", gauge("q", "1") + "# TYPE gone_total counter\ngone_total 1\n", "a/j/i/1700000010.prom", counter(10) + "# TYPE late_total counter\nlate_total 1\n",
				"b/j/i/1700000100.prom", counter(50) + "# TYPE new_total counter\nnew_total 1\n# TYPE grown_total counter\ngrown_total 1\n", "b/j/i/1700000110.prom", counter(90) + "# TYPE late_total counter\nlate_total 3\n# TYPE grown_total counter\ngrown_total 21\n"},
			[]string{"diff", "@a", "@b"}, []string{"gone_total", "gone, was in one scrape: no", "grown_total", "at 2/s", "new_total", "in one scrape: no rate", "jobs_total", "no rate before: one scrape;", "now 4/s"}, []string{"NaN"}, nil, 1},
		{"f32", "digits enough to see the change", []string{"o.prom", gauge("mem_bytes", "1234567890") + gauge("last_run_timestamp_seconds", "1700000000"), "n.prom", gauge("mem_bytes", "1234567990") + gauge("last_run_timestamp_seconds", "1700000900")},
			[]string{"diff", "@o.prom", "@n.prom"}, []string{"1700000000 → 1700000900", "1234567890 → 1234567990"}, nil, nil, 1},
		{"f32: fractions", "a small step of a large number", []string{"o.prom", gauge("x", "1700000000.123"), "n.prom", gauge("x", "1700000000.623")},
			[]string{"diff", "@o.prom", "@n.prom"}, []string{"1700000000.1 → 1700000000.6"}, nil, nil, 1},
		{"f32: near to one", "as of a ratio", []string{"o.prom", gauge("x", "0.99999991"), "n.prom", gauge("x", "0.99999992")},
			[]string{"diff", "@o.prom", "@n.prom"}, []string{"0.99999991 → 0.99999992"}, nil, nil, 1},
		{"f32: a step that five digits show", "no more are needed", []string{"o.prom", gauge("x", "0.123456789"), "n.prom", gauge("x", "0.923456789")},
			[]string{"diff", "@o.prom", "@n.prom"}, []string{"0.12346 → 0.92346"}, nil, nil, 1},

		{"f39", "the process began anew, so its counter counts from 0", []string{"o.prom", process("1700000000", "100"), "n.prom", process("1700100000", "150")},
			[]string{"diff", "@o.prom", "@n.prom"}, []string{"restarted between them, at 2023-11-16 02:00:00 UTC", "c_total", "100 → 150, at least +150", "restarted between"}, nil, nil, 1},
		{"f39: _created", "the counter says so itself, no times are known", []string{"o.prom", created("1700000000", "100"), "n.prom", created("1700100000", "150")},
			[]string{"diff", "@o.prom", "@n.prom"}, []string{"c_total", "at least +150"}, nil, nil, 1},
		{"f39: a counter of the process fell", "it has no other witness", []string{"o.prom", "# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 50\n# TYPE c_total counter\nc_total 10\n", "n.prom", "# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 2\n# TYPE c_total counter\nc_total 15\n"},
			[]string{"diff", "@o.prom", "@n.prom"}, []string{"restarted between them (process_cpu_seconds_total)", "10 → 15, at least +15"}, nil, nil, 1},
		{"f39: of an exporter", "what the kernel counts outlives the exporter", []string{"o.prom", kernel("1700000000", 0), "n.prom", kernel("1700100000", 7)},
			[]string{"diff", "@o.prom", "@n.prom"}, []string{"restarted between them", "node_cpu_seconds_total", "+7"}, []string{"at least"}, nil, 1},
		{"f39: no restart", "a counter that grew", []string{"o.prom", process("1700000000", "100"), "n.prom", process("1700000000", "150")},
			[]string{"diff", "@o.prom", "@n.prom"}, []string{"c_total", "+50"}, []string{"restarted between"}, nil, 1},
		{"f39: in a bundle", "counted over targets", []string{"a/j/n1/1700000000.prom", process("1700000000", "100"), "a/j/n2/1700000000.prom", process("1600000000", "1"), "b/j/n1/1700200000.prom", process("1700100000", "150"), "b/j/n2/1700200000.prom", process("1600000000", "2")},
			[]string{"diff", "@a", "@b"}, []string{"n1: ", "at least +150", "n2: ", "+1", "1 of 2 targets restarted between"}, nil, nil, 1},
	})
}

// Gates: what an exit code says, and what it does not.
func TestCasesGates(t *testing.T) {
	bucket := func(v int) string {
		return fmt.Sprintf("# TYPE d_seconds histogram\nd_seconds_bucket{le=\"0.5\"} %d\nd_seconds_bucket{le=\"1\"} %d\nd_seconds_bucket{le=\"+Inf\"} %d\nd_seconds_sum 1\nd_seconds_count %d\n", v/2, v*8/10, v, v)
	}
	hist := []string{"apiserver/m1/1700000000.prom", bucket(0), "apiserver/m1/1700000015.prom", bucket(100), "apiserver/m1/1700000030.prom", bucket(200)}
	ok := []string{"web/i/1700000000.prom", "http_requests_total{code=\"200\"} 1\n", "web/i/1700000010.prom", "http_requests_total{code=\"200\"} 2\n"}
	runCases(t, []caseRow{
		{"f21", "a rule of which one selector is blind says so", hist,
			[]string{"replay", "@.", "-e", `sum(increase(d_seconds_bucket{le="1"}[1m])) / sum(increase(d_seconds_count[1m])) < 0.99`},
			[]string{`no d_seconds_bucket passes le="1" (there:`, `le="1.0"`}, nil, nil, 0},
		{"f21: another label", "the values that are there are named", ok,
			[]string{"replay", "@.", "-e", `http_requests_total{code="500"} / on () http_requests_total{code="200"} > 0.1`},
			[]string{`no http_requests_total passes code="500"`, `(there:`, `code="200"`}, nil, nil, 0},
		{"f21: a metric that is nowhere", "the other side was seen", ok, []string{"replay", "@.", "-e", `nothing > 1 and http_requests_total`},
			[]string{"nothing"}, nil, nil, 0},
		{"f21: without findings", "the selector is named all the same", hist,
			[]string{"replay", "@.", "--why", "none", "-e", `sum(increase(d_seconds_bucket{le="1"}[1m])) / sum(increase(d_seconds_count[1m])) < 0.99`},
			[]string{"partly blind", `d_seconds_bucket{le="1"}`, `le="1.0"`}, nil, nil, 0},
		{"f21: nothing is blind", "no word of it", ok, []string{"replay", "@.", "-e", `http_requests_total > 10`},
			[]string{"inactive"}, []string{"blind"}, nil, 0},
		{"a value not seen yet", "a process that is well logs no error", ok, []string{"replay", "@.", "-e", `http_requests_total{code="500"} > 0`},
			[]string{"no-data"}, nil, nil, 0},
		{"a label that the metric has not", "this capture cannot hold it", ok, []string{"replay", "@.", "-e", `http_requests_total{status="500"} > 0`},
			[]string{"no-data"}, nil, []string{"no rule saw any data"}, 2},
		{"another job", "this capture cannot hold it", ok, []string{"replay", "@.", "-e", `http_requests_total{job="api"} > 0`},
			[]string{"no-data"}, nil, []string{"no rule saw any data"}, 2},
		{"--fail-on with commas", "any of them", ok, []string{"replay", "@.", "-e", "http_requests_total > 1", "--fail-on", "no-data,firing"},
			nil, nil, []string{"--fail-on firing: 1 of 1 rules"}, 1},
		{"--fail-on repeated", "each counts", ok, []string{"replay", "@.", "-e", "http_requests_total > 1", "-e", `http_requests_total{code="500"} > 0`, "--fail-on", "no-data", "--fail-on", "firing"},
			nil, nil, []string{"--fail-on no-data: 1 of 2 rules", "--fail-on firing: 1 of 2 rules"}, 1},
		{"--fail-on misspelt", "an unknown word is an error, in a list too", ok, []string{"replay", "@.", "-e", "up", "--fail-on", "firing,pendng"},
			nil, nil, []string{`--fail-on "pendng"`, "did you mean pending?"}, 2},
		{"--fail-on of nothing", "an empty word is none", ok, []string{"replay", "@.", "-e", "up", "--fail-on", "firing,"},
			nil, nil, []string{`--fail-on ""`}, 2},
		{"--fail-on without a word", "a variable that was empty opens no gate", ok, []string{"replay", "@.", "-e", "up", "--fail-on="},
			nil, nil, []string{`--fail-on ""`}, 2},
		{"diff of YAML", "two files that are no exposition do not differ by nothing", []string{"a.yml", "groups:\n- name: x\n", "b.yml", "a: b\n"},
			[]string{"diff", "@a.yml", "@b.yml"}, nil, nil, []string{"a.yml is no exposition"}, 2},
		{"diff of prose", "with words that look like a sample", []string{"a.txt", "we saw 5 errors\nand then\ncount 5\n", "b.txt", "x 1\n"},
			[]string{"diff", "@a.txt", "@b.txt"}, nil, nil, []string{"is no exposition"}, 2},
		{"a verb misspelt", "the verb is named", ok, []string{"relay", "x"}, nil, nil, []string{"did you mean replay?"}, 2},
		{"a flag misspelt", "the flag is named", ok, []string{"replay", "@.", "--formt", "json"}, nil, nil, []string{"did you mean --format?"}, 2},
		{"a demo misspelt", "the demo is named", ok, []string{"replay", "demo:incidnt"}, nil, nil, []string{"did you mean demo:incident?"}, 2},
		{"a demo without its prefix, misspelt", "the demo is named", ok, []string{"incidnt"}, nil, nil, []string{"did you mean demo:incident?"}, 2},
		{"a value of a flag misspelt", "the value is named", ok, []string{"replay", "@.", "--format", "jsn"}, nil, nil, []string{"did you mean json?"}, 2},
		{"an expression that begins with a minus", "it is no flag", ok, []string{"query", "@.", "-sum(http_requests_total)"}, []string{"-2"}, nil, nil, 0},
		{"such an expression before a flag", "flags may follow", ok, []string{"query", "@.", "-http_requests_total", "--format", "json"}, []string{`"-2"`}, nil, nil, 0},
		{"such an expression that begins with a flag's letter", "-h is help, -histogram… is not", hist, []string{"query", "@.", "-histogram_quantile(0.5, d_seconds_bucket)"}, []string{"-0.5"}, nil, nil, 0},
	})
}
