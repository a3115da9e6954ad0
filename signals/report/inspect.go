package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Inspection is what was understood of a capture, before any rule is asked.
type Inspection struct {
	Capture  replay.Summary
	Problems []replay.Problem
	Times    []TimeSource // where the scrapes' times come from
	Ignored  []Ignored
	// Unsettled is not empty when the times of some scrapes are not known, and
	// those in Capture are invented: a line for each way to settle them.
	Unsettled []string
}

// TimeSource is where times of scrapes come from.
type TimeSource struct {
	Source  string // in words
	Scrapes int
	File    string // the first of them
	Unzoned string // one that has a time without a zone; "" when there is none
}

// Ignored is a file that is no part of a capture.
type Ignored struct{ File, Reason string }

// problemKind sums up the problems of one id and severity.
type problemKind struct {
	first replay.Problem
	count int
}

// kindsOf sums up problems by id: the worst first, then the most frequent.
func kindsOf(list []replay.Problem) []problemKind {
	var kinds []problemKind
	at := map[string]int{}
	for _, p := range list {
		key := p.ID + " " + string(p.Severity)
		i, ok := at[key]
		if !ok {
			i = len(kinds)
			at[key] = i
			kinds = append(kinds, problemKind{first: p})
		}
		kinds[i].count++
	}
	rank := map[expfmt.Severity]int{expfmt.SeverityError: 0, expfmt.SeverityWarning: 1, expfmt.SeverityInfo: 2}
	slices.SortStableFunc(kinds, func(a, b problemKind) int {
		return cmp.Or(cmp.Compare(rank[a.first.Severity], rank[b.first.Severity]), cmp.Compare(b.count, a.count))
	})
	return kinds
}

// How many rows a screen has room for; the JSON has all.
const (
	maxTargets = 24
	maxKinds   = 8
	maxIgnored = 5
)

// Inspect writes an Inspection for a person.
func (t Text) Inspect(w io.Writer, in *Inspection) error {
	c := in.Capture
	p := newPage(t, newClock(c.Start, c.End))
	p.unsettled = len(in.Unsettled) > 0
	p.headline(c)
	if !p.unsettled {
		p.wrapped(4, "  %s UTC", p.clock.span(c.Start, c.End))
	}
	p.times(in.Times)
	for i, line := range in.Unsettled {
		if i == 0 {
			p.wrapped(4, "  times: not known; what settles them:")
		}
		p.wrapped(6, "    %s", terminal.Clean(line))
	}
	p.ignored(in.Ignored)
	p.choices(c, in.Problems)
	left := p.most(maxTargets)
	for _, j := range c.Jobs {
		p.job(c, j, &left)
	}
	if n := len(c.TargetInfos) - p.most(maxTargets); n > 0 {
		p.WriteString("\n")
		p.wrapped(2, "and %s more%s", count(n, "target"), p.rest())
	}
	p.problemKinds(withoutAssumptions(in.Problems), c.HiddenProblems)
	return p.write(w)
}

func (p *page) times(list []TimeSource) {
	var parts []string
	for _, s := range list {
		part := fmt.Sprintf("%s (%d)", s.Source, s.Scrapes)
		if s.Unzoned != "" {
			part += fmt.Sprintf(", without a zone in %s: UTC is assumed", terminal.Clean(s.Unzoned))
		}
		parts = append(parts, part)
	}
	if len(parts) > 0 {
		p.wrapped(4, "  times: %s", strings.Join(parts, "; "))
	}
}

// ignored lists files by the reason.
func (p *page) ignored(list []Ignored) {
	var reasons []string
	files := map[string][]string{}
	for _, f := range list {
		if files[f.Reason] == nil {
			reasons = append(reasons, f.Reason)
		}
		files[f.Reason] = append(files[f.Reason], terminal.Clean(f.File))
	}
	slices.SortStableFunc(reasons, func(a, b string) int { return cmp.Compare(len(files[b]), len(files[a])) })
	for i, r := range reasons {
		if i == p.most(maxIgnored) {
			p.wrapped(4, "  ignored for %s more%s", count(len(reasons)-i, "reason"), p.rest())
			break
		}
		names := files[r]
		more := ""
		if len(names) > 2 {
			more = fmt.Sprintf(" and %d more", len(names)-2)
		}
		p.wrapped(4, "  ignored: %s%s: %s", strings.Join(names[:min(len(names), 2)], ", "), more, terminal.Clean(r))
	}
}

