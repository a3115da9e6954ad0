package ingest

import (
	"sync"

	"github.com/prometheus/common/model"

	"github.com/scrapebook/scrapebook/signals/timeline"
)

// What is the same from scrape to scrape costs nothing. A target is steady
// after a good scrape of which each sample was taken, with the scrape's time,
// into a series of its own. While its scrapes have the layout of that one,
// storing is appending to the series whose samples are kept; the others are
// counted, and the newest samples that they would have are told the timeline
// when the target is steady no more.

// A plan is what of a layout is stored.
type plan struct {
	kept  []slot
	alone []slot // those of which the newest sample alone is kept
	post  int    // samples that relabelling leaves
}

// A slot is the place of a series in the layout.
type slot struct {
	at  int
	ref timeline.Ref
}

// An owner is what was the first to write a series.
type owner struct {
	t      *target // nil when it is nothing that targets show
	series *tracked
	taken  bool
}

// own notes that a target, or something else, writes a series, and reports
// whether nothing did before.
func (in *Ingester) own(ref timeline.Ref, t *target, tr *tracked) bool {
	for int(ref) >= len(in.owners) {
		in.owners = append(in.owners, owner{})
	}
	o := &in.owners[ref]
	if !o.taken {
		*o = owner{t, tr, true}
		return true
	}
	for _, one := range []*target{o.t, t} {
		if one != nil {
			in.unsteady(one)
			one.shared = true
		}
	}
	return false
}

// settle makes a target steady, if it can be, after a scrape without anything
// rough.
func (in *Ingester) settle(d *decoded) {
	t := d.t
	if t.shared || t.sampleLimit > 0 {
		return
	}
	if d.layout.plan == nil {
		pl := &plan{}
		for i, c := range d.layout.cells {
			switch tr := c.line.tracked; {
			case tr == nil:
			case in.tl.Keeps(tr.ref):
				pl.kept = append(pl.kept, slot{i, tr.ref})
			default:
				pl.alone = append(pl.alone, slot{i, tr.ref})
			}
		}
		pl.post = len(pl.kept) + len(pl.alone)
		d.layout.plan = pl
	}
	t.steady = d
}

// unsteady makes up for what was left out while a target was steady.
func (in *Ingester) unsteady(t *target) {
	d := t.steady
	if d == nil {
		return
	}
	t.steady = nil
	for _, s := range d.layout.plan.alone {
		in.tl.Newest(s.ref, d.time, d.values[s.at])
	}
	t.spare.put(d)
}

// repeat stores a scrape that is like the one before, and reports whether it
// is.
func (in *Ingester) repeat(d *decoded, rep *Report) bool {
	t := d.t
	if t.steady == nil || d.layout != t.steady.layout || d.failed != "" || d.empty || d.end != "" ||
		d.own != nil || len(d.histos) > 0 || d.time < in.minValid {
		return false
	}
	pl := d.layout.plan
	for _, s := range pl.kept {
		if in.tl.Check(s.ref, d.time, d.values[s.at]) != nil {
			return false
		}
	}
	for i := range d.marks {
		if d.marks[i].counts {
			return false
		}
	}
	for i := range d.marks {
		in.problems.add(d.marks[i].problem)
	}
	for _, s := range pl.kept {
		_ = in.tl.Append(s.ref, d.time, d.values[s.at]) // checked
	}
	in.tl.Pass(d.time, len(pl.alone))
	rep.Scraped, rep.PostRelabel, rep.Kept = len(d.values), pl.post, len(pl.kept)
	t.goodLines = len(t.lines)
	t.spare.put(t.steady)
	t.steady = d
	return true
}

// meets tells whether storing d may create a series with one of these metric
// names. It must not be called while d's target is stored.
func (in *Ingester) meets(d *decoded, names map[string]bool) bool {
	if d.layout == nil || len(names) == 0 || d.t.steady != nil && d.t.steady.layout == d.layout {
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
