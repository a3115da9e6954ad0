package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/push"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// failed is the error of a push with what can be done.
func (f *pushFlags) failed(ctx context.Context, err error, res *push.Result) error {
	var refused *push.RefusedError
	var journal *push.JournalError
	resumed := "push again to go on there"
	if !f.resume && f.journal == "" {
		resumed = "with --resume a push can go on there"
	}
	switch {
	case ctx.Err() != nil && res != nil:
		return fmt.Errorf("interrupted: %s; %s", progressOfPush(res), resumed)
	case errors.As(err, &journal):
		return fmt.Errorf("%w\n--journal FILE keeps another one; without this file the push begins anew", err)
	case errors.As(err, &refused) && refused.Reason.TooOld():
		return fmt.Errorf("%w\n%s", err, whatToSet)
	case res != nil && res.Written > 0:
		return fmt.Errorf("%w\n%s; %s", err, progressOfPush(res), resumed)
	}
	return err
}

func progressOfPush(res *push.Result) string {
	return fmt.Sprintf("%s samples are written", thousands(res.Written+res.Known))
}

const whatToSet = "the capture may be older than the server takes: 'scrapebook push --help' lists what to set, such as out_of_order_time_window of Prometheus; or --shift moves the capture to now"

// tell says what was done.
func (f *pushFlags) tell(cmd *cobra.Command, w io.Writer, res *push.Result, opts push.Options) {
	whole := "all"
	if opts.Shards > 0 {
		whole = "shard " + f.shard
	}
	if !res.Complete {
		whole = "a part"
	}
	head := fmt.Sprintf("pushed %s of %s: %s samples written", whole, opts.Replay.Capture.Name, thousands(res.Written))
	if res.Requests > 0 {
		head += fmt.Sprintf(", by remote write %s in %s", res.Protocol, terminal.Plural(res.Requests, "request", "requests"))
	}
	printf(cmd, w, "%s\n", head)
	if res.Resumed > 0 {
		printf(cmd, w, "  %s of them before this push, by the journal\n", thousands(res.Resumed))
	}
	if res.Known > 0 {
		printf(cmd, w, "  and %s that the server refused as duplicates or out of order, where an attempt before had written them\n", thousands(res.Known))
	}
	if res.Shift != 0 {
		printf(cmd, w, "  times moved by %s: the capture's end is %s\n", res.Shift, time.UnixMilli(opts.Replay.Capture.End).Add(res.Shift).UTC().Format(time.RFC3339))
	}
}

// refusals say what was refused and why.
func refusals(res *push.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "the server refused %s samples", thousands(res.Refused))
	old := false
	for _, r := range res.Refusals {
		fmt.Fprintf(&b, "\n%s: %s", thousands(r.Samples), r.StatusError.Error())
		old = old || r.TooOld()
	}
	if old {
		b.WriteString("\n" + whatToSet)
	}
	return b.String()
}

// thousands spells a number with commas.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// pushProgress shows on a terminal how far a push is.
type pushProgress struct {
	line  *progressLine // nil: nothing is shown
	cmd   *cobra.Command
	quiet bool
	of    int
	told  string
}

func newPushProgress(cmd *cobra.Command, quiet bool, scrapes int) *pushProgress {
	p := &pushProgress{cmd: cmd, quiet: quiet, of: scrapes}
	if w := cmd.ErrOrStderr(); !quiet && isTerminal(w) {
		p.line = &progressLine{w: w, start: time.Now()}
	}
	return p
}

func (p *pushProgress) tick(samples int64, scrapes int) {
	p.told = ""
	if p.line != nil {
		p.line.show(time.Now(), fmt.Sprintf("pushing: %s samples, scrape %d of %d", thousands(samples), scrapes, p.of))
	}
}

// retry tells once of an outage what is tried again.
func (p *pushProgress) retry(err error, wait time.Duration) {
	if p.quiet || p.told == err.Error() || wait < time.Second {
		return
	}
	p.told = err.Error()
	p.done()
	say(p.cmd.ErrOrStderr(), "%v; trying again", err)
}

func (p *pushProgress) done() {
	if p.line != nil {
		p.line.done()
	}
}
