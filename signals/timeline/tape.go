package timeline

import (
	"cmp"
	"slices"

	"github.com/prometheus/prometheus/model/value"
)

// A Tape hands the samples of a Timeline to another one, in the order of their
// times. Nothing may be appended to the former any more.
type Tape struct {
	waiting []*series  // that have not begun, by their first sample
	playing []*playing // that have, in that order
}

type playing struct {
	*series
	ref Ref // in the other Timeline
	at  int // the next sample
}

// Tape returns one at its beginning, of the samples that t keeps. Several may
// be under way.
func (t *Timeline) Tape() *Tape {
	p := &Tape{}
	for _, s := range t.series[1:] {
		if s != nil && s.columns != nil && len(s.ts) > 0 {
			p.waiting = append(p.waiting, s)
		}
	}
	slices.SortStableFunc(p.waiting, func(a, b *series) int { return cmp.Compare(a.ts[0], b.ts[0]) })
	return p
}

// Until appends to into what is not after ts and was not appended before, and
// returns how many samples that were. Series are created in the order of their
// first samples, and in that of the Timeline where these are equal.
func (p *Tape) Until(ts int64, into *Timeline) (samples int) {
	for len(p.waiting) > 0 && p.waiting[0].ts[0] <= ts {
		s := p.waiting[0]
		p.waiting = p.waiting[1:]
		p.playing = append(p.playing, &playing{series: s, ref: into.Series(s.labels)})
	}
	p.playing = slices.DeleteFunc(p.playing, func(s *playing) bool {
		for ; s.at < len(s.ts) && s.ts[s.at] <= ts; s.at++ {
			s.append(into)
			samples++
		}
		return s.at == len(s.ts)
	})
	return samples
}

// append hands over the next sample. It was stored once, so that nothing is
// wrong with it.
func (s *playing) append(into *Timeline) {
	var st int64
	if s.st != nil {
		st = s.st[s.at]
	}
	ts, v := s.ts[s.at], s.vs[s.at]
	if s.hs != nil && s.hs[s.at] != (histo{}) && !value.IsStaleNaN(v) {
		_ = into.AppendHistogram(s.ref, st, ts, s.hs[s.at].h, s.hs[s.at].fh)
		return
	}
	_ = into.AppendST(s.ref, st, ts, v)
}
