package capture

import "iter"

// Times lists all scrapes in the order of a Stream, each by its target and its
// time in ms since the epoch, and reads nothing. Dumps, which have no target,
// are left out.
func (c *Capture) Times() iter.Seq2[*Target, int64] {
	return func(yield func(*Target, int64) bool) {
		for i := range c.entries {
			if n := uint64(c.entries[i].target); n < uint64(len(c.Targets)) && !yield(c.Targets[n], c.entries[i].time) {
				return
			}
		}
	}
}
