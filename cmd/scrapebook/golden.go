package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/fixtures/golden"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

type goldenFlags struct {
	policies []string
	update   bool
	accept   string
	format   string
	out      output
	capture  captureFlags // the limits of it
}

func newGolden() *cobra.Command {
	var f goldenFlags
	cmd := &cobra.Command{
		Use:   "golden GOLDEN [GOT|URL|-]",
		Short: "Compare metrics with a golden file, in the tests of any language",
		Long: `Golden compares what a program exposes with a golden file, as the Go package
fixtures/golden does: families, types, help texts, labels and values, in whatever
order. GOT is a file, a URL that is asked, or - (the default) standard input.

What may differ stands in lines of a file beside the golden file, whose name is
the golden file's and .policy; in its comments, after # POLICY; or in files that
--policy names, which come first. The first policy that matches a series holds:

  exact|not-falling|shape|ignore SELECTOR…   relative 0.1 SELECTOR…
  absolute|at-least|at-most NUMBER SELECTOR… label NAME VALUE [SELECTOR…]
  times SELECTOR…   only PREFIX…   allow-extra   clocks   kubernetes

such as 'relative 0.1 house_temperature_celsius', 'label host <any>' or 'shape
*_seconds{path="/a*"}'. One that matches nothing is an error: it has outlived
its metric. Where the environment variable CI is set, what was got from a URL or
standard input is left in GOLDEN.got.

Exit code 0: they agree, or GOLDEN is written; 1: they differ; 2: they cannot be
compared.`,
		Example: `  ./exporter --once | scrapebook golden testdata/metrics.prom --update
  ./exporter --once | scrapebook golden testdata/metrics.prom
  scrapebook golden testdata/metrics.prom http://localhost:9100/metrics
  scrapebook golden testdata/metrics.prom got.prom --format github`,
		Args: arguments(1, 2, ""),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringArrayVar(&f.policies, "policy", nil, "`FILE` of policies; may be repeated")
	fl.BoolVar(&f.update, "update", false, "write GOLDEN instead; values that a policy allows stay as they were")
	fl.StringVar(&f.accept, "accept", "text", "`FORMAT` that a URL is asked for: text, openmetrics or protobuf")
	fl.StringVar(&f.format, "format", "text", "`FORMAT` of the result: text, github or junit")
	f.out.register(cmd)
	f.capture.registerLimits(cmd)
	completeValues(cmd, "accept", "text", "openmetrics", "protobuf")
	completeValues(cmd, "format", "text", "github", "junit")
	return cmd
}

func (f *goldenFlags) run(cmd *cobra.Command, args []string) error {
	if err := cmp.Or(oneOf(cmd, "format", f.format, "text", "github", "junit"), oneOf(cmd, "accept", f.accept, "text", "openmetrics", "protobuf")); err != nil {
		return err
	}
	path, name := args[0], stdinName
	if len(args) == 2 {
		name = args[1]
	}
	var opts []golden.Option
	for _, p := range f.policies {
		opts = append(opts, golden.Policies(p))
	}
	body, contentType, err := f.got(cmd, name)
	if err != nil {
		return err
	}
	opts = append(opts, golden.ContentType(contentType), golden.Update(f.update))
	r, err := golden.Check(path, body, opts...)
	again := fmt.Sprintf("scrapebook golden --update %s %s", shellWord(path), shellWord(name))
	switch {
	case errors.Is(err, golden.ErrMissing):
		err = fmt.Errorf("%w: %s writes it", err, again)
	case err == nil && r.Wrote:
		say(cmd.ErrOrStderr(), "%s: written", path)
	}
	if f.format == "text" && err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	text := ""
	if err == nil && len(r.Changes) > 0 {
		text = path + ": " + r.Text(again)
		if name == stdinName || isURL(name) {
			text += r.Leave(path)
		}
	}
	if err := f.out.write(cmd, func(w io.Writer) error { return f.report(w, path, text, r, err) }); err != nil {
		return err
	}
	if err != nil {
		return &exit{code: codeFailed}
	}
	return found(nil, len(r.Changes) > 0)
}

// got reads what is to be compared.
func (f *goldenFlags) got(cmd *cobra.Command, name string) (body []byte, contentType string, err error) {
	if isURL(name) {
		return fetch(cmd.Context(), name, writtenFormats[f.accept], int64(f.capture.maxFile))
	}
	if name == stdinName && isTerminal(cmd.InOrStdin()) {
		return nil, "", errors.New("standard input is a terminal: pipe metrics into it, or name a file or URL of them")
	}
	src, err := newSource(cmd, name, int64(f.capture.maxFile))
	if err != nil {
		return nil, "", err
	}
	if src.capture {
		return nil, "", fmt.Errorf("%s is a capture: name one file", name)
	}
	err = src.read(int64(f.capture.maxFile), func(r io.Reader) error {
		body, err = io.ReadAll(r)
		return err
	})
	return body, src.contentType, src.failed(err)
}

// report writes the result, of which text is that for people, or an error in
// its place.
func (f *goldenFlags) report(w io.Writer, path, text string, r *golden.Result, failed error) error {
	switch f.format {
	case "junit":
		c := report.JUnitCase{Class: "scrapebook golden", Name: path, File: path, Failure: text}
		if failed != nil {
			c.Error = failed.Error()
		}
		return report.JUnit{}.Cases(w, "scrapebook golden", []report.JUnitCase{c})
	case "github":
		if failed != nil {
			_, err := io.WriteString(w, terminal.GitHub("error", path, 0, 0, "golden", failed.Error()))
			return err
		}
		for _, c := range r.Changes {
			if _, err := io.WriteString(w, terminal.GitHub("error", path, c.WantLine, 0, "golden", c.String())); err != nil {
				return err
			}
		}
		return nil
	}
	if text == "" {
		return nil
	}
	_, err := fmt.Fprintln(w, text)
	return err
}

// shellWord is a word as a shell takes it.
func shellWord(s string) string {
	if s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./:@%+=,", r))
	}) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
