package capture

// Without is the capture as it would be if some scrapes had been lost: lost is
// asked for each with its target and its number among the target's scrapes, in
// the order of their times, from 0. Dumps are kept.
//
// All that follows of times stays as it is: Start, End and Interval, and of
// each target First, Last and Interval. A target may be left with no scrape.
func (c *Capture) Without(lost func(t *Target, n int) bool) *Capture {
	out := *c
	out.Targets = make([]*Target, len(c.Targets))
	for i, t := range c.Targets {
		copied := *t
		copied.Scrapes = 0
		out.Targets[i] = &copied
	}
	out.entries = make([]entry, 0, len(c.entries))
	seen := make([]int, len(c.Targets))
	for _, e := range c.entries {
		if e.target != noTarget {
			n := seen[e.target]
			seen[e.target]++
			if lost(c.Targets[e.target], n) {
				continue
			}
			out.Targets[e.target].Scrapes++
		}
		out.entries = append(out.entries, e)
	}
	out.Scrapes = len(out.entries)
	return &out
}
