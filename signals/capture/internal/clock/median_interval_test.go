package clock

import (
	"math"
	"testing"
	"time"
)

func TestMedianInterval(t *testing.T) {
	for _, row := range []struct {
		name string
		in   []int64
		want time.Duration
	}{
		{"no distance, no interval", nil, 0},
		{"one", []int64{5000}, 5 * time.Second},
		{"the middle one, in whatever order", []int64{90000, 5000, 1}, 5 * time.Second},
		{"the mean of the middle two", []int64{3000, 4000}, 3500 * time.Millisecond},
		{"of odd milliseconds, too", []int64{100, 101}, 100*time.Millisecond + 500*time.Microsecond},
		{"within 2 % above: rounded", []int64{5100}, 5 * time.Second},
		{"within 2 % below: rounded", []int64{14700}, 15 * time.Second},
		{"beyond 2 % above: kept", []int64{5101}, 5101 * time.Millisecond},
		{"beyond 2 % below: kept", []int64{4899}, 4899 * time.Millisecond},
		{"half a second has no whole second near", []int64{500}, 500 * time.Millisecond},
		{"almost nothing is not rounded to nothing", []int64{1}, time.Millisecond},
		{"one second", []int64{985}, time.Second},
		{"centuries do not overflow", []int64{9e15, 9e15}, time.Duration(math.MaxInt64 / 1e6 * 1e6).Round(time.Second)},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := MedianInterval(row.in); got != row.want {
				t.Errorf("got %v, want %v", got, row.want)
			}
		})
	}
}
