package scrapeconfig

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/scrapebook/scrapebook/expfmt"
)

var settingsType = reflect.TypeFor[settings]()

// Finding is one thing to know of a configuration, at its place.
type Finding struct {
	Place
	Job      string // "" outside of any
	ID       string // one of IDs
	Severity expfmt.Severity
	Message  string
	Repair   string // what could stand there instead, which was tried; may be empty
}

// The ids of what is found.
const (
	DoesNotLoad = "does-not-load"
	NoYAML      = "no-yaml"
	Indentation = "indentation"
	ReadOther   = "read-otherwise"
	NoJobs      = "no-jobs"
	SysdigOnly  = "sysdig-only"
	NotTried    = "not-tried"
	TargetsFile = "targets-file"

	// What loads and does something else than it seems to.
	PortTwice      = "port-twice"
	BreaksIPv6     = "breaks-ipv6"
	HonorLabels    = "honor-labels"
	Loopback       = "loopback"
	LabelmapChance = "labelmap-chance"
	MergesSeries   = "merges-series"
	MatchesNothing = "matches-nothing"
	ServerNull     = "server-null"

	// What rules and captures say of a configuration.
	NoSuchJob     = "no-such-job"
	NoSuchLabels  = "no-such-labels"
	MetricDropped = "metric-dropped"
	LabelUnset    = "label-unset"
	JobUnasked    = "job-unasked"
	NotExplained  = "capture"
)

