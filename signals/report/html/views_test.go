package html

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	nethtml "golang.org/x/net/html"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// hostileNames are what a file may call things.
func hostileNames() []string {
	list := []string{
		"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, `'><svg onload=alert(1)>`, "javascript:alert(1)", "data:text/html,<script>alert(1)</script>",
		"</style><script>alert(1)</script>", "</title><script>", "</textarea>", "<!--", "-->", "]]>", "<![CDATA[", "&lt;script&gt;", "&#x3c;script&#x3e;", "{{.}}", "${7*7}",
		"\x1b[31mred\x1b[0m", "\x1b]0;title\a", "a\u202eb", "a\u2066b\u2069", "a\u200bb", "\ufeffa", "a\x00b", "\xff\xfe", "a\xc3(", "\r\nSet-Cookie: a=b", "a\nb", "a\tb",
		strings.Repeat("x", 10_000), strings.Repeat("<b>", 4_000), strings.Repeat("\u202e", 4_000), "e\u0301\u0301\u0301\u0301", "日本語", "👩‍👩‍👧", "../../etc/passwd", `C:\windows`,
		"<a href=javascript:alert(1)>x</a>", "<base href=//evil>", "<meta http-equiv=refresh content=0>", "<iframe srcdoc=x>", "<link rel=stylesheet href=//evil>", "<style>*{}</style>",
		"expression(alert(1))", "url(//evil)", "\" style=\"x", "' onclick='x", "` onclick=`x", "=cmd|' /C calc'!A0", "@everyone", " ", "<math><mi//xlink:href=\"data:x,<script>\">",
	}
	return list
}

// TestHostile: whatever a file calls things, each view shows text, as checked
// says, and no element comes of it.
func TestHostile(t *testing.T) {
	plain := elements(t, hostilePage("name"))
	for _, name := range hostileNames() {
		page := hostilePage(name)
		if got := elements(t, page); got != plain {
			t.Errorf("%.60q: other elements than of a plain name:\n%s\n%s", name, got, plain)
		}
		if len(page) > 300_000 {
			t.Errorf("%.60q: the page has %d bytes", name, len(page))
		}
		for _, bad := range []string{"\x00", "\x1b", "\u202e", "\u2066", "\u200b", "\r"} {
			if strings.Contains(page, bad) {
				t.Errorf("%.60q: the page has %q", name, bad)
			}
		}
	}
}

// elements are the names of those of a page, in order.
func elements(t *testing.T, page string) string {
	t.Helper()
	var out strings.Builder
	for n := range checked(t, page).Descendants() {
		if n.Type == nethtml.ElementNode {
			out.WriteString(n.Data + " ")
		}
	}
	return out.String()
}

// hostilePage is a page of every view, in which everything has one name.
func hostilePage(name string) string {
	span := Span{Start: noon, End: noon.Add(10 * time.Minute)}
	iv := []replay.Interval{{State: replay.Pending, Start: noon, End: noon.Add(time.Minute)}, {State: replay.Firing, Start: noon.Add(time.Minute), End: noon.Add(5 * time.Minute)}}
	words := report.RuleWords{
		Rule: 3, Name: name, Verdict: replay.VerdictFiring, For: "1m", Closest: name, Notes: []string{name},
		Alerts: []report.AlertWords{{On: name, States: []string{"pending " + name}, Worst: name, Intervals: iv, Annotated: []string{name + ": " + name}}},
		Why:    []verdict.Finding{{ID: "quiet", Text: name, Try: []verdict.Try{{Change: name, Outcome: name}}}},
	}
	silent := words
	silent.Alerts, silent.Verdict = nil, replay.VerdictInactive
	chart := Chart{Name: name, Note: name, Span: span, Lines: []Line{{Name: name, Points: []Point{{noon, 1}, {noon.Add(time.Minute), 2}}}}}
	tree := report.TreeWords{Head: name, Error: name, Notes: "a", Nodes: []report.NodeWords{{Expr: name, Values: name, Cause: name}}}
	board := &packs.Result{Mode: packs.OverTime, Start: span.Start, End: span.End, Packs: []packs.PackResult{{Pack: name, Signals: []packs.SignalResult{{
		Name: name, Title: name, Worst: &packs.Extreme{Time: noon, Value: 1},
		Series: []packs.Series{{Target: packs.Target{Job: name, Instance: name}, Points: []packs.Point{{Time: noon, Value: 1}, {Time: noon.Add(time.Minute), Value: 2}}}},
	}}}}}
	doc := Document{Title: name, Lead: []string{name, name}, Foot: name, Nav: []Link{{Name: name, Href: "#a"}}}
	doc.add("a", name,
		Targets{Span: span, Hint: name, Rows: []TargetRow{{Job: name, Instance: name, Labels: labels.FromStrings("l", name), Interval: time.Minute, Scrapes: []Scrape{{noon, false}, {noon.Add(time.Minute), true}}}}}.HTML(),
		Alerts{Span: span, Rules: []report.RuleWords{words, silent}, Rule: func(n int) string { return "#" + RuleAnchor(n) }, Hint: name}.HTML(),
		Rule{Words: words, Expr: name, Trees: []report.TreeWords{tree}, Chart: &chart, Titled: true}.HTML(),
		Golden{Result: board, Words: report.BoardWords{Head: name, Skipped: "not here: " + name, Packs: []report.PackWords{{
			Title: name, Headlines: []report.HeadlineWords{{Concern: name, Level: "bad", Title: name, Worst: name, Where: name}},
			Rows: []report.SignalWords{{Target: name, Level: "bad", Title: name, Worst: name, Note: name}},
		}}}}.HTML(),
		Problems{List: []expfmt.Problem{{File: name, Line: 3, Column: 1, ID: "x", Severity: "error", Message: name, Text: "a" + name}}, Hidden: 2, Hint: name}.HTML(),
		Difference{Words: report.DifferenceWords{Head: []string{name}, Change: "Change", More: 1, Moves: []report.MoveWords{{Kind: "new", Series: name, Change: name}}}, Hint: name}.HTML(),
		passage(name),
	)
	var b strings.Builder
	if err := doc.Write(&b); err != nil {
		panic(err)
	}
	return b.String()
}

