package reachable

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// rules draws expressions of every construct of PromQL, with thresholds and
// labels near those at which it matters.
type rules struct{ *rand.Rand }

func (r rules) of(list ...string) string { return list[r.IntN(len(list))] }

func (r rules) rule() string {
	switch r.IntN(20) {
	case 0, 1, 2, 3, 4, 5, 6, 7, 8:
		return r.vector(1+r.IntN(3)) + " " + r.comparison(true) + " " + r.threshold()
	case 9:
		return r.threshold() + " " + r.comparison(true) + " " + r.vector(1+r.IntN(2))
	case 10, 11, 12:
		return r.quantile() + " " + r.comparison(false) + " " + r.threshold()
	case 13:
		return r.part() + " " + r.comparison(false) + " " + r.of("1", "0", "0.5")
	case 14, 15:
		return r.pair(1)
	case 16, 17:
		return r.edge()
	}
	return r.vector(2 + r.IntN(2))
}

func (r rules) comparison(withBool bool) string {
	op := r.of(">", ">", ">", "<", "<", ">=", "<=", "==", "!=")
	if withBool && r.IntN(8) == 0 {
		op += " bool"
	}
	return op
}

func (r rules) threshold() string {
	switch r.IntN(14) {
	case 0:
		return r.scalar(1)
	}
	return r.number()
}

func (r rules) number() string {
	return r.of("-1", "0", "0", "0", "-0.5", "0.02", "0.020000000000000004", "0.3", "0.30000000000000004", "0.5", "0.7", "1", "1", "1", "1.0000000000000002", "2",
		"2.5", "5", "6", "10", "23", "24", "31", "59", "60", "60", "100", "366", "NaN", "Inf", "-Inf", "1e+30", "-5", "-6", "3", "1e16", "0.9999999999999999", "0.9", "0.9000000000000001")
}

func (r rules) labelList() string {
	var out []string
	for range r.IntN(4) {
		out = append(out, r.of("a", "b", "host", "job", "le", "__name__", "a", "b"))
	}
	return strings.Join(out, ", ")
}

func (r rules) metric() string {
	return r.of("c_total", "g", "g2", "h_bucket", "h_count", "h_sum", "nat", "up", "mystery", "rec", "rec2", "c_total", "g", "g2")
}

func (r rules) matchers() string {
	var out []string
	for range max(0, r.IntN(5)-2) {
		label := r.of("a", "b", "host", "job", "a", "b")
		out = append(out, label+r.of(`="1"`, `="2"`, `="x"`, `=""`, `!=""`, `!="1"`, `=~"1|2"`, `=~"x|y"`, `=~".+"`, `=~".*"`, `!~"1|x"`, `=~"[12]"`))
	}
	if r.IntN(25) == 0 {
		out = append(out, r.of(`le="1.0"`, `le="+Inf"`, `le=~"1.*"`, `le!="+Inf"`, `le="1"`, `le="0.02"`))
	}
	if len(out) == 0 {
		return ""
	}
	return "{" + strings.Join(out, ",") + "}"
}

func (r rules) when() string {
	switch r.IntN(16) {
	case 0:
		return " offset " + r.of("1m", "5m", "-1m")
	case 1:
		return " @ " + r.of("300", "500", "end()", "start()")
	}
	return ""
}

func (r rules) selector() string {
	if r.IntN(40) == 0 {
		return r.of(`{__name__=~"c_.*|g"}`, `{a="1"}`, `{__name__="g",b!=""}`) + r.when()
	}
	return r.metric() + r.matchers() + r.when()
}

func (r rules) matrix(depth int) string {
	if depth > 0 && r.IntN(4) == 0 {
		return "(" + r.vector(depth-1) + ")[" + r.of("5m:1m", "3m:30s", "30s:1m", "10m:") + "]" + r.when()
	}
	modifier := ""
	if r.IntN(60) == 0 {
		modifier = r.of(" smoothed", " anchored")
	}
	return r.metric() + r.matchers() + "[" + r.of("1m", "5m", "10m", "2m") + "]" + modifier + r.when()
}

func (r rules) aggregation(op, in string) string {
	switch r.IntN(5) {
	case 0, 1:
		return op + "(" + in + ")"
	case 2:
		return op + " without (" + r.labelList() + ") (" + in + ")"
	}
	return op + " by (" + r.labelList() + ") (" + in + ")"
}

