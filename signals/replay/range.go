package replay

import (
	"context"
	"errors"
	"math"
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
	l, v, err := rangeAsRead(ctx, opts, expr, start, end, step)
	if !errors.Is(err, errWhole) {
		return l, v, err
	}
	opts.Queries = []string{expr}
	if l, err = Load(ctx, opts); err != nil {
		return nil, nil, err
	}
	v, err = l.Range(ctx, expr, start, end, step)
	return l, v, err
}

// errWhole says that the whole of the capture has to be there first.
var errWhole = errors.New("an expression cannot be evaluated as a capture is read")

// rangeAsRead evaluates an expression as the capture is read; the error is
// errWhole where something else might come of it than with all of it there.
func rangeAsRead(ctx context.Context, opts Options, expr string, start, end time.Time, step time.Duration) (*Loaded, *query.Value, error) {
	opts, err := opts.checked()
	if err != nil {
		return nil, nil, err
	}
	x, err := query.Parse(expr, expr, opts.Features)
	if err != nil {
		return nil, nil, err
	}
	opts.Groups, opts.Keep = nil, false
	engine := opts.engine()
	reach := engine.Reach(expr)
	if opts.Server != nil || opts.Prometheus2 || step < time.Millisecond || end.Before(start) || !x.Parts() || reach.Ahead || reach.Everything != "" || reach.Unknown != "" {
		return nil, nil, errWhole
	}
	keep, err := newRetention(opts, engine)
	if err != nil {
		return nil, nil, err
	}
	if keep.rule(reach, ""); keep.all || !keep.ahead {
		return nil, nil, errWhole
	}
	ld := newLoader(opts, keep, engine)
	defer ld.prefetch.Close()
	ld.flush = func(context.Context) error { return errWhole } // something comes that is earlier
	r := &ranging{ld: ld, engine: engine, every: defaultSegment * opts.interval(), read: instant(opts.Capture.Start - 1), end: instant(opts.Capture.End)}
	if err := r.run(ctx, query.Request{Expr: expr, Start: start, End: end, Step: step}); err != nil {
		return nil, nil, err
	}
	ld.look()
	l := &Loaded{
		Store:    newStore(ld, engine, opts),
		Capture:  ld.summary(opts.Capture, newSchedule(opts, opts.interval())),
		Problems: ld.found,
		capture:  opts.Capture,
	}
	l.allowed = map[string]bool{}
	return l, r.value(), nil
}

// ranging is one run of rangeAsRead.
type ranging struct {
	ld     *loader
	engine *query.Engine
	every  time.Duration // so much is read before something is dropped
	read   time.Time     // up to here
	end    time.Time     // of the capture

	at              map[string]int // of series, by the labels' bytes
	series          []query.Series
	warnings, infos []string
	peak            int // samples in memory, had all been evaluated at once, at most
}

func (r *ranging) run(ctx context.Context, all query.Request) error {
	r.at = map[string]int{}
	part := all
	for ; !part.Start.After(all.End); part.Start = part.End.Add(all.Step) {
		part.End = part.Start.Add(min(defaultSegment-1, all.End.Sub(part.Start)/all.Step) * all.Step)
		if err := r.readTo(ctx, part.End, part.Start); err != nil {
			return err
		}
		answer, err := r.engine.Ask(ctx, r.ld.tl, part)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return errWhole // with all of it the engine may say another thing
		}
		if r.peak += answer.Stats.Builtin().Samples.PeakSamples; r.peak > query.MaxSamples || !r.add(answer.Value) {
			return errWhole
		}
	}
	if err := r.readTo(ctx, r.end, r.end); err != nil {
		return err
	}
	return r.ld.until(ctx, math.MaxInt64)
}

// readTo reads the scrapes up to a time, and drops meanwhile what lies too far
// before another one, and before what is read.
func (r *ranging) readTo(ctx context.Context, to, needed time.Time) error {
	for r.read.Before(to) {
		next := r.read.Add(r.every)
		if next.After(to) {
			next = to
		}
		if err := r.ld.until(ctx, next.UnixMilli()); err != nil {
			return err
		}
		r.read = next
		if needed.Before(next) {
			next = needed
		}
		r.ld.trim(next, 0, true)
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
