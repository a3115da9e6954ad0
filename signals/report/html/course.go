package html

import (
	"math"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

const (
	courseLines = 8   // of one side are kept
	courseParts = 120 // of the time; each keeps its lowest, its highest and a gap
)

// A course is one side of a rule under way: the values of the series that came
// nearest to firing.
type course struct {
	name      string
	expr      *query.Expr      // nil: the rule's own result
	threshold *query.Threshold // nil: the highest values are the ones to see
	start     time.Time
	part      time.Duration
	lines     []*courseLine
	most      int    // series at one instant
	key       []byte // of the series that is looked at
}

type courseLine struct {
	labels labels.Labels
	key    string
	near   float64 // the value that was nearest to firing
	points []Point // of finished parts
	now    []Point // of the part under way: lowest, highest, and NaN
	at     int     // number of that part
	seen   bool    // at this instant
}

// take adds what the side gave at an instant.
func (c *course) take(at time.Time, vec []query.Sample) {
	for _, l := range c.lines {
		l.seen = false
	}
	n := 0
	for _, s := range vec {
		if s.Histogram != nil {
			continue
		}
		n++
		if l := c.line(s); l != nil {
			l.seen = true
			if c.nearer(s.Value, l.near) {
				l.near = s.Value
			}
			l.add(Point{at, s.Value}, c.number(at))
		}
	}
	c.most = max(c.most, n)
	for _, l := range c.lines {
		if !l.seen {
			l.add(Point{at, math.NaN()}, c.number(at))
		}
	}
}

func (c *course) number(at time.Time) int {
	if c.part <= 0 {
		return 0
	}
	return int(at.Sub(c.start) / c.part)
}

// line is the one of a series. When there are enough, a new one takes the place
// of that which is furthest from firing, if it is nearer.
func (c *course) line(s query.Sample) *courseLine {
	c.key = s.Labels.Bytes(c.key[:0])
	if i := slices.IndexFunc(c.lines, func(l *courseLine) bool { return l.key == string(c.key) }); i >= 0 {
		return c.lines[i]
	}
	if len(c.lines) == courseLines && !slices.ContainsFunc(c.lines, func(l *courseLine) bool { return c.nearer(s.Value, l.near) }) {
		return nil
	}
	l := &courseLine{labels: s.Labels, key: string(c.key), near: s.Value}
	if len(c.lines) < courseLines {
		c.lines = append(c.lines, l)
		return l
	}
	furthest := 0
	for i, other := range c.lines {
		if c.nearer(c.lines[furthest].near, other.near) {
			furthest = i
		}
	}
	if c.lines[furthest].seen && !c.nearer(s.Value, c.lines[furthest].near) {
		return nil
	}
	c.lines[furthest] = l
	return l
}

// nearer tells whether a value is nearer to firing than another.
func (c *course) nearer(a, b float64) bool {
	switch {
	case math.IsNaN(a):
		return false
	case math.IsNaN(b):
		return true
	case c.threshold == nil:
		return a > b
	}
	switch off := func(v float64) float64 { return math.Abs(v - c.threshold.Value) }; c.threshold.Op {
	case "<", "<=":
		return a < b
	case "==":
		return off(a) < off(b)
	case "!=":
		return off(a) > off(b)
	}
	return a > b
}

// add takes a point, of which each part of the time keeps three at most.
func (l *courseLine) add(p Point, part int) {
	if part != l.at {
		l.points, l.now, l.at = append(l.points, l.now...), l.now[:0], part
	}
	least, most, none := -1, -1, -1
	for i, have := range l.now {
		switch {
		case math.IsNaN(have.Value):
			none = i
		case least < 0:
			least, most = i, i
		case have.Value < l.now[least].Value:
			least = i
		default:
			most = i
		}
	}
	switch {
	case math.IsNaN(p.Value) && none >= 0, !math.IsNaN(p.Value) && least >= 0 && p.Value >= l.now[least].Value && p.Value <= l.now[most].Value:
		return
	case math.IsNaN(p.Value), least < 0, least == most:
	case p.Value < l.now[least].Value:
		l.now = slices.Delete(l.now, least, least+1)
	default:
		l.now = slices.Delete(l.now, most, most+1)
	}
	l.now = append(l.now, p)
}

// drawn are the lines for a chart, the nearest to firing first, and how many
// more there were.
func (c *course) drawn(several bool) (lines []Line, more int) {
	list := slices.Clone(c.lines)
	slices.SortStableFunc(list, func(a, b *courseLine) int {
		switch {
		case c.nearer(a.near, b.near):
			return -1
		case c.nearer(b.near, a.near):
			return 1
		}
		return labels.Compare(a.labels, b.labels)
	})
	for _, l := range list {
		name := terminal.Clean(l.labels.String())
		switch {
		case l.labels.IsEmpty():
			name = c.name
		case several:
			name = c.name + " " + name
		}
		lines = append(lines, Line{Name: name, Points: append(slices.Clone(l.points), l.now...)})
	}
	return lines, max(0, c.most-len(lines))
}
