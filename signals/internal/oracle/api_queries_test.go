package oracle

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"

	"github.com/scrapebook/scrapebook/signals/capture"
)

// appendOptions are those of samples without metadata.
var appendOptions storage.AOptions

// mixedCapture has of everything a little: counters that are reset, gauges with
// NaN and infinities, classic histograms that are kept as native ones with
// custom buckets as well, a summary, quoted names, a target that goes down.
func mixedCapture(t *testing.T) *capture.Capture {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	fsys := fstest.MapFS{"capture.yaml": {Data: []byte("jobs:\n  app:\n    convert_classic_histograms_to_nhcb: true\n    always_scrape_classic_histograms: true\n")}}
	for _, target := range []string{"a", "b", "c"} {
		count, seen := 0, [4]int{}
		for i := range 24 {
			at := 1_700_000_000 + i*15
			if target == "c" && i > 15 {
				fsys[fmt.Sprintf("app/%s/%d.err", target, at)] = &fstest.MapFile{Data: []byte("connection refused\n")}
				continue
			}
			if count += r.IntN(40); target == "b" && i == 12 {
				count, seen = 3, [4]int{}
			}
			var b strings.Builder
			fmt.Fprintf(&b, "# HELP reqs_total Requests.\n# TYPE reqs_total counter\nreqs_total{code=\"200\",path=\"/\"} %d\nreqs_total{code=\"500\",path=\"/x\"} %d\n", count, count/7)
			fmt.Fprintf(&b, "# TYPE temp gauge\ntemp{room=\"in\"} %g\ntemp{room=\"out\"} %s\n", r.NormFloat64(), []string{"NaN", "+Inf", "-Inf", "0", "-0.5", "7.25"}[r.IntN(6)])
			fmt.Fprintf(&b, "# TYPE up_since gauge\nup_since %d.5\n", at-1000-count%3)
			b.WriteString("# TYPE lat histogram\n")
			total := 0
			for k, le := range []string{"0.1", "0.5", "2.5", "+Inf"} {
				seen[k] += r.IntN(5)
				total += seen[k]
				fmt.Fprintf(&b, "lat_bucket{le=%q} %d\n", le, total)
			}
			fmt.Fprintf(&b, "lat_sum %g\nlat_count %d\n", float64(total)*0.7, total)
			fmt.Fprintf(&b, "# TYPE size summary\nsize{quantile=\"0.5\"} %d\nsize_sum %d\nsize_count %d\n", r.IntN(9), count*3, count)
			fmt.Fprintf(&b, "# TYPE target_info gauge\ntarget_info{version=\"v%d\",job=\"app\",instance=%q} 1\n{\"my.name\",\"a label\"=\"ü<&>\"} %d\n", i/12, target, i)
			fsys[fmt.Sprintf("app/%s/%d.prom", target, at)] = &fstest.MapFile{Data: []byte(b.String())}
		}
	}
	c, err := capture.Open(fsys, "mixed", capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// arguments are expressions of each type, for functions.
var arguments = map[parser.ValueType][]string{
	parser.ValueTypeVector: {"temp", "reqs_total", "lat", "lat_bucket", `{"my.name"}`, "none"},
	parser.ValueTypeMatrix: {"temp[2m]", "reqs_total[1m]", "lat[2m]", "size[1m:30s]", "reqs_total[90s] offset 15s", "none[5m]"},
	parser.ValueTypeScalar: {"0.5", "2", "-1", "scalar(up_since)"},
	parser.ValueTypeString: {`"room"`, `"$1"`, `"code"`, `"(.*)"`, `""`},
}

// apiExprs are expressions with every function, aggregation and operator, those
// that are wrong among them, sorted and each once.
func apiExprs() []string {
	all := map[string]bool{}
	add := func(format string, args ...any) { all[fmt.Sprintf(format, args...)] = true }
	for name, f := range parser.Functions {
		for i := range 6 {
			n := len(f.ArgTypes)
			if f.Variadic != 0 {
				n -= (i + 1) % 2 // with and without the last one
			}
			args := make([]string, 0, n)
			for k := range n {
				of := arguments[f.ArgTypes[k]]
				args = append(args, of[(i+k)%len(of)])
			}
			add("%s(%s)", name, strings.Join(args, ", "))
		}
		add("%s(1, 2, 3, 4, 5, 6, 7)", name)
	}
	vectors := []string{"temp", "reqs_total", "lat", "size", "up"}
	for _, op := range []string{"sum", "avg", "min", "max", "count", "group", "stddev", "stdvar"} {
		for i, v := range vectors {
			add("%s(%s)", op, v)
			add("%s %s (%s)", op, []string{"by (instance)", "without (code, room)", "by ()", "by (job, le)", "without (instance)"}[i], v)
		}
	}
	for _, op := range []string{"topk", "bottomk", "quantile", "limitk", "limit_ratio"} {
		for i, param := range []string{"2", "0.5", "-1", "0", "scalar(none)"} {
			add("%s(%s, reqs_total)", op, param)
			add("%s by (instance) (%s, %s)", op, param, vectors[i])
		}
	}
	add(`count_values("v", size)`)
	add(`count_values without (instance) ("room", temp)`)
	add(`count_values("not valid\xff", temp)`)
	for _, op := range []string{"+", "-", "*", "/", "%", "^", "atan2", "==", "!=", ">", "<", ">=", "<=", "and", "or", "unless"} {
		add("temp %s temp", op)
		add("temp %s on (instance, room) temp", op)
		add("reqs_total %s ignoring (code, path) up", op)
		add("reqs_total %s ignoring (code, path) group_left up", op)
		add("up %s on (instance) group_right (code) reqs_total", op)
		add("temp %s 0.5", op)
		add("2 %s temp", op)
		add("7 %s 3", op)
		add("7 %s bool 3", op)
		add("temp %s bool 0", op)
		add("lat %s lat", op)
		add("lat %s 2", op)
		add("lat %s on (instance) group_left up", op)
		add("temp %s fill(0) on (instance) up", op)
		add("temp[1m] %s 2", op)
	}
	for _, expr := range append(slices.Clone(handExprs), realExprs...) {
		all[expr] = true
	}
	for _, expr := range wrongExprs {
		all[expr] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// handExprs are what the lists above do not make.
var handExprs = []string{
	"1", "-1.5e-300", "0x1F", "Inf", "-NaN", `"a string"`, `'it''s'`, "`raw`", "1h30m", "1_000",
	"temp", `temp{room="in"}`, `temp{room!="in"}`, `temp{room=~"i.*"}`, `temp{room!~"i.*"}`, `{__name__=~"temp|up"}`, `{"my.name"}`, `{"my.name", "a label"="ü<&>"}`, `temp{room=""}`, `temp{nothing=""}`,
	"temp offset 1m", "temp offset -1m", "temp @ 1700000100", "temp @ start()", "temp @ end()", "temp @ 1700000100 offset 30s", "temp[1m]", "temp[1m] @ end()", "reqs_total[5m] offset 2m", "temp[1m:10s]", "temp[1m:]", "temp[1m:10s] @ 1700000200 offset 15s", "lat", "lat[1m]", "lat_bucket[1m]",
	"-temp", "+temp", "--temp", "-lat", "-(temp + 1)", "(temp)", "((1))",
	"rate(reqs_total[1m + 30s])", "max_over_time(temp[1m + 30s:5s * 3] offset (10s + 5s))", "rate(reqs_total[step() * 4])", "temp offset (5s * 3)", "max_over_time(temp[range()])",
	"rate(reqs_total[1m] anchored)", "increase(reqs_total[1m] smoothed)", "temp smoothed",
	"sum by (code) (rate(reqs_total[2m])) / on () group_left sum(rate(reqs_total[2m]))",
	"histogram_quantile(0.9, sum by (le) (rate(lat_bucket[2m])))", "histogram_quantile(0.9, sum(rate(lat[2m])))", "histogram_quantile(2, lat_bucket)", "histogram_quantile(NaN, lat)", "histogram_quantile(0.5, temp)", "histogram_fraction(0, 0.5, rate(lat[2m]))", "histogram_avg(rate(lat[2m]))", "histogram_count(lat) + histogram_sum(lat)",
	"absent(none)", `absent(none{a="b", c=~"d"})`, "absent_over_time(none[5m])", "absent(temp)", "time()", "timestamp(temp)", "timestamp(temp offset 1m)", "vector(time())", "scalar(temp)", "hour()", "day_of_month(vector(1700000000))", "pi()",
	`label_replace(temp, "r", "$1-x", "room", "(.)(.*)")`, `label_replace(temp, "room", "same", "", "")`, `label_join(temp, "j", "/", "instance", "room")`, `label_replace(temp, "__name__", "other", "room", "in")`,
	"sort(up_since)", "sort_desc(up_since)", `sort_by_label(temp, "room", "instance")`, `sort_by_label_desc(temp, "instance", "room")`,
	"topk(1, up_since) or temp", "temp and temp > 0 unless temp > 5", "count(temp == temp)", "sum(temp) by (room)", "sum by (room) (temp) > bool 0",
	"rate(temp[1m])", "rate(up[1m])", "increase(lat_count[1m])", "rate(size_sum[1m]) / rate(size_count[1m])", "deriv(reqs_total[1m])", "quantile_over_time(1.5, temp[1m])", "quantile(NaN, temp)",
	"info(temp)", `info(reqs_total, {version=~"v.*"})`, "max_over_time(rate(reqs_total[30s])[2m:15s])", "sum_over_time(lat[2m])", "avg_over_time(lat[1m])", "last_over_time(lat[1m])", "first_over_time(temp[1m])", "ts_of_max_over_time(temp[2m])", "changes(lat[2m])", "resets(lat[2m])", "sum(lat) + lat_count", "sum({__name__=~\"lat|temp\"})", "avg({__name__=~\"lat|up\"})", "lat_bucket * on (instance) lat", "lat > lat", "min(lat)", "stddev(lat)", "topk(2, lat)",
	"temp + fill(1) reqs_total", "temp + on (instance) fill_left(1) group_left up", "up + on (instance) fill_right(0) none",
	"smooth", "double_exponential_smoothing(temp[2m], 0.5, 0.5)", "double_exponential_smoothing(temp[2m], 2, 0.5)", "predict_linear(reqs_total[1m], 60)", "clamp(temp, 5, 1)", "round(temp, 0)",
}

// wrongExprs are refused, or fail.
var wrongExprs = []string{
	"", " ", "(", ")", "sum(", "temp{", "temp{room}", "temp{room=}", "temp{room=~\"(\"}", "{}", `{a=""}`, `{a=~".*"}`, "temp[", "temp[5]", "temp[5m", "temp[0s]", "temp[-5m]", "temp[5m:0s]", "5m[5m]", "temp offset", "temp offset x", "temp @", "temp @ x", "temp @ NaN", "temp @ 1 @ 2", "temp offset 1m offset 2m", "sum(temp)[5m]",
	"1 +", "+", "temp + ", "temp == bool", "1 == 2", "temp and 1", `"a" + "b"`, `temp + "a"`, "temp[1m] + temp", "-temp[1m]", `-"a"`, "sum(1)", "sum(temp[1m])", `sum("a")`, "sum by (1) (temp)", "sum by (room (temp)", "topk(temp)", "topk(temp, temp)", `topk("a", temp)`, "count_values(1, temp)", `quantile(temp)`, "nothing(temp)", "rate(temp)", "rate(temp[1m], 1)", "rate(1)", "abs()", "abs(1)", "abs(temp, temp)", "time(1)", "scalar(1)", "vector(temp)", `label_replace(temp, "a")`, `label_replace(temp, "\xff", "", "room", "")`, `label_replace(temp, "a", "b", "room", "(")`, `label_join(temp, "\xff", "a")`,
	"temp + on (instance) reqs_total", "temp + on (room) temp", "reqs_total * on (instance) group_left temp", "temp * on (instance) group_left (room) up * on (instance) group_right temp", "temp and on (instance) group_left up", "temp + ignoring (a) on (b) temp", `label_replace(temp, "room", "x", "room", ".*")`, "sum(temp) by (room) without (room)",
	"temp\n+\n\n)", "ünïcode", "temp{room=\"in\" instance=\"a\"}", "'unclosed", "\"a\\z\"", "temp[5m] offset 5m[5m]", "temp # a comment", "# nothing else", "1 2", "temp temp", "temp{__name__=\"x\"}", "{__name__=\"a\", __name__=\"b\"}", "temp{,}", "temp{room=\"in\",}", "99999999999999999999999d", "temp[1y1y]", "1 atan2", "unless temp", "by (temp)", "start()", "step()", "temp @ start(1)", "group_left", "bool", "offset", "Inf{a=\"b\"}", "temp[5m:] offset -1d @ end()", "limit_ratio(2, temp)", "limit_ratio(-2, temp)", "histogram_quantile(temp, temp)", "absent(1)", "sort_by_label(temp)", "info(temp, up)", `info(temp, {a="b"} offset 1m)`, "fill(1)", "temp + fill(x) temp", "temp and fill(1) temp",
}

// realExprs are asked of the incident.
var realExprs = []string{
	"up", "sum(up)", "count by (job) (up == 1)", "avg_over_time(up[5m])", "changes(up[10m])", "up == 0", "time() - process_start_time_seconds", "resets(process_cpu_seconds_total[10m])",
	"rate(process_cpu_seconds_total[1m])", "sum by (instance) (rate(rest_client_requests_total[1m]))", "sum by (code) (rest_client_requests_total)", "topk(3, rest_client_requests_total)",
	"histogram_quantile(0.99, sum by (instance, le) (rate(kubeproxy_sync_proxy_rules_duration_seconds_bucket[5m])))", "kubeproxy_sync_proxy_rules_duration_seconds_count", "sum without (le) (kubeproxy_sync_proxy_rules_duration_seconds_bucket)",
	"kubeproxy_sync_proxy_rules_iptables_total", "kubernetes_build_info", "kubernetes_build_info * on (instance) group_right (git_version) up", `count({__name__=~".+"})`, `count by (__name__) ({job="kube-proxy"})`, "go_goroutines", "max_over_time(go_goroutines[2m:10s])", "delta(go_memstats_alloc_bytes[1m])", "deriv(process_resident_memory_bytes[2m])", "predict_linear(process_resident_memory_bytes[2m], 3600)", "scrape_samples_scraped", "quantile(0.5, go_goroutines)", "stddev(go_goroutines)", "avg(process_resident_memory_bytes)", "sum(process_resident_memory_bytes) / 1024 / 1024", `label_replace(up, "node", "$1", "instance", "node-(.*)")`, "go_info", "go_gc_duration_seconds", "absent(up)", "rate(go_gc_duration_seconds_count[1m])",
}

// An apiParameter is what several endpoints are asked with.
type apiParameter struct{ name, paths, params string }

var apiParameters = []apiParameter{
	{"times", "query", "query=temp&time=START"}, {"a time of RFC 3339", "query", "query=temp&time=2023-11-14T22:14:20Z"}, {"with a zone", "query", "query=temp&time=2023-11-14T23:14:20.5%2B01:00"},
	{"with a fraction", "query", "query=time()&time=1700000000.1234"}, {"with one to be rounded", "query", "query=time()&time=1700000000.1236"}, {"before 1970", "query", "query=time()&time=-1.5"}, {"no time", "query", "query=temp&time=now"}, {"NaN", "query query_range", "query=1&time=NaN&start=NaN&end=1&step=1"},
	{"the API's own bounds", "labels series", "match[]=temp&start=-292273086-05-16T16:47:06Z&end=292277025-08-18T07:12:54.999999999Z"},
	{"limits", "query", "query=sort_by_label(reqs_total,\"instance\",\"code\")&time=1700000100&limit=2"}, {"a limit of none", "query", "query=temp&time=1700000100&limit=0"}, {"below 0", "query query_range labels series label/job/values", "SPAN&query=temp&match[]=temp&limit=-1"}, {"no number", "query query_range labels series label/job/values", "SPAN&query=temp&match[]=temp&limit=x"},
	{"of a range", "query_range", "SPAN&query=temp&limit=1"}, {"of a scalar", "query query_range", "SPAN&time=1700000100&query=1&limit=1"},
	{"timeouts", "query query_range", "SPAN&time=START&query=temp&timeout=5s"}, {"of none", "query query_range", "SPAN&time=START&query=temp&timeout=0"}, {"below 0", "query query_range", "SPAN&time=START&query=temp&timeout=-1"}, {"no time", "query query_range", "SPAN&time=START&query=temp&timeout=x"}, {"too long a time", "query query_range", "SPAN&time=START&query=temp&timeout=1e300"},
	{"look-back", "query query_range", "SPAN&time=1700000107&query=temp&lookback_delta=5s"}, {"in seconds", "query query_range", "SPAN&time=END&query=temp&lookback_delta=900"}, {"below 0", "query query_range", "SPAN&time=END&query=temp&lookback_delta=-5"}, {"none", "query query_range", "SPAN&time=END&query=temp&lookback_delta=x"},
	{"stats", "query query_range", "SPAN&time=1700000100&query=rate(reqs_total[1m])&stats=true"}, {"all stats", "query query_range", "SPAN&time=1700000100&query=sum(temp)&stats=all"}, {"stats of no word", "query query_range", "SPAN&time=1700000100&query=temp&stats=yes"},
	{"no start", "query_range", "query=temp&end=END&step=30"}, {"no end", "query_range", "query=temp&start=START&step=30"}, {"no step", "query_range", "query=temp&start=START&end=END"}, {"end before start", "query_range query_exemplars", "query=temp&start=END&end=START&step=30"}, {"a step of 0", "query_range", "query=temp&start=START&end=END&step=0"}, {"below 0", "query_range", "query=temp&start=START&end=END&step=-1"}, {"a step that is none", "query_range", "query=temp&start=START&end=END&step=x"}, {"a duration", "query_range", "query=temp&start=START&end=END&step=1m30s"}, {"NaN", "query_range", "query=temp&start=START&end=END&step=NaN"}, {"too many steps", "query_range", "query=temp&start=0&end=END&step=1"}, {"11,000 steps", "query_range", "query=1&start=0&end=11000&step=1"}, {"a single step", "query_range", "query=temp&start=END&end=END&step=1"},
	{"a string over a range", "query_range", "SPAN&query=\"a\""}, {"a range over a range", "query_range", "SPAN&query=temp[1m]"}, {"wrong in two ways", "query_range", "start=x&end=y&step=z&query=("},
	{"labels", "labels label/room/values label/__name__/values label/none/values", ""}, {"of some", "labels label/room/values label/__name__/values", "match[]=temp"}, {"of several", "labels label/room/values label/code/values series", "match[]=temp&match[]=reqs_total"}, {"that match nothing", "labels label/room/values series", "match[]=none"}, {"limited", "labels label/room/values label/job/values", "limit=1"}, {"by as many as there are", "label/room/values", "limit=2"}, {"of everything", "labels label/room/values series", "match[]=%7B%7D"}, {"of anything", "labels series", "match[]=%7Ba%3D~%22.*%22%7D"}, {"of no selector", "labels label/room/values series", "match[]=%7B"}, {"before the capture", "labels label/room/values series", "match[]=temp&end=5"}, {"after it", "labels label/room/values", "match[]=temp&start=4000000000"}, {"of wrong times", "labels label/room/values series", "match[]=temp&start=x"}, {"of a wrong end", "labels label/room/values series", "match[]=temp&end=x"},
	{"names", "label/a%20label/values label/U__a_20_label/values label/U__/values", ""}, {"names that are none", "label/%FF/values", ""},
	{"series", "series", ""}, {"all of them", "series", "match[]=%7B__name__%3D~%22.%2B%22%7D"}, {"the same twice", "series", "match[]=temp&match[]=temp"}, {"within", "series", "match[]=temp&start=START&end=END"},
	{"exemplars", "query_exemplars", "query=temp"}, {"of nothing", "query_exemplars", "query=1"}, {"of what is wrong", "query_exemplars", "query=("}, {"at wrong times", "query_exemplars", "query=temp&start=x"},
	{"no query", "query query_range parse_query format_query query_exemplars", "SPAN&"},
}
