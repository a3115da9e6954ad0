package verdict

import (
	"slices"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// scrapes is when each target was scraped, and whether it answered.
type scrapes struct {
	capture *capture.Capture
	of      map[*capture.Target]*scraped
	named   map[[2]string]*capture.Target // by job and instance

	removals bool // some target was taken out of service
}

type scraped struct {
	times  []int64 // of all that the capture has, ms, rising
	failed []int64 // ms, rising; the first maxFailed of them
}

const maxFailed = 1000

func newScrapes(opts replay.Options) scrapes {
	c := opts.Capture
	s := scrapes{capture: c, of: map[*capture.Target]*scraped{}, named: map[[2]string]*capture.Target{}}
	for _, t := range c.Targets {
		s.of[t] = &scraped{times: make([]int64, 0, t.Scrapes)}
		s.named[[2]string{t.Job, t.Instance}] = t
		s.removals = s.removals || t.Ends == "removed"
	}
	for t, at := range c.Times() {
		if of := s.of[t]; of != nil {
			of.times = append(of.times, at)
		}
	}
	if opts.Server != nil {
		for t, of := range s.of {
			times, failed := opts.Server.Scraped(t)
			of.times, of.failed = times, failed[:min(len(failed), maxFailed)]
		}
	}
	return s
}

// before is the last scrape, failed or not, of a series' target at ts or
// before.
func (s *scrapes) before(ls labels.Labels, ts int64) (int64, bool) {
	of := s.of[s.target(ls.Get("job"), ls.Get("instance"))]
	if of == nil {
		return 0, false
	}
	i, found := slices.BinarySearch(of.times, ts)
	if found {
		i++
	}
	if i == 0 {
		return 0, false
	}
	return of.times[i-1], true
}

func (s *scrapes) add(n int, failed bool) {
	t, at, _ := s.capture.Entry(n)
	if of := s.of[t]; of != nil && failed && len(of.failed) < maxFailed {
		of.failed = append(of.failed, at)
	}
}

// missing is the first scrape of a target in (from, to] that failed, or that
// its interval would have put there and that is not there.
func (s *scrapes) missing(t *capture.Target, from, to int64) (ts int64, ok bool) {
	of := s.of[t]
	if of == nil {
		return 0, false
	}
	if i, _ := slices.BinarySearch(of.failed, from+1); i < len(of.failed) && of.failed[i] <= to {
		ts, ok = of.failed[i], true
	}
	every := t.Interval.Milliseconds()
	if every <= 0 {
		return ts, ok
	}
	i, _ := slices.BinarySearch(of.times, from+1)
	last := from
	if i > 0 {
		last = of.times[i-1]
	}
	for ; ; i++ {
		next := to
		if i < len(of.times) {
			next = min(to, of.times[i])
		}
		if due := last + every; next-last > every+every/10 && due > from && due <= to && last >= t.First && (!ok || due < ts) {
			return due, true
		}
		if i >= len(of.times) || of.times[i] > to {
			return ts, ok
		}
		last = of.times[i]
	}
}

// failedAt tells whether a scrape at a time failed.
func (s *scrapes) failedAt(t *capture.Target, ts int64) bool {
	of := s.of[t]
	if of == nil {
		return false
	}
	_, found := slices.BinarySearch(of.failed, ts)
	return found
}

// target is the one with a job and an instance; nil without one.
func (s *scrapes) target(job, instance string) *capture.Target {
	return s.named[[2]string{job, instance}]
}
