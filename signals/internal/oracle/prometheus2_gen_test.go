package oracle

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// exprs2 draws PromQL that Prometheus 2 knows, over the names of a world2.
type exprs2 struct {
	*rand.Rand
	names []string
	used  []time.Duration // ranges and offsets of the expression under way
	deep  int             // subqueries around
}

var durations2 = []time.Duration{
	5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 90 * time.Second, 2 * time.Minute, 5 * time.Minute, 1001 * time.Millisecond,
}

func (x *exprs2) pick(list ...string) string { return list[x.IntN(len(list))] }

func (x *exprs2) duration() string {
	d := durations2[x.IntN(len(durations2))]
	x.used = append(x.used, d)
	return model.Duration(d).String()
}

func (x *exprs2) selector() string {
	ms := []string{}
	for range x.IntN(3) {
		ms = append(ms, x.pick(`instance=~"node-.*"`, `instance!~".*-b"`, `verb=~".ET|P.*"`, `code=~"2.."`, `code!~"5.*|4.."`, `job=~".+"`, `text=~".*"`, `text!~".*"`, `text=~"a.b"`, `text!~"a.b"`, `text=~".+b"`, `text=~"(?s:a.b)"`, `le=~".*1.*"`, `le="+Inf"`, `quantile=~"0.."`, `nope=""`))
	}
	return x.pick(x.names...) + "{" + strings.Join(ms, ",") + "}"
}

func (x *exprs2) modifiers() string {
	text := ""
	if x.IntN(6) == 0 {
		text = " offset " + x.pick("", "", "-") + x.duration()
	}
	if x.IntN(12) == 0 {
		text += " @ " + x.pick("start()", "end()", "AT")
	}
	return text
}

func (x *exprs2) matrix(depth int) string {
	if depth > 0 && x.deep < 2 && x.IntN(3) == 0 {
		x.deep++
		inner := x.vector(depth - 1)
		x.deep--
		return "(" + inner + ")[" + x.duration() + ":" + x.pick("", "5s", "10s", "15s", "7s") + "]" + x.modifiers()
	}
	return x.selector() + "[" + x.duration() + "]" + x.modifiers()
}

func (x *exprs2) vector(depth int) string {
	if depth <= 0 {
		return x.selector() + x.modifiers()
	}
	labels := x.pick("instance", "job", "code", "verb,instance", "", "le", "text", "__name__", "job,__name__")
	switch x.IntN(12) {
	case 0:
		return x.selector() + x.modifiers()
	case 1, 2, 3, 4, 5:
		return call(x.pick(
			"rate", "rate", "rate", "increase", "increase", "delta", "irate", "idelta", "deriv", "changes", "resets", "avg_over_time", "avg_over_time", "min_over_time", "max_over_time",
			"sum_over_time", "count_over_time", "last_over_time", "present_over_time", "absent_over_time", "stddev_over_time", "stdvar_over_time",
			"quantile_over_time(0.9,", `quantile_over_time(scalar(up{instance="node-a"}) / 2,`, "predict_linear(%,60)", "predict_linear(%,time() % 100)", "holt_winters(%,0.5,0.5)",
		), x.matrix(depth-1))
	case 6:
		return call(x.pick(
			"abs", "round(%,0.5)", "clamp_max(%,10)", "timestamp", "sort", "absent", "histogram_quantile(0.9,%)", "deg", "rad", "sgn", "ln", "-", "clamp(%,0,scalar(count(up)))", "hour", "vector(scalar(%))", "sort_desc", "histogram_quantile(scalar(count(up))/10,%)", "day_of_week", "acos",
			`label_replace(%,"kind","x$1","text","(.).*")`, `label_replace(%,"kind","$1","code","(.)..")`, `label_join(%,"kind","-","job","instance")`,
		), x.vector(depth-1))
	case 7, 8, 9:
		return call(x.pick("sum", "avg", "avg", "min", "max", "count", "group", "stddev", "stdvar", "topk(2,", "bottomk(2,", `topk(scalar(count(up)),`, "quantile(0.5,", `count_values("v",`), x.vector(depth-1)) +
			x.pick("", " by ("+labels+")", " without ("+labels+")")
	case 10:
		return "(" + x.vector(depth-1) + ") " + x.pick("and", "or", "and on (instance)", "unless on (job)", "or on (instance)", "== on (instance, code)", "atan2", "^", "== bool on (instance) group_left (text)", "> on (instance) group_left ()", "unless", "/", "-", "> bool", ">", "* on (instance) group_left ()", "/ ignoring (code) group_right ()") + " (" + x.vector(depth-1) + ")"
	default:
		return "(" + x.vector(depth-1) + ") " + x.pick("*", "/", ">", "<=", "==", "!= bool", "%") + " " + x.pick("2", "0.1", "time()", "-1", "NaN")
	}
}

