package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/scrapebook/scrapebook/signals/jitter"
	"github.com/scrapebook/scrapebook/signals/judge"
	"github.com/scrapebook/scrapebook/signals/prometheus2"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/sweep"
	"github.com/scrapebook/scrapebook/signals/terminal"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// Text writes a Result for a person: what was replayed, how many rules fired
// and which first, then a row for each rule, the firing ones on top.
type Text struct {
	// Width is how many columns of a screen are filled; 0: there is none, and
	// each row and sentence is one line, as a pipe to grep wants it.
	Width int
	Color bool // states, and values that passed a threshold, in colour
	// All shows every row of a list. Without it a screen's worth is shown, what
	// is bad first, and the rest is counted.
	All bool
	// MaxProblems are shown, the rest is counted; 0 means 10.
	MaxProblems int
	// What the replay was told of damage and gaps, which are then no choice of
	// ours to be shown.
	FailOnDamage, GapsFailed bool
	// Hints are what the program that shows the page can do about it.
	Hints Hints
	// Why holds the findings of the result's rules, in their order, of which
	// the first is shown, or all with WhyAll; nil when they were not asked for.
	Why    [][]verdict.Finding
	WhyAll bool
	// Judgement is what is known to have happened beside what told of it; nil
	// when nothing is known.
	Judgement *judge.Judgement
	// Sweep holds the comparisons of the result's rules, and what other
	// thresholds would have come to; nil when that was not asked for.
	Sweep []sweep.Comparison
	// Prometheus2 is what Prometheus 2 would have said otherwise; nil when it
	// was not asked for.
	Prometheus2 *prometheus2.Comparison
	// Jitter is what came of the result's trials; nil when there were none.
	Jitter *jitter.Result
}

// Report implements Reporter.
func (t Text) Report(w io.Writer, res *replay.Result) error {
	p := newPage(t, newClock(res.Start, res.End))
	p.capture(res)
	p.verdicts(res)
	p.rules(res)
	p.incidents(res)
	p.prometheus2(res)
	p.why(res)
	p.sweep(res)
	p.luck(p.Jitter)
	p.details(res)
	p.problems(res)
	return p.write(w)
}

// page is the text under way.
type page struct {
	Text
	strings.Builder
	clock     clock
	unsettled bool // the times of scrapes are not known
}

func newPage(t Text, c clock) *page {
	if t.MaxProblems <= 0 {
		t.MaxProblems = 10
	}
	return &page{Text: t, clock: c}
}

func (p *page) write(w io.Writer) error {
	_, err := io.WriteString(w, p.String())
	return err
}

// table begins one as wide as the page.
func (p *page) table(columns ...terminal.Column) *terminal.Table {
	return &terminal.Table{Width: p.Width, Columns: columns}
}

// most is how many rows of a list are shown, n of them or all.
func (p *page) most(n int) int {
	if p.All {
		return math.MaxInt
	}
	return n
}

// rest is a hint at where the rest of a list is, which with All is nowhere.
func (p *page) rest() string {
	if p.All {
		return ""
	}
	return hint(cmp.Or(p.Hints.Rows, p.Hints.Whole))
}

// whole makes a name from a file fit for a terminal, and one word. A name that
// fills a screen is shortened, which it then says.
func whole(s string) string { return terminal.Whole(Shorten(s)) }

