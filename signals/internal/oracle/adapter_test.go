package oracle

import (
	"context"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/scrapebook/scrapebook/signals/timeline"
)

// adapter is the stock engine over a Timeline: each query gets a fresh copy of
// the storage that the suite hands in.
type adapter struct {
	engine *promql.Engine
	damage damage

	mu      sync.Mutex
	asked   map[string]int // queries by their text
	samples int64          // copied in all
}

// damage spoils the copy, to see that the suite notices.
type damage string

const (
	undamaged      damage = "none"
	dropLast       damage = "drop the last sample of each series"
	dropStart      damage = "drop start timestamps"
	dropHistograms damage = "drop the samples that are native histograms"
)

var _ promql.QueryEngine = (*adapter)(nil)

// newAdapter has the options of promqltest.NewTestEngine, spelt out: they are
// part of what is proved.
func newAdapter(tb testing.TB, d damage) *adapter {
	return &adapter{damage: d, asked: map[string]int{}, engine: promqltest.NewTestEngineWithOpts(tb, promql.EngineOpts{
		MaxSamples:               promqltest.DefaultMaxSamplesPerQuery,
		Timeout:                  100 * time.Second,
		NoStepSubqueryIntervalFn: func(int64) int64 { return time.Minute.Milliseconds() },
		EnableAtModifier:         true,
		EnableNegativeOffset:     true,
		EnableDelayedNameRemoval: true,
		UseStartTimestamps:       true,
		Parser:                   parser.NewParser(promqltest.TestParserOpts),
	})}
}

func (a *adapter) NewInstantQuery(ctx context.Context, q storage.Queryable, opts promql.QueryOpts, qs string, ts time.Time) (promql.Query, error) {
	t, err := a.copy(ctx, q, qs)
	if err != nil {
		return nil, err
	}
	return a.engine.NewInstantQuery(ctx, t, opts, qs, ts)
}

func (a *adapter) NewRangeQuery(ctx context.Context, q storage.Queryable, opts promql.QueryOpts, qs string, start, end time.Time, interval time.Duration) (promql.Query, error) {
	t, err := a.copy(ctx, q, qs)
	if err != nil {
		return nil, err
	}
	return a.engine.NewRangeQuery(ctx, t, opts, qs, start, end, interval)
}

func (a *adapter) copy(ctx context.Context, q storage.Queryable, qs string) (*timeline.Timeline, error) {
	t, err := copyToTimeline(ctx, q, a.damage)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked[qs]++
	a.samples += t.NumSamples()
	return t, nil
}

// copyToTimeline copies all that a queryable holds.
func copyToTimeline(ctx context.Context, q storage.Queryable, d damage) (*timeline.Timeline, error) {
	querier, err := q.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	defer querier.Close()
	t := timeline.New()
	set := querier.Select(ctx, false, nil, labels.MustNewMatcher(labels.MatchRegexp, "__name__", ".*"))
	var it chunkenc.Iterator
	for set.Next() {
		s := set.At()
		it = s.Iterator(it)
		samples, err := readSamples(it)
		if err != nil {
			return nil, err
		}
		if d == dropLast && len(samples) > 0 {
			samples = samples[:len(samples)-1]
		}
		ref := t.Series(s.Labels())
		for _, p := range samples {
			switch {
			case d == dropStart:
				p.st = 0
			case d == dropHistograms && p.kind != chunkenc.ValFloat:
				continue
			}
			if err := p.appendTo(t, ref); err != nil {
				return nil, fmt.Errorf("copying %s: %w", s.Labels(), err)
			}
		}
	}
	return t, set.Err()
}
