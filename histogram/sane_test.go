package histogram_test

import (
	"math"

	"github.com/scrapebook/scrapebook/histogram"
)

// sane checks what holds for every estimate: Value lies in [Lower, Upper] up to
// one ulp or is NaN.
func sane(t fataler, q float64, e histogram.Estimate) {
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

// holds fails unless the true quantile lies in the interval.
func holds(t fataler, q, truth float64, e histogram.Estimate) {
	t.Helper()
	sane(t, q, e)
	if !(e.Lower <= truth && truth <= e.Upper) {
		t.Fatalf("q=%v: the true quantile is %v, the estimate %+v", q, truth, e)
	}
}
