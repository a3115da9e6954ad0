package rulelint

import (
	"fmt"
	"io"
	"strings"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/lint"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Text writes a line for each finding, one for each file that loads, and one
// for each capture.
type Text struct {
	Width int // columns of the screen; 0: there is none, and lines are not folded
}

// Report writes r.
func (t Text) Report(w io.Writer, r *Result) error {
	var b strings.Builder
	for _, f := range r.Files {
		for _, found := range f.Findings {
			fmt.Fprintln(&b, terminal.Clean(found.line()))
		}
		if f.Loads() {
			alerts, records := f.Count()
			fmt.Fprintf(&b, "%s: ok: groups: %d, alerting rules: %d, recording rules: %d\n", terminal.Clean(f.Name), len(f.Groups), alerts, records)
		}
	}
	for _, c := range r.Captures {
		fmt.Fprintf(&b, "against %s: selectors that match series: %d, that match none: %d, whose values were not seen: %d, in absent(): %d, of what the rules write: %d\n",
			terminal.Clean(c.Name), c.Matching, c.Nothing, c.NotSeen, c.Absent, c.Written)
	}
	_, err := io.WriteString(w, terminal.FoldLines(b.String(), t.Width, 4))
	return err
}

// line is the finding as rules.Error spells it. An error is what is not said to
// be less.
func (f *Finding) line() string {
	severity := map[expfmt.Severity]string{expfmt.SeverityWarning: "warning: ", expfmt.SeverityInfo: "note: "}[f.Severity]
	return fmt.Sprintf("%s:%d:%d: %s%s%s", f.File, f.Line, f.Column, f.within(), severity, f.Message)
}

func (f *Finding) within() string {
	switch {
	case f.Group == "":
		return ""
	case f.Rule == "":
		return fmt.Sprintf("group %q: ", f.Group)
	}
	return fmt.Sprintf("group %q, rule %q: ", f.Group, f.Rule)
}

// JSON writes a Result as one JSON object. Its names are a contract: they may
// become more, and none is ever renamed.
type JSON struct{}

type jsonResult struct {
	Files    []jsonFile    `json:"files"`
	Captures []jsonCapture `json:"captures"` // with --against
	Errors   int           `json:"errors"`
	Warnings int           `json:"warnings"`
	Infos    int           `json:"infos"`
	Problems []jsonFinding `json:"problems"`
}

type jsonFile struct {
	Name    string `json:"name"`
	Loads   bool   `json:"loads"`
	Groups  int    `json:"groups"` // 0, as the other numbers, of one that does not load
	Alerts  int    `json:"alerting_rules"`
	Records int    `json:"recording_rules"`
}

type jsonCapture struct {
	Name     string `json:"name"`
	Matching int    `json:"matching"` // selectors, counted for each rule
	Nothing  int    `json:"no_series"`
	NotSeen  int    `json:"value_not_seen"`
	Absent   int    `json:"asks_for_absence"`
	Written  int    `json:"written_by_rules"`
}

type jsonFinding struct {
	File     string     `json:"file"`
	Line     int        `json:"line"`
	Column   int        `json:"column"` // in characters, from 1
	Group    string     `json:"group,omitempty"`
	Rule     string     `json:"rule,omitempty"`
	ID       string     `json:"id"`
	Severity string     `json:"severity"` // error, warning or info
	Message  string     `json:"message"`
	Text     string     `json:"text,omitempty"`  // of the line, of what the reader says
	First    *jsonPlace `json:"first,omitempty"` // of duplicate-rule
	Selector string     `json:"selector,omitempty"`
	Instead  []string   `json:"instead,omitempty"` // names or matchers that there are
}

type jsonPlace struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// Report writes r.
func (JSON) Report(w io.Writer, r *Result) error {
	out := jsonResult{
		Files: []jsonFile{}, Captures: []jsonCapture{}, Problems: []jsonFinding{},
		Errors: r.Count(expfmt.SeverityError), Warnings: r.Count(expfmt.SeverityWarning), Infos: r.Count(expfmt.SeverityInfo),
	}
	for _, f := range r.Files {
		alerts, records := f.Count()
		out.Files = append(out.Files, jsonFile{f.Name, f.Loads(), len(f.Groups), alerts, records})
		for _, p := range f.Findings {
			out.Problems = append(out.Problems, jsonFinding{
				p.File, p.Line, p.Column, p.Group, p.Rule, p.ID, string(p.Severity), p.Message, p.Text, (*jsonPlace)(p.First), p.Selector, p.Instead,
			})
		}
	}
	for _, c := range r.Captures {
		out.Captures = append(out.Captures, jsonCapture{c.Name, c.Matching, c.Nothing, c.NotSeen, c.Absent, c.Written})
	}
	return terminal.EncodeJSON(w, out)
}

// GitHub writes a line for each finding, which a workflow of GitHub shows
// beside the line of the file.
type GitHub struct{}

// Report writes r.
func (GitHub) Report(w io.Writer, r *Result) error { return lint.GitHub{}.Report(w, r.plain()) }

// SARIF writes a log of SARIF 2.1.0, which code scanning takes.
type SARIF struct {
	Version string // of the program that reports; may be empty
}

// Report writes r.
func (s SARIF) Report(w io.Writer, r *Result) error {
	return lint.SARIF{Version: s.Version, IDs: IDs()}.Report(w, r.plain())
}

// plain is the result as the writers of package lint take it.
func (r *Result) plain() *lint.Result {
	out := &lint.Result{}
	for _, f := range r.Files {
		in := &lint.Input{Name: f.Name}
		for _, p := range f.Findings {
			in.Findings = append(in.Findings, &lint.Finding{Problem: expfmt.Problem{
				File: p.File, Line: p.Line, Column: p.Column, ID: p.ID, Severity: p.Severity, Message: p.within() + p.Message, Text: p.Text,
			}, Runes: p.Column, Count: 1})
		}
		out.Inputs = append(out.Inputs, in)
	}
	return out
}
