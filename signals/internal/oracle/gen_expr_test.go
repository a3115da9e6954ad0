package oracle

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// exprs draws PromQL over the names of a world: whatever parses, and now and
// then what does not.
type exprs struct {
	*world
	names  []string
	inside bool // of a subquery
}

func (w *world) exprs() *exprs {
	names := append([]string{}, w.names...)
	names = append(names, w.recorded...)
	names = append(names, "up", "scrape_samples_scraped", "scrape_series_added", "nope_total")
	if len(w.recorded) > 0 {
		names = append(names, "ALERTS", "ALERTS_FOR_STATE")
	}
	return &exprs{world: w, names: names}
}

func (x *exprs) duration(what string) string {
	d := pick(x.drawer, what, 2*x.interval, x.interval, 3*x.interval/2, 5*x.interval, 12*x.interval, 300_000, 1, 60_000)
	return model.Duration(time.Duration(d) * time.Millisecond).String()
}

func (x *exprs) time(what string) string {
	return pick(x.drawer, what, "start()", "end()", fmt.Sprint(epoch/1000+x.interval*3/1000), fmt.Sprintf("%d.%03d", epoch/1000, 7), fmt.Sprint(x.end()/1000))
}

func (x *exprs) modifiers() string {
	var b strings.Builder
	if x.oneIn(6, "offset") {
		sign := pick(x.drawer, "sign", "", "", "-")
		b.WriteString(" offset " + sign + x.duration("offset by"))
	}
	if x.oneIn(10, "@") {
		b.WriteString(" @ " + x.time("at"))
	}
	return b.String()
}

var matcherTexts = []string{
	`job="api"`, `job!="api"`, `instance=~"node-[ab]"`, `instance="node-a"`, `code="200"`, `code!~"5.*"`, `code=""`, `code!=""`,
	`zone=~".*"`, `exported_job=~".+"`, `le="+Inf"`, `le=~"1|1.0"`, `quantile="0.99"`, `alertstate="firing"`, `alertname="A"`, `nope="x"`,
}

func (x *exprs) selector() string {
	name := pick(x.drawer, "metric", x.names...)
	var ms []string
	for range pick(x.drawer, "matchers", 0, 0, 0, 1, 2) {
		ms = append(ms, pick(x.drawer, "matcher", matcherTexts...))
	}
	if x.oneIn(12, "by regexp") {
		ms = append(ms, `__name__=~"`+name[:1]+`.*"`)
		name = ""
	}
	if strings.ContainsAny(name, ".ü") {
		ms = append([]string{strconv.Quote(name)}, ms...)
		name = ""
	}
	if len(ms) == 0 {
		return name
	}
	return name + "{" + strings.Join(ms, ",") + "}"
}

var (
	rangeFunctions = []string{
		"rate", "increase", "irate", "delta", "idelta", "deriv", "changes", "resets", "avg_over_time", "min_over_time", "max_over_time",
		"sum_over_time", "count_over_time", "last_over_time", "present_over_time", "absent_over_time", "stddev_over_time", "stdvar_over_time",
		"quantile_over_time(0.9,", "predict_linear(%,60)", "mad_over_time", "double_exponential_smoothing(%,0.5,0.5)", "first_over_time", "ts_of_max_over_time",
	}
	vectorFunctions = []string{
		"abs", "ceil", "floor", "round(%,0.5)", "clamp(%,0,10)", "clamp_min(%,1)", "clamp_max(%,NaN)", "sqrt", "ln", "exp", "sgn", "timestamp", "sort", "sort_desc",
		"absent", "histogram_quantile(0.9,%)", "histogram_quantile(NaN,%)", `label_replace(%,"kind","x$1","code","(.)..")`, `label_replace(%,"code","","code",".*")`,
		`label_join(%,"kind","-","job","instance","nope")`, `label_replace(%,"__name__","","instance",".*")`, "hour", "day_of_month", "minute", "scalar", "histogram_count", "histogram_sum", "info", "deg", "acos", "log10",
		`sort_by_label(%,"code")`, "histogram_fraction(0,1,%)",
	}
	aggregations = []string{
		"sum", "sum", "avg", "min", "max", "count", "group", "stddev", "stdvar", "topk(1,", "bottomk(2,", "topk(0,", "quantile(0.5,", "quantile(2,", `count_values("kind",`, `count_values("code",`, "limitk(1,",
	}
	operators   = []string{"+", "-", "*", "/", "%", "^", "atan2", ">", "<", ">=", "<=", "==", "!=", "> bool", "== bool"}
	setOps      = []string{"and", "or", "unless"}
	labelLists  = []string{"job", "instance", "code", "job,instance", "", "le", "nope", "code,zone", "alertname"}
	comparisons = []string{"> 0", "> 1", "< 3", "== 0", "!= 1", ">= 0.5", "<= 2", "> bool 1", "== 1", "!= NaN"}
)

