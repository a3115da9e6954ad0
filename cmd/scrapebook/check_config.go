package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/scrapeconfig"
	"github.com/scrapebook/scrapebook/signals/scrapeconfig/discovery"
)

type checkConfigFlags struct {
	addresses []string
	targets   []string
	rules     []string
	capture   string
	explain   bool
	repair    bool
	format    string
	out       output
}

func newCheckConfig() *cobra.Command {
	var f checkConfigFlags
	cmd := &cobra.Command{
		Use:   "config FILE...",
		Short: "Check scrape jobs, and what relabelling makes of targets",
		Long: `Check scrape jobs as Prometheus loads them, and say what relabelling makes of
targets: which are kept, under which address and labels, and which rule drops
the others. No server is asked.

A FILE is a prometheus.yml, a list of jobs or one job, a ConfigMap, values of a
chart that hold one, or - for standard input. A fragment that is no YAML because
its indentation is lost is repaired, if its keys tell how.

Targets are those of static_configs, of file_sd_configs as far as their files lie
in the folder of FILE or below it, and those that are given: addresses, files
for file_sd_configs (JSON or YAML), and what kubectl get -o json saved of pods,
nodes, services, endpoints, endpointslices, ingresses, and of namespaces,
replicasets and jobs for attach_metadata. Sections other than global, rule_files
and scrape_configs, and discovery other than static, file and Kubernetes, are
not looked into.

With --rules it tells which selectors ask for jobs, labels or metrics that no
job can give, by which labels rules group or write in vain, which jobs no
selector matches, and which match[] no recording rule meets; with --capture
which of its targets are those that the jobs keep.

Exit code 0: all load, perhaps there are warnings; 1: there are errors, or with
--repair nothing to repair; 2: a file cannot be read.`,
		Example: `  scrapebook check config prometheus.yml
  scrapebook check config demo:article/scrape-job.yaml.txt
  scrapebook check config prometheus.yml --target 10.0.0.1:10249 --explain
  kubectl get pods -A -o json > pods.json
  scrapebook check config prometheus.yml --targets pods.json
  scrapebook check config prometheus.yml --rules rules/ --capture ./capture
  scrapebook check config prometheus.yml --repair -o repaired.yml
  kubectl get configmap prometheus -o yaml | scrapebook check config -`,
		Args: arguments(1, -1, ""),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	fl := cmd.Flags()
	fl.StringArrayVar(&f.addresses, "target", nil, "try the jobs on this `ADDRESS`, which may have labels: '10.0.0.1{__meta_kubernetes_namespace=\"x\"}'")
	fl.StringArrayVar(&f.targets, "targets", nil, "try the jobs on what is in this `FILE`: of file_sd_configs, or saved by kubectl get -o json")
	fl.StringArrayVar(&f.rules, "rules", nil, "tell what the rules in this `FILE` or folder ask for that no configuration gives")
	fl.StringVar(&f.capture, "capture", "", "tell which targets of this `CAPTURE` the configurations explain")
	fl.BoolVar(&f.repair, "repair", false, "print the FILE with the repairs that were tried, in place of what was found; comments and other lines stay")
	fl.BoolVar(&f.explain, "explain", false, "show each step of relabelling")
	fl.StringVar(&f.format, "format", "text", "`FORMAT` of the result: text, json or github")
	completeValues(cmd, "format", "text", "json", "github")
	f.out.register(cmd)
	return cmd
}

func (f *checkConfigFlags) run(cmd *cobra.Command, args []string) error {
	if err := oneOf(cmd, "format", f.format, "text", "json", "github"); err != nil {
		return err
	}
	stdin := slices.DeleteFunc(slices.Concat(args, f.targets, f.rules, []string{f.capture}), func(s string) bool { return s != stdinName })
	if len(stdin) > 1 {
		return errors.New("- stands twice, but standard input can be read once: give a file in one of the places")
	}
	given, err := f.given(cmd)
	if err != nil {
		return err
	}
	folders := folders{}
	defer folders.close()
	given.Folder = folders.of
	if f.repair {
		return f.print(cmd, args, given)
	}
	var files []*scrapeconfig.File
	var unread error
	for _, arg := range args {
		data, err := readAll(cmd, arg)
		if err != nil { // the others are checked all the same
			unread = errors.Join(unread, fmt.Errorf("cannot read the configuration: %s: %w", arg, bare(err)))
			continue
		}
		files = append(files, scrapeconfig.Read(arg, data))
	}
	check, err := f.checker(cmd, given)
	if err != nil {
		return err
	}
	result := check(files...)
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

// checker checks files with all that flags name, which is read once.
func (f *checkConfigFlags) checker(cmd *cobra.Command, given scrapeconfig.Given) (func(...*scrapeconfig.File) *scrapeconfig.Result, error) {
	var groups []*rules.Group
	var c *capture.Capture
	var err error
	if len(f.rules) > 0 {
		if groups, err = loadRules(cmd, f.rules, rules.ParseOptions{}); err != nil {
			return nil, fmt.Errorf("--rules: %w", err)
		}
	}
	if f.capture != "" {
		if c, err = (&captureFlags{}).open(cmd, f.capture); err != nil {
			return nil, fmt.Errorf("--capture: %w", err)
		}
	}
	return func(files ...*scrapeconfig.File) *scrapeconfig.Result {
		result := scrapeconfig.Check(files, given)
		if len(f.rules) > 0 {
			result.AddRules(groups)
		}
		result.AddCapture(c)
		return result
	}, nil
}

// given are the targets that flags name.
func (f *checkConfigFlags) given(cmd *cobra.Command) (scrapeconfig.Given, error) {
	given := scrapeconfig.Given{Objects: &discovery.Objects{}, Explain: f.explain}
	for _, a := range f.addresses {
		set, err := scrapeconfig.ParseTarget(a)
		if err != nil {
			return given, fmt.Errorf("--target: %w", err)
		}
		given.Addresses = append(given.Addresses, set)
	}
	for _, name := range f.targets {
		data, err := readAll(cmd, name)
		if err != nil {
			return given, fmt.Errorf("--targets: %s: %w", name, bare(err))
		}
		groups, err := given.Objects.Read(name, data)
		if err != nil {
			return given, fmt.Errorf("--targets: %s: %w", name, err)
		}
		given.Files = append(given.Files, groups...)
	}
	return given, nil
}

func (f *checkConfigFlags) report(cmd *cobra.Command, w io.Writer, result *scrapeconfig.Result) error {
	switch f.format {
	case "json":
		return scrapeconfig.JSON{}.Report(w, result)
	case "github":
		return scrapeconfig.GitHub{}.Report(w, result)
	}
	return scrapeconfig.Text{Width: widthOf(cmd, w)}.Report(w, result)
}

// folders are those of files, of which nothing outside is opened, by a link
// either.
type folders map[string]*os.Root

// of is the folder of a file, nil for what is no file.
func (d folders) of(name string) fs.FS {
	if name == stdinName || strings.HasPrefix(name, demoPrefix) {
		return nil
	}
	dir := filepath.Dir(name)
	if d[dir] == nil {
		root, err := os.OpenRoot(dir)
		if err != nil {
			return nil
		}
		d[dir] = root
	}
	return d[dir].FS()
}

func (d folders) close() {
	for _, root := range d {
		root.Close()
	}
}

// bare is an error without the name of the file, which is said once.
func bare(err error) error {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
