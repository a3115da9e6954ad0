package scrapeconfig

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/scrapeconfig/discovery"
)

// Given are the targets that jobs are tried on beside those of static_configs.
// The zero value has none.
type Given struct {
	// Addresses go to every job, as if discovery had found them without labels
	// but those that are said.
	Addresses []model.LabelSet
	// Files are the groups of files for file_sd_configs. They go to the jobs
	// whose file_sd_configs name their file, or to every job if none does.
	Files []discovery.Group
	// Objects go to the jobs with kubernetes_sd_configs.
	Objects *discovery.Objects
	// Folder is that of a configuration, by the name of its file: what lies in
	// it may be read where file_sd_configs name it. Nil: nothing is.
	Folder  func(name string) fs.FS
	Explain bool // tell the steps of relabelling
}

// Result is what was found in some files.
type Result struct {
	Files   []*File
	Targets []Target // of the jobs, in the order of these
	// Findings are of rules and captures; those of a file are its own.
	Findings []Finding
}

// Count is how many findings of a severity there are.
func (r *Result) Count(s expfmt.Severity) int {
	n := 0
	for _, found := range r.Findings {
		if found.Severity == s {
			n++
		}
	}
	for _, f := range r.Files {
		for _, found := range f.Findings {
			if found.Severity == s {
				n++
			}
		}
	}
	return n
}

// Jobs are those of all files that load.
func (r *Result) Jobs() (jobs []*Job) {
	for _, f := range r.Files {
		jobs = append(jobs, f.Jobs...)
	}
	return jobs
}

// Check tries the jobs of files on targets and says what is wrong with them.
func Check(files []*File, given Given) *Result {
	r := &Result{Files: files}
	all := r.Jobs()
	for _, f := range files {
		for _, j := range f.Jobs {
			f.traps(j)
			seen := map[string]bool{}
			for _, g := range f.groups(j, given, all) {
				for _, t := range j.Relabel(g, given.Explain) {
					if t.Kept() {
						key := t.Labels.String() + t.URL
						t.Same, seen[key] = seen[key], true
					}
					f.leftToChance(&t)
					r.Targets = append(r.Targets, t)
				}
			}
		}
		f.sort()
	}
	return r
}

// leftToChance says once of a labelmap that a server may do otherwise with it.
func (f *File) leftToChance(t *Target) {
	c := t.Chance
	if c == nil || slices.ContainsFunc(f.Findings, func(p Finding) bool { return p.ID == LabelmapChance && p.Place == c.Rule.Place }) {
		return
	}
	var of []string
	for _, l := range c.Of {
		of = append(of, fmt.Sprintf("%s %q", l.Name, l.Value))
	}
	f.add(Finding{Place: c.Rule.Place, Job: t.Job.Name, ID: LabelmapChance, Severity: severityOf(LabelmapChance),
		Message: fmt.Sprintf("%s become %s of the target %s: which one a server takes is left to chance, and may be another after each reload; the last is shown here", strings.Join(of, ", "), c.Name, t.Discovered.Get(model.AddressLabel))})
}

// groups are the targets that a job is tried on. What cannot be known is said.
func (f *File) groups(j *Job, given Given, all []*Job) (groups []discovery.Group) {
	for i, g := range j.Static {
		g.Source = fmt.Sprintf("static_configs, item %d", i+1)
		groups = append(groups, g)
	}
	if len(given.Addresses) > 0 {
		groups = append(groups, discovery.Group{Targets: given.Addresses, Source: "given"})
	}
	for _, g := range given.Files {
		name := g.File()
		if j.names(name) || !anyNames(all, name) {
			groups = append(groups, g)
		}
	}
	note := func(format string, args ...any) {
		f.add(Finding{Place: j.Place, Job: j.Name, ID: NotTried, Severity: severityOf(NotTried), Message: fmt.Sprintf(format, args...)})
	}
	groups = append(groups, f.targetFiles(j, given, note)...)
	for _, k := range j.Kubernetes {
		if given.Objects == nil || len(given.Objects.Kinds()) == 0 {
			note("no objects of Kubernetes were given: what role %s finds is not known", k.Role)
			continue
		}
		for _, kind := range k.Missing(given.Objects) {
			note("role %s asks for objects of kind %s, and none were given: labels or targets of them are missing", k.Role, kind)
		}
		for _, part := range k.Unknown() {
			note("%s is not simulated: there may be fewer targets", part)
		}
		groups = append(groups, k.Groups(given.Objects)...)
	}
	for _, o := range j.Others {
		if o != "sysdig_sd_configs" {
			note("what %s finds is known to a server alone, and its settings are not checked", o)
		}
	}
	return groups
}

// names tells whether file_sd_configs name a file, by its path or last part.
func (j *Job) names(file string) bool {
	return slices.ContainsFunc(j.Files, func(pattern string) bool { return fits(pattern, file) })
}

func anyNames(jobs []*Job, file string) bool {
	for _, j := range jobs {
		if j.names(file) {
			return true
		}
	}
	return false
}

// ParseTarget reads an address with or without labels, such as 10.0.0.1:10249
// or 10.0.0.1{__meta_kubernetes_namespace="kube-system"}.
func ParseTarget(s string) (model.LabelSet, error) {
	address, rest, found := strings.Cut(s, "{")
	set := model.LabelSet{model.AddressLabel: model.LabelValue(strings.TrimSpace(address))}
	if found {
		ls, err := parser.NewParser(parser.Options{}).ParseMetric("{" + rest)
		if err != nil {
			return nil, err
		}
		ls.Range(func(l labels.Label) { set[model.LabelName(l.Name)] = model.LabelValue(l.Value) })
	}
	if set[model.AddressLabel] == "" {
		return nil, fmt.Errorf("%q has no address", s)
	}
	return set, nil
}
