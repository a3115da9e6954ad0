package packs

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// AsRead is replay.Load, and Evaluate of what was loaded, in one reading where
// that can be done: memory holds what the signals look back on and their
// values, not the capture's samples. The Queries of load are set by it.
//
// What can be asked when, by which packs, is guessed from the first scrapes. If
// all of them tell otherwise, as where a target of another kind comes late, the
// capture is read once more, and the Result is Evaluate's. The Loaded has no
// samples that could be asked for, or those of the signals.
func AsRead(ctx context.Context, load replay.Options, opts Options) (*replay.Loaded, *Result, error) {
	e, err := newEvaluation(ctx, opts)
	if err != nil {
		return nil, nil, err
	}
	if load.Capture != nil && isLong(load.Capture) {
		r := &asReading{evaluation: e, most: e.longest(load)}
		loaded, result, err := r.read(load)
		if !errors.Is(err, replay.ErrWhole) {
			return loaded, result, err
		}
	}
	if load.Queries, err = opts.Queries(); err != nil {
		return nil, nil, err
	}
	loaded, err := replay.Load(ctx, load)
	if err != nil {
		return nil, nil, err
	}
	result, err := Evaluate(ctx, loaded, opts)
	return loaded, result, err
}

// asReading is one run of AsRead.
type asReading struct {
	*evaluation
	most     time.Duration // the longest window there can be
	inParts  map[*Expr]bool
	instants query.Request // as guessed
	list     []*asking
	by       map[askingKey]*asking // nil: it is asked when all is read
}

type askingKey struct {
	signal *Signal
	expr   string
}

// asking is an expression of a signal with what it gave so far.
type asking struct {
	signal *Signal
	expr   string
	x      *quantiled // nil: it is none

	at   map[string]int // of series, by their labels' bytes
	list []askedSeries
}

type askedSeries struct {
	labels labels.Labels
	Series
}

// isLong tells of a capture that is worth not to be held.
func isLong(c *capture.Capture) bool {
	return slices.ContainsFunc(c.Targets, func(t *capture.Target) bool { return t.Scrapes > shortest })
}

// shortest is how many scrapes of a target are held all the same.
const shortest = 64

// longest is the longest window of a pack's rates.
func (e *evaluation) longest(load replay.Options) time.Duration {
	if e.opts.Window > 0 {
		return e.opts.Window
	}
	slowest := load.Capture.Interval
	for _, t := range load.Capture.Targets {
		slowest = max(slowest, t.Interval)
	}
	return max(time.Minute, 4*(slowest+time.Second))
}

func (r *asReading) read(load replay.Options) (*replay.Loaded, *Result, error) {
	queries, keep := r.queries(load)
	load.Queries, load.Newest = nil, presenceQueries(r.opts.Packs)
	for _, p := range r.opts.Packs {
		for _, s := range p.Signals {
			for _, e := range s.Exprs {
				load.Newest = append(load.Newest, e.If...)
			}
		}
	}
	loaded, err := replay.AsRead(r.ctx, load, replay.Parts{
		Queries: queries, Keep: append(keep, "up"),
		Begin: func(store *replay.Store) (query.Request, error) { return r.begin(load, store) },
		Each:  r.part,
	})
	if err != nil {
		return nil, nil, err
	}
	b, err := r.resultOf(loaded)
	return loaded, b, err
}

// queries are the expressions that may be asked as the capture is read, and
// those that are asked when all of it was.
func (r *asReading) queries(load replay.Options) (parts, whole []string) {
	r.inParts = map[*Expr]bool{}
	for _, p := range r.opts.Packs {
		for i := range p.Signals {
			q := &question{evaluation: r.evaluation, pack: p, signal: &p.Signals[i]}
			for n := range q.signal.Exprs {
				e := &q.signal.Exprs[n]
				text := strings.TrimSpace(q.fill(e.Expr, r.most))
				x, err := query.Parse(text, text, load.Features)
				if r.inParts[e] = err == nil && x.Parts(); r.inParts[e] {
					parts = append(parts, text)
				} else {
					whole = append(whole, text)
				}
			}
		}
	}
	return parts, whole
}

