package serve

import (
	"fmt"
	"sync"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// memory is what the samples of all captures may take. What was used least
// recently goes when there is no more room.
type memory struct {
	mu      sync.Mutex
	most    int64
	used    int64
	fixed   int64 // of used, what stays for good
	units   map[*unit]bool
	clock   int64     // rises with each use of a unit
	reading int       // how many requests' readings are under way
	quiet   sync.Cond // none is any more
}

// ForReading is how many bytes it takes to read what is served, about, beside
// Options.MaxMemory: what is known of each series while a capture is read,
// twice since rules may be replayed meanwhile. It is guessed from the sizes of
// some scrapes.
func (h *Handler) ForReading() int64 {
	const least, tries, ofByte = 100 << 20, 16, 20
	most := int64(0)
	for _, b := range h.book.all() {
		most = max(most, b.bodies(tries)*ofByte)
	}
	return least + most
}

// bodies is how many bytes the first scrapes of all targets have, by those of
// some of them.
func (b *book) bodies(tries int) int64 {
	stream := b.capture.Stream()
	defer stream.Close()
	seen := map[*capture.Target]bool{}
	bytes := 0
	for i := 0; i < b.capture.Scrapes && len(seen) < tries; i++ {
		t, _, alone := b.capture.Entry(i)
		if !alone {
			break // it would have to be unpacked
		}
		if t == nil || seen[t] {
			continue
		}
		if n := len(stream.At(i, nil).Body); n > 0 {
			seen[t] = true
			bytes += n
		}
	}
	return int64(bytes) * int64(len(b.capture.Targets)) / int64(max(1, len(seen)))
}

// A unit is a number of series that are held together: all that match some
// matchers.
type unit struct {
	shelf    *shelf
	matchers []*labels.Matcher
	tl       *timeline.Timeline
	bytes    int64
	pins     int // loans that use it: it must stay
	used     int64
}

// ofSeries is what a series takes beside its labels and samples, about.
const ofSeries = 250

func newMemory(most int64) *memory {
	m := &memory{most: most, units: map[*unit]bool{}}
	m.quiet.L = &m.mu
	return m
}

// A fullError says that samples take more than they may.
type fullError struct {
	most   int64
	others bool // what others use now is part of it
}

func (e *fullError) Error() string {
	if e.others {
		return fmt.Sprintf("what is selected takes more of the %s that samples may take (half of --max-memory) than others leave at present: ask again later", megabytes(e.most))
	}
	return fmt.Sprintf("what is selected takes more than the %s that samples may take: select less, or raise --max-memory, half of which that is", megabytes(e.most))
}

func megabytes(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%.3g KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.4g MiB", float64(n)/(1<<20))
}

// A claim is memory that somebody is filling.
type claim struct {
	m     *memory
	bytes int64
}

// set makes the claim larger or smaller.
func (c *claim) set(bytes int64) error {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	return c.resize(bytes)
}

// resize is set with mu held.
func (c *claim) resize(bytes int64) error {
	m := c.m
	for m.used-c.bytes+bytes > m.most {
		oldest := m.oldest()
		if oldest == nil {
			return &fullError{most: m.most, others: m.used-c.bytes > m.fixed}
		}
		oldest.remove()
	}
	m.used += bytes - c.bytes
	c.bytes = bytes
	return nil
}

// yield lets the readings for which requests wait go first.
func (m *memory) yield() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.reading > 0 {
		m.quiet.Wait()
	}
}

// busy counts a reading for which requests wait; -1: it is over.
func (m *memory) busy(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reading += n; m.reading == 0 {
		m.quiet.Broadcast()
	}
}

// taken is how much is used.
func (m *memory) taken() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used
}

// The methods below are called with mu held.

// oldest is the unit that was used least recently and that nobody uses.
func (m *memory) oldest() (oldest *unit) {
	for u := range m.units {
		if u.pins == 0 && (oldest == nil || u.used < oldest.used) {
			oldest = u
		}
	}
	return oldest
}

// keep turns a claim into units.
func (m *memory) keep(units []*unit, from *claim) error {
	all := int64(0)
	for _, u := range units {
		all += u.bytes
	}
	if err := from.resize(all); err != nil {
		return err
	}
	from.bytes = 0 // used stays: the units are in the claim's place
	for _, u := range units {
		m.units[u] = true
	}
	return nil
}

func (u *unit) pin() {
	u.pins++
	u.shelf.mem.clock++
	u.used = u.shelf.mem.clock
}

func (u *unit) remove() {
	delete(u.shelf.mem.units, u)
	u.shelf.mem.used -= u.bytes
	u.shelf.drop(u)
}
