package push

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// A tally counts what became of samples.
type tally struct{ written, refused, known int64 }

func (t *tally) add(o tally) {
	t.written += o.written
	t.refused += o.refused
	t.known += o.known
}

// part sends the series [from, to) of a batch. What is refused by a server that
// does not tell how much of it is sent again in halves, to find out: of
// one that stores a request as a whole or not at all nothing else would be
// lost. The order of a series' samples stays.
func (p *pusher) part(ctx context.Context, b *batch, from, to int) (tally, error) {
	t, why, err := p.try(ctx, b, from, to)
	if err != nil || why == nil {
		return t, err
	}
	n := t.refused
	if to-from == 1 || p.splits >= maxSplits {
		p.refused(n, *why)
		return t, nil
	}
	p.splits += 2
	tooLarge := why.Code == http.StatusRequestEntityTooLarge
	if to-from == len(b.series) && (tooLarge || p.protocol == Version2) {
		return p.probe(ctx, b, n, *why)
	}
	middle := from + (to-from)/2
	t, err = p.part(ctx, b, from, middle)
	if err != nil {
		return t, err
	}
	if t.written+t.known == 0 && !tooLarge && p.barrens > 0 {
		p.refused(n-t.refused, *why) // as it was with the batch before
		return tally{refused: n}, nil
	}
	rest, err := p.part(ctx, b, middle, to)
	t.add(rest)
	return t, err
}

// probe sends the first series of a batch of n samples that was refused, and
// the others when that was not, or in other words. 2.0 forbids to send again
// what was refused, and has a server tell what of it was written: one that does
// neither is asked no more than this, and so is one to which nothing is small
// enough.
func (p *pusher) probe(ctx context.Context, b *batch, n int64, why StatusError) (tally, error) {
	t, again, err := p.try(ctx, b, 0, 1)
	switch {
	case err != nil:
		return t, err
	case again != nil && *again == why:
		p.refused(n, why)
		return tally{refused: n}, nil
	case again != nil:
		p.refused(t.refused, *again)
	}
	rest, err := p.part(ctx, b, 1, len(b.series))
	t.add(rest)
	return t, err
}

// try sends the series [from, to) of a batch. Why is set when all of them were
// refused by a server that does not tell what it has written of them.
func (p *pusher) try(ctx context.Context, b *batch, from, to int) (t tally, why *StatusError, err error) {
	var n int64
	for i := from; i < to; i++ {
		n += int64(b.series[i].samples)
	}
	a, err := p.post(ctx, b, from, to)
	if err != nil {
		return t, nil, err
	}
	if a.refused == nil {
		return p.taken(a, n), nil, nil
	}
	if !ofSamples(a.refused.Code) {
		return t, nil, a.refused
	}
	told := a.written >= 0 && a.refused.Code != http.StatusRequestEntityTooLarge
	written := min(max(0, int64(a.written)), n)
	switch {
	case (p.again || a.doubt) && isThere(a.refused):
		return tally{written: written, known: n - written}, nil, nil
	case told:
		if written < n { // otherwise an exemplar was refused, and no sample
			p.refused(n-written, *a.refused)
		}
		return tally{written: written, refused: n - written}, nil, nil
	}
	return tally{refused: n}, a.refused, nil
}

// maxSplits bounds the requests of a push that go into finding out which
// samples a server refuses.
const maxSplits = 2000

// taken is the tally of what a server says to have taken.
func (p *pusher) taken(a answer, n int64) tally {
	if a.written < 0 || int64(a.written) >= n {
		return tally{written: n}
	}
	lost := n - int64(a.written)
	p.refused(lost, StatusError{Code: http.StatusOK, Message: "it says to have written less than it was sent, and not why"})
	return tally{written: int64(a.written), refused: lost}
}

// post sends the series [from, to) of a batch, in 1.0 where the server does not
// know 2.0.
func (p *pusher) post(ctx context.Context, b *batch, from, to int) (answer, error) {
	for {
		body, err := p.encoder.encode(b, from, to, p.protocol)
		if err != nil {
			return answer{}, fmt.Errorf("a message could not be made: %w", err)
		}
		a, err := p.sender.send(ctx, body, p.protocol)
		if err != nil || p.protocol == Version1 {
			return a, err
		}
		unknown := a.refused != nil && a.refused.Code == http.StatusUnsupportedMediaType
		silent := a.refused == nil && a.written < 0 // so nothing was written
		switch {
		case !unknown && !silent:
			return a, nil
		case p.opts.Protocol == "":
			p.protocol = Version1
		case unknown:
			return a, a.refused
		default:
			return a, errSilent
		}
	}
}

var errSilent = errors.New("the server does not say how much it has written, as remote write 2.0 asks of it: it may know 1.0 alone")

// ofSamples tells whether a status is about what was sent; others are about who
// sends it, or where to.
func ofSamples(code int) bool {
	switch code {
	case http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// isThere tells whether a refusal says that samples, or younger ones, are there
// already.
func isThere(e *StatusError) bool {
	return e.Code == http.StatusConflict || contains(e.Message, "out of order", "out-of-order", "duplicate", "too old", "too-old", "too far behind")
}

// TooOld tells whether a refusal says that samples are older than the server
// takes.
func (e *StatusError) TooOld() bool {
	return e.Code == http.StatusConflict || contains(e.Message, "out of bounds", "out of order", "out-of-order", "too old", "too-old", "too far behind")
}

func contains(text string, list ...string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(list, func(s string) bool { return strings.Contains(text, s) })
}

// refused notes why samples were refused.
func (p *pusher) refused(n int64, why StatusError) {
	for i := range p.refusals {
		if r := &p.refusals[i]; r.Code == why.Code && sameKind(r.Message, why.Message) {
			r.Samples += n
			return
		}
	}
	if len(p.refusals) < maxRefusals {
		p.refusals = append(p.refusals, Refusal{n, why})
		return
	}
	p.refusals[maxRefusals-1].Samples += n
}

const maxRefusals = 5

// sameKind tells whether messages are the same but for the series and the
// numbers in them.
func sameKind(a, b string) bool { return kind(a) == kind(b) }

func kind(s string) string {
	s, _, _ = strings.Cut(s, "{")
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, s)
}
