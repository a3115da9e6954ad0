package scrapeconfig

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/relabel"
	"go.yaml.in/yaml/v3"

	"github.com/scrapebook/scrapebook/signals/scrapeconfig/discovery"
)

// Place is where something stands. Line and column count from 1, columns in
// characters; 0 is not known.
type Place struct {
	File         string
	Line, Column int
}

// Job is one scrape job. What a section global says is in it.
type Job struct {
	Place
	Name          string
	Static        []discovery.Group // of static_configs
	Relabelling   []Rule            // relabel_configs
	MetricRelabel []Rule            // metric_relabel_configs
	Files         []string          // of file_sd_configs
	Kubernetes    []*discovery.Kubernetes
	Others        []string // keys of discovery that cannot be simulated, sorted

	settings settings
	node     *yaml.Node
}

// Rule is one rule of relabelling.
type Rule struct {
	Place
	relabel.Config
}

// pieces are the keys of a job that are read item by item.
var pieces = map[string]bool{"relabel_configs": true, "metric_relabel_configs": true, "static_configs": true, "file_sd_configs": true, "kubernetes_sd_configs": true}

// others are the kinds of discovery of Prometheus 3.16 that need a server.
var others = []string{
	"aws", "azure", "consul", "digitalocean", "dns", "docker", "dockerswarm", "ec2", "ecs", "elasticache", "eureka", "gce",
	"hetzner", "http", "ionos", "kuma", "lightsail", "linode", "marathon", "msk", "nerve", "nomad", "oci", "openstack",
	"outscale", "ovhcloud", "puppetdb", "rds", "scaleway", "serverset", "stackit", "triton", "uyuni", "vultr",
}

// Discoveries are the names of the kinds of discovery that a job may have, as
// NAME_sd_configs, sorted.
func Discoveries() []string {
	names := append([]string{"file", "kubernetes"}, others...)
	slices.Sort(names)
	return names
}

// reader reads one configuration of a file.
type reader struct {
	file   *File
	sysdig bool // it is the agent's
	global global
	names  map[string]bool
}

func (r *reader) place(n *yaml.Node) Place {
	return Place{r.file.Name, n.Line, n.Column}
}

func (r *reader) fail(n *yaml.Node, err error) {
	r.file.add(Finding{Place: r.place(n), ID: DoesNotLoad, Severity: severityOf(DoesNotLoad), Message: err.Error()})
}

// decode reads a node and tells whether it had no fault.
func (r *reader) decode(n *yaml.Node, out any, skip map[string]bool) bool {
	faults := decode(n, out, skip)
	for _, f := range faults {
		r.fail(f.at, f.err)
	}
	return len(faults) == 0
}

// whole is a prometheus.yml: only global, rule_files and scrape_configs are
// looked into.
type whole struct {
	Global        any            `yaml:"global"`
	RuleFiles     []string       `yaml:"rule_files"`
	JobFiles      []string       `yaml:"scrape_config_files"`
	ScrapeConfigs any            `yaml:"scrape_configs"`
	Runtime       map[string]any `yaml:"runtime"`
	Alerting      map[string]any `yaml:"alerting"`
	Storage       map[string]any `yaml:"storage"`
	Tracing       map[string]any `yaml:"tracing"`
	RemoteWrite   []any          `yaml:"remote_write"`
	RemoteRead    []any          `yaml:"remote_read"`
	OTLP          map[string]any `yaml:"otlp"`
}

func (r *reader) whole(n *yaml.Node) {
	var w whole
	r.decode(n, &w, map[string]bool{"global": true, "scrape_configs": true})
	for _, list := range [][]string{w.RuleFiles, w.JobFiles} {
		for _, path := range list {
			if !rulePath.MatchString(path) {
				r.fail(n, fmt.Errorf("the path %q has a * before its last part", path))
			}
		}
	}
	r.file.ScrapeConfigFiles = append(r.file.ScrapeConfigFiles, w.JobFiles...)
	r.global = defaultGlobal()
	if _, g := find(n, "global"); !isNull(g) && (real(g).Kind != yaml.MappingNode || len(real(g).Content) > 0) {
		var read global
		if r.decode(g, &read, nil) {
			if err := read.settle(); err != nil {
				r.fail(meantBy(g, err), err)
			} else {
				r.global, r.file.external = read, read.ExternalLabels
			}
		}
	}
	if _, jobs := find(n, "scrape_configs"); !isNull(jobs) {
		r.jobs(jobs)
	}
}

// meantBy is the node that an error speaks of.
func meantBy(n *yaml.Node, err error) *yaml.Node {
	var e emitter
	e.node(nil, n, 0, nil)
	return e.meant(n, err.Error())
}

func (r *reader) jobs(n *yaml.Node) {
	list := real(n)
	if list.Kind != yaml.SequenceNode {
		r.fail(n, errors.New("scrape_configs is no list: each job begins with a dash"))
		return
	}
	for _, item := range list.Content {
		if isNull(item) {
			r.fail(item, errors.New("an empty job"))
			continue
		}
		r.job(item)
	}
}

