package verdict

import (
	"slices"

	"github.com/scrapebook/scrapebook/signals/capture"
)

// scrapes is when each target was scraped, and whether it answered.
type scrapes struct {
	capture *capture.Capture
	of      map[*capture.Target]*scraped
}

type scraped struct {
	failed []int64 // ms, rising; the first maxFailed of them
}

const maxFailed = 1000

func newScrapes(c *capture.Capture) scrapes {
	s := scrapes{capture: c, of: map[*capture.Target]*scraped{}}
	for _, t := range c.Targets {
		s.of[t] = &scraped{}
	}
	return s
}

func (s *scrapes) add(n int, failed bool) {
	t, at, _ := s.capture.Entry(n)
	if of := s.of[t]; of != nil && failed && len(of.failed) < maxFailed {
		of.failed = append(of.failed, at)
	}
}

// target is the one with a job and an instance; nil without one.
func (s *scrapes) target(job, instance string) *capture.Target {
	i := slices.IndexFunc(s.capture.Targets, func(t *capture.Target) bool { return t.Job == job && t.Instance == instance })
	if i < 0 {
		return nil
	}
	return s.capture.Targets[i]
}
