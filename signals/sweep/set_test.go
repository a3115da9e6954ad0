package sweep

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// Ranks are in the order of the floats, without a gap.
func TestRank(t *testing.T) {
	for _, v := range []float64{math.Inf(-1), -math.MaxFloat64, -1, -math.SmallestNonzeroFloat64, 0, math.SmallestNonzeroFloat64, 0.1, 1, math.MaxFloat64} {
		require.Equal(t, v, float(rank(v)))
		require.Equal(t, rank(v)+1, rank(math.Nextafter(v, math.Inf(1))), v)
	}
	require.Equal(t, rank(0), rank(math.Copysign(0, -1)))
	require.Equal(t, math.Inf(1), float(beyond-1))
	require.Equal(t, math.Inf(-1), float(least))
}

// A threshold is in what passes exactly when the value passes the comparison,
// and sets are put together as their members say.
func TestSets(t *testing.T) {
	values := []float64{math.Inf(-1), -2, math.Copysign(0, -1), 0, math.Nextafter(1, 0), 1, math.Nextafter(1, 2), 7, math.Inf(1), math.NaN()}
	holds := map[string]func(a, b float64) bool{
		">": func(a, b float64) bool { return a > b }, ">=": func(a, b float64) bool { return a >= b },
		"<": func(a, b float64) bool { return a < b }, "<=": func(a, b float64) bool { return a <= b },
		"==": func(a, b float64) bool { return a == b }, "!=": func(a, b float64) bool { return a != b },
	}
	var sets []set
	for op, holds := range holds {
		for _, v := range values {
			s := passing(op, v)
			sets = append(sets, s)
			for _, w := range values[:len(values)-1] {
				require.Equal(t, holds(v, w), s.has(rank(w)), "%v %s %v", v, op, w)
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 3000 {
		a, b := sets[r.IntN(len(sets))], sets[r.IntN(len(sets))]
		and, or, minus := a.and(b), a.or(b), a.minus(b)
		var c collector
		c.add(a)
		c.add(b)
		require.Equal(t, len(or), len(c.set()))
		for _, w := range values[:len(values)-1] {
			x := rank(w)
			require.Equal(t, a.has(x) && b.has(x), and.has(x))
			require.Equal(t, a.has(x) || b.has(x), or.has(x))
			require.Equal(t, a.has(x) && !b.has(x), minus.has(x))
		}
		for _, s := range []set{and, or, minus} {
			for i := range s {
				require.Less(t, s[i].from, s[i].to)
				require.True(t, i == 0 || s[i-1].to < s[i].from)
			}
		}
		sets[r.IntN(len(sets))] = []set{and, or, minus}[r.IntN(3)]
	}
}

// Beyond what may be kept the comparison that takes most is given up, and the
// others are not.
func TestMemoryIsBounded(t *testing.T) {
	files := fstest.MapFS{
		"app/i/1795244400000.prom": {Data: []byte("m{a=\"1\"} 1\nm{a=\"2\"} 2\nn 1\n")},
		"app/i/1795244410000.prom": {Data: []byte("m{a=\"1\"} 3\nm{a=\"2\"} 4\nn 1\n")},
		"app/i/1795244420000.prom": {Data: []byte("m{a=\"1\"} 5\nm{a=\"2\"} 6\nn 1\n")},
	}
	c, err := capture.Open(files, "made", capture.Options{})
	require.NoError(t, err)
	groups, errs := rules.Parse("r.yml", []byte("groups: [{name: g, rules: [{alert: A, expr: m > 3}, {alert: B, expr: n > 0}]}]"), rules.ParseOptions{})
	require.Empty(t, errs)
	for _, tt := range []struct {
		name string
		room int
		why  []string
	}{
		{"three alerts and what they are found by, six ranges and one that lasts", 103, []string{"", ""}},
		{"one less", 102, []string{"it would take more memory than 102 values", ""}},
		{"too little for either", 30, []string{"it would take more memory than 30 values", "it would take more memory than 30 values"}},
	} {
		w := NewWatcher()
		w.room = tt.room
		res, err := replay.Run(context.Background(), replay.Options{Capture: c, Groups: groups, Observer: w})
		require.NoError(t, err)
		var why []string
		for _, c := range w.Comparisons(res) {
			why = append(why, c.Why)
		}
		require.Equal(t, tt.why, why, tt.name)
	}
}

func TestRoundNumbers(t *testing.T) {
	for _, tt := range []struct {
		name, reason  string
		lo, hi, small float64
		want          []float64
	}{
		{"linear", "steps of 1, 2 or 5", 0.3, 1.1, 0.3, []float64{0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1}},
		{"below 0", "no logarithm there", -40, 400, 3, []float64{0, 100, 200, 300, 400}},
		{"decades", "1, 2 and 5 of each", 0.02, 3, 0.02, []float64{0.02, 0.05, 0.1, 0.2, 0.5, 1, 2}},
		{"many decades", "1 of each", 1e-3, 1e5, 1e-3, []float64{1e-3, 1e-2, 1e-1, 1, 10, 100, 1000, 1e4, 1e5}},
		{"from 0", "0, and from the least above it", 0, 150, 1, []float64{0, 1, 2, 5, 10, 20, 50, 100}},
		{"one value", "there is no range", 4, 4, 4, nil},
		{"the widest", "no overflow", -math.MaxFloat64, math.MaxFloat64, 1, []float64{-1.5e308, -1e308, -5e307, 0, 5e307, 1e308, 1.5e308}},
	} {
		t.Run(tt.name, func(t *testing.T) { require.Equal(t, tt.want, round(tt.lo, tt.hi, tt.small), tt.reason) })
	}
}

// What is added of an alert is what each hands out, however much of it is kept
// as one.
func TestStretches(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	draw := func() set {
		return []set{nil, one(0, 5), one(5, 9), {{0, 5}, {7, 9}}, {{0, 2}, {5, 9}}, one(2, 5)}[r.IntN(6)]
	}
	for range 2000 {
		m := &machine{&swept{}}
		var a alert
		var want []set
		kept := 0
		for n := range 12 {
			m.instants, m.failed = append(m.instants, time.Unix(int64(n), 0)), append(m.failed, r.IntN(6) == 0)
			var sum set
			for range r.IntN(3) {
				if in := draw(); !m.failed[n] && len(in) > 0 && len(sum.and(in)) == 0 {
					more, ok := a.add(int32(n), in)
					require.True(t, ok)
					sum = sum.or(in)
					kept += more
				}
			}
			if !m.failed[n] {
				want = append(want, sum)
			}
		}
		var got []set
		m.each(&a, func(_ int, in set) bool {
			got = append(got, in)
			return true
		})
		require.Equal(t, want, got)
		require.Len(t, a.there, kept)
	}
}

// Where the whole of a rule fails and its parts do not, or the other way round,
// nothing is told.
func TestFailuresThatDiffer(t *testing.T) {
	groups, errs := rules.Parse("r.yml", []byte("groups: [{name: g, rules: [{alert: A, expr: m > 3}]}]"), rules.ParseOptions{})
	require.Empty(t, errs)
	bad := errors.New("bad")
	for _, tt := range []struct {
		name        string
		whole, part error
	}{
		{"a part fails", nil, bad},
		{"the whole fails", bad, nil},
	} {
		s := newSwept(groups[0], groups[0].Rules[0], rules.NewWriters(groups), nil)
		s.saw(rules.Look{Err: tt.whole, Ask: func(*query.Expr) ([]query.Sample, error) { return nil, tt.part }})
		require.Equal(t, "its parts and the whole do not fail at the same evaluations", s.comparison(s.list[0], 0, nil).Why, tt.name)
	}
}
