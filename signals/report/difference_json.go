package report

import (
	"io"
	"math"

	"github.com/scrapebook/scrapebook/signals"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

type jsonDifference struct {
	Old      string  `json:"old"`
	New      string  `json:"new"`
	Seconds  float64 `json:"elapsed_seconds"` // 0: a time is not known
	Compared int     `json:"compared"`        // series of either scrape, as far as they match; a histogram is one
	// Restart: the process began anew in between.
	Restart *jsonRestart `json:"restart,omitempty"`
	Moves   []jsonMove   `json:"moves"` // what differs, most moved first
}

type jsonRestart struct {
	Started string `json:"started,omitempty"` // absent: not known
	By      string `json:"by"`                // the series that tells
}

type jsonMove struct {
	Kind     signals.MoveKind  `json:"kind"`
	Type     string            `json:"type"`
	Name     string            `json:"name"`
	Labels   map[string]string `json:"labels,omitzero"`  // absent of a family
	Before   string            `json:"before,omitempty"` // of a histogram: its count
	After    string            `json:"after,omitempty"`
	Increase string            `json:"increase,omitempty"`
	Rate     string            `json:"rate,omitempty"`  // per second
	Upper    string            `json:"upper,omitempty"` // of the increase, where it is not certain
	P50      string            `json:"p50,omitempty"`   // of what was observed in between
	P99      string            `json:"p99,omitempty"`
	Flags    string            `json:"flags,omitempty"`     // of the p99
	Level    bool              `json:"over_time,omitempty"` // before and after are medians of gauges, or
	Rates    bool              `json:"rates,omitempty"`     // rates per second: absent where one scrape tells none
	Number   int               `json:"number,omitempty"`    // of metrics that restarted, of exemplars that are new
}

// Difference writes what differs between two scrapes as one JSON object. Its
// names are a contract as those of Report.
func (JSON) Difference(w io.Writer, older, newer string, d *signals.Difference) error {
	return terminal.EncodeJSON(w, newJSONDifference(older, newer, d))
}

func newJSONDifference(older, newer string, d *signals.Difference) jsonDifference {
	out := jsonDifference{Old: older, New: newer, Seconds: d.Elapsed.Seconds(), Compared: d.Series, Moves: []jsonMove{}}
	if r := d.Restart; r != nil {
		out.Restart = &jsonRestart{By: r.By}
		if !r.Started.IsZero() {
			out.Restart.Started = jsonTime(r.Started)
		}
	}
	for i := range d.Moves {
		out.Moves = append(out.Moves, newJSONMove(&d.Moves[i]))
	}
	return out
}

func newJSONMove(m *signals.Move) jsonMove {
	out := jsonMove{Kind: m.Kind, Type: m.Type.String(), Name: m.Name, Before: m.Was, After: m.Is, Number: m.Metrics, Level: m.Level, Rates: m.Level && m.Counts}
	if !ofFamily(m.Kind) {
		out.Labels = labelMap(m.Series)
	}
	if m.Before != nil {
		out.Before = shortest(*m.Before)
	}
	if m.After != nil {
		out.After = shortest(*m.After)
	}
	if r := m.Rate; r != nil {
		out.Increase = shortest(r.Increase)
		if !math.IsNaN(r.PerSecond) {
			out.Rate = shortest(r.PerSecond)
		}
		if uncertain(r) {
			out.Upper = shortest(r.Upper)
		}
	}
	if m.Observed != nil {
		p99 := m.Observed.Estimate(0.99)
		out.P50, out.P99 = shortest(m.Observed.Quantile(0.5)), shortest(p99.Value)
		if p99.Flags != 0 {
			out.Flags = p99.Flags.String()
		}
	}
	return out
}

func labelMap(s signals.Series) map[string]string {
	m := map[string]string{}
	for _, l := range s.Labels {
		m[l.Name] = l.Value
	}
	return m
}
