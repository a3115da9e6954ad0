package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	pathpkg "path"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
)

const (
	demoPrefix = "demo:"
	stdinName  = "-"
)

// openCapture resolves what a CAPTURE argument may be.
func openCapture(cmd *cobra.Command, arg string, opts capture.Options) (*capture.Capture, error) {
	name, ok := strings.CutPrefix(arg, demoPrefix)
	if !ok {
		return capture.OpenPath(arg, cmd.InOrStdin(), opts)
	}
	name, path, inside := strings.Cut(name, "/")
	fsys, err := demo(name)
	if err != nil {
		return nil, err
	}
	if inside {
		return openInside(fsys, arg, path, opts)
	}
	return capture.Open(fsys, arg, opts)
}

// openInside opens a folder of a demo, or one file of it, with its path, which
// says whose scrape it is.
func openInside(fsys fs.FS, arg, path string, opts capture.Options) (*capture.Capture, error) {
	info, err := fs.Stat(fsys, path)
	if err != nil {
		return nil, fmt.Errorf("there is no %s: %w", arg, err)
	}
	if info.IsDir() {
		if fsys, err = fs.Sub(fsys, path); err != nil {
			return nil, err
		}
		c, err := capture.Open(fsys, pathpkg.Base(path), opts)
		if err == nil {
			c.Name = arg
		}
		return c, err
	}
	body, err := fs.ReadFile(fsys, path)
	if err != nil {
		return nil, err
	}
	var files bundle
	files.add(path, body)
	return files.open(arg, opts)
}

func demo(name string) (fs.FS, error) {
	fsys, err := fixtures.FS(name)
	if err != nil {
		var names []string
		for _, f := range fixtures.List() {
			names = append(names, demoPrefix+f.Name)
		}
		return nil, fmt.Errorf("there is no %s%s: it is one of %s", demoPrefix, name, strings.Join(names, ", "))
	}
	return fsys, nil
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