// TestSizes: however much there is, a view is bounded, and says what it leaves
// out.
func TestSizes(t *testing.T) {
	span := Span{Start: noon, End: noon.Add(time.Hour)}
	var targets Targets
	targets.Span, targets.Hint = span, "ask for more"
	for i := range 1000 {
		row := TargetRow{Job: "j", Instance: fmt.Sprintf("node-%d", i), Interval: 10 * time.Second}
		for n := range 360 {
			row.Scrapes = append(row.Scrapes, Scrape{noon.Add(time.Duration(n) * 10 * time.Second), n%2 == 0 && i == 777})
		}
		targets.Rows = append(targets.Rows, row)
	}
	alerts := Alerts{Span: span, Hint: "ask for more"}
	one := report.AlertWords{On: "x"}
	for n := range 100 {
		one.States = append(one.States, "firing")
		at := noon.Add(time.Duration(n) * 36 * time.Second)
		one.Intervals = append(one.Intervals, replay.Interval{State: replay.Firing, Start: at, End: at})
	}
	rule := report.RuleWords{Name: "Alert", Verdict: replay.VerdictFiring, Alerts: slices.Repeat([]report.AlertWords{one}, 100)}
	alerts.Rules = slices.Repeat([]report.RuleWords{rule}, 1000)
	line := Line{Name: "l"}
	for n := range 36_000 {
		line.Points = append(line.Points, Point{noon.Add(time.Duration(n) * 100 * time.Millisecond), math.Sin(float64(n))})
	}
	chart := Chart{Name: "c", Span: span, Lines: slices.Repeat([]Line{line}, 100)}
	problems := Problems{List: make([]expfmt.Problem, 10_000), Hidden: 5, Hint: "ask for more"}
	for _, tt := range []struct {
		name string
		view template.HTML
		most int
		want []string
	}{
		{"targets", targets.HTML(), 200_000, []string{"and 800 more targets, of which none has more failed scrapes than these: ask for more", "j/node-777"}},
		{"alerts", alerts.HTML(), 1_000_000, []string{"and 700 more rules: ask for more", "and 80 more alerts: ask for more", "and 100 more alerts: ask for more", "and 94 more"}},
		{"chart", chart.HTML(), 200_000, []string{"80 more lines are not drawn"}},
		{"problems", problems.HTML(), 100_000, []string{"and 9805 more problems: ask for more"}},
	} {
		if len(tt.view) > tt.most {
			t.Errorf("%s: %d bytes, %d at most", tt.name, len(tt.view), tt.most)
		}
		for _, want := range tt.want {
			if !strings.Contains(string(tt.view), want) {
				t.Errorf("%s: does not say %q", tt.name, want)
			}
		}
	}
}
