package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
)

type metricsFlags struct {
	strict, openmetrics bool
	disable, allow      []string
	format              string
	out                 output
	capture             captureFlags
}

// metricsFormats are the forms of the result.
var metricsFormats = map[string]func(*metricsResult, io.Writer) error{
	"text":   (*metricsResult).writeText,
	"json":   (*metricsResult).writeJSON,
	"github": (*metricsResult).writeGitHub,
	"sarif":  (*metricsResult).writeSARIF,
}

// kubernetesList is the allow-list that comes with scrapebook.
const kubernetesList = "kubernetes"

func newCheckMetrics() *cobra.Command {
	var f metricsFlags
	cmd := &cobra.Command{
		Use:   "metrics [FILE|CAPTURE...]",
		Short: "Check saved metrics: every defect at its place, and promtool's lint",
		Long: `Check metrics reads expositions in text, OpenMetrics or protobuf, as they are or
compressed, and shows each defect with file:line:column, the line, and what was
done about it: syntax, what contradicts itself (duplicate series, buckets that
fall), and the lint of promtool check metrics as warnings. Of a CAPTURE, a
directory or archive, every scrape is checked, and what is the same in many is
told once. Without an argument standard input is read.

--allow FILE names metrics that may break a rule of lint: a line for each, the
rule's id and the metric's name, in which * stands for any text; # begins a
comment. 'kubernetes' is a list that comes with scrapebook.

Exit code 0: no errors, perhaps warnings; 1: errors; 2: not metrics at all, or
not readable.`,
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
	fl.StringSliceVar(&f.disable, "disable", nil, "do not report problems with this `ID`; may be repeated")
	fl.StringArrayVar(&f.allow, "allow", nil, "`FILE` of metrics that may break rules of lint, or 'kubernetes'; may be repeated")
	fl.StringVar(&f.format, "format", "text", "`FORMAT` of the result: text, json, github or sarif")
	f.out.register(cmd)
	f.capture.registerReading(cmd)
	completeValues(cmd, "format", "text", "json", "github", "sarif")
	var known []cobra.Completion
	for _, p := range metricsIDs() {
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
	lint := expfmt.LintOptions{Disable: f.disable}
	for _, name := range f.allow {
		list, err := readAllow(name)
		if err != nil {
			return err
		}
		lint.Allow = append(lint.Allow, list...)
	}
	if len(args) == 0 {
		args = []string{stdinName}
	}
	c := &checker{disable: f.disable, lint: lint, opts: expfmt.Options{Check: true, Strict: f.strict, MaxLine: int(f.capture.maxLine)}}
	if f.openmetrics {
		c.opts.Format = expfmt.FormatOpenMetrics
	}
	res := &metricsResult{}
	var failed error
	for _, arg := range args {
		in, err := f.check(cmd, c, arg)
		if err != nil {
			failed = errors.Join(failed, err)
		}
		if in != nil {
			res.inputs = append(res.inputs, in)
		}
	}
	if err := f.out.write(cmd, func(w io.Writer) error {
		res.width, res.fold = widthOf(w), isTerminal(w)
		return metricsFormats[f.format](res, w)
	}); err != nil {
		return err
	}
	switch {
	case failed != nil:
		return failed
	case res.count(expfmt.SeverityError) > 0:
		return &exit{code: codeFound}
	}
	return nil
}

// metricsIDs are the ids of all problems that check metrics finds.
func metricsIDs() []expfmt.ProblemID {
	return append(expfmt.ProblemIDs(), expfmt.ProblemID{
		ID: notExpositionID, Severity: expfmt.SeverityError, Done: "skipped", Doc: "the file says something else than metrics",
	})
}

// knownIDs checks --disable.
func (f *metricsFlags) knownIDs() error {
	all := metricsIDs()
	for _, id := range f.disable {
		if slices.ContainsFunc(all, func(p expfmt.ProblemID) bool { return p.ID == id }) {
			continue
		}
		hint := ""
		for _, p := range all {
			if strings.Contains(p.ID, id) || strings.Contains(id, p.ID) {
				hint = "; did you mean " + p.ID + "?"
				break
			}
		}
		return fmt.Errorf("--disable %q: no problem has this id%s (each stands in brackets behind its message)", id, hint)
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
func (f *metricsFlags) check(cmd *cobra.Command, c *checker, arg string) (*metricsInput, error) {
	src, err := newSource(cmd, arg, int64(f.capture.maxFile))
	if err != nil {
		return nil, err
	}
	if src.capture {
		if src.raw != nil {
			cmd.SetIn(src.again())
		}
		flags := f.capture
		flags.timeFrom = cmp.Or(flags.timeFrom, capture.TimeFromMtime) // nothing hangs on the times
		captured, err := flags.open(cmd, arg)
		if err != nil {
			return nil, err
		}
		return c.capture(arg, captured)
	}
	body, err := src.body(int64(f.capture.maxFile))
	if err != nil {
		return nil, err
	}
	return c.file(arg, src.contentType, body)
}
