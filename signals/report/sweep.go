package report

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/sweep"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// sweep says of each comparison with which thresholds its rule fires.
func (p *page) sweep(res *replay.Result) {
	if p.Sweep == nil {
		return
	}
	without := map[int]bool{}
	for i, r := range res.Rules {
		without[i] = r.Alert != ""
	}
	for i := range p.Sweep {
		c := &p.Sweep[i]
		r := &res.Rules[c.Rule]
		delete(without, c.Rule)
		hold := ""
		if r.For > 0 {
			hold = ", for " + duration(r.For)
		}
		p.WriteString("\n")
		p.wrapped(4, "%s%s", comparison(r, c), hold)
		if c.Why != "" {
			p.wrapped(2, "  is not swept: %s", terminal.Clean(c.Why))
			continue
		}
		p.wrapped(2, "  %s", swept(c))
		if c.Separates != nil {
			p.wrapped(2, "  %s", apart(c))
		}
		if c.Histograms > 0 {
			p.wrapped(2, "  left out: %s, which pass no comparison with a number", terminal.Plural(c.Histograms, "native histogram", "native histograms"))
		}
		if len(c.Fires) > 0 {
			p.points(c, res.End.Sub(res.Start))
		}
	}
	var names []string
	for i, r := range res.Rules {
		if without[i] {
			names = append(names, terminal.Clean(r.Alert))
		}
	}
	if len(names) > 0 {
		p.WriteString("\n")
		p.wrapped(2, "not swept, since nothing is compared with a constant: %s", strings.Join(names, ", "))
	}
}

// comparison names a rule and the part of it that compares.
func comparison(r *replay.Rule, c *sweep.Comparison) string {
	name, text := terminal.Clean(r.Alert), terminal.Clean(c.Expr)
	if name == text { // of replay -e
		name = ""
	} else {
		name += ": "
	}
	return name + text
}

// swept says where a rule fires and where it is silent.
func swept(c *sweep.Comparison) string {
	switch {
	case c.Values == 0:
		return "no threshold fires: there was no value to compare"
	case len(c.Fires) == 0:
		return "no threshold fires: with none does the whole expression hold for long enough"
	case len(c.Fires) == 1 && len(c.Edges) == 0:
		return "every threshold fires"
	case len(c.Fires) == 1 && len(c.Edges) == 1:
		e := c.Edges[0]
		v := c.Bound(e)
		switch below := e.Fires < e.Silent; {
		case below && v == e.Silent:
			return fmt.Sprintf("fires below %s, silent from %[1]s on", shortest(v))
		case below:
			return fmt.Sprintf("fires up to %s, silent above", shortest(v))
		case v == e.Silent:
			return fmt.Sprintf("fires above %s, silent up to %[1]s", shortest(v))
		}
		return fmt.Sprintf("fires from %s on, silent below", shortest(v))
	}
	return "fires " + ranges(c, c.Fires)
}

// apart says which thresholds tell the incidents from all else.
func apart(c *sweep.Comparison) string {
	if len(c.Separates) == 0 {
		return "no threshold tells of the incidents without a false alarm"
	}
	return "tells of the incidents, without a false alarm, " + ranges(c, c.Separates)
}

// maxRanges bounds the ranges that a sentence lists.
const maxRanges = 6

// ranges lists ranges of thresholds, each end by what was seen there.
func ranges(c *sweep.Comparison, list []sweep.Range) string {
	var out []string
	for _, r := range list[:min(len(list), maxRanges)] {
		from, to := bound(c, r.From, math.Inf(-1), "from", "above"), bound(c, r.To, math.Inf(1), "up to", "below")
		switch {
		case r.From == r.To:
			out = append(out, "at "+shortest(r.From))
		case from == "" && to == "":
			out = append(out, "everywhere")
		default:
			out = append(out, strings.TrimSpace(from+" "+to))
		}
	}
	if n := len(list) - len(out); n > 0 {
		out = append(out, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(out, ", ")
}

// bound is one end of a range: with the word for a number that is in it, or
// the one for its neighbour where that is what was seen.
func bound(c *sweep.Comparison, v, end float64, in, out string) string {
	if v == end {
		return ""
	}
	beside := math.Nextafter(v, end)
	if seen := c.Bound(sweep.Edge{Fires: v, Silent: beside}); seen == beside {
		return out + " " + shortest(beside)
	}
	return in + " " + shortest(v)
}

// points draws for how long the rule fires with some thresholds.
func (p *page) points(c *sweep.Comparison, all time.Duration) {
	if len(c.Points) == 0 {
		return
	}
	t := p.table(terminal.Column{Yield: 2}, terminal.Column{Head: "THRESHOLD", Right: true}, terminal.Column{Head: "FIRED", Right: true},
		terminal.Column{Head: "SERIES", Right: true, Yield: 1}, terminal.Column{Yield: 3})
	t.Indent = 2
	cells := make([][]string, len(c.Points))
	used := t.Indent + 2*(len(t.Columns)-1)
	widths := make([]int, len(t.Columns)-1)
	for i, x := range c.Points {
		mark := ""
		if x.Own {
			mark = "rule"
		}
		cells[i] = []string{mark, terminal.Whole(c.Op + " " + shortest(x.Threshold)), duration(x.Fired), fmt.Sprint(x.Alerts)}
		for j, cell := range cells[i] {
			widths[j] = max(widths[j], len(t.Columns[j].Head), terminal.Width(cell))
		}
	}
	for _, w := range widths {
		used += w
	}
	room := p.Width - used
	if p.Width <= 0 {
		room = pipedBar
	}
	for i, x := range c.Points {
		if silent(c.Points, i-1) && silent(c.Points, i) && silent(c.Points, i+1) {
			continue
		}
		t.Row(append(cells[i], bar(x, all, room))...)
	}
	p.WriteString(t.String())
}

// pipedBar is the longest bar where no screen says.
const pipedBar = 40

// silent tells whether a point has nothing to show.
func silent(list []sweep.Point, i int) bool {
	return i >= 0 && i < len(list) && list[i].Alerts == 0 && !list[i].Own
}

// bar is as long as a rule fired, the whole width being the whole time.
func bar(x sweep.Point, whole time.Duration, width int) string {
	if x.Alerts == 0 || width < 4 {
		return ""
	}
	n := 0
	if whole > 0 {
		n = int(int64(width) * int64(x.Fired) / int64(whole))
	}
	return strings.Repeat("█", min(max(n, 1), width))
}