func (r *reader) job(n *yaml.Node) {
	job := &Job{Place: r.place(n), node: n, settings: defaultSettings()}
	before := len(r.file.Findings)
	if real(n).Kind != yaml.MappingNode {
		r.fail(n, errors.New("a job is a mapping with a job_name"))
		return
	}
	r.decode(n, &job.settings, pieces)
	s := &job.settings
	job.Name = s.JobName
	switch {
	case job.Name == "":
		r.fail(n, errors.New("job_name is empty"))
	case r.names[job.Name]:
		_, v := find(n, "job_name")
		r.fail(v, fmt.Errorf("another job is called %q", job.Name))
	}
	r.names[job.Name] = true
	for _, check := range []func() error{s.HTTP.Validate, func() error { return s.settle(r.global) }} {
		if err := check(); err != nil {
			r.fail(meantBy(n, err), err)
		}
	}
	r.discoveries(job)
	job.Relabelling = r.rules(n, "relabel_configs", s.MetricNameValidationScheme)
	job.MetricRelabel = r.rules(n, "metric_relabel_configs", s.MetricNameValidationScheme)
	if _, rules := find(n, "relabel_configs"); isNull(rules) || len(real(rules).Content) == 0 {
		r.checkAddresses(n)
	}
	for _, f := range r.file.Findings[before:] {
		if f.ID == DoesNotLoad {
			return
		}
	}
	r.file.Jobs = append(r.file.Jobs, job)
}

// items are those of a list, or none and a fault.
func (r *reader) items(n *yaml.Node, key string) []*yaml.Node {
	_, v := find(n, key)
	if isNull(v) {
		return nil
	}
	if real(v).Kind != yaml.SequenceNode {
		r.fail(v, fmt.Errorf("%s is no list: each of its items begins with a dash", key))
		return nil
	}
	var out []*yaml.Node
	for _, item := range real(v).Content {
		if isNull(item) {
			r.fail(item, fmt.Errorf("an empty item of %s", key))
			continue
		}
		out = append(out, item)
	}
	return out
}

func (r *reader) rules(n *yaml.Node, key string, names model.ValidationScheme) (rules []Rule) {
	for _, item := range r.items(n, key) {
		rule := Rule{Place: r.place(item)}
		if !r.decode(item, &rule.Config, nil) {
			continue
		}
		if err := rule.Validate(names); err != nil {
			r.fail(meantBy(item, err), err)
			continue
		}
		rules = append(rules, rule)
	}
	return rules
}

func (r *reader) discoveries(job *Job) {
	n := job.node
	for _, item := range r.items(n, "static_configs") {
		var g discovery.Group
		if r.decode(item, &g, nil) {
			job.Static = append(job.Static, g)
		}
	}
	for _, item := range r.items(n, "file_sd_configs") {
		var f discovery.Files
		if r.decode(item, &f, nil) {
			job.Files = append(job.Files, f.Files...)
		}
	}
	for _, item := range r.items(n, "kubernetes_sd_configs") {
		k := &discovery.Kubernetes{}
		if r.decode(item, k, nil) {
			job.Kubernetes = append(job.Kubernetes, k)
		}
	}
	for key := range job.settings.Others {
		k, _ := find(n, key)
		name, ok := strings.CutSuffix(key, "_sd_configs")
		switch {
		case pieces[key]:
			continue
		case ok && slices.Contains(others, name):
			r.items(n, key)
		case r.sysdig && key == "sysdig_sd_configs":
			r.file.add(Finding{Place: r.place(k), Job: job.Name, ID: SysdigOnly, Severity: severityOf(SysdigOnly),
				Message: "sysdig_sd_configs is known to Sysdig's agent alone: Prometheus refuses it, and what it finds is not simulated"})
		default:
			known := keysOf(settingsType)
			for _, o := range Discoveries() {
				known = append(known, o+"_sd_configs")
			}
			err := unknownKey(key, append(known, "static_configs"))
			if key == "sysdig_sd_configs" {
				err = fmt.Errorf("unknown key %q: Sysdig's agent alone knows it", key)
			}
			r.fail(k, err)
			continue
		}
		job.Others = append(job.Others, key)
	}
	slices.Sort(job.Others)
}

// checkAddresses refuses URLs in static_configs, as Prometheus does where no
// rule could mend them.
func (r *reader) checkAddresses(n *yaml.Node) {
	_, list := find(n, "static_configs")
	if isNull(list) {
		return
	}
	for _, item := range real(list).Content {
		_, targets := find(item, "targets")
		if isNull(targets) {
			continue
		}
		for _, t := range real(targets).Content {
			if t = real(t); t.Kind == yaml.ScalarNode && strings.Contains(t.Value, "/") {
				r.fail(t, fmt.Errorf("%q is no host:port, but a URL: scheme and metrics_path are keys of the job", t.Value))
			}
		}
	}
}
