package expfmt

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// writeCases say what is written of a text, or which problem there is.
var writeCases = []struct {
	name, reason string
	from, to     Format
	in           string // protobuf as its text form
	want         string // or, in parentheses, the ids of what is lost
}{
	{"families", "by name, with a TYPE line always", FormatText, FormatText, "b 1\na 2\n# HELP c x\n",
		"# TYPE a untyped\na 2\n# TYPE b untyped\nb 1\n# HELP c x\n# TYPE c untyped\n"},
	{"series", "as client_golang: number of labels, values, names; equal ones keep their order", FormatText, FormatText,
		"a{x=\"2\"} 1\na{y=\"1\",x=\"1\"} 2\na{y=\"1\"} 3\na{x=\"1\"} 4\na 5\na{x=\"2\"} 6\n",
		"# TYPE a untyped\na 5\na{x=\"1\"} 4\na{y=\"1\"} 3\na{x=\"2\"} 1\na{x=\"2\"} 6\na{x=\"1\",y=\"1\"} 2\n"},
	{"times", "a series' samples by time, without one first", FormatText, FormatText, "a 1 20\na 2 3\na 3\n", "# TYPE a untyped\na 3\na 2 3\na 1 20\n"},
	{"histogram", "buckets by bound, then sum and count, of each series; le last", FormatText, FormatText,
		"# TYPE h histogram\nh_count{z=\"1\"} 3\nh_bucket{le=\"+Inf\",z=\"1\"} 3\nh_bucket{le=\"10\",z=\"1\"} 2\nh_count{z=\"0\"} 1\nh_bucket{le=\"2\",z=\"1\"} 1\nh_sum{z=\"1\"} 9\nh_bucket{le=\"x\",z=\"0\"} 1\n",
		"# TYPE h histogram\nh_bucket{z=\"0\",le=\"x\"} 1\nh_count{z=\"0\"} 1\nh_bucket{z=\"1\",le=\"2.0\"} 1\nh_bucket{z=\"1\",le=\"10.0\"} 2\nh_bucket{z=\"1\",le=\"+Inf\"} 3\nh_sum{z=\"1\"} 9\nh_count{z=\"1\"} 3\n"},
	{"summary", "quantiles by number", FormatText, FormatText, "# TYPE s summary\ns_sum 1\ns{quantile=\"1\"} 2\ns{quantile=\"0.5\"} NaN\ns_count 2\n",
		"# TYPE s summary\ns{quantile=\"0.5\"} NaN\ns{quantile=\"1.0\"} 2\ns_sum 1\ns_count 2\n"},
	{"late TYPE", "bounds are spelled as the TYPE line asks", FormatText, FormatText, "# HELP h x\nh_bucket{le=\"1\"} 2\n# TYPE h histogram\nh_bucket{le=\"2\"} 2\n",
		"# HELP h x\n# TYPE h histogram\nh_bucket{le=\"2.0\"} 2\n# TYPE h_bucket untyped\nh_bucket{le=\"1\"} 2\n"},
	{"escapes", "in help, values and quoted names", FormatText, FormatText, "# HELP a x\\\\n\\n\"\na{b=\"\\\\n\\n\\\"\r\"} 1\n{\"a.b\",\"c d\"=\"\"} 2\n",
		"# HELP a x\\\\n\\n\"\n# TYPE a untyped\na{b=\"\\\\n\\n\\\"\r\"} 1\n# TYPE \"a.b\" untyped\n{\"a.b\",\"c d\"=\"\"} 2\n"},
	{"floats", "the shortest that is read as the same, as Go writes them", FormatText, FormatText,
		"a 1e3\na -0\na 1000000\na 0.30000000000000004\na 5e-324\na -Inf\na nan\na 1e21\na 123456789\n",
		"# TYPE a untyped\na 1000\na -0\na 1e+06\na 0.30000000000000004\na 5e-324\na -Inf\na NaN\na 1e+21\na 1.23456789e+08\n"},
	{"counter to openmetrics", "the family loses _total; times are seconds", FormatText, FormatOpenMetrics,
		"# HELP a_total \"x\"\n# TYPE a_total counter\na_total 1 1001\na_total 2 1500\n",
		"# HELP a \\\"x\\\"\n# TYPE a counter\na_total 1 1.0010000000000001\na_total 2 1.5\n# EOF\n"},
	{"counter of openmetrics", "the family gets _total", FormatOpenMetrics, FormatText, "# TYPE a counter\na_total 1 1.5\n# EOF\n", "# TYPE a_total counter\na_total 1 1500\n"},
	{"counter without samples", "is renamed all the same", FormatText, FormatOpenMetrics, "# TYPE a_total counter\n", "# TYPE a counter\n# EOF\n"},
	{"counter without samples of openmetrics", "is renamed all the same", FormatOpenMetrics, FormatText, "# TYPE a counter\n# EOF\n", "# TYPE a_total counter\n"},
	{"counter in text whose TYPE lacks _total", "stays", FormatText, FormatText, "# TYPE a counter\na_total 1\n", "# TYPE a counter\na_total 1\n"},
	{"counter without _total", "no counter of OpenMetrics", FormatText, FormatOpenMetrics, "# TYPE a counter\na 1\n", "(lost-type)"},
	{"counter beside its gauge", "the names clash, as those of every Go program do", FormatText, FormatOpenMetrics, "# TYPE a gauge\na 1\n# TYPE a_total counter\na_total 1\n", "(lost-type)"},
	{"counter, half _total", "two families", FormatOpenMetrics, FormatText, "# TYPE a counter\na_total 1\na 1\n# EOF\n", "(lost-type)"},
	{"clash", "a_count is a name of the histogram as well", FormatText, FormatOpenMetrics, "# TYPE a histogram\n# TYPE a_count gauge\na_count 1\n", "(lost-family)"},
	{"openmetrics", "everything it has", FormatOpenMetrics, FormatOpenMetrics,
		"# TYPE s stateset\n# TYPE i info\n# TYPE g_s gaugehistogram\n# UNIT g_s s\n# TYPE c counter\n# TYPE h histogram\n" +
			"s{z=\"1\",s=\"b\"} 0\ns{s=\"a\",z=\"1\"} 1\ni_info{v=\"1\"} 1\ng_s_gcount 2\ng_s_gsum -1\ng_s_bucket{le=\"+Inf\"} 2\ng_s_bucket{le=\"-1\"} 1\n" +
			"c_created 123456789.125\nc_total 1 # {b=\"1\",a=\"\\n\"} 0.5 -1.25\nh_bucket{le=\"+Inf\"} 1 # {} 2\n# EOF\n",
		"# TYPE c counter\nc_total 1 # {a=\"\\n\",b=\"1\"} 0.5 -1.25\nc_created 123456789.125\n# TYPE g_s gaugehistogram\n# UNIT g_s s\n" +
			"g_s_bucket{le=\"-1.0\"} 1\ng_s_bucket{le=\"+Inf\"} 2\ng_s_gsum -1\ng_s_gcount 2\n# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1 # {} 2\n" +
			"# TYPE i info\ni_info{v=\"1\"} 1\n# TYPE s stateset\ns{s=\"a\",z=\"1\"} 1\ns{s=\"b\",z=\"1\"} 0\n# EOF\n"},
	{"points", "all of a histogram at one time, then at the next", FormatText, FormatOpenMetrics,
		"# TYPE h histogram\nh_count 1 1000\nh_count 2 2000\nh_sum 1 1000\nh_sum 2 2000\nh_bucket{le=\"+Inf\"} 1 1000\nh_bucket{le=\"+Inf\"} 2 2000\n",
		"# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1 1\nh_sum 1 1\nh_count 1 1\nh_bucket{le=\"+Inf\"} 2 2\nh_sum 2 2\nh_count 2 2\n# EOF\n"},
	{"start to openmetrics", "is a sample", FormatProtobuf, FormatOpenMetrics,
		`name: "s" type: SUMMARY metric {label {name: "a" value: "b"} summary {sample_count: 1 sample_sum: 2 quantile {quantile: 0.5 value: 3} created_timestamp {seconds: 1795244469 nanos: 930000000}}}` +
			`---name: "c_total" type: COUNTER metric {counter {value: 1 created_timestamp {seconds: 1}} timestamp_ms: 1500}`,
		"# TYPE c counter\nc_total 1 1.5\nc_created 1 1.5\n# TYPE s summary\ns{a=\"b\",quantile=\"0.5\"} 3\ns_sum{a=\"b\"} 2\ns_count{a=\"b\"} 1\ns_created{a=\"b\"} 1795244469.93\n# EOF\n"},
	{"gauge histogram of protobuf", "its sum and count have other names", FormatProtobuf, FormatOpenMetrics,
		`name: "g" type: GAUGE_HISTOGRAM metric {histogram {sample_count: 1 sample_sum: 2}}`,
		"# TYPE g gaugehistogram\ng_bucket{le=\"+Inf\"} 1\ng_gsum 2\ng_gcount 1\n# EOF\n"},
	{"NaN of protobuf", "is NaN", FormatProtobuf, FormatText, `name: "a" type: GAUGE metric {gauge {value: nan}}`, "# TYPE a gauge\na NaN\n"},

	{"type in text", "four are enough there", FormatOpenMetrics, FormatText, "# TYPE i info\ni_info 1\n# TYPE s stateset\ns{s=\"a\"} 1\n# EOF\n", "(lost-type lost-type)"},
	{"type in protobuf", "no info", FormatOpenMetrics, FormatProtobuf, "# TYPE i info\ni_info 1\n# EOF\n", "(lost-type)"},
	{"exemplar in text", "none", FormatOpenMetrics, FormatText, "# TYPE c counter\nc_total 1 # {} 1\nc_total{a=\"1\"} 1 # {} 1\n# EOF\n", "(lost-exemplar)"},
	{"exemplar of a gauge", "counters and buckets have them", FormatOpenMetrics, FormatOpenMetrics, "# TYPE c gauge\nc 1 # {} 1\n# EOF\n", "(lost-exemplar)"},
	{"long exemplar", "128 characters", FormatOpenMetrics, FormatOpenMetrics, "# TYPE c counter\nc_total 1 # {a=\"" + strings.Repeat("ä", 128) + "\"} 1\n# EOF\n", "(lost-exemplar)"},
	{"exemplar that is just short enough", "characters, not bytes", FormatOpenMetrics, FormatOpenMetrics, "# TYPE c counter\nc_total 1 # {a=\"" + strings.Repeat("ä", 127) + "\"} 1\n# EOF\n",
		"# TYPE c counter\nc_total 1 # {a=\"" + strings.Repeat("ä", 127) + "\"} 1\n# EOF\n"},
	{"start in text", "none", FormatProtobuf, FormatText, `name: "c_total" type: COUNTER metric {counter {value: 1 created_timestamp {seconds: 1}}}`, "(lost-start)"},
	{"_created in text", "it is a start timestamp", FormatOpenMetrics, FormatText, "# TYPE c counter\nc_total 1\nc_created 1\n# EOF\n", "(lost-start)"},
	{"_created that stays text", "a sample like others", FormatText, FormatText, "# TYPE h histogram\nh_created 1\n", "# TYPE h histogram\nh_created 1\n"},
	{"_created within a millisecond", "no start timestamp", FormatOpenMetrics, FormatProtobuf, "# TYPE c counter\nc_total 1\nc_created 1.0001\n# EOF\n", "(lost-start)"},
	{"_created alone", "no metric", FormatOpenMetrics, FormatProtobuf, "# TYPE c counter\nc_created 1\n# EOF\n", "(lost-series)"},
	{"native in text", "none", FormatProtobuf, FormatText, nativeAndClassic, "(lost-native)"},
	{"native in openmetrics", "none", FormatProtobuf, FormatOpenMetrics, nativeAndClassic, "(lost-native)"},
	{"unit in text", "none", FormatOpenMetrics, FormatText, "# TYPE a_s gauge\n# UNIT a_s s\n# EOF\n", "(lost-unit)"},
	{"unit elsewhere", "the name ends in it", FormatProtobuf, FormatOpenMetrics, `name: "a" type: GAUGE unit: "s" metric {gauge {value: 1}}`, "(lost-unit)"},
	{"help with a carriage return", "it would be the line's end", FormatProtobuf, FormatText, `name: "a" help: "x\r" type: GAUGE metric {gauge {value: 1}}`, "(lost-help)"},
	{"time before 1970", "not in text", FormatOpenMetrics, FormatText, "# TYPE a gauge\na 1 -1\n# EOF\n", "(lost-time)"},
	{"time 1970", "not in protobuf", FormatText, FormatProtobuf, "# TYPE a gauge\na 1 0\n", "(lost-time)"},
	{"time and none", "not in OpenMetrics", FormatText, FormatOpenMetrics, "a 1\na 2 1\n", "(lost-time)"},
	{"far time", "no seconds give it", FormatText, FormatOpenMetrics, "a 1 9223372036854775807\n", "(lost-time)"},
	{"NaN counter", "not in OpenMetrics", FormatText, FormatOpenMetrics, "# TYPE a_total counter\na_total NaN\n", "(lost-value)"},
	{"state of 2", "0 or 1", FormatOpenMetrics, FormatOpenMetrics, "# TYPE a stateset\na{a=\"x\"} 2\n# EOF\n", "(lost-value)"},
	{"info of 2", "1", FormatOpenMetrics, FormatOpenMetrics, "# TYPE a info\na_info 2\n# EOF\n", "(lost-value)"},
	{"quantile of 2", "0 to 1", FormatText, FormatOpenMetrics, "# TYPE a summary\na{quantile=\"2\"} 2\n", "(lost-value)"},
	{"staleness marker", "text has one NaN", FormatProtobuf, FormatText, "stale", "(lost-value)"},
	{"sample of no family", "the type changed", FormatText, FormatText, "# TYPE a histogram\na_sum 1\n# TYPE a gauge\n", "(lost-sample)"},
	{"twice", "not in OpenMetrics", FormatText, FormatOpenMetrics, "a 1\na 1\n", "(lost-sample)"},
	{"no +Inf", "not in OpenMetrics", FormatText, FormatOpenMetrics, "# TYPE a histogram\na_bucket{le=\"1\"} 1\n", "(lost-series)"},
	{"no sum", "not in OpenMetrics", FormatText, FormatOpenMetrics, "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_count 1\n", "(lost-series)"},
	{"sum of negative buckets", "not in OpenMetrics", FormatText, FormatOpenMetrics, "# TYPE a histogram\na_bucket{le=\"-1\"} 0\na_bucket{le=\"+Inf\"} 1\na_count 1\na_sum 1\n", "(lost-series)"},
	{"falling buckets", "not in OpenMetrics", FormatText, FormatOpenMetrics, "# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\n", "(lost-series)"},
	{"count that is not +Inf", "not in OpenMetrics", FormatText, FormatOpenMetrics, "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_count 2\na_sum 1\n", "(lost-series)"},
	{"bound that is no number", "not in protobuf", FormatText, FormatProtobuf, "# TYPE a histogram\na_bucket{le=\"x\"} 1\na_count 1\na_sum 1\n", "(lost-series)"},
	{"part of a summary", "not in protobuf", FormatText, FormatProtobuf, "# TYPE a summary\na_sum 1\na_sum{x=\"1\"} 1\na_count 1\n", "(lost-series)"},
	{"half an observation", "not in a summary of protobuf", FormatText, FormatProtobuf, "# TYPE a summary\na_sum 1\na_count 1.5\n", "(lost-value)"},
	{"no samples", "not in protobuf", FormatText, FormatProtobuf, "# HELP a x\n", "(lost-family)"},
}

