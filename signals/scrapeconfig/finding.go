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
)

var ids = []expfmt.ProblemID{
	{ID: DoesNotLoad, Severity: expfmt.SeverityError, Doc: "Prometheus refuses the configuration"},
	{ID: NoYAML, Severity: expfmt.SeverityError, Doc: "no parser of YAML takes the text"},
	{ID: Indentation, Severity: expfmt.SeverityError, Doc: "keys stand where they belong to something else"},
	{ID: ReadOther, Severity: expfmt.SeverityWarning, Doc: "the file holds more than is read of it"},
	{ID: NoJobs, Severity: expfmt.SeverityWarning, Doc: "the file holds no scrape job"},
	{ID: SysdigOnly, Severity: expfmt.SeverityInfo, Doc: "the key is known to Sysdig's agent alone"},
	{ID: NotTried, Severity: expfmt.SeverityInfo, Doc: "targets of a job are not known"},
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