// idioms2 are what rules are made of.
var idioms2 = []string{
	"sum by (instance) (rate(COUNTER[RANGE]))", "sum(rate(COUNTER[RANGE])) / sum(rate(COUNTER[RANGE] offset RANGE))", "avg by (job) (increase(COUNTER[RANGE]))",
	"histogram_quantile(0.99, sum by (le, instance) (rate(BUCKETS[RANGE])))", "histogram_quantile(0.5, rate(BUCKETS[RANGE]))", "max_over_time(rate(COUNTER[RANGE])[RANGE:5s])",
	"increase(COUNTER[RANGE]) > 0", "avg_over_time(up[RANGE]) < 1", "rate(sum(COUNTER)[RANGE:5s])", "changes(up[RANGE]) > 1", "delta(METRIC[RANGE])", "time() - timestamp(METRIC)",
	"rate(COUNTER[RANGE] @ AT)", "sum(rate(COUNTER[RANGE] @ end()))", "increase(rate(COUNTER[RANGE])[RANGE:] offset -RANGE)", "count_over_time(METRIC[RANGE])", "up offset RANGE", "absent(up offset RANGE)",
	"avg(METRIC) by (instance)", "stddev(rate(COUNTER[RANGE]))", "topk(3, rate(COUNTER[RANGE]))", "rate(COUNTER[RANGE] offset -RANGE)", "(rate(COUNTER[RANGE]) > 0) / 2", "avg(avg by (instance) (avg_over_time(METRIC[RANGE])))",
	"avg_over_time((avg by (instance) (METRIC))[RANGE:5s])", "sum(increase(COUNTER[RANGE])) by (instance) and up == 1", "min_over_time((increase(COUNTER[RANGE]) > 1)[RANGE:])", "resets(COUNTER[RANGE]) > 0",
}

// expression draws one, and an instant that is likely to have a sample on the
// edge of what it looks back on when one of the times is that of a sample.
func (x *exprs2) expression(times []int64) (expr string, at []int64) {
	x.used = nil
	if x.IntN(3) == 0 {
		expr = x.pick(idioms2...)
		for _, word := range []string{"COUNTER", "BUCKETS", "METRIC"} {
			if strings.Contains(expr, word) {
				expr = strings.ReplaceAll(expr, word, x.fitting(word))
			}
		}
		for strings.Contains(expr, "RANGE") {
			expr = strings.Replace(expr, "RANGE", x.duration(), 1)
		}
	} else {
		expr = x.vector(2 + x.IntN(2))
	}
	edge := func() int64 {
		sum := times[x.IntN(len(times))]
		for _, d := range x.used {
			if x.IntN(2) == 0 {
				sum += d.Milliseconds()
			}
		}
		return sum
	}
	expr = strings.ReplaceAll(expr, "AT", fmt.Sprintf("%.3f", float64(edge())/1000))
	for range 6 {
		at = append(at, edge()+int64([]int{0, 0, 0, 0, 1, -1, 500, 300_000}[x.IntN(8)]))
	}
	return expr, at
}

func (x *exprs2) fitting(word string) string {
	suffix := map[string]string{"COUNTER": "_total", "BUCKETS": "_bucket"}[word]
	var fit []string
	for _, n := range x.names {
		if strings.HasSuffix(n, suffix) {
			fit = append(fit, n)
		}
	}
	return x.pick(fit...)
}