func TestWrite(t *testing.T) {
	for _, tc := range writeCases {
		t.Run(tc.name, func(t *testing.T) {
			in := []byte(tc.in)
			switch {
			case tc.in == "stale":
				in = append([]byte("\x0d\x0a\x01a\x18\x01\x22\x0b\x12\x09\x09"), "\x02\x00\x00\x00\x00\x00\xf0\x7f"...)
				in[0] = byte(len(in) - 1)
			case tc.from == FormatProtobuf:
				in = protoText(t, tc.in)
			}
			s := readBytes(t, in, Options{Format: tc.from})
			var b bytes.Buffer
			err := Write(&b, s, tc.to)
			if got := b.String(); err == nil && got != tc.want {
				t.Fatalf("%s:\n%s", tc.reason, cmp.Diff(tc.want, got))
			}
			if err != nil {
				var e *FormatError
				if !errors.As(err, &e) || b.Len() > 0 {
					t.Fatal(err)
				}
				got := map[string]bool{}
				var ids []string
				for _, p := range e.Problems {
					ids = append(ids, p.ID)
					got[p.ID] = true
				}
				if ids := "(" + strings.Join(ids, " ") + ")"; ids != tc.want {
					t.Fatalf("%s: %s, not %s: %v", tc.reason, ids, tc.want, e.Problems)
				}
			}
			kept, _ := Convert(s, tc.to)
			back, err := written(t, kept, tc.to)
			if err != nil {
				t.Fatal(err)
			}
			if d := diff(kept, back); d != "" {
				t.Error(d)
			}
		})
	}
}
