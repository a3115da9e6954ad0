package report

import (
	"fmt"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/verdict"
)

type jsonFinding struct {
	ID       string         `json:"id"`
	Text     string         `json:"text"`
	Expr     string         `json:"expr"`
	Start    int            `json:"expr_start"`
	End      int            `json:"expr_end"`
	Evidence map[string]any `json:"evidence"`
	Try      []jsonTry      `json:"try"`
	Untried  int            `json:"untried,omitempty"`
}

type jsonTry struct {
	Change     string  `json:"change"`
	Expr       string  `json:"expr"`
	ForSeconds float64 `json:"for_seconds"`
	Likely     bool    `json:"likely"`
	Outcome    string  `json:"outcome"`
	Fires      string  `json:"fires,omitempty"`
}

func newJSONFindings(list []verdict.Finding) []jsonFinding {
	out := []jsonFinding{}
	for _, f := range list {
		j := jsonFinding{ID: f.ID, Text: f.Text, Expr: f.Expr, Start: f.Start, End: f.End, Evidence: jsonEvidence(f.Evidence), Try: []jsonTry{}, Untried: f.Untried}
		for _, t := range f.Try {
			one := jsonTry{Change: t.Change, Expr: t.Expr, ForSeconds: t.For.Seconds(), Likely: t.Likely, Outcome: t.Outcome}
			if !t.Fires.IsZero() {
				one.Fires = jsonTime(t.Fires)
			}
			j.Try = append(j.Try, one)
		}
		out = append(out, j)
	}
	return out
}

// jsonEvidence spells values as the rest of the JSON does: samples and times as
// strings, durations in seconds.
func jsonEvidence(e verdict.Evidence) map[string]any {
	out := map[string]any{}
	for k, v := range e {
		out[k] = jsonValue(v)
	}
	return out
}

func jsonValue(v any) any {
	switch v := v.(type) {
	case float64:
		return SampleValue(v)
	case time.Time:
		return jsonTime(v)
	case time.Duration:
		return v.Seconds()
	case labels.Labels:
		return v.Map()
	case verdict.Evidence:
		return jsonEvidence(v)
	case []verdict.Evidence:
		list := []any{}
		for _, e := range v {
			list = append(list, jsonEvidence(e))
		}
		return list
	case []string:
		return append([]string{}, v...)
	case string, int, bool:
		return v
	}
	return fmt.Sprint(v)
}