var ids = []expfmt.ProblemID{
	{ID: DoesNotLoad, Severity: expfmt.SeverityError, Doc: "Prometheus refuses the configuration",
		Fix: "correct what stands at the place; a server keeps the configuration that it had", Example: "not a valid duration string: \"x\""},
	{ID: NoYAML, Severity: expfmt.SeverityError, Doc: "no parser of YAML takes the text",
		Fix: "indent it as the note below it shows; a fragment of a page often lost its blanks", Example: "no parser of YAML takes this: mapping values are not allowed in this context"},
	{ID: Indentation, Severity: expfmt.SeverityError, Doc: "keys stand where they belong to something else",
		Fix: "move the key to the column that is named", Example: "scheme stands at column 1 and belongs at column 3: with the indentation that the keys need the configuration loads"},
	{ID: ReadOther, Severity: expfmt.SeverityWarning, Doc: "the file holds more than is read of it",
		Fix: "keep one configuration in a file", Example: "a second document begins here: Prometheus reads the first alone"},
	{ID: NoJobs, Severity: expfmt.SeverityWarning, Doc: "the file holds no scrape job",
		Fix: "pass the file that holds scrape_configs, or a list of items with a job_name", Example: "no scrape jobs are in it: neither scrape_configs nor a list of items with a job_name"},
	{ID: SysdigOnly, Severity: expfmt.SeverityInfo, Doc: "the key is known to Sysdig's agent alone",
		Fix: "leave it to Sysdig's agent; for Prometheus use kubernetes_sd_configs", Example: "sysdig_sd_configs is known to Sysdig's agent alone: Prometheus refuses it, and what it finds is not simulated"},
	{ID: NotTried, Severity: expfmt.SeverityInfo, Doc: "targets of a job are not known",
		Fix: "pass them: --targets pods.json of kubectl get -o json, a file of file_sd, or --target ADDRESS", Example: "no objects of Kubernetes were given: what role pod finds is not known"},
	{ID: TargetsFile, Severity: expfmt.SeverityWarning, Doc: "a file that file_sd_configs name cannot be read as targets",
		Fix: "correct the file: a list of items with targets and labels, in JSON or YAML as its ending says", Example: "a server reads no targets from sd/a.json: unexpected end of JSON input"},
	{ID: PortTwice, Severity: expfmt.SeverityWarning, Doc: "an address that has a port does not get the one that others get",
		Fix: "take the rule that is printed below it", Example: "10.0.0.1 becomes 10.0.0.1:9100, but 10.0.0.1:8080 becomes 10.0.0.1:8080:9100: the regular expression has two backslashes, which match a backslash; with one, as /(.+?)(\\:\\d+)?/, it becomes 10.0.0.1:9100, and fd00::1 becomes fd00::9100"},
	{ID: BreaksIPv6, Severity: expfmt.SeverityWarning, Doc: "an IPv6 address does not get the port that others get",
		Fix: "take the rules that are printed below it, if targets have IPv6 addresses", Example: "fd00::1 becomes fd00::9100: it should be [fd00::1]:9100"},
	{ID: HonorLabels, Severity: expfmt.SeverityWarning, Doc: "targets of a direct scrape may overwrite job and instance",
		Fix: "leave honor_labels out, but of a job that scrapes /federate or a Pushgateway", Example: "honor_labels lets a target overwrite job and instance, which find its series: it belongs on a job that scrapes another server's /federate, or a Pushgateway"},
	{ID: Loopback, Severity: expfmt.SeverityInfo, Doc: "the port is served on 127.0.0.1 by default",
		Fix: "let the program listen on all addresses, as the message says, or scrape it on its own host", Example: "kube-proxy serves port 10249 on 127.0.0.1 unless it runs with metricsBindAddress (--metrics-bind-address) 0.0.0.0:10249, or [::]:10249: without it all targets are down"},
	{ID: LabelmapChance, Severity: expfmt.SeverityWarning, Doc: "a labelmap makes one label of several that differ",
		Fix: "let the regular expression match one of them", Example: "__meta_a_x \"1\", __meta_b_x \"2\" become x of the target a:1: which one a server takes is left to chance, and may be another after each reload; the last is shown here"},
	{ID: MergesSeries, Severity: expfmt.SeverityInfo, Doc: "labels are taken away by which series may differ",
		Fix: "see that series of one target differ in other labels, too", Example: "labeldrop /pod/ takes labels away: series of a target that differ in them alone become one, and their samples clash"},
	{ID: MatchesNothing, Severity: expfmt.SeverityWarning, Doc: "match[] selects nothing",
		Fix: "give the recording rules such a label, or ask for one that they have", Example: "no recording rule has a name and labels that {sysdig=\"true\"} matches, of 1: only series that get such labels otherwise are handed over"},
	{ID: NoSuchJob, Severity: expfmt.SeverityWarning, Doc: "a rule asks for another job than there are",
		Fix: "ask for a job that there is, or rename the job", Example: "rule \"A\": up{job=\"kubernetes-kube-proxy\"} asks for another job than there are: kube-proxy"},
	{ID: NoSuchLabels, Severity: expfmt.SeverityWarning, Doc: "a rule asks for labels that no series of the jobs can have",
		Fix: "ask for labels that they have, or let relabelling set them", Example: "rule \"A\": up{namespace=\"x\"} selects no series that the jobs give: up has the labels of targets, and those of job \"a\" have no namespace"},
	{ID: MetricDropped, Severity: expfmt.SeverityWarning, Doc: "a rule asks for a metric that metric_relabel_configs drop",
		Fix: "leave the metric out of what is dropped, or the rule away", Example: "rule \"A\": go_threads selects no series that the jobs give: job \"a\" drops it (line 5 (drop __name__ /go_.*/))"},
	{ID: LabelUnset, Severity: expfmt.SeverityWarning, Doc: "a rule groups, matches or writes by a label that no series of the jobs can have",
		Fix: "name a label that they have, or let relabelling set it", Example: "rule \"A\": sum by (namespace) (up): no series that the jobs give to it can have the label namespace"},
	{ID: JobUnasked, Severity: expfmt.SeverityInfo, Doc: "no selector of the rules matches the job",
		Fix: "nothing, if its metrics are for dashboards; else write a rule for it", Example: "no selector of the rules matches this job"},
	{ID: NotExplained, Severity: expfmt.SeverityInfo, Doc: "how the targets of a capture and those that are kept agree",
		Fix: "nothing where all agree; else see which labels differ with --explain", Example: "2 of its 4 targets are targets that the jobs keep"},
	{ID: ServerNull, Severity: expfmt.SeverityWarning, Doc: "values of a chart stand beside the section that they belong to",
		Fix: "move the keys below server:, or the chart does not see them", Example: "server is null: strategy and podAnnotations stand beside it, and the chart takes them in server"},
}

// IDs are the ids of all that this package finds.
func IDs() []expfmt.ProblemID { return slices.Clone(ids) }

func severityOf(id string) expfmt.Severity {
	for _, one := range ids {
		if one.ID == id {
			return one.Severity
		}
	}
	return expfmt.SeverityError
}

// add takes a finding once.
func (f *File) add(found Finding) {
	if !slices.Contains(f.Findings, found) {
		f.Findings = append(f.Findings, found)
	}
}

// sort puts the findings in the order of the file.
func (f *File) sort() {
	slices.SortStableFunc(f.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
