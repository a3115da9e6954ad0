package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/lint"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

type metricsFlags struct {
	strict, openmetrics bool
	all                 bool
	disable, allow      []string
	format              string
	quiet               bool
	out                 output
	capture             captureFlags
}

// kubernetesList is the allow-list that comes with scrapebook.
const kubernetesList = "kubernetes"

func newCheckMetrics() *cobra.Command {
	var f metricsFlags
	cmd := &cobra.Command{
		Use:   "metrics [FILE|CAPTURE...]",
		Short: "Check saved metrics: every defect at its place, and promtool's lint",
		Long: `Check metrics reads expositions in text, OpenMetrics or protobuf, as they are or
compressed. The first line says whether a Prometheus server would take the
scrape, and whether promtool would read it. Each defect follows with
file:line:column, the line, and what was done about it: syntax, what contradicts
itself (duplicate series, buckets that fall), and the lint of promtool check
metrics as warnings. What a server refuses is an error; what promtool alone
refuses, as unknown escapes, a warning. Repeats of one problem are one with a
number; --all shows each. Of a CAPTURE, a directory or archive, every scrape is
checked, and what is the same in many is told once. What stands around the text
of a file, a page, JSON or a prefix of each line, is taken off, and places are
those of the file. Without an argument standard input is read.

--allow FILE names metrics that may break a rule of lint: a line for each, the
rule's id and the metric's name, in which * stands for any text; # begins a
comment. 'kubernetes' is a list that comes with scrapebook.

Exit code 0: a server takes it and nothing is lost, perhaps there are warnings;
1: errors; 2: not metrics at all, or not readable.`,
		Example: `  scrapebook check metrics demo:etcd
  curl -s localhost:9100/metrics | scrapebook check metrics
  scrapebook check metrics --openmetrics --strict metrics.txt
  scrapebook check metrics ./capture --allow kubernetes --disable no-help
  scrapebook check metrics *.prom --format sarif -o lint.sarif`,
		ValidArgsFunction: func(cmd *cobra.Command, _ []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return completeCapture(cmd, nil, toComplete)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.BoolVar(&f.strict, "strict", false, "in OpenMetrics every violation of its standard is an error")
	fl.BoolVar(&f.openmetrics, "openmetrics", false, "read as OpenMetrics, whatever it looks like")
	fl.BoolVar(&f.all, "all", false, "show every problem of a file, not one for all of its kind")
	fl.StringSliceVar(&f.disable, "disable", nil, "do not report problems with this `ID`; may be repeated")
	fl.StringArrayVar(&f.allow, "allow", nil, "`FILE` of metrics that may break rules of lint, or 'kubernetes'; may be repeated")
	fl.StringVar(&f.format, "format", "text", "`FORMAT` of the result: text, json, github or sarif")
	registerQuiet(cmd, &f.quiet)
	f.out.register(cmd)
	f.capture.registerReading(cmd)
	completeValues(cmd, "format", "text", "json", "github", "sarif")
	var known []cobra.Completion
	for _, p := range lint.IDs() {
		known = append(known, cobra.CompletionWithDesc(p.ID, p.Doc))
	}
	completeValues(cmd, "disable", known...)
	if err := cmd.RegisterFlagCompletionFunc("allow", func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return []cobra.Completion{kubernetesList}, cobra.ShellCompDirectiveDefault
	}); err != nil {
		panic(err) // the flag exists
	}
	return cmd
}

func (f *metricsFlags) run(cmd *cobra.Command, args []string) error {
	if err := cmp.Or(oneOf(cmd, "format", f.format, "text", "json", "github", "sarif"), f.knownIDs()); err != nil {
		return err
	}
	opts := lint.Options{Strict: f.strict, MaxLine: int(f.capture.maxLine), Disable: f.disable, Workers: f.capture.workers}
	for _, name := range f.allow {
		list, err := readAllow(name)
		if err != nil {
			return err
		}
		opts.Allow = append(opts.Allow, list...)
	}
	if err := oneOf(cmd, "fallback-scrape-protocol", f.capture.protocol, capture.FallbackScrapeProtocols()...); err != nil {
		return err
	}
	if f.openmetrics {
		opts.Format = expfmt.FormatOpenMetrics
	}
	if len(args) == 0 {
		args = []string{stdinName}
	}
	res := &lint.Result{}
	var failed error
	for _, arg := range args {
		in, err := f.check(cmd, opts, arg)
		if err != nil {
			failed = errors.Join(failed, err)
		}
		if in != nil {
			res.Inputs = append(res.Inputs, in)
		}
	}
	if err := f.out.write(cmd, func(w io.Writer) error {
		return f.reporter(cmd, w).Report(w, res)
	}); err != nil {
		return err
	}
	switch {
	case failed != nil:
		return failed
	case res.Count(expfmt.SeverityError) > 0:
		return &exit{code: codeFound}
	}
	return nil
}

func (f *metricsFlags) reporter(cmd *cobra.Command, w io.Writer) lint.Reporter {
	switch f.format {
	case "json":
		return lint.JSON{}
	case "github":
		return lint.GitHub{}
	case "sarif":
		return lint.SARIF{Version: ownVersion()}
	}
	return lint.Text{Width: widthOf(cmd, w), All: f.all}
}

// knownIDs checks --disable.
func (f *metricsFlags) knownIDs() error {
	for _, id := range f.disable {
		if err := lint.CheckID(id); err != nil {
			return fmt.Errorf("--disable %q: %w (each stands in brackets behind its message)", id, err)
		}
	}
	return nil
}

func readAllow(name string) ([]expfmt.Exception, error) {
	if name == kubernetesList {
		return expfmt.KubernetesExceptions(), nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("--allow %s: %w", name, underlying(err))
	}
	defer file.Close()
	list, err := expfmt.ReadExceptions(file, name)
	if err != nil {
		return nil, fmt.Errorf("the allow-list cannot be used:\n%w", err)
	}
	return list, nil
}

// check checks what one argument names. With an error there may be a result
// as well, for what is no exposition.
func (f *metricsFlags) check(cmd *cobra.Command, opts lint.Options, arg string) (*lint.Input, error) {
	src, err := newSource(cmd, arg, int64(f.capture.maxFile))
	if err != nil {
		return nil, err
	}
	if src.capture {
		if src.raw != nil {
			cmd.SetIn(src.again())
		}
		asked, err := f.capture.options(cmd)
		if err != nil {
			return nil, err
		}
		asked.Untimed = true // nothing hangs on the times
		if src.raw != nil {
			arg = stdinName
		}
		captured, err := openCapture(cmd, []string{arg}, asked)
		if err != nil {
			return nil, err
		}
		defer follow(cmd, f.quiet, "checking scrapes", captured)()
		return lint.CheckCapture(src.name, captured, opts)
	}
	defer working(cmd, f.quiet, "checking "+terminal.Clean(arg))()
	body, err := src.body(int64(f.capture.maxFile))
	if err != nil {
		return nil, err
	}
	opts.MaxBody = int64(f.capture.maxFile)
	if within, err := f.capture.within(cmd, src, body); within != nil || err != nil {
		if err != nil {
			return nil, err
		}
		return lint.CheckScrapes(arg, within, opts)
	}
	in, err := lint.CheckFile(arg, cmp.Or(src.contentType, capture.ProtocolContentType(f.capture.protocol)), body, opts)
	return in, src.failed(err)
}
