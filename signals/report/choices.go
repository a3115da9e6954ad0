package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// choices says in a line or two where the files could not tell what a server
// would have seen, what was decided, and what decides otherwise.
func (p *page) choices(c replay.Summary, problems []replay.Problem) {
	var list []string
	if slices.ContainsFunc(problems, func(pr replay.Problem) bool { return pr.ID == "time-zone-assumed" }) {
		list = append(list, "times without a zone are UTC")
	}
	if slices.ContainsFunc(problems, func(pr replay.Problem) bool { return pr.ID == "time-from-mtime" }) {
		list = append(list, "modification times are scrape times")
	}
	for _, pr := range problems {
		switch {
		case pr.ID == timeSource:
			list = append(list, terminal.Clean(pr.Message)+inParentheses(p.Hints.Times))
		case IsAssumption(pr.ID):
			list = append(list, terminal.Clean(pr.Message))
		}
	}
	if n := damaged(problems); n > 0 && !p.FailOnDamage {
		list = append(list, count(n, "damaged line")+" skipped"+inParentheses(p.Hints.Damage))
	}
	if len(c.Gaps) > 0 && !p.GapsFailed {
		g := c.Gaps[0]
		list = append(list, fmt.Sprintf("nothing happens in %s, first %s %s–%s%s",
			count(len(c.Gaps), "gap"), terminal.Clean(g.Instance), p.clock.at(g.From), p.clock.at(g.To), inParentheses(p.Hints.Gaps)))
	}
	var early []string
	for _, e := range c.Ended {
		if !e.Removed {
			early = append(early, fmt.Sprintf("%s at %s", terminal.Clean(e.Instance), p.clock.at(e.Last)))
		}
	}
	if n := len(early); n > 0 {
		more := ""
		if n > 3 {
			early, more = early[:3], fmt.Sprintf(" and %d more", n-3)
		}
		list = append(list, fmt.Sprintf("series outlive the last scrape of %s%s (capture.yaml, ends: removed: they end)", strings.Join(early, ", "), more))
	}
	if len(list) > 0 {
		p.wrapped(4, "  assumed: %s", strings.Join(list, "; "))
	}
}

// timeSource is the problem that says where times come from.
const timeSource = "time-source"

// assumptions are the problems that say what was assumed of names and times.
// They stand in the head of a page and not in its list of problems.
var assumptions = []string{timeSource, "time-from-archive", "sequence-in-names", "path-from-name", "target-from-folder"}

// IsAssumption tells whether the problem of an id says what was assumed of
// names and times where they leave it open, and that nothing is wrong.
func IsAssumption(id string) bool { return slices.Contains(assumptions, id) }

func withoutAssumptions(problems []replay.Problem) []replay.Problem {
	return slices.DeleteFunc(slices.Clone(problems), func(pr replay.Problem) bool { return IsAssumption(pr.ID) })
}

// damaged counts the lines that could not be read.
func damaged(problems []replay.Problem) int {
	n := 0
	for _, pr := range problems {
		if pr.Line > 0 && pr.Severity == "error" {
			n++
		}
	}
	return n
}
