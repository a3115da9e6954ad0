package report

import (
	"io"
	"math"
	"strconv"
	"time"

	"github.com/scrapebook/scrapebook/signals/jitter"
	"github.com/scrapebook/scrapebook/signals/judge"
	"github.com/scrapebook/scrapebook/signals/prometheus2"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/sweep"
	"github.com/scrapebook/scrapebook/signals/terminal"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// JSON writes a Result as one JSON object. Its names are a contract: they may
// become more, and none is ever renamed. Sample values are strings as in the
// Prometheus API, times RFC 3339 in UTC with milliseconds.
type JSON struct {
	// Why holds the findings of the result's rules, in their order; nil when
	// they were not asked for.
	Why [][]verdict.Finding
	// Judgement is what is known to have happened beside what told of it; nil
	// when nothing is known.
	Judgement *judge.Judgement
	// Sweep holds the comparisons of the result's rules; nil when they were not
	// asked for.
	Sweep []sweep.Comparison
	// Prometheus2 is what Prometheus 2 would have said otherwise; nil when it
	// was not asked for.
	Prometheus2 *prometheus2.Comparison
	// Jitter is what came of the result's trials; nil when there were none.
	Jitter *jitter.Result
}

type jsonResult struct {
	Capture  jsonCapture   `json:"capture"`
	Groups   []jsonGroup   `json:"groups"`
	Rules    []jsonRule    `json:"rules"`
	Problems []jsonProblem `json:"problems"`
	Notes    []string      `json:"notes,omitempty"`
	Server   *jsonServer   `json:"server,omitempty"` // absent when a capture was replayed
	Trials   []jsonTrial   `json:"trials,omitzero"`

	Incidents   *[]jsonIncident  `json:"incidents,omitempty"`   // absent when nothing is known
	Prometheus2 *jsonPrometheus2 `json:"prometheus2,omitempty"` // absent when it was not asked for
}

type jsonCapture struct {
	Name            string  `json:"name"`
	Targets         int     `json:"targets"`
	Scrapes         int     `json:"scrapes"`
	FailedScrapes   int     `json:"failed_scrapes"`
	Samples         int64   `json:"samples"`
	Start           string  `json:"start"`
	End             string  `json:"end"`
	IntervalSeconds float64 `json:"interval_seconds"`
	PhaseSeconds    float64 `json:"phase_seconds"`
	IgnoredFiles    int     `json:"ignored_files"`
	HiddenProblems  int     `json:"hidden_problems,omitempty"`
	BulkSamples     int64   `json:"bulk_samples"`

	Gaps  []jsonGap   `json:"gaps"`
	Ended []jsonEnded `json:"ended"`
}

type jsonGroup struct {
	Name            string  `json:"name"`
	File            string  `json:"file"`
	IntervalSeconds float64 `json:"interval_seconds"`
	Evaluations     int     `json:"evaluations"`
}

type jsonRule struct {
	Group             string            `json:"group"`
	Alert             string            `json:"alert"`
	Record            string            `json:"record"`
	Expr              string            `json:"expr"`
	ForSeconds        float64           `json:"for_seconds"`
	Labels            map[string]string `json:"labels"`
	Verdict           replay.Verdict    `json:"verdict"`
	Selectors         []jsonSelector    `json:"selectors"`
	Evaluations       int               `json:"evaluations"`
	FailedEvaluations int               `json:"failed_evaluations"`
	Error             string            `json:"error"`
	Warnings          []string          `json:"warnings"`
	Infos             []string          `json:"infos"`
	HeldBack          bool              `json:"held_back"`
	Closest           *jsonClosest      `json:"closest"`
	Alerts            []jsonAlert       `json:"alerts"`
	Why               []jsonFinding     `json:"why"`
	Judged            *jsonJudged       `json:"judged,omitempty"` // absent when no incidents are known, and of a recording rule
	Sweep             []jsonComparison  `json:"sweep,omitzero"`
	Jitter            []jsonFlip        `json:"jitter,omitzero"`
}

type jsonSelector struct {
	Selector string   `json:"selector"`
	Series   int      `json:"series"`
	Nearest  []string `json:"nearest,omitempty"`
}

type jsonClosest struct {
	Value     string            `json:"value"`
	Threshold string            `json:"threshold"`
	At        string            `json:"at"`
	Labels    map[string]string `json:"labels"`
}

type jsonAlert struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	Intervals   []jsonInterval    `json:"intervals"`
	Peak        string            `json:"peak"`
	PeakAt      string            `json:"peak_at"`
}

