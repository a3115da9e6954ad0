package expfmt

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// A protoCase is a stream of families in the text form of protobuf, with ---
// between them, or, in rawProtoCases, as bytes.
type protoCase struct {
	name, reason string
	opts         Options
	in           string
	want         []string // as protoRecord writes them
}

var (
	ignoreNative = Options{IgnoreNative: true}
	keepClassic  = Options{KeepClassic: true}
	convert      = Options{ConvertNHCB: true}
	convertKeep  = Options{ConvertNHCB: true, KeepClassic: true}
)

const nativeAlone = `name: "h" help: "x" type: HISTOGRAM metric {histogram {sample_count: 6 sample_sum: 2.5 schema: 3 zero_threshold: 0.1 zero_count: 1 positive_span {offset: -2 length: 2} positive_span {offset: 1 length: 2} positive_delta: [2, -2, 1, 1]}}`

const nativeAndClassic = `name: "h" type: HISTOGRAM metric {label {name: "a" value: "1"} histogram {sample_count: 3 sample_sum: 2.5 bucket {cumulative_count: 2 upper_bound: 1} zero_threshold: 0.1 positive_span {length: 1} positive_delta: 3}}`

var protoCases = []protoCase{
	{"counter", "its suffix is its own matter", Options{}, `name: "a_total" help: "A." type: COUNTER metric {label {name: "b" value: "c"} counter {value: 3}}`,
		[]string{`1:2 HELP a_total "A."`, "1:2 TYPE a_total counter", `1:19 a_total{b="c"} 3`}},
	{"all of a counter", "time, start, exemplar", Options{},
		`name: "a" type: COUNTER metric {counter {value: 3 exemplar {label {name: "t" value: "1"} label {name: "b" value: "2"} value: 0.5 timestamp {seconds: 7 nanos: 8999999}} created_timestamp {seconds: 5 nanos: 1999999}} timestamp_ms: 1795244469930}`,
		[]string{`1:2 HELP a ""`, "1:2 TYPE a counter", `1:9 a 3 @1795244469930 start 5001 # {b="2",t="1"} 0.5 @7008`}},
	{"exemplar without time", "taken for a sample", Options{}, `name: "a" type: COUNTER metric {counter {value: 3 exemplar {value: 0.5}}}`,
		[]string{`1:2 HELP a ""`, "1:2 TYPE a counter", "1:9 a 3 # {} 0.5"}},
	{"gauge and untyped", "one metric each; a unit", Options{}, `name: "a_s" type: GAUGE unit: "s" metric {gauge {value: -0.5}} --- name: "b" type: UNTYPED metric {untyped {value: nan}}`,
		[]string{`1:2 HELP a_s ""`, `1:2 UNIT a_s "s"`, "1:2 TYPE a_s gauge", "1:11 a_s -0.5", `2:26 HELP b ""`, "2:26 TYPE b unknown", "2:33 b NaN"}},
	{"labels", "sorted as upstream's are, capitals before __name__; empty values stay", Options{},
		`name: "a" type: GAUGE metric {label {name: "z" value: "1"} label {name: "Q" value: ""} label {name: "b.c" value: "ü"} gauge {value: 1}}`,
		[]string{`1:2 HELP a ""`, "1:2 TYPE a gauge", `1:9 a{Q="",b.c="ü",z="1"} 1`}},
	{"long label", "lengths of two bytes", Options{}, `name: "a" type: GAUGE metric {label {name: "b" value: "` + strings.Repeat("x", 200) + `"} gauge {value: 1}}`,
		[]string{`1:3 HELP a ""`, "1:3 TYPE a gauge", `1:11 a{b="` + strings.Repeat("x", 200) + `"} 1`}},
	{"UTF-8 name", "any will do", Options{}, `name: "a b.ü" type: GAUGE metric {gauge {value: 1}}`,
		[]string{`1:2 HELP a b.ü ""`, "1:2 TYPE a b.ü gauge", "1:14 a b.ü 1"}},
	{"summary", "count, sum, quantiles", Options{}, `name: "s" type: SUMMARY metric {summary {sample_count: 3 sample_sum: 1.5 quantile {quantile: 0.5 value: 1} quantile {quantile: 1 value: nan} created_timestamp {seconds: 1}}}`,
		[]string{`1:2 HELP s ""`, "1:2 TYPE s summary", "1:9 s_count 3 start 1000", "1:9 s_sum 1.5 start 1000", `1:9 s{quantile="0.5"} 1 start 1000`, `1:9 s{quantile="1.0"} NaN start 1000`}},
	{"summaries", "the second begins anew; one has no quantiles", Options{},
		`name: "s" type: SUMMARY metric {summary {sample_count: 3 sample_sum: 1}} metric {label {name: "r" value: "1"} summary {sample_count: 4 quantile {quantile: 0.5 value: 1}}}`,
		[]string{`1:2 HELP s ""`, "1:2 TYPE s summary", "1:9 s_count 3", "1:9 s_sum 1", `1:24 s_count{r="1"} 4`, `1:24 s_sum{r="1"} 0`, `1:24 s{quantile="0.5",r="1"} 1`}},
	{"classic histogram", "+Inf is added; bounds as OpenMetrics spells them", Options{},
		`name: "h" type: HISTOGRAM metric {label {name: "a" value: "1"} label {name: "z" value: "2"} histogram {sample_count: 3 sample_sum: 2.5 bucket {cumulative_count: 1 upper_bound: -0} bucket {cumulative_count: 2 upper_bound: 1000000 exemplar {label {name: "t" value: "1"} value: 5}} bucket {cumulative_count: 2 upper_bound: 1e300}}}`,
		[]string{`1:2 HELP h ""`, "1:2 TYPE h histogram", `1:9 h_count{a="1",z="2"} 3`, `1:9 h_sum{a="1",z="2"} 2.5`, `1:9 h_bucket{a="1",le="0.0",z="2"} 1`, `1:9 h_bucket{a="1",le="1e+06",z="2"} 2 # {t="1"} 5`, `1:9 h_bucket{a="1",le="1e+300",z="2"} 2`, `1:9 h_bucket{a="1",le="+Inf",z="2"} 3`}},
	{"own +Inf", "what stands behind it is not taken", Options{}, `name: "h" type: HISTOGRAM metric {histogram {sample_count: 3 bucket {cumulative_count: 4 upper_bound: inf} bucket {cumulative_count: 5 upper_bound: 1}}}`,
		[]string{`1:2 HELP h ""`, "1:2 TYPE h histogram", "1:9 info odd-buckets", "1:9 h_count 3", "1:9 h_sum 0", `1:9 h_bucket{le="+Inf"} 4`}},
	{"falling counts", "read all the same", Options{}, `name: "h" type: HISTOGRAM metric {histogram {sample_count: 1 bucket {cumulative_count: 4 upper_bound: 1}}}`,
		[]string{`1:2 HELP h ""`, "1:2 TYPE h histogram", "1:9 info odd-buckets", "1:9 h_count 1", "1:9 h_sum 0", `1:9 h_bucket{le="1.0"} 4`, `1:9 h_bucket{le="+Inf"} 1`}},
	{"float counts", "they override whole ones, but 0 does not", Options{},
		`name: "h" type: HISTOGRAM metric {histogram {sample_count: 9 sample_count_float: 2.5 bucket {cumulative_count: 1 cumulative_count_float: 1.5 upper_bound: 1} bucket {cumulative_count: 2 cumulative_count_float: 0 upper_bound: 2}}}`,
		[]string{`1:2 HELP h ""`, "1:2 TYPE h histogram", "1:9 h_count 2.5", "1:9 h_sum 0", `1:9 h_bucket{le="1.0"} 1.5`, `1:9 h_bucket{le="2.0"} 2`, `1:9 h_bucket{le="+Inf"} 2.5`}},
	{"gauge histogram", "the same suffixes", Options{}, `name: "h" type: GAUGE_HISTOGRAM metric {histogram {sample_count: 1 sample_sum: 2}}`,
		[]string{`1:2 HELP h ""`, "1:2 TYPE h gaugehistogram", "1:9 h_count 1", "1:9 h_sum 2", `1:9 h_bucket{le="+Inf"} 1`}},
	{"native", "as a server: a name without suffix", Options{}, nativeAlone,
		[]string{`1:2 HELP h "x"`, "1:2 TYPE h histogram", "1:12 h {count:6, sum:2.5, [-0.1,0.1]:1, (0.7711054127039704,0.8408964152537144]:2, (1,1.0905077326652577]:1, (1.0905077326652577,1.189207115002721]:2}"}},
	{"native, off", "as a server: a native one alone still has its +Inf bucket", ignoreNative, nativeAlone,
		[]string{`1:2 HELP h "x"`, "1:2 TYPE h histogram", "1:12 h_count 6", "1:12 h_sum 2.5", `1:12 h_bucket{le="+Inf"} 6`}},
	{"native alone, both wanted", "there are no classic buckets to keep", keepClassic, nativeAlone,
		[]string{`1:2 HELP h "x"`, "1:2 TYPE h histogram", "1:12 h {count:6, sum:2.5, [-0.1,0.1]:1, (0.7711054127039704,0.8408964152537144]:2, (1,1.0905077326652577]:1, (1.0905077326652577,1.189207115002721]:2}"}},
	{"native and classic", "native goes first", Options{}, nativeAndClassic,
		[]string{`1:2 HELP h ""`, "1:2 TYPE h histogram", `1:9 h{a="1"} {count:3, sum:2.5, (0.5,1]:3}`}},
	{"native and classic, both wanted", "as a server with always_scrape_classic_histograms", keepClassic, nativeAndClassic,
		[]string{`1:2 HELP h ""`, "1:2 TYPE h histogram", `1:9 h{a="1"} {count:3, sum:2.5, (0.5,1]:3}`, `1:9 h_count{a="1"} 3`, `1:9 h_sum{a="1"} 2.5`, `1:9 h_bucket{a="1",le="1.0"} 2`, `1:9 h_bucket{a="1",le="+Inf"} 3`}},
	{"native gauge of floats", "packed or not, the hint is that of a gauge", Options{},
		`name: "h" type: GAUGE_HISTOGRAM metric {histogram {sample_count_float: 2.5 zero_count_float: 0.5 zero_threshold: 0.1 negative_span {length: 3} negative_count: [1.5, 0, 0.5]}}`,
		[]string{`1:2 HELP h ""`, "1:2 TYPE h gaugehistogram", "1:9 h gauge {count:2.5, sum:0, [-4,-2):0.5, [-1,-0.5):1.5, [-0.1,0.1]:0.5}"}},
	{"native of floats that are all 0", "counts of buckets tell floats, since Prometheus 3.16", Options{},
		`name: "h" type: HISTOGRAM metric {histogram {zero_threshold: 0.1 positive_span {length: 2} positive_count: [0, 0]}}`,
		[]string{`1:2 HELP h ""`, "1:2 TYPE h histogram", "1:9 h {count:0, sum:0}"}},
	{"no observations", "a span of no buckets makes it native", Options{}, `name: "h" type: HISTOGRAM metric {histogram {positive_span {}}}`,
		[]string{`1:2 HELP h ""`, "1:2 TYPE h histogram", "1:9 h {count:0, sum:0}"}},
	{"exemplars of a native one", "those with a time", Options{},
		`name: "h" type: HISTOGRAM metric {histogram {zero_threshold: 1 exemplars {value: 1} exemplars {label {name: "t" value: "x"} value: 2 timestamp {seconds: 1}} bucket {upper_bound: 1 exemplar {value: 3 timestamp {}}}}} metric {label {name: "a" value: ""} histogram {zero_threshold: 1 bucket {upper_bound: 1 exemplar {value: 3 timestamp {}}}}}`,
		[]string{`1:2 HELP h ""`, "1:2 TYPE h histogram", `1:9 h {count:0, sum:0} # {t="x"} 2 @1000`, `1:82 h{a=""} {count:0, sum:0} # {} 3 @0`}},
	{"classic made native", "convert_classic_histograms_to_nhcb", convert, `name: "h" type: HISTOGRAM metric {histogram {sample_count: 3 sample_sum: 9 bucket {cumulative_count: 1 upper_bound: 0.5} bucket {cumulative_count: 3 upper_bound: 2}}}`,
		[]string{`1:2 HELP h ""`, "1:2 TYPE h histogram", "1:9 h {count:3, sum:9, [-Inf,0.5]:1, (0.5,2]:2}"}},
	{"classic made native and kept", "its samples go first", convertKeep, `name: "h" type: HISTOGRAM metric {histogram {sample_count_float: 1.5 bucket {cumulative_count_float: 1.5 upper_bound: inf}}} metric {label {name: "a" value: "1"} histogram {zero_count: 1 sample_count: 1}}`,
		[]string{`1:2 HELP h ""`, "1:2 TYPE h histogram", "1:9 h_count 1.5", "1:9 h_sum 0", `1:9 h_bucket{le="+Inf"} 1.5`, "1:9 h {count:1.5, sum:0, [-Inf,+Inf]:1.5}", `1:42 h{a="1"} {count:1, sum:0, [-0,0]:1}`}},
	{"no metrics", "upstream takes no metadata from it", Options{}, `name: "a" help: "x" --- name: "b" type: GAUGE metric {gauge {value: 1}}`,
		[]string{`2:9 HELP b ""`, "2:9 TYPE b gauge", "2:16 b 1"}},
	{"nothing of the type", "read as 0", Options{}, `name: "a" type: COUNTER metric {gauge {value: 7}} --- name: "h" type: HISTOGRAM metric {}`,
		[]string{`1:2 HELP a ""`, "1:2 TYPE a counter", "1:9 info wrong-field", "1:9 a 0", `2:21 HELP h ""`, "2:21 TYPE h histogram", "2:28 info wrong-field", "2:28 h_count 0", "2:28 h_sum 0", `2:28 h_bucket{le="+Inf"} 0`}},
	{"untyped without value", "upstream repeats the one before", Options{}, `name: "a" type: UNTYPED metric {untyped {}} metric {label {name: "b" value: "1"} untyped {value: 7}} metric {label {name: "b" value: "2"} untyped {}}`,
		[]string{`1:2 HELP a ""`, "1:2 TYPE a unknown", "1:9 a 0", `1:13 a{b="1"} 7`, "1:34 warning no-untyped-value", `1:34 a{b="2"} 0`}},
	{"no name", "the next message is read", Options{}, `help: "x" type: GAUGE metric {gauge {}} --- name: "b" type: GAUGE metric {gauge {value: 1}}`,
		[]string{"1:2 error no-name", `2:12 HELP b ""`, "2:12 TYPE b gauge", "2:19 b 1"}},
	{"label without a name", "the metric is lost, the next is not", Options{}, `name: "b" type: GAUGE metric {label {value: "x"}} metric {label {name: "" value: "x"}} metric {gauge {value: 1}}`,
		[]string{`1:2 HELP b ""`, "1:2 TYPE b gauge", "1:11 error no-name", "1:18 error no-name", "1:25 b 1"}},
	{"duplicate labels", "and __name__", Options{}, `name: "b" type: GAUGE metric {label {name: "x" value: "1"} label {name: "a"} label {name: "x" value: "1"}} metric {label {name: "__name__" value: "1"}} metric {gauge {value: 1}}`,
		[]string{`1:2 HELP b ""`, "1:2 TYPE b gauge", "1:9 error duplicate-label", "1:32 error duplicate-label", "1:49 b 1"}},
	{"own le", "costs what has another", Options{}, `name: "h" type: HISTOGRAM metric {label {name: "le" value: "1"} histogram {sample_count: 1}}`,
		[]string{`1:2 HELP h ""`, "1:2 TYPE h histogram", `1:9 h_count{le="1"} 1`, `1:9 h_sum{le="1"} 0`, "1:9 error duplicate-label"}},
	{"buckets and spans differ", "the classic part is not lost", keepClassic, `name: "h" type: HISTOGRAM metric {histogram {sample_count: 1 bucket {cumulative_count: 1 upper_bound: inf} positive_span {length: 4294967295} positive_span {length: 4294967295} positive_delta: 1}}`,
		[]string{`1:2 HELP h ""`, "1:2 TYPE h histogram", "1:9 error bad-histogram", "1:9 h_count 1", "1:9 h_sum 0", `1:9 h_bucket{le="+Inf"} 1`}},
	{"invalid native histograms", "by their own Validate", Options{}, `name: "h" type: HISTOGRAM metric {histogram {sample_count: 5 positive_span {length: 1} positive_delta: 1}} metric {histogram {sample_count: 1 schema: 9 positive_span {length: 1} positive_delta: 1}} metric {histogram {sample_count: 1 positive_span {length: 2} positive_delta: [1, -2]}} metric {histogram {sample_count_float: 1 negative_span {length: 1} negative_count: -1}}`,
		[]string{`1:2 HELP h ""`, "1:2 TYPE h histogram", "1:9 error bad-histogram", "1:21 error bad-histogram", "1:35 error bad-histogram", "1:49 error bad-histogram"}},
	{"inconvertible", "its counts fall; its count is not that of +Inf; a bound is NaN", convert,
		`name: "h" type: HISTOGRAM metric {histogram {sample_count: 1 bucket {cumulative_count: 2 upper_bound: 1} bucket {cumulative_count: 1 upper_bound: 2}}} metric {histogram {sample_count: 1 bucket {cumulative_count: 2 upper_bound: inf}}} metric {histogram {sample_count: 1 bucket {upper_bound: nan}}} metric {histogram {sample_count_float: -1}} metric {histogram {bucket {cumulative_count_float: -1}}}`,
		[]string{`1:2 HELP h ""`, "1:2 TYPE h histogram", "1:9 info odd-buckets", "1:9 error bad-histogram", "1:41 info odd-buckets", "1:41 error bad-histogram", "1:60 error bad-histogram", "1:77 error bad-histogram", "1:90 error bad-histogram"}},
	{"buckets out of order", "sorted, the first of a bound is taken", convert, `name: "h" type: HISTOGRAM metric {histogram {sample_count: 3 bucket {cumulative_count: 3 upper_bound: 2} bucket {cumulative_count: 1 upper_bound: 1} bucket {cumulative_count: 2 upper_bound: 1}}}`,
		[]string{`1:2 HELP h ""`, "1:2 TYPE h histogram", "1:9 info odd-buckets", "1:9 h {count:3, sum:0, [-Inf,1]:1, (1,2]:2}"}},
	{"bad exemplars", "do not cost the sample", Options{}, `name: "a" type: COUNTER metric {counter {value: 3 exemplar {label {name: "t"} label {name: "t"} value: 0.5}}} metric {counter {value: 4 exemplar {label {value: "t"}}}} --- name: "h" type: HISTOGRAM metric {histogram {zero_threshold: 1 exemplars {label {} timestamp {}}}}`,
		[]string{`1:2 HELP a ""`, "1:2 TYPE a counter", "1:9 warning bad-exemplar", "1:9 a 3", "1:43 warning bad-exemplar", "1:43 a 4", `2:62 HELP h ""`, "2:62 TYPE h histogram", "2:69 warning bad-exemplar", "2:69 h {count:0, sum:0}"}},
}

