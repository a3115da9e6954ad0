package main

import (
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

// toPromtoolTest is the form that export writes.
const toPromtoolTest = "promtool-test"

type exportFlags struct {
	to          string
	rules       []string
	alert       string
	from, until string
	interval    duration
	dir         string
	quiet       bool
	capture     captureFlags
	engine      engineFlags
	external    externalFlags
}

func newExport() *cobra.Command {
	var f exportFlags
	cmd := &cobra.Command{
		Use:   "export CAPTURE... --to promtool-test -o DIR",
		Short: "Write unit tests of rules, made of a capture, that promtool passes",
		Long: `Export replays a capture and writes for each alert a file for 'promtool test
rules': that it fires, on what it fired first, or that it stays silent, and how
near it came. A test has only the series and the time that the rule needs, and
what it expects was computed from these.

Scrapes are put on a grid, since promtool's series have a value every so many
seconds. Where a rule does something else over the grid than over the capture
there is no test, but the reason. The rules that a test needs are written beside
it as NAME.rules.yml; when --rules is one plain rule file, tests name that file
instead, and so guard it.

Exit code 0: written; 1: a test could not be made; 2: it could not be done.`,
		Example: `  scrapebook export demo:incident --to promtool-test -o tests
  scrapebook export ./capture --to promtool-test --rules alerts.yml --alert DiskFull -o tests
  promtool test rules tests/DiskFull.yml`,
		Args:              arguments(1, -1, ""),
		ValidArgsFunction: completeCapture,
		RunE:              func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.StringVar(&f.to, "to", "", "`FORM` to write: promtool-test")
	fl.StringArrayVar(&f.rules, "rules", nil, "rule `FILE` as of replay; without it the built-in packs; may be repeated")
	fl.StringVar(&f.alert, "alert", "", "make tests of the alert of this `NAME` alone")
	fl.StringVarP(&f.dir, "output", "o", "", "`DIR` for the tests; files of the same names are replaced")
	fl.Var(&f.interval, "interval", "time between evaluations of groups that do not say their own (default: the capture's scrape interval)")
	fl.StringVar(&f.from, "from", "", "use the capture from this `TIME` on, such as 07:10 or 2026-11-21T07:10:00Z (UTC)")
	fl.StringVar(&f.until, "until", "", "use the capture up to this `TIME`")
	fl.BoolVar(&f.quiet, "quiet", false, "no progress on the terminal")
	f.capture.register(cmd)
	f.engine.register(cmd)
	f.external.register(cmd)
	completeValues(cmd, "to", toPromtoolTest)
	return cmd
}

func (f *exportFlags) run(cmd *cobra.Command, paths []string) error {
	if f.to == "" {
		return errors.New("export to what? Write --to promtool-test")
	}
	if err := oneOf(cmd, "to", f.to, toPromtoolTest); err != nil {
		return err
	}
	if f.dir == "" {
		return errors.New("export needs -o DIR, the folder for the tests")
	}
	opts := replay.Options{Interval: f.interval.Duration}
	f.capture.apply(&opts)
	if err := f.engine.apply(&opts); err != nil {
		return err
	}
	if err := f.external.apply(&opts); err != nil {
		return err
	}
	groups, err := loadRules(cmd, f.rules, rules.ParseOptions{Features: f.engine.features})
	if err != nil {
		return err
	}
	if opts.Capture, err = f.capture.open(cmd, paths...); err != nil {
		return err
	}
	if opts.From, opts.To, err = window(f.from, f.until, opts.Capture); err != nil {
		return err
	}
	if len(f.rules) == 0 {
		if groups, err = packRules(cmd, opts); err != nil {
			return err
		}
	}
	opts.Groups = groups
	own, err := f.plainRules()
	if err != nil {
		return err
	}
	names := newTestNames(groups)
	tick, done := progress(cmd, f.quiet, opts.Capture.Scrapes)
	opts.Progress = tick
	_, tests, err := export.PromtoolTests(cmd.Context(), export.Options{Replay: opts, Alert: f.alert, RuleFile: func(rule int) string {
		if own != "" {
			return own
		}
		return names[rule] + ".rules.yml"
	}})
	done()
	if err != nil {
		return err
	}
	if len(tests) == 0 && f.alert != "" {
		return fmt.Errorf("no rule is called %s", f.alert)
	}
	return f.write(cmd, tests, names, own == "")
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

// write writes the tests and tells what they show.
func (f *exportFlags) write(cmd *cobra.Command, tests []export.Test, names map[int]string, withRules bool) error {
	if err := os.MkdirAll(f.dir, 0o777); err != nil {
		return err
	}
	refused := 0
	for _, t := range tests {
		if t.Refused != "" {
			refused++
			fmt.Fprintf(cmd.OutOrStdout(), "%s: no test: %s\n", terminal.Clean(t.Alert), terminal.Clean(t.Refused))
			continue
		}
		path := filepath.Join(f.dir, names[t.Rule]+".yml")
		if err := os.WriteFile(path, t.Text, 0o666); err != nil {
			return err
		}
		if withRules {
			if err := os.WriteFile(filepath.Join(f.dir, names[t.Rule]+".rules.yml"), t.Rules, 0o666); err != nil {
				return err
			}
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", terminal.Clean(path), terminal.Clean(t.Shows))
	}
	if refused > 0 {
		return &exit{codeFound, fmt.Errorf("%s could not be made of %d", terminal.Plural(refused, "test", "tests"), len(tests))}
	}
	return nil
}
