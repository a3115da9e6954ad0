package signals

import (
	"math"
	"time"
)

// Rate is what is known of a counter's increase between two scrapes.
type Rate struct {
	// Increase is after − before, or after alone when the counter began anew.
	// It is the raw difference; PromQL's extrapolated increase is another
	// quantity, see Counter.PromIncrease.
	Increase float64
	// PerSecond is Increase over the time between the scrapes; NaN when that is
	// not known or not above zero.
	PerSecond float64
	// The true increase lies in [Lower, Upper]. Without a reset both are
	// Increase; after one, what was counted before it is lost, so Upper is
	// +Inf. A counter seen for the first time has increased by 0 to its value.
	Lower, Upper float64
	// Reset: the counter fell, or its start timestamp tells, so it began anew
	// in between.
	Reset bool
}

// RateOf returns the rate of a counter that was before and then after,
// elapsed later.
//
//   - after < before: a reset; at least after was counted since
//   - after = before: no increase; a reset that the counter has outgrown to the
//     same value cannot be seen in two scrapes, nor can any that it has
//     outgrown
//   - one of them NaN: all is NaN, and there is no reset, as in PromQL
//   - a negative counter is taken as it is; PromQL does so, too
//   - elapsed ≤ 0: PerSecond is NaN
func RateOf(before, after float64, elapsed time.Duration) Rate {
	r := Rate{Increase: after - before}
	if after < before {
		r.Increase, r.Reset = after, true
	}
	r.Lower, r.Upper = r.Increase, r.Increase
	if r.Reset {
		r.Upper = math.Inf(1)
	}
	r.PerSecond = perSecond(r.Increase, elapsed)
	return r
}

// sinceStart is the rate of a counter that was not there before. When it is
// known to have begun at 0 in between, all of after is its increase; else it
// may have existed before without being exposed.
func sinceStart(after float64, elapsed time.Duration, begun bool) Rate {
	r := Rate{Increase: after, Lower: 0, Upper: after, PerSecond: perSecond(after, elapsed)}
	if begun || math.IsNaN(after) {
		r.Lower = after
	}
	return r
}

func perSecond(increase float64, elapsed time.Duration) float64 {
	if elapsed <= 0 {
		return math.NaN()
	}
	return increase / elapsed.Seconds()
}

// sinceReset is the rate of a counter that is known to have begun anew in
// between although it need not have fallen.
func sinceReset(after float64, elapsed time.Duration) Rate {
	return Rate{Increase: after, PerSecond: perSecond(after, elapsed), Lower: after, Upper: math.Inf(1), Reset: true}
}
