package reachable_test

import (
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/signals/verdict/internal/reachable"
)

var everything = parser.NewParser(parser.Options{EnableExperimentalFunctions: true, EnableBinopFillModifiers: true})

func parse(tb testing.TB, expr string) parser.Expr {
	tb.Helper()
	out, err := everything.ParseExpr(expr)
	if err != nil {
		tb.Fatalf("%s: %v", expr, err)
	}
	return out
}

// metric is a metric of a type; labels end in ! where every series has them.
func metric(typ, suffix, labels string, bounds ...string) reachable.Metric {
	m := reachable.MetricOf(typ, suffix)
	for _, l := range strings.Fields(labels + " job! instance!") {
		name, always := strings.CutSuffix(l, "!")
		m.Labels = append(m.Labels, name)
		if always {
			m.Always = append(m.Always, name)
		}
	}
	m.Bounds = bounds
	return m
}

// cluster is the shape of kube-proxy and a few others.
func cluster(tb testing.TB) reachable.Shape {
	native := metric("histogram", "", "host")
	native.NonNegative, native.Native = false, true
	both := metric("histogram", "_bucket", "host le!", "0.5", "1.0", "+Inf")
	both.Native = true
	whole := metric("counter", "", "code method host")
	whole.NotNaN = true
	return reachable.Shape{
		Metrics: map[string]reachable.Metric{
			"rest_client_request_duration_seconds_bucket": metric("histogram", "_bucket", "verb host le!", "0.005", "0.025", "0.1", "0.25", "0.5", "1.0", "2.0", "4.0", "8.0", "15.0", "30.0", "60.0", "+Inf"),
			"rest_client_request_duration_seconds_count":  metric("histogram", "_count", "verb host"),
			"rest_client_request_duration_seconds_sum":    metric("histogram", "_sum", "verb host"),
			"rest_client_request_latency_seconds_bucket":  metric("histogram", "_bucket", "verb url le!", "0.001", "0.002", "0.004", "0.008", "0.016", "0.032", "0.064", "0.128", "0.256", "0.512", "+Inf"),
			"rest_client_requests_total":                  whole,
			"errors_total":                                metric("counter", "", "code"),
			"sync_bucket":                                 metric("histogram", "_bucket", "le!", "0.001", "1.024", "16.384", "+Inf"),
			"programming_bucket":                          metric("histogram", "_bucket", "ip_family le!", "0.0", "0.25", "0.5", "1.0", "300.0", "+Inf"),
			"odd_bucket":                                  metric("histogram", "_bucket", "le!", "0.002", "0.02", "+Inf"),
			"cut_bucket":                                  metric("histogram", "_bucket", "le!", "0.5", "1.0"),
			"untyped_bucket":                              metric("", "", "le!", "0.5", "1.0", "+Inf"),
			"both_bucket":                                 both,
			"native":                                      native,
			"up":                                          metric("gauge", "", ""),
			"queue":                                       metric("gauge", "", "queue"),
			"signups":                                     metric("counter", "", "event"),
			"completed":                                   metric("gauge", "", ""),
			"kube_pod_info":                               metric("gauge", "", "pod! node"),
			"temperature":                                 metric("gauge", "", "room"),
			"guessed_total":                               metric("", "", ""),
		},
		Recorded: map[string][]reachable.Recording{
			"job:errors:ratio": {{Expr: parse(tb, `sum by (job) (rate(rest_client_requests_total{code="500"}[5m])) / sum by (job) (rate(rest_client_requests_total[5m]))`)}},
			"queue:busy":       {{Expr: parse(tb, `queue > bool 100`), Labels: map[string]string{"severity": "page"}}},
			"loop":             {{Expr: parse(tb, `loop or vector(1)`)}},
			"foreign":          {{}},
			"job:latency:le":   {{Expr: parse(tb, `sum by (job, le) (rate(rest_client_request_duration_seconds_bucket[5m]))`)}},
		},
	}
}

// row is a rule, and why it can or can't return a sample.
type row struct{ kind, expr, why string }

