package report

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/terminal"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// Explain writes the trees of some rules of a result for a person: the
// expression, a line a node, then the findings of the rule and what was tried.
func (t Text) Explain(w io.Writer, res *replay.Result, trees []*verdict.Tree) error {
	p := newPage(t, newClock(res.Start, res.End))
	for i, tree := range trees {
		if i > 0 {
			p.WriteString("\n")
		}
		p.tree(&res.Rules[tree.Rule], tree)
		if tree.Rule < len(p.Why) {
			p.findings(p.Why[tree.Rule])
		}
	}
	return p.write(w)
}

// chosen says why a tree is shown at its instant.
var chosen = map[string]string{
	"asked":   "the evaluation asked for",
	"firing":  "it began to fire",
	"pending": "it was pending, its worst value",
	"failing": "its evaluation failed",
	"closest": "its closest approach",
	"held":    "all but what was missing was there",
	"empty":   "it gave nothing",
}

// treeHead says of which evaluation a tree is, and why of this one.
func (p *page) treeHead(r *replay.Rule, tree *verdict.Tree) string {
	name, for_ := r.Alert, ""
	if name == "" {
		name = r.Record
	}
	if r.For > 0 {
		for_ = ", for: " + duration(r.For)
	}
	return fmt.Sprintf("%s: %s%s; at %s: %s", terminal.Clean(name), r.Verdict, for_, p.clock.at(tree.At), chosen[tree.Chosen])
}

func (p *page) tree(r *replay.Rule, tree *verdict.Tree) {
	p.wrapped(2, "%s", p.treeHead(r, tree))
	if tree.Err != "" {
		p.wrapped(4, "  %s", terminal.Clean(tree.Err))
	}
	p.WriteString("\n")
	course, values := 24, 24
	switch {
	case p.Width < 70:
		course, values = 8, 14
	case p.Width < 100:
		course, values = 12, 20
	}
	room := max(16, p.Width-course-values-6-3*2)
	if p.Width <= 0 {
		course, room = 24, math.MaxInt
	}
	t := p.table(
		terminal.Column{Head: "EXPRESSION", Least: 24}, terminal.Column{Head: "SERIES", Right: true, Yield: 1},
		terminal.Column{Head: "VALUES", Least: values, Yield: 3}, terminal.Column{Head: "COURSE", Yield: 2},
	)
	low := r.Threshold != nil && strings.HasPrefix(r.Threshold.Op, "<")
	for i := range tree.Nodes {
		n := &tree.Nodes[i]
		indent := strings.Repeat(" ", min(n.Depth, room/3))
		text := terminal.Clean(n.Expr)
		if terminal.Width(indent+text) > room {
			text = terminal.Clean(n.Short)
		}
		t.Row(indent+text, seriesOf(n), valuesOf(n), courseLine(n.Course, course, low))
		if n.Cause != "" {
			t.Row(indent + strings.Repeat("^", min(terminal.Width(text), 12)) + " " + causes[n.Cause])
		}
	}
	p.WriteString(t.String())
	p.treeNotes(tree)
}

// treeNotes are what there is to say below a tree.
func (p *page) treeNotes(tree *verdict.Tree) {
	if n := len(tree.Nodes[0].Course); n < tree.Evaluations {
		p.wrapped(2, "(the course is that of the first %d of %d evaluations)", n, tree.Evaluations)
	}
	for i := range tree.Nodes {
		n := &tree.Nodes[i]
		if q := n.Quantile; q != nil {
			between := ""
			if !math.IsNaN(q.Lower) && !math.IsNaN(q.Upper) { // else there is none, of no observations
				between = "; the true quantile lies in " + eight(q.Lower) + " … " + eight(q.Upper)
			}
			p.wrapped(2, "%s: %s of %s%s", terminal.Clean(n.Short), eight(q.Value), seriesLabels(q.Labels), between)
		}
		if m := n.Match; m != nil && (len(m.Apart) > 0 || m.LeftSeries > 0 && m.RightSeries > 0 && !m.Left[0].IsEmpty()) {
			p.match(n)
		}
	}
}

// causes are why a node gave nothing, in a few words.
var causes = map[string]string{
	"absent":    "no series here",
	"few":       "too few samples in the range",
	"safe":      "no value passes",
	"unpaired":  "no two series pair",
	"apart":     "none that would pair is left",
	"pairs":     "false of every pair",
	"masked":    "the right side has all of the left",
	"present":   "the series are there",
	"no-le":     "no le to take a quantile of",
	"otherwise": "nothing is left here",
}

