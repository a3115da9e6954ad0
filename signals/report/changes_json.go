package report

import (
	"io"

	"github.com/scrapebook/scrapebook/signals/judge"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

type jsonChanges struct {
	Capture jsonCapture       `json:"capture"`
	Changed bool              `json:"changed"`
	Same    int               `json:"same"`
	Alerts  []jsonAlertChange `json:"alerts"`
	Rules   []jsonRuleChange  `json:"rules"`
}

type jsonAlertChange struct {
	Change    judge.Kind        `json:"change"`
	Alert     string            `json:"alert"`
	Labels    map[string]string `json:"labels"`
	OldLabels map[string]string `json:"old_labels"`
	BySeconds float64           `json:"by_seconds"`
	Was       []jsonInterval    `json:"was"`
	Now       []jsonInterval    `json:"now"`
}

type jsonRuleChange struct {
	Alert string         `json:"alert"`
	Was   replay.Verdict `json:"was"`
	Now   replay.Verdict `json:"now"`
}

// Changes writes what new rules do otherwise as one object.
func (JSON) Changes(w io.Writer, res *replay.Result, c *judge.Changes) error {
	out := jsonChanges{
		Capture: newJSONCapture(res.Capture), Changed: c.Any(), Same: c.Same,
		Alerts: []jsonAlertChange{}, Rules: []jsonRuleChange{},
	}
	for _, a := range c.Alerts {
		out.Alerts = append(out.Alerts, jsonAlertChange{
			Change: a.Kind, Alert: a.Alert, Labels: a.Labels.Map(), OldLabels: a.OldLabels.Map(), BySeconds: a.By.Seconds(),
			Was: newJSONIntervals(a.Was), Now: newJSONIntervals(a.Now),
		})
	}
	for _, r := range c.Rules {
		out.Rules = append(out.Rules, jsonRuleChange(r))
	}
	return terminal.EncodeJSON(w, out)
}
