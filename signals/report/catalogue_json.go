package report

import (
	"io"

	"github.com/scrapebook/scrapebook/signals/catalogue"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

type jsonCatalogues struct {
	Catalogues []jsonCatalogue `json:"catalogues"`
}

type jsonCatalogue struct {
	Software string        `json:"software"`
	Versions []string      `json:"versions"`
	Sources  []jsonSource  `json:"sources"`
	Metrics  []jsonHistory `json:"metrics"`
}

type jsonSource struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

type jsonHistory struct {
	Name       string       `json:"name"`
	Since      string       `json:"since"` // "": no source states it
	Until      string       `json:"until"`
	KnownFrom  string       `json:"known_from"`
	KnownTo    string       `json:"known_to"`
	Components []string     `json:"components"`
	Sources    []string     `json:"sources"`
	Periods    []jsonPeriod `json:"periods"`
}

// jsonPeriod leaves out what is not known.
type jsonPeriod struct {
	From       string           `json:"from"`
	To         string           `json:"to"`
	State      string           `json:"state"`
	Type       string           `json:"type,omitempty"`
	Labels     *[]jsonLabelName `json:"labels,omitempty"`
	Bounds     []string         `json:"bounds,omitempty"`
	Quantiles  []string         `json:"quantiles,omitempty"`
	Stability  string           `json:"stability,omitempty"`
	Deprecated string           `json:"deprecated,omitempty"`
	Hidden     bool             `json:"hidden,omitempty"`
	Renamed    string           `json:"renamed,omitempty"`
	Note       string           `json:"note,omitempty"`
}

type jsonLabelName struct {
	Name  string `json:"name"`
	Value string `json:"value,omitempty"`
}

// Catalogue writes an object with the catalogues. What is not known of a
// version has no key: no labels is an empty array.
func (JSON) Catalogue(w io.Writer, list []Histories) error {
	out := jsonCatalogues{[]jsonCatalogue{}}
	for _, l := range list {
		c := jsonCatalogue{Software: l.Catalogue.Software, Versions: l.Catalogue.Versions, Sources: []jsonSource{}, Metrics: []jsonHistory{}}
		for _, s := range l.Catalogue.Sources {
			c.Sources = append(c.Sources, jsonSource{s.ID, s.Text})
		}
		for _, h := range l.Metrics {
			c.Metrics = append(c.Metrics, newJSONHistory(h))
		}
		out.Catalogues = append(out.Catalogues, c)
	}
	return terminal.EncodeJSON(w, out)
}

func newJSONHistory(h catalogue.History) jsonHistory {
	out := jsonHistory{Name: h.Metric, Since: h.Since(), Until: h.Until(), Components: h.In(), Sources: h.Sources}
	out.KnownFrom, out.KnownTo = h.Known()
	if out.Components == nil {
		out.Components = []string{}
	}
	if out.Sources == nil {
		out.Sources = []string{}
	}
	for _, p := range h.Periods {
		j := jsonPeriod{From: p.From, To: p.To, State: p.State.String(), Type: p.Type, Bounds: shortestOf(p.Bounds), Quantiles: shortestOf(p.Quantiles),
			Stability: p.Stability, Deprecated: p.Deprecated, Hidden: p.Hidden, Renamed: p.Renamed, Note: p.Note}
		if p.HasLabels {
			labels := []jsonLabelName{}
			for _, l := range p.Labels {
				labels = append(labels, jsonLabelName(l))
			}
			j.Labels = &labels
		}
		out.Periods = append(out.Periods, j)
	}
	return out
}
