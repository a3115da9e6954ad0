package serve

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
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
	free    int64 // what each reading may know of series without that it counts
	used    int64
	fixed   int64 // of used, what stays for good
	units   map[*unit]bool
	clock   int64     // rises with each use of a unit
	reading int       // how many requests' readings are under way
	first   []*claim  // of first readings that are under way
	changed sync.Cond // reading, or what first ones claim
}

// freeKnown is memory.free: of 20,000 series, about.
const freeKnown = 16 << 20

// Base is how many bytes a process takes beside Options.MaxMemory, about, with
// what is served by it.
const Base = 100 << 20

// check refuses a capture that cannot be read with the memory that there is.
func (m *memory) check(c *capture.Capture) error {
	const tries = 16
	known := guessKnown(c, tries)
	if known-m.free <= m.most {
		return nil
	}
	return fmt.Errorf("to read the %d targets of the capture takes about %s, and half of --max-memory is for that and for samples: pass --max-memory %s or more",
		len(c.Targets), megabytes(known), wholeMegabytes(2*known+known/2))
}

// guessKnown is about the most that replay.Options.Held will tell of known
// series and targets of a capture, by the first scrapes of some targets: of all
// their series, and of what a next scrape takes where there is one.
func guessKnown(c *capture.Capture, tries int) int64 {
	const ofSeries, ofLine, ofByte = 150, 400, 2 // as timeline and ingest have them
	stream := c.Stream()
	defer stream.Close()
	first := map[*capture.Target]bool{}
	last := map[*capture.Target]int{}
	for i := range c.Scrapes {
		t, _, _ := c.Entry(i)
		last[t] = i
	}
	lines, size, own, tried, live, most := 0, 0, 0, 0, 0, 0
	for i := range c.Scrapes {
		t, _, alone := c.Entry(i)
		if t == nil || !alone {
			continue // it would have to be unpacked
		}
		if !first[t] {
			first[t] = true
			live++
			most = max(most, live)
			if tried < tries {
				if body := stream.At(i, nil).Body; len(body) > 0 {
					tried++
					size += len(body)
					lines += bytes.Count(body, []byte("\n")) - bytes.Count(body, []byte("\n#"))
					own += bytes.Count(body, []byte(`="`))
				}
			}
		}
		if last[t] == i {
			live--
		}
	}
	tried = max(1, tried)
	own += 3 * lines // the name, job and instance
	return (int64(ofSeries*lines+size)+ofLabel*int64(own))*int64(len(c.Targets))/int64(tried) + int64(ofLine*lines+ofByte*size)*int64(most)/int64(tried)
}

// ofLabel is what a label takes beside its name and value, which hangs on the
// form in which labels are built.
var ofLabel = int64(labels.FromStrings("a", "b").ByteSize()) - int64(len("a=b\n"))

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
	m := &memory{most: most, free: freeKnown, units: map[*unit]bool{}}
	m.changed.L = &m.mu
	return m
}

// A fullError says that what is read takes more than it may.
type fullError struct {
	most   int64
	need   int64 // about what would do; at least what was needed so far
	others bool  // what others use now is part of it
}

func (e *fullError) Error() string {
	if e.others {
		return fmt.Sprintf("what is selected takes more of the %s that reading may take (half of --max-memory) than others leave at present: ask again later", megabytes(e.most))
	}
	return fmt.Sprintf("what is selected takes more than the %s that reading may take, half of --max-memory: select less, or pass --max-memory %s, which is about what this needs", megabytes(e.most), wholeMegabytes(2*e.need))
}

// wholeMegabytes is an amount for a flag: more, rather than less.
func wholeMegabytes(n int64) string { return fmt.Sprintf("%dMiB", n>>20+1) }

func megabytes(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%.3g KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.4g MiB", float64(n)/(1<<20))
}

// A claim is memory that somebody is filling.
type claim struct {
	m      *memory
	bytes  int64
	of     int  // how many scrapes there are to read; 0: that is not known
	read   int  // of these
	leaves bool // the reading is to end: others need its memory
	stays  bool // it has ended too often to be asked for that
}

// set makes the claim larger or smaller.
func (c *claim) set(bytes int64) error {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	return c.resize(bytes)
}

// held is the Held of a reading. Its error says how much the whole of it needs:
// what is kept rises with the scrapes.
func (c *claim) held(kept, known int64) error {
	c.read++
	known = max(0, known-c.m.free)
	err := c.set(kept + known)
	if full := (*fullError)(nil); errors.As(err, &full) && c.of > 0 {
		full.need += kept * int64(max(0, c.of-c.read)) / int64(c.read)
	}
	return err
}

// resize is set with mu held, which others may have in between.
func (c *claim) resize(bytes int64) error {
	m := c.m
	for m.used-c.bytes+bytes > m.most {
		if oldest := m.oldest(); oldest != nil {
			oldest.remove()
			continue
		}
		i := slices.IndexFunc(m.first, func(f *claim) bool { return f != c && !f.stays && f.bytes > 0 })
		if i < 0 {
			return &fullError{most: m.most, need: bytes + m.fixed, others: m.used-c.bytes > m.fixed}
		}
		m.first[i].leaves = true
		m.changed.Broadcast()
		m.changed.Wait()
	}
	m.used += bytes - c.bytes
	c.bytes = bytes
	m.changed.Broadcast()
	return nil
}

// errLeaves ends a reading that is begun again when others have been served.
var errLeaves = errors.New("the memory is needed for a request")

// yield lets the readings for which requests wait go before a first reading.
// The error is errLeaves when they need the memory of this one.
func (c *claim) yield() error {
	m := c.m
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.reading > 0 && !c.leaves {
		m.changed.Wait()
	}
	if c.leaves {
		return errLeaves
	}
	return nil
}

// begin is called when a first reading begins.
func (c *claim) begin(stays bool) {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	c.read, c.stays, c.leaves = 0, stays, false
	c.m.first = append(c.m.first, c)
}

// end is called when it is over, and gives back what it took.
func (c *claim) end() {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	c.m.first = slices.DeleteFunc(c.m.first, func(f *claim) bool { return f == c })
	c.resize(0)
}

// busy counts a reading for which requests wait; -1: it is over.
func (m *memory) busy(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reading += n
	m.changed.Broadcast()
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
