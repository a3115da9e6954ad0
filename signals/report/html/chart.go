package html

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// A Chart draws lines over time.
type Chart struct {
	Name string // what it shows: its caption, and its name for screen readers
	Note string // a sentence below the caption, or ""
	// State is a word for how good it is, such as bad, before the name; or "".
	State string
	Span  Span
	// Spell spells a value; nil: in three significant digits.
	Spell     func(float64) string
	Threshold *float64 // a line across, or nil
	// Compared says how values are compared with Threshold, such as ">".
	Compared string
	Lines    []Line
	// More is how many lines there are besides Lines: the chart says so.
	More int
	// Most is how many lines are drawn, the rest is counted; 0: MaxLines.
	Most int
	// Small leaves out the table of a chart of one line, whose caption tells
	// enough.
	Small bool
}

// A Line is one series of a chart. Its points are in the order of time. NaN is
// no value: the line ends there, and begins anew. Of more than MaxPoints those
// are drawn that show the extremes.
type Line struct {
	Name   string
	Points []Point
	Soft   bool // it is drawn thin, behind what counts
}

// A Point is a value at a time.
type Point struct {
	Time  time.Time
	Value float64
}

const (
	// MaxPoints are drawn of a line at most.
	MaxPoints = 500
	// MaxLines are drawn in a chart that does not say how many.
	MaxLines = 20
)

// HTML is the chart as a figure.
func (c Chart) HTML() template.HTML {
	if c.Spell == nil {
		c.Spell = report.Number
	}
	lines := c.Lines
	if most := cmp.Or(c.Most, MaxLines); len(lines) > most {
		lines, c.More = lines[:most], c.More+len(lines)-most
	}
	low, high := c.bounds(lines)
	ticks := maxTicks
	if c.Small {
		ticks = fewTicks
	}
	data := chartData{
		Chart: c, Ticks: c.Span.ticks(ticks), Zone: c.Span.zoneName(), Width: plotWidth, Height: plotHeight,
		Start: c.Span.Start.UnixMilli(), End: c.Span.End.UnixMilli(), Low: fmt.Sprint(low), High: fmt.Sprint(high),
		Levels: c.levels(lines, low, high),
	}
	if c.More > 0 {
		data.Hidden = terminal.Plural(c.More, "more line is not drawn", "more lines are not drawn")
	}
	if c.Threshold != nil && !math.IsNaN(*c.Threshold) {
		data.ThresholdY = number(height(*c.Threshold, low, high))
		data.ThresholdText = strings.TrimSpace(c.Compared + " " + c.Spell(*c.Threshold))
	}
	for i, l := range lines {
		data.Drawn = append(data.Drawn, c.draw(i, l, low, high))
	}
	return fragment("chart.tmpl", data)
}

// chartData is what the template needs.
type chartData struct {
	Chart
	Ticks         []tick
	Zone          string
	Width, Height int
	Start, End    int64
	Low, High     string
	Levels        []string // of the grid's lines, from above
	Drawn         []drawn
	Hidden        string
	ThresholdY    string
	ThresholdText string
}

// drawn is a line as it stands in the picture and in the table.
type drawn struct {
	Number            int
	Class             string
	Name              string
	Path, Dots        string // of lines, and of points that stand alone
	Least, Most, Last string
	LeastAt, MostAt   string
	Values            int // that are numbers
}

// styles is how many ways there are to draw a line.
const styles = 8

