package report

import (
	"io"
	"maps"

	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

type jsonSignals struct {
	Mode        packs.Mode    `json:"mode"`
	Start       string        `json:"start"`
	End         string        `json:"end"`
	StepSeconds float64       `json:"step_seconds"`
	Packs       []jsonPack    `json:"packs"`
	Skipped     []jsonSkipped `json:"skipped"`
}

type jsonSkipped struct {
	Pack   string   `json:"pack"`
	Lacked []string `json:"lacked"`
	Taken  bool     `json:"taken,omitempty"`
}

type jsonPack struct {
	Pack          string            `json:"pack"`
	Title         string            `json:"title"`
	WindowSeconds float64           `json:"window_seconds"`
	Targets       []jsonTargetNames `json:"targets"`
	Signals       []jsonSignal      `json:"signals"`
}

type jsonTargetNames struct {
	Job      string `json:"job"`
	Instance string `json:"instance"`
}

type jsonSignal struct {
	Name     string             `json:"name"`
	Title    string             `json:"title"`
	Concern  packs.Concern      `json:"concern"`
	Headline bool               `json:"headline"`
	Unit     packs.Unit         `json:"unit"`
	Good     packs.Direction    `json:"good"`
	Warn     string             `json:"warn,omitempty"`
	Bad      string             `json:"bad,omitempty"`
	Reason   string             `json:"reason,omitempty"`
	Next     string             `json:"next,omitempty"`
	Level    packs.Level        `json:"level"`
	Series   []jsonSignalSeries `json:"series"`
	Worst    *jsonExtreme       `json:"worst,omitempty"`
	FirstBad *jsonExtreme       `json:"first_bad,omitempty"`
	Absent   []jsonAbsence      `json:"absent"`
}

type jsonExtreme struct {
	Series int    `json:"index"`
	Value  string `json:"value"`
	At     string `json:"at"`
}

type jsonAbsence struct {
	jsonTargetNames
	Lacked []string `json:"lacked"`
	Reason string   `json:"reason"`
}

type jsonSignalSeries struct {
	jsonTargetNames
	Labels   map[string]string `json:"labels"`
	Expr     string            `json:"expr"`
	Points   []jsonSignalPoint `json:"points"`
	Level    packs.Level       `json:"level"`
	Worst    *jsonSignalPoint  `json:"worst,omitempty"`
	FirstBad string            `json:"first_bad_at,omitempty"`
}

type jsonSignalPoint struct {
	At    string      `json:"at"`
	Value string      `json:"value"`
	Level packs.Level `json:"level,omitempty"`
	Lower string      `json:"lower,omitempty"`
	Upper string      `json:"upper,omitempty"`
	Flags string      `json:"flags,omitempty"`
}

// Signals writes what the golden signals were as one JSON object. Its names are
// a contract as those of Report.
func (JSON) Signals(w io.Writer, r *packs.Result) error {
	out := jsonSignals{
		Mode: r.Mode, Start: jsonTime(r.Start), End: jsonTime(r.End), StepSeconds: r.Step.Seconds(),
		Packs: []jsonPack{}, Skipped: []jsonSkipped{},
	}
	for _, s := range r.Skipped {
		out.Skipped = append(out.Skipped, jsonSkipped{s.Pack, append([]string{}, s.Lacked...), s.Taken})
	}
	for _, p := range r.Packs {
		one := jsonPack{Pack: p.Pack, Title: p.Title, WindowSeconds: p.Window.Seconds(), Targets: []jsonTargetNames{}, Signals: []jsonSignal{}}
		for _, t := range p.Targets {
			one.Targets = append(one.Targets, jsonTargetNames(t))
		}
		for i := range p.Signals {
			one.Signals = append(one.Signals, newJSONSignal(&p.Signals[i]))
		}
		out.Packs = append(out.Packs, one)
	}
	return terminal.EncodeJSON(w, out)
}

func newJSONSignal(s *packs.SignalResult) jsonSignal {
	out := jsonSignal{
		Name: s.Name, Title: s.Title, Concern: s.Concern, Headline: s.Headline, Unit: s.Unit, Good: s.Good,
		Warn: jsonNumber(s.Warn), Bad: jsonNumber(s.Bad), Reason: s.Reason, Next: s.Next, Level: s.Level,
		Series: []jsonSignalSeries{}, Worst: newJSONExtreme(s.Worst), FirstBad: newJSONExtreme(s.FirstBad), Absent: []jsonAbsence{},
	}
	for _, a := range s.Absent {
		out.Absent = append(out.Absent, jsonAbsence{jsonTargetNames(a.Target), append([]string{}, a.Lacked...), a.Reason})
	}
	for _, series := range s.Series {
		one := jsonSignalSeries{
			jsonTargetNames: jsonTargetNames(series.Target), Labels: map[string]string{}, Expr: series.Expr,
			Points: []jsonSignalPoint{}, Level: series.Level,
		}
		maps.Copy(one.Labels, series.Labels)
		for _, p := range series.Points {
			one.Points = append(one.Points, newJSONSignalPoint(p))
		}
		if series.Worst != nil {
			worst := newJSONSignalPoint(*series.Worst)
			one.Worst = &worst
		}
		if series.FirstBad != nil {
			one.FirstBad = jsonTime(*series.FirstBad)
		}
		out.Series = append(out.Series, one)
	}
	return out
}

func newJSONExtreme(e *packs.Extreme) *jsonExtreme {
	if e == nil {
		return nil
	}
	return &jsonExtreme{e.Series, SampleValue(e.Value), jsonTime(e.Time)}
}

func newJSONSignalPoint(p packs.Point) jsonSignalPoint {
	return jsonSignalPoint{jsonTime(p.Time), SampleValue(p.Value), p.Level, jsonNumber(p.Lower), jsonNumber(p.Upper), p.Flags}
}

// jsonNumber is "" of none.
func jsonNumber(v *float64) string {
	if v == nil {
		return ""
	}
	return SampleValue(*v)
}
