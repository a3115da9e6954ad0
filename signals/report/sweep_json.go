package report

import "github.com/scrapebook/scrapebook/signals/sweep"

type jsonComparison struct {
	Expr       string      `json:"expr"`
	Start      int         `json:"expr_start"`
	End        int         `json:"expr_end"`
	Op         string      `json:"op"`
	Value      string      `json:"value"`
	NotSwept   string      `json:"not_swept,omitempty"`
	Fires      []jsonRange `json:"fires"`
	Edges      []jsonEdge  `json:"edges"`
	Separates  []jsonRange `json:"separates,omitzero"`
	LeftOut    int         `json:"ranges_left_out,omitempty"` // of fires and separates
	Points     []jsonPoint `json:"points"`
	Histograms int         `json:"histograms,omitempty"`
	Values     int         `json:"values"`
	Least      string      `json:"least"`
	Most       string      `json:"most"`
}

// maxJSONRanges bounds a list of ranges: with == each value that was seen may
// be one.
const maxJSONRanges = 1000

type jsonRange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

type jsonEdge struct {
	Fires  string `json:"fires"`
	Silent string `json:"silent"`
}

type jsonPoint struct {
	Threshold string  `json:"threshold"`
	Own       bool    `json:"own"`
	Seconds   float64 `json:"fired_seconds"`
	Series    int     `json:"series"`
}

// newJSONSweep is what a sweep found of the rule of a number.
func newJSONSweep(list []sweep.Comparison, rule int) []jsonComparison {
	out := []jsonComparison{}
	for _, c := range list {
		if c.Rule != rule {
			continue
		}
		j := jsonComparison{
			Expr: c.Expr, Start: c.Start, End: c.End, Op: c.Op, Value: SampleValue(c.Value), NotSwept: c.Why,
			Fires: jsonRanges(c.Fires), Edges: []jsonEdge{}, Points: []jsonPoint{},
			Histograms: c.Histograms, Values: c.Values, Least: SampleValue(c.Least), Most: SampleValue(c.Most),
		}
		if c.Separates != nil {
			j.Separates = jsonRanges(c.Separates)
		}
		j.LeftOut = max(0, len(c.Fires)-maxJSONRanges) + max(0, len(c.Separates)-maxJSONRanges)
		for _, e := range c.Edges[:min(len(c.Edges), 2*maxJSONRanges)] {
			j.Edges = append(j.Edges, jsonEdge{Fires: SampleValue(e.Fires), Silent: SampleValue(e.Silent)})
		}
		for _, p := range c.Points {
			j.Points = append(j.Points, jsonPoint{Threshold: SampleValue(p.Threshold), Own: p.Own, Seconds: p.Fired.Seconds(), Series: p.Alerts})
		}
		out = append(out, j)
	}
	return out
}

func jsonRanges(list []sweep.Range) []jsonRange {
	out := []jsonRange{}
	for _, r := range list[:min(len(list), maxJSONRanges)] {
		out = append(out, jsonRange{From: SampleValue(r.From), To: SampleValue(r.To)})
	}
	return out
}
