package jitter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// A Kind is what a trial shifts.
type Kind string

// The kinds, in the order in which they are tried.
const (
	Phase Kind = "phase" // of the evaluations
	Lost  Kind = "lost"  // scrapes
	For   Kind = "for"   // longer or shorter
)

// A Trial is a replay of which one thing is shifted.
type Trial struct {
	Kind Kind
	// Interval: it counts for groups with this one alone; 0: for all.
	Interval time.Duration
	Phase    time.Duration // see replay.Options.Phase
	Nth, Of  int           // each Of-th scrape of a target is lost, from its Nth on, from 1
	By       time.Duration // see replay.Options.AddFor
}

// Apply are the options of the trial's replay, given those of the one as it is.
func (t Trial) Apply(opts replay.Options) replay.Options {
	switch t.Kind {
	case Phase:
		opts.Phase = &t.Phase
	case Lost:
		opts.Capture = Lose(opts.Capture, t.Nth, t.Of)
	case For:
		opts.AddFor += t.By
	}
	return opts
}

// Lose is a capture of which each of-th scrape of a target is lost, from its
// nth on, from 1.
func Lose(c *capture.Capture, nth, of int) *capture.Capture {
	return c.Without(func(_ *capture.Target, n int) bool { return n%of == nth-1 })
}

// A Flip is an alert that fires in some trials of a kind and in others not.
type Flip struct {
	Rule int // number in Result.Rules
	// Labels of the alert, without those that templates make. Of the rule as a
	// whole, whether anything of it fired, they are nil.
	Labels *labels.Labels
	Kind   Kind
	Fired  bool  // in the replay as it is
	Of     int   // so many trials of the kind count for the rule
	Other  []int // those that came out otherwise, numbers in Result.Trials
}

// In is in how many of the trials it fired.
func (f *Flip) In() int {
	if f.Fired {
		return f.Of - len(f.Other)
	}
	return len(f.Other)
}

// A Result is a replay's, with what came of the trials.
type Result struct {
	*replay.Result
	Trials []Trial
	// Flips are by rule, then kind; of a rule as a whole before those of its
	// alerts, which are by labels. What an alert does as the rule does is not
	// said again.
	Flips []Flip
}

// Bounds of N.
const (
	MinN = 2
	MaxN = 100
)

// Options say what is tried beside the options of the replay.
type Options struct {
	N int // from MinN to MaxN
	// Replay replays; nil: replay.Run.
	Replay func(context.Context, replay.Options) (*replay.Result, error)
	// Progress, if set, is called before each replay with its number, from 0,
	// and how many there will be.
	Progress func(n, of int)
}

// Run replays a capture as it is, with the Observer of its options, and again
// for each trial without. The errors are those of the replays, and one for an N
// that is out of bounds; a phase with which no instant lies between From and To
// is left out.
func Run(ctx context.Context, opts replay.Options, more Options) (*Result, error) {
	if more.N < MinN || more.N > MaxN {
		return nil, fmt.Errorf("the number of trials is %d, and must be from %d to %d", more.N, MinN, MaxN)
	}
	if more.Replay == nil {
		more.Replay = replay.Run
	}
	told := func(n, of int) {
		if more.Progress != nil {
			more.Progress(n, of)
		}
	}
	told(0, 1+3*more.N)
	res, err := more.Replay(ctx, opts)
	if err != nil {
		return nil, err
	}
	opts.Observer, opts.Progress, opts.Keep, opts.Queries = nil, nil, false, nil
	trials := plan(res, more.N)
	out := &Result{Result: res}
	c := newComparing(res)
	for i, t := range trials {
		told(1+i, 1+len(trials))
		other, err := more.Replay(ctx, t.Apply(opts))
		var none *replay.NoInstantError
		if errors.As(err, &none) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t, err)
		}
		out.Trials = append(out.Trials, t)
		c.add(t, other)
	}
	out.Flips = c.flips()
	return out, nil
}

// String says what is shifted.
func (t Trial) String() string {
	switch t.Kind {
	case Phase:
		return fmt.Sprintf("with a phase of %s", t.Phase)
	case Lost:
		return fmt.Sprintf("with each scrape lost that is number %d of %d", t.Nth, t.Of)
	}
	return fmt.Sprintf("with for longer by %s", t.By)
}

// plan lists the trials of the rules of a result.
func plan(res *replay.Result, n int) []Trial {
	var intervals []time.Duration
	for _, g := range res.Groups {
		intervals = append(intervals, g.Interval)
	}
	slices.Sort(intervals)
	intervals = slices.Compact(intervals)
	var list []Trial
	for _, every := range intervals {
		for i := range n {
			phase := (every * time.Duration(i) / time.Duration(n)).Truncate(time.Millisecond)
			list = append(list, Trial{Kind: Phase, Interval: every, Phase: phase})
		}
	}
	for i := range n {
		list = append(list, Trial{Kind: Lost, Nth: i + 1, Of: n})
	}
	for _, every := range intervals {
		list = append(list, Trial{Kind: For, Interval: every, By: every}, Trial{Kind: For, Interval: every, By: -every})
	}
	return list
}
