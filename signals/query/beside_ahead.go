package query

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/prometheus/model/timestamp"
)

// coming are instants that will be asked for.
type coming struct {
	start, end time.Time
	step       time.Duration
}

// has tells whether an instant is one of them.
func (c coming) has(at time.Time) bool {
	return !at.Before(c.start) && !at.After(c.end) && at.Sub(c.start)%c.step == 0
}

// ahead are the answers to one expression at coming instants.
type ahead struct {
	once   sync.Once
	steps  *Steps
	asked  map[int64]*answer // by ms, where there are no steps
	coming coming
}

type answer struct {
	vec             []Sample
	warnings, infos []string
	err             error
}

// Expect says at which instants the next expressions will be asked for. What is
// asked at one of them is asked at those that follow at the same time: over a
// range where that gives the same, else at one after another, several at once.
// What was asked ahead before is forgotten.
func (b *Beside) Expect(start, end time.Time, step time.Duration, more bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !more {
		b.coming = nil
		b.ahead = map[string]*ahead{}
	}
	if step >= time.Millisecond && start.Before(end) {
		b.coming = append(b.coming, coming{start, end, step})
	}
}

// ask asks far away.
func (b *Beside) ask(ctx context.Context, expr string, safe bool, at time.Time) ([]Sample, []string, []string, error) {
	a := b.expected(expr, at)
	if a == nil {
		return b.far.Vector(ctx, expr, at)
	}
	a.once.Do(func() { b.fill(ctx, a, expr, safe) })
	ms := timestamp.FromTime(at)
	if vec, ok := a.steps.At(ms); ok {
		return slices.Clone(vec), a.steps.Warnings, a.steps.Infos, nil
	}
	if one := a.asked[ms]; one != nil {
		return slices.Clone(one.vec), one.warnings, one.infos, one.err
	}
	return b.far.Vector(ctx, expr, at)
}

// expected is where the answers are, or will be; nil when the instant is none
// that was expected.
func (b *Beside) expected(expr string, at time.Time) *ahead {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a := b.ahead[expr]; a != nil && a.coming.has(at) {
		return a
	}
	for _, c := range b.coming {
		if c.has(at) {
			c.start = at
			a := &ahead{coming: c}
			b.ahead[expr] = a
			return a
		}
	}
	return nil
}

// atOnce is how many instants are asked for at the same time.
const atOnce = 8

func (b *Beside) fill(ctx context.Context, a *ahead, expr string, safe bool) {
	c := a.coming
	if safe && c.start.Before(c.end) {
		if a.steps = b.far.Steps(ctx, expr, c.start, c.end, c.step); a.steps != nil {
			return
		}
	}
	a.asked = map[int64]*answer{}
	var wait sync.WaitGroup
	room := make(chan struct{}, atOnce)
	for at := c.start; !at.After(c.end); at = at.Add(c.step) {
		one := &answer{}
		a.asked[timestamp.FromTime(at)] = one
		room <- struct{}{}
		wait.Go(func() {
			defer func() { <-room }()
			one.vec, one.warnings, one.infos, one.err = b.far.Vector(ctx, expr, at)
		})
	}
	wait.Wait()
}
