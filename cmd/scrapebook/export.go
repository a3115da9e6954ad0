package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/export"
	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// The forms that export writes.
const (
	toPromtoolTest   = "promtool-test"
	toScrapebookTest = "scrapebook-test"
	toOpenMetrics    = "openmetrics"
)

type exportFlags struct {
	to          string
	rules       []string
	alert       string
	from, until string
	interval    duration
	dir         string
	pair        bool
	own         string // the file of rules that tests name; "": each has its own
	quiet       bool
	capture     captureFlags
	engine      engineFlags
	external    externalFlags
}

func newExport() *cobra.Command {
	var f exportFlags
	cmd := &cobra.Command{
		Use:   "export CAPTURE... --to promtool-test|scrapebook-test|openmetrics -o DIR",
		Short: "Write unit tests of rules, made of a capture, or the capture for promtool",
		Long: `Export replays a capture and writes for each alert a file for 'promtool test
rules': that it fires, on what it fired first, or that it stays silent, and how
near it came. A test has only the series and the time that the rule needs, and
what it expects was computed from these.

Scrapes are put on a grid, since promtool's series have a value every so many
seconds. Where a rule does something else over the grid than over the capture
there is no test, but the reason. The rules that a test needs are written beside
it as NAME.rules.yml; when --rules is one plain rule file, tests name that file
instead, and so guard it.

With --to scrapebook-test a test is one for 'scrapebook test': beside it lies
NAME.capture, the scrapes around what is shown as they came, of the targets and
with the metrics that the rule selects.

With --to openmetrics it is the capture itself, as a server would have stored
it, in a form of which 'promtool tsdb create-blocks-from openmetrics' makes the
blocks of a Prometheus; with --rules also what rules write. Staleness markers
become plain NaN there, and native histograms are left out: where a server can
be written to, 'scrapebook push' leaves out nothing.

Exit code 0: written; 1: a test could not be made; 2: it could not be done.`,
		Example: `  scrapebook export demo:incident --to promtool-test -o tests
  scrapebook export ./capture --to promtool-test --rules alerts.yml --alert DiskFull -o tests
  promtool test rules tests/DiskFull.yml
  scrapebook export ./capture --to scrapebook-test --rules alerts.yml -o tests
  scrapebook export ./capture --to promtool-test --rules alerts.yml --alert DiskFull --pair -o tests
  scrapebook export ./capture --to openmetrics -o capture.om
  promtool tsdb create-blocks-from openmetrics capture.om data`,
		Args:              arguments(1, -1, ""),
		ValidArgsFunction: completeCapture,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVar(&f.to, "to", "", "`FORM` to write: promtool-test, scrapebook-test or openmetrics")
	fl.BoolVar(&f.pair, "pair", false, "beside each test one of the opposite, NAME.flipped.yml: over the series as 'flip' edits them")
	f.register(cmd)
	completeValues(cmd, "to", toPromtoolTest, toScrapebookTest, toOpenMetrics)
	return cmd
}

// register adds the flags that export and flip share.
func (f *exportFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringArrayVar(&f.rules, "rules", nil, "rule `FILE` as of replay; without it the built-in packs; may be repeated")
	fl.StringVar(&f.alert, "alert", "", "make tests of the alert of this `NAME` alone")
	fl.StringVarP(&f.dir, "output", "o", "", "`DIR` for the tests; files of the same names are replaced")
	fl.Var(&f.interval, "interval", "time between evaluations of groups that do not say their own (default: the capture's scrape interval)")
	fl.StringVar(&f.from, "from", "", "use the capture from this `TIME` on, such as 07:10 or 2026-11-21T07:10:00Z (UTC)")
	fl.StringVar(&f.until, "until", "", "use the capture up to this `TIME`")
	registerQuiet(cmd, &f.quiet)
	f.capture.register(cmd)
	f.engine.register(cmd)
	f.external.register(cmd)
}

func (f *exportFlags) run(cmd *cobra.Command, paths []string) error {
	if f.to == "" {
		return errors.New("export to what? Write --to promtool-test, --to scrapebook-test or --to openmetrics")
	}
	if err := oneOf(cmd, "to", f.to, toPromtoolTest, toScrapebookTest, toOpenMetrics); err != nil {
		return err
	}
	if f.to == toOpenMetrics {
		return f.openMetrics(cmd, paths)
	}
	if f.dir == "" {
		return errors.New("export needs -o DIR, the folder for the tests")
	}
	if f.pair && f.to != toPromtoolTest {
		return errors.New("--pair edits series, which a promtool-test has and a capture has not: write --to promtool-test")
	}
	opts, names, err := f.options(cmd, paths)
	if err != nil {
		return err
	}
	tick, done := progress(cmd, f.quiet, opts.Replay.Capture.Scrapes)
	opts.Replay.Progress = tick
	if f.to == toScrapebookTest {
		_, tests, err := export.CaptureTests(cmd.Context(), opts, func(rule int) string { return names[rule] + captureEnding })
		done()
		if err != nil {
			return err
		}
		return f.writeCaptures(cmd, tests, names)
	}
	var tests []export.Test
	var flips []export.Flip
	if f.pair {
		_, flips, err = export.Flips(cmd.Context(), opts)
		for _, x := range flips {
			tests = append(tests, x.Test)
		}
	} else {
		_, tests, err = export.PromtoolTests(cmd.Context(), opts)
	}
	done()
	if err != nil {
		return err
	}
	if len(tests) == 0 {
		return f.noAlert()
	}
	return f.write(cmd, tests, flips, names)
}

func (f *exportFlags) noAlert() error {
	if f.alert == "" {
		return errors.New("there is no alerting rule")
	}
	return fmt.Errorf("no rule is called %s", f.alert)
}

// options are what export and flip work with, and names for the files of each
// rule.
func (f *exportFlags) options(cmd *cobra.Command, paths []string) (opts export.Options, names map[int]string, err error) {
	ro := replay.Options{Interval: f.interval.Duration}
	f.capture.apply(&ro)
	if err = cmp.Or(f.engine.apply(&ro), f.external.apply(&ro)); err != nil {
		return opts, nil, err
	}
	groups, err := loadRules(cmd, f.rules, rules.ParseOptions{Features: f.engine.features})
	if err != nil {
		return opts, nil, err
	}
	if ro.Capture, err = f.capture.open(cmd, paths...); err != nil {
		return opts, nil, err
	}
	if ro.From, ro.To, err = window(f.from, f.until, ro.Capture); err != nil {
		return opts, nil, err
	}
	if len(f.rules) == 0 {
		if groups, err = packRules(cmd, ro); err != nil {
			return opts, nil, err
		}
	}
	ro.Groups = groups
	if f.own, err = f.plainRules(); err != nil {
		return opts, nil, err
	}
	names = newTestNames(groups)
	return export.Options{Replay: ro, Alert: f.alert, RuleFile: func(rule int) string {
		return cmp.Or(f.own, names[rule]+".rules.yml")
	}}, names, nil
}

// packRules are the rules of the packs that apply.
func packRules(cmd *cobra.Command, opts replay.Options) (groups []*rules.Group, err error) {
	found, err := packs.Replay(cmd.Context(), opts, nil, nil)
	if err != nil {
		return nil, err
	}
	for _, p := range found.Applied {
		text, err := p.Rules(nil)
		if err != nil {
			return nil, err
		}
		gs, errs := rules.Parse(p.File, text, rules.ParseOptions{})
		if len(errs) > 0 {
			return nil, errors.Join(errs...)
		}
		groups = append(groups, gs...)
	}
	if len(groups) == 0 {
		return nil, fmt.Errorf("none of the built-in packs applies to this capture: pass --rules FILE; tried%s", tried(found.Skipped))
	}
	return groups, nil
}

// plainRules is the path from the tests to the file of the rules, when it is
// one that promtool reads; else "".
func (f *exportFlags) plainRules() (string, error) {
	if len(f.rules) != 1 || f.rules[0] == stdinName || strings.HasPrefix(f.rules[0], demoPrefix) {
		return "", nil
	}
	text, err := os.ReadFile(f.rules[0])
	if err != nil {
		return "", err
	}
	if _, errs := rules.Parse(f.rules[0], text, rules.ParseOptions{Features: f.engine.features}); len(errs) > 0 {
		return "", nil // a PrometheusRule, or the API's JSON
	}
	dir, err := filepath.Abs(f.dir)
	if err != nil {
		return "", err
	}
	file, err := filepath.Abs(f.rules[0])
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(dir, file)
	if err != nil {
		rel = file
	}
	return filepath.ToSlash(rel), nil
}

// newTestNames are names of files for rules by their numbers, each once.
func newTestNames(groups []*rules.Group) map[int]string {
	names, taken, n := map[int]string{}, map[string]bool{}, 0
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Alert != "" {
				name := export.FileName(r.Alert)
				for i := 2; taken[strings.ToLower(name)]; i++ {
					name = fmt.Sprintf("%s-%d", export.FileName(r.Alert), i)
				}
				taken[strings.ToLower(name)], names[n] = true, name
			}
			n++
		}
	}
	return names
}