// match shows the label sets of both sides of an operator.
func (p *page) match(n *verdict.TreeNode) {
	m := n.Match
	how := "all labels must be equal"
	switch names := terminal.Clean(strings.Join(m.Labels, ", ")); {
	case m.On && names == "":
		how = "no label need be equal"
	case m.On:
		how = "equal must be " + names
	case names != "":
		how = "all labels must be equal but for " + names
	}
	p.wrapped(2, "%s: %s", terminal.Clean(n.Short), how)
	side := func(name string, sets []labels.Labels, all int) {
		if all == 0 {
			p.wrapped(8, "  %s none", name)
			return
		}
		for i, ls := range sets {
			if i == 1 {
				name = strings.Repeat(" ", len(name))
			}
			p.wrapped(8, "  %s %s", name, seriesLabels(ls))
		}
		if all > len(sets) {
			p.wrapped(8, "        and %d more", all-len(sets))
		}
	}
	side("left ", m.Left, m.LeftSeries)
	side("right", m.Right, m.RightSeries)
	if len(m.Apart) > 0 {
		p.wrapped(8, "  apart by %s", terminal.Clean(strings.Join(m.Apart, ", ")))
	}
}

func seriesLabels(ls labels.Labels) string { return seriesWords(terminal.Clean(ls.String())) }

func seriesOf(n *verdict.TreeNode) string {
	if n.Type == "scalar" {
		return ""
	}
	return fmt.Sprint(n.Series)
}

// valuesOf are the least, the median and the greatest value of a node.
func valuesOf(n *verdict.TreeNode) string {
	switch {
	case n.Type == "matrix" && n.Series > 0:
		return count(n.Samples, "sample")
	case n.Type == "matrix":
		return ""
	}
	var text string
	switch {
	case math.IsNaN(n.Min):
	case n.Min == n.Max:
		text = number(n.Min)
	case n.Series == 2:
		text = number(n.Min) + " … " + number(n.Max)
	default:
		text = number(n.Min) + " … " + number(n.Median) + " … " + number(n.Max)
	}
	if n.NaN > 0 {
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("%d NaN", n.NaN)
	}
	return text
}

// courseLine draws a node's course: its greatest value at each time (its least
// where low), a dot where it mostly gave nothing, a question mark where no
// number.
func courseLine(course []verdict.CoursePoint, width int, low bool) string {
	const bars = "▁▂▃▄▅▆▇█"
	width = min(width, len(course))
	values := make([]float64, width)
	state := make([]rune, width)
	lo, hi := math.Inf(1), math.Inf(-1)
	for i := range width {
		state[i], values[i] = '·', math.NaN()
		part := course[i*len(course)/width : (i+1)*len(course)/width]
		none := 0
		for _, c := range part {
			if c.Series == 0 {
				none++
			}
		}
		if 2*none >= len(part) {
			continue
		}
		for _, c := range part {
			if c.Series == 0 {
				continue
			}
			v := c.Max
			if low {
				v = c.Min
			}
			if state[i] == '·' {
				state[i] = '?'
			}
			if !math.IsNaN(v) && (math.IsNaN(values[i]) || low && v < values[i] || !low && v > values[i]) {
				values[i] = v
			}
		}
		if v := values[i]; !math.IsNaN(v) && !math.IsInf(v, 0) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	levels := []rune(bars)
	for i, v := range values {
		switch {
		case math.IsNaN(v):
		case math.IsInf(v, 1), v == hi && hi > lo:
			state[i] = levels[len(levels)-1]
		case math.IsInf(v, -1), hi <= lo:
			state[i] = levels[0]
		default:
			state[i] = levels[min(len(levels)-1, int((v/2-lo/2)/(hi/2-lo/2)*float64(len(levels))))]
		}
	}
	return string(state)
}

// untried says how many changes were not tried.
func (p *page) untried(f verdict.Finding) {
	if f.Untried > 0 {
		p.wrapped(6, "    not tried: %s more; a finding has 16 at most, and all together 1000", count(f.Untried, "change"))
	}
}

// findings are those of one rule, and what was tried.
func (p *page) findings(list []verdict.Finding) {
	if len(list) > 0 {
		p.WriteString("\n")
	}
	for _, f := range list {
		p.wrapped(2, "%s: %s", f.ID, terminal.Clean(f.Text))
		for _, t := range f.Try {
			mark := ""
			if t.Likely {
				mark = " (probably meant)"
			}
			p.wrapped(6, "    tried %s%s: %s", terminal.Clean(t.Change), mark, terminal.Clean(t.Outcome))
		}
		p.untried(f)
	}
}
