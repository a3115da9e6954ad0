package ingest

import (
	"sync"

	"github.com/prometheus/common/model"

	"github.com/scrapebook/scrapebook/signals/timeline"
)

// What is the same from scrape to scrape costs nothing. After a good scrape of
// which each sample was taken, with the scrape's time, into a series of its
// own, the next one may repeat it. While the scrapes of a target have the
// layout of the one before, storing is appending a row to the timeline; a
// scrape that is otherwise ends that.

// An owner is what was the first to write a series.
type owner struct {
	t      *target // nil when it is nothing that targets show
	series *tracked
	taken  bool
}

// owners are those of all series, by reference.
type owners []owner

// own notes that a target, or something else, writes a series, and reports
// whether nothing did before.
func (os *owners) own(ref timeline.Ref, t *target, tr *tracked) bool {
	for int(ref) >= len(*os) {
		*os = append(*os, owner{})
	}
	o := &(*os)[ref]
	if !o.taken {
		*o = owner{t, tr, true}
		return true
	}
	for _, one := range []*target{o.t, t} {
		if one != nil {
			one.endRepeats()
			one.shared = true
		}
	}
	return false
}

// find returns a series of a target for staleness' sake.
func (os *owners) find(t *target, ref timeline.Ref) *tracked {
	if int(ref) < len(*os) && (*os)[ref].t == t {
		return (*os)[ref].series
	}
	tr := t.series[ref]
	if tr == nil {
		tr = t.newTracked(ref)
		if !os.own(ref, t, tr) {
			t.series[ref] = tr
		}
	}
	return tr
}

// mayRepeat allows the next scrape to repeat d, after which nothing was rough,
// if each series is the target's alone.
func (t *target) mayRepeat(d *decoded) {
	if !t.shared && t.sampleLimit == 0 {
		t.repeats = d
	}
}

// asRow is the row that a layout's samples go to.
func (l *layout) asRow(tl *timeline.Timeline) *timeline.Row {
	refs := make([]timeline.Ref, len(l.cells))
	for i, c := range l.cells {
		if tr := c.line.tracked; tr != nil {
			refs[i] = tr.ref
		}
	}
	return tl.Row(refs)
}

// endRepeats makes up for what was left out while scrapes of a target repeated
// one another.
func (t *target) endRepeats() {
	d := t.repeats
	if d == nil {
		return
	}
	if t.row != nil {
		t.row.Flush()
	}
	t.repeats, t.row = nil, nil
	t.spare.put(d)
}

// Flush tells the timeline the newest sample of every series, those included
// that scrapes repeat which are like the one before.
func (in *Ingester) Flush() {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, t := range in.order {
		if t.row != nil {
			t.row.Flush()
		}
	}
}

// repeat stores a scrape that is like the one before, and reports whether it
// is.
func (in *Ingester) repeat(d *decoded, rep *Report) bool {
	t := d.t
	if t.repeats == nil || d.layout != t.repeats.layout || d.failed != "" || d.empty || d.end != "" ||
		d.own != nil || len(d.histos) > 0 || len(d.beside) > 0 || d.time < in.head.minValid {
		return false
	}
	for i := range d.marks {
		if d.marks[i].counts {
			return false
		}
	}
	if t.row == nil {
		t.row = d.layout.asRow(in.tl)
	}
	if !t.row.Append(d.time, d.values) {
		return false
	}
	for i := range d.marks {
		in.problems.add(d.marks[i].problem)
	}
	rep.Scraped = len(d.values)
	rep.PostRelabel, rep.Kept = t.row.Len()
	t.goodLines = len(t.lines)
	t.spare.put(t.repeats)
	t.repeats = d
	return true
}

// meets tells whether storing d may create a series with one of these metric
// names. It must not be called while d's target is stored.
func (d *decoded) meets(names map[string]bool) bool {
	if d.layout == nil || len(names) == 0 || d.t.repeats != nil && d.t.repeats.layout == d.layout {
		return false
	}
	for _, c := range d.layout.cells {
		if c.fate == fateKept && d.t.lineOf(c) == nil && names[c.labels.Get(model.MetricNameLabel)] {
			return true
		}
	}
	return false
}

// spares are decoded to be used again, so that their columns need not grow
// anew.
type spares struct {
	mu   sync.Mutex
	list []*decoded
}

const maxSpares = 64

func (s *spares) get() *decoded {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.list)
	if n == 0 {
		return &decoded{}
	}
	d := s.list[n-1]
	s.list = s.list[:n-1]
	return d
}

func (s *spares) put(d *decoded) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.list) < maxSpares {
		s.list = append(s.list, d)
	}
}

func (s *spares) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = nil
}