// write writes the tests, with flips those of their opposites beside them, and
// tells what they show.
func (f *exportFlags) write(cmd *cobra.Command, tests []export.Test, flips []export.Flip, names map[int]string) error {
	refused := 0
	for i, t := range tests {
		if t.Refused != "" {
			refused++
			printf(cmd, cmd.OutOrStdout(), "%s: no test: %s\n", terminal.Clean(t.Alert), terminal.Clean(t.Refused))
		} else if err := f.writeTest(cmd, t, names[t.Rule], ".yml"); err != nil {
			return err
		}
		if len(flips) == 0 {
			continue
		}
		if why := opposite(flips[i]); why != "" {
			refused++
			printf(cmd, cmd.OutOrStdout(), "%s: no opposite: %s\n", terminal.Clean(t.Alert), terminal.Clean(why))
		} else if err := f.writeTest(cmd, flips[i].Flipped, names[t.Rule], ".flipped.yml"); err != nil {
			return err
		}
	}
	if refused > 0 {
		return &exit{codeFound, fmt.Errorf("%s could not be made", terminal.Plural(refused, "test", "tests"))}
	}
	return nil
}

// opposite says why there is no test of the opposite; "" when there is one.
func opposite(x export.Flip) string {
	return cmp.Or(x.Impossible, x.NotFound, x.Flipped.Refused)
}