func call(function, arg string) string {
	switch {
	case strings.Contains(function, "%"):
		return strings.Replace(function, "%", arg, 1)
	case strings.HasSuffix(function, ","):
		return function + arg + ")"
	default:
		return function + "(" + arg + ")"
	}
}

func (x *exprs) vector(depth int) string {
	if depth <= 0 {
		return x.selector() + x.modifiers()
	}
	switch x.number("vector", 0, 15) {
	case 14, 15:
		return x.idiom()
	case 0, 1, 2:
		return x.selector() + x.modifiers()
	case 3, 4, 5:
		return call(pick(x.drawer, "function of a range", rangeFunctions...), x.matrix(depth-1))
	case 6:
		inner := x.vector(depth - 1)
		f := pick(x.drawer, "function", vectorFunctions...)
		if f == "scalar" {
			return "vector(scalar(" + inner + "))"
		}
		return call(f, inner)
	case 7, 8, 9:
		text := call(pick(x.drawer, "aggregation", aggregations...), x.vector(depth-1))
		if x.oneIn(2, "grouped") {
			text += pick(x.drawer, "grouping", " by", " without") + "(" + pick(x.drawer, "labels", labelLists...) + ")"
		}
		return text
	case 10:
		return "(" + x.vector(depth-1) + ") " + pick(x.drawer, "set operator", setOps...) + x.matching(false) + " (" + x.vector(depth-1) + ")"
	case 11:
		return "(" + x.vector(depth-1) + ") " + pick(x.drawer, "operator", operators...) + x.matching(true) + " (" + x.vector(depth-1) + ")"
	case 12:
		return "(" + x.vector(depth-1) + ") " + pick(x.drawer, "operator", operators...) + " " + x.scalar()
	default:
		return "(" + x.vector(depth-1) + ") " + pick(x.drawer, "comparison", comparisons...)
	}
}

// idiom is an expression as people write them, where random ones rarely have a
// result. METRIC is any metric, BUCKETS one with le, COUNTER one that rises,
// and NATIVE what may be a native histogram.
func (x *exprs) idiom() string {
	text := pick(x.drawer, "idiom", idioms...)
	for word, suffixes := range map[string][]string{"BUCKETS": {"_bucket"}, "COUNTER": {"_total", "_count", "c"}, "NATIVE": {"n", "b", "h", "h_seconds"}, "METRIC": {""}} {
		if !strings.Contains(text, word) {
			continue
		}
		name := "up"
		var fit []string
		for _, n := range x.names {
			if !strings.ContainsAny(n, ".ü") && slices.ContainsFunc(suffixes, func(s string) bool { return s == n || strings.HasSuffix(n, s) && (s == "" || s[0] == '_') }) {
				fit = append(fit, n)
			}
		}
		if len(fit) > 0 {
			name = pick(x.drawer, word, fit...)
		}
		text = strings.ReplaceAll(text, word, name)
	}
	return strings.ReplaceAll(text, "RANGE", x.duration("range"))
}

