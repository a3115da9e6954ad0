package capture

import (
	"slices"
)

// File names the file that holds the scrape of a target at a time, in ms since
// the epoch; "" when there is none. Of several at one time it is the first.
func (c *Capture) File(t *Target, time int64) string {
	i, _ := slices.BinarySearchFunc(c.entries, time, func(e entry, time int64) int {
		switch {
		case e.time < time:
			return -1
		case e.time > time:
			return 1
		}
		return 0
	})
	for ; i < len(c.entries) && c.entries[i].time == time; i++ {
		if n := uint64(c.entries[i].target); n < uint64(len(c.Targets)) && c.Targets[n] == t {
			return c.nameOf(&c.entries[i])
		}
	}
	return ""
}
