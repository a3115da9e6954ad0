package packs

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func ms(seconds ...float64) (list []int64) {
	for _, s := range seconds {
		list = append(list, madeStart.UnixMilli()+int64(s*1000))
	}
	return list
}

// How far back rates look, when nobody says it.
func TestWindow(t *testing.T) {
	a, b := Target{"j", "a"}, Target{"j", "b"}
	for _, row := range []struct {
		name, reason string
		option       time.Duration
		scrapes      map[Target][]int64
		want         time.Duration
	}{
		{"often", "a minute at least", 0, map[Target][]int64{a: ms(0, 5, 10)}, time.Minute},
		{"every 15 s", "four scrapes are a minute", 0, map[Target][]int64{a: ms(0, 15, 30)}, time.Minute},
		{"every 16 s", "four scrapes are more", 0, map[Target][]int64{a: ms(0, 16, 32)}, 64 * time.Second},
		{"every minute", "four scrapes", 0, map[Target][]int64{a: ms(0, 60, 120)}, 4 * time.Minute},
		{"the slowest target", "one window serves all", 0, map[Target][]int64{a: ms(0, 10, 20), b: ms(0, 30, 60)}, 2 * time.Minute},
		{"a gap", "the median does not see it", 0, map[Target][]int64{a: ms(0, 30, 60, 900, 930)}, 2 * time.Minute},
		{"jitter", "seconds are whole", 0, map[Target][]int64{a: ms(0, 29.9, 59.8)}, 2 * time.Minute},
		{"one scrape", "there is no distance", 0, map[Target][]int64{a: ms(0)}, time.Minute},
		{"said", "it is as it was said", 7 * time.Second, map[Target][]int64{a: ms(0, 60)}, 7 * time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			e := &evaluation{opts: Options{Window: row.option}, scrapes: row.scrapes}
			require.Equal(t, row.want, e.window([]Target{a, b}), row.reason)
		})
	}
}

// At which instants signals are asked.
func TestInstants(t *testing.T) {
	at := func(s float64) time.Time { return time.UnixMilli(ms(s)[0]).UTC() }
	a, b := Target{"j", "a"}, Target{"j", "b"}
	for _, row := range []struct {
		name, reason string
		opts         Options
		interval     time.Duration
		scrapes      map[Target][]int64
		end          float64
		first, last  float64
		step         time.Duration
	}{
		{"plain", "in the middle between two scrapes", Options{}, 10 * time.Second, map[Target][]int64{a: ms(0, 10)}, 60, 5, 65, 10 * time.Second},
		{"a second target of the first round", "it begins when all have begun", Options{}, 10 * time.Second, map[Target][]int64{a: ms(0), b: ms(10)}, 60, 15, 65, 10 * time.Second},
		{"a second target later", "it is not waited for", Options{}, 10 * time.Second, map[Target][]int64{a: ms(0), b: ms(10.001)}, 60, 5, 65, 10 * time.Second},
		{"from within", "the first instant that is not before it", Options{From: at(15)}, 10 * time.Second, map[Target][]int64{a: ms(0)}, 60, 15, 65, 10 * time.Second},
		{"from between two", "the first instant that is not before it", Options{From: at(15.001)}, 10 * time.Second, map[Target][]int64{a: ms(0)}, 60, 25, 65, 10 * time.Second},
		{"to", "included", Options{To: at(25)}, 10 * time.Second, map[Target][]int64{a: ms(0)}, 60, 5, 25, 10 * time.Second},
		{"too short", "one instant all the same", Options{}, 10 * time.Second, map[Target][]int64{a: ms(0)}, 2, 5, 5, 10 * time.Second},
		{"11,000 instants", "as many as the API allows", Options{}, time.Second, map[Target][]int64{a: ms(0)}, 10_999.5, 0.5, 10_999.5, time.Second},
		{"one more", "each second interval", Options{}, time.Second, map[Target][]int64{a: ms(0)}, 11_000.5, 0.5, 11_000.5, 2 * time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			e := &evaluation{every: row.interval, opts: row.opts, scrapes: row.scrapes, end: at(row.end)}
			e.instants(ms(0)[0])
			require.Equal(t, []any{at(row.first), at(row.last), row.step}, []any{e.start, e.end, e.step}, row.reason)
		})
	}
}
