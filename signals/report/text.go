package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report/internal/table"
	"github.com/scrapebook/scrapebook/signals/terminal"
)

// Text writes a Result for a person: what was replayed, how many rules fired
// and which first, then a row for each rule, the firing ones on top.
type Text struct {
	Width int  // columns; 0 means 80
	Color bool // verdicts in colour
	// MaxProblems are shown, the rest is counted; 0 means 10.
	MaxProblems int
	// What the replay was told of damage and gaps, which are then no choice of
	// ours to be shown.
	FailOnDamage, GapsFailed bool
	// Hints are what the program that shows the page can do about it.
	Hints Hints
}

// Report implements Reporter.
func (t Text) Report(w io.Writer, res *replay.Result) error {
	p := newPage(t, newClock(res.Start, res.End))
	p.capture(res)
	p.verdicts(res)
	p.rules(res)
	p.details(res)
	p.problems(res)
	return p.write(w)
}

// page is the text under way.
type page struct {
	Text
	strings.Builder
	clock clock
}

func newPage(t Text, c clock) *page {
	if t.Width <= 0 {
		t.Width = 80
	}
	if t.MaxProblems <= 0 {
		t.MaxProblems = 10
	}
	return &page{Text: t, clock: c}
}

func (p *page) write(w io.Writer) error {
	_, err := io.WriteString(w, p.String())
	return err
}

// more says how many rows a list has beyond those that are shown.
func (p *page) more(n int, one, several string) {
	if n > 0 {
		p.printf("and %s more%s\n", terminal.Plural(n, one, several), hint(p.Hints.Whole))
	}
}

func (p *page) printf(format string, args ...any) { fmt.Fprintf(p, format, args...) }

// wrapped prints one line, folded at the width with the next lines indented.
func (p *page) wrapped(indent int, format string, args ...any) {
	p.WriteString(terminal.Fold(fmt.Sprintf(format, args...), p.Width, indent) + "\n")
}

func (p *page) capture(res *replay.Result) {
	c := res.Capture
	p.headline(c)
	line := "  " + p.clock.span(c.Start, c.End) + " UTC"
	if n := len(c.Ignored); n > 0 {
		names := c.Ignored[:min(n, 2)]
		more := ""
		if n > 2 {
			more = ", …"
		}
		line += fmt.Sprintf("; %s ignored (%s%s)", count(n, "file"), terminal.Clean(strings.Join(names, ", ")), more)
	}
	p.wrapped(4, "%s", line)
	p.jobs(c)
	if len(c.Restarts) > 0 {
		var list []string
		for _, r := range c.Restarts[:min(len(c.Restarts), 4)] {
			who := r.Instance
			if len(c.Jobs) > 1 {
				who = r.Job + "/" + who
			}
			list = append(list, fmt.Sprintf("%s %s", terminal.Clean(who), p.clock.at(r.Seen)))
		}
		if n := len(c.Restarts) - len(list); n > 0 {
			list = append(list, fmt.Sprintf("and %d more", n))
		}
		p.wrapped(4, "  restarts seen: %s", strings.Join(list, ", "))
	}
	p.choices(c, res.Problems)
	for _, note := range res.Notes {
		p.wrapped(4, "  memory: %s", terminal.Clean(note))
	}
}

func (p *page) headline(c replay.Summary) {
	every := ""
	if c.Interval > 0 {
		every = ", every " + duration(c.Interval)
	}
	p.wrapped(2, "%s: %s of %s, %s (%d failed)%s",
		terminal.Clean(c.Name), count(c.Targets, "target"), count(len(c.Jobs), "job"), count(c.Scrapes, "scrape"), c.FailedScrapes, every)
	if c.BulkSamples > 0 {
		p.printf("  %s of timestamped dumps\n", count(int(c.BulkSamples), "sample"))
	}
}

func (p *page) jobs(c replay.Summary) {
	t := table.Table{Columns: []table.Column{{}, {Max: 24}, {Right: true}, {Right: true}, {Right: true}, {Max: 16}}}
	for _, j := range c.Jobs {
		var versions []string
		for _, v := range c.Versions {
			if v.Job == j.Name {
				versions = append(versions, terminal.Clean(v.Version))
			}
		}
		t.Row("", terminal.Clean(j.Name), count(j.Targets, "target"), count(j.Scrapes, "scrape"), fmt.Sprintf("%d failed", j.Failed), strings.Join(versions, ", "))
	}
	p.WriteString(t.String())
}

