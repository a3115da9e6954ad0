package content

import (
	"bytes"
	"hash/maphash"

	"github.com/scrapebook/scrapebook/expfmt"
)

// A repetition watches whether an exposition stands twice in what is one part
// so far. A family whose metadata stand twice is no sign of that: Ceph, Envoy
// and merged sidecars write such. What is one:
//
//   - behind a comment or # EOF, families that stood before stand again: the
//     first series of one, or two families;
//   - the whole of it stands again: the same families in the same order, each
//     with the same first series.
type repetition struct {
	seen    map[string]uint64 // families, and the hash of their first series
	order   []uint64          // those hashes, of the first exposition
	broken  bool              // it does not stand again as a whole
	at      int               // in order, of the exposition that stands again
	pending []Part            // the expositions before it
	between mark              // what may divide
}

// A mark is a line that divides where an exposition begins again behind it.
type mark struct {
	off, line int64 // line is 0 when there is none
	name      string
	again     int // families that stood before it
}

var seed = maphash.MakeSeed()

// stands says whether a series that began a family stands again behind what may
// divide.
func (r *repetition) stands(l *expfmt.Line) bool {
	return r.between.line > 0 && r.seen[string(l.Name)] == maphash.Bytes(seed, l.Series)
}

// newFamily notes where a family begins.
func (s *scanner) newFamily(at int64, name []byte) {
	if s.begun && bytes.Equal(name, s.family) {
		return // its HELP, and now its TYPE
	}
	s.family = append(s.family[:0], name...)
	s.familyAt, s.familyLine, s.begun = at, s.num, true
}

// firstOf takes the first series of a family, which tells whether the
// exposition starts again.
func (s *scanner) firstOf(series []byte) {
	s.begun = false
	r := &s.again
	h := maphash.Bytes(seed, series)
	before, seen := r.seen[string(s.family)]
	if m := &r.between; m.line > 0 && seen {
		if m.again++; before == h || m.again == 2 {
			name := string(s.family)
			s.divide()
			s.family = append(s.family, name...)
			seen = false
		}
	}
	if !seen && len(r.seen) < maxFamilies {
		r.seen[string(s.family)] = h
	}
	switch {
	case r.broken:
	case len(r.pending) == 0 && (len(r.order) == 0 || r.order[0] != h):
		if r.order = append(r.order, h); len(r.order) == maxFamilies {
			r.broken = true
		}
	case len(r.pending) > 0 && r.at < len(r.order) && r.order[r.at] == h:
		r.at++
	case r.order[0] == h && (len(r.pending) == 0 || r.at == len(r.order)) && len(r.pending) < maxParts:
		p := s.cur
		p.Size = s.familyAt - p.Off
		r.pending = append(r.pending, p)
		s.cur = Part{Off: s.familyAt, Line: s.familyLine, Name: p.Name, good: true}
		r.at = 1
	default:
		s.oneAfterAll()
		r.broken = true
	}
}

// divide ends the part at what stands between, which names what follows, and
// the comment above it what it ends.
func (s *scanner) divide() {
	m := s.again.between
	if m.name != "" && s.cur.Name == "" {
		s.cur.Name = s.head
	}
	s.boundary(m.off, m.off)
	s.cur.Line, s.cur.good, s.open = m.line, true, true
	if m.name != "" {
		s.cur.Name = m.name
		s.named = true
	}
}

// oneAfterAll takes the expositions that seemed to be several for one.
func (s *scanner) oneAfterAll() {
	if p := s.again.pending; len(p) > 0 {
		p[0].good = true
		s.cur = p[0]
		s.again.pending = nil
	}
}

// settle decides about what stands again, at the end of a part. The last may be
// cut off in its second half. Between two dates there is one.
func (s *scanner) settle() {
	r := &s.again
	n := len(r.pending)
	for name := range r.seen {
		if s.twice {
			break
		}
		if s.twice = s.before[name]; s.before == nil {
			s.before = map[string]bool{}
		}
		if len(s.before) < maxFamilies {
			s.before[name] = true
		}
	}
	switch {
	case n == 0:
	case s.dated:
		s.Repeats += n
		s.oneAfterAll()
	case 2*r.at < len(r.order):
		s.oneAfterAll()
	default:
		s.Parts = append(s.Parts, r.pending[:min(n, maxParts-len(s.Parts))]...)
	}
	*r = repetition{seen: r.seen, order: r.order[:0]}
	clear(r.seen)
	s.family, s.begun, s.head = s.family[:0], false, ""
}

// comment takes a line that is no part of an exposition and no date: in a text
// it may say whose the exposition below it is.
func (s *scanner) comment(at int64, text []byte, l *expfmt.Line) {
	if len(s.family) == 0 {
		if name := nameInComment(text); name != "" {
			s.head = name
		}
		return
	}
	if s.begun {
		return // between the metadata and the samples of a family
	}
	if l.EOF {
		s.again.between = mark{off: at, line: s.num}
	} else if name := nameInComment(text); name != "" {
		s.again.between = mark{off: at, line: s.num, name: name}
	}
}
