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
	"github.com/scrapebook/scrapebook/signals/report/internal/table"
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
	// Names get what they need as long as ON keeps a dozen columns.
	name, when, hold := 5, 4, 0
	for _, i := range list {
		r := &res.Rules[i]
		name = max(name, terminal.Width(terminal.Clean(cmp.Or(r.Alert, r.Record))))
		if r.For > 0 {
			hold = max(hold, len("FOR"), len(duration(r.For)))
		}
		for _, row := range p.when(*r) {
			when = max(when, terminal.Width(row.when))
		}
	}
	rest := p.Width - len("inactive") - when - worstWidth - len("SEEN") - 5*2
	columns := []table.Column{{}, {}, {}, {Max: worstWidth}, {Right: true}}
	head := []string{"VERDICT", "WHEN", "ON", "WORST", "SEEN"}
	// `for` has a column of its own as long as no name must be cut for it.
	if hold > 0 && name <= max(rest-hold-2-12, (rest-hold-2)/2) {
		rest -= hold + 2
		columns, head = slices.Insert(columns, 1, table.Column{}), slices.Insert(head, 1, "FOR")
	}
	name = min(name, max(rest-12, rest/2))
	columns, head = slices.Insert(columns, 1, table.Column{Max: name}), slices.Insert(head, 1, "ALERT")
	columns[len(columns)-3].Max = rest - name
	t := &table.Table{Columns: columns}
	t.Row(head...)
	for _, i := range list {
		p.rule(t, res.Rules[i], len(head) > 6)
	}
	p.WriteString(t.String())
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

const worstWidth = 11

// maxRows bounds the rows of one rule: the whole list is in the JSON.
const maxRows = 6

// rule adds the rows of a rule; with hold there is a column for its `for`,
// which otherwise stands below the name.
func (p *page) rule(t *table.Table, r replay.Rule, hold bool) {
	row := func(verdict, name, when, on, worst, seen string) {
		cells := []string{verdict, name, when, on, worst, seen}
		if hold {
			text := ""
			if verdict != "" && r.For > 0 {
				text = duration(r.For)
			}
			cells = slices.Insert(cells, 2, text)
		}
		t.Row(cells...)
	}
	name := terminal.Clean(cmp.Or(r.Alert, r.Record))
	below := "" // the name
	if !hold && r.For > 0 {
		below = "for " + duration(r.For)
	}
	rows := p.when(r)
	if len(rows) == 0 {
		row(p.verdict(r.Verdict), name, "", "", p.closest(r), seen(r))
	}
	for i, one := range rows[:min(len(rows), maxRows)] {
		switch i {
		case 0:
			row(p.verdict(r.Verdict), name, one.when, one.on, one.worst, seen(r))
		case 1:
			row("", below, one.when, one.on, one.worst, "")
		default:
			row("", "", one.when, one.on, one.worst, "")
		}
	}
	if len(rows) < 2 && below != "" {
		row("", below, "", "", "", "")
	}
	if n := len(rows) - maxRows; n > 0 {
		row("", "", fmt.Sprintf("and %d more", n), "", "", "")
	}
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
	return fmt.Sprintf("%s %s %s", number(peak), r.Threshold.Op, number(r.Threshold.Value))
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
	return fmt.Sprintf("%s, not %s %s", number(r.Closest.Value), r.Threshold.Op, number(r.Threshold.Value))
}
