package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/rulelint"
	"github.com/scrapebook/scrapebook/signals/rules"
)

type checkRulesFlags struct {
	features      []string
	ignoreUnknown bool
	against       string
	quiet         bool
	out           output
	versions      versionFlags
	capture       captureFlags
	reading       []string // names of the flags that only --against has a use for
}

func newCheckRules() *cobra.Command {
	var f checkRulesFlags
	cmd := &cobra.Command{
		Use:   "rules FILE|FOLDER...",
		Short: "Check rule files as Prometheus loads them",
		Long: `Check rule files as Prometheus loads them. Every error is shown with
file:line:column. A FILE may also be a PrometheusRule of the operator, the
answer of /api/v1/rules, several YAML documents of these, or - for standard
input, or a pattern such as 'rules/*.yml'; of a FOLDER these are all *.yml,
*.yaml, *.json and *.rules below it, but for folders whose names begin with a
dot. Rules with the same name and labels in
one file, recording rules in two as well, and files without rules are warnings.

With --against it tells, too, which selectors of which rules match no series of
a CAPTURE, and what there is instead. A value that was not seen of a metric and
labels that are there, and what stands in absent(), are notes.

With --kubernetes it tells instead on which versions of Kubernetes the rules
break or work otherwise: metrics that are gone or not there yet, other labels,
thresholds that no quantile reaches. What no source tells is "not known".

Exit code 0: all load, perhaps there are warnings; 1: there are errors, with
--against also a metric or label that is not there, or with --kubernetes a rule
breaks; 2: a file cannot be read, or with --kubernetes does not load.`,
		Example: `  scrapebook check rules demo:article/alerts.yml
  scrapebook check rules alerts.yml --kubernetes 1.18..1.36
  scrapebook check rules rules/ --against ./capture
  scrapebook check rules rules/ --format github
  kubectl get configmap alerts -o jsonpath='{.data.alerts\.yml}' | scrapebook check rules -`,
		Args: arguments(1, -1, ""),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	fl := cmd.Flags()
	f.versions.register(cmd)
	registerUnknown(cmd, &f.ignoreUnknown)
	fl.StringVar(&f.against, "against", "", "tell which selectors match no series of this `CAPTURE`")
	f.out.register(cmd)
	registerFeatures(cmd, &f.features)

	reading := &cobra.Command{}
	f.capture.registerReading(reading)
	registerQuiet(reading, &f.quiet)
	reading.Flags().VisitAll(func(one *pflag.Flag) {
		f.reading = append(f.reading, one.Name)
		one.Usage = "with --against: " + one.Usage
		fl.AddFlag(one)
	})
	if err := cmd.RegisterFlagCompletionFunc("against", func(cmd *cobra.Command, _ []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return completeCapture(cmd, nil, toComplete)
	}); err != nil {
		panic(err) // the flag exists
	}
	return cmd
}

// checkFlags refuses what does not go together.
func (f *checkRulesFlags) checkFlags(cmd *cobra.Command, args []string) error {
	if err := cmp.Or(checkFeatures(f.features), f.versions.check(cmd)); err != nil {
		return err
	}
	if f.versions.kubernetes != "" && cmd.Flags().Changed("against") {
		return errors.New("--against asks a capture, --kubernetes a catalogue: give one or the other")
	}
	if cmd.Flags().Changed("against") {
		if f.against == "" {
			return errors.New("--against: it names no capture")
		}
		if f.against == stdinName && slices.Contains(args, stdinName) {
			return errors.New("--against - reads standard input, and so does the FILE -: give one of them as a file")
		}
		return nil
	}
	for _, name := range f.reading {
		if cmd.Flags().Changed(name) {
			return fmt.Errorf("--%s is for --against", name)
		}
	}
	return nil
}

func (f *checkRulesFlags) run(cmd *cobra.Command, args []string) error {
	if err := f.checkFlags(cmd, args); err != nil {
		return err
	}
	files, unread := ruleFiles(args)
	parse := rules.ParseOptions{Features: f.features, IgnoreUnknownFields: f.ignoreUnknown}
	if f.versions.kubernetes != "" {
		if unread != nil {
			return unread
		}
		return f.versions.run(cmd, files, parse, &f.out)
	}
	result := &rulelint.Result{}
	for _, file := range files {
		data, err := readRules(cmd, file)
		if err != nil { // the others are checked all the same
			unread = errors.Join(unread, err)
			continue
		}
		result.Add(file, data, parse)
	}
	result.FindDuplicates()
	if f.against != "" {
		if err := f.compare(cmd, result); err != nil {
			return errors.Join(err, unread)
		}
	}
	if err := f.out.write(cmd, func(w io.Writer) error { return f.report(cmd, w, result) }); err != nil {
		return err
	}
	switch {
	case unread != nil:
		return unread
	case result.Count(expfmt.SeverityError) > 0:
		return &exit{code: codeFound}
	}
	return nil
}

func (f *checkRulesFlags) report(cmd *cobra.Command, w io.Writer, result *rulelint.Result) error {
	switch f.versions.format {
	case "json":
		return rulelint.JSON{}.Report(w, result)
	case "github":
		return rulelint.GitHub{}.Report(w, result)
	case "sarif":
		return rulelint.SARIF{Version: ownVersion()}.Report(w, result)
	}
	return rulelint.Text{Width: widthOf(cmd, w)}.Report(w, result)
}

// compare asks the capture of --against.
func (f *checkRulesFlags) compare(cmd *cobra.Command, result *rulelint.Result) error {
	opts := replay.Options{Features: f.features, Queries: result.Expressions()}
	f.capture.apply(&opts)
	c, err := f.capture.open(cmd, f.against)
	if err != nil {
		return fmt.Errorf("--against: %w", err)
	}
	tick, done := progress(cmd, f.quiet, c.Scrapes)
	opts.Capture, opts.Progress = c, tick
	loaded, err := replay.Load(cmd.Context(), opts)
	done()
	if err != nil {
		return fmt.Errorf("--against: %w", err)
	}
	result.Against(f.against, loaded.Store)
	w := cmd.ErrOrStderr()
	var problems []replay.Problem
	for _, p := range loaded.Problems {
		switch {
		case !report.IsAssumption(p.ID):
			problems = append(problems, p)
		case p.ID != "time-source": // no time matters here
			say(w, "assumed: %s", p.Message)
		}
	}
	if n := len(problems) + loaded.Capture.HiddenProblems; n > 0 && len(problems) > 0 {
		say(w, "problems in the files of %s: %d, the worst: %s", f.against, n, worst(problems))
	}
	return nil
}
