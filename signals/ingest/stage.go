package ingest

import (
	"errors"

	"github.com/scrapebook/scrapebook/signals/timeline"
)

var errOutOfBounds = errors.New("out of bounds")

// stage accepts a sample as the head's Append does: by what is stored so far,
// without looking at what else is staged. The error is errOutOfBounds or one
// of the timeline's.
//
// The time limit ahead is the scrape loop's and does not hold for the series
// of report upstream; those are at the scrape's own time anyway.
func (in *Ingester) stage(ref timeline.Ref, ts int64, v float64) error {
	if err := in.inBounds(ts, histo{}); err != nil {
		return err
	}
	return in.put(ref, ts, v, histo{})
}

// put is stage for a sample that is in bounds: p when there is a histogram in
// it, else v.
func (in *Ingester) put(ref timeline.Ref, ts int64, v float64, p histo) error {
	if p == (histo{}) {
		if err := in.tl.Check(ref, ts, v); err != nil {
			return err
		}
		in.staged = append(in.staged, staged{ref: ref, ts: ts, v: v})
		return nil
	}
	if err := in.tl.CheckHistogram(ref, ts, p.h, p.fh); err != nil {
		return err
	}
	in.histos = append(in.histos, p)
	in.staged = append(in.staged, staged{ref: ref, ts: ts, histo: uint32(len(in.histos))})
	return nil
}

// inBounds is what upstream asks before it looks for the series, in its order.
// The error is errOutOfBounds, or that of an invalid histogram.
func (in *Ingester) inBounds(ts int64, p histo) error {
	if ts > in.maxValid {
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
	if !in.clocked { // the very first sample sets the head's clock, stored or not
		in.clocked, in.clock = true, ts
		in.minValid = max(in.minValid, ts-maxBehind)
	}
	if ts < in.minValid {
		return errOutOfBounds
	}
	return nil
}

// known tells whether err is one that costs the sample and not the scrape.
func known(err error) bool {
	return errors.Is(err, errOutOfBounds) || errors.Is(err, timeline.ErrOutOfOrder) || errors.Is(err, timeline.ErrDuplicate)
}
