package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/capture"
)

// registerQuiet is for commands that show how far they are.
func registerQuiet(cmd *cobra.Command, quiet *bool) {
	cmd.Flags().BoolVar(quiet, "quiet", false, "no progress on the terminal")
}

// progress shows on a terminal how far the reading is, once it has taken more
// than a second. done wipes it away.
func progress(cmd *cobra.Command, quiet bool, total int) (tick func(int), done func()) {
	many, done := progressOf(cmd, quiet, "reading scrapes")
	if many == nil {
		return nil, done
	}
	return func(n int) { many(n, total) }, done
}

// progressThen is progress, and working as soon as everything was read once.
func progressThen(cmd *cobra.Command, quiet bool, total int, what string) (tick func(int), done func()) {
	first, end := progress(cmd, quiet, total)
	if first == nil {
		return nil, end
	}
	over := false
	return func(n int) {
		if over {
			return
		}
		first(n)
		if over = n >= total; over {
			end()
			end = working(cmd, quiet, what)
		}
	}, func() { end() }
}

// progressOf shows how much there is of something that a word names, of a
// total that may change.
func progressOf(cmd *cobra.Command, quiet bool, what string) (tick func(n, of int), done func()) {
	w := cmd.ErrOrStderr()
	if quiet || !isTerminal(w) {
		return nil, func() {}
	}
	p := &progressLine{w: w, what: what, start: time.Now()}
	return func(n, of int) { p.tick(time.Now(), n, of) }, p.done
}

// follow shows how far the streams of a capture are.
func follow(cmd *cobra.Command, quiet bool, what string, c *capture.Capture) (done func()) {
	tick, done := progressOf(cmd, quiet, what)
	if tick != nil {
		c.Progress = func(n int) { tick(n, c.Scrapes) }
	}
	return done
}

// working shows for how long something has been going on that cannot tell how
// far it is.
func working(cmd *cobra.Command, quiet bool, what string) (done func()) {
	w := cmd.ErrOrStderr()
	if quiet || !isTerminal(w) {
		return func() {}
	}
	clock := time.NewTicker(progressEvery + time.Millisecond)
	p := &progressLine{w: w, what: what, start: time.Now()}
	stop := p.run(clock.C)
	return func() {
		clock.Stop()
		stop()
	}
}

// progressLine is a line that says how far something is.
type progressLine struct {
	w            io.Writer
	what         string
	start, shown time.Time
	columns      int // that the line takes
}

const (
	progressAfter = time.Second
	progressEvery = 200 * time.Millisecond
)

func (p *progressLine) tick(now time.Time, n, of int) {
	line := fmt.Sprintf("%s: %d of %d", p.what, n, of)
	if 0 < n && n < of {
		left := time.Duration(float64(now.Sub(p.start)) / float64(n) * float64(of-n))
		line += fmt.Sprintf(", about %s left", max(left.Round(time.Second), time.Second))
	}
	p.show(now, line)
}

// run shows the time at each beat of a clock, until stop, which wipes it away.
func (p *progressLine) run(clock <-chan time.Time) (stop func()) {
	var all sync.WaitGroup
	end := make(chan struct{})
	all.Go(func() {
		for {
			select {
			case now := <-clock:
				p.show(now, fmt.Sprintf("%s: %s", p.what, now.Sub(p.start).Round(time.Second)))
			case <-end:
				return
			}
		}
	})
	return func() {
		close(end)
		all.Wait()
		p.done()
	}
}

// show shows a line, unless it is too early for one.
func (p *progressLine) show(now time.Time, line string) {
	if now.Sub(p.start) <= progressAfter || now.Sub(p.shown) <= progressEvery {
		return
	}
	p.shown = now
	line = fmt.Sprintf("%-*s", p.columns, line)
	p.columns = max(p.columns, len(line))
	fmt.Fprintf(p.w, "\r%s", line)
}

func (p *progressLine) done() {
	if p.columns > 0 {
		fmt.Fprintf(p.w, "\r%*s\r", p.columns, "")
	}
}