type jsonInterval struct {
	State replay.State `json:"state"`
	Start string       `json:"start"`
	End   string       `json:"end"`
	Open  bool         `json:"open"`
}

type jsonProblem struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	ID       string `json:"id"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
}

// Report implements Reporter.
func (j JSON) Report(w io.Writer, res *replay.Result) error {
	out := jsonResult{
		Capture:  newJSONCapture(res.Capture),
		Groups:   []jsonGroup{},
		Rules:    []jsonRule{},
		Problems: []jsonProblem{},
		Notes:    res.Notes,
		Server:   serverOf(res),
		Trials:   newJSONTrials(j.Jitter),
	}
	for _, g := range res.Groups {
		out.Groups = append(out.Groups, jsonGroup{Name: g.Name, File: g.File, IntervalSeconds: g.Interval.Seconds(), Evaluations: g.Evaluations})
	}
	for i := range res.Rules {
		rule := newJSONRule(&res.Rules[i])
		if i < len(j.Why) {
			rule.Why = newJSONFindings(j.Why[i])
		}
		rule.Judged = newJSONJudged(j.Judgement, i)
		rule.Jitter = newJSONFlips(j.Jitter, i)
		if j.Sweep != nil {
			rule.Sweep = newJSONSweep(j.Sweep, i)
		}
		out.Rules = append(out.Rules, rule)
	}
	for _, p := range res.Problems {
		out.Problems = append(out.Problems, newJSONProblem(p))
	}
	out.Incidents = newJSONIncidents(j.Judgement)
	out.Prometheus2 = newJSONPrometheus2(res, j.Prometheus2)
	return terminal.EncodeJSON(w, out)
}

func newJSONRule(r *replay.Rule) jsonRule {
	out := jsonRule{
		Group: r.Group, Alert: r.Alert, Record: r.Record, Expr: r.Expr, ForSeconds: r.For.Seconds(),
		Labels: r.Labels.Map(), Verdict: r.Verdict,
		Evaluations: r.Evaluations, FailedEvaluations: r.Failed, Error: r.Error,
		Warnings:  append([]string{}, r.Warnings...),
		Infos:     append([]string{}, r.Infos...),
		HeldBack:  r.HeldBack,
		Selectors: []jsonSelector{}, Alerts: []jsonAlert{}, Why: []jsonFinding{},
	}
	for _, s := range r.Selectors {
		out.Selectors = append(out.Selectors, jsonSelector{Selector: s.Text, Series: s.Series, Nearest: s.Similar})
	}
	if c := r.Closest; c != nil {
		out.Closest = &jsonClosest{Value: SampleValue(c.Value), Threshold: SampleValue(r.Threshold.Value), At: jsonTime(c.At), Labels: c.Labels.Map()}
	}
	out.Alerts = newJSONAlerts(r.Alerts)
	return out
}

func newJSONAlerts(list []replay.Alert) []jsonAlert {
	out := []jsonAlert{}
	for _, a := range list {
		out = append(out, jsonAlert{
			Labels: a.Labels.Map(), Annotations: a.Annotations.Map(), Intervals: newJSONIntervals(a.Intervals),
			Peak: SampleValue(a.Peak), PeakAt: jsonTime(a.PeakAt),
		})
	}
	return out
}

func newJSONIntervals(list []replay.Interval) []jsonInterval {
	out := []jsonInterval{}
	for _, iv := range list {
		out = append(out, jsonInterval{State: iv.State, Start: jsonTime(iv.Start), End: jsonTime(iv.End), Open: iv.Open})
	}
	return out
}

func jsonTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// SampleValue spells a value as the Prometheus API does
// (util/jsonutil.MarshalFloat).
func SampleValue(v float64) string {
	format := byte('f')
	if abs := math.Abs(v); abs != 0 && !math.IsInf(v, 0) && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	return strconv.FormatFloat(v, format, -1, 64)
}