const good = "\x12\n\x01b\x18\x01\"\x0b\x12\x09\x09\x00\x00\x00\x00\x00\x00\xf0\x3f"

// message gives its length to one of less than 128 bytes.
func message(parts ...string) string {
	all := strings.Join(parts, "")
	return string(rune(len(all))) + all
}

var goodRecords = func(line, off int) []string {
	return []string{fmt.Sprintf(`%d:%d HELP b ""`, line, off), fmt.Sprintf("%d:%d TYPE b gauge", line, off), fmt.Sprintf("%d:%d b 1", line, off+7)}
}

var rawProtoCases = []protoCase{
	{"empty", "a scrape without samples", Options{}, "", nil},
	{"empty messages", "they say nothing", Options{}, "\x00\x00", nil},
	{"unknown fields", "passed over in silence: of all types, and groups", Options{}, message("\n\x01b\x18\x01\x38\x05\x39abcdefgh\x3a\x01x\x3b\x08\x05\x13\x0a\x01x\x09abcdefgh\x0d1234\x14\x3c\x3d1234" + good[6:]),
		[]string{`1:2 HELP b ""`, "1:2 TYPE b gauge", "1:51 b 1"}},
	{"cut", "the body ends within a message", Options{}, good + good[:9], append(goodRecords(1, 2), "2:21 error cut-message")},
	{"cut length", "the body ends within a length", Options{}, good + "\x80", append(goodRecords(1, 2), "2:20 error cut-message")},
	{"no length", "six bytes that claim more than 8 GiB", Options{}, "\xff\xff\xff\xff\xff\x7f" + good,
		[]string{"1:1 error bad-length"}},
	{"large length", "no memory is taken for it", Options{}, "\xff\xff\xff\xff\x7f" + good,
		[]string{"1:1 error message-too-long", "1:6 error cut-message"}},
	{"long message", "passed over", Options{MaxLine: 18}, message("abcdefghijklmnopqrs") + good, append([]string{"1:1 error message-too-long"}, goodRecords(2, 22)...)},
	{"damaged message", "the next one is read", Options{}, "\x05\n\x01a\x12\x05" + good, append([]string{"1:5 error bad-message"}, goodRecords(2, 8)...)},
	{"wrong wire types", "of a message", Options{}, "\x02\x08\x01\x02\x10\x01\x02\x1a\x00\x02\x20\x01\x02\x28\x01" + good,
		append([]string{"1:4 error bad-message", "2:7 error bad-message", "3:10 error bad-message", "4:13 error bad-message", "5:16 error bad-message"}, goodRecords(6, 17)...)},
	{"bad tags", "number 0, an end of no group, a type that is none, a group without end", Options{}, "\x02\x00\x00\x01\x0c\x01\x0e\x02\x3b\x08\x01\x80" + good,
		append([]string{"1:2 error bad-message", "2:5 error bad-message", "3:7 error bad-message", "4:9 error bad-message", "5:12 error bad-message"}, goodRecords(6, 14)...)},
	{"damaged metrics", "the one before and the next are read", Options{}, message("\n\x01b\x18\x01", good[6:], "\"\x04\x12\x02\x08\x01", "\"\x03\x12\x05\x00", "\"\x02\x30\x80", good[6:]) + good,
		[]string{`1:2 HELP b ""`, "1:2 TYPE b gauge", "1:9 b 1", "1:24 error bad-message", "1:28 error bad-message", "1:33 error bad-message", "1:37 b 1", `2:49 HELP b ""`, "2:49 TYPE b gauge", "2:56 b 1"}},
	{"unknown type", "the family is lost", Options{}, "\x07\n\x01a\x18\x06\"\x00" + good, append([]string{"1:2 error unknown-type"}, goodRecords(2, 10)...)},
	{"bad names", "of a family", Options{}, "\x05\n\x01\xff\"\x00" + good, append([]string{"1:4 error bad-utf8"}, goodRecords(2, 8)...)},
	{"bad help and unit", "cost themselves alone", Options{}, message("\n\x01a\x12\x01\xff\x18\x01\"\x00*\x01\xff"),
		[]string{"1:7 error bad-utf8", "1:14 error bad-utf8", "1:2 TYPE a gauge", "1:12 info wrong-field", "1:12 a 0"}},
	{"bad labels", "in name and value, and no pair", Options{}, message("\n\x01a\x18\x01", "\"\x05\n\x03\n\x01\xff", "\"\x08\n\x06\n\x01l\x12\x01\xff", "\"\x04\n\x02\n\x05", good[6:]),
		[]string{`1:2 HELP a ""`, "1:2 TYPE a gauge", "1:11 error bad-utf8", "1:18 error bad-utf8", "1:28 error bad-message", "1:32 a 1"}},
	{"damage within", "in each message that a metric has, wrong wire types", Options{}, message("\n\x01a\x18\x01",
		"\"\x02\x08\x01", "\"\x02\x32\x00", "\"\x04\n\x02\x08\x01", "\"\x04\n\x02\x10\x01", "\"\x04\x1a\x02\x08\x01", "\"\x04\x1a\x02\x10\x01", "\"\x04\x1a\x02\x18\x01",
		"\"\x06\x1a\x04\x1a\x02\x0a\x00", "\"\x06\x1a\x04\x1a\x02\x12\x00", "\"\x06\x1a\x04\x12\x02\x08\x00", "\"\x06\x1a\x04\x12\x02\x10\x00", "\"\x06\x1a\x04\x12\x02\x18\x00", good[6:]),
		[]string{`1:2 HELP a ""`, "1:2 TYPE a gauge", "1:11 error bad-message", "1:15 error bad-message", "1:19 error bad-message", "1:25 error bad-message", "1:31 error bad-message", "1:37 error bad-message", "1:43 error bad-message", "1:49 error bad-message", "1:57 error bad-message", "1:65 error bad-message", "1:73 error bad-message", "1:81 error bad-message", "1:87 a 1"}},
	{"damage within a summary", "wrong wire types", Options{}, message("\n\x01a\x18\x01",
		"\"\x04\x22\x02\x0a\x00", "\"\x04\x22\x02\x10\x00", "\"\x04\x22\x02\x18\x00", "\"\x06\x22\x04\x1a\x02\x08\x00", "\"\x06\x22\x04\x1a\x02\x10\x00", "\"\x04\x22\x02\x20\x00", "\"\x04\x2a\x02\x08\x00", good[6:]),
		[]string{`1:2 HELP a ""`, "1:2 TYPE a gauge", "1:11 error bad-message", "1:17 error bad-message", "1:23 error bad-message", "1:29 error bad-message", "1:37 error bad-message", "1:45 error bad-message", "1:51 error bad-message", "1:55 a 1"}},
	{"damage within a histogram", "wrong wire types, and packed buckets that are cut", Options{}, message("\n\x01a\x18\x01",
		"\"\x04\x3a\x02\x0a\x00", "\"\x04\x3a\x02\x10\x00", "\"\x04\x3a\x02\x18\x00", "\"\x04\x3a\x02\x20\x00", "\"\x04\x3a\x02\x2a\x00", "\"\x04\x3a\x02\x30\x00", "\"\x04\x3a\x02\x3a\x00", "\"\x04\x3a\x02\x40\x00") +
		message("\n\x01a\x18\x01", "\"\x04\x3a\x02\x48\x00", "\"\x04\x3a\x02\x51\x00", "\"\x04\x3a\x02\x58\x00", "\"\x04\x3a\x02\x60\x00", "\"\x04\x3a\x02\x78\x00", "\"\x05\x3a\x03\x80\x01\x00", "\"\x06\x3a\x04\x62\x02\x0a\x00", "\"\x06\x3a\x04\x62\x02\x12\x00", "\"\x05\x3a\x03\x6a\x01\x80", "\"\x05\x3a\x03\x72\x01\x80") +
		message("\n\x01a\x18\x01", "\"\x06\x3a\x04\x1a\x02\x0a\x00", "\"\x06\x3a\x04\x1a\x02\x10\x00", "\"\x06\x3a\x04\x1a\x02\x18\x00", "\"\x06\x3a\x04\x1a\x02\x20\x00", "\"\x10\x3a\x0e\x6a\x0c\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", good[6:]),
		[]string{`1:2 HELP a ""`, "1:2 TYPE a gauge", "1:11 error bad-message", "1:17 error bad-message", "1:23 error bad-message", "1:29 error bad-message", "1:35 error bad-message", "1:41 error bad-message", "1:47 error bad-message", "1:53 error bad-message", `2:56 HELP a ""`, "2:56 TYPE a gauge", "2:65 error bad-message", "2:71 error bad-message", "2:77 error bad-message", "2:83 error bad-message", "2:89 error bad-message", "2:95 error bad-message", "2:102 error bad-message", "2:110 error bad-message", "2:118 error bad-message", "2:125 error bad-message", `3:129 HELP a ""`, "3:129 TYPE a gauge", "3:138 error bad-message", "3:146 error bad-message", "3:154 error bad-message", "3:162 error bad-message", "3:170 error bad-message", "3:186 a 1"}},
	{"parts in pieces", "a message that stands twice goes on", Options{}, message("\n\x01h\x18\x04", "\"\x13\x3a\x08\x08\x05\x62\x02\x10\x01\x68\x04\x3a\x07\x62\x02\x10\x01\x6a\x01\x02"),
		[]string{`1:2 HELP h ""`, "1:2 TYPE h histogram", "1:9 h {count:5, sum:0, (0.5,1]:2, (1,2]:3}"}},
	{"packed floats", "and floats and deltas that are not", Options{}, message("\n\x01h\x18\x04", "\"\x33\x3a\x31", "\x21\x00\x00\x00\x00\x00\x00\xf8\x3f", "\x62\x02\x10\x02", "\x72\x10\x00\x00\x00\x00\x00\x00\xf0\x3f\x00\x00\x00\x00\x00\x00\xe0\x3f", "\xa2\x06\x0f123456789012345"),
		[]string{`1:2 HELP h ""`, "1:2 TYPE h histogram", "1:9 h {count:1.5, sum:0, (0.5,1]:1, (1,2]:0.5}"}},
	{"empty buckets", "of which nothing is left", Options{}, message("\n\x01h\x18\x04", "\"\x0a\x3a\x08", "\x62\x02\x10\x02", "\x6a\x02\x00\x00"),
		[]string{`1:2 HELP h ""`, "1:2 TYPE h histogram", "1:9 h {count:0, sum:0}"}},
	{"buckets of no kind", "a wire type that none of them has", Options{}, message("\n\x01h\x18\x04", "\"\x07\x3a\x05\x6d1234", "\"\x04\x3a\x02\x70\x01"),
		[]string{`1:2 HELP h ""`, "1:2 TYPE h histogram", "1:11 error bad-message", "1:20 error bad-message"}},
	{"endless varint", "eleven bytes", Options{}, message("\n\x01h\x18\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"),
		[]string{"1:5 error bad-message"}},
	{"long name", "cut in the problem", Options{}, "\xd9\x01\n\xd2\x01" + strings.Repeat("x", 210) + "\x18\x07\"\x00",
		[]string{"1:3 error unknown-type"}},
	{"exemplar in pieces", "likewise", Options{}, message("\n\x01a", "\"\x12\x1a\x10\x12\x02\x1a\x00\x12\x0a\n\x08\n\x03t_1\x12\x01x"),
		[]string{`1:2 HELP a ""`, "1:2 TYPE a counter", `1:7 a 0 # {t_1="x"} 0 @0`}},
}

