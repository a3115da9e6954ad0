package report

import (
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/judge"
	"github.com/scrapebook/scrapebook/signals/replay"
)

type jsonIncident struct {
	Name    string      `json:"name"`
	From    string      `json:"from"`
	To      string      `json:"to"`
	Open    bool        `json:"open"`
	Targets []string    `json:"targets"`
	Outside bool        `json:"outside"`
	Caught  []jsonCatch `json:"caught"`
	Ringing []jsonCatch `json:"ringing"`
	Missed  []string    `json:"missed"`
	Unknown []string    `json:"unknown"`
}

type jsonCatch struct {
	Alert        string            `json:"alert"`
	Labels       map[string]string `json:"labels"`
	At           string            `json:"at"`
	DelaySeconds float64           `json:"delay_seconds"`
}

type jsonJudged struct {
	Caught      []jsonRuleCatch  `json:"caught"`
	Missed      []string         `json:"missed"`
	FalseAlarms []jsonFalseAlarm `json:"false_alarms"`
}

type jsonRuleCatch struct {
	Incident     string  `json:"incident"`
	DelaySeconds float64 `json:"delay_seconds"`
}

type jsonFalseAlarm struct {
	Labels map[string]string `json:"labels"`
	Start  string            `json:"start"`
	End    string            `json:"end"`
	Open   bool              `json:"open"`
}

func newJSONIncidents(j *judge.Judgement) *[]jsonIncident {
	if j == nil {
		return nil
	}
	out := []jsonIncident{}
	for _, in := range j.Incidents {
		out = append(out, jsonIncident{
			Name: in.Name, From: jsonTime(in.From), To: jsonTime(in.End), Open: in.To.IsZero(), Targets: append([]string{}, in.Targets...), Outside: in.Outside,
			Caught: newJSONCatches(in.Caught), Ringing: newJSONCatches(in.Ringing),
			Missed: append([]string{}, in.Missed...), Unknown: append([]string{}, in.Unknown...),
		})
	}
	return &out
}

func newJSONCatches(list []judge.Catch) []jsonCatch {
	out := []jsonCatch{}
	for _, c := range list {
		out = append(out, jsonCatch{Alert: c.Alert, Labels: c.Labels.Map(), At: jsonTime(c.At), DelaySeconds: c.Delay.Seconds()})
	}
	return out
}

// newJSONJudged is what the rule of a number told.
func newJSONJudged(j *judge.Judgement, index int) *jsonJudged {
	if j == nil {
		return nil
	}
	for _, r := range j.Rules {
		if r.Index != index {
			continue
		}
		out := &jsonJudged{Caught: []jsonRuleCatch{}, Missed: append([]string{}, r.Missed...), FalseAlarms: []jsonFalseAlarm{}}
		for _, c := range r.Caught {
			out.Caught = append(out.Caught, jsonRuleCatch{c.Incident, c.Delay.Seconds()})
		}
		for _, f := range r.False {
			out.FalseAlarms = append(out.FalseAlarms, jsonFalseAlarm{f.Labels.Map(), jsonTime(f.Start), jsonTime(f.End), f.Open})
		}
		return out
	}
	return nil
}

// withoutRule are an alert's labels without those that its rule sets.
func withoutRule(res *replay.Result, rule int, ls labels.Labels) labels.Labels {
	b := labels.NewBuilder(ls)
	res.Rules[rule].Labels.Range(func(l labels.Label) { b.Del(l.Name) })
	return b.Labels()
}