func (r rules) matching(sets bool) string {
	out := ""
	switch r.IntN(4) {
	case 0:
		out = " on (" + r.labelList() + ")"
	case 1:
		out = " ignoring (" + r.labelList() + ")"
	default:
		return ""
	}
	if !sets && r.IntN(3) == 0 {
		out += r.of(" group_left", " group_right") + r.of("", " (a)", " (b, host)")
		if strings.Contains(out, "on (") && !strings.Contains(out, "ignoring") && (strings.HasSuffix(out, "(a)") || strings.HasSuffix(out, "host)")) {
			out = " on (job)" + out[strings.Index(out, " group_"):]
		}
	}
	if !sets && r.IntN(20) == 0 {
		out += r.of(" fill (0)", " fill_left (1)", " fill_right (2)")
	}
	return out
}

// pair is an operation between vectors.
func (r rules) pair(depth int) string {
	l, rt := r.vector(depth), r.vector(depth)
	switch r.IntN(10) {
	case 0, 1, 2, 3:
		return "(" + l + ") " + r.of("and", "and", "or", "unless") + r.matching(true) + " (" + rt + ")"
	case 4, 5:
		return "(" + l + ") " + r.comparison(true) + r.matching(false) + " (" + rt + ")"
	}
	return "(" + l + ") " + r.of("+", "-", "*", "/", "/", "%", "^", "atan2") + r.matching(false) + " (" + rt + ")"
}

func (r rules) quantile() string {
	in := r.of("h_bucket", "h_bucket", "h_bucket", "nat", "rec", "mystery") + r.matchers()
	switch r.IntN(5) {
	case 0:
	case 1:
		in = "increase(" + in + "[5m])"
	case 2:
		in = "delta(" + in + "[5m])"
	default:
		in = "rate(" + in + "[" + r.of("5m", "10m") + "])"
	}
	switch r.IntN(4) {
	case 0:
	case 1:
		in = r.of("sum", "sum", "avg", "max", "min") + " by (" + r.of("le", "le", "le, a", "a", "a, b", "") + ") (" + in + ")"
	case 2:
		in = r.of("sum", "max") + " without (" + r.of("le", "a", "a, b", "b, le") + ") (" + in + ")"
	default:
		in = "sum(" + in + ") by (le)"
	}
	if r.IntN(10) == 0 {
		in = `label_replace(` + in + `, "le", "` + r.of("5.0", "+Inf", "$1", "", "100.0") + `", "` + r.of("le", "a") + `", "` + r.of("(.*)", "1.0", "x", ".+") + `")`
	}
	if r.IntN(20) == 0 {
		return `histogram_fraction(0, ` + r.of("1", "0.5", "10") + ", " + in + ")"
	}
	if r.IntN(30) == 0 {
		return `histogram_quantiles(` + in + `, "q", 0.5, 0.9)`
	}
	q := r.of("0.99", "0.9", "0.5", "1", "0", "0.999", "0.99", "0.9", "1", "95", "-1", "NaN", "scalar(g)")
	return "histogram_quantile(" + q + ", " + in + ")"
}

// part is a ratio of sums, often of a part and its whole.
func (r rules) part() string {
	group := r.of("", "", " by (a)", " by (a, b)", " without (b)")
	f := r.of("%s", "rate(%s[5m])", "irate(%s[5m])", "increase(%s[10m])", "abs(%s)", "max_over_time(%s[5m])", "count_over_time(%s[5m])", "delta(%s[5m])")
	m := r.of("c_total", "h_count", "h_count", "g2", "g", "h_bucket")
	num, den := m+r.matchers(), m
	switch r.IntN(5) {
	case 0:
		den = r.metric()
	case 1:
		den = m + r.matchers()
	case 2:
		num, den = m+`{a="1"}`, m+r.of(`{a=~"1|2"}`, `{a!=""}`, `{a!="1"}`, `{a="2"}`, `{b="1"}`)
	}
	op, op2 := "sum", "sum"
	if r.IntN(8) == 0 {
		op2 = r.of("avg", "max", "count", "min")
	}
	group2 := group
	if r.IntN(8) == 0 {
		group2 = r.of("", " by (b)", " without (a)")
	}
	f2 := f
	if r.IntN(10) == 0 {
		f2 = r.of("rate(%s[1m])", "rate(%s[10m] offset 5m)", "increase(%s[1m])", "%s offset 5m", "rate(%s[5m] offset 1m)")
	}
	match := ""
	if r.IntN(10) == 0 {
		match = " on (" + r.of("", "a", "b") + ") "
	}
	return op + group + "(" + fmt.Sprintf(f, num) + ") / " + match + op2 + group2 + "(" + fmt.Sprintf(f2, den) + ")"
}

