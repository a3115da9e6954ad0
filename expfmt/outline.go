package expfmt

import "slices"

// Outline reads the rest of the text as [Read] does and keeps of a family only
// the samples that show a name or label names which none just before has shown:
// in the text format that is all that [Lint] needs to find what it finds in
// a whole Snapshot, unless a series stands twice. It returns how many samples
// and native histograms there are, and whether each is surely of another
// series: none has a timestamp, and with Options.Check none was reported.
func (r *Reader) Outline() (s *Snapshot, samples int, distinct bool) {
	s, distinct = &Snapshot{Format: r.format, byName: map[string]*Family{}}, r.check != nil
	var last *Family
	var name []byte // of its last sample, as long as no metadata follows
	for r.Next() {
		switch r.Kind() {
		case KindSample:
			m := &r.sample
			samples++
			distinct = distinct && !m.HasTimestamp
			if last == nil || m.Name != string(name) {
				last, name = s.familyOf(r, m.Name), append(name[:0], m.Name...)
				last.named(m.Line, m.Column)
			}
			if !last.shows(m) {
				last.Samples = append(last.Samples, m.clone())
			}
		case KindHistogram:
			samples++
			f := s.familyOf(r, r.hist.Name)
			f.named(r.hist.Line, r.hist.Column)
			f.Histograms = append(f.Histograms, r.hist.clone())
		case KindProblem:
			p := r.Problem()
			distinct = distinct && !tellsTwice[p.ID]
			s.Problems = append(s.Problems, *p)
		default:
			last = nil
			s.describe(r.Kind(), r.Metadata())
		}
	}
	if r.check != nil {
		sortProblems(s.Problems)
	}
	return s, samples, distinct
}

// tellsTwice are ids of problems with which a series may stand twice.
var tellsTwice = map[string]bool{"duplicate-series": true, "repeated-bound": true, "repeated-metadata": true}

// shownSamples is how many of a family's samples are looked at for one that
// shows the same.
const shownSamples = 4

// shows reports whether one of the last samples of f has the sample's name and
// its label names.
func (f *Family) shows(s *Sample) bool {
	for i := len(f.Samples) - 1; i >= max(0, len(f.Samples)-shownSamples); i-- {
		if other := &f.Samples[i]; other.Name == s.Name && sameNames(other.Labels, s.Labels) {
			return true
		}
	}
	return false
}

// sameNames reports whether a and b have the same label names in one order.
func sameNames(a, b Labels) bool {
	return slices.EqualFunc(a, b, func(a, b Label) bool { return a.Name == b.Name })
}
