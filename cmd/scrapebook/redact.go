package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/redact"
)

type redactFlags struct {
	dir        string
	more, keep []string
	quiet      bool
	capture    captureFlags
}

func newRedact() *cobra.Command {
	var f redactFlags
	cmd := &cobra.Command{
		Use:   "redact CAPTURE -o DIR",
		Short: "Copy a capture with other names for hosts, addresses, pods and users",
		Long: `Redact copies a capture so that it can be shown to others: names of hosts,
addresses, URLs, pods and users become host-1, 198.18.0.1, pod-1 and so on, the
same throughout, in labels, comments, error texts, capture.yaml and the names of
targets. Metrics, other labels, numbers and times stay as they are, so rules
find in the copy what they find in the capture.

What is a name is told by its label (instance, node, host, pod, user, …) and by
its form (IP and MAC addresses, URLs, mail addresses, home directories, hosts in
.local, .internal and such). Within other text a name of letters alone, such as
alice, is not looked for. What was replaced is listed on standard output: look it
over, and look into the copy, before you hand it on.`,
		Example: `  scrapebook redact ./capture -o ./shared
  scrapebook redact ./capture -o ./shared --label namespace --label tenant
  scrapebook redact ./capture -o ./shared --keep node > replaced.txt`,
		Args:              arguments(1, 1, ""),
		ValidArgsFunction: completeCapture,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVarP(&f.dir, "output", "o", "", "`DIR` for the copy: a new folder, or an empty one")
	fl.StringArrayVar(&f.more, "label", nil, "replace the values of this label, too: its `NAME`; may be repeated")
	fl.StringArrayVar(&f.keep, "keep", nil, "do not replace the values of this label: its `NAME`; may be repeated")
	registerQuiet(cmd, &f.quiet)
	f.capture.register(cmd)
	return cmd
}

func (f *redactFlags) run(cmd *cobra.Command, arg string) error {
	if f.dir == "" {
		return errors.New("redact needs -o DIR, the folder for the copy")
	}
	if err := newFolder(f.dir); err != nil {
		return err
	}
	c, err := f.capture.open(cmd, arg)
	if err != nil {
		return err
	}
	done := follow(cmd, f.quiet, "copying scrapes", c)
	copied, err := redact.Copy(c, f.dir, redact.Options{Labels: f.more, Keep: f.keep})
	done()
	if err != nil {
		return err
	}
	if err := f.capture.text(cmd.OutOrStdout()).Names(cmd.OutOrStdout(), copied.Names); err != nil {
		return err
	}
	for _, file := range copied.LeftOut {
		say(cmd.ErrOrStderr(), "%s: left out, since it cannot be read and may hold names", file)
	}
	say(cmd.ErrOrStderr(), "wrote %s: %d scrapes, %d names replaced; %d files that are no scrapes are not in it", f.dir, copied.Scrapes, len(copied.Names), len(c.Ignored))
	return nil
}
