package ingest

import (
	"errors"
	"math"

	"github.com/prometheus/prometheus/model/value"

	"github.com/scrapebook/scrapebook/signals/timeline"
)

// A head accepts the samples of one scrape as Prometheus' head does, and moves
// them into the timeline when the scrape is over: as a whole, or not at all.
type head struct {
	tl      *timeline.Timeline
	clock   int64 // what the first sample ever offered set it to
	clocked bool
	near    bool  // see Ingester.NearHour
	now     int64 // of the scrape

	// One scrape at a time.
	staged   []staged
	histos   []histo // that staged refers to
	beside   []beside
	current  *beside // of what is stored, see Stored; nil: nothing is beside it
	minValid int64   // own timestamps before it are out of bounds
	maxValid int64   // own timestamps after it are out of bounds
}

// staged is a sample that was accepted and waits for the end of its scrape.
type staged struct {
	ref   timeline.Ref
	histo uint32 // 1 + its place in histos; 0: a float
	ts    int64
	v     float64
}

const (
	// A sample may be this far ahead of its scrape (scrape.go maxAheadTime).
	maxAhead = 10 * 60 * 1000
	// and this far behind the newest sample of the store: half of the head's
	// two-hour chunk range (tsdb/head_append.go appendableMinValidTime).
	maxBehind = 60 * 60 * 1000
)

var staleNaN = math.Float64frombits(value.StaleNaN)

var errOutOfBounds = errors.New("out of bounds")

// begin turns to the scrape at ts.
func (h *head) begin(ts int64) {
	h.discard()
	h.now = ts
	h.maxValid = ts + maxAhead
	h.minValid = math.MinInt64
	if newest, ok := h.tl.MaxTime(); ok {
		h.minValid = newest - maxBehind
	}
	if h.clocked {
		h.minValid = max(h.minValid, h.clock-maxBehind)
	}
}

// stage accepts a sample as the head's Append does: by what is stored so far,
// without looking at what else is staged. The error is errOutOfBounds or one
// of the timeline's.
//
// The time limit ahead is the scrape loop's and does not hold for the series
// of report upstream; those are at the scrape's own time anyway.
func (h *head) stage(ref timeline.Ref, ts int64, v float64) error {
	if err := h.inBounds(ts, histo{}); err != nil {
		return err
	}
	return h.put(ref, ts, v, histo{})
}

// put is stage for a sample that is in bounds: p when there is a histogram in
// it, else v.
func (h *head) put(ref timeline.Ref, ts int64, v float64, p histo) error {
	if p == (histo{}) {
		if err := h.tl.Check(ref, ts, v); err != nil {
			return err
		}
		h.staged = append(h.staged, staged{ref: ref, ts: ts, v: v})
		return nil
	}
	if err := h.tl.CheckHistogram(ref, ts, p.h, p.fh); err != nil {
		return err
	}
	h.histos = append(h.histos, p)
	h.staged = append(h.staged, staged{ref: ref, ts: ts, histo: uint32(len(h.histos))})
	return nil
}

// inBounds is what upstream asks before it looks for the series, in its order.
// The error is errOutOfBounds, or that of an invalid histogram.
func (h *head) inBounds(ts int64, p histo) error {
	if ts > h.maxValid {
		return errOutOfBounds
	}
	var err error
	switch {
	case p.h != nil:
		err = p.h.Validate()
	case p.fh != nil:
		err = p.fh.Validate()
	}
	if err != nil {
		return err
	}
	if !h.clocked { // the very first sample sets the head's clock, stored or not
		h.clocked, h.clock = true, ts
		h.minValid = max(h.minValid, ts-maxBehind)
	}
	if ts < h.minValid {
		return errOutOfBounds
	}
	h.near = h.near || ts < h.now-maxBehind
	return nil
}

// known tells whether err is one that costs the sample and not the scrape.
func known(err error) bool {
	return errors.Is(err, errOutOfBounds) || errors.Is(err, timeline.ErrOutOfOrder) || errors.Is(err, timeline.ErrDuplicate)
}

func (h *head) discard() {
	h.staged = h.staged[:0]
	clear(h.histos)
	h.histos = h.histos[:0]
	clear(h.beside)
	h.beside, h.current = h.beside[:0], nil
}

// commit moves what is staged into the timeline. What clashes there is
// dropped without a word, as in the head's commit: the first sample of a
// series and time wins, which lets a target's own up win over ours.
func (h *head) commit() {
	next := 0
	for i := range h.staged {
		s := &h.staged[i]
		h.current = nil
		if next < len(h.beside) && h.beside[next].at == i {
			h.current = &h.beside[next]
			next++
		}
		if s.histo != 0 {
			p := h.histos[s.histo-1]
			_ = h.tl.AppendHistogram(s.ref, 0, s.ts, p.h, p.fh)
			continue
		}
		_ = h.tl.Append(s.ref, s.ts, s.v)
	}
	h.discard()
}

// markStale writes a staleness marker for every series that the scrape before
// this one had and this one lacks.
func (h *head) markStale(t *target, ts int64) {
	for _, s := range t.prev {
		if s.trackedIter != t.iter {
			_ = h.stage(s.ref, ts, staleNaN) // older than the series' own newest sample: no marker
		}
	}
}