// begin guesses from the first scrapes what will be asked, and when.
func (r *asReading) begin(load replay.Options, store *replay.Store) (query.Request, error) {
	e := *r.evaluation
	c := load.Capture
	e.first, e.last, e.every = time.UnixMilli(c.Start).UTC(), time.UnixMilli(c.End).UTC(), cmp.Or(c.Interval, store.Interval)
	chosen, err := e.choose(store)
	if err != nil {
		return query.Request{}, err
	}
	if e.mode != OverTime || e.upless {
		return query.Request{}, replay.ErrWhole
	}
	r.first, r.last, r.every = e.first, e.last, e.every
	r.instants = query.Request{Start: e.start, End: e.end, Step: e.step}
	r.by = map[askingKey]*asking{}
	for _, p := range chosen.applied {
		window := e.window(chosen.targets[p])
		if window > r.most {
			return query.Request{}, replay.ErrWhole
		}
		for i := range p.Signals {
			q := &question{evaluation: &e, pack: p, signal: &p.Signals[i]}
			chosenBy := map[int]bool{} // of the targets; -1: none yet, it may be any
			for _, t := range chosen.targets[p] {
				n, _, err := q.choose(t)
				if err != nil {
					return query.Request{}, err
				}
				chosenBy[n] = true
			}
			for n := range q.signal.Exprs {
				if e := &q.signal.Exprs[n]; chosenBy[n] || chosenBy[-1] {
					r.add(q.signal, e, strings.TrimSpace(q.fill(e.Expr, window)))
				}
			}
		}
	}
	return r.instants, nil
}

// add makes known that a signal will be asked an expression, of which text is
// what it will be.
func (r *asReading) add(s *Signal, e *Expr, text string) {
	key := askingKey{s, text}
	if !r.inParts[e] {
		r.by[key] = nil
		return
	}
	a := &asking{signal: s, expr: text, x: quantile(text), at: map[string]int{}}
	r.by[key] = a
	r.list = append(r.list, a)
}

// part asks all expressions at the instants of a part, those of quantiles
// first, as they take longest.
func (r *asReading) part(ctx context.Context, part query.Request, ask replay.Ask) (work []func() error) {
	value := func(expr string) (*query.Value, error) {
		one := part
		one.Expr = expr
		answer, err := ask(ctx, one)
		if err != nil {
			return nil, cmp.Or(ctx.Err(), replay.ErrWhole) // Evaluate tells
		}
		return answer.Value, nil
	}
	for _, quantiles := range []bool{true, false} {
		for _, a := range r.list {
			if (a.x != nil) == quantiles {
				work = append(work, func() error { return a.part(part, value, r.instants.End) })
			}
		}
	}
	return work
}

// part adds what the instants of a part gave. A quantile is taken here of what
// it is of, where that is buckets alone.
func (a *asking) part(part query.Request, value func(string) (*query.Value, error), end time.Time) error {
	var certain map[string]*certainties
	if a.x != nil {
		of, err := value(a.x.of)
		if err != nil {
			return err
		}
		certain = a.signal.certainties(a.x, of, part.Start, part.End, part.Step)
		if onlyBuckets(of) {
			for _, c := range certain {
				a.add(c.labels, c.points(), c, part, end)
			}
			return nil
		}
	}
	v, err := value(a.expr)
	if err != nil {
		return err
	}
	for _, s := range v.Series {
		a.add(s.Labels, s.Floats, certain[bare(s.Labels)], part, end)
	}
	return nil
}

// add adds points to a series.
func (a *asking) add(ls labels.Labels, floats []query.Point, sure *certainties, part query.Request, end time.Time) {
	key := string(ls.Bytes(nil))
	i, known := a.at[key]
	if !known {
		i = len(a.list)
		a.at[key] = i
		a.list = append(a.list, askedSeries{ls, newSeries(a.expr, ls)})
		if 2*len(floats) > int(part.End.Sub(part.Start)/part.Step) { // it is likely to stay
			a.list[i].Points = make([]Point, 0, int(end.Sub(part.Start)/part.Step)+1)
		}
	}
	one := &a.list[i]
	one.Points = appendPoints(one.Points, floats, sure)
}

// resultOf is Evaluate's, by what all scrapes tell; the error is ErrWhole when
// something else should have been asked.
func (r *asReading) resultOf(loaded *replay.Loaded) (*Result, error) {
	e := r.evaluation
	chosen, err := e.choose(loaded.Store)
	if err != nil {
		return nil, err
	}
	if e.mode != OverTime || e.upless || r.instants != (query.Request{Start: e.start, End: e.end, Step: e.step}) {
		return nil, replay.ErrWhole
	}
	e.asked, e.rangeOf = r, loaded.Range
	b, err := e.result(chosen)
	if errors.Is(err, replay.ErrWhole) {
		return nil, replay.ErrWhole
	}
	return b, err
}

// series are those that an expression of a signal gave, or gives now.
func (r *asReading) series(q *question, expr string, start, end time.Time) ([]Series, error) {
	a, expected := r.by[askingKey{q.signal, expr}]
	switch {
	case !expected:
		return nil, replay.ErrWhole
	case a == nil:
		return q.series(expr, start, end)
	}
	slices.SortFunc(a.list, func(a, b askedSeries) int { return labels.Compare(a.labels, b.labels) })
	var list []Series
	for _, one := range a.list {
		if len(one.Points) > 0 {
			list = append(list, one.Series)
		}
	}
	return list, nil
}
