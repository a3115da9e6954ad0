package replay

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// Parts are expressions that AsRead has evaluated at evenly spaced instants, a
// number of these at a time.
type Parts struct {
	// Queries are expressions that look back at least as far as those that will
	// be asked, and select all that they select.
	Queries []string
	// Keep are expressions of which all samples are kept to the end, when the
	// Loaded can be asked them.
	Keep []string
	// Begin tells the instants, by what the first scrapes hold: those of about
	// as much time as a part has. The Expr means nothing.
	Begin func(*Store) (query.Request, error)
	// Each is called with one part of the instants after another, in order, and
	// returns what is to be done for it, which is done on all cores before the
	// next part is read.
	Each func(ctx context.Context, part query.Request, ask Ask) []func() error
}

// Ask evaluates an expression at the instants of a part.
type Ask func(context.Context, query.Request) (*query.Answer, error)

// ErrWhole says that the whole of a capture has to be there before expressions
// are evaluated, or that something else might come of it then.
var ErrWhole = errors.New("an expression cannot be evaluated as a capture is read")

// AsRead is Load for who asks expressions of all of the capture: it evaluates
// them as the capture is read, and holds what they look back on, however long
// the capture is. The error is ErrWhole where that cannot be done: where a
// sample may come later with an earlier time, and where an expression has no
// Parts, see query.Expr.
//
// The Loaded that is returned tells what was read, and has no samples that
// could be asked for any more but those of Keep.
func AsRead(ctx context.Context, opts Options, p Parts) (*Loaded, error) {
	opts, err := opts.checked()
	if err != nil {
		return nil, err
	}
	opts.Groups, opts.Keep = nil, false
	engine := opts.engine()
	keep, err := p.retention(opts, engine)
	if err != nil {
		return nil, err
	}
	ld := newLoader(opts, keep, engine)
	defer ld.prefetch.Close()
	ld.flush = func(context.Context) error { return ErrWhole } // something comes that is earlier
	r := &reader{ld: ld, engine: engine, every: defaultSegment * opts.interval(), read: instant(opts.Capture.Start - 1), end: instant(opts.Capture.End)}
	store := newStore(ld, engine, opts)
	if err := r.run(ctx, store, p); err != nil {
		return nil, err
	}
	l := ld.loaded(engine, opts)
	l.allowed = selectorsOf(engine, append([]string{}, p.Keep...))
	return l, nil
}

// retention keeps what the expressions look back on; the error is ErrWhole when
// they look elsewhere.
func (p *Parts) retention(opts Options, engine *query.Engine) (*retention, error) {
	if opts.Server != nil || opts.Prometheus2 {
		return nil, ErrWhole
	}
	keep, err := newRetention(opts, engine)
	if err != nil {
		return nil, err
	}
	for _, expr := range p.Queries {
		x, err := query.Parse(expr, expr, opts.Features)
		if err != nil {
			return nil, err
		}
		if !x.Parts() {
			return nil, ErrWhole
		}
		keep.rule(engine.Reach(expr), "")
	}
	for _, expr := range p.Keep {
		for _, s := range engine.Selectors(expr) {
			keep.add(s.Matchers, s.Name(), timeline.KeepAll)
		}
	}
	if keep.all || !keep.ahead {
		return nil, ErrWhole
	}
	return keep, nil
}

// reader is one run of AsRead.
type reader struct {
	ld     *loader
	engine *query.Engine
	every  time.Duration // so much is read before something is dropped
	read   time.Time     // up to here
	end    time.Time     // of the capture
}

func (r *reader) run(ctx context.Context, store *Store, p Parts) error {
	first := r.read.Add(r.every)
	if err := r.ld.until(ctx, first.UnixMilli()); err != nil {
		return err
	}
	r.read = first
	all, err := p.Begin(store)
	if err != nil {
		return err
	}
	if all.Step < time.Millisecond || all.End.Before(all.Start) {
		return ErrWhole
	}
	ask := func(ctx context.Context, part query.Request) (*query.Answer, error) {
		return r.engine.Ask(ctx, r.ld.tl, part)
	}
	for part := all; !part.Start.After(all.End); part.Start = part.End.Add(all.Step) {
		part.End = part.Start.Add(min(defaultSegment-1, all.End.Sub(part.Start)/all.Step) * all.Step)
		if err := r.readTo(ctx, part.End, part.Start); err != nil {
			return err
		}
		if err := r.do(p.Each(ctx, part, ask)); err != nil {
			return err
		}
	}
	if err := r.readTo(ctx, r.end, r.end); err != nil {
		return err
	}
	return r.ld.until(ctx, math.MaxInt64)
}

// do calls functions on all cores, and returns the error of the first that had
// one.
func (r *reader) do(list []func() error) error {
	errs := make([]error, len(list))
	work := make([]func(), len(list))
	for i, f := range list {
		work[i] = func() { errs[i] = f() }
	}
	r.ld.prefetch.Do(work)
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// readTo reads the scrapes up to a time, and drops meanwhile what lies too far
// before another one, and before what is read.
func (r *reader) readTo(ctx context.Context, to, needed time.Time) error {
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
