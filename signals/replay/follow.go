package replay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/capture"
)

// A Change is an alert that begins or ends to be pending or firing.
type Change struct {
	At          time.Time // the instant
	Rule        Rule      // without what comes later than the instant
	Labels      labels.Labels
	Annotations labels.Labels // as of the result that the change is from
	From, To    State         // "" is inactive
	Value       float64       // the worst one so far of the state that begins
}

// A Follower tells of a capture that grows what its alerts do, as they do it.
//
// Whenever there is more of the capture, the whole of it is replayed up to the
// time until which it is settled: all scrapes up to then are there. Changes up
// to then are what every later replay comes to, too: they are told once, in the
// order of their times. A long capture is replayed more rarely: at least four
// fifths of the time are rest.
type Follower struct {
	// Open opens the capture as it is now. An error of the type
	// *capture.NoScrapesError or *capture.MissingError means that there is
	// nothing yet.
	Open func() (*capture.Capture, error)
	// Options are those of the replays, but for Capture, From and To.
	Options Options
	// Run replays; nil: the function Run.
	Run func(context.Context, Options) (*Result, error)
	// Tell is called with each change.
	Tell func(Change)

	settled time.Time // as of the last look
	told    time.Time // changes up to here were told
}

const (
	// settling is how long after its interval a scrape may take to appear.
	settling = 2 * time.Second
	// lookEvery bounds how often files are looked for.
	lookEvery = 500 * time.Millisecond
)

// Follow follows the capture until the context is done, which is no error.
func (f *Follower) Follow(ctx context.Context) error {
	for {
		began := time.Now()
		if err := f.step(ctx, began); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(max(lookEvery, 4*time.Since(began))):
		}
	}
}

// step tells what is new, up to the time that was settled when the step before
// looked: what was being written then is whole now.
func (f *Follower) step(ctx context.Context, now time.Time) error {
	c, err := f.Open()
	none, missing := (*capture.NoScrapesError)(nil), (*capture.MissingError)(nil)
	if errors.As(err, &none) || errors.As(err, &missing) {
		return nil
	}
	if err != nil {
		return err
	}
	to := f.settled
	f.settled = settled(c, now)
	if to.After(f.told) {
		return f.upTo(ctx, c, to)
	}
	return nil
}

// settled is the time up to which no scrape is missing that is still to come.
// Those of a target come in the order of their times; one that takes longer
// than the longest interval is not waited for.
func settled(c *capture.Capture, now time.Time) time.Time {
	longest := c.Interval
	first := c.End
	for _, t := range c.Targets {
		longest = max(longest, t.Interval)
		first = min(first, t.Last)
	}
	late := now.Add(-longest - settling)
	if late.Before(instant(c.Start)) {
		return time.Time{} // some targets may have no scrape yet
	}
	to := instant(first)
	if to.Before(late) {
		to = late
	}
	return to
}

// upTo tells the changes up to a time.
func (f *Follower) upTo(ctx context.Context, c *capture.Capture, to time.Time) error {
	opts := f.Options
	opts.Capture, opts.From, opts.To = c, instant(c.Start), to
	run := f.Run
	if run == nil {
		run = Run
	}
	res, err := run(ctx, opts)
	none := (*NoInstantError)(nil)
	if err != nil && !errors.As(err, &none) {
		return err
	}
	if err == nil {
		f.Rest(res, to)
	}
	return nil
}

// Rest tells the changes of a result up to a time that were not told yet; those
// at its end are told so when a replay of the whole capture was the last.
func (f *Follower) Rest(res *Result, to time.Time) {
	for _, c := range res.Changes() {
		if c.At.After(f.told) && !c.At.After(to) {
			f.Tell(c)
		}
	}
	if to.After(f.told) {
		f.told = to
	}
}

// Changes lists what alerts did, by time, then in the order of rules and
// alerts.
func (r *Result) Changes() (out []Change) {
	for _, rule := range r.Rules {
		for _, a := range rule.Alerts {
			was := State("")
			for i, in := range a.Intervals {
				one := Change{At: in.Start, Rule: rule, Labels: a.Labels, Annotations: a.Annotations, From: was, To: in.State, Value: in.Peak}
				out = append(out, one)
				was = in.State
				if next := i + 1; !in.Open && (next == len(a.Intervals) || a.Intervals[next].Start.After(in.End)) {
					one.At, one.From, one.To = in.End, in.State, ""
					out = append(out, one)
					was = ""
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Change) int { return a.At.Compare(b.At) })
	return out
}

// Text is the change in a line, such as
//
//	2026-11-21T07:10:00Z firing KubeProxyErrors {instance="node-a"} 0.3
func (c Change) Text() string {
	state := cmp.Or(string(c.To), "resolved")
	if c.To == "" && c.From == Pending {
		state = "inactive"
	}
	own := labels.NewBuilder(c.Labels).Del("alertname").Labels()
	text := fmt.Sprintf("%s %s %s %s", c.At.UTC().Format("2006-01-02T15:04:05.999Z07:00"), state, c.Rule.Alert, own)
	if c.To != "" {
		text += " " + strconv.FormatFloat(c.Value, 'g', -1, 64)
	}
	return text
}
