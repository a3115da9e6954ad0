package html

import (
	"math"
	"strconv"
	"time"
)

// plotWidth and plotHeight are the viewBox of what is stretched over a plot.
const plotWidth, plotHeight = 1000, 200

// A Span is the time that pictures show, in the zone in which it is told.
type Span struct {
	Start, End time.Time
	Location   *time.Location // nil: UTC
}

func (s Span) zone() *time.Location {
	if s.Location == nil {
		return time.UTC
	}
	return s.Location
}

// zoneName is for the caption of an axis.
func (s Span) zoneName() string {
	if s.zone() == time.UTC {
		return "UTC"
	}
	return s.zone().String()
}

// x is where a time stands, from 0 to plotWidth.
func (s Span) x(t time.Time) float64 {
	whole := s.End.Sub(s.Start)
	if whole <= 0 {
		return plotWidth / 2
	}
	return min(max(float64(t.Sub(s.Start))/float64(whole), 0), 1) * plotWidth
}

// clock spells a time: with its date where the span has several.
func (s Span) clock(t time.Time) string {
	if s.days() {
		return t.In(s.zone()).Format("01-02 15:04:05")
	}
	return t.In(s.zone()).Format(time.TimeOnly)
}

func (s Span) days() bool {
	return s.Start.In(s.zone()).Format(time.DateOnly) != s.End.In(s.zone()).Format(time.DateOnly)
}

// steps are the distances between ticks that read well.
var steps = []time.Duration{
	time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond,
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	24 * time.Hour, 48 * time.Hour, 7 * 24 * time.Hour, 14 * 24 * time.Hour, 30 * 24 * time.Hour, 90 * 24 * time.Hour, 365 * 24 * time.Hour,
}

// maxTicks are few enough to stand beside each other on a telephone, fewTicks
// in a small chart.
const maxTicks, fewTicks = 4, 2

// A tick is a mark of the axis of time.
type tick struct {
	X      string // a number of plotWidth
	Place  string // the same in per cent
	Anchor string // of its text
	Text   string
}

// ticks are the marks of a span, about so many.
func (s Span) ticks(most int) []tick {
	whole := s.End.Sub(s.Start)
	if whole <= 0 {
		return []tick{{X: number(plotWidth / 2), Place: "50%", Anchor: "middle", Text: s.clock(s.Start)}}
	}
	step := whole // of times beyond the last step
	for _, d := range steps {
		if whole/d <= time.Duration(most) {
			step = d
			break
		}
	}
	layout := "15:04:05"
	switch {
	case step < time.Second:
		layout = "15:04:05.000"
	case step >= 24*time.Hour:
		layout = time.DateOnly
	case s.days():
		layout = "01-02 15:04"
	case step >= time.Minute:
		layout = "15:04"
	}
	// A day's ticks begin at its midnight, which is not a multiple everywhere.
	local := s.Start.In(s.zone())
	first := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, s.zone())
	if skipped := s.Start.Sub(first); skipped > 0 {
		first = first.Add((skipped + step - 1) / step * step)
	}
	var list []tick
	for t := first; !t.After(s.End) && len(list) <= most; t = t.Add(step) {
		x := s.x(t)
		one := tick{X: number(x), Place: number(x/plotWidth*100) + "%", Anchor: "middle", Text: t.In(s.zone()).Format(layout)}
		switch {
		case x < plotWidth/12:
			one.Anchor = "start"
		case x > plotWidth*11/12:
			one.Anchor = "end"
		}
		list = append(list, one)
	}
	return apart(list)
}

// apart leaves out texts that would stand in those before them on a telephone,
// where a character takes about so much of a plot's width.
func apart(list []tick) []tick {
	const char = 24
	end := -1.0
	for i := range list {
		x, _ := strconv.ParseFloat(list[i].X, 64)
		width := float64(len(list[i].Text) * char)
		left := x - width/2
		switch list[i].Anchor {
		case "start":
			left = x
		case "end":
			left = x - width
		}
		if left < end {
			list[i].Text = ""
			continue
		}
		end = left + width + char/2
	}
	return list
}

// number spells a coordinate, to a tenth.
func number(x float64) string { return strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64) }
