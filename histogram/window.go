package histogram

import (
	"fmt"
	"time"
)

// Window places two snapshots in the range of a PromQL range selector, so that
// PromIncrease extrapolates to its ends as increase and rate do. All times are
// in milliseconds; Start is outside of the range, End belongs to it. The zero
// Window asks for the plain difference, which is none of PromQL's functions but
// what they start from.
type Window struct {
	Start, End  int64
	First, Last int64 // when the snapshots were taken: Start < First < Last ≤ End
	PerSecond   bool  // as rate: divided by End - Start
}

// Increase returns what increase, or rate, makes of a single counter that was
// before and then after. A counter that fell began anew at 0; NaN never falls.
// The error is that of times in the wrong order.
func (w Window) Increase(before, after float64) (float64, error) {
	if err := w.check(); err != nil {
		return nan, err
	}
	v := after - before
	if after < before {
		v += before
	}
	return v * w.factor(before, v), nil
}

// check returns an error for times in the wrong order.
func (w Window) check() error {
	if w == (Window{}) || w.Start < w.First && w.First < w.Last && w.Last <= w.End {
		return nil
	}
	return fmt.Errorf("histogram: window (%d, %d] does not hold snapshots at %d and %d in this order", w.Start, w.End, w.First, w.Last)
}

// factor returns what PromQL multiplies an increase by (extrapolatedRate of
// promql/functions.go): extrapolation reaches to each end of the range if that
// is nearer than 1.1 intervals, else for half an interval, and never to before
// the counter was 0. first is the earlier value.
func (w Window) factor(first, increase float64) float64 {
	if w == (Window{}) {
		return 1
	}
	var (
		toStart  = float64(w.First-w.Start) / 1000
		toEnd    = float64(w.End-w.Last) / 1000
		interval = float64(w.Last-w.First) / 1000
		limit    = interval * 1.1
	)
	if toStart >= limit {
		toStart = interval / 2
	}
	if increase > 0 && first >= 0 {
		if toZero := interval * (first / increase); toZero < toStart {
			toStart = toZero
		}
	}
	if toEnd >= limit {
		toEnd = interval / 2
	}
	factor := (interval + toStart + toEnd) / interval
	if w.PerSecond {
		factor /= (time.Duration(w.End-w.Start) * time.Millisecond).Seconds()
	}
	return factor
}
