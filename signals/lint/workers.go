package lint

import (
	"cmp"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/scrapebook/scrapebook/signals/capture"
)

// Workers check the scrapes of a capture ahead of who counts them: those of a
// target one after the other, those of several targets on all cores.
type workers struct {
	o      *Options
	c      *capture.Capture
	called func(s *capture.Scrape) string
	known  *shelf
	lanes  map[*capture.Target]*lane
	list   []*lane // up to maxLanes, which targets share if there are more
	stream *capture.Stream
	kept   atomic.Int64 // what the memories of lanes take, about, in bytes
	most   int64        // and how much that may be

	ahead  int // how many scrapes may be under way; 0: all is done by who counts
	queued int
	done   []chan checked // by a scrape's number modulo ahead
	hands  chan *capture.Stream
	wait   sync.WaitGroup
}

// A lane checks the scrapes of a target in their order.
type lane struct {
	memory
	todo  chan int
	size  int64 // its part of workers.kept
	bufs  [2][]byte
	turns int
}

const (
	maxAhead = 64
	maxLanes = 256
	maxLaned = 48 << 20
)

func newWorkers(o *Options, c *capture.Capture, called func(s *capture.Scrape) string) *workers {
	w := &workers{
		o: o, c: c, called: called, known: newShelf(), lanes: map[*capture.Target]*lane{}, stream: c.Stream(),
		ahead: maxAhead, most: maxLaned,
	}
	for i := range c.Scrapes {
		if _, _, alone := c.Entry(i); !alone { // its file would be opened again and again
			w.ahead = 0
			return w
		}
	}
	w.done = make([]chan checked, w.ahead)
	for i := range w.done {
		w.done[i] = make(chan checked, 1)
	}
	n := cmp.Or(max(o.Workers, 0), runtime.GOMAXPROCS(0))
	w.hands = make(chan *capture.Stream, n)
	for range n {
		w.hands <- c.Stream()
	}
	return w
}

// next returns what was found in scrape number i, which is asked for in turn.
func (w *workers) next(i int) checked {
	if w.ahead == 0 {
		w.stream.Next() // it counts for Progress
		s := *w.stream.Scrape()
		l := w.lane(s.Target)
		s.Body = append(l.buffer()[:0], s.Body...)
		return w.check(l, &s)
	}
	for ; w.queued < min(i+w.ahead, w.c.Scrapes); w.queued++ {
		t, _, _ := w.c.Entry(w.queued)
		w.lane(t).todo <- w.queued // there is room for all that are ahead
	}
	r := <-w.done[i%w.ahead]
	if w.c.Progress != nil {
		w.c.Progress(i + 1)
	}
	return r
}

// scrape returns scrape number i, for which next was called last.
func (w *workers) scrape(i int) *capture.Scrape {
	if w.ahead == 0 {
		return w.stream.Scrape()
	}
	return w.stream.At(i, nil)
}

// lane returns the lane of a target.
func (w *workers) lane(t *capture.Target) *lane {
	l := w.lanes[t]
	if l != nil {
		return l
	}
	if len(w.list) == maxLanes {
		l = w.list[len(w.lanes)%maxLanes]
		w.lanes[t] = l
		return l
	}
	l = &lane{memory: memory{o: w.o, known: w.known}}
	w.lanes[t], w.list = l, append(w.list, l)
	if w.ahead > 0 {
		l.todo = make(chan int, w.ahead)
		w.wait.Add(1)
		go func() {
			defer w.wait.Done()
			for i := range l.todo {
				hand := <-w.hands
				r := w.check(l, hand.At(i, l.buffer()))
				w.hands <- hand
				w.done[i%w.ahead] <- r
			}
		}()
	}
	return l
}

// check checks the next scrape of a lane.
func (w *workers) check(l *lane, s *capture.Scrape) checked {
	l.bufs[l.turns%2] = s.Body
	l.turns++
	r := l.checkScrape(s, w.called)
	size := int64(cap(l.bufs[0]) + cap(l.bufs[1]))
	if l.d != nil {
		size += int64(lineSize * len(l.d.Values()))
	}
	if w.kept.Add(size-l.size) <= w.most {
		l.size = size
		return r
	}
	w.kept.Add(-size) // what it takes is given back: the next scrape is read anew
	l.memory, l.size, l.bufs, l.turns = memory{o: l.o, known: l.known}, 0, [2][]byte{}, 0
	return r
}

// lineSize is what a Decoder keeps of a line and its series, about, in bytes.
const lineSize = 250

// buffer returns the memory for the next body: that of the last one is still
// read.
func (l *lane) buffer() []byte { return l.bufs[l.turns%2] }

func (w *workers) close() {
	for _, l := range w.list {
		if l.todo != nil {
			close(l.todo)
		}
	}
	w.wait.Wait()
	for range cap(w.hands) {
		(<-w.hands).Close()
	}
	w.stream.Close()
}
