package reachable

import (
	"math"
	"slices"
	"strconv"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// bounds are the values of le that a bucket function can read, rising; all is
// false when others can come.
func bounds(le texts) (list []float64, all bool) {
	if le.any {
		return nil, false
	}
	for _, s := range le.list {
		// What is no number is left out, as the engine does; what is out of
		// range is an error to it, too.
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			continue
		}
		if math.IsNaN(f) {
			return nil, false
		}
		list = append(list, f)
	}
	slices.Sort(list)
	return slices.Compact(list), true
}

// quantiles is histogram_quantile(q, in) for one histogram.
func (a *analysis) quantiles(n *parser.Call, q value, in vector) vector {
	out := vector{labels: a.nameless(in.labels.without(Cause{}, model.BucketLabel)), single: in.single}
	le := in.labels.get(model.BucketLabel)
	list, all := bounds(le)
	floats := in.num || in.nan
	if all && len(list) == 0 && floats {
		if !in.hist {
			out.dead = []Proof{a.noLe(n, le)}
			return out
		}
		floats = false
	}
	if in.hist {
		// A native histogram keeps its le, if it has one.
		out.value = anyFloat().from(in.value, q)
		out.labels = out.labels.with(model.BucketLabel, le.or(oneOf(Cause{}, "")))
	}
	if floats {
		out.value = out.value.or(classic(n, q, in.value, le, list, all))
	}
	return out
}

func (a *analysis) noLe(n *parser.Call, le texts) Proof {
	text := n.Func.Name + "() needs le"
	if le.cause.Text != "" {
		text += ", and " + le.cause.Text
	} else if !le.absent() {
		text += " with a number, and le is " + le.String()
	}
	p := a.proof(n, ByLabels, NoLe, text)
	// It rests on there being no native histograms.
	p.OnShape = true
	p.Apart = []Apart{{Name: model.BucketLabel, Left: side(model.BucketLabel, le), Right: Side{Text: "le with a number"}}}
	return p
}

// classic is the quantile of classic buckets whose bounds can be any of the
// list, as BucketQuantile finds it: some can be missing.
func classic(n *parser.Call, q, counts value, le texts, list []float64, all bool) value {
	out := value{nan: true}
	if q.num && q.lo < 0 {
		out = out.or(exactly(negInf))
	}
	if q.num && q.hi > 1 {
		out = out.or(exactly(posInf))
	}
	if !q.num || q.lo > 1 || q.hi < 0 {
		return out.from(q)
	}
	if !all {
		return anyFloat().from(q)
	}
	// That no native histogram is among them is the shape's word.
	shaped := value{shape: counts.shape}
	start, end := span(n)
	finite := slices.DeleteFunc(slices.Clone(list), func(f float64) bool { return f == posInf })
	limit := Limit{Start: start, End: end, Bounds: finite, Shape: le.cause.Shape, Low: true, High: true}
	switch {
	case len(list) == 0 || list[len(list)-1] != posInf:
		limit.Text = n.Func.Name + "() of buckets without +Inf is NaN"
		return out.because(limit).from(q, shaped)
	case len(finite) == 0:
		limit.Text = n.Func.Name + "() of the bucket +Inf alone is NaN"
		return out.because(limit).from(q, shaped)
	}
	// Counts that are NaN between negative ones make any number.
	if counts.num && counts.lo < 0 && (counts.nan || counts.infinite()) {
		return anyFloat().from(q)
	}
	lo, hi := quantileRange(finite)
	of := ""
	if name, ok := metricOf(n); ok {
		of, limit.Metrics = " of "+name, []string{name}
	}
	top, bottom := limit, limit
	top.Low, top.Text = false, "the buckets"+of+" end at "+number(finite[len(finite)-1])
	bottom.High, bottom.Text = false, "the buckets"+of+" begin at "+number(min(lo, finite[0]))
	within := between(lo, hi).withNaN(true)
	within.negZero = true
	return out.or(within.because(top).because(bottom)).from(q, shaped)
}

// quantileRange is what interpolation between bounds can give. The engine adds
// to the start of a bucket a part of its width, so that the end it reaches can
// be off by an ulp, and which bounds are neighbours is free.
func quantileRange(finite []float64) (lo, hi float64) {
	lo, hi = finite[0], finite[len(finite)-1]
	if hi > 0 {
		lo = min(lo, 0) // where the first bucket starts
	}
	for j, end := range finite {
		if end > 0 {
			hi = max(hi, 0+(end-0))
		}
		for _, start := range finite[:j] {
			if top := start + (end - start); !math.IsNaN(top) {
				hi = max(hi, top)
			}
		}
	}
	return lo, hi
}

// metricOf is the name of the one selector below a node.
func metricOf(n parser.Node) (string, bool) {
	found, one := "", true
	parser.Inspect(n, func(n parser.Node, _ []parser.Node) error {
		if s, ok := n.(*parser.VectorSelector); ok {
			name := nameOf(s)
			one = one && name != "" && (found == "" || found == name)
			found = name
		}
		return nil
	})
	return found, one && found != ""
}
