package content

import (
	"strconv"
	"strings"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
	"github.com/scrapebook/scrapebook/signals/capture/internal/component"
)

// boundary ends the current part before end, and begins the next one at begin,
// of the same target.
func (s *scanner) boundary(end, begin int64) {
	name := s.cur.Name
	s.cut(end)
	s.cur = Part{Off: begin, Line: s.num, Name: name}
	if begin > s.at {
		s.cur.Line++
	}
	s.open, s.inHeader = false, false
}

func (s *scanner) cut(end int64) {
	s.settle()
	p := s.cur
	if p.Size = end - p.Off; !s.open && p.Source != clock.FromDateLine || len(s.Parts) == maxParts {
		return
	}
	p.Failure = p.Failure || !s.open
	p.Job = s.jobs.Job()
	if s.Job == "" {
		s.Job = p.Job
	}
	s.jobs = component.Metrics{}
	s.Parts = append(s.Parts, p)
}

// finish ends the last part and says what the file is.
func (s *scanner) finish(size int64) {
	s.cut(size)
	s.trailingDates()
	s.nameless()
	s.inherit()
	s.Split = len(s.Parts) > 1
	if s.dated {
		kept := s.Parts[:0]
		for _, p := range s.Parts {
			if p.Source == clock.FromNothing {
				if p.good {
					s.Dropped++
				}
				continue
			}
			kept = append(kept, p)
		}
		s.Parts = kept
	}
	s.Bulk = s.Own.All() && (s.Own.repeated || s.Own.placed)
	if s.named {
		s.Bulk = false
	}
	lines := s.meta + s.good
	switch {
	case size == 0:
		s.Form, s.Why = FormFailed, "an empty file"
	case s.meta > 0 && lines >= s.bad, s.good > 0 && s.bad == 0, s.good > 0 && lines > s.bad && (s.dated || s.Header):
		s.Form = FormExposition
	case s.Header, s.dated && s.Split:
		s.Form = FormExposition // saved answers, whatever they are
		if s.dated && !s.Header && lines == 0 && s.bad > 0 {
			s.Form, s.Why = formOther, "dates, and no exposition between them"
		}
	default:
		s.Why = "no exposition"
		if s.badLine != "" {
			s.Why += ": " + strconv.Quote(s.badLine[:min(len(s.badLine), 60)])
		}
		if first := strings.TrimLeft(s.badLine, " \t\ufeff"); first != "" && (first[0] == '<' || first[0] == '{' || kubectlSays(first)) || len(s.Parts) == 1 && s.Parts[0].Failure {
			s.Form = FormFailed // an error page, a Kubernetes Status, curl's message
		}
	}
}

// kubectlSays tells what kubectl writes when it gets no answer, by
// expfmt.Detect.
func kubectlSays(line string) bool {
	return strings.HasPrefix(expfmt.Detect("", []byte(line)).Not, "a message of kubectl: ")
}

// trailingDates moves times to the scrapes before them, when the loop was
// `curl; date`.
func (s *scanner) trailingDates() {
	n := len(s.Parts)
	if !s.dated || n < 2 || s.Parts[0].Source == clock.FromDateLine || s.Parts[0].Failure || !s.Parts[n-1].Failure || s.Parts[n-1].Size > 0 {
		return
	}
	for i := range n - 1 {
		p, next := &s.Parts[i], &s.Parts[i+1]
		p.Time, p.Zoned, p.Source = next.Time, next.Zoned, next.Source
	}
	s.Parts = s.Parts[:n-1]
}
