package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/ruletest/suite"
)

type testFlags struct {
	match         []string
	compat        string
	format        string
	junit         output
	ignoreUnknown bool
	coverage      bool
	minCoverage   float64
	watch         bool
	quiet         bool
	features      []string
	workers       int
	out           output
}

func newTest() *cobra.Command {
	var f testFlags
	var checks strings.Builder
	for _, c := range suite.Checks() {
		fmt.Fprintf(&checks, "  %-15s %s\n", c[0], c[1])
	}
	cmd := &cobra.Command{
		Use:   "test FILE|FOLDER|PATTERN...",
		Short: "Run unit tests of rules: promtool's files, and what passes for nothing",
		Long: `Run the unit tests of 'promtool test rules', as they are. A failure shows what
was expected and what came side by side, and of an alert that did not fire why.
Of a FOLDER these are all *.yml and *.yaml below it with a key tests.

Beyond promtool's keys there are exp_labels_subset and exp_annotations_subset
beside exp_labels, where a part is enough; tolerance in promql_expr_test (0.03:
values may be 3 % off); groupname in alert_rule_test; and a rule file may be a
PrometheusRule, pack:NAME for those of a built-in pack, or demo:NAME/FILE.

In place of input_series a test may have saved scrapes, as all of this:

  rule_files: [alerts.yml]
  tests:
  - {capture: ../captures/outage, silent: [DiskFull]}

or a scenario: FILE, which makes some up. Of these it asks

  alerts: {Down: {on: {instance: a}, from: 07:13, to: 07:19, within: 30s}}
  silent: [DiskFull]
  why: {HighLatency: quiet}
  signals: {sync-latency: {max: 0.5}}
  promql_expr_test: [{expr: sum(up), at: 07:14, exp_samples: [{value: 4}]}]

A test that passes for nothing fails, unless its allow, or its file's, lets it:

` + checks.String() + `
--compat promtool gives promtool's outcome to the letter, without these.

--coverage counts goals: that an alert fires, that it is silent with data, that
what a rule records is read, and that each operand of or, and the right one of
unless, gives something. Only expectations that are met count. The JSON Schema
of test files is signals/ruletest/suite/schema.json.

Exit code 0: all pass; 1: some fail; 2: a file cannot be used.`,
		Example: `  scrapebook test alerts_test.yml
  scrapebook test rules/ --run 'instance.*' --junit report.xml
  scrapebook test 'rules/*_test.yml' --format github
  scrapebook test rules/ --compat promtool`,
		Args: arguments(1, -1, ""),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringArrayVar(&f.match, "run", nil, "run only tests whose name matches this `REGEX`; may be repeated")
	fl.StringVar(&f.compat, "compat", "", "give the outcome of `TOOL`: promtool, without checks and keys of ours")
	fl.StringVar(&f.format, "format", "text", "`FORMAT` of the result: text, json or github")
	fl.StringVar(&f.junit.path, "junit", "", "write the result as JUnit XML to `FILE`, too")
	fl.BoolVar(&f.ignoreUnknown, "ignore-unknown-fields", false, "let fields of Thanos, Mimir or vmalert pass in rule files")
	fl.BoolVar(&f.coverage, "coverage", false, "tell of which rules no test has shown that they fire, and that they are silent with data")
	fl.Float64Var(&f.minCoverage, "min-coverage", 0, "exit with 1 if less than this `PERCENT` is covered")
	fl.BoolVar(&f.watch, "watch", false, "run again whenever a test, a rule file or a capture changes, until interrupted")
	registerFeatures(cmd, &f.features)
	fl.IntVarP(&f.workers, "jobs", "j", 0, "run `N` tests at a time; the result is the same with any number (default: as many as there are cores)")
	registerQuiet(cmd, &f.quiet)
	f.out.register(cmd)
	completeValues(cmd, "compat", suite.CompatPromtool)
	completeValues(cmd, "format", "text", "json", "github")
	return cmd
}

func (f *testFlags) options(cmd *cobra.Command) (opts suite.Options, err error) {
	err = cmp.Or(
		oneOf(cmd, "compat", f.compat, suite.CompatPromtool),
		oneOf(cmd, "format", f.format, "text", "json", "github"),
		checkFeatures(f.features),
	)
	if err == nil && f.workers < 0 {
		err = errors.New("--jobs: it must be more than 0")
	}
	if err == nil && cmd.Flags().Changed("junit") && f.junit.path == "" {
		err = errors.New("--junit: it names no file")
	}
	if err == nil && !(f.minCoverage >= 0 && f.minCoverage <= 100) {
		err = errors.New("--min-coverage: it must be from 0 to 100")
	}
	f.coverage = f.coverage || cmd.Flags().Changed("min-coverage")
	if err == nil && f.coverage && len(f.match) > 0 {
		err = errors.New("--coverage is of all tests, and --run leaves some out: give one or the other")
	}
	if err == nil && f.watch && (f.junit.path != "" || f.out.path != "") {
		err = errors.New("--watch tells on the terminal: leave out --junit and --output")
	}
	opts = suite.Options{Coverage: f.coverage, Compat: f.compat, IgnoreUnknownFields: f.ignoreUnknown, Features: f.features, Workers: f.workers}
	if err == nil && len(f.match) > 0 {
		if opts.Match, err = regexp.Compile(strings.Join(f.match, "|")); err != nil {
			err = fmt.Errorf("--run: %w", err)
		}
	}
	return opts, err
}

func (f *testFlags) run(cmd *cobra.Command, args []string) error {
	opts, err := f.options(cmd)
	if err != nil {
		return err
	}
	if f.watch {
		return f.again(cmd, args, opts)
	}
	files, missing := suite.Find(args)
	done := working(cmd, f.quiet, "running tests")
	res, err := suite.Run(cmd.Context(), files, opts)
	done()
	if err != nil {
		return err
	}
	return f.tell(cmd, res, missing, opts)
}

// again runs the tests until it is interrupted, and says the time of each run.
func (f *testFlags) again(cmd *cobra.Command, args []string, opts suite.Options) error {
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
	defer stop()
	return suite.Watch(ctx, args, opts, func(res *suite.Result, missing, err error) {
		if err == nil {
			err = f.tell(cmd, res, missing, opts)
		}
		if err != nil && err.Error() != "" {
			say(cmd.ErrOrStderr(), "%s", err)
		}
		say(cmd.ErrOrStderr(), "%s: waiting for a change", time.Now().Format(time.TimeOnly))
	})
}

// tell writes the result, and says the exit code.
func (f *testFlags) tell(cmd *cobra.Command, res *suite.Result, missing error, opts suite.Options) error {
	if err := f.out.write(cmd, func(w io.Writer) error { return f.report(cmd, w, res) }); err != nil {
		return err
	}
	if f.junit.path != "" {
		if err := f.junit.write(cmd, func(w io.Writer) error { return suite.JUnit{}.Report(w, res) }); err != nil {
			return err
		}
	}
	switch {
	case missing != nil:
		return fmt.Errorf("cannot find tests: %w", missing)
	case res.Unusable():
		return &exit{code: codeFailed}
	case res.Failed():
		return &exit{code: codeFound}
	case f.coverage && res.Coverage.Percent() < f.minCoverage:
		return &exit{codeFound, fmt.Errorf("--min-coverage %g: %.4g %% is covered", f.minCoverage, res.Coverage.Percent())}
	case opts.Match != nil && res.Tests() == 0:
		return fmt.Errorf("--run: no test has a name that matches %s", opts.Match)
	}
	return nil
}

func (f *testFlags) report(cmd *cobra.Command, w io.Writer, res *suite.Result) error {
	switch f.format {
	case "json":
		return suite.JSON{}.Report(w, res)
	case "github":
		return suite.GitHub{}.Report(w, res)
	}
	return suite.Text{Width: widthOf(cmd, w)}.Report(w, res)
}
