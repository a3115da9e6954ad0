package rulelint

import (
	"errors"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// Result is what was found in some rule files.
type Result struct {
	Files    []*File // in the order in which they were added
	Captures []Capture
}

// File is one rule file.
type File struct {
	Name   string
	Groups []*rules.Group // none when it does not load
	// Findings are in the order of the file, but that what does not stand in
	// the file alone comes last.
	Findings []Finding
}

// Loads tells whether the file has no error of its own.
func (f *File) Loads() bool {
	for _, found := range f.Findings {
		if found.ID == DoesNotLoad {
			return false
		}
	}
	return true
}

// Count returns how many alerting and recording rules the file has.
func (f *File) Count() (alerts, records int) {
	for _, g := range f.Groups {
		for _, r := range g.Rules {
			if r.Alert != "" {
				alerts++
			} else {
				records++
			}
		}
	}
	return alerts, records
}

// Finding is one problem at its place.
type Finding struct {
	File         string
	Line, Column int    // from 1; columns are characters
	Group, Rule  string // "" outside of any
	ID           string // one of IDs
	Severity     expfmt.Severity
	Message      string
	Text         string // the line of an error or a warning of the reader; else ""

	First    *Place   // of a rule that stands twice
	Selector string   // that matches nothing
	Instead  []string // what there is in its place: names or matchers
}

// Place is where a rule stands.
type Place struct {
	File         string
	Line, Column int
}

// The ids of what is found.
const (
	DoesNotLoad   = "does-not-load"
	ReadOtherwise = "read-otherwise"
	NoGroups      = "no-groups"
	DuplicateRule = "duplicate-rule"
	NoSeries      = "no-series"
	ValueNotSeen  = "value-not-seen"
	AsksAbsence   = "asks-for-absence"
)

// IDs are the ids of all that this package finds.
func IDs() []expfmt.ProblemID {
	return []expfmt.ProblemID{
		{ID: DoesNotLoad, Severity: expfmt.SeverityError, Doc: "Prometheus refuses the file",
			Fix: "correct what stands at the place; Prometheus loads nothing of such a file", Example: "could not parse expression: unexpected end of input"},
		{ID: ReadOtherwise, Severity: expfmt.SeverityWarning, Doc: "the file holds more than Prometheus reads of it, or objects without rules",
			Fix: "take out what is not read, or keep it in a file of its own", Example: "a file with several YAML documents: Prometheus reads only the first; here all are read"},
		{ID: NoGroups, Severity: expfmt.SeverityWarning, Doc: "the file holds no group of rules",
			Fix: "write groups: with rules below, or leave the file out", Example: "no group of rules in it: nothing is evaluated"},
		{ID: DuplicateRule, Severity: expfmt.SeverityWarning, Doc: "a rule of the same name and labels stands elsewhere",
			Fix: "rename one, or tell them apart by a label", Example: "a recording rule with this name and these labels stands already at a.yml:1:28: where both give the same series, their samples clash"},
		{ID: NoSeries, Severity: expfmt.SeverityError, Doc: "a selector matches no series of the capture",
			Fix: "ask for what is there instead, or take a capture that has it", Example: "no series of saved matches jobs{job=\"web\"}; there is job=\"app\""},
		{ID: ValueNotSeen, Severity: expfmt.SeverityInfo, Doc: "a selector matches no series of the capture, which has its metric and labels",
			Fix: "nothing, if the value is one of trouble, such as code=\"500\"; else correct it", Example: "no series of saved matches jobs{queue=\"fax\"}; there is queue=\"mail\", queue=\"sms\""},
		{ID: AsksAbsence, Severity: expfmt.SeverityInfo, Doc: "a selector in absent() matches no series of the capture",
			Fix: "nothing, if the metric is known to be there when all is well", Example: "no series of saved matches jobz; there is jobs (the rule asks for its absence)"},
	}
}

// Count is how many findings of a severity there are.
func (r *Result) Count(s expfmt.Severity) int {
	n := 0
	for _, f := range r.Files {
		for _, found := range f.Findings {
			if found.Severity == s {
				n++
			}
		}
	}
	return n
}

// Add reads a file as rules.ParseAny does and adds what was found. opts.Warn is
// not called.
func (r *Result) Add(name string, data []byte, opts rules.ParseOptions) {
	f := &File{Name: name}
	opts.Warn = func(e *rules.Error) { f.add(ReadOtherwise, expfmt.SeverityWarning, e) }
	groups, errs := rules.ParseAny(name, data, opts)
	for _, err := range errs {
		e := (*rules.Error)(nil)
		if !errors.As(err, &e) {
			e = &rules.Error{File: name, Line: 1, Column: 1, Err: err}
		}
		f.add(DoesNotLoad, expfmt.SeverityError, e)
	}
	f.Groups = groups
	if len(groups) == 0 && len(errs) == 0 {
		f.Findings = append(f.Findings, Finding{
			File: name, Line: 1, Column: 1, ID: NoGroups, Severity: expfmt.SeverityWarning,
			Message: "no group of rules in it: nothing is evaluated",
		})
	}
	r.Files = append(r.Files, f)
}

func (f *File) add(id string, severity expfmt.Severity, e *rules.Error) {
	f.Findings = append(f.Findings, Finding{
		File: f.Name, Line: e.Line, Column: e.Column, Group: e.Group, Rule: e.Rule,
		ID: id, Severity: severity, Message: e.Err.Error(), Text: e.Text,
	})
}

// eachRule visits the rules in the order of their files.
func (r *Result) eachRule(visit func(*File, *rules.Group, *rules.Rule)) {
	for _, f := range r.Files {
		for _, g := range f.Groups {
			for _, rule := range g.Rules {
				visit(f, g, rule)
			}
		}
	}
}

// found makes a finding of a rule, without a message.
func found(f *File, g *rules.Group, r *rules.Rule, id string, severity expfmt.Severity) Finding {
	return Finding{
		File: f.Name, Line: r.Line, Column: r.Column, Group: g.Name, Rule: r.Name(), ID: id, Severity: severity,
	}
}
