package ingest

import (
	"math"
	"slices"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// Of a series that the timeline does not keep, the newest sample must be known
// as long as another can come that would be a duplicate of it, or too old. When
// none can, its names go to the index and the series is forgotten: what is held
// is bounded by what there is at a time, however many targets come and go.

// afterMany is after how many new series, beside so many known ones, is looked
// for those that can be forgotten: few are no matter.
func afterMany(known int) int { return max(10_000, known/4) }

// mayForget notes of which targets scrapes will come, and whether dumps will,
// whose series may be anybody's.
func (in *Ingester) mayForget(targets []*capture.Target, dumps bool) {
	in.forgets = in.opts.Forget && in.opts.Stored == nil && !dumps
	type address struct{ job, instance string }
	known := map[address]bool{}
	in.apart = true
	for _, t := range targets {
		a := address{t.Job, t.Instance}
		if t.HonorLabels || !t.MetricRelabel.Empty() || t.Job == "" || t.Instance == "" || known[a] {
			in.apart = false
		}
		known[a] = true
	}
}

// sweep forgets what can be forgotten, once there are so many new series since
// it did so before that it costs each of them little.
func (in *Ingester) sweep() {
	n := in.tl.NumSeries()
	if !in.forgets || n-in.swept < in.sweepAfter(len(in.owners)) {
		return
	}
	in.swept = n
	if in.forgotten == nil {
		in.forgotten = newNames()
	}
	marked := map[*target]bool{}
	for i := range in.owners {
		o := &in.owners[i]
		switch t := o.t; {
		case t == nil || t.shared:
		case t.over:
			if !in.forget(timeline.Ref(i), true) && in.apart {
				*o = owner{taken: true} // it is kept: whose it is does not matter any more
			}
		default:
			if ts, _, any := in.tl.Last(timeline.Ref(i)); any && ts >= in.head.minValid {
				break // it is too new, as most are
			}
			if !marked[t] {
				t.markShown(true)
				marked[t] = true
			}
			if !o.series.shown {
				in.forget(timeline.Ref(i), false)
			}
		}
	}
	for t := range marked {
		t.markShown(false)
	}
	in.sweepTargets()
}

// forget forgets a series of a target, if nothing can write a sample that its
// newest one matters to. Over: the target has no more scrapes.
func (in *Ingester) forget(ref timeline.Ref, over bool) bool {
	before := in.head.minValid
	if over && in.apart {
		before = math.MaxInt64
	}
	ls, ok := in.tl.Forget(ref, before)
	if ok {
		in.forgotten.add(ls, true)
		in.owners[ref] = owner{}
	}
	return ok
}

// sweepTargets forgets the targets that are over, with the series about their
// scrapes.
func (in *Ingester) sweepTargets() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.order = slices.DeleteFunc(in.order, func(t *target) bool {
		if !t.over || t.shared || !in.apart {
			return false
		}
		for _, ref := range t.reports {
			in.forget(ref, true)
		}
		delete(in.targets, t.of)
		return true
	})
}

// markShown marks the series that a target may show again without their being
// new ones. Those of its last scrape are among them.
func (t *target) markShown(shown bool) {
	for _, l := range t.lines {
		if l.tracked != nil {
			l.shown = shown
		}
	}
}
