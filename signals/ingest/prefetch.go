package ingest

import (
	"sync"

	"github.com/scrapebook/scrapebook/signals/capture"
)

// A Prefetcher stores the scrapes of a capture in their order, and decodes them
// ahead of that on several cores, those of several targets at the same time. In
// between it does work that is more urgent, see Do. A goroutine that waits for
// it helps.
type Prefetcher struct {
	c     *capture.Capture
	in    *Ingester
	last  map[*capture.Target]int // the number of its last scrape
	again *capture.Stream         // reads what must be read once more
	hands []*capture.Stream

	mu      sync.Mutex
	change  sync.Cond
	jobs    []job // from head on, by number; up to ahead
	head    int   // the next scrape to store
	queued  int   // the next one to queue
	ahead   int   // how many may be under way
	weight  int   // samples that are decoded and not stored
	lanes   map[*capture.Target]*lane
	ready   []*lane
	urgent  []func()
	pending int // of urgent, not done
	closed  bool
	done    sync.WaitGroup
}

// A job is a scrape that is decoded: its place among the jobs is its number
// modulo their number.
type job struct {
	d    *decoded
	done bool
}

// A lane is what is to be decoded of a target, in order.
type lane struct {
	todo []int
	busy bool // somebody is at it, or it is among the ready ones
}

const (
	maxPrefetched = 256     // scrapes
	maxWeight     = 400_000 // samples, which take 8 bytes each
)

// NewPrefetcher returns a Prefetcher that stores the scrapes of c into in. It
// starts so many workers beside the goroutine that calls Store; with 0 or less
// that one does all the work. When a file of the capture holds several scrapes,
// nothing is decoded ahead: such files would have to be decompressed again and
// again. Close must be called in the end.
func NewPrefetcher(c *capture.Capture, in *Ingester, workers int) *Prefetcher {
	p := &Prefetcher{c: c, in: in, again: c.Stream(), ahead: 1, lanes: map[*capture.Target]*lane{}, last: map[*capture.Target]int{}}
	p.change.L = &p.mu
	together := false
	for i := range c.Scrapes {
		t, _, alone := c.Entry(i)
		together = together || !alone
		p.last[t] = i
	}
	_, dumps := p.last[nil]
	in.mayForget(c.Targets, dumps)
	p.hands = append(p.hands, c.Stream())
	if workers > 0 && !together {
		p.ahead = maxPrefetched
	}
	p.jobs = make([]job, p.ahead)
	for range workers {
		hand := c.Stream()
		p.hands = append(p.hands, hand)
		p.done.Add(1)
		go func() {
			defer p.done.Done()
			p.work(hand)
		}()
	}
	return p
}

// Close stops the workers and closes all files. No method may be called after
// it.
func (p *Prefetcher) Close() {
	p.mu.Lock()
	p.closed = true
	p.change.Broadcast()
	p.mu.Unlock()
	p.done.Wait()
	for _, h := range p.hands {
		h.Close()
	}
	p.again.Close()
}

// Peek returns the time, in ms since the epoch, of the scrape that Store will
// store next; ok is false when there is none left.
func (p *Prefetcher) Peek() (ts int64, ok bool) {
	if p.head >= p.c.Scrapes {
		return 0, false
	}
	_, ts, _ = p.c.Entry(p.head)
	return ts, true
}

// Store stores the next scrape. It returns what became of it, and its target,
// which is nil for a dump. There must be a next one, see Peek.
//
// Store calls before when storing may change what others have computed ahead:
// when the scrape has samples with times of their own, which may be earlier
// than the scrape, or when it may create a series under one of the names; in
// the latter case meets is true. When before fails, Store returns its error,
// and the scrape is not stored.
//
// With the last scrape of a target all is forgotten that another one would
// take, and Ingester.End, unless the target is one that ends.
func (p *Prefetcher) Store(names map[string]bool, before func(meets bool) error) (Report, *capture.Target, error) {
	d, t := p.next()
	if meets := d.meets(names); meets || d.ownTimes() {
		if err := before(meets); err != nil {
			return Report{}, t, err
		}
	}
	rep := p.in.store(d)
	if t != nil && p.last[t] == p.head-1 {
		p.in.finish(t)
		p.mu.Lock()
		delete(p.lanes, t)
		p.mu.Unlock()
	}
	return rep, t, nil
}

// next returns the next scrape and its target.
func (p *Prefetcher) next() (*decoded, *capture.Target) {
	p.mu.Lock()
	p.queue()
	j := &p.jobs[p.head%p.ahead]
	for !j.done {
		if !p.help(p.hands[0]) {
			p.change.Wait()
		}
	}
	d := j.d
	*j = job{}
	t, _, _ := p.c.Entry(p.head)
	p.head++
	p.weight -= d.samples()
	p.queue()
	p.mu.Unlock()
	return d, t
}

// Do calls each of the functions once, on all cores, and returns when all of
// them have returned.
func (p *Prefetcher) Do(tasks []func()) {
	p.mu.Lock()
	p.urgent = append(p.urgent, tasks...)
	p.pending += len(tasks)
	p.change.Broadcast()
	for p.pending > 0 {
		if len(p.urgent) > 0 {
			p.task()
		} else {
			p.change.Wait()
		}
	}
	p.mu.Unlock()
}

func (p *Prefetcher) work(hand *capture.Stream) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.closed {
		if !p.help(hand) {
			p.change.Wait()
		}
	}
}

// Those below are called with mu held.

// help does a piece of work, if there is one.
func (p *Prefetcher) help(hand *capture.Stream) bool {
	switch {
	case len(p.urgent) > 0:
		p.task()
	case len(p.ready) > 0:
		l := p.ready[0]
		p.ready = p.ready[1:]
		p.decode(l, hand)
	default:
		return false
	}
	return true
}

func (p *Prefetcher) task() {
	f := p.urgent[0]
	p.urgent = p.urgent[1:]
	p.mu.Unlock()
	f()
	p.mu.Lock()
	if p.pending--; p.pending == 0 {
		p.change.Broadcast()
	}
}

// decode reads and decodes the first scrape of a lane.
func (p *Prefetcher) decode(l *lane, hand *capture.Stream) {
	n := l.todo[0]
	l.todo = l.todo[1:]
	p.mu.Unlock()
	t, _, _ := p.c.Entry(n)
	var d *decoded
	if t == nil {
		d = p.in.decode(hand.At(n, nil), nil)
	} else {
		r := &p.in.target(t).reading
		room := p.in.rooms.get(r.size)
		d = p.in.decode(hand.At(n, room), func() []byte { return p.again.At(n, nil).Body })
		if !within(r.kept, room) {
			p.in.rooms.put(room)
		}
	}
	p.mu.Lock()
	p.jobs[n%p.ahead] = job{d: d, done: true}
	p.weight += d.samples()
	if l.busy = len(l.todo) > 0; l.busy {
		p.ready = append(p.ready, l)
	}
	p.change.Broadcast()
}

// queue lets more scrapes be decoded: at least the next one, and others as long
// as what is decoded stays within bounds.
func (p *Prefetcher) queue() {
	for p.queued < p.c.Scrapes && p.queued < p.head+p.ahead && (p.queued == p.head || p.weight < maxWeight) {
		t, _, _ := p.c.Entry(p.queued)
		l := p.lanes[t]
		if l == nil {
			l = &lane{}
			p.lanes[t] = l
		}
		l.todo = append(l.todo, p.queued)
		p.queued++
		if !l.busy {
			l.busy = true
			p.ready = append(p.ready, l)
			p.change.Signal()
		}
	}
}
