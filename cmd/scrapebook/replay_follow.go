package main

import (
	"context"
	"fmt"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// checkFollow refuses what cannot be said of a capture that grows.
func (f *replayFlags) checkFollow(cmd *cobra.Command, paths []string) error {
	if !f.follow {
		return nil
	}
	for _, p := range paths {
		if p == stdinName || strings.HasPrefix(p, demoPrefix) {
			return fmt.Errorf("--follow: nothing is added to %s: leave it out", p)
		}
	}
	for _, name := range []string{"was", "from", "to", "jitter", "lose", "gaps", "sweep", "prometheus", "output", "server"} {
		if fl := cmd.Flags().Lookup(name); fl != nil && fl.Changed {
			return fmt.Errorf("--%s is about a capture that has ended: leave it out, or --follow", name)
		}
	}
	if f.format != "text" {
		return fmt.Errorf("--follow prints lines of text: leave out --format %s", f.format)
	}
	return nil
}

// followed tells what alerts do until it is stopped. The rest is for the result
// of a replay of the whole capture.
func (f *replayFlags) followed(cmd *cobra.Command, paths []string, opts replay.Options, builtIn bool, set map[string]string) (rest func(*replay.Result), err error) {
	follower := &replay.Follower{
		Options: opts,
		Open:    func() (*capture.Capture, error) { return f.capture.open(cmd, paths...) },
		Run: func(_ context.Context, opts replay.Options) (*replay.Result, error) {
			res, _, err := f.replay(cmd, opts, builtIn, set)
			return res, err
		},
		Tell: func(c replay.Change) { printf(cmd, cmd.OutOrStdout(), "%s\n", terminal.Clean(c.Text())) },
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if !f.quiet {
		say(cmd.ErrOrStderr(), "following %s (Ctrl-C ends it, and shows the result)", strings.Join(paths, " "))
	}
	if err := follower.Follow(ctx); err != nil {
		return nil, err
	}
	return func(res *replay.Result) {
		follower.Rest(res, time.Now().AddDate(1, 0, 0))
		fmt.Fprintln(cmd.OutOrStdout())
	}, nil
}
