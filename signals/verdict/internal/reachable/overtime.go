package reachable

import (
	"github.com/prometheus/prometheus/promql/parser"
)

// overTime is what a function gives of the samples of one series in a range.
// It is called only when there is one at least.
func (a *analysis) overTime(n *parser.Call, args []vector, in vector) (value, bool) {
	v := in.value
	floats := v.num || v.nan
	extended := false
	if m, ok := bareParens(n.Args[subject(n)]).(*parser.MatrixSelector); ok {
		s := m.VectorSelector.(*parser.VectorSelector)
		extended = s.Anchored || s.Smoothed
	}
	name := n.Func.Name
	switch name {
	case "rate", "increase", "irate":
		out := value{}
		if floats {
			out = anyFloat()
			if v.num && v.lo >= 0 && !extended && (name == "irate" || !v.nan) {
				out.lo = 0
				out.nan = v.nan || v.hi == posInf
				out = out.because(shaped(floor(n, name+"() of what is never negative is not negative"), v.shape))
			}
			if !v.num {
				out = value{nan: true}
			}
		}
		out.hist, out.shape = v.hist, out.shape || v.shape
		return out, true
	case "delta", "idelta":
		out := anyFloat()
		out.num, out.nan, out.hist = floats, floats, v.hist
		return out.from(v), true
	case "deriv", "predict_linear", "double_exponential_smoothing":
		if !floats {
			return value{}.from(v), true
		}
		return anyFloat().from(v), true
	case "changes", "resets":
		return between(0, posInf).integers().because(floor(n, name+"() is not negative")), true
	case "count_over_time":
		return between(1, posInf).integers().because(floor(n, name+"() counts at least one, or there is no result")), true
	case "present_over_time":
		return exactly(1).because(limit(n, name+"() gives 1 or nothing")), true
	case "sum_over_time":
		return sum(v), true
	case "avg_over_time":
		return mean(v), true
	case "min_over_time", "max_over_time":
		return v.floats(), true
	case "quantile_over_time":
		if !floats {
			return value{}.from(v), true
		}
		return quantile(args[0].value, v.floats()), true
	case "stddev_over_time", "stdvar_over_time":
		if !floats {
			return value{}.from(v), true
		}
		out := spread(name == "stddev_over_time").from(v)
		if name == "stddev_over_time" {
			out = out.because(floor(n, name+"() is not negative"))
		}
		return out, true
	case "mad_over_time":
		if !floats {
			return value{}.from(v), true
		}
		out := between(0, posInf).withNaN(true).from(v)
		return out.because(floor(n, name+"() is not negative")), true
	case "ts_of_first_over_time", "ts_of_last_over_time", "ts_of_max_over_time", "ts_of_min_over_time":
		return moment(), true
	}
	return value{}, false
}

func shaped(l Limit, shape bool) Limit {
	l.Shape = shape
	return l
}
