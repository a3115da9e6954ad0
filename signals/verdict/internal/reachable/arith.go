package reachable

import (
	"math"
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
)

// arithmetic is what a op b can be, for one sample on either side.
func arithmetic(op parser.ItemType, a, b value) value {
	out := numbers(op, a, b).withNaN((a.nan || b.nan) && (a.num || a.nan) && (b.num || b.nan))
	af, bf := a.num || a.nan, b.num || b.nan
	switch op {
	case parser.MUL:
		out.hist = a.hist && bf || af && b.hist
	case parser.DIV, parser.TRIM_LOWER, parser.TRIM_UPPER:
		out.hist = a.hist && bf
	case parser.ADD, parser.SUB:
		out.hist = a.hist && b.hist
	case parser.POW:
		// NaN^0 and 1^NaN are 1.
		if a.nan && b.num && b.lo <= 0 && b.hi >= 0 || b.nan && a.num && a.lo <= 1 && a.hi >= 1 {
			out = out.or(exactly(1))
		}
	}
	switch {
	case op == parser.SUB:
		b = b.turned()
	case op == parser.MUL || op == parser.DIV:
		a, b = a.times(b), b.times(a)
	}
	return out.from(a, b)
}

// turned swaps the ends that limits bound.
func (v value) turned() value {
	v.why = slices.Clone(v.why)
	for i := range v.why {
		v.why[i].Low, v.why[i].High = v.why[i].High, v.why[i].Low
	}
	return v
}

// times is v with the limits that it has after a factor.
func (v value) times(factor value) value {
	switch {
	case factor.num && factor.lo >= 0:
		return v
	case factor.num && factor.hi <= 0:
		return v.turned()
	}
	v.why = slices.Clone(v.why)
	for i := range v.why {
		v.why[i].Low, v.why[i].High = true, true
	}
	return v
}

// numbers is what a op b can be when both are numbers.
func numbers(op parser.ItemType, a, b value) value {
	if !a.num || !b.num {
		return value{}
	}
	switch op {
	case parser.ADD:
		return ends(a, b, func(x, y float64) float64 { return x + y })
	case parser.SUB:
		return ends(a, b, func(x, y float64) float64 { return x - y })
	case parser.MUL:
		return ends(a, b, func(x, y float64) float64 { return x * y })
	case parser.DIV:
		out := ends(a, b, func(x, y float64) float64 { return x / y })
		out.whole = false
		return out
	case parser.MOD:
		return modulo(a, b)
	case parser.POW:
		return power(a, b)
	case parser.ATAN2:
		return between(-math.Pi, math.Pi).widened(40)
	}
	return value{} // trim of floats, and what compares
}

// ends evaluates f at all pairs of points: f is monotone in each argument
// between them, and rounding never turns a monotone function around.
func ends(a, b value, f func(x, y float64) float64) value {
	var results []float64
	for _, x := range a.points() {
		for _, y := range b.points() {
			results = append(results, f(x, y))
		}
	}
	out := hull(results...)
	out.whole = a.whole && b.whole
	return out
}

func modulo(a, b value) value {
	if a.constant() && b.constant() {
		return exactly(math.Mod(a.lo, b.lo))
	}
	// What remains is smaller than what it was divided by, unless that is ±Inf.
	divisor := max(math.Abs(b.lo), math.Abs(b.hi))
	if !math.IsInf(divisor, 0) && divisor > 0 {
		divisor = math.Nextafter(divisor, 0)
	}
	most := min(max(math.Abs(a.lo), math.Abs(a.hi)), divisor)
	out := between(-most, most)
	if a.lo >= 0 {
		out.lo = 0
	}
	if a.hi <= 0 {
		out.hi = 0
	}
	out.negZero, out.whole = a.lo < 0 || a.negZero, a.whole && b.whole
	return out.withNaN(a.infinite() || b.lo <= 0 && b.hi >= 0)
}

func power(a, b value) value {
	if a.constant() && b.constant() && !a.negZero {
		return exactly(math.Pow(a.lo, b.lo))
	}
	even := b.constant() && b.lo > 0 && math.Mod(b.lo, 2) == 0
	if a.lo >= 0 && !a.negZero || even {
		out := between(0, posInf)
		out.negZero = false
		return out
	}
	return anyFloat()
}

var mirrored = map[parser.ItemType]parser.ItemType{
	parser.GTR: parser.LSS, parser.LSS: parser.GTR, parser.GTE: parser.LTE, parser.LTE: parser.GTE,
	parser.EQLC: parser.EQLC, parser.NEQ: parser.NEQ,
}

var opposite = map[parser.ItemType]parser.ItemType{
	parser.GTR: parser.LTE, parser.LSS: parser.GTE, parser.GTE: parser.LSS, parser.LTE: parser.GTR,
	parser.EQLC: parser.NEQ, parser.NEQ: parser.EQLC,
}

// kept is what remains of a where a op b holds for some float of b; of
// histograms nothing remains.
func kept(op parser.ItemType, a, b value) value {
	out := a.floats()
	if b.empty() || !b.num && !b.nan {
		return value{}.from(a, b)
	}
	if op == parser.NEQ {
		// NaN differs from everything, also from itself.
		if a.num && b.num && !a.nan && !b.nan && a.lo == a.hi && b.lo == b.hi && a.lo == b.lo {
			return value{}.from(a, b)
		}
		return out.from(b)
	}
	out.nan = false
	if !a.num || !b.num {
		return value{}.from(a, b)
	}
	switch op {
	case parser.GTR:
		out.lo = max(a.lo, above(b.lo, a.whole))
		if b.lo == posInf {
			out.lo, out.hi = 1, 0
		}
	case parser.GTE:
		out.lo = max(a.lo, b.lo)
	case parser.LSS:
		out.hi = min(a.hi, -above(-b.hi, a.whole))
		if b.hi == negInf {
			out.lo, out.hi = 1, 0
		}
	case parser.LTE:
		out.hi = min(a.hi, b.hi)
	case parser.EQLC:
		out.lo, out.hi = max(a.lo, b.lo), min(a.hi, b.hi)
	}
	if a.whole {
		out.lo, out.hi = math.Ceil(out.lo), math.Floor(out.hi)
	}
	if out.lo > out.hi {
		return value{}.from(a, b)
	}
	out.negZero = a.negZero && out.lo <= 0 && out.hi >= 0
	out.lo, out.hi = out.lo+0, out.hi+0
	return out.from(b)
}

// above is the smallest number above f, or the smallest integer.
func above(f float64, whole bool) float64 {
	if whole && !math.IsInf(f, 0) {
		if next := math.Floor(f) + 1; next > f {
			return next
		}
	}
	return math.Nextafter(f, posInf)
}

// truth is what `a op bool b` can be: 0, 1 or both.
func truth(op parser.ItemType, a, b value) value {
	if !a.num && !a.nan || !b.num && !b.nan {
		return value{}
	}
	out := value{whole: true, num: true, lo: 0, hi: 1}
	if kept(op, a, b).empty() {
		out.hi = 0
	}
	nan := a.nan || b.nan
	if fails := !kept(opposite[op], a, b).empty(); !fails && (!nan || op == parser.NEQ) {
		out.lo = 1
	}
	return out.from(a, b)
}
