package replay

import (
	"sync"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
)

// A crew decodes the scrapes of a capture, those of several targets at once and
// ahead of who asks for them, and hands them out in their order. It does other
// work in between that is more urgent. Whoever waits for it helps.
type crew struct {
	c     *capture.Capture
	in    *ingest.Ingester
	again *capture.Stream // reads what must be read once more
	hands []*capture.Stream

	mu      sync.Mutex
	change  sync.Cond
	jobs    []job // from head on, by number; up to ahead
	head    int   // the next scrape to hand out
	queued  int   // the next one to queue
	ahead   int   // how many may be under way
	weight  int   // samples that are decoded and not handed out
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
	d    *ingest.Decoded
	done bool
}

// A lane is what is to be decoded of a target, in order.
type lane struct {
	todo []int
	busy bool // somebody is at it, or it is among the ready ones
}

const (
	maxAhead  = 256     // scrapes
	maxWeight = 400_000 // samples, which take 8 bytes each
)

// newCrew hires workers besides the one who asks. A capture with several
// scrapes in a file is read in order, by that one alone: to read such files
// elsewhere would mean to unpack them again and again.
func newCrew(c *capture.Capture, in *ingest.Ingester, workers int) *crew {
	w := &crew{c: c, in: in, again: c.Stream(), ahead: 1, lanes: map[*capture.Target]*lane{}}
	w.change.L = &w.mu
	together := false
	for i := range c.Scrapes {
		if _, _, alone := c.Entry(i); !alone {
			together = true
			break
		}
	}
	w.hands = append(w.hands, c.Stream())
	if workers > 0 && !together {
		w.ahead = maxAhead
	}
	w.jobs = make([]job, w.ahead)
	for range workers {
		hand := c.Stream()
		w.hands = append(w.hands, hand)
		w.done.Add(1)
		go func() {
			defer w.done.Done()
			w.work(hand)
		}()
	}
	return w
}

// close ends the work. Nothing is to be asked afterwards.
func (w *crew) close() {
	w.mu.Lock()
	w.closed = true
	w.change.Broadcast()
	w.mu.Unlock()
	w.done.Wait()
	for _, h := range w.hands {
		h.Close()
	}
	w.again.Close()
}

// peek returns the time of the scrape that next will return.
func (w *crew) peek() (ts int64, ok bool) {
	if w.head >= w.c.Scrapes {
		return 0, false
	}
	_, ts, _ = w.c.Entry(w.head)
	return ts, true
}

// next returns the next scrape and its target.
func (w *crew) next() (*ingest.Decoded, *capture.Target) {
	w.mu.Lock()
	w.queue()
	j := &w.jobs[w.head%w.ahead]
	for !j.done {
		if !w.help(w.hands[0]) {
			w.change.Wait()
		}
	}
	d := j.d
	*j = job{}
	t, _, _ := w.c.Entry(w.head)
	w.head++
	w.weight -= d.Samples()
	w.queue()
	w.mu.Unlock()
	return d, t
}

// all does the given work, each for itself, and returns when it is done.
func (w *crew) all(tasks []func()) {
	w.mu.Lock()
	w.urgent = append(w.urgent, tasks...)
	w.pending += len(tasks)
	w.change.Broadcast()
	for w.pending > 0 {
		if len(w.urgent) > 0 {
			w.task()
		} else {
			w.change.Wait()
		}
	}
	w.mu.Unlock()
}

func (w *crew) work(hand *capture.Stream) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for !w.closed {
		if !w.help(hand) {
			w.change.Wait()
		}
	}
}

// Those below are called with mu held.

// help does a piece of work, if there is one.
func (w *crew) help(hand *capture.Stream) bool {
	switch {
	case len(w.urgent) > 0:
		w.task()
	case len(w.ready) > 0:
		l := w.ready[0]
		w.ready = w.ready[1:]
		w.decode(l, hand)
	default:
		return false
	}
	return true
}

func (w *crew) task() {
	f := w.urgent[0]
	w.urgent = w.urgent[1:]
	w.mu.Unlock()
	f()
	w.mu.Lock()
	if w.pending--; w.pending == 0 {
		w.change.Broadcast()
	}
}

// decode reads and decodes the first scrape of a lane.
func (w *crew) decode(l *lane, hand *capture.Stream) {
	n := l.todo[0]
	l.todo = l.todo[1:]
	w.mu.Unlock()
	t, _, _ := w.c.Entry(n)
	var d *ingest.Decoded
	if t == nil {
		d = w.in.Decode(hand.At(n, nil), nil)
	} else {
		d = w.in.Decode(hand.At(n, w.in.Room(t)), func() []byte { return w.again.At(n, nil).Body })
	}
	w.mu.Lock()
	w.jobs[n%w.ahead] = job{d: d, done: true}
	w.weight += d.Samples()
	if l.busy = len(l.todo) > 0; l.busy {
		w.ready = append(w.ready, l)
	}
	w.change.Broadcast()
}

// queue lets more scrapes be decoded: at least the next one, and others as long
// as what is decoded stays within bounds.
func (w *crew) queue() {
	for w.queued < w.c.Scrapes && w.queued < w.head+w.ahead && (w.queued == w.head || w.weight < maxWeight) {
		t, _, _ := w.c.Entry(w.queued)
		l := w.lanes[t]
		if l == nil {
			l = &lane{}
			w.lanes[t] = l
		}
		l.todo = append(l.todo, w.queued)
		w.queued++
		if !l.busy {
			l.busy = true
			w.ready = append(w.ready, l)
			w.change.Signal()
		}
	}
}
