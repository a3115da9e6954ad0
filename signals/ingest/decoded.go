package ingest

import (
	"slices"
	"sync"
	"unsafe"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
)

// decoded is what one scrape says, read and not yet stored: all that takes
// nothing but the scrape and those of its target before it.
type decoded struct {
	t      *target
	bulk   *capture.Scrape // a dump, which is read when it is stored
	time   int64
	file   string
	origin capture.Origin
	format expfmt.Format
	bytes  float64 // scrape_body_size_bytes
	empty  bool    // an empty answer, which is no failure
	failed string  // why it failed before a line was read
	end    string  // why it fails behind the samples that there are
	taken  bool    // a sample went into a histogram, which may come to nothing

	fresh int // how many series are new, about

	// Columns, one entry per sample.
	layout *layout
	values []float64
	times  []int64 // own timestamps, where own says so; nil: there are none
	own    []bool
	histos []placedHisto // in the order of their places
	places []place       // of slow readings alone, else where finds them
	beside []beside      // in the order of their places; with Options.Stored alone

	types []expfmt.Metadata // new ones
	marks []mark
	body  func() []byte // reads it again, for the places of samples
	opts  expfmt.Options
}

// A layout is the series of a scrape's samples in their order. Scrapes mostly
// share that of the one before. It never changes.
type layout struct {
	cells []*cell
}

// A cell is one spelling of a series.
type cell struct {
	text    string // its series part, as written
	labels  labels.Labels
	line    *line    // what storing knows of it
	refusal *refusal // of fateOmitted and fateFatal
	fate    fate
	meta    *Meta // nil: nothing was said; with Options.Stored alone
}

// A refusal is the problem of a series that is not kept.
type refusal struct{ id, reason string }

// fate is what becomes of a series that is met for the first time.
type fate uint8

const (
	fateKept    fate = iota
	fateDropped      // by relabelling
	fateOmitted      // with a problem
	fateFatal        // with a problem, and the whole scrape
)

type histo struct {
	h  *histogram.Histogram
	fh *histogram.FloatHistogram
}

type placedHisto struct {
	at int
	histo
}

type place struct{ line, column int }

// A mark is a problem before the sample at its place.
type mark struct {
	at      int
	problem Problem
	damaged bool   // a line was lost
	counts  bool   // as a sample that was scraped
	fatal   string // why the scrape fails, unless sample_limit is exceeded by then
}

func (d *decoded) reset(t *target, s *capture.Scrape) {
	*d = decoded{
		t: t, time: s.Time, file: s.File,
		values: d.values[:0], marks: d.marks[:0], types: d.types[:0],
	}
}

func (d *decoded) mark(p Problem) { d.marks = append(d.marks, mark{at: len(d.values), problem: p}) }

// decode reads a scrape for store. Scrapes of one target must be decoded in the
// order of their times; those of several targets may be so at once, and while
// others are stored.
//
// The body must not change until the next scrape of the target is decoded, and
// goes to rooms after that. When again is not nil it may be called by store to
// have the body once more; nil stands for the body itself, which must then be
// there until the scrape is stored.
func (in *Ingester) decode(s *capture.Scrape, again func() []byte) *decoded {
	if s.Bulk {
		return &decoded{bulk: s}
	}
	t := in.target(s.Target)
	d := t.spare.get()
	d.reset(t, s)
	if d.body = again; again == nil {
		body := s.Body
		d.body = func() []byte { return body }
	}
	r := &t.reading
	r.begin(d, s)
	if s.Unwrapped != "" && s.Unwrapped != r.unwrapped {
		r.unwrapped = s.Unwrapped
		d.mark(Problem{ID: "text-unwrapped", Severity: expfmt.SeverityInfo, Message: s.Unwrapped + "; of later scrapes of the target it is not said again"})
	}
	d.failed = d.refuse(r.conf, s)
	switch {
	case d.failed != "":
	case len(s.Body) == 0:
		d.empty = true
	default:
		before := r.kept
		r.kept, r.size = s.Body, len(s.Body)
		r.read()
		in.rooms.put(before)
		was := r.held
		r.held = ofBody*int64(cap(r.kept)) + ofRef*int64(r.decoder.MaxRefs())
		in.held.Add(r.held - was)
	}
	return d
}

// Held returns how many bytes are held to read the next scrapes of all targets,
// about: their last bodies, and what is known of each line.
func (in *Ingester) Held() int64 { return in.held.Load() }

const (
	ofBody = 2   // bytes for each of a body: itself, and the series parts of it
	ofRef  = 400 // for each series, beside these and what the timeline knows
)

// rooms are the bodies that are not needed any more.
type rooms struct {
	mu   sync.Mutex
	list [][]byte
}

const maxRooms = 4

// get returns one for a body of about size bytes, and not of very much more:
// empty, with the room that it has; nil when there is none.
func (r *rooms) get(size int) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, b := range r.list {
		if cap(b) >= size && cap(b) <= 2*size+4096 {
			r.list = slices.Delete(r.list, i, i+1)
			return b[:0]
		}
	}
	return nil
}

// within tells whether a body stands in a room. A scrape that failed has none.
func within(body, room []byte) bool {
	at := uintptr(unsafe.Pointer(unsafe.SliceData(body))) - uintptr(unsafe.Pointer(unsafe.SliceData(room)))
	return at < uintptr(cap(room))
}

func (r *rooms) put(b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.list) == maxRooms {
		r.list = slices.Delete(r.list, 0, 1)
	}
	if cap(b) > 0 {
		r.list = append(r.list, b)
	}
}

// ownTimes tells whether some sample has a time of its own: what is stored then
// may be older than what is there.
func (d *decoded) ownTimes() bool { return d.own != nil }

// samples returns how many samples were read.
func (d *decoded) samples() int { return len(d.values) }
