package report

import (
	"strings"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/terminal"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// TreeWords are a rule's tree as Text spells it.
type TreeWords struct {
	Head  string // of which evaluation it is, and why of this one
	Error string // of that evaluation, or ""
	Nodes []NodeWords
	Notes string // for a font of fixed width, or ""
}

// NodeWords are one sub-expression.
type NodeWords struct {
	Depth  int
	Expr   string // whole
	Series string
	Values string
	Course string // a line of marks
	Cause  string // why it gave nothing, or ""
}

// TreeWords spells a tree of a result's rule.
func (t Text) TreeWords(res *replay.Result, tree *verdict.Tree) TreeWords {
	t.Width = passageWidth
	p := newPage(t, newClock(res.Start, res.End))
	r := &res.Rules[tree.Rule]
	out := TreeWords{Head: p.treeHead(r, tree), Error: terminal.Clean(tree.Err)}
	low := r.Threshold != nil && strings.HasPrefix(r.Threshold.Op, "<")
	for i := range tree.Nodes {
		n := &tree.Nodes[i]
		out.Nodes = append(out.Nodes, NodeWords{
			Depth: n.Depth, Expr: terminal.Clean(n.Expr), Series: seriesOf(n), Values: valuesOf(n),
			Course: courseLine(n.Course, courseWidth, low), Cause: causes[n.Cause],
		})
	}
	p.treeNotes(tree)
	out.Notes = strings.Trim(p.String(), "\n")
	return out
}

// courseWidth is how many marks a course has outside of a terminal.
const courseWidth = 24
