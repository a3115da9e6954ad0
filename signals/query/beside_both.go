package query

import (
	"context"
	"errors"
	"strconv"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// both is what is at hand and what is far away, and what parts of an expression
// gave.
type both struct {
	b     *Beside
	parts [][]Sample
}

func (q *both) Querier(mint, maxt int64) (storage.Querier, error) {
	here, err := q.b.here.Querier(mint, maxt)
	if err != nil {
		return nil, err
	}
	far, err := q.b.far.Querier(mint, maxt)
	if err != nil {
		here.Close()
		return nil, err
	}
	return &bothQuerier{q, here, far}, nil
}

type bothQuerier struct {
	q         *both
	here, far storage.Querier
}

func (q *bothQuerier) Close() error { return errors.Join(q.here.Close(), q.far.Close()) }

// errBothLabels is that of methods that the engine does not call.
var errBothLabels = errors.New("query: names and values of labels are not asked for here")

func (q *bothQuerier) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, errBothLabels
}

func (q *bothQuerier) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, errBothLabels
}

func (q *bothQuerier) Select(ctx context.Context, sortSeries bool, hints *storage.SelectHints, ms ...*labels.Matcher) storage.SeriesSet {
	if len(ms) == 1 && ms[0].Name == partLabel {
		if i, err := strconv.Atoi(ms[0].Value); err == nil && i >= 0 && i < len(q.q.parts) {
			return &given{list: q.q.parts[i]}
		}
	}
	sel := Selector{Matchers: ms}
	if !q.q.b.local(sel) {
		return q.far.Select(ctx, sortSeries, hints, ms...)
	}
	here := q.here.Select(ctx, sortSeries, hints, ms...)
	if sel.Name() != "" {
		return here
	}
	return &chain{sets: []storage.SeriesSet{here, &others{q.far.Select(ctx, sortSeries, hints, ms...), q.q.b.local}}}
}

// others are the series of a set that are not at hand.
type others struct {
	storage.SeriesSet
	local func(Selector) bool
}

func (o *others) Next() bool {
	for o.SeriesSet.Next() {
		name := labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, o.At().Labels().Get(model.MetricNameLabel))
		if !o.local(Selector{Matchers: []*labels.Matcher{name}}) {
			return true
		}
	}
	return false
}

// chain is one set after another.
type chain struct {
	sets []storage.SeriesSet
	err  error
	warn annotations.Annotations
}

func (c *chain) Next() bool {
	for len(c.sets) > 0 {
		if c.sets[0].Next() {
			return true
		}
		if err := c.sets[0].Err(); err != nil {
			c.err, c.sets = err, nil
			return false
		}
		c.warn.Merge(c.sets[0].Warnings())
		c.sets = c.sets[1:]
	}
	return false
}

func (c *chain) At() storage.Series                { return c.sets[0].At() }
func (c *chain) Err() error                        { return c.err }
func (c *chain) Warnings() annotations.Annotations { return c.warn }

// given are the samples of a vector, each the only one of its series.
type given struct {
	list []Sample
	next int
}

func (g *given) Next() bool {
	g.next++
	return g.next <= len(g.list)
}

func (g *given) At() storage.Series {
	s := g.list[g.next-1]
	return storage.NewListSeries(s.Labels, []chunks.Sample{lone(s)})
}

func (g *given) Err() error                        { return nil }
func (g *given) Warnings() annotations.Annotations { return nil }

// lone is a Sample as upstream has one.
type lone Sample

func (s lone) T() int64                      { return s.Time }
func (s lone) ST() int64                     { return 0 }
func (s lone) F() float64                    { return s.Value }
func (s lone) H() *histogram.Histogram       { return nil }
func (s lone) FH() *histogram.FloatHistogram { return s.Histogram }

func (s lone) Type() chunkenc.ValueType {
	if s.Histogram != nil {
		return chunkenc.ValFloatHistogram
	}
	return chunkenc.ValFloat
}

func (s lone) Copy() chunks.Sample {
	if s.Histogram != nil {
		s.Histogram = s.Histogram.Copy()
	}
	return s
}