var dead = []row{
	// the cap of histogram_quantile
	{"cap", `histogram_quantile(0.99, sum(rate(rest_client_request_duration_seconds_bucket{job="kube-proxy",verb="POST"}[5m])) by (verb, url, le)) > 60`, "the article's alert, since Kubernetes 1.24"},
	{"cap", `histogram_quantile(0.99, sum(rate(rest_client_request_latency_seconds_bucket{verb="POST"}[5m])) by (verb, url, le)) > 60`, "the same before 1.18"},
	{"cap", `histogram_quantile(0.99, rate(sync_bucket[5m])) > 60`, "PromCat's on sync latency"},
	{"cap", `histogram_quantile(0.9, sum without (instance) (increase(sync_bucket[10m]))) >= 16.385`, "just above the cap"},
	{"cap", `histogram_quantile(0.5, odd_bucket) > 0.020000000000000004`, "the cap is an ulp above the bound"},
	{"cap", `100 < histogram_quantile(0.99, sum by (le) (rate(sync_bucket[5m])))`, "threshold on the left"},
	{"cap", `histogram_quantile(0.99, sum by (le) (irate(sync_bucket[5m]))) * 1000 > 17000`, "in milliseconds"},
	{"cap", `max(histogram_quantile(0.99, sum by (le, job) (rate(programming_bucket[5m])))) > 300`, "through max"},
	{"cap", `histogram_quantile(0.99, avg by (le) (rate(sync_bucket[5m]))) == 20`, "equal to what is above"},
	{"cap", `max_over_time(histogram_quantile(0.99, sum by (le) (rate(sync_bucket[5m])))[1h:1m]) > 17`, "through a subquery"},
	{"cap", `histogram_quantile(0.99, sum by (le) (rate(sync_bucket[5m] offset 1h))) > 17`, "offset keeps bounds"},
	{"cap", `histogram_quantile(0.99, job:latency:le) > 61`, "le recorded by a rule of the set"},
	{"cap", `histogram_quantile(0.99, sum by (le) (rate(sync_bucket[5m]) or rate(odd_bucket[5m]))) > 16.4`, "bounds of either"},
	{"cap", `histogram_quantile(0.99, sum by (le) (rate(rest_client_request_duration_seconds_bucket{le=~"0.1|1.0|[+]Inf"}[5m]))) > 1`, "only some bounds are asked for"},
	{"cap", `histogram_quantile(0.99, rate(rest_client_request_duration_seconds_bucket[5m])) < 0`, "positive bounds begin at 0"},
	{"cap", `histogram_quantile(0.99, rate(cut_bucket[5m])) > 0.1`, "without +Inf it is NaN"},
	{"cap", `histogram_quantile(0.99, rate(sync_bucket{le="+Inf"}[5m])) > 0`, "+Inf alone is NaN"},

	// what is never negative, never 0
	{"sign", `count(up) < 1`, "count of nothing is nothing"},
	{"sign", `count by (job) (up == 0) == 0`, "the same by job"},
	{"sign", `count_over_time(up[5m]) == 0`, "a range without samples gives nothing"},
	{"sign", `rate(rest_client_request_duration_seconds_count[5m]) < 0`, "a count never falls but at a reset"},
	{"sign", `irate(errors_total[5m]) < 0`, "irate looks at two samples, NaN hides nothing"},
	{"sign", `sum(increase(rest_client_requests_total[1h])) < 0`, "sum of non-negative"},
	{"sign", `changes(up[10m]) < 0`, "a number of changes"},
	{"sign", `resets(errors_total[10m]) <= -1`, "a number of resets"},
	{"sign", `stddev(temperature) < 0`, "a root"},
	{"sign", `abs(temperature) < 0`, "abs"},
	{"sign", `sqrt(temperature) <= -0.5`, "sqrt is NaN or not negative"},
	{"sign", `sum(count by (job) (up)) < 1`, "a sum of counts"},
	{"sign", `-count(up) > 0`, "minus a count"},
	{"sign", `min(rate(rest_client_requests_total[5m])) / 2 < 0`, "half of what is not negative"},
	{"sign", `errors_total < 0`, "a counter"},

	// ratios
	{"ratio", `sum(rate(rest_client_requests_total{code=~"5.."}[5m])) / sum(rate(rest_client_requests_total[5m])) > 1`, "percent meant"},
	{"ratio", `sum(rate(rest_client_requests_total{code=~"5.."}[5m])) by (host,method) / sum(rate(rest_client_requests_total[5m])) by (host,method) > 10`, "the article's, in percent"},
	{"ratio", `sum by (method, host) (rate(rest_client_requests_total{code="500"}[5m])) / on (host, method) sum by (host, method) (rate(rest_client_requests_total[5m])) > 5`, "the groups in another order"},
	{"ratio", `1 - sum(rate(rest_client_requests_total{code="200"}[5m])) / sum(rate(rest_client_requests_total[5m])) < 0`, "availability below 0"},
	{"ratio", `(sum(rate(rest_client_requests_total{code="500"}[5m])) / sum(rate(rest_client_requests_total[5m]))) * 100 > 100`, "percent above 100"},
	{"ratio", `sum(increase(rest_client_request_duration_seconds_count{verb="GET"}[1h])) / sum(increase(rest_client_request_duration_seconds_count[1h])) >= 1.5`, "of a count"},
	{"ratio", `sum(rest_client_requests_total{code="500"}) / sum(rest_client_requests_total) > 1`, "of totals"},
	{"ratio", `sum without (code) (rate(rest_client_requests_total{code="500"}[5m])) / sum without (code) (rate(rest_client_requests_total[5m])) > 2`, "without"},
	{"ratio", `sum(rate(rest_client_requests_total{code="500"}[5m])) / sum(rate(rest_client_requests_total{code!=""}[5m])) > 1`, "= implies !="},
	{"ratio", `job:errors:ratio > 1`, "recorded"},
	{"ratio", `sum(irate(errors_total{code="500"}[5m])) / sum(irate(errors_total[5m])) > 1`, "irate of a counter that can be NaN"},

	// what is fixed
	{"fixed", `absent(up) > 1`, "1 or nothing"},
	{"fixed", `absent(up{job="a"}) == 0`, "1 or nothing"},
	{"fixed", `absent_over_time(up[5m]) < 1`, "1 or nothing"},
	{"fixed", `absent(sum(up) or vector(0))`, "always there"},
	{"fixed", `absent(hour())`, "always there"},
	{"fixed", `(queue > bool 100) > 1`, "bool gives 0 or 1"},
	{"fixed", `(queue > bool 100) == 2`, "bool gives 0 or 1"},
	{"fixed", `queue:busy == 0.5`, "recorded bool"},
	{"fixed", `hour() > 23`, "23 is the last hour"},
	{"fixed", `day_of_week() == 7`, "Sunday is 0"},
	{"fixed", `month() < 1`, "January is 1"},
	{"fixed", `clamp_max(temperature, 50) > 60`, "clamped"},
	{"fixed", `clamp(temperature, 10, 5)`, "its ends are swapped"},
	{"fixed", `clamp_min(queue, 1) == 0`, "clamped"},
	{"fixed", `present_over_time(up[5m]) != 1`, "1 or nothing"},
	{"fixed", `group(up) != 1`, "1 or nothing"},
	{"fixed", `vector(1) > 2`, "a constant"},
	{"fixed", `vector(0) == 1`, "a constant"},
	{"fixed", `topk(0, queue)`, "none is picked"},
	{"fixed", `sgn(temperature) > 1`, "a sign"},
	{"fixed", `temperature > 90 < 10`, "two filters in a row"},
	{"fixed", `temperature > 90 and temperature < 10`, "two filters of the same"},
	{"fixed", `sum(queue) < 5 and 10 < sum(queue)`, "two filters of the same sum"},
	{"fixed", `queue > NaN`, "NaN compares with nothing"},
	{"fixed", `queue % 10 >= 10`, "a remainder"},
	{"fixed", `floor(temperature) == 20.5`, "an integer"},
	{"fixed", `histogram_count(queue) > 0`, "no native histogram"},
	{"fixed", `queue > 5 and vector(1) > 2`, "the right side is dead"},
	{"fixed", `vector(1) > 2 unless up`, "the left side is dead"},
	{"fixed", `count(up) < 1 or absent(up) > 1`, "both arms are dead"},

	// labels that both sides fix
	{"labels", `queue{queue="in"} > 1 and queue{queue="out"} > 1`, "two values"},
	{"labels", `signups{event="signup"} > 0 and completed == 0`, "the right has no event"},
	{"labels", `queue{queue="in"} / queue{queue="out"} > 2`, "two values"},
	{"labels", `up{job="a"} == 0 and on (job) up{job="b"} == 0`, "two values of what on names"},
	{"labels", `rest_client_requests_total{code="500"} / ignoring (method) rest_client_requests_total{code="200"} > 1`, "code is not ignored"},
	{"labels", `queue > 100 and hour() >= 8`, "hour() has no labels, every queue has a job"},
	{"labels", `queue > 100 and vector(1)`, "vector() has none"},
	{"labels", `sum by (job) (up) == 0 and sum by (instance) (up) == 0`, "every up has both"},
	{"labels", `queue{queue=~"in|out"} > 0 and queue{queue="dead"} > 0`, "none of two"},
	{"labels", `label_replace(up, "job", "x", "", "") == 0 and on (job) up{job="y"}`, "set to another"},
	{"labels", `kube_pod_info * on (pod) group_left (node) up > 0`, "up has no pod, every kube_pod_info has one"},
	{"labels", `rate(rest_client_requests_total{method="GET"}[5m]) > on (method) rate(rest_client_requests_total{method="POST"}[5m])`, "two methods"},
	{"labels", `absent(up{job="a"}) and on (job) up{job="b"}`, "absent() has the job of its selector"},
	{"labels", `sum(up) == 0 and on (job) up{job="a"}`, "sum keeps no job"},
	{"labels", `count without (instance) (up{job="a"}) > 1 and sum without (instance) (up{job="b"}) == 0`, "two jobs"},

	// histogram_quantile without le
	{"le", `histogram_quantile(0.95, sum(rate(sync_bucket[2m])) by (host, node)) > 1`, "case 26"},
	{"le", `histogram_quantile(0.95, sum(rate(sync_bucket[2m]))) > 1`, "no labels at all"},
	{"le", `histogram_quantile(0.95, sum without (le) (rate(sync_bucket[2m])))`, "le is dropped"},
	{"le", `histogram_quantile(0.95, up) > 0`, "no buckets"},
	{"le", `histogram_quantile(0.95, rate(rest_client_request_duration_seconds_sum[5m])) > 0`, "the sum has no le"},
	{"le", `histogram_quantile(0.9, label_replace(sync_bucket, "le", "", "", ""))`, "le is emptied"},
	{"le", `histogram_quantile(0.9, max by (job) (sync_bucket)) > 0`, "max by job"},
	{"le", `histogram_quantile(0.9, vector(1))`, "a constant has none"},
	{"le", `histogram_fraction(0, 1, sum by (job) (rate(sync_bucket[5m]))) < 0.5`, "a fraction needs it, too"},
	{"le", `histogram_quantile(0.9, sync_bucket * on (job) up)`, "on (job) keeps job alone"},
	{"le", `avg(histogram_quantile(0.9, sum by (job) (rate(programming_bucket[5m])))) > 0`, "inside"},
}

