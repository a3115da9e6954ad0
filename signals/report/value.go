package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Value writes what a query gave for a person, a line for each sample: the
// series once, then its value; in a range the instants below the series.
func (t Text) Value(w io.Writer, v *query.Value) error {
	p := newPage(t, clock{})
	switch v.Type {
	case query.Scalar:
		p.printf("%s\n", SampleValue(v.Number))
	case query.String:
		p.wrapped(2, "%s", terminal.Clean(v.Text))
	case query.Vector:
		t := p.table(terminal.Column{Least: 24}, terminal.Column{Least: 24, Yield: 1})
		for _, s := range v.Series {
			for _, pt := range points(s) {
				t.Row(seriesWords(seriesName(s.Labels)), pt.value)
			}
		}
		p.WriteString(t.String())
	case query.Matrix:
		for _, s := range v.Series {
			p.wrapped(2, "%s", seriesWords(seriesName(s.Labels)))
			for _, pt := range points(s) {
				p.wrapped(4, "  %s  %s", terminal.Whole(pt.time.Format(textTime)), pt.value)
			}
		}
	}
	return p.write(w)
}

// Value writes what a query gave as the data object of the Prometheus API, in
// one line, with a version before its names.
func (JSON) Value(w io.Writer, v *query.Value) error {
	rest := strings.TrimPrefix(string(v.AppendJSON(nil)), "{")
	_, err := fmt.Fprintf(w, `{"version":%d,%s`+"\n", terminal.JSONVersion, terminal.SafeJSON(rest))
	return err
}

// seriesName spells a series as PromQL does: name{label="value"}.
func seriesName(ls labels.Labels) string {
	name := ls.Get(model.MetricNameLabel)
	rest := labels.NewBuilder(ls).Del(model.MetricNameLabel).Labels()
	switch {
	case name == "" || !model.LegacyValidation.IsValidMetricName(name):
		return terminal.Clean(ls.String())
	case rest.IsEmpty():
		return name
	}
	return name + terminal.Clean(rest.String())
}

const textTime = "2006-01-02 15:04:05.000"

type point struct {
	time  time.Time
	value string
}

// points are all of a series in time order, histograms as Prometheus prints
// them.
func points(s query.Series) []point {
	var list []point
	f, h := s.Floats, s.Histograms
	for len(f)+len(h) > 0 {
		if len(h) == 0 || len(f) > 0 && f[0].Time <= h[0].Time {
			list = append(list, point{time.UnixMilli(f[0].Time).UTC(), SampleValue(f[0].Value)})
			f = f[1:]
		} else {
			list = append(list, point{time.UnixMilli(h[0].Time).UTC(), h[0].Histogram.String()})
			h = h[1:]
		}
	}
	return list
}