var idioms = []string{
	"histogram_quantile(0.9, sum by (le) (rate(BUCKETS[RANGE])))", "histogram_quantile(0.5, BUCKETS)", "histogram_quantile(0.99, sum by (le, instance) (increase(BUCKETS[RANGE])))",
	"histogram_quantile(0.9, rate(NATIVE[RANGE]))", "histogram_quantile(0.9, NATIVE)", "histogram_count(NATIVE)", "histogram_sum(rate(NATIVE[RANGE]))", "histogram_avg(NATIVE)",
	"histogram_fraction(0, 1, NATIVE)", "sum(NATIVE)", "sum by (job) (rate(NATIVE[RANGE]))", "NATIVE * 2", "histogram_stddev(NATIVE)", "NATIVE - NATIVE offset RANGE", "NATIVE == NATIVE", "resets(NATIVE[RANGE])",
	"sum by (job) (rate(COUNTER[RANGE])) / on (job) group_left () count by (job) (up)", "METRIC * on (instance, job) group_left () up", "up * on (instance, job) group_right () METRIC",
	"METRIC + on (instance) group_left (code) max by (instance, code) (METRIC)", "sum(rate(COUNTER{code=\"500\"}[RANGE])) / sum(rate(COUNTER[RANGE]))", "METRIC > bool 1", "METRIC unless on (instance) (up == 0)",
	"max_over_time(sum(METRIC)[RANGE:])", "avg_over_time(rate(COUNTER[RANGE])[RANGE:])", "sum(METRIC) without (instance)", "topk(2, METRIC)", "count_values(\"value\", METRIC)", "absent(METRIC{code=\"404\"})", "absent_over_time(nope_total{job=\"api\"}[RANGE])",
	"label_replace(METRIC, \"host\", \"$1\", \"instance\", \"node-(.*)\")", "METRIC offset RANGE", "METRIC - METRIC offset RANGE", "METRIC @ end()", "changes(up[RANGE]) > 0", "time() - timestamp(METRIC)", "ALERTS{alertstate=\"firing\"}",
	"count by (alertname) (ALERTS)", "time() - ALERTS_FOR_STATE", "predict_linear(METRIC[RANGE], 60) < 0", "quantile by (job) (0.5, METRIC)", "stddev(METRIC)", "METRIC or vector(0)", "up == 0", "last_over_time(METRIC[RANGE])", "info(METRIC)",
}

func (x *exprs) matching(group bool) string {
	if x.oneIn(2, "matching") {
		return ""
	}
	text := pick(x.drawer, "on", " on", " ignoring") + "(" + pick(x.drawer, "labels", labelLists...) + ")"
	if group && x.oneIn(2, "group") {
		text += pick(x.drawer, "side", " group_left", " group_right") + "(" + pick(x.drawer, "included", "", "code", "zone,nope") + ")"
	}
	if group && slices.Contains(x.pair.Features, "promql-binop-fill-modifiers") && x.oneIn(2, "fill") {
		text += pick(x.drawer, "fill", " fill(0)", " fill_left(2)", " fill_right(-1)")
	}
	return text
}

func (x *exprs) matrix(depth int) string {
	if depth > 0 && !x.inside && x.oneIn(4, "subquery") {
		x.inside = true // one in another multiplies their steps
		defer func() { x.inside = false }()
		step := ""
		if x.oneIn(2, "step") {
			step = x.duration("step of")
			if step == "1ms" { // millions of steps prove nothing more
				step = "1s"
			}
		}
		return "(" + x.vector(depth-1) + ")[" + x.duration("range") + ":" + step + "]" + x.modifiers()
	}
	kind := ""
	if slices.Contains(x.pair.Features, "promql-extended-range-selectors") && x.oneIn(2, "extended") {
		kind = pick(x.drawer, "extended", " anchored", " smoothed")
	}
	return x.selector() + "[" + x.duration("range") + "]" + kind + x.modifiers()
}

func (x *exprs) scalar() string {
	return pick(x.drawer, "scalar", "2", "0", "0.1", "NaN", "Inf", "-1", "time()", "pi()", "scalar(up)", "1e3", "0x1F")
}

// condition is an expression for an alert.
func (x *exprs) condition() string {
	if x.oneIn(4, "no comparison") {
		return x.vector(2)
	}
	v := x.vector(pick(x.drawer, "depth", 0, 1, 2))
	return "(" + v + ") " + pick(x.drawer, "comparison", comparisons...)
}
