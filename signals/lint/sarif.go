package lint

import (
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// The parts of SARIF 2.1.0 (OASIS) that a result needs.
type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool       sarifTool     `json:"tool"`
	ColumnKind string        `json:"columnKind"`
	Results    []sarifResult `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version,omitempty"`
	Rules   []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID               string       `json:"id"`
	ShortDescription sarifText    `json:"shortDescription"`
	Configuration    sarifDefault `json:"defaultConfiguration"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifDefault struct {
	Level string `json:"level"`
}

type sarifResult struct {
	RuleID     string          `json:"ruleId"`
	RuleIndex  int             `json:"ruleIndex"`
	Level      string          `json:"level"`
	Message    sarifText       `json:"message"`
	Locations  []sarifLocation `json:"locations"`
	Occurrence int             `json:"occurrenceCount,omitempty"`
}

type sarifLocation struct {
	Physical sarifPhysical `json:"physicalLocation"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	Line    int        `json:"startLine,omitempty"`
	Column  int        `json:"startColumn,omitempty"`
	Offset  *int       `json:"byteOffset,omitempty"` // of protobuf, which has no lines
	Snippet *sarifText `json:"snippet,omitempty"`
}

var sarifLevels = map[expfmt.Severity]string{
	expfmt.SeverityError: "error", expfmt.SeverityWarning: "warning", expfmt.SeverityInfo: "note",
}

// SARIF writes a log of SARIF 2.1.0, which code scanning takes. Its rules are
// all ids that there are.
type SARIF struct {
	Version string // of the program that reports; may be empty
	// IDs are the ids of what may be reported; nil: those of this package.
	IDs []expfmt.ProblemID
}

// Report implements Reporter.
func (s SARIF) Report(w io.Writer, r *Result) error {
	run := sarifRun{
		Tool:       sarifTool{sarifDriver{Name: "scrapebook", Version: s.Version}},
		ColumnKind: "unicodeCodePoints",
		Results:    []sarifResult{},
	}
	index := map[string]int{}
	ids := s.IDs
	if ids == nil {
		ids = IDs()
	}
	for i, p := range ids {
		index[p.ID] = i
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{p.ID, sarifText{p.Doc}, sarifDefault{sarifLevels[p.Severity]}})
	}
	for _, in := range r.Inputs {
		list := in.Findings
		if in.Not != "" && !in.Capture {
			list = append(list[:len(list):len(list)], &Finding{Problem: expfmt.Problem{
				File: in.Name, ID: NotExposition, Severity: expfmt.SeverityError, Message: in.Not,
			}})
		}
		for _, f := range list {
			res := sarifResult{
				RuleID: f.ID, RuleIndex: index[f.ID], Level: sarifLevels[f.Severity], Message: sarifText{terminal.Clean(f.Message)},
				Locations: []sarifLocation{{sarifPhysical{sarifArtifact{fileURI(f.File)}, f.region()}}},
			}
			if f.Count > 1 {
				res.Occurrence = f.Count
				res.Message.Text += fmt.Sprintf(" (the first of %d)", f.Count)
			}
			run.Results = append(run.Results, res)
		}
	}
	return terminal.EncodeForeignJSON(w, sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

func (f *Finding) region() *sarifRegion {
	switch {
	case f.Line == 0:
		return nil
	case f.Protobuf:
		offset := f.Column - 1
		return &sarifRegion{Offset: &offset}
	}
	region := &sarifRegion{Line: f.Line, Column: f.Runes}
	if f.TextOffset == 0 && f.Text != "" {
		region.Snippet = &sarifText{terminal.Clean(f.Text)}
	}
	return region
}

// fileURI spells a path as a relative reference, or an absolute URI.
func fileURI(path string) string {
	u := url.URL{Path: filepath.ToSlash(path)}
	if strings.HasPrefix(u.Path, "/") {
		u.Scheme = "file"
	}
	return u.String()
}
