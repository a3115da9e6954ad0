package lint

import (
	"io"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// JSON writes a Result as one JSON object. Its names are a contract: they may
// become more, and none is ever renamed.
type JSON struct{}

type jsonResult struct {
	Inputs   []jsonInput   `json:"inputs"` // in the order of the arguments
	Errors   int           `json:"errors"` // not folded, as the other counts
	Warnings int           `json:"warnings"`
	Infos    int           `json:"infos"`
	Problems []jsonFinding `json:"problems"`
}

type jsonInput struct {
	Name     string `json:"name"`
	Not      string `json:"not_an_exposition,omitempty"` // what it is instead
	Scrapes  int    `json:"scrapes,omitempty"`           // of a capture
	Failed   int    `json:"failed_scrapes,omitempty"`
	Families int    `json:"families"` // that have samples
	Samples  int    `json:"samples"`
	// Of the scrapes that are expositions: how many a Prometheus server would
	// refuse as a whole, how many promtool check metrics would not read, and
	// what it would say of the first.
	Refused         int    `json:"refused_scrapes"`
	PromtoolRefused int    `json:"promtool_refused_scrapes"`
	Promtool        string `json:"promtool,omitempty"`
}

type jsonFinding struct {
	File     string `json:"file"`
	Line     int    `json:"line"`   // from 1; 0: the whole file; of protobuf the number of the message
	Column   int    `json:"column"` // in bytes, from 1; of protobuf the offset in the file, plus 1
	ID       string `json:"id"`
	Severity string `json:"severity"`         // error, warning or info
	Metric   string `json:"metric,omitempty"` // of a finding of lint
	Message  string `json:"message"`
	Done     string `json:"done"`                  // skipped, kept or repaired
	Text     string `json:"text"`                  // of the line, at most 200 bytes
	Offset   int    `json:"text_offset,omitempty"` // bytes of the line before text
	Count    int    `json:"count"`                 // with those like it in a capture, of which this is the first
	Scrapes  int    `json:"scrapes,omitempty"`     // in how many of a capture's
	Refused  bool   `json:"refused,omitempty"`     // Prometheus refuses the whole scrape for it
}

// Report implements Reporter.
func (JSON) Report(w io.Writer, r *Result) error {
	out := jsonResult{
		Inputs: []jsonInput{}, Problems: []jsonFinding{},
		Errors: r.Count(expfmt.SeverityError), Warnings: r.Count(expfmt.SeverityWarning), Infos: r.Count(expfmt.SeverityInfo),
	}
	for _, in := range r.Inputs {
		out.Inputs = append(out.Inputs, jsonInput{in.Name, in.Not, in.Scrapes, in.Failed, len(in.Families), in.Samples, in.Refused, in.PromtoolRefused, in.Promtool})
		for _, f := range in.Findings {
			out.Problems = append(out.Problems, jsonFinding{
				File: f.File, Line: f.Line, Column: f.Column, ID: f.ID, Severity: string(f.Severity), Metric: f.Metric,
				Message: f.Message, Done: f.Done, Text: f.Text, Offset: f.TextOffset, Count: f.Count, Scrapes: f.Scrapes, Refused: f.Refused,
			})
		}
	}
	return terminal.EncodeJSON(w, out)
}