func protoRecord(r *Reader) string {
	if r.Kind() != KindHistogram {
		s := record(r)
		if start := r.Sample().StartTimestamp; r.Kind() == KindSample && start != 0 {
			before, after, ok := strings.Cut(s, " # ")
			if s = fmt.Sprintf("%s start %d", before, start); ok {
				s += " # " + after
			}
		}
		return s
	}
	var b strings.Builder
	h := r.Histogram()
	fmt.Fprintf(&b, "%d:%d %s", h.Line, h.Column, h.Name)
	if len(h.Labels) > 0 {
		writeLabels(&b, h.Labels)
	}
	if h.FH != nil && h.FH.CounterResetHint != 0 || h.H != nil && h.H.CounterResetHint != 0 {
		b.WriteString(" gauge")
	}
	if h.FH != nil {
		fmt.Fprintf(&b, " %s", h.FH)
	} else {
		fmt.Fprintf(&b, " %s", h.H)
	}
	for _, e := range h.Exemplars {
		b.WriteString(" # ")
		writeLabels(&b, e.Labels)
		fmt.Fprintf(&b, " %s @%d", formatValue(e.Value), e.Timestamp)
	}
	return b.String()
}

func protoRecords(r *Reader) (out []string) {
	for r.Next() {
		out = append(out, protoRecord(r))
	}
	return out
}

