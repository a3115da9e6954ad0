package draw

import (
	"math"
	"strconv"

	"github.com/scrapebook/scrapebook/histogram"
)

// Sane checks what holds for every estimate: Value lies in [Lower, Upper] up to
// one ulp or is NaN.
func Sane(t Fataler, q float64, e histogram.Estimate) {
	t.Helper()
	if !(q >= 0 && q <= 1) || e.Flags&histogram.FlagEmpty != 0 {
		if !math.IsNaN(e.Lower) || !math.IsNaN(e.Upper) {
			t.Fatalf("q=%v: an interval without a quantile: %+v", q, e)
		}
		return
	}
	if math.IsNaN(e.Lower) || math.IsNaN(e.Upper) || e.Lower > e.Upper {
		t.Fatalf("q=%v: no interval: %+v", q, e)
	}
	if math.IsNaN(e.Value) {
		return
	}
	if e.Value < math.Nextafter(e.Lower, -inf) || e.Value > math.Nextafter(e.Upper, inf) {
		t.Fatalf("q=%v: the value is outside: %+v", q, e)
	}
}

// Holds fails unless the true quantile lies in the interval.
func Holds(t Fataler, q, truth float64, e histogram.Estimate) {
	t.Helper()
	Sane(t, q, e)
	if !(e.Lower <= truth && truth <= e.Upper) {
		t.Fatalf("q=%v: the true quantile is %v, the estimate %+v", q, truth, e)
	}
}

// Fataler is what *testing.T and *rapid.T have in common.
type Fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Num writes a number as PromQL and le labels want it.
func Num(v float64) string {
	if math.IsInf(v, 1) {
		return "+Inf"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// Same fails unless both have the same bits, or are NaN of whatever kind.
func Same(t Fataler, what string, got, want float64) {
	t.Helper()
	if math.Float64bits(got) != math.Float64bits(want) && !(math.IsNaN(got) && math.IsNaN(want)) {
		t.Fatalf("%s is %v (%x), PromQL has %v (%x)", what, got, math.Float64bits(got), want, math.Float64bits(want))
	}
}