func (r rules) scalar(depth int) string {
	if depth <= 0 {
		return r.number()
	}
	switch r.IntN(9) {
	case 0, 1:
		return "scalar(" + r.vector(depth-1) + ")"
	case 2:
		return "time()"
	case 3:
		return "(" + r.scalar(depth-1) + " " + r.of("+", "-", "*", "/", "%", "^", "atan2") + " " + r.scalar(depth-1) + ")"
	case 4:
		return "(" + r.scalar(depth-1) + " " + r.of(">", "<", "==", "!=", ">=", "<=") + " bool " + r.scalar(depth-1) + ")"
	case 5:
		return "-" + r.of("pi()", "1", "time()", "scalar(g)")
	case 6:
		return r.of("max_of", "min_of") + "(" + r.scalar(depth-1) + ", " + r.scalar(depth-1) + ")"
	}
	return r.number()
}

func (r rules) vector(depth int) string {
	if depth <= 0 {
		switch r.IntN(12) {
		case 0:
			return "vector(" + r.number() + ")"
		case 1:
			return r.of("hour()", "minute()", "month()", "day_of_week()", "day_of_month()", "days_in_month()", "year()", "day_of_year()")
		case 2:
			return "absent(" + r.selector() + ")"
		case 3:
			return r.of("rate", "increase", "irate") + "(" + r.matrix(0) + ")"
		}
		return r.selector()
	}
	d := depth - 1
	switch r.IntN(28) {
	case 0, 1, 2, 3:
		return r.aggregation(r.of("sum", "avg", "min", "max", "count", "group", "stddev", "stdvar", "count", "sum"), r.vector(d))
	case 4:
		return r.aggregation(r.of("topk", "bottomk", "limitk"), r.of("1", "2", "0", "0.5", "scalar(g)")+", "+r.vector(d))
	case 5:
		switch r.IntN(3) {
		case 0:
			return r.aggregation("count_values", `"`+r.of("v", "a")+`", `+r.vector(d))
		case 1:
			return r.aggregation("limit_ratio", r.of("0.5", "0", "-0.3", "1")+", "+r.vector(d))
		}
		return r.aggregation("quantile", r.of("0.5", "0.9", "2", "-1", "NaN", "1", "scalar(g)")+", "+r.vector(d))
	case 6, 7:
		return "(" + r.vector(d) + " " + r.of("+", "-", "*", "/", "%", "^", "atan2", "*", "/") + " " + r.scalar(1) + ")"
	case 8:
		return "(" + r.scalar(1) + " " + r.of("+", "-", "*", "/", "%", "^", "atan2", "-", "/") + " " + r.vector(d) + ")"
	case 9, 10:
		return "(" + r.vector(d) + " " + r.comparison(true) + " " + r.threshold() + ")"
	case 11, 12, 13:
		return "(" + r.pair(d) + ")"
	case 14, 15:
		return r.of("abs", "ceil", "floor", "exp", "sqrt", "ln", "log2", "log10", "sgn", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "deg", "rad",
			"hour", "minute", "month", "day_of_week", "day_of_month", "days_in_month", "day_of_year", "year", "timestamp", "sort", "sort_desc", "-", "", "start_timestamp", "round") + "(" + r.vector(d) + ")"
	case 16, 17, 18:
		return r.of("rate", "increase", "irate", "delta", "idelta", "changes", "resets", "count_over_time", "present_over_time", "sum_over_time", "avg_over_time", "min_over_time", "max_over_time",
			"stddev_over_time", "stdvar_over_time", "last_over_time", "first_over_time", "mad_over_time", "deriv", "absent_over_time", "ts_of_max_over_time", "ts_of_min_over_time", "ts_of_last_over_time", "ts_of_first_over_time",
			"rate", "irate", "increase") + "(" + r.matrix(d) + ")"
	case 19:
		switch r.IntN(3) {
		case 0:
			return "quantile_over_time(" + r.of("0.5", "0.99", "1", "2", "-1") + ", " + r.matrix(d) + ")"
		case 1:
			return "predict_linear(" + r.matrix(d) + ", 3600)"
		}
		return "double_exponential_smoothing(" + r.matrix(d) + ", 0.5, 0.3)"
	case 20:
		return r.quantile()
	case 21:
		return r.part()
	case 22:
		switch r.IntN(4) {
		case 0:
			return `label_join(` + r.vector(d) + `, "` + r.of("a", "b", "host", "le") + `", "` + r.of("-", "") + `", "a"` + r.of("", `, "b"`) + ")"
		case 1:
			return r.of(`sort_by_label(`, `sort_by_label_desc(`) + r.vector(d) + `, "a")`
		}
		return `label_replace(` + r.vector(d) + `, "` + r.of("a", "b", "host", "__name__") + `", "` + r.of("1", "2", "$1", "", "x-$1") + `", "` + r.of("a", "b", "job", "host") + `", "` + r.of("(.*)", ".*", "1|2", "(.+)", "", "x") + `")`
	case 23:
		switch r.IntN(3) {
		case 0:
			return "clamp_min(" + r.vector(d) + ", " + r.scalar(1) + ")"
		case 1:
			return "clamp_max(" + r.vector(d) + ", " + r.scalar(1) + ")"
		}
		return "clamp(" + r.vector(d) + ", " + r.number() + ", " + r.number() + ")"
	case 24:
		return "absent(" + r.vector(d) + ")"
	case 25:
		return "vector(" + r.scalar(2) + ")"
	case 26:
		switch r.IntN(3) {
		case 0:
			return r.of("histogram_avg", "histogram_count", "histogram_sum", "histogram_stddev", "histogram_stdvar") + "(" + r.vector(d) + ")"
		case 1:
			return "info(" + r.vector(d) + ")"
		}
		return "round(" + r.vector(d) + ", " + r.of("0.1", "5", "0", "-1") + ")"
	}
	return "(" + r.vector(d) + " or " + r.of("vector(0)", "vector(1)", r.vector(d)) + ")"
}

