package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/export"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

type flipFlags struct{ exportFlags }

func newFlip() *cobra.Command {
	var f flipFlags
	cmd := &cobra.Command{
		Use:   "flip CAPTURE...",
		Short: "Find a small edit of a capture that makes a silent alert fire, or a firing one silent",
		Long: `Flip looks for a small edit of the capture's values with which an alert does the
opposite: a counter rises faster, slower or not at all, a gauge is some times
what it was, the buckets of a histogram see larger observations, or a series is
there that a selector asks for. It is tried on one series first, then on several.
What is found is enough, and the series that it touches are each needed; that no
edit can do it is said where it is proven.

The edit is of the series as a unit test has them, on a grid of times. With -o
the edited series are written as a test that promtool passes.

Exit code 0: an edit was found for each alert; 1: not for all; 2: it could not be
done.`,
		Example: `  scrapebook flip demo:incident --rules demo:article/alerts.yml --alert TooMany500Code
  scrapebook flip ./capture --rules alerts.yml -o tests`,
		Args:              arguments(1, -1, ""),
		ValidArgsFunction: completeCapture,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	cmd.Flags().SortFlags = false
	f.register(cmd)
	return cmd
}

func (f *flipFlags) run(cmd *cobra.Command, paths []string) error {
	opts, names, err := f.options(cmd, paths)
	if err != nil {
		return err
	}
	var done func()
	opts.Replay.Progress, done = progressThen(cmd, f.quiet, opts.Replay.Capture.Scrapes, "trying edits")
	_, flips, err := export.Flips(cmd.Context(), opts)
	done()
	if err != nil {
		return err
	}
	if len(flips) == 0 {
		return f.noAlert()
	}
	without := 0
	for i, x := range flips {
		if i > 0 {
			fmt.Fprintln(cmd.OutOrStdout())
		}
		if len(x.Edits) == 0 {
			without++
		}
		printf(cmd, cmd.OutOrStdout(), "%s", f.text(x))
		if f.dir == "" || len(x.Edits) == 0 {
			continue
		}
		if x.Flipped.Refused != "" {
			printf(cmd, cmd.OutOrStdout(), "  no test: %s\n", terminal.Clean(x.Flipped.Refused))
		} else if err := f.writeTest(cmd, x.Flipped, names[x.Test.Rule], ".flipped.yml"); err != nil {
			return err
		}
	}
	if without > 0 {
		return &exit{codeFound, errors.New(terminal.Plural(without, "alert has no edit", "alerts have no edit"))}
	}
	return nil
}

// text says what was found for one rule.
func (f *flipFlags) text(x export.Flip) string {
	now, then := "is silent", "fires"
	if x.Test.Fires {
		now, then = then, now
	}
	name := terminal.Clean(x.Test.Alert)
	switch {
	case x.Impossible != "":
		return fmt.Sprintf("%s is silent, and no edit of values can change that: %s\n", name, terminal.Clean(x.Impossible))
	case len(x.Edits) == 0:
		return fmt.Sprintf("%s: no edit was found: %s\n", name, terminal.Clean(cmp.Or(x.NotFound, x.Test.Refused)))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s, and %s when %s edited:\n", name, now, then, terminal.Plural(len(x.Edits), "series is", "series are"))
	for _, e := range x.Edits {
		fmt.Fprintf(&b, "  %s\n", terminal.Clean(e.String()))
	}
	least := "fewer series, or less of an edit, may do, too"
	if x.Least {
		least = "less of an edit may do, too"
	}
	fmt.Fprintf(&b, "  (%s tried; %s)\n", terminal.Plural(x.Tried, "edit was", "edits were"), least)
	return b.String()
}
