package export

import (
	"context"
	"slices"
	"time"
)

// maxTrials bounds how often the rules of one test are tried while it shrinks.
const maxTrials = 400

// shrinker leaves out what a claim does not need.
type shrinker struct {
	*maker
	claim  *claim
	start  time.Time // of evaluation 0
	budget int
}

// holds tries a picture, as long as there is budget.
func (s *shrinker) holds(ctx context.Context, p picture) (bool, error) {
	if s.budget--; s.budget < 0 {
		return false, nil
	}
	ok, _, err := s.maker.holds(ctx, s.claim, s.from(p), s.clock(p))
	return ok, err
}

// clock is the time of a picture's first evaluation.
func (s *shrinker) clock(p picture) time.Time {
	return s.start.Add(time.Duration(p.first) * s.every)
}

// from is a picture whose series begin where it does and end where it does.
func (s *shrinker) from(p picture) picture {
	per := int(s.every / s.step)
	out := picture{first: p.first, last: p.last}
	for _, l := range p.lines {
		l.points = l.points[p.first*per : min(p.last*per+1, len(l.points))]
		if slices.ContainsFunc(l.points, func(x point) bool { return x.ok }) {
			out.lines = append(out.lines, l)
		}
	}
	return out
}

// shrink returns the least that was found in which the claim holds.
func (s *shrinker) shrink(ctx context.Context, p picture) (picture, error) {
	ok, err := s.holds(ctx, p)
	if err != nil {
		return p, err
	}
	if !ok {
		return p, refuse("with only the time up to %s it does something else", s.start.Add(time.Duration(p.last)*s.every).UTC().Format(time.TimeOnly))
	}
	for _, less := range []func(context.Context, picture) (picture, error){s.related, s.later, s.fewer, s.later} {
		if p, err = less(ctx, p); err != nil {
			return p, err
		}
	}
	return s.from(p), nil
}

// related keeps the series that have no label with another value than what is
// claimed has.
func (s *shrinker) related(ctx context.Context, p picture) (picture, error) {
	on := s.claim.alert.Labels
	if s.claim.closest != nil {
		on = s.claim.closest.Labels
	}
	less := p
	less.lines = related(p.lines, on)
	ok, err := s.holds(ctx, less)
	if ok {
		return less, err
	}
	return p, err
}

// later lets the picture begin as late as can be.
func (s *shrinker) later(ctx context.Context, p picture) (picture, error) {
	for back, more := 1, 1; p.last-back > p.first; back, more = back+more, back {
		less := p
		less.first = p.last - back
		ok, err := s.holds(ctx, less)
		if ok || err != nil {
			return less, err
		}
	}
	return p, nil
}

// fewer leaves out series: first halves, then quarters, and so on down to one
// by one (Zeller's ddmin, of which it is the part that tries complements).
func (s *shrinker) fewer(ctx context.Context, p picture) (picture, error) {
	for parts := 2; len(p.lines) > 0; {
		parts = min(parts, len(p.lines))
		size := (len(p.lines) + parts - 1) / parts
		found := false
		for i := 0; i < len(p.lines); i += size {
			less := p
			less.lines = slices.Concat(p.lines[:i], p.lines[min(i+size, len(p.lines)):])
			ok, err := s.holds(ctx, less)
			if err != nil {
				return p, err
			}
			if ok {
				p, found = less, true
				i -= size
			}
		}
		if !found && parts >= len(p.lines) || s.budget < 0 {
			break
		}
		if !found {
			parts *= 2
		}
	}
	return p, nil
}