// verdicts is the answer in one line.
func (p *page) verdicts(res *replay.Result) {
	var firing, noData, failed, alerts int
	var first time.Time
	var firstName string
	for _, r := range res.Rules {
		if r.Alert != "" {
			alerts++
		}
		switch r.Verdict {
		case replay.VerdictFiring:
			firing++
			if at := firstFiring(r); first.IsZero() || at.Before(first) {
				first, firstName = at, r.Alert
			}
		case replay.VerdictNoData:
			noData++
		case replay.VerdictError:
			failed++
		}
	}
	line := fmt.Sprintf("%d of %s fired", firing, count(alerts, "alert"))
	if alerts == 0 {
		line = count(len(res.Rules), "recording rule") + ", no alerts"
	}
	if firing > 0 {
		line += fmt.Sprintf(", %s first at %s", terminal.Clean(firstName), p.clock.at(first))
	}
	if noData > 0 {
		line += fmt.Sprintf("; %d saw no data", noData)
	}
	if failed > 0 {
		line += fmt.Sprintf("; %d failed", failed)
	}
	p.WriteString("\n")
	p.wrapped(2, "%s", p.bold(line))
	if res.Capture.Scrapes > 0 && res.Capture.Interval == 0 {
		p.wrapped(2, "One scrape a target: rate and increase need two, so they give nothing here.%s", afterSentence(p.Hints.OneScrape))
	}
	p.WriteString("\n")
}

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

// about names what each of a rule's alerts is on: its instance, else its other
// labels, and whatever tells it from the rule's other alerts.
func about(r replay.Rule) []string {
	var out []string
	for _, a := range r.Alerts {
		instance := a.Labels.Get("instance")
		var parts []string
		if instance != "" {
			parts = append(parts, instance)
		}
		a.Labels.Range(func(l labels.Label) {
			switch {
			case l.Name == "instance", l.Name == labels.AlertName, r.Labels.Has(l.Name):
			case instance == "" || tellsApart(r, a, l.Name):
				parts = append(parts, l.Name+"="+difference(r, a, l))
			}
		})
		if len(parts) == 0 {
			parts = []string{"all"}
		}
		out = append(out, clip(terminal.Clean(strings.Join(parts, " ")), 36))
	}
	return out
}

// tellsApart reports whether another alert of the rule on the same instance
// has another value of the label.
func tellsApart(r replay.Rule, a replay.Alert, name string) bool {
	return slices.ContainsFunc(r.Alerts, func(b replay.Alert) bool {
		return b.Labels.Get("instance") == a.Labels.Get("instance") && b.Labels.Get(name) != a.Labels.Get(name)
	})
}

// difference is a label's value; of a long one without what it begins with in
// the rule's other alerts on the same instance, too.
func difference(r replay.Rule, a replay.Alert, l labels.Label) string {
	shared := len(l.Value)
	for _, b := range r.Alerts {
		if v := b.Labels.Get(l.Name); v != l.Value && b.Labels.Get("instance") == a.Labels.Get("instance") {
			n := 0
			for n < min(shared, len(v)) && v[n] == l.Value[n] {
				n++
			}
			shared = n
		}
	}
	for shared < len(l.Value) && shared > 0 && !utf8.RuneStart(l.Value[shared]) {
		shared--
	}
	if len(l.Value) <= 20 || shared < 4 || shared == len(l.Value) {
		return l.Value
	}
	return "…" + l.Value[shared:]
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

// details explain the rules that could not have fired: no data, errors.
func (p *page) details(res *replay.Result) {
	var jobs []string
	for _, j := range res.Capture.Jobs {
		jobs = append(jobs, terminal.Clean(j.Name))
	}
	for _, r := range res.Rules {
		name := terminal.Clean(cmp.Or(r.Alert, r.Record))
		if r.Verdict == replay.VerdictNoData {
			p.WriteString("\n")
			p.wrapped(2, "%s saw no data: none of its selectors matched a series of this capture (jobs: %s)", name, strings.Join(jobs, ", "))
			for _, s := range r.Selectors {
				p.wrapped(6, "    %s", terminal.Clean(s.Text))
				if len(s.Similar) > 0 {
					p.wrapped(10, "      there is: %s", terminal.Clean(strings.Join(s.Similar, ", ")))
				}
			}
		}
		if r.Failed > 0 {
			p.WriteString("\n")
			p.wrapped(2, "%s: %d of %d evaluations failed, the last with: %s", name, r.Failed, r.Evaluations, terminal.Clean(r.Error))
		}
	}
}

func (p *page) problems(res *replay.Result) {
	list := withoutTimeSource(res.Problems)
	total := len(list) + res.Capture.HiddenProblems
	if total == 0 {
		return
	}
	p.printf("\n%s in the files:\n", count(total, "problem"))
	for _, pr := range list[:min(len(list), p.MaxProblems)] {
		p.wrapped(4, "  %s", terminal.ProblemLine(pr))
	}
	if n := total - p.MaxProblems; n > 0 {
		p.printf("  and %d more%s\n", n, hint(p.Hints.Whole))
	}
}

func (p *page) verdict(v replay.Verdict) string {
	if !p.Color {
		return string(v)
	}
	return "\x1b[" + colors[v] + "m" + string(v) + "\x1b[0m"
}

// colors are those of ECMA-48: red, yellow, green, magenta.
var colors = map[replay.Verdict]string{
	replay.VerdictFiring: "31", replay.VerdictPending: "33", replay.VerdictInactive: "32",
	replay.VerdictNoData: "35", replay.VerdictError: "35",
}

func (p *page) bold(s string) string {
	if !p.Color {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}
