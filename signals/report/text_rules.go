package report

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

func firstFiring(r replay.Rule) time.Time {
	var first time.Time
	for _, a := range r.Alerts {
		for _, iv := range a.Intervals {
			if iv.State == replay.Firing && (first.IsZero() || iv.Start.Before(first)) {
				first = iv.Start
			}
		}
	}
	return first
}

// order sorts rules by what a reader wants to see first.
var order = map[replay.Verdict]int{
	replay.VerdictFiring: 0, replay.VerdictPending: 1, replay.VerdictError: 2, replay.VerdictNoData: 3, replay.VerdictInactive: 4,
}

func (p *page) rules(res *replay.Result) {
	list := ordered(res)
	if len(list) == 0 {
		return
	}
	t := p.table(
		terminal.Column{Head: "VERDICT", Once: true, Yield: 6},
		terminal.Column{Head: "ALERT", Once: true, Least: 36},
		terminal.Column{Head: "FOR", Once: true, Yield: 1},
		terminal.Column{Head: "WHEN", Yield: 5},
		terminal.Column{Head: "ON", Least: 6, Yield: 4},
		terminal.Column{Head: "WORST", Least: 11, Yield: 3},
		terminal.Column{Head: "SEEN", Once: true, Right: true, Yield: 2},
	)
	if !slices.ContainsFunc(list, func(i int) bool { return res.Rules[i].For > 0 }) {
		t.Columns[2].Head = ""
	}
	left := 0
	for _, i := range list {
		left += p.rule(t, &res.Rules[i])
	}
	p.WriteString(t.String())
	if text := p.rest(); left > 0 && text != "" {
		p.wrapped(2, "rows left out%s", text)
	}
}

// ordered lists the numbers of the rules that are shown, the firing ones first.
// Recording rules of which there is nothing to tell are left out.
func ordered(res *replay.Result) []int {
	var list []int
	for i, r := range res.Rules {
		if r.Alert != "" || r.Verdict != replay.VerdictInactive {
			list = append(list, i)
		}
	}
	slices.SortStableFunc(list, func(i, j int) int {
		a, b := res.Rules[i], res.Rules[j]
		if d := cmp.Compare(order[a.Verdict], order[b.Verdict]); d != 0 || a.Verdict != replay.VerdictFiring {
			return d
		}
		return firstFiring(a).Compare(firstFiring(b))
	})
	return list
}

// maxRows bounds the rows of one rule: the whole list is in the JSON.
const maxRows = 6

// rule adds the rows of a rule, and returns how many it left out.
func (p *page) rule(t *terminal.Table, r *replay.Rule) int {
	hold := ""
	if r.For > 0 {
		hold = duration(r.For)
	}
	name := whole(cmp.Or(r.Alert, r.Record))
	if r.Alert == r.Expr { // as of replay -e
		name = Shorten(r.Alert)
	}
	row := t.Row
	add := func(when, on, worst string) {
		row(p.verdict(r.Verdict), name, hold, terminal.Whole(when), on, worst, seen(*r))
		row = t.More
	}
	rows := p.when(*r)
	if len(rows) == 0 {
		add("", "", p.closest(*r))
	}
	shown := rows[:min(len(rows), p.most(maxRows))]
	for _, one := range shown {
		add(one.when, one.on, one.worst)
	}
	n := len(rows) - len(shown)
	if n > 0 {
		add(fmt.Sprintf("and %d more", n), "", "")
	}
	return n
}

// seen is how many series the rule's selectors matched: the most that one did
// and, where another matched none, 0 before it.
func seen(r replay.Rule) string {
	most, blind := 0, false
	for _, s := range r.Selectors {
		most = max(most, s.Series)
		blind = blind || s.Series == 0
	}
	if blind && most > 0 {
		return "0–" + strconv.Itoa(most)
	}
	return strconv.Itoa(most)
}

type alertRow struct {
	start           time.Time
	when, on, worst string
}

// when lists the times in the rule's state, in order; alerts that share them
// to the instant, one for each target, share a row.
func (p *page) when(r replay.Rule) []alertRow {
	state := replay.Firing
	if r.Verdict != replay.VerdictFiring {
		state = replay.Pending
	}
	var rows []alertRow
	on := about(r)
	for ai, a := range r.Alerts {
		for _, iv := range a.Intervals {
			if iv.State != state {
				continue
			}
			row := alertRow{start: iv.Start, when: p.clock.interval(iv), on: on[ai], worst: p.worst(r, iv.Peak)}
			if at := slices.IndexFunc(rows, func(x alertRow) bool { return x.when == row.when && x.worst == row.worst }); at >= 0 {
				if !slices.Contains(strings.Split(rows[at].on, ", "), row.on) {
					rows[at].on += ", " + row.on
				}
				continue
			}
			rows = append(rows, row)
		}
	}
	sort.SliceStable(rows, func(i, j int) bool {
		a, b := rows[i], rows[j]
		return a.start.Compare(b.start) < 0
	})
	return rows
}

func (p *page) worst(r replay.Rule, peak float64) string {
	if r.Threshold == nil {
		return number(peak)
	}
	return fmt.Sprintf("%s %s %s", p.painted(number(peak), colors[r.Verdict]), r.Threshold.Op, p.painted(number(r.Threshold.Value), thresholdColor))
}

func (p *page) closest(r replay.Rule) string {
	switch {
	case r.Threshold == nil || r.Verdict != replay.VerdictInactive:
		return ""
	case r.HeldBack:
		return "held back" // the value lay beyond the threshold at times
	case r.Closest == nil:
		return "no value" // nothing, or NaN, to compare with the threshold
	}
	return fmt.Sprintf("%s, not %s %s", number(r.Closest.Value), r.Threshold.Op, p.painted(number(r.Threshold.Value), thresholdColor))
}
