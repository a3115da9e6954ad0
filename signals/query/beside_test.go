package query

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/timeline"
)

// distant is a Far that an engine over a store is, and counts what is asked.
type distant struct {
	Source
	storage.Queryable
	engine       *Engine
	vectors, all atomic.Int64
	down         bool
}

func (d *distant) Vector(ctx context.Context, expr string, at time.Time) ([]Sample, []string, []string, error) {
	d.vectors.Add(1)
	if d.down {
		return nil, nil, nil, errors.New("down")
	}
	return d.Source.Vector(ctx, expr, at)
}

func (d *distant) Steps(ctx context.Context, expr string, start, end time.Time, step time.Duration) *Steps {
	d.all.Add(1)
	return d.Source.Steps(ctx, expr, start, end, step)
}

func (d *distant) Instant(ctx context.Context, expr string, at time.Time) (*Value, error) {
	return d.engine.Instant(ctx, d.Queryable, expr, at)
}

func (d *distant) Range(ctx context.Context, expr string, start, end time.Time, step time.Duration) (*Value, error) {
	return d.engine.Range(ctx, d.Queryable, expr, start, end, step)
}

// places2 are two stores and one that has what both have. The series rec:* are
// at hand; far has copies of them with other values.
func places2(t *testing.T) (engine *Engine, b *Beside, far *distant, one storage.Queryable) {
	t.Helper()
	here, there, both := timeline.New(), timeline.New(), timeline.New()
	put := func(tl *timeline.Timeline, at int64, v float64, ls ...string) {
		require.NoError(t, tl.Append(tl.Series(labels.FromStrings(ls...)), at, v))
	}
	for i := range int64(60) {
		at := i * 10_000
		for k, inst := range []string{"a", "b", "c"} {
			v := float64(i * int64(k+1) % 17)
			for _, tl := range []*timeline.Timeline{there, both} {
				put(tl, at, v, model.MetricNameLabel, "m", "instance", inst)
				put(tl, at, float64(i*int64(k+2)), model.MetricNameLabel, "c_total", "instance", inst)
			}
			if i%7 != int64(k) {
				for _, tl := range []*timeline.Timeline{here, both} {
					put(tl, at, v/2, model.MetricNameLabel, "rec:m", "instance", inst)
				}
			}
			put(there, at, 1e9, model.MetricNameLabel, "rec:m", "instance", inst)
		}
	}
	engine = NewEngine(Options{Lookback: 15 * time.Second})
	far = &distant{Source: engine.Over(there), Queryable: there, engine: engine}
	b = engine.NewBeside(here, far, func(s Selector) bool {
		for _, m := range s.Matchers {
			if m.Name == model.MetricNameLabel && !m.Matches("rec:m") {
				return false
			}
		}
		return true
	})
	return engine, b, far, both
}

// What is evaluated in two places is what is evaluated over all in one.
func TestBesideGivesWhatOnePlaceGives(t *testing.T) {
	for _, tt := range []struct{ name, expr string }{
		{"far alone", "sum(rate(c_total[1m]))"},
		{"at hand alone", "max(rec:m) > 3"},
		{"a comparison", "rec:m > m / 3"},
		{"matching", "rec:m * on (instance) group_left () sum by (instance) (m)"},
		{"and", "rec:m and m > 5"},
		{"or", "m or rec:m"},
		{"unless", "m unless on (instance) rec:m > 2"},
		{"a scalar of far", "rec:m > scalar(avg(m))"},
		{"a scalar of what is at hand", "m > scalar(avg(rec:m))"},
		{"numbers", "-(rec:m + 2 * m) ^ 2"},
		{"an aggregation over both", "sum by (instance) (rec:m + on (instance) m)"},
		{"a parameter of far", "quantile(scalar(min(m)) / 100, rec:m)"},
		{"a function over both", "clamp_max(rec:m, scalar(max(m)))"},
		{"a label of far", `label_replace(rec:m, "x", "$1", "instance", "(.*)") + on (instance) m`},
		{"a subquery", "max_over_time((rec:m + on (instance) m)[1m:10s])"},
		{"a subquery beside", "m + on (instance) max_over_time(rec:m[1m:10s])"},
		{"an offset", "rec:m offset 20s - on (instance) m offset 40s"},
		{"names by a regex", `count by (__name__) ({__name__=~"rec:m|m"})`},
		{"no name", `count({instance="a"})`},
		{"absence of both", "absent(rec:m{instance=\"z\"} * on (instance) m)"},
		{"nothing selected", "vector(time())"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			engine, b, _, one := places2(t)
			for _, expected := range []bool{false, true} {
				start := time.Unix(30, 0)
				if expected {
					b.Expect(start, start.Add(5*time.Minute), 10*time.Second, false)
				}
				for i := range 20 {
					at := start.Add(time.Duration(i) * 10 * time.Second)
					want, _, _, wantErr := engine.Over(one).Vector(context.Background(), tt.expr, at)
					got, _, _, err := b.Vector(context.Background(), tt.expr, at)
					require.Equal(t, wantErr, err)
					require.ElementsMatch(t, spelt(want), spelt(got), "%s, expected: %v", at, expected)
				}
			}
		})
	}
}

func spelt(vec []Sample) (list []string) {
	for _, s := range vec {
		list = append(list, fmt.Sprintln(s.Labels, s.Time, s.Value))
	}
	return list
}

// What is expected is asked for once, however many instants follow.
func TestBesideAsksAhead(t *testing.T) {
	for _, tt := range []struct {
		name, expr   string
		steps, alone int64
	}{
		{"a range query stands for the instants", "rec:m > m / 3", 1, 0},
		{"each instant where it does not", "rec:m > on (instance) sum by (instance) (sum by (instance, x) (m))", 0, 31},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, b, far, _ := places2(t)
			start := time.Unix(30, 0)
			b.Expect(time.Time{}, time.Time{}, 0, false)
			b.Expect(start, start.Add(5*time.Minute), 10*time.Second, true)
			for i := range 31 {
				_, _, _, err := b.Vector(context.Background(), tt.expr, start.Add(time.Duration(i)*10*time.Second))
				require.NoError(t, err)
			}
			require.Equal(t, []int64{tt.steps, tt.alone}, []int64{far.all.Load(), far.vectors.Load()})
		})
	}
}

func TestBesideFails(t *testing.T) {
	_, b, far, _ := places2(t)
	far.down = true
	_, _, _, err := b.Vector(context.Background(), "rec:m > m", time.Unix(30, 0))
	require.ErrorContains(t, err, "down")
	_, _, _, err = b.Vector(context.Background(), "rec:m >", time.Unix(30, 0))
	require.Error(t, err)
	vec, _, _, err := b.Vector(context.Background(), "rec:m", time.Unix(30, 0))
	require.NoError(t, err, "what is at hand needs no server")
	require.NotEmpty(t, vec)
}
