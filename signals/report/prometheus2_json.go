package report

import (
	"github.com/scrapebook/scrapebook/signals/prometheus2"
	"github.com/scrapebook/scrapebook/signals/replay"
)

type jsonPrometheus2 struct {
	Version        string                `json:"version"`
	Same           int                   `json:"same"`
	FailedScrapes  int                   `json:"failed_scrapes"`
	FailedScrapes3 int                   `json:"failed_scrapes_prometheus3"`
	Rules          []jsonPrometheus2Rule `json:"rules"`
}

type jsonPrometheus2Rule struct {
	Index   int                  `json:"index"`
	Group   string               `json:"group"`
	Alert   string               `json:"alert"`
	Record  string               `json:"record"`
	Unknown []string             `json:"unknown"`
	Refused []string             `json:"refused"`
	Unread  bool                 `json:"unread"` // refused is about this rule, and not about another of its file
	Three   *jsonPrometheus2Side `json:"prometheus3"`
	Two     *jsonPrometheus2Side `json:"prometheus2"`
	Causes  []jsonCause          `json:"causes"`
}

type jsonPrometheus2Side struct {
	Verdict           replay.Verdict `json:"verdict"`
	FailedEvaluations int            `json:"failed_evaluations"`
	Recorded          int            `json:"recorded"`
	Alerts            []jsonAlert    `json:"alerts"`
}

type jsonCause struct {
	Kind   prometheus2.CauseKind `json:"kind"`
	At     string                `json:"at"`
	Line   int                   `json:"line"`
	Column int                   `json:"column"`
	Piece  string                `json:"piece"`
	Text   string                `json:"text"`
}

func newJSONPrometheus2(res *replay.Result, c *prometheus2.Comparison) *jsonPrometheus2 {
	if c == nil {
		return nil
	}
	out := &jsonPrometheus2{Version: prometheus2.Version, Same: c.Same, FailedScrapes3: c.Failed[0], FailedScrapes: c.Failed[1], Rules: []jsonPrometheus2Rule{}}
	for i := range c.Rules {
		r := &c.Rules[i]
		three := &res.Rules[r.Index]
		one := jsonPrometheus2Rule{
			Index: r.Index, Group: three.Group, Alert: three.Alert, Record: three.Record,
			Unknown: append([]string{}, r.Unknown...), Refused: append([]string{}, r.Refused...), Unread: r.Unread, Causes: []jsonCause{},
		}
		if r.Two != nil {
			one.Three, one.Two = newJSONPrometheus2Side(three), newJSONPrometheus2Side(r.Two)
		}
		for _, c := range r.Causes {
			one.Causes = append(one.Causes, jsonCause{Kind: c.Kind, At: jsonTime(c.At), Line: c.Line, Column: c.Column, Piece: c.Piece, Text: c.Text})
		}
		out.Rules = append(out.Rules, one)
	}
	return out
}

func newJSONPrometheus2Side(r *replay.Rule) *jsonPrometheus2Side {
	return &jsonPrometheus2Side{Verdict: r.Verdict, FailedEvaluations: r.Failed, Recorded: r.Recorded, Alerts: newJSONAlerts(r.Alerts)}
}
