package replay

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
)

// Range is Load, and Range of one expression. Memory holds what the expression
// looks back on, however long the capture is, where each instant's result is
// known when the scrapes up to it were read: where no sample may come later
// with an earlier time, and the expression looks neither ahead nor at a fixed
// time and has no subquery. Else everything that it selects is held, as Load
// does.
//
// The Loaded that is returned tells what was read, and has no samples that
// could be asked for any more.
func Range(ctx context.Context, opts Options, expr string, start, end time.Time, step time.Duration) (*Loaded, *query.Value, error) {
	r := &ranging{at: map[string]int{}}
	all := query.Request{Expr: expr, Start: start, End: end, Step: step}
	l, err := AsRead(ctx, opts, Parts{
		Queries: []string{expr},
		Begin:   func(*Store) (query.Request, error) { return all, nil },
		Each: func(ctx context.Context, part query.Request, ask Ask) []func() error {
			return []func() error{func() error { return r.part(ctx, part, expr, ask) }}
		},
	})
	if !errors.Is(err, ErrWhole) {
		if err != nil {
			return nil, nil, err
		}
		return l, r.value(), nil
	}
	opts.Queries = []string{expr}
	if l, err = Load(ctx, opts); err != nil {
		return nil, nil, err
	}
	v, err := l.Range(ctx, expr, start, end, step)
	return l, v, err
}

// ranging gathers the values of one expression.
type ranging struct {
	at              map[string]int // of series, by the labels' bytes
	series          []query.Series
	warnings, infos []string
	peak            int // samples in memory, had all been evaluated at once, at most
}

// part evaluates the expression at the instants of a part.
func (r *ranging) part(ctx context.Context, part query.Request, expr string, ask Ask) error {
	part.Expr = expr
	answer, err := ask(ctx, part)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return ErrWhole // with all of it the engine may say another thing
	}
	if r.peak += answer.Stats.Builtin().Samples.PeakSamples; r.peak > query.MaxSamples || !r.add(answer.Value) {
		return ErrWhole
	}
	return nil
}

// add takes the values of a part; false when it has annotations that another
// lacks.
func (r *ranging) add(v *query.Value) bool {
	for _, s := range v.Series {
		key := string(s.Labels.Bytes(nil))
		i, known := r.at[key]
		if !known {
			i = len(r.series)
			r.at[key] = i
			r.series = append(r.series, query.Series{Labels: s.Labels})
		}
		all := &r.series[i]
		all.Floats, all.Histograms = append(all.Floats, s.Floats...), append(all.Histograms, s.Histograms...)
	}
	return same(&r.warnings, v.Warnings) && same(&r.infos, v.Infos)
}

// same keeps a list that is not empty; false when it had another.
func same(list *[]string, more []string) bool {
	if len(*list) == 0 {
		*list = more
	}
	return len(more) == 0 || slices.Equal(*list, more)
}

func (r *ranging) value() *query.Value {
	slices.SortFunc(r.series, func(a, b query.Series) int { return labels.Compare(a.Labels, b.Labels) })
	if r.series == nil {
		r.series = []query.Series{}
	}
	return &query.Value{Type: query.Matrix, Series: r.series, Warnings: r.warnings, Infos: r.infos}
}
