package reachable

import (
	"math"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// call follows a function. Its arguments come first, so that what never has a
// sample is found where it begins.
func (a *analysis) call(n *parser.Call) vector {
	args := make([]vector, len(n.Args))
	for i, arg := range n.Args {
		if n.Func.Name == "info" && i == 1 || arg.Type() == parser.ValueTypeString {
			args[i] = unknown()
			continue
		}
		args[i] = a.eval(arg)
	}
	switch n.Func.Name {
	case "absent", "absent_over_time":
		return a.absent(n, args[0])
	case "scalar":
		return scalarFrom(args[0])
	case "vector":
		return vector{value: args[0].value, labels: noLabels(callCause(n, "vector() has no labels")), sure: true, single: true}
	case "label_replace", "label_join":
		return a.relabelled(n, args[0])
	case "time", "start", "end", "range", "step":
		return scalarOf(moment())
	case "pi":
		return scalarOf(exactly(math.Pi))
	case "max_of", "min_of":
		return scalarOf(larger(n.Func.Name == "max_of", args[0].value, args[1].value))
	}
	if len(args) == 0 {
		return dateOfNow(n)
	}
	in := args[subject(n)]
	if in.dead != nil {
		return in
	}
	switch n.Func.Name {
	case "sort", "sort_desc":
		in.value, in.sure = in.floats(), in.sure && !in.hist
		return in
	case "sort_by_label", "sort_by_label_desc":
		return in
	case "last_over_time", "first_over_time":
		return in
	case "histogram_quantile":
		return a.quantiles(n, args[0].value, in)
	case "histogram_quantiles":
		return a.manyQuantiles(n, args, in)
	case "info":
		in.labels, in.sure, in.single = anyLabels(), false, false
		return in
	}
	return a.ofValues(n, args, in)
}

// dateOfNow follows a function of dates without an argument, which is time()
// then.
func dateOfNow(n *parser.Call) vector {
	name := n.Func.Name
	if date, ok := dates[name]; ok {
		return vector{value: date.because(limit(n, name+"() lies in "+number(date.lo)+" to "+number(date.hi))), labels: noLabels(callCause(n, name+"() has no labels")), sure: true, single: true}
	}
	if name == "year" {
		return vector{value: moment().integers(), labels: noLabels(callCause(n, "year() has no labels")), sure: true, single: true}
	}
	return unknown()
}

// ofValues follows a function that makes other values of those of in, and
// takes the name away.
func (a *analysis) ofValues(n *parser.Call, args []vector, in vector) vector {
	out := in
	out.labels = a.nameless(in.labels)
	if v, ok := a.overTime(n, args, in); ok {
		out.value, out.sure = v, false
		return out
	}
	if v, ok := a.histogramValue(n, in); ok {
		if v.empty() {
			p := a.proof(n, ByValues, NotNative, n.Func.Name+"() takes native histograms, and none come here", in.value)
			p.OnShape = true
			out.dead = []Proof{p}
		}
		out.value, out.sure = v, false
		if n.Func.Name == "histogram_fraction" {
			return a.fraction(n, out, in)
		}
		return out
	}
	switch n.Func.Name {
	case "timestamp":
		out.value = moment()
		return out
	case "start_timestamp":
		out.value, out.sure = anyFloat(), false
		return out
	}
	if !in.num && !in.nan {
		p := a.proof(n, ByValues, Nothing, n.Func.Name+"() leaves native histograms out, and nothing else comes here", in.value)
		p.OnShape = true
		return vector{dead: []Proof{p}}
	}
	out.value, out.sure = a.pointwise(n, args, in.floats()), in.sure && !in.hist
	if out.empty() {
		out.dead = []Proof{a.proof(n, ByValues, Nothing, n.Func.Name+"() gives nothing when its maximum is below its minimum", out.value)}
	}
	return out
}

// subject is which argument a function works on; the others are its settings.
func subject(n *parser.Call) int {
	for i, arg := range n.Args {
		if t := arg.Type(); t == parser.ValueTypeVector || t == parser.ValueTypeMatrix {
			return i
		}
	}
	return 0
}

// moment is a time in seconds.
func moment() value { return between(-1e16, 1e16) }

func callCause(n *parser.Call, text string) Cause {
	start, end := span(n)
	return Cause{Start: start, End: end, Text: text}
}

// limit is a limit of both ends; floor is one of the lower alone.
func limit(n parser.Node, text string) Limit {
	start, end := span(n)
	return Limit{Start: start, End: end, Text: text, Low: true, High: true}
}

func floor(n parser.Node, text string) Limit {
	l := limit(n, text)
	l.High = false
	return l
}

// scalarFrom is scalar(v): NaN unless v has one float.
func scalarFrom(in vector) vector {
	if in.dead != nil {
		return leaving(scalarOf(value{nan: true}), in.dead)
	}
	return scalarOf(in.floats().withNaN(!in.sure || !in.single || in.hist))
}

func larger(most bool, x, y value) value {
	pick := math.Min
	if most {
		pick = math.Max
	}
	out := ends(x, y, pick)
	if x.nan || y.nan {
		// NaN loses against the infinity that nothing passes.
		return out.or(x).or(y).withNaN(true)
	}
	return out.from(x, y)
}

// absent has the labels that its selector asks for by equality.
func (a *analysis) absent(n *parser.Call, in vector) vector {
	if in.sure && n.Func.Name == "absent" {
		return vector{dead: []Proof{a.proof(n, ByValues, NeverGone, n.Args[0].String()+" always has a sample", in.value)}}
	}
	set := noLabels(callCause(n, n.Func.Name+"() has only the labels that its selector asks for with ="))
	var matchers []*labels.Matcher
	switch arg := bareParens(n.Args[0]).(type) {
	case *parser.VectorSelector:
		matchers = arg.LabelMatchers
	case *parser.MatrixSelector:
		matchers = arg.VectorSelector.(*parser.VectorSelector).LabelMatchers
	}
	seen := map[string]bool{}
	for _, m := range matchers {
		if m.Name == model.MetricNameLabel {
			continue
		}
		text := ""
		if m.Type == labels.MatchEqual && !seen[m.Name] {
			text, seen[m.Name] = m.Value, true
		}
		set = set.with(m.Name, oneOf(callCause(n, n.Func.Name+"() takes its labels from its selector"), text))
	}
	return vector{value: exactly(1).because(limit(n, n.Func.Name+"() gives 1 or nothing")), labels: set, single: true}
}

// manyQuantiles sets a label to the quantile.
func (a *analysis) manyQuantiles(n *parser.Call, args []vector, in vector) vector {
	var q value
	for _, arg := range args[2:] {
		q = q.or(arg.value)
	}
	out := a.quantiles(n, q, in)
	if out.dead != nil {
		return out
	}
	out.single = false
	label, ok := n.Args[1].(*parser.StringLiteral)
	if !ok {
		out.labels = anyLabels()
		return out
	}
	there := labels.MustNewMatcher(labels.MatchNotEqual, label.Val, "")
	out.labels = out.labels.with(label.Val, texts{any: true, matchers: []*labels.Matcher{there}, cause: callCause(n, "histogram_quantiles() sets "+label.Val)})
	return out
}

// fraction is histogram_fraction, which like a quantile needs le of floats.
func (a *analysis) fraction(n *parser.Call, out, in vector) vector {
	out = a.quantiles(n, exactly(0.5), in)
	if out.dead == nil {
		out.value = anyFloat().from(in.value)
	}
	return out
}

// histogramValue is what the functions of native histograms give.
func (a *analysis) histogramValue(n *parser.Call, in vector) (value, bool) {
	switch n.Func.Name {
	case "histogram_avg", "histogram_count", "histogram_sum", "histogram_stddev", "histogram_stdvar":
		if !in.hist {
			return value{}, true
		}
		return anyFloat().from(in.value), true
	case "histogram_fraction":
		return anyFloat(), true
	}
	return value{}, false
}
