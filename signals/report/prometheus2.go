package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/prometheus2"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// prometheus2 sets beside what the rules did what Prometheus 2 would have made
// of them.
func (p *page) prometheus2(res *replay.Result) {
	c := p.Prometheus2
	if c == nil {
		return
	}
	p.WriteByte('\n')
	p.wrapped(2, "%s", prometheus2Line(c))
	if c.Failed[0] != c.Failed[1] {
		p.wrapped(2, "Of its scrapes %d fail, and %d in Prometheus 3.", c.Failed[1], c.Failed[0])
	}
	for i := range c.Rules {
		if c.Rules[i].Two != nil {
			p.prometheus2Rule(res, &c.Rules[i])
		}
	}
	p.prometheus2Unknown(res)
}

// prometheus2Unknown says why rules were not compared.
func (p *page) prometheus2Unknown(res *replay.Result) {
	files := map[string]int{} // of how many rules are not read with others
	for _, r := range p.Prometheus2.Rules {
		if len(r.Refused) > 0 && !r.Unread {
			files[res.Rules[r.Index].File]++
		}
	}
	first := true
	for _, r := range p.Prometheus2.Rules {
		name := terminal.Clean(cmp.Or(res.Rules[r.Index].Alert, res.Rules[r.Index].Record))
		if first && r.Two == nil {
			p.WriteByte('\n')
			first = false
		}
		if r.Unread {
			for _, why := range r.Refused {
				p.wrapped(2, "%s is not read by Prometheus 2: %s", name, terminal.Clean(why))
			}
		}
		for _, why := range r.Unknown {
			p.wrapped(2, "%s is not known for Prometheus 2: %s", name, terminal.Clean(why))
		}
	}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		p.wrapped(2, "With these Prometheus 2 does not load %s of %s.", terminal.Plural(files[file], "other rule", "other rules"), terminal.Clean(file))
	}
}

func prometheus2Line(c *prometheus2.Comparison) string {
	version := "Prometheus " + prometheus2.Version
	differ, unknown, refused := 0, 0, 0
	for _, r := range c.Rules {
		switch {
		case len(r.Refused) > 0:
			refused++
		case r.Two == nil:
			unknown++
		default:
			differ++
		}
	}
	all := len(c.Rules) + c.Same
	line := fmt.Sprintf("%s would have said the same of %s: the same alerts, in the same states at the same instants", version, count(c.Same, "rule"))
	if differ > 0 {
		line = fmt.Sprintf("%s would have said something else of %d of %s", version, differ, count(all, "rule"))
	} else if c.Same == 0 {
		line = version + " cannot be compared"
	}
	if unknown > 0 {
		line += fmt.Sprintf("; of %d it is not known", unknown)
	}
	if refused > 0 {
		line += fmt.Sprintf("; %d it would not have loaded", refused)
	}
	return line
}

func (p *page) prometheus2Rule(res *replay.Result, r *prometheus2.Rule) {
	three := &res.Rules[r.Index]
	name := whole(cmp.Or(three.Alert, three.Record))
	p.WriteByte('\n')
	rows := p.table(
		terminal.Column{Head: "ALERT", Once: true}, terminal.Column{Head: "ON", Once: true, Least: 12, Yield: 1},
		terminal.Column{Head: "PROMETHEUS 3", Yield: 3}, terminal.Column{Head: "PROMETHEUS 2", Yield: 2},
	)
	rows.Row(name, "", string(three.Verdict), string(r.Two.Verdict))
	for _, pair := range alertPairs(three, r.Two) {
		for was, now := range beside(p.states(pair.three), p.states(pair.two)) {
			rows.More(name, onWords(withoutRule(res, r.Index, pair.labels)), was, now)
		}
	}
	if three.Failed != r.Two.Failed {
		rows.More(name, "", terminal.Whole(fmt.Sprintf("%d failed", three.Failed)), terminal.Whole(fmt.Sprintf("%d failed", r.Two.Failed)))
	}
	if three.Record != "" && three.Recorded != r.Two.Recorded {
		rows.More(name, "", terminal.Whole(fmt.Sprintf("%d series", three.Recorded)), terminal.Whole(fmt.Sprintf("%d series", r.Two.Recorded)))
	}
	p.WriteString(rows.String())
	for _, c := range r.Causes {
		place := ""
		if c.Line > 0 {
			place = fmt.Sprintf(" (%d:%d)", c.Line, c.Column)
		}
		p.wrapped(4, "  at %s%s: %s", p.clock.at(c.At), place, terminal.Clean(c.Text))
	}
	if len(r.Causes) == 0 {
		p.wrapped(4, "  no instant was found at which the expression gives something else")
	}
}

// pair is an alert in both versions.
type pair struct {
	labels     labels.Labels
	three, two []replay.Interval
}

// alertPairs are the alerts of a rule that differ, by their labels.
func alertPairs(three, two *replay.Rule) []pair {
	var list []pair
	for side, r := range []*replay.Rule{three, two} {
		for _, a := range r.Alerts {
			i := slices.IndexFunc(list, func(x pair) bool { return labels.Equal(x.labels, a.Labels) })
			if i < 0 {
				i = len(list)
				list = append(list, pair{labels: a.Labels})
			}
			if side == 0 {
				list[i].three = a.Intervals
			} else {
				list[i].two = a.Intervals
			}
		}
	}
	list = slices.DeleteFunc(list, func(x pair) bool { return slices.EqualFunc(x.three, x.two, sameTimes) })
	slices.SortFunc(list, func(a, b pair) int { return labels.Compare(a.labels, b.labels) })
	return list
}

func sameTimes(a, b replay.Interval) bool {
	return a.State == b.State && a.Start.Equal(b.Start) && a.End.Equal(b.End) && a.Open == b.Open
}

// states are the intervals of an alert with what it was in them.
func (p *page) states(list []replay.Interval) []string {
	out := p.intervals(list)
	for i := range list[:min(len(list), p.most(maxTimes))] {
		out[i] = string(list[i].State) + " " + out[i]
	}
	return out
}