// edge is a rule at the edge of what can be: the threshold is the limit itself.
func (r rules) edge() string {
	n := r.of("0.7", "0.1", "1", "3", "0", "2.2")
	over := r.of("avg", "quantile_over_time(0.5, ", "avg_over_time(", "sum", "max", "topk(1, ", "min", "quantile(0.9, ", "last_over_time(")
	limited := r.of("clamp_max", "clamp_min", "clamp_max") + "(" + r.metric() + ", " + n + ")"
	switch {
	case strings.Contains(over, "_over_time"):
		limited = over + limited + "[5m:30s])"
	case strings.HasSuffix(over, ", "):
		limited = over + limited + ")"
	default:
		limited = over + "(" + limited + ")"
	}
	fixed := r.of("absent("+r.selector()+")", "group("+r.selector()+")", "present_over_time("+r.matrix(0)+")", "vector(1)", "group by (a) ("+r.selector()+")")
	switch r.IntN(12) {
	case 0, 1:
		return limited + " " + r.of(">", "<", ">=", "<=", "!=") + " " + n
	case 2:
		return r.of("1", "-1", "0") + " / " + r.of("g2", "c_total", "h_count", "rate(h_count[5m])", "sum(g2)", "abs(g)", "rate(h_bucket[5m])", "count(g)") + " " + r.of("<", ">", "<=") + " 0"
	case 3:
		return "vector(scalar(" + fixed + ")) " + r.of("!=", "<", ">", "==") + " 1"
	case 4:
		return "(" + fixed + " " + r.of("*", "+", "-") + " " + r.of("1", "0", fixed) + ") " + r.of("!=", ">", "<", "==") + " " + r.of("1", "0")
	case 5:
		return r.of("rate", "increase", "irate", "delta", "idelta", "changes", "resets", "stdvar_over_time", "stddev_over_time", "count_over_time", "sum_over_time") + "(" + r.matrix(0) + ") < 0"
	case 6:
		return "histogram_quantile(" + r.of("1", "0.9", "1") + ", " + r.of("h_bucket", "rate(h_bucket[5m])", "delta(h_bucket[10m])", "sum by (le) (rate(h_bucket[10m]))", "sum by (le, a) (h_bucket)", "increase(h_bucket[5m])", "h_bucket - 1") + ") > " +
			r.of("0.9", "0.02", "0.3", "0.30000000000000004", "0.9000000000000001", "60", "10", "1", "1e30")
	case 7:
		return "(" + r.metric() + ` > 1) and` + r.matching(true) + " " + r.of("vector(1)", "count("+r.metric()+")", "absent("+r.selector()+")", "hour() > 3", "("+r.metric()+r.matchers()+" < 5)")
	case 8:
		return "absent(" + r.of("vector(1)", "sum("+r.metric()+") or vector(0)", "count("+r.metric()+")", "hour()", "absent("+r.metric()+")", "vector(1) > 0", "clamp(vector(1), 2, 1)", "sum(hour())") + ")"
	case 9:
		return r.of("stdvar", "stddev", "sum", "avg") + "(" + r.of("g", "g2", "c_total") + ") < 0"
	case 10:
		return "topk(" + r.of("0", "1", "0.9", "-1") + ", " + r.metric() + ")"
	}
	if r.IntN(3) == 0 {
		m := r.of(r.metric(), "sum("+r.metric()+")", "rate("+r.metric()+"[5m])", `{__name__=~"g.*"}`)
		return "(" + m + " " + r.of(">", "<", ">=", "<=", "==") + " " + n + ") and" + r.of("", "", "", " on ()", " ignoring (a)") + " (" + m + " " + r.of(">", "<", ">=", "<=", "==", "!=") + " " + r.number() + ")"
	}
	return "(" + r.metric() + " " + r.of(">", "<", ">=", "<=", "==") + " " + n + ") " + r.of(">", "<", ">=", "<=", "==", "!=") + " " + n
}
