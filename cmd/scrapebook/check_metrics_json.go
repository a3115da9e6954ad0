package main

import (
	"io"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// metricsJSON is the result for programs. Its names are a contract: they may
// become more, and none is ever renamed.
type metricsJSON struct {
	Inputs   []inputJSON   `json:"inputs"` // in the order of the arguments
	Errors   int           `json:"errors"` // not folded, as the other counts
	Warnings int           `json:"warnings"`
	Infos    int           `json:"infos"`
	Problems []findingJSON `json:"problems"`
}

type inputJSON struct {
	Name     string `json:"name"`
	Not      string `json:"not_an_exposition,omitempty"` // what it is instead
	Scrapes  int    `json:"scrapes,omitempty"`           // of a capture
	Failed   int    `json:"failed_scrapes,omitempty"`
	Families int    `json:"families"` // that have samples
	Samples  int    `json:"samples"`
}

type findingJSON struct {
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
}

func (r *metricsResult) writeJSON(w io.Writer) error {
	out := metricsJSON{
		Inputs: []inputJSON{}, Problems: []findingJSON{},
		Errors: r.count(expfmt.SeverityError), Warnings: r.count(expfmt.SeverityWarning), Infos: r.count(expfmt.SeverityInfo),
	}
	for _, in := range r.inputs {
		out.Inputs = append(out.Inputs, inputJSON{in.name, in.not, in.scrapes, in.failed, len(in.families), in.samples})
		for _, f := range in.findings {
			out.Problems = append(out.Problems, findingJSON{
				File: f.File, Line: f.Line, Column: f.Column, ID: f.ID, Severity: string(f.Severity), Metric: f.metric,
				Message: f.Message, Done: f.Done, Text: f.Text, Offset: f.TextOffset, Count: f.count, Scrapes: f.scrapes,
			})
		}
	}
	return terminal.EncodeJSON(w, out)
}
