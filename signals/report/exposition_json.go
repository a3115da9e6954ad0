package report

import (
	"io"
	"time"

	"github.com/scrapebook/scrapebook/signals"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

type jsonExposition struct {
	Name       string        `json:"name"`
	Format     string        `json:"format"`
	Bytes      int           `json:"bytes"`
	Series     int           `json:"series"` // each bucket is one
	Timestamps int           `json:"samples_with_timestamp"`
	Exemplars  int           `json:"exemplars"`
	StartFirst string        `json:"start_first,omitempty"` // of the start timestamps
	StartLast  string        `json:"start_last,omitempty"`
	Families   []jsonFamily  `json:"families"` // the largest first
	Labels     []jsonLabel   `json:"labels"`   // that with the most values first
	Problems   []jsonProblem `json:"problems"`
}

type jsonFamily struct {
	Name      string       `json:"name"`
	Type      string       `json:"type"`
	Help      string       `json:"help"`
	Unit      string       `json:"unit"`
	Series    int          `json:"series"`
	Metrics   int          `json:"metrics"` // a histogram or summary is one, whatever its buckets
	Exemplars int          `json:"exemplars,omitempty"`
	Layouts   []jsonLayout `json:"bucket_layouts,omitempty"` // the most frequent first
}

type jsonLayout struct {
	Histograms int      `json:"histograms"` // that have it
	Native     bool     `json:"native,omitempty"`
	Schema     int32    `json:"schema,omitempty"` // of a native one
	Bounds     []string `json:"bounds,omitempty"`
}

type jsonLabel struct {
	Name       string   `json:"name"`
	Values     int      `json:"values"`
	Family     string   `json:"family"` // the one with the most of them
	Examples   []string `json:"examples"`
	Series     int      `json:"series"`      // that have the label
	Most       string   `json:"most"`        // the value of the most series
	MostSeries int      `json:"most_series"` // and how many these are
	Longest    int      `json:"longest"`     // value, in bytes
}

// Exposition writes what a scrape holds as one JSON object. Its names are a
// contract as those of Report.
func (JSON) Exposition(w io.Writer, e *Exposition) error {
	inv := e.Inventory
	out := jsonExposition{
		Name: e.Name, Format: inv.Format.String(), Bytes: e.Bytes, Series: inv.Series,
		Timestamps: inv.Timestamps, Exemplars: inv.Exemplars,
		StartFirst: startTime(inv.StartFirst), StartLast: startTime(inv.StartLast),
		Families: jsonFamilies(inv), Labels: []jsonLabel{}, Problems: []jsonProblem{},
	}
	for _, l := range inv.Labels {
		out.Labels = append(out.Labels, jsonLabel{l.Name, l.Values, l.Family, l.First, l.Series, l.Most, l.MostOf, len(l.Longest)})
	}
	for _, p := range e.Problems {
		out.Problems = append(out.Problems, jsonProblem{p.File, p.Line, p.Column, p.ID, string(p.Severity), p.Message})
	}
	return terminal.EncodeJSON(w, out)
}

func jsonFamilies(inv *signals.Inventory) []jsonFamily {
	list := []jsonFamily{}
	for i, size := range inv.Families {
		f := size.Family
		out := jsonFamily{
			Name: f.Name, Type: f.Type.String(), Help: f.Help, Unit: f.Unit,
			Series: size.Series, Metrics: size.Metrics, Exemplars: inv.ExemplarsOf[i],
		}
		for _, l := range size.Layouts {
			out.Layouts = append(out.Layouts, jsonLayout{l.Metrics, l.Native, l.Schema, shortestOf(l.Bounds)})
		}
		list = append(list, out)
	}
	return list
}

func shortestOf(numbers []float64) []string {
	var list []string
	for _, v := range numbers {
		list = append(list, shortest(v))
	}
	return list
}

func startTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return jsonTime(t)
}
