package suite

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/lint"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// JSON writes a Result as one JSON object. Its names are a contract: they may
// become more, and none is ever renamed.
type JSON struct{}

type jsonResult struct {
	Files  []jsonFile `json:"files"`
	Tests  int        `json:"tests"`
	Failed int        `json:"failed"`   // tests
	Broken int        `json:"unusable"` // files

	Coverage *jsonCoverage `json:"coverage,omitempty"` // with --coverage
}

type jsonCoverage struct {
	Percent float64            `json:"percent"`
	Goals   int                `json:"goals"`
	Met     int                `json:"met"`
	Rules   []jsonRuleCoverage `json:"rules"`
}

type jsonRuleCoverage struct {
	File    string    `json:"file"`
	Line    int       `json:"line"`
	Group   string    `json:"group"`
	Alert   string    `json:"alert,omitempty"`
	Record  string    `json:"record,omitempty"`
	Fired   bool      `json:"fired"`
	Pending bool      `json:"pending"`
	Silent  bool      `json:"silent"` // with data
	Read    bool      `json:"read"`   // a record
	Arms    []jsonArm `json:"arms"`
}

type jsonArm struct {
	Expr string `json:"expr"`
	Gave bool   `json:"gave"`
}

type jsonFile struct {
	Name     string        `json:"name"`
	Errors   []jsonError   `json:"errors"` // why it cannot be used
	Failures []jsonFailure `json:"failures"`
	Allowed  []jsonFailure `json:"allowed"`
	Tests    []jsonTest    `json:"tests"`
}

type jsonError struct {
	File    string `json:"file"`
	Line    int    `json:"line"` // 0, as the column, when it is not known
	Column  int    `json:"column"`
	Message string `json:"message"`
}

type jsonTest struct {
	Name     string        `json:"name"`
	Line     int           `json:"line"`
	Column   int           `json:"column"`
	Passed   bool          `json:"passed"`
	Failures []jsonFailure `json:"failures"`
	Allowed  []jsonFailure `json:"allowed"`
}

type jsonFailure struct {
	ID          string    `json:"id"`
	Line        int       `json:"line"`
	Column      int       `json:"column"`
	Message     string    `json:"message"`
	Differences []jsonRow `json:"differences"`
	Why         string    `json:"why,omitempty"`
}

type jsonRow struct {
	Of       string `json:"about"`
	What     string `json:"what"`
	Expected string `json:"expected"`
	Got      string `json:"got"`
}

// Report writes r.
func (JSON) Report(w io.Writer, r *Result) error {
	out := jsonResult{Files: []jsonFile{}}
	for i := range r.Files {
		f := &r.Files[i]
		all, failed := f.count()
		out.Tests, out.Failed = out.Tests+all, out.Failed+failed
		file := jsonFile{f.Name, []jsonError{}, jsonFailures(f.Failures), jsonFailures(f.Allowed), []jsonTest{}}
		for _, err := range f.Errors {
			name, at, message := placeOfError(f.Name, err)
			file.Errors = append(file.Errors, jsonError{name, at.Line, at.Column, message})
		}
		if len(f.Errors) > 0 {
			out.Broken++
		}
		for _, t := range f.Tests {
			file.Tests = append(file.Tests, jsonTest{t.Name, t.Line, t.Column, len(t.Failures) == 0, jsonFailures(t.Failures), jsonFailures(t.Allowed)})
		}
		out.Files = append(out.Files, file)
	}
	out.Coverage = jsonCoverageOf(r.Coverage)
	return terminal.EncodeJSON(w, out)
}

func jsonCoverageOf(c *Coverage) *jsonCoverage {
	if c == nil {
		return nil
	}
	out := &jsonCoverage{Percent: c.Percent(), Rules: []jsonRuleCoverage{}}
	out.Goals, out.Met = c.count()
	for _, r := range c.Rules {
		one := jsonRuleCoverage{r.File, r.Line, r.Group, r.Alert, r.Record, r.Fired, r.Pending, r.Silent, r.Read, []jsonArm{}}
		for _, a := range r.Arms {
			one.Arms = append(one.Arms, jsonArm(a))
		}
		out.Rules = append(out.Rules, one)
	}
	return out
}

func jsonFailures(list []Failure) []jsonFailure {
	out := []jsonFailure{}
	for _, f := range list {
		one := jsonFailure{f.ID, f.Line, f.Column, f.Message, []jsonRow{}, f.Why}
		for _, r := range f.Rows {
			one.Differences = append(one.Differences, jsonRow(r))
		}
		out = append(out, one)
	}
	return out
}

