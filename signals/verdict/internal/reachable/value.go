package reachable

import (
	"math"
	"slices"
)

const (
	tiny = math.SmallestNonzeroFloat64
)

// value is what the samples of a vector can be. The zero value is no sample.
type value struct {
	num     bool    // a number between lo and hi, which can be infinite
	lo, hi  float64 // when num; 0 is +0
	negZero bool    // a zero can be -0
	whole   bool    // all numbers are integers or infinite
	nan     bool
	hist    bool // a native histogram

	shape bool    // it rests on the Shape, not on the expression alone
	why   []Limit // what keeps it in its bounds
}

var (
	posInf = math.Inf(1)
	negInf = math.Inf(-1)
)

// between is the numbers of an interval; both ends belong to it.
func between(lo, hi float64) value {
	return value{num: true, lo: lo + 0, hi: hi + 0, negZero: lo < 0 && hi >= 0}
}

func exactly(f float64) value {
	if math.IsNaN(f) {
		return value{nan: true}
	}
	return value{num: true, lo: f + 0, hi: f + 0, negZero: f == 0 && math.Signbit(f), whole: f == math.Trunc(f)}
}

// anyFloat is any float, NaN too.
func anyFloat() value {
	v := between(negInf, posInf)
	v.nan = true
	return v
}

func (v value) empty() bool { return !v.num && !v.nan && !v.hist }

// infinite tells whether v holds +Inf or -Inf.
func (v value) infinite() bool { return v.num && (v.lo == negInf || v.hi == posInf) }

// constant tells whether v is one number and nothing else.
func (v value) constant() bool { return v.num && v.lo == v.hi && !v.nan && !v.hist }

func (v value) withNaN(nan bool) value {
	v.nan = v.nan || nan
	return v
}

// integers says that all numbers are whole.
func (v value) integers() value {
	v.whole, v.negZero = true, false
	return v
}

// because adds a limit.
func (v value) because(l Limit) value {
	v.why = append(slices.Clip(v.why), l)
	v.shape = v.shape || l.Shape
	return v
}

// from takes over what other rests on.
func (v value) from(others ...value) value {
	for _, o := range others {
		v.shape = v.shape || o.shape
		for _, l := range o.why {
			if len(v.why) < maxLimits && !slices.ContainsFunc(v.why, func(have Limit) bool { return have.Start == l.Start && have.End == l.End && have.Text == l.Text }) {
				v.why = append(slices.Clip(v.why), l)
			}
		}
	}
	return v
}

const maxLimits = 4

// or is what v or o can be.
func (v value) or(o value) value {
	out := value{num: v.num || o.num, negZero: v.negZero || o.negZero, nan: v.nan || o.nan, hist: v.hist || o.hist}
	switch {
	case v.num && o.num:
		out.lo, out.hi, out.whole = min(v.lo, o.lo), max(v.hi, o.hi), v.whole && o.whole
	case v.num:
		out.lo, out.hi, out.whole = v.lo, v.hi, v.whole
	case o.num:
		out.lo, out.hi, out.whole = o.lo, o.hi, o.whole
	}
	return out.from(v, o)
}

// floats is v without histograms.
func (v value) floats() value {
	v.hist = false
	return v
}

// points are the numbers of v at which an operation that is monotone between
// them has its extremes, or gives NaN or -0 if it ever does.
func (v value) points() []float64 {
	if !v.num {
		return nil
	}
	points := []float64{v.lo, v.hi}
	add := func(f float64) {
		if v.lo <= f && f <= v.hi {
			points = append(points, f)
		}
	}
	for _, f := range []float64{0, -tiny, tiny, -math.MaxFloat64, math.MaxFloat64} {
		add(f)
	}
	if v.negZero {
		points = append(points, math.Copysign(0, -1))
	}
	return points
}

// hull is the smallest interval that holds the results.
func hull(results ...float64) value {
	var v value
	for _, f := range results {
		if math.IsNaN(f) {
			v.nan = true
			continue
		}
		if !v.num {
			v.num, v.lo, v.hi = true, f+0, f+0
		}
		v.lo, v.hi = min(v.lo, f+0), max(v.hi, f+0)
		v.negZero = v.negZero || f == 0 && math.Signbit(f)
	}
	return v
}

// each applies a function that never decreases (or never increases) to all
// numbers of v; NaN stays.
func (v value) each(f func(float64) float64) value {
	var results []float64
	for _, p := range v.points() {
		results = append(results, f(p))
	}
	return hull(results...).withNaN(v.nan).from(v)
}

// widened moves both ends outwards by a part of their size, for what rounds on
// the way: slack is 2^-exp of the larger end, of the end itself where both have
// the same sign.
func (v value) widened(exp int) value {
	if !v.num || v.lo == v.hi && v.lo == 0 {
		return v
	}
	size := max(math.Abs(v.lo), math.Abs(v.hi))
	below, above := size, size
	if v.lo >= 0 || v.hi <= 0 {
		below, above = math.Abs(v.lo), math.Abs(v.hi)
	}
	wide := func(end, size, to float64) float64 {
		if math.IsInf(end, 0) || size == 0 {
			return end
		}
		return math.Nextafter(end+math.Copysign(math.Ldexp(size, -exp), to), to)
	}
	lo, hi := wide(v.lo, below, negInf), wide(v.hi, above, posInf)
	if v.lo >= 0 {
		lo = max(lo, 0)
	}
	if v.hi <= 0 {
		hi = min(hi, 0)
	}
	v.lo, v.hi, v.whole, v.negZero = lo, hi, false, true
	return v
}
