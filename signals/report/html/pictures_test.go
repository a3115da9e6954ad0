package html

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

// hundred is a span of a hundred seconds: one is 10 of a picture's width.
var hundred = Span{Start: noon, End: noon.Add(100 * time.Second)}

func second(n int) time.Time { return noon.Add(time.Duration(n) * time.Second) }

// TestPictures: what stands where.
func TestPictures(t *testing.T) {
	target := Targets{Span: hundred, Rows: []TargetRow{{
		Instance: "a", Interval: 10 * time.Second,
		Scrapes: []Scrape{{second(0), false}, {second(10), true}, {second(20), false}, {second(50), false}, {second(100), true}},
		Gaps:    []replay.Gap{{From: second(20), To: second(50)}}, Restarts: []time.Time{second(50)},
	}}}
	alert := Alerts{Span: hundred, Rules: []report.RuleWords{{
		Name: "A", Why: []verdict.Finding{{Text: "first"}, {Text: "second"}},
		Alerts: []report.AlertWords{{On: "x", Intervals: []replay.Interval{
			{State: replay.Pending, Start: second(10), End: second(20)}, {State: replay.Firing, Start: second(20), End: second(40)}, {State: replay.Firing, Start: second(60), End: second(60)},
		}}},
	}}}
	five := 5.0
	chart := Chart{Name: "c", Span: hundred, Threshold: &five, Compared: ">", Lines: []Line{{Name: "l", Points: []Point{
		{second(0), 0}, {second(10), 10}, {second(20), math.NaN()}, {second(30), 5}, {second(40), math.NaN()}, {second(50), 2.5}, {second(60), math.Inf(1)},
	}}}}
	for _, tt := range []struct{ name, page, want string }{
		{"answered, but where one failed", string(target.HTML()), `class="answered" d="M0 8h100v8h-100zM200 8h100v8h-100zM500 8h100v8h-100z"`},
		{"failed, the last one at the edge", string(target.HTML()), `class="failed" d="M100 0h100v16h-100zM998 0h2v16h-2z"`},
		{"a gap, from where a scrape is missing", string(target.HTML()), `class="gap" d="M300 13h200v2h-200z"`},
		{"a restart", string(target.HTML()), `class="restart" d="M500 0V16"`},
		{"the same in words", string(target.HTML()), `<td>5 scrapes, 2 failed, 1 gap (12:00:20–12:00:50), 1 restart (12:00:50)</td>`},
		{"pending", string(alert.HTML()), `class="pending" d="M100 8h100v8h-100z"`},
		{"firing, also for one instant", string(alert.HTML()), `class="firing" d="M200 0h200v16h-200zM600 0h2v16h-2z"`},
		{"the finding that decides", string(alert.HTML()), `<span class="why">first</span>`},
		{"lines, broken where no value is, and a dot", string(chart.HTML()), `d="M0 200L100 0M500 150L600 0M300 100h0"`},
		{"the threshold", string(chart.HTML()), `class="threshold" d="M0 100H1000"`},
		{"an infinity is named", string(chart.HTML()), `<span>&#43;Inf</span><span>5</span><span>0</span>`},
		{"the extremes in the table", string(chart.HTML()), `<td data-head="lowest">0<span class="at"> 12:00:00</span></td>`},
	} {
		if !strings.Contains(tt.page, tt.want) {
			t.Errorf("%s: no %s in\n%s", tt.name, tt.want, tt.page)
		}
	}
}

// TestGolden: small charts, the worst signal first, gaps as gaps, and the worst
// line in front.
func TestGolden(t *testing.T) {
	series := func(instance string, values ...float64) packs.Series {
		s := packs.Series{Target: packs.Target{Instance: instance}}
		for i, v := range values {
			if !math.IsNaN(v) {
				s.Points = append(s.Points, packs.Point{Time: second(10 * i), Value: v})
			}
		}
		return s
	}
	signal := func(title string, level packs.Level, worst int, list ...packs.Series) packs.SignalResult {
		return packs.SignalResult{Title: title, Level: level, Series: list, Worst: &packs.Extreme{Series: worst, Time: noon, Value: 4}}
	}
	g := Golden{Result: &packs.Result{Mode: packs.OverTime, Start: hundred.Start, End: hundred.End, Step: 10 * time.Second, Packs: []packs.PackResult{{Signals: []packs.SignalResult{
		signal("good one", packs.Good, 0, series("a", 1, 1)),
		signal("none", packs.None, 0, series("a", 1, 1)),
		signal("bad one", packs.Bad, 0, series("a", 4, 4, math.NaN(), 0, 0), series("b", 2, 2)),
	}}}}, Words: report.BoardWords{Packs: []report.PackWords{{Title: "p"}}}}
	page := string(g.HTML())
	last := -1
	for _, want := range []string{
		"bad one", `class="line soft" data-line="0" d="M0 100L100 100"`, `class="line s0" data-line="1" d="M0 0L100 0M300 200L400 200"`, "good one", "<strong>none",
	} {
		at := strings.Index(page, want)
		if at <= last {
			t.Errorf("%s: at %d, after %d:\n%s", want, at, last, page)
		}
		last = at
	}
}

// TestNearer: which value of two is the one to see.
func TestNearer(t *testing.T) {
	for _, tt := range []struct {
		name string
		op   string
		a, b float64
		want bool
	}{
		{"above, the higher", ">", 2, 1, true},
		{"above, the lower", ">=", 1, 2, false},
		{"below, the lower", "<", 1, 2, true},
		{"below, the higher", "<=", 2, 1, false},
		{"equal, the nearer to 5", "==", 4, 9, true},
		{"unequal, the further from 5", "!=", 9, 4, true},
		{"no threshold, the higher", "", 2, 1, true},
		{"no threshold, the lower", "", 1, 2, false},
		{"a number before none", ">", 1, math.NaN(), true},
		{"none after a number", ">", math.NaN(), 1, false},
	} {
		c := course{}
		if tt.op != "" {
			c.threshold = &query.Threshold{Op: tt.op, Value: 5}
		}
		if got := c.nearer(tt.a, tt.b); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// TestWorstTargets: of too many targets those stay of which most scrapes
// failed, in their order.
func TestWorstTargets(t *testing.T) {
	var all Targets
	for i := range maxTargets + 100 {
		row := TargetRow{Instance: string(rune('a' + i%26)), Labels: labels.EmptyLabels()}
		for range i / 100 {
			row.Scrapes = append(row.Scrapes, Scrape{Failed: true})
		}
		all.Rows = append(all.Rows, row)
	}
	got := all.worst()
	failures := 0
	for i := range got {
		failures += got[i].failures()
	}
	if len(got) != maxTargets || failures != 100*1+100*2 {
		t.Errorf("%d targets with %d failures, want %d with 300", len(got), failures, maxTargets)
	}
}