// more says how many rows a list has beyond those that are shown.
func (p *page) more(n int, one, several string) {
	if n > 0 {
		p.wrapped(2, "and %s more%s", terminal.Plural(n, one, several), p.rest())
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
		names := c.Ignored[:min(n, p.most(2))]
		more := ""
		if n > len(names) {
			more = ", …"
		}
		line += fmt.Sprintf("; %s ignored (%s%s)", count(n, "file"), terminal.Clean(strings.Join(names, ", ")), more)
	}
	p.wrapped(4, "%s", line)
	p.jobs(c)
	if len(c.Restarts) > 0 {
		var list []string
		for _, r := range c.Restarts[:min(len(c.Restarts), p.most(4))] {
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
	p.server(res)
	for _, note := range res.Notes {
		p.wrapped(4, "  memory: %s", terminal.Clean(note))
	}
}

func (p *page) headline(c replay.Summary) {
	every := ""
	if c.Interval > 0 && !p.unsettled {
		every = ", every " + duration(c.Interval)
	}
	p.wrapped(2, "%s: %s of %s, %s (%d failed)%s",
		terminal.Clean(c.Name), count(c.Targets, "target"), count(len(c.Jobs), "job"), count(c.Scrapes, "scrape"), c.FailedScrapes, every)
	if c.BulkSamples > 0 {
		p.wrapped(4, "  %s of timestamped dumps", count(int(c.BulkSamples), "sample"))
	}
}

func (p *page) jobs(c replay.Summary) {
	t := p.table(terminal.Column{Yield: 5}, terminal.Column{Right: true, Yield: 4}, terminal.Column{Right: true, Yield: 3}, terminal.Column{Right: true, Yield: 2}, terminal.Column{Least: 16, Yield: 1})
	t.Indent = 2
	for _, j := range c.Jobs {
		var versions []string
		for _, v := range c.Versions {
			if v.Job == j.Name {
				versions = append(versions, terminal.Clean(v.Version))
			}
		}
		t.Row(whole(j.Name), count(j.Targets, "target"), count(j.Scrapes, "scrape"), fmt.Sprintf("%d failed", j.Failed), strings.Join(versions, ", "))
	}
	p.WriteString(t.String())
}

// verdicts is the answer in one line.
func (p *page) verdicts(res *replay.Result) {
	p.WriteString("\n")
	p.wrapped(2, "%s", p.bold(p.answer(res)))
	if oneScrape(res) {
		p.wrapped(2, "%s%s", oneScrapeText, afterSentence(p.Hints.OneScrape))
	}
	p.WriteString("\n")
}

const oneScrapeText = "One scrape a target: rate and increase need two, so they give nothing here."

func oneScrape(res *replay.Result) bool { return res.Capture.Scrapes > 0 && res.Capture.Interval == 0 }

// answer says how many rules fired, and which first.
func (p *page) answer(res *replay.Result) string {
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
		}
		if r.Failed > 0 {
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
	return line
}

// details explain the rules that could not have fired: no data, errors.
func (p *page) details(res *replay.Result) {
	var jobs []string
	for _, j := range res.Capture.Jobs {
		jobs = append(jobs, terminal.Clean(j.Name))
	}
	for _, r := range res.Rules {
		name := terminal.Clean(cmp.Or(r.Alert, r.Record))
		if r.Verdict == replay.VerdictNoData && p.Why == nil { // else a finding tells
			p.WriteString("\n")
			p.wrapped(2, "%s saw no data: none of its selectors matched a series of this capture (jobs: %s)", name, strings.Join(jobs, ", "))
			p.selectors(r.Selectors)
		}
		if blind := blindOf(r); len(blind) > 0 && p.Why == nil {
			p.WriteString("\n")
			p.wrapped(2, "%s is partly blind: what it asks for here matched no series of this capture", name)
			p.selectors(blind)
		}
		if r.Failed > 0 && p.Why == nil {
			p.WriteString("\n")
			p.wrapped(2, "%s: %d of %d evaluations failed, the last with: %s", name, r.Failed, r.Evaluations, terminal.Clean(r.Error))
		}
		p.annotations(name, r)
	}
}

// annotations are what the engine had to say of a rule's queries.
func (p *page) annotations(name string, r replay.Rule) {
	if len(r.Warnings)+len(r.Infos) > 0 {
		p.WriteString("\n")
	}
	for _, list := range [][]string{r.Warnings, r.Infos} {
		for _, text := range list[:min(len(list), p.most(maxAnnotations))] {
			p.wrapped(4, "  %s: %s", name, terminal.Clean(text))
		}
		if n := len(list) - p.most(maxAnnotations); n > 0 {
			p.wrapped(4, "  %s: and %d more%s", name, n, p.rest())
		}
	}
}

// selectors names some and what there is in place of what they ask for.
func (p *page) selectors(list []replay.Selector) {
	for _, s := range list {
		p.wrapped(6, "    %s", terminal.Clean(s.Text))
		if len(s.Similar) > 0 {
			p.wrapped(10, "      there is: %s", terminal.Clean(strings.Join(s.Similar, ", ")))
		}
	}
}

// maxAnnotations bounds what is shown of a rule; the JSON has more.
const maxAnnotations = 2

// blindOf are the selectors that matched nothing of a rule that saw something
// and never was true.
func blindOf(r replay.Rule) []replay.Selector {
	if r.Verdict != replay.VerdictInactive || r.Record != "" && r.Recorded > 0 {
		return nil
	}
	var blind []replay.Selector
	for _, s := range r.Selectors {
		if s.Series == 0 {
			blind = append(blind, s)
		}
	}
	if len(blind) == len(r.Selectors) {
		return nil
	}
	return blind
}

func (p *page) problems(res *replay.Result) {
	list := withoutAssumptions(res.Problems)
	total := len(list) + res.Capture.HiddenProblems
	if total == 0 {
		return
	}
	p.WriteString("\n")
	p.wrapped(2, "%s in the files:", count(total, "problem"))
	shown := list[:min(len(list), p.most(p.MaxProblems))]
	for _, pr := range shown {
		p.wrapped(4, "  %s", terminal.ProblemLine(pr))
	}
	if n := len(list) - len(shown); n > 0 {
		p.wrapped(4, "  and %d more%s", n, p.rest())
	}
	if n := res.Capture.HiddenProblems; n > 0 {
		p.wrapped(4, "  and %d more, which were only counted", n)
	}
}

func (p *page) verdict(v replay.Verdict) string { return p.painted(string(v), colors[v]) }

// painted is text in a colour of ECMA-48, or as it is. It must be one word: a
// table folds cells between words.
func (p *page) painted(text, color string) string {
	if !p.Color || text == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

// thresholdColor is cyan.
const thresholdColor = "36"

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