// job writes a job's targets, as many as are left of the screen.
func (p *page) job(c replay.Summary, j replay.Job, left *int) {
	if *left == 0 {
		return
	}
	var list []replay.TargetInfo
	for _, t := range c.TargetInfos {
		if t.Job == j.Name {
			list = append(list, t)
		}
	}
	p.WriteString("\n")
	head := fmt.Sprintf("%s: %s", terminal.Clean(cmp.Or(j.Name, "(no job)")), count(j.Targets, "target"))
	if f := tally(list, func(t replay.TargetInfo) []string { return []string{t.Format} }); f != "" {
		head += ", " + f
	}
	if v := tally(list, func(t replay.TargetInfo) []string { return t.Versions }); v != "" {
		head += ", " + v
	}
	p.wrapped(4, "%s", head)
	t := p.table(
		terminal.Column{Head: "INSTANCE"}, terminal.Column{Head: "SCRAPES", Right: true, Yield: 5},
		terminal.Column{Head: "FAILED", Right: true, Yield: 6}, terminal.Column{Head: "GAPS", Right: true, Yield: 3},
		terminal.Column{Head: "EVERY", Yield: 2}, terminal.Column{Head: "FIRST–LAST", Yield: 4}, terminal.Column{Head: "RESTARTS", Right: true, Yield: 1},
	)
	t.Indent = 2
	var labelled []string
	for _, i := range list[:min(len(list), *left)] {
		*left--
		t.Row(whole(i.Instance), fmt.Sprint(i.Scrapes), fmt.Sprint(i.Failed), fmt.Sprint(i.Gaps), terminal.Whole(p.pace(i)), terminal.Whole(p.life(i)), fmt.Sprint(i.Restarts))
		if !i.Labels.IsEmpty() {
			labelled = append(labelled, fmt.Sprintf("  labels of %s: %s", whole(i.Instance), terminal.Clean(i.Labels.String())))
		}
	}
	p.WriteString(t.String())
	for _, line := range labelled {
		p.wrapped(4, "%s", line)
	}
}

func (p *page) life(t replay.TargetInfo) string {
	if p.unsettled {
		return "not known"
	}
	if t.First.Equal(t.Last) {
		return p.clock.at(t.First)
	}
	return p.clock.at(t.First) + "–" + p.clock.at(t.Last)
}

// pace spells interval and jitter.
func (p *page) pace(t replay.TargetInfo) string {
	switch {
	case p.unsettled && t.Scrapes > 1:
		return "?"
	case t.Interval <= 0:
		return "once"
	case t.Jitter <= 0:
		return duration(t.Interval)
	}
	return duration(t.Interval) + " ±" + duration(max(t.Jitter, time.Millisecond))
}

// tally lists what targets have, with how many when they differ.
func tally(list []replay.TargetInfo, of func(replay.TargetInfo) []string) string {
	counts := map[string]int{}
	var names []string
	for _, t := range list {
		for _, s := range of(t) {
			if s == "" {
				continue
			}
			if counts[s]++; counts[s] == 1 {
				names = append(names, s)
			}
		}
	}
	slices.Sort(names)
	var parts []string
	for _, n := range names[:min(len(names), 6)] {
		if s := terminal.Clean(n); counts[n] == len(list) {
			parts = append(parts, s)
		} else {
			parts = append(parts, fmt.Sprintf("%s (%d)", s, counts[n]))
		}
	}
	if len(names) > 6 {
		parts = append(parts, "…")
	}
	return strings.Join(parts, ", ")
}

// problemKinds is the paragraph about problems: a line for each kind, with the
// first of it. Hidden are those beyond list.
func (p *page) problemKinds(list []replay.Problem, hidden int) {
	if len(list)+hidden == 0 {
		return
	}
	p.printf("\n%s:\n", count(len(list)+hidden, "problem"))
	kinds := kindsOf(list)
	for _, k := range kinds[:min(len(kinds), p.most(maxKinds))] {
		times := ""
		if k.count > 1 {
			times = fmt.Sprintf("%d times, first ", k.count)
		}
		p.wrapped(4, "  %s%s", times, terminal.ProblemLine(k.first))
	}
	if n := len(kinds) - p.most(maxKinds); n > 0 {
		p.wrapped(4, "  and %s more%s", count(n, "kind"), p.rest())
	}
}