// placeOfError is where a mistake stands, and what it is.
func placeOfError(file string, err error) (name string, at Place, message string) {
	var ours *Error
	var theirs *rules.Error
	switch {
	case errors.As(err, &ours):
		return ours.File, ours.Place, ours.Message
	case errors.As(err, &theirs):
		plain := *theirs
		plain.File = ""
		return theirs.File, Place{theirs.Line, theirs.Column}, strings.TrimPrefix(plain.Error(), fmt.Sprintf("%d:%d: ", theirs.Line, theirs.Column))
	}
	return file, Place{}, err.Error()
}

// GitHub writes a line for each failure, which a workflow of GitHub shows
// beside the line of the file.
type GitHub struct{}

// Report writes r.
func (GitHub) Report(w io.Writer, r *Result) error {
	out := &lint.Result{}
	for i := range r.Files {
		f := &r.Files[i]
		in := &lint.Input{Name: f.Name}
		add := func(file string, at Place, id, message string) {
			in.Findings = append(in.Findings, &lint.Finding{Problem: expfmt.Problem{
				File: file, Line: at.Line, Column: at.Column, ID: id, Severity: expfmt.SeverityError, Message: message,
			}})
		}
		for _, err := range f.Errors {
			file, at, message := placeOfError(f.Name, err)
			add(file, at, "unusable", message)
		}
		for _, one := range f.Failures {
			add(f.Name, one.Place, one.ID, one.oneLine())
		}
		for _, t := range f.Tests {
			for _, one := range t.Failures {
				add(f.Name, one.Place, one.ID, t.Name+": "+one.oneLine())
			}
		}
		out.Inputs = append(out.Inputs, in)
	}
	return lint.GitHub{}.Report(w, out)
}

// oneLine is a failure with its first difference and the reason.
func (f *Failure) oneLine() string {
	text := f.Message + checkName(f)
	if len(f.Rows) > 0 {
		r := f.Rows[0]
		text += fmt.Sprintf("; %s: expected %s, got %s", strings.TrimSpace(r.Of+" "+r.What), r.Expected, r.Got)
		if n := len(f.Rows) - 1; n > 0 {
			text += fmt.Sprintf(", and %s more", counted(n, "difference"))
		}
	}
	if f.Why != "" {
		text += "; why: " + f.Why
	}
	return strings.ReplaceAll(text, "\n", " ")
}

// JUnit writes a Result as most CI systems read it: a suite for each file, a
// case for each test. It has no times, which differ from run to run.
type JUnit struct{}

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class    string         `xml:"classname,attr"` // the file
	Name     string         `xml:"name,attr"`
	File     string         `xml:"file,attr"`
	Line     int            `xml:"line,attr,omitempty"`
	Failures []junitFailure `xml:"failure"`
	Errors   []junitFailure `xml:"error"`
}

type junitFailure struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// Report writes r.
func (JUnit) Report(w io.Writer, r *Result) error {
	var all junitSuites
	for i := range r.Files {
		f := &r.Files[i]
		s := junitSuite{Name: f.Name}
		if len(f.Errors)+len(f.Failures) > 0 {
			whole := junitCase{Class: f.Name, Name: "the file", File: f.Name, Failures: junitFailures(f.Name, f.Failures)}
			for _, err := range f.Errors {
				whole.Errors = append(whole.Errors, junitFailure{Type: "unusable", Message: err.Error()})
			}
			s.Cases = append(s.Cases, whole)
		}
		for _, t := range f.Tests {
			s.Cases = append(s.Cases, junitCase{Class: f.Name, Name: t.Name, File: f.Name, Line: t.Line, Failures: junitFailures(f.Name, t.Failures)})
		}
		for _, c := range s.Cases {
			s.Tests++
			switch {
			case len(c.Errors) > 0:
				s.Errors++
			case len(c.Failures) > 0:
				s.Failures++
			}
		}
		all.Tests, all.Failures, all.Errors = all.Tests+s.Tests, all.Failures+s.Failures, all.Errors+s.Errors
		all.Suites = append(all.Suites, s)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// junitFailures have the text of a terminal's page.
func junitFailures(file string, list []Failure) (out []junitFailure) {
	for i := range list {
		out = append(out, junitFailure{list[i].ID, list[i].Message, "\n" + list[i].Text(file)})
	}
	return out
}
