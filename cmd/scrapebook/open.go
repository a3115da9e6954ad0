package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/capture"
)

const stdinName = "-"

// openCapture resolves what a CAPTURE argument may be. Several are one capture.
func openCapture(cmd *cobra.Command, args []string, opts capture.Options) (*capture.Capture, error) {
	for _, arg := range args {
		name, ok := strings.CutPrefix(arg, demoPrefix)
		if !ok {
			continue
		}
		if len(args) > 1 {
			return nil, fmt.Errorf("%s is a capture by itself, and cannot be one of several", arg)
		}
		d, err := openDemo(name)
		if err != nil {
			return nil, err
		}
		return d.capture(arg, opts)
	}
	return capture.OpenPaths(args, cmd.InOrStdin(), opts)
}

// onlyPaths refuses arguments behind a capture that are no paths, with a hint
// of what they may be meant to be.
func onlyPaths(paths []string, hint string) error {
	for i, p := range paths {
		_, err := os.Stat(p)
		switch demo := strings.HasPrefix(paths[0], demoPrefix); {
		case i > 0 && demo:
			return fmt.Errorf("unexpected argument %q: %s is a capture by itself; %s", p, paths[0], hint)
		case i > 0 && err != nil:
			return fmt.Errorf("unexpected argument %q: no such file or directory; %s", p, hint)
		}
	}
	return nil
}

// output is where a command's data goes: -o FILE or standard output.
type output struct{ path string }

func (o *output) register(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&o.path, "output", "o", "", "write to `FILE` instead of standard output")
}

func (o *output) write(cmd *cobra.Command, f func(io.Writer) error) error {
	if o.path == "" || o.path == stdinName {
		return f(cmd.OutOrStdout())
	}
	// For writing alone: a pipe that we could read as well would never break.
	file, err := os.OpenFile(o.path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return fmt.Errorf("--output: %w", err)
	}
	defer file.Close() // a second Close does nothing
	if err := f(file); err != nil {
		return err
	}
	return file.Close()
}
