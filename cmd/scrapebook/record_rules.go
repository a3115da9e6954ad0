package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// A ruling is rules that are evaluated over a recording while it is taken, as
// replay --follow does.
type ruling struct {
	follower *replay.Follower
	stop     context.CancelFunc
	ended    chan error
}

// ruling reads the rules. It is nil if there are none.
func (f *recordFlags) ruling(cmd *cobra.Command, tell func(string)) (*ruling, error) {
	if len(f.rules) == 0 {
		return nil, nil
	}
	if f.maxDisk > 0 {
		return nil, errors.New("--max-disk removes scrapes that --rules look back on: leave out one of them")
	}
	groups, err := loadRules(cmd, f.rules, rules.ParseOptions{})
	if err != nil {
		return nil, err
	}
	began := time.Now()
	return &ruling{follower: &replay.Follower{
		Open:    func() (*capture.Capture, error) { return (&captureFlags{}).open(cmd, f.dir) },
		Options: replay.Options{Groups: groups},
		Tell: func(c replay.Change) {
			if c.At.After(began) { // an earlier recording has told its own
				tell(terminal.Clean(c.Text()))
			}
		},
	}}, nil
}

// begin evaluates the rules from now on.
func (r *ruling) begin(ctx context.Context) {
	if r == nil {
		return
	}
	ctx, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	r.ended = make(chan error, 1)
	go func() { r.ended <- r.follower.Follow(ctx) }()
}

// end tells what is left of the recording that has ended.
func (r *ruling) end(ctx context.Context) error {
	if r == nil {
		return nil
	}
	r.stop()
	err := <-r.ended
	opts := r.follower.Options
	if err == nil {
		opts.Capture, err = r.follower.Open()
	}
	var res *replay.Result
	if err == nil {
		res, err = replay.Run(context.WithoutCancel(ctx), opts)
	}
	if err != nil {
		return fmt.Errorf("it was recorded, but --rules could not be evaluated to the end: %w", err)
	}
	r.follower.Rest(res, time.Now().AddDate(1, 0, 0))
	return nil
}
