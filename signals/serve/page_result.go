package serve

import (
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/report/html"
)

const (
	maxLines  = 50  // that a graph draws
	maxRows   = 500 // of a table
	maxValues = 20  // of a row of a table, of the newest samples of a range
)

// A move is a link to other times of a graph.
type move struct{ Name, Href string }

// graphData is what the template of a graph needs.
type graphData struct {
	*exploring
	Start, End, Millis string // of the times and the step, in ms
	Lines              int
	Moves              []move
	API                string
	Notes              []string
	Pretty             string
	Chart              any
}

// graph draws what a range query gave.
func (r *request) graph(e *exploring, v *query.Value) html.Section {
	chart := html.Chart{
		Name: e.Expr, Span: html.Span{Start: e.from, End: e.to}, Most: maxLines,
		Note: fmt.Sprintf("%s, a point every %s", count(len(v.Series), "series"), spellStep(e.step)),
	}
	native := 0
	for _, s := range v.Series {
		line := html.Line{Name: seriesName(s.Labels)}
		last := int64(0)
		for i, p := range s.Floats {
			if gap := p.Time - last; i > 0 && gap > e.step.Milliseconds() {
				line.Points = append(line.Points, html.Point{Time: r.toClient(time.UnixMilli(last + 1)), Value: math.NaN()})
			}
			last = p.Time
			line.Points = append(line.Points, html.Point{Time: r.toClient(time.UnixMilli(p.Time)), Value: p.Value})
		}
		if len(s.Histograms) > 0 {
			native++
		}
		chart.Lines = append(chart.Lines, line)
	}
	notes := append(v.Warnings, v.Infos...)
	if native > 0 {
		notes = append(notes, fmt.Sprintf("%s of native histograms, which have no line: histogram_quantile(0.9, …) has, and the table shows them.", count(native, "series")))
	}
	if len(v.Series) == 0 {
		notes = append(notes, "Nothing: no series had a sample that this selects, at any of these instants.")
	}
	millis := func(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
	data := graphData{
		exploring: e, Start: millis(e.from), End: millis(e.to), Millis: fmt.Sprint(e.step.Seconds() * 1000), Lines: min(len(chart.Lines), maxLines),
		Moves: r.moves(e), Notes: notes, Chart: chart.HTML(),
		API: api + "query_range?" + url.Values{"query": {e.Expr}, "start": {clientTime(e.from)}, "end": {clientTime(e.to)}, "step": {fmt.Sprint(e.step.Seconds())}}.Encode(),
	}
	return section("result", "Graph", "graph.tmpl", data)
}

func clientTime(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// moves are where else one may look: the script has keys and the pointer for
// the same.
func (r *request) moves(e *exploring) []move {
	span := e.to.Sub(e.from)
	start, end := r.whole()
	to := func(name string, from, to time.Time) move { return move{name, e.address(from, to, false)} }
	return []move{
		to("Zoom in", e.from.Add(span/4), e.to.Add(-span/4)),
		to("Zoom out", e.from.Add(-span/2), e.to.Add(span/2)),
		to("Earlier", e.from.Add(-span/2), e.to.Add(-span/2)),
		to("Later", e.from.Add(span/2), e.to.Add(span/2)),
		to("Whole capture", start, end),
	}
}

// tableData is what the template of a table needs.
type tableData struct {
	Caption string
	Rows    []tableRow
	API     string
	Notes   []string
}

type tableRow struct{ Name, Value string }

// table lists what an instant query gave.
func (r *request) table(e *exploring, v *query.Value) html.Section {
	data := tableData{
		Caption: "At " + fieldTime(e.to) + " UTC", Notes: append(v.Warnings, v.Infos...),
		API: api + "query?" + url.Values{"query": {e.Expr}, "time": {clientTime(e.to)}}.Encode(),
	}
	switch v.Type {
	case query.Scalar:
		data.Rows = []tableRow{{"scalar", number(v.Number)}}
	case query.String:
		data.Rows = []tableRow{{"string", strconv.Quote(v.Text)}}
	default:
		data.Caption += ": " + count(len(v.Series), "series")
		for _, s := range v.Series[:min(len(v.Series), maxRows)] {
			data.Rows = append(data.Rows, tableRow{seriesName(s.Labels), r.values(v.Type, s)})
		}
		if more := len(v.Series) - maxRows; more > 0 {
			data.Notes = append(data.Notes, fmt.Sprintf("%s more: narrow the expression, or take topk(10, …).", count(more, "series")))
		}
		if len(v.Series) == 0 {
			data.Notes = append(data.Notes, "Nothing: no series had a sample that this selects at this instant.")
		}
	}
	return section("result", "Table", "table.tmpl", data)
}

// values are those of a series: of a vector one, of a matrix with their times.
func (r *request) values(kind query.ValueType, s query.Series) string {
	var list []string
	add := func(at int64, value string) {
		if kind == query.Matrix {
			value += " at " + fieldTime(r.toClient(time.UnixMilli(at)))
		}
		list = append(list, value)
	}
	for _, p := range s.Floats[max(0, len(s.Floats)-maxValues):] {
		add(p.Time, number(p.Value))
	}
	for _, p := range s.Histograms[max(0, len(s.Histograms)-maxValues):] {
		add(p.Time, p.Histogram.String())
	}
	text := strings.Join(list, "; ")
	if all := len(s.Floats) + len(s.Histograms); all > len(list) {
		text = fmt.Sprintf("%s, the newest: %s", count(all, "sample"), text)
	}
	return text
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// count is a number of things, whose plural has an s unless it has one.
func count(n int, thing string) string {
	if n != 1 && !strings.HasSuffix(thing, "s") {
		thing += "s"
	}
	return strconv.Itoa(n) + " " + thing
}

// seriesName is a series as PromQL writes it.
func seriesName(ls labels.Labels) string {
	name := ls.Get(model.MetricNameLabel)
	var parts []string
	if name != "" && !model.LegacyValidation.IsValidMetricName(name) {
		parts, name = []string{strconv.Quote(name)}, ""
	}
	ls.Range(func(l labels.Label) {
		switch {
		case l.Name == model.MetricNameLabel:
		case model.LegacyValidation.IsValidLabelName(l.Name):
			parts = append(parts, l.Name+"="+strconv.Quote(l.Value))
		default:
			parts = append(parts, strconv.Quote(l.Name)+"="+strconv.Quote(l.Value))
		}
	})
	if name != "" && len(parts) == 0 {
		return name
	}
	return name + "{" + strings.Join(parts, ", ") + "}"
}
