package reachable

import (
	"math"

	"github.com/prometheus/prometheus/promql/parser"
)

// dates are what the functions of time give.
var dates = map[string]value{
	"minute":        between(0, 59).integers(),
	"hour":          between(0, 23).integers(),
	"day_of_week":   between(0, 6).integers(),
	"day_of_month":  between(1, 31).integers(),
	"day_of_year":   between(1, 366).integers(),
	"days_in_month": between(28, 31).integers(),
	"month":         between(1, 12).integers(),
}

// pointwise is what a function makes of one float.
func (a *analysis) pointwise(n *parser.Call, args []vector, v value) value {
	name := n.Func.Name
	bounded := func(lo, hi float64, nan bool) value {
		out := between(lo, hi).withNaN(nan || v.nan).from(v)
		out.negZero = true
		if !v.num {
			return value{nan: true}.from(v)
		}
		return out.because(limit(n, name+"() lies between "+number(lo)+" and "+number(hi)))
	}
	positive := func(nan bool) value {
		out := between(0, posInf).withNaN(nan || v.nan).from(v)
		out.negZero = true
		if !v.num {
			return value{nan: true}.from(v)
		}
		return out.because(floor(n, name+"() is not negative"))
	}
	switch name {
	case "abs":
		return absolute(v).because(floor(n, "abs() is not negative"))
	case "ceil", "floor":
		f := math.Ceil
		if name == "floor" {
			f = math.Floor
		}
		out := v.each(f)
		out.whole = true
		return out
	case "round":
		return rounded(args, v)
	case "clamp":
		return a.clamped(n, v, args[1].value, args[2].value)
	case "clamp_min":
		return a.clamped(n, v, args[1].value, exactly(posInf))
	case "clamp_max":
		return a.clamped(n, v, exactly(negInf), args[1].value)
	case "sgn":
		out := bounded(-1, 1, false)
		out.whole = true
		return out
	case "deg":
		return v.each(func(f float64) float64 { return f * (180 / math.Pi) })
	case "rad":
		return v.each(func(f float64) float64 { return f * (math.Pi / 180) })
	case "exp":
		return positive(false)
	case "sqrt":
		return positive(v.num && v.lo < 0)
	case "cosh":
		return positive(false)
	case "sin", "cos":
		return bounded(-1-slack, 1+slack, v.infinite())
	case "tanh":
		return bounded(-1-slack, 1+slack, false)
	case "atan":
		return bounded(-math.Pi/2-slack, math.Pi/2+slack, false)
	case "asin":
		return bounded(-math.Pi/2-slack, math.Pi/2+slack, true)
	case "acos":
		return bounded(-slack, math.Pi+slack, true)
	case "minute", "hour", "day_of_week", "day_of_month", "day_of_year", "days_in_month", "month":
		// Also of NaN and of numbers that are no date.
		d := dates[name]
		if name == "days_in_month" {
			d.lo = 1
		}
		return d.because(limit(n, name+"() lies in "+number(d.lo)+" to "+number(d.hi)))
	case "year":
		out := between(-1e300, 1e300)
		out.whole = true
		return out
	}
	return anyFloat().from(v)
}

// slack is more than math's functions round.
const slack = 1e-9

func absolute(v value) value {
	out := value{num: v.num, nan: v.nan, whole: v.whole}
	if v.num {
		lo, hi := math.Abs(v.lo), math.Abs(v.hi)
		out.lo, out.hi = min(lo, hi), max(lo, hi)
		if v.lo <= 0 && v.hi >= 0 {
			out.lo = 0
		}
	}
	return out.from(v)
}

// rounded is round(v, to): the steps of the engine never turn around when to is
// an ordinary number above 0.
func rounded(args []vector, v value) value {
	to := exactly(1)
	if len(args) > 1 {
		to = args[1].value
	}
	if !to.constant() || to.lo < 1e-100 || to.lo > 1e100 {
		return anyFloat().from(v, to)
	}
	inverse := 1 / to.lo
	out := v.each(func(f float64) float64 { return math.Floor(f*inverse+0.5) / inverse })
	out.whole = to.lo == 1
	return out
}

// clamped follows clamp: nothing when the maximum is below the minimum, and
// NaN stays unless a limit is the infinity that even NaN gives way to.
func (a *analysis) clamped(n *parser.Call, v, least, most value) value {
	if least.num && !least.nan && most.num && !most.nan && most.hi < least.lo {
		return value{}.from(v, least, most)
	}
	if !least.num || !most.num {
		return anyFloat().from(v, least, most)
	}
	if least.nan || most.nan || v.nan && (least.hi == posInf || most.lo == negInf) {
		return anyFloat().from(v, least, most)
	}
	out := value{nan: v.nan}
	if v.num {
		low := math.Max(least.lo, math.Min(most.lo, v.lo))
		high := math.Max(least.hi, math.Min(most.hi, v.hi))
		out.num, out.lo, out.hi = true, low+0, high+0
		out.negZero = low <= 0 && high >= 0
		out.whole = v.whole && least.whole && most.whole
	}
	return out.from(v, least, most).because(limit(n, n.Func.Name+"() keeps to its limits"))
}