func (c Chart) draw(n int, l Line, low, high float64) drawn {
	out := drawn{Number: n, Class: fmt.Sprintf("s%d", n%styles), Name: l.Name}
	switch {
	case l.Soft:
		out.Class = "soft"
	case c.Small:
		out.Class = "s0"
	}
	least, most := math.Inf(1), math.Inf(-1)
	for _, p := range l.Points {
		if math.IsNaN(p.Value) {
			continue
		}
		out.Values++
		if p.Value < least || out.Values == 1 {
			least, out.Least, out.LeastAt = p.Value, c.Spell(p.Value), c.Span.clock(p.Time)
		}
		if p.Value > most || out.Values == 1 {
			most, out.Most, out.MostAt = p.Value, c.Spell(p.Value), c.Span.clock(p.Time)
		}
		out.Last = c.Spell(p.Value)
	}
	out.Path, out.Dots = path(c.Span, Thin(l.Points, MaxPoints), low, high)
	return out
}

// path is a line in the language of SVG; a point without a neighbour is a dot.
func path(s Span, points []Point, low, high float64) (line, dots string) {
	var run []string
	var lines, alone strings.Builder
	end := func() {
		switch len(run) {
		case 0:
		case 1:
			alone.WriteString("M" + run[0] + "h0")
		default:
			lines.WriteString("M" + strings.Join(run, "L"))
		}
		run = run[:0]
	}
	for _, p := range points {
		if math.IsNaN(p.Value) {
			end()
			continue
		}
		run = append(run, number(s.x(p.Time))+" "+number(height(p.Value, low, high)))
	}
	end()
	return lines.String(), alone.String()
}

// height is where a value stands, from 0 at the top to plotHeight.
func height(v, low, high float64) float64 {
	switch {
	case math.IsInf(v, 1):
		return 0
	case math.IsInf(v, -1):
		return plotHeight
	}
	// Halves, since the difference of two numbers may be none.
	return plotHeight * min(max((high/2-v/2)/(high/2-low/2), 0), 1)
}

// bounds are the values of the lower and the upper edge: from 0, unless all
// values are far from it.
func (c Chart) bounds(lines []Line) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	take := func(v float64) {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			low, high = min(low, v), max(high, v)
		}
	}
	for _, l := range lines {
		for _, p := range l.Points {
			take(p.Value)
		}
	}
	if c.Threshold != nil {
		take(*c.Threshold)
	}
	if low > high {
		return 0, 1
	}
	if low > 0 && low < high*3/4 || low == high && low > 0 {
		low = 0
	}
	if high < 0 && high > low*3/4 || low == high && high < 0 {
		high = 0
	}
	if low == high { // 0 alone
		high = 1
	}
	return low, high
}

// levels are the values of the grid's lines, from above. Infinities are drawn
// at the edges.
func (c Chart) levels(lines []Line, low, high float64) []string {
	out := []string{c.Spell(high), c.Spell(low/2 + high/2), c.Spell(low)}
	finite := c.Threshold != nil && !math.IsInf(*c.Threshold, 0)
	for _, l := range lines {
		for _, p := range l.Points {
			switch {
			case math.IsInf(p.Value, 1):
				out[0] = c.Spell(p.Value)
			case math.IsInf(p.Value, -1):
				out[2] = c.Spell(p.Value)
			case !math.IsNaN(p.Value):
				finite = true
			}
		}
	}
	if !finite { // there is nothing between them
		out[1] = ""
	}
	return out
}

// Thin leaves at most n points of a line: where there are more, of each part of
// the time the lowest and the highest one, and NaN where the part has no value.
func Thin(points []Point, n int) []Point {
	if len(points) <= n || n < 2 {
		return points
	}
	parts := n / 2
	out := make([]Point, 0, 2*parts)
	for i := range parts {
		part := points[i*len(points)/parts : (i+1)*len(points)/parts]
		least, most := -1, -1
		for j, p := range part {
			if math.IsNaN(p.Value) {
				continue
			}
			if least < 0 || p.Value < part[least].Value {
				least = j
			}
			if most < 0 || p.Value > part[most].Value {
				most = j
			}
		}
		switch {
		case least < 0:
			out = append(out, part[0])
		case least == most:
			out = append(out, part[least])
		default:
			out = append(out, part[min(least, most)], part[max(least, most)])
		}
	}
	return out
}