// TestDead holds rules that can never return a sample. All are found.
func TestDead(t *testing.T) {
	kinds := map[string]int{}
	for _, row := range dead {
		expr := parse(t, row.expr)
		proofs := reachable.Analyse(expr, cluster(t))
		if len(proofs) == 0 {
			t.Errorf("%s (%s): not found", row.expr, row.why)
			continue
		}
		kinds[row.kind]++
		p := proofs[0]
		wantKind := reachable.ByValues
		if row.kind == "labels" || row.kind == "le" {
			wantKind = reachable.ByLabels
		}
		if p.Kind != wantKind || p.Text == "" || p.Start >= p.End || p.End > len(row.expr) {
			t.Errorf("%s: %+v", row.expr, p)
		}
		t.Logf("%-7s %s\n    %s: %s", row.kind, row.expr, row.expr[p.Start:p.End], p.Text)
	}
	for _, kind := range []string{"cap", "sign", "ratio", "fixed", "labels", "le"} {
		if kinds[kind] < 10 {
			t.Errorf("%d rules of kind %s are found", kinds[kind], kind)
		}
	}
}

var alive = []row{
	{"cap", `histogram_quantile(0.99, rate(sync_bucket[5m])) >= 16.384`, "the cap itself is reached"},
	{"cap", `histogram_quantile(0.99, rate(sync_bucket[5m])) == 16.384`, "the cap itself is reached"},
	{"cap", `histogram_quantile(0.99, rate(odd_bucket[5m])) > 0.02`, "interpolation exceeds the bound by an ulp"},
	{"cap", `histogram_quantile(0.99, rate(rest_client_request_duration_seconds_bucket[5m])) > 59.9`, "below the cap"},
	{"cap", `histogram_quantile(95, rate(sync_bucket[5m])) > 60`, "95 is above 1, which gives +Inf"},
	{"cap", `histogram_quantile(-0.1, rate(sync_bucket[5m])) < 0`, "-Inf"},
	{"cap", `histogram_quantile(scalar(queue), rate(sync_bucket[5m])) > 60`, "the quantile is data"},
	{"cap", `histogram_quantile(0.9, rate(native[5m])) > 60`, "native histograms have no last bound"},
	{"cap", `histogram_quantile(0.9, rate(both_bucket[5m])) > 60`, "native histograms can come"},
	{"cap", `histogram_quantile(0.9, sum by (job) (rate(both_bucket[5m]))) > 60`, "native histograms need no le"},
	{"cap", `histogram_quantile(0.9, sum by (le) (rate(nowhere_bucket[5m]))) > 60`, "an unknown metric is no-series"},
	{"cap", `histogram_quantile(0.9, foreign) > 60`, "recorded, by what is not known"},
	{"cap", `histogram_quantile(0.9, rate(sync_bucket{le="7.0"}[5m])) > 60`, "no such bound: no-series"},
	{"cap", `histogram_quantile(0.9, label_replace(rate(sync_bucket[5m]), "le", "100", "le", "16.384")) > 60`, "label_replace makes another bound"},
	{"cap", `histogram_quantile(0.9, label_replace(rate(sync_bucket[5m]), "le", "$1", "instance", "(.*)")) > 60`, "any bound"},
	{"cap", `histogram_quantile(0.9, delta(untyped_bucket[5m])) > 60`, "NaN between negative counts"},
	{"cap", `histogram_quantile(0.9, rate(sync_bucket[5m]) or rate(rest_client_request_duration_seconds_bucket[5m])) > 20`, "the other metric reaches it"},
	{"cap", `histogram_quantile(0.99, rate(sync_bucket[5m])) != 60`, "NaN passes != as well"},
	{"cap", `histogram_quantile(0.99, rate(cut_bucket[5m])) != 1`, "NaN passes !="},
	{"cap", `histogram_quantile(0.99, rate(sync_bucket[5m])) > bool 60`, "0 is a sample"},
	{"cap", `histogram_quantile(0.99, rate(sync_bucket[5m])) * 60 > 60`, "in other units"},
	{"cap", `histogram_quantile(0.9, {__name__=~".+_bucket"}) > 60`, "any name"},

	{"sign", `increase(errors_total[5m]) < 0`, "NaN hides a reset: 100, NaN, 5"},
	{"sign", `rate(guessed_total[5m]) < 0`, "a _total may be a gauge"},
	{"sign", `rate(temperature[5m]) < 0`, "a gauge"},
	{"sign", `rate(rest_client_request_duration_seconds_sum[5m]) < 0`, "observations may be negative"},
	{"sign", `delta(errors_total[5m]) < 0`, "delta falls at a reset"},
	{"sign", `deriv(rest_client_requests_total[5m]) < 0`, "so does a slope"},
	{"sign", `count(up) == 1`, "one target"},
	{"sign", `count(up) <= 1`, "one target"},
	{"sign", `sum(up) < 1`, "all down"},
	{"sign", `up < 0`, "a target may expose its own up"},
	{"sign", `up > 1`, "a target may expose its own up"},
	{"sign", `up != 1`, "down"},
	{"sign", `stdvar(temperature) < 0`, "far apart, it overflows to -Inf"},
	{"sign", `avg(clamp_max(temperature, 0.7)) > 0.7`, "avg may exceed by an ulp"},
	{"sign", `errors_total != errors_total`, "NaN"},
	{"sign", `sqrt(temperature) != 0`, "NaN"},
	{"sign", `1 / rate(rest_client_requests_total[5m]) < 0`, "-0"},
	{"sign", `rad(vector(2.55351295663786e-15)) == 4.456720858566585e-17`, "the engine multiplies with pi/180, which rounds otherwise"},
	{"sign", `deg(vector(2.2)) == 126.05071492878112`, "and with 180/pi"},

	{"ratio", `sum(rate(rest_client_requests_total{code="500"}[5m])) / sum(rate(rest_client_requests_total[5m])) >= 1`, "all of them"},
	{"ratio", `sum(rate(errors_total{code="500"}[5m])) / sum(rate(errors_total[5m])) > 1`, "a rate that NaN made negative in the whole"},
	{"ratio", `sum(rate(rest_client_requests_total{code="500"}[1m])) / sum(rate(rest_client_requests_total[5m])) > 1`, "another range"},
	{"ratio", `sum(rate(rest_client_requests_total{code="500"}[5m])) / sum(rate(rest_client_requests_total[5m] offset 1h)) > 1`, "another offset"},
	{"ratio", `sum(rate(rest_client_requests_total{code="500"}[5m])) / avg(rate(rest_client_requests_total[5m])) > 1`, "not both sum"},
	{"ratio", `sum by (host) (rate(rest_client_requests_total{code="500"}[5m])) / on () group_left () sum(rate(rest_client_requests_total{method="GET"}[5m])) > 1`, "matchers do not imply"},
	{"ratio", `sum(rate(rest_client_requests_total{code!="200"}[5m])) / sum(rate(rest_client_requests_total{code="200"}[5m])) > 1`, "not a part"},
	{"ratio", `sum(rate(errors_total[5m])) / sum(rate(rest_client_requests_total[5m])) > 1`, "two metrics"},
	{"ratio", `sum by (host) (rate(rest_client_requests_total{code="500"}[5m])) / on (host) sum by (host, method) (rate(rest_client_requests_total[5m])) > 1`, "two groupings"},
	{"ratio", `sum(temperature{room="a"}) / sum(temperature) > 1`, "negative parts"},
	{"ratio", `rate(rest_client_requests_total{code="500"}[5m]) / ignoring (code) rate(rest_client_requests_total{code=""}[5m]) > 1`, "two series"},

	{"ratio", `100 * sum(rate(rest_client_requests_total{code="500"}[5m])) / sum(rate(rest_client_requests_total[5m])) > 200`, "100 times what is near the largest float is +Inf"},

	{"fixed", `queue > bool 5`, "nn > bool 5 yields 0 and fires"},
	{"fixed", `(queue > bool 5) == 0`, "bool yields 0"},
	{"fixed", `vector(0)`, "returns a sample"},
	{"fixed", `absent(vector(1) > 2)`, "the inside is dead, so it is absent"},
	{"fixed", `absent(count(up))`, "count of nothing is nothing"},
	{"fixed", `absent(sum(up))`, "sum of nothing is nothing"},
	{"fixed", `clamp(temperature, 5, 5) == 5`, "the same ends"},
	{"fixed", `clamp(temperature, 5, scalar(queue)) > 100`, "an end is data"},
	{"fixed", `vector(scalar(group(up))) != 1`, "scalar of nothing is NaN"},
	{"fixed", `vector(scalar(up)) != 0`, "scalar of several is NaN"},
	{"fixed", `count(up) < 1 or vector(1)`, "the other arm"},
	{"fixed", `up == 0 unless count(up) < 1`, "unless needs its left alone"},
	{"fixed", `topk(0.5 + 0.5, queue)`, "1 is picked"},
	{"fixed", `hour(temperature) == 0`, "an hour of what is no time"},
	{"fixed", `hour() >= 23`, "the last hour"},
	{"fixed", `count(up) < 1 unless up or up`, "or binds less than unless"},
	{"fixed", `queue / 0 > 5`, "+Inf"},
	{"fixed", `-queue < 0`, "minus"},
	{"fixed", `histogram_count(native) > 0`, "native"},
	{"fixed", `queue + fill (0) completed > 5`, "filled in"},
	{"fixed", `loop > 5`, "a rule that reads itself"},
	{"fixed", `day_of_month() == 31`, "some months"},
	{"fixed", `temperature > 90 and ignoring (room) temperature < 10`, "two rooms"},
	{"fixed", `temperature > 90 and temperature offset 5m < 10`, "two times"},
	{"fixed", `{__name__=~"temp.*|queue"} > 90 and {__name__=~"temp.*|queue"} < 10`, "two names"},
	{"fixed", `1 < bool 0`, "a scalar is always a sample"},

	{"labels", `queue{queue="in"} > 1 and ignoring (queue) queue{queue="out"} > 1`, "ignored"},
	{"labels", `queue{queue="in"} > 1 and on (job) queue{queue="out"} > 1`, "only job has to agree"},
	{"labels", `queue{queue=""} > 1 and completed == 0`, `a missing label equals ""`},
	{"labels", `queue{queue!="in"} > 1 and completed == 0`, `"" passes !=`},
	{"labels", `queue{queue=~"in|"} > 1 and completed == 0`, `"" passes the pattern`},
	{"labels", `queue > 100 and on () hour() >= 8`, "on ()"},
	{"labels", `queue{queue="in"} > 1 or queue{queue="out"} > 1`, "or needs no pair"},
	{"labels", `queue{queue="in"} unless queue{queue="out"}`, "unless needs no pair"},
	{"labels", `queue == queue`, "names are not compared"},
	{"labels", `up{job="a"} and on (job) label_replace(up, "job", "a", "instance", "x.*")`, "label_replace alters what matches"},
	{"labels", `label_replace(signups, "event", "", "event", "signup") and completed`, "the label is taken away"},
	{"labels", `kube_pod_info * on (instance) group_left (pod) up > 0`, "on instance they pair"},
	{"labels", `absent(nowhere{job="a"}) and on (job) up{job="a"}`, "the same job"},
	{"labels", `absent(nowhere{job=~"a"}) unless on (job) up{job="b"}`, "unless"},
	{"labels", `sum(up) == 0 and on (job) up{job=""}`, "neither has a job"},
	{"labels", `queue{pod="a"} > 1`, "the metric has no such label: no-series"},
	{"labels", `queue{queue="a",queue="b"} > 1`, "the matchers contradict: no-series"},
	{"labels", `sum by (queue) (queue) > 0 and sum by (code) (errors_total) > 0`, "either label can be missing"},
	{"labels", `count_values("version", up) > 0 and on (version) up{job="a"} or vector(1)`, "another arm"},
	{"labels", `nowhere > 1 and completed == 0`, "an unknown metric has any labels"},
	{"labels", `queue:busy > 0 and on (severity) ALERTS{severity="page"}`, "the rule sets severity"},
	{"labels", `queue{queue="in"} * on (job) group_right (queue) queue{queue="out"} > 0 and queue{queue="in"}`, "group_right takes the label over"},
}

// TestAlive holds rules that look as if they could never return a sample, and
// can.
func TestAlive(t *testing.T) {
	for _, row := range alive {
		for _, p := range reachable.Analyse(parse(t, row.expr), cluster(t)) {
			t.Errorf("%s (%s): said to be unreachable: %s", row.expr, row.why, p.Text)
		}
	}
	if len(alive) < 60 || len(dead) < 60 {
		t.Errorf("%d rules that can, %d that can't", len(alive), len(dead))
	}
}
