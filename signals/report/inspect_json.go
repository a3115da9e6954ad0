package report

import (
	"io"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

type jsonInspection struct {
	Capture  jsonCapture  `json:"capture"`
	Targets  []jsonTarget `json:"targets"`
	Times    []jsonTimes  `json:"times"`
	Ignored  []jsonFile   `json:"ignored"`
	Problems []jsonKind   `json:"problems"`
	// What could settle times that are not known. They and what follows from
	// them are empty then.
	Unsettled []string `json:"unsettled,omitempty"`
}

type jsonTarget struct {
	Job             string            `json:"job"`
	Instance        string            `json:"instance"`
	Labels          map[string]string `json:"labels"`
	Scrapes         int               `json:"scrapes"`
	Failed          int               `json:"failed_scrapes"`
	Gaps            int               `json:"gaps"`
	IntervalSeconds float64           `json:"interval_seconds"`
	JitterSeconds   float64           `json:"jitter_seconds"`
	First           string            `json:"first"`
	Last            string            `json:"last"`
	Restarts        int               `json:"restarts"`
	Versions        []string          `json:"versions"`
	Format          string            `json:"format"`
}

type jsonTimes struct {
	Source  string `json:"source"`
	Scrapes int    `json:"scrapes"`
	File    string `json:"file"`
	Unzoned string `json:"unzoned"`
}

type jsonFile struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
}

type jsonKind struct {
	jsonProblem     // the first
	Count       int `json:"count"` // of its id
}

// Inspect writes an Inspection as one JSON object. Its names are a contract as
// those of Report.
func (JSON) Inspect(w io.Writer, in *Inspection) error {
	out := jsonInspection{
		Capture: newJSONCapture(in.Capture),
		Targets: []jsonTarget{}, Times: []jsonTimes{}, Ignored: []jsonFile{}, Problems: []jsonKind{},
	}
	for _, t := range in.Capture.TargetInfos {
		out.Targets = append(out.Targets, jsonTarget{
			Job: t.Job, Instance: t.Instance, Labels: t.Labels.Map(), Scrapes: t.Scrapes, Failed: t.Failed, Gaps: t.Gaps,
			IntervalSeconds: t.Interval.Seconds(), JitterSeconds: t.Jitter.Seconds(),
			First: jsonTime(t.First), Last: jsonTime(t.Last),
			Restarts: t.Restarts, Versions: append([]string{}, t.Versions...), Format: t.Format,
		})
	}
	if out.Unsettled = in.Unsettled; len(in.Unsettled) > 0 {
		out.Capture.Start, out.Capture.End, out.Capture.IntervalSeconds, out.Capture.PhaseSeconds = "", "", 0, 0
		for i := range out.Targets {
			t := &out.Targets[i]
			t.First, t.Last, t.IntervalSeconds, t.JitterSeconds = "", "", 0, 0
		}
	}
	for _, s := range in.Times {
		out.Times = append(out.Times, jsonTimes(s))
	}
	for _, f := range in.Ignored {
		out.Ignored = append(out.Ignored, jsonFile(f))
	}
	for _, k := range kindsOf(in.Problems) {
		out.Problems = append(out.Problems, jsonKind{newJSONProblem(k.first), k.count})
	}
	return terminal.EncodeJSON(w, out)
}

type jsonGap struct {
	Job      string `json:"job"`
	Instance string `json:"instance"`
	From     string `json:"from"`
	To       string `json:"to"`
	Missed   int    `json:"missed_scrapes"`
}

type jsonEnded struct {
	Job      string `json:"job"`
	Instance string `json:"instance"`
	Last     string `json:"last"`
	Removed  bool   `json:"removed"`
}

func newJSONCapture(c replay.Summary) jsonCapture {
	out := jsonCapture{
		Name: c.Name, Targets: c.Targets, Scrapes: c.Scrapes, FailedScrapes: c.FailedScrapes, Samples: c.Samples,
		Start: jsonTime(c.Start), End: jsonTime(c.End),
		IntervalSeconds: c.Interval.Seconds(), PhaseSeconds: c.Phase.Seconds(),
		IgnoredFiles: len(c.Ignored), HiddenProblems: c.HiddenProblems, BulkSamples: c.BulkSamples,
		Gaps: []jsonGap{}, Ended: []jsonEnded{},
	}
	for _, g := range c.Gaps {
		out.Gaps = append(out.Gaps, jsonGap{Job: g.Job, Instance: g.Instance, From: jsonTime(g.From), To: jsonTime(g.To), Missed: g.Missed})
	}
	for _, e := range c.Ended {
		out.Ended = append(out.Ended, jsonEnded{Job: e.Job, Instance: e.Instance, Last: jsonTime(e.Last), Removed: e.Removed})
	}
	return out
}

func newJSONProblem(p replay.Problem) jsonProblem {
	return jsonProblem{File: p.File, Line: p.Line, Column: p.Column, ID: p.ID, Severity: string(p.Severity), Message: p.Message}
}