// writeTest writes a test and, unless it names another file, the rules that it
// needs.
func (f *exportFlags) writeTest(cmd *cobra.Command, t export.Test, name, ending string) error {
	if err := os.MkdirAll(f.dir, 0o777); err != nil {
		return err
	}
	path := filepath.Join(f.dir, name+ending)
	if err := os.WriteFile(path, t.Text, 0o666); err != nil {
		return err
	}
	if f.own == "" {
		if err := os.WriteFile(filepath.Join(f.dir, name+".rules.yml"), t.Rules, 0o666); err != nil {
			return err
		}
	}
	return printf(cmd, cmd.OutOrStdout(), "%s: %s\n", terminal.Clean(path), terminal.Clean(t.Shows))
}

// captureEnding ends the name of a test's capture.
const captureEnding = ".capture"

// writeCaptures writes tests and their captures. A folder of such a name that
// is there already is left alone.
func (f *exportFlags) writeCaptures(cmd *cobra.Command, tests []export.CaptureTest, names map[int]string) error {
	if len(tests) == 0 {
		return f.noAlert()
	}
	refused := 0
	for _, t := range tests {
		if t.Refused != "" {
			refused++
			printf(cmd, cmd.OutOrStdout(), "%s: no test: %s\n", terminal.Clean(t.Alert), terminal.Clean(t.Refused))
			continue
		}
		dir := filepath.Join(f.dir, names[t.Rule]+captureEnding)
		if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
			return fmt.Errorf("%s is there already: delete it, or name another folder with -o", dir)
		}
		for name, data := range t.Files {
			to := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
				return err
			}
			if err := os.WriteFile(to, data, 0o666); err != nil {
				return err
			}
		}
		if err := f.writeTest(cmd, t.Test, names[t.Rule], ".yml"); err != nil {
			return err
		}
	}
	if refused > 0 {
		return &exit{codeFound, fmt.Errorf("%s could not be made", terminal.Plural(refused, "test", "tests"))}
	}
	return nil
}
