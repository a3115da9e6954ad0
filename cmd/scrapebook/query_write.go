package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// writeText writes a line for each sample: the series once, then its value; in
// a range the instants below the series.
func writeText(w io.Writer, v *query.Value) error {
	var b strings.Builder
	switch v.Type {
	case query.Scalar:
		fmt.Fprintln(&b, report.SampleValue(v.Number))
	case query.String:
		fmt.Fprintln(&b, terminal.Clean(v.Text))
	case query.Vector:
		width := 0
		for _, s := range v.Series {
			width = max(width, min(utf8.RuneCountInString(seriesName(s.Labels)), 100))
		}
		for _, s := range v.Series {
			for _, p := range points(s) {
				fmt.Fprintf(&b, "%-*s  %s\n", width, seriesName(s.Labels), p.value)
			}
		}
	case query.Matrix:
		for _, s := range v.Series {
			fmt.Fprintln(&b, seriesName(s.Labels))
			for _, p := range points(s) {
				fmt.Fprintf(&b, "  %s  %s\n", p.time.Format(textTime), p.value)
			}
		}
	}
	_, err := io.WriteString(w, b.String())
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
			list = append(list, point{time.UnixMilli(f[0].Time).UTC(), report.SampleValue(f[0].Value)})
			f = f[1:]
		} else {
			list = append(list, point{time.UnixMilli(h[0].Time).UTC(), h[0].Histogram.String()})
			h = h[1:]
		}
	}
	return list
}

// writeCSV writes a row for each sample: labels in a column each, then time
// (RFC 3339) and value. On a terminal, labels cannot steer it.
func writeCSV(w io.Writer, v *query.Value) error {
	cell := func(s string) string { return s }
	if isTerminal(w) {
		cell = terminal.Clean
	}
	cw := csv.NewWriter(w)
	switch v.Type {
	case query.Scalar, query.String:
		value := v.Text
		if v.Type == query.Scalar {
			value = report.SampleValue(v.Number)
		}
		_ = cw.Write([]string{"time", "value"})
		_ = cw.Write([]string{csvTime(time.UnixMilli(v.Time)), cell(value)})
	default:
		names := labelNames(v.Series)
		_ = cw.Write(append(names[:len(names):len(names)], "time", "value"))
		for _, s := range v.Series {
			for _, p := range points(s) {
				row := make([]string, 0, len(names)+2)
				for _, n := range names {
					row = append(row, cell(s.Labels.Get(n)))
				}
				_ = cw.Write(append(row, csvTime(p.time), p.value))
			}
		}
	}
	cw.Flush()
	return cw.Error() // the first of all writes
}

func csvTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func labelNames(series []query.Series) []string {
	seen := map[string]bool{}
	for _, s := range series {
		for name := range s.Labels.Map() {
			seen[name] = true
		}
	}
	names := make([]string, 0, len(seen))
	for n := range seen {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
