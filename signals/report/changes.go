package report

import (
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/judge"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Changes writes what new rules do otherwise than old ones; res is the result
// of the new ones.
func (t Text) Changes(w io.Writer, res *replay.Result, c *judge.Changes) error {
	p := newPage(t, newClock(res.Start, res.End))
	p.capture(res)
	p.WriteByte('\n')
	p.wrapped(2, "%s", changesLine(c))
	if len(c.Alerts) > 0 {
		p.WriteByte('\n')
		rows := p.table(
			terminal.Column{Head: "CHANGE", Once: true, Yield: 4}, terminal.Column{Head: "ALERT", Once: true}, terminal.Column{Head: "ON", Once: true, Least: 12, Yield: 1},
			terminal.Column{Head: "WAS", Yield: 3}, terminal.Column{Head: "NOW", Yield: 2},
		)
		for _, a := range c.Alerts {
			was, now := p.intervals(a.Was), p.intervals(a.Now)
			row := rows.Row
			for was, now := range beside(was, now) {
				row(terminal.Whole(changeWords(a)), whole(a.Alert), onWords(a.On), was, now)
				row = rows.More
			}
		}
		p.WriteString(rows.String())
	}
	if len(c.Rules) > 0 {
		p.WriteByte('\n')
		rows := p.table(terminal.Column{Head: "RULE"}, terminal.Column{Head: "WAS", Yield: 1}, terminal.Column{Head: "NOW", Yield: 1})
		for _, r := range c.Rules {
			rows.Row(whole(r.Alert), verdictOf(r.Was), verdictOf(r.Now))
		}
		p.WriteString(rows.String())
	}
	return p.write(w)
}

// beside yields two lists of intervals side by side, until both end.
func beside(was, now []string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for i := range max(len(was), len(now)) {
			var a, b string
			if i < len(was) {
				a = terminal.Whole(was[i])
			}
			if i < len(now) {
				b = terminal.Whole(now[i])
			}
			if !yield(a, b) {
				return
			}
		}
	}
}

func verdictOf(v replay.Verdict) string {
	if v == "" {
		return "no such rule"
	}
	return string(v)
}

// changesLine sums up.
func changesLine(c *judge.Changes) string {
	if !c.Any() {
		return fmt.Sprintf("nothing changes: %s fired as before", terminal.Plural(c.Same, "alert", "alerts"))
	}
	n := map[judge.Kind]int{}
	for _, a := range c.Alerts {
		n[a.Kind]++
	}
	var parts []string
	for _, k := range []struct {
		kind         judge.Kind
		one, several string
	}{
		{judge.Appears, "appears", "appear"}, {judge.Goes, "goes", "go"}, {judge.Earlier, "comes earlier", "come earlier"},
		{judge.Later, "comes later", "come later"}, {judge.Longer, "lasts longer", "last longer"}, {judge.Shorter, "is shorter", "are shorter"},
		{judge.Moved, "fires at other times", "fire at other times"}, {judge.Labels, "has other labels", "have other labels"},
	} {
		if n[k.kind] == 1 {
			parts = append(parts, "1 alert "+k.one)
		} else if n[k.kind] > 1 {
			parts = append(parts, fmt.Sprintf("%d alerts %s", n[k.kind], k.several))
		}
	}
	added, gone := 0, 0
	for _, r := range c.Rules {
		switch {
		case r.Was == "":
			added++
		case r.Now == "":
			gone++
		}
	}
	for _, k := range []struct {
		n            int
		one, several string
	}{
		{added, "rule is new", "rules are new"}, {gone, "rule is gone", "rules are gone"},
		{len(c.Rules) - added - gone, "rule has another verdict", "rules have another verdict"},
		{c.Same, "alert fired as before", "alerts fired as before"},
	} {
		if k.n > 0 {
			parts = append(parts, terminal.Plural(k.n, k.one, k.several))
		}
	}
	return strings.Join(parts, ", ")
}

// changeWords are a change in words.
func changeWords(a judge.AlertChange) string {
	switch a.Kind {
	case judge.Earlier, judge.Longer, judge.Later, judge.Shorter:
		return duration(a.By.Abs()) + " " + string(a.Kind)
	}
	return string(a.Kind)
}

// on is what an alert is on: its instance and its other labels but the job.
func on(ls labels.Labels) string { return strings.Join(parts(ls), " ") }

// onWords is the same for a terminal, each of the labels being one word.
func onWords(ls labels.Labels) string {
	list := parts(ls)
	for i := range list {
		list[i] = whole(list[i])
	}
	return strings.Join(list, " ")
}

// parts are the labels that on joins, or "all".
func parts(ls labels.Labels) (parts []string) {
	instance := ls.Get("instance")
	if instance != "" {
		parts = append(parts, instance)
	}
	ls.Range(func(l labels.Label) {
		if l.Name != labels.AlertName && l.Name != "instance" && (l.Name != "job" || instance == "") {
			parts = append(parts, l.Name+"="+l.Value)
		}
	})
	if len(parts) == 0 {
		return []string{"all"}
	}
	return parts
}

// maxTimes bounds how many intervals of an alert a table shows.
const maxTimes = 6

// intervals are those of an alert, in words.
func (p *page) intervals(list []replay.Interval) (out []string) {
	for i, iv := range list {
		if i == p.most(maxTimes) {
			return append(out, fmt.Sprintf("and %d more", len(list)-i))
		}
		out = append(out, p.interval(iv))
	}
	if len(out) == 0 {
		return []string{"–"}
	}
	return out
}

func (p *page) interval(iv replay.Interval) string {
	if iv.Open {
		return p.clock.at(iv.Start) + " – end"
	}
	return p.clock.at(iv.Start) + "–" + p.clock.at(iv.End)
}

// Changes writes what new rules do otherwise, for a pull request.
func (Markdown) Changes(w io.Writer, res *replay.Result, c *judge.Changes) error {
	p := newPage(Text{}, newClock(res.Start, res.End))
	p.printf("**%s** over %s\n", markdown(changesLine(c)), markdownCode(res.Capture.Name))
	if len(c.Alerts) > 0 {
		p.printf("\n| change | alert | on | was | now |\n|---|---|---|---|---|\n")
		for _, a := range c.Alerts {
			p.printf("| %s | %s | %s | %s | %s |\n", changeWords(a), markdownCode(a.Alert), markdownCode(on(a.On)),
				strings.Join(p.intervals(a.Was), "<br>"), strings.Join(p.intervals(a.Now), "<br>"))
		}
	}
	if len(c.Rules) > 0 {
		p.printf("\n| rule | was | now |\n|---|---|---|\n")
		for _, r := range c.Rules {
			p.printf("| %s | %s | %s |\n", markdownCode(r.Alert), verdictOf(r.Was), verdictOf(r.Now))
		}
	}
	return p.write(w)
}
