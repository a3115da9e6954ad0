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

	// What loads and does something else than it seems to.
	PortTwice      = "port-twice"
	BreaksIPv6     = "breaks-ipv6"
	HonorLabels    = "honor-labels"
	Loopback       = "loopback"
	MergesSeries   = "merges-series"
	MatchesNothing = "matches-nothing"
	ServerNull     = "server-null"

	// What rules and captures say of a configuration.
	NoSuchJob    = "no-such-job"
	JobUnasked   = "job-unasked"
	NotExplained = "capture"
)

var ids = []expfmt.ProblemID{
	{ID: DoesNotLoad, Severity: expfmt.SeverityError, Doc: "Prometheus refuses the configuration"},
	{ID: NoYAML, Severity: expfmt.SeverityError, Doc: "no parser of YAML takes the text"},
	{ID: Indentation, Severity: expfmt.SeverityError, Doc: "keys stand where they belong to something else"},
	{ID: ReadOther, Severity: expfmt.SeverityWarning, Doc: "the file holds more than is read of it"},
	{ID: NoJobs, Severity: expfmt.SeverityWarning, Doc: "the file holds no scrape job"},
	{ID: SysdigOnly, Severity: expfmt.SeverityInfo, Doc: "the key is known to Sysdig's agent alone"},
	{ID: NotTried, Severity: expfmt.SeverityInfo, Doc: "targets of a job are not known"},
	{ID: PortTwice, Severity: expfmt.SeverityWarning, Doc: "an address that has a port does not get the one that others get"},
	{ID: BreaksIPv6, Severity: expfmt.SeverityWarning, Doc: "an IPv6 address does not get the port that others get"},
	{ID: HonorLabels, Severity: expfmt.SeverityWarning, Doc: "targets of a direct scrape may overwrite job and instance"},
	{ID: Loopback, Severity: expfmt.SeverityInfo, Doc: "the port is served on 127.0.0.1 by default"},
	{ID: MergesSeries, Severity: expfmt.SeverityInfo, Doc: "labels are taken away by which series may differ"},
	{ID: MatchesNothing, Severity: expfmt.SeverityWarning, Doc: "match[] selects nothing"},
	{ID: NoSuchJob, Severity: expfmt.SeverityWarning, Doc: "a rule asks for another job than there are"},
	{ID: JobUnasked, Severity: expfmt.SeverityInfo, Doc: "no selector of the rules matches the job"},
	{ID: NotExplained, Severity: expfmt.SeverityInfo, Doc: "how the targets of a capture and those that are kept agree"},
	{ID: ServerNull, Severity: expfmt.SeverityWarning, Doc: "values of a chart stand beside the section that they belong to"},
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