func TestProtoTables(t *testing.T) {
	for _, tc := range protoCases {
		testProtoCase(t, tc, protoText(t, tc.in))
	}
	for _, tc := range rawProtoCases {
		testProtoCase(t, tc, []byte(tc.in))
	}
}

func testProtoCase(t *testing.T, tc protoCase, in []byte) {
	tc.opts.Format = FormatProtobuf
	if diff := cmp.Diff(tc.want, protoRecords(NewBytesReader(in, tc.opts))); diff != "" {
		t.Errorf("%s (%s): (-want +got)\n%s", tc.name, tc.reason, diff)
	}
	checkProtoStream(t, in, tc.opts)
}

// checkProtoStream holds that a stream gives what the bytes give, however it
// comes.
func checkProtoStream(t *testing.T, in []byte, opts Options) {
	t.Helper()
	want := protoRecords(NewBytesReader(in, opts))
	for _, r := range []*Reader{NewReader(strings.NewReader(string(in)), opts), NewReader(iotest.OneByteReader(strings.NewReader(string(in))), opts)} {
		if got := protoRecords(r); !slices.Equal(want, got) || r.Err() != nil {
			t.Errorf("%q: a stream gives %v\n%s", in, r.Err(), cmp.Diff(want, got))
		}
	}
}
