package content

import (
	"strings"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
)

// between takes a line that is no part of an exposition when it stands between
// scrapes: a divider, with or without a name or a time.
func (s *scanner) between(at, next int64, text []byte) bool {
	if isDivider(text) {
		if s.framed != "" && !s.cur.good {
			s.begin(at, next, read(s.framed))
			return true
		}
		s.framed = ""
		if s.content() {
			s.boundary(at, next)
		}
		s.framed = "\x00" // the next line may be a name
		return true
	}
	if s.framed == "\x00" {
		s.framed = ""
		if words := strings.Fields(string(text[:min(len(text), maxMarker)])); len(words) > 0 && len(words) < 4 {
			s.framed = strings.Join(words, " ")
			return true
		}
	}
	m, ok := markerOf(text)
	if ok {
		s.begin(at, next, m)
	}
	return ok
}

// begin begins a part behind a line that says whose it is.
func (s *scanner) begin(at, next int64, m marker) {
	s.framed = ""
	if s.content() {
		s.boundary(at, next)
	} else {
		p := s.cur
		s.cur = Part{Off: next, Line: s.num + 1, Name: p.Name, Time: p.Time, Zoned: p.Zoned, Source: p.Source}
	}
	if m.time {
		s.dated = s.dated || m.name == ""
		s.cur.Time, s.cur.Zoned, s.cur.Source = m.ms, m.zone, clock.FromDateLine
	}
	if m.name != "" {
		s.cur.Name = m.name
		s.named = true
	}
}

// nameless forgets what stands before the first name and is no exposition.
func (s *scanner) nameless() {
	kept := s.Parts[:0]
	for _, p := range s.Parts {
		if s.named && p.Name == "" && !p.good {
			continue
		}
		kept = append(kept, p)
	}
	s.Parts = kept
}

// inherit gives targets that stand below one date its time: each the first
// scrape of it.
func (s *scanner) inherit() {
	if !s.named {
		return
	}
	var day Part
	seen := map[string]bool{}
	for i := range s.Parts {
		p := &s.Parts[i]
		switch {
		case p.Source == clock.FromDateLine && p.Time != day.Time:
			day = *p
			clear(seen)
		case p.Source == clock.FromNothing && day.Source != clock.FromNothing && !seen[p.Name]:
			p.Time, p.Zoned, p.Source = day.Time, day.Zoned, day.Source
		}
		seen[p.Name] = true
	}
}

// ByTarget tells the scrapes of each target apart when lines, prefixes or keys
// name targets; it is nil when none does.
func (f *Facts) ByTarget() (list []*Facts) {
	named := false
	for i := range f.Parts {
		named = named || f.Parts[i].Name != f.Name
	}
	if !named {
		return nil // or f is of one of them
	}
	byName := map[string]*Facts{}
	for i, p := range f.Parts {
		t := byName[p.Name]
		if t == nil {
			if len(byName) == maxTargets {
				return nil
			}
			one := *f
			t = &one
			t.Name, t.Parts, t.Bulk, t.Job, t.Within = p.Name, nil, false, "", true
			byName[p.Name] = t
			list = append(list, t)
		}
		if p.N = int32(i + 1); len(f.Parts) == 1 {
			p.N = 0
		}
		t.Parts = append(t.Parts, p)
		if t.Job == "" {
			t.Job = p.Job
		}
	}
	for _, t := range list {
		t.Split = len(t.Parts) > 1
		if len(list) == 1 {
			t.Job = f.Job
		}
	}
	return list
}
