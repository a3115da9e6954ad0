package capture

import (
	"strconv"
	"strings"
)

// boundary ends the current part before end, and begins the next one at begin.
func (s *scanner) boundary(end, begin int64) {
	s.cut(end)
	s.cur = part{off: begin, line: s.num}
	switch {
	case begin > s.at:
		s.cur.line++
	case begin < s.at:
		s.cur.line = s.descentNo
	}
	s.open, s.ended, s.inHeader = false, false, false
	clear(s.families)
	s.family, s.firstKey, s.descents = s.family[:0], s.firstKey[:0], 0
}

func (s *scanner) cut(end int64) {
	p := s.cur
	if p.size = end - p.off; !s.open && p.source != sourceLine || len(s.parts) == maxParts {
		return
	}
	p.failure = p.failure || !s.open
	s.parts = append(s.parts, p)
}

// finish ends the last part and says what the file is.
func (s *scanner) finish(size int64) {
	s.cut(size)
	s.job = s.jobs.job()
	s.trailingDates()
	s.split = len(s.parts) > 1
	if s.dated {
		kept := s.parts[:0]
		for _, p := range s.parts {
			if p.source == sourceNone {
				if p.good {
					s.dropped++
				}
				continue
			}
			kept = append(kept, p)
		}
		s.parts = kept
	}
	s.bulk = s.own.all() && (s.own.repeated || s.own.placed)
	lines := s.meta + s.good
	switch {
	case size == 0:
		s.form, s.why = formFailed, "an empty file"
	case s.meta > 0 && lines >= s.bad, s.good > 0 && s.bad == 0, s.good > 0 && lines > s.bad && (s.dated || s.header):
		s.form = formExposition
	case s.header, s.dated && s.split:
		s.form = formExposition // saved answers, whatever they are
		if s.dated && !s.header && lines == 0 && s.bad > 0 {
			s.form, s.why = formOther, "dates, and no exposition between them"
		}
	default:
		s.why = "no exposition"
		if s.badLine != "" {
			s.why += ": " + strconv.Quote(s.badLine)
		}
		if first := strings.TrimLeft(s.badLine, " \t\ufeff"); first != "" && (first[0] == '<' || first[0] == '{' || kubectlSays(first)) || len(s.parts) == 1 && s.parts[0].failure {
			s.form = formFailed // an error page, a Kubernetes Status, curl's message
		}
	}
}

// kubectlSays tells what kubectl writes when it gets no answer. (A sample with a name of such words is no bad line.)
func kubectlSays(line string) bool {
	for _, begin := range [...]string{"Error from server", "error: ", "Unable to connect to the server", "The connection to the server "} {
		if strings.HasPrefix(line, begin) {
			return true
		}
	}
	return false
}

// trailingDates moves times to the scrapes before them, when the loop was `curl; date`.
func (s *scanner) trailingDates() {
	n := len(s.parts)
	if !s.dated || n < 2 || s.parts[0].source == sourceLine || s.parts[0].failure || !s.parts[n-1].failure || s.parts[n-1].size > 0 {
		return
	}
	for i := range n - 1 {
		p, next := &s.parts[i], &s.parts[i+1]
		p.time, p.zoned, p.source = next.time, next.zoned, next.source
	}
	s.parts = s.parts[:n-1]
}
