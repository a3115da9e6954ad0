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
	list := slices.Clone(res.Rules)
	list = slices.DeleteFunc(list, func(r replay.Rule) bool { return r.Alert == "" && r.Verdict == replay.VerdictInactive })
	slices.SortStableFunc(list, func(a, b replay.Rule) int {
		if d := cmp.Compare(order[a.Verdict], order[b.Verdict]); d != 0 || a.Verdict != replay.VerdictFiring {
			return d
		}
		return firstFiring(a).Compare(firstFiring(b))
	})
	if len(list) == 0 {
		return
	}
	// Names get what they need as long as ON keeps a dozen columns.
	name, when := 5, 4
	for _, r := range list {
		name = max(name, terminal.Width(terminal.Clean(cmp.Or(r.Alert, r.Record))))
		for _, row := range p.when(r) {
			when = max(when, terminal.Width(row.when))
		}
	}
	rest := p.Width - len("inactive") - when - worstWidth - len("SEEN") - 5*2
	name = min(name, max(rest-12, rest/2))
	on := rest - name
	t := &table.Table{Columns: []table.Column{{}, {Max: name}, {}, {Max: on}, {Max: worstWidth}, {Right: true}}}
	t.Row("VERDICT", "ALERT", "WHEN", "ON", "WORST", "SEEN")
	for _, r := range list {
		p.rule(t, r)
	}
	p.WriteString(t.String())
}

const worstWidth = 11

// maxRows bounds the rows of one rule: the whole list is in the JSON.
const maxRows = 6

func (p *page) rule(t *table.Table, r replay.Rule) {
	series := 0
	for _, s := range r.Selectors {
		series = max(series, s.Series)
	}
	name := terminal.Clean(cmp.Or(r.Alert, r.Record))
	rows := p.when(r)
	if len(rows) == 0 {
		t.Row(p.verdict(r.Verdict), name, "", "", p.closest(r), strconv.Itoa(series))
		return
	}
	for i, row := range rows[:min(len(rows), maxRows)] {
		if i == 0 {
			t.Row(p.verdict(r.Verdict), name, row.when, row.on, row.worst, strconv.Itoa(series))
		} else {
			t.Row("", "", row.when, row.on, row.worst, "")
		}
	}
	if n := len(rows) - maxRows; n > 0 {
		t.Row("", "", fmt.Sprintf("and %d more", n), "", "", "")
	}
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
	case r.Closest == nil:
		return "no value" // nothing, or NaN, to compare with the threshold
	}
	return fmt.Sprintf("%s, not %s %s", number(r.Closest.Value), r.Threshold.Op, number(r.Threshold.Value))
}
