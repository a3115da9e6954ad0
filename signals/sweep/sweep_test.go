package sweep_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/sweep"
)

// scrapes make a capture of one target, ten seconds apart; "!" is a failed
// scrape, "-" none.
func scrapes(t *testing.T, bodies ...string) *capture.Capture {
	t.Helper()
	files := fstest.MapFS{}
	for i, body := range bodies {
		name := fmt.Sprintf("app/i/%d", begin.Add(time.Duration(i)*10*time.Second).UnixMilli())
		switch body {
		case "-":
		case "!":
			files[name+".err"] = &fstest.MapFile{Data: []byte("refused\n")}
		default:
			files[name+".prom"] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(body, "; ", "\n") + "\n")}
		}
	}
	c, err := capture.Open(files, "made", capture.Options{})
	require.NoError(t, err)
	return c
}

// rising is a gauge that rises by one a scrape, falls, and rises again.
func rising(t *testing.T) *capture.Capture {
	return scrapes(t, "m 1; n 5", "m 2; n 5", "m 3; n 5", "m 9; n 5", "m 4; n 5", "m 4; n 5", "m 4; n 5", "m 0; n 5")
}

func run(t *testing.T, c *capture.Capture, text string, incidents ...capture.Incident) []sweep.Comparison {
	t.Helper()
	groups, errs := rules.Parse("r.yml", []byte(text), rules.ParseOptions{})
	require.Empty(t, errs)
	res, err := sweep.Run(context.Background(), replay.Options{Capture: c, Groups: groups}, incidents...)
	require.NoError(t, err)
	return res.Comparisons
}

func alerting(expr, more string) string {
	return fmt.Sprintf("groups: [{name: g, rules: [{alert: A, expr: %q%s}]}]", expr, more)
}

var inf = math.Inf(1)

func below(v float64) float64 { return math.Nextafter(v, -inf) }
func above(v float64) float64 { return math.Nextafter(v, inf) }

func TestFires(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		expr, more   string
		fires        []sweep.Range
	}{
		{"above", "with the greatest value it is silent: > is strict", "m > 3", "", []sweep.Range{{-inf, below(9)}}},
		{"at least", "with the greatest value it still fires", "m >= 3", "", []sweep.Range{{-inf, 9}}},
		{"below", "with the least value it is silent", "m < 3", "", []sweep.Range{{above(0), inf}}},
		{"at most", "the other way round", "3 >= m", "", []sweep.Range{{0, inf}}},
		{"equal", "each value that was there", "n == 4", "", []sweep.Range{{5, 5}}},
		{"not equal", "all but the one value", "n != 5", "", []sweep.Range{{-inf, below(5)}, {above(5), inf}}},
		{"for", "three evaluations that follow one another are as high as 4 at least, so that for is reached: 9 is alone", "m > 3", ", for: 20s", []sweep.Range{{-inf, below(4)}}},
		{"longer for", "from the first 2 to the last 4", "m > 3", ", for: 50s", []sweep.Range{{-inf, below(2)}}},
		{"for longer than the capture", "nothing fires", "m > 3", ", for: 1h", []sweep.Range{}},
		{"left of and", "what stands beside it counts as it is", "m > 3 and n > 4", "", []sweep.Range{{-inf, below(9)}}},
		{"left of and, which holds at times", "at most 4 where the other side is there", "m > 3 and m < 5", "", []sweep.Range{{-inf, below(4)}}},
		{"right of and", "the left side is there with it", "n and on () m > 3", "", []sweep.Range{{-inf, below(9)}}},
		{"right of unless", "it must not hold once", "n unless on () m > 3", "", []sweep.Range{{0, inf}}},
		{"right of unless, for", "3 and less for three evaluations; 4 and less from the fifth", "n unless on () m > 3", ", for: 20s", []sweep.Range{{3, inf}}},
		{"by other labels", "what is not looked at is left out, in whatever order it is written", `label_replace(n, "a", "x", "", "") unless ignoring (z, a, b) m > 3`, "", []sweep.Range{{0, inf}}},
		{"left of or", "the right side stands in: always", "m > 3 or n", "", []sweep.Range{{-inf, inf}}},
		{"within another", "both comparisons of a chain", "m > 3 < 5", "", []sweep.Range{{-inf, below(4)}}},
		{"no value", "there is nothing to compare", "nothing > 3", "", []sweep.Range{}},
		{"NaN", "it passes != alone", "m - NaN > 3", "", []sweep.Range{}},
		{"an infinite value", "every finite threshold fires", "m * Inf > 3", "", []sweep.Range{{-inf, math.MaxFloat64}}},
		{"zero", "-0 and 0 are one threshold", "m * 0 >= 0", "", []sweep.Range{{-inf, 0}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list := run(t, rising(t), alerting(tt.expr, tt.more))
			require.Empty(t, list[0].Why)
			at := 0
			for i, c := range list { // the one that is meant has 3, or is the first
				if c.Value == 3 {
					at = i
				}
			}
			require.Equal(t, tt.fires, list[at].Fires, tt.reason)
		})
	}
}

// A failed scrape ends an alert, a missing one does not, and an evaluation that
// failed moves nothing.
func TestFiresOverDefects(t *testing.T) {
	hold := ", for: 30s"
	for _, tt := range []struct {
		name   string
		c      *capture.Capture
		expr   string
		silent float64
	}{
		{"whole", scrapes(t, "m 5", "m 5", "m 5", "m 5"), "m > 3", 5},
		{"missing", scrapes(t, "m 5", "m 5", "-", "m 5"), "m > 3", 5},
		{"failing", scrapes(t, "m 5", "m{a=\"1\"} 5; m 5", "m 5", "m 5"), "m * on (job) m > 3", 25},
		{"failing in between", scrapes(t, "m 5", "m 5", "m 5", "m{a=\"1\"} 5; m 5", "m 5"), "m * on (job) m > 3", 25},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := run(t, tt.c, alerting(tt.expr, hold))[0]
			require.Equal(t, []sweep.Edge{{Fires: below(tt.silent), Silent: tt.silent}}, c.Edges)
		})
	}
	c := run(t, scrapes(t, "m 5", "m 5", "!", "m 5"), alerting("m > 3", hold))[0]
	require.Empty(t, c.Fires, "failed: the series was stale in between")
}

// Names that fit nothing which rules write are no reason.
func TestSweptByNames(t *testing.T) {
	c := run(t, rising(t), alerting(`{__name__=~"m|AL", job="app"} > 3`, ""))[0]
	require.Empty(t, c.Why)
	require.Equal(t, []sweep.Range{{From: -inf, To: below(9)}}, c.Fires)
}

// What cannot be told exactly is not told, but why not.
func TestNotSwept(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		text         string
		why          string
	}{
		{"bool", "its value goes on", alerting("m > bool 3", ""), "with bool it lets everything through, as 0 or 1"},
		{"aggregation", "a count of what passes", alerting("count(m > 3)", ""), "it stands inside count(…), whose value changes with what passes"},
		{"function", "so with a set operator in between", alerting("absent(m > 3 and n)", ""), "it stands inside absent(…), whose value changes with what passes"},
		{"subquery", "what passes at other times", alerting("max_over_time((m > 3)[1m:10s])", ""), "it stands inside a subquery, whose value changes with what passes"},
		{"arithmetic", "which series are left can be an error", alerting("(m > 3) * 2", ""), "it stands inside an operand of *, whose value changes with what passes"},
		{"itself", "it reads its own alert", alerting("m > 3 unless on () ALERTS", ""), "the rule rests on what it writes itself"},
		{"itself by another", "its alert goes into what it reads", "groups: [{name: g, rules: [{record: r, expr: ALERTS}, {alert: A, expr: 'm > 3 unless on () r'}]}]", "the rule rests on what it writes itself"},
		{"anything", "the selector may match ALERTS", alerting("{job=\"app\"} > 3", ""), `A has a selector that names no metric, {job="app"}, so that it may rest on what the rule itself writes`},
		{"names that fit", "ALERTS is one of them", alerting("{__name__=~\"m|AL.*\"} > 3", ""), "the rule rests on what it writes itself"},
		{"a query in a label", "it may ask for anything", alerting("m > 3", ", labels: {l: '{{ query \"ALERTS\" }}'}"), "a label of A is made of a query, so that it may rest on what the rule itself writes"},
		{"names", "with delayed-name-removal names are there longer than one can ask", alerting("m > 3 and on (__name__) m", ""), "and, or, unless look at the metrics' names"},
		{"duplicates", "an error where both pass", alerting("(m > 3) or label_replace(n, \"a\", \"x\", \"\", \"\")", ", labels: {a: y}"), "with some thresholds two of its series become one alert, which is an error, first at 2026-11-21T07:00:05Z"},
		{"many", "each is computed for itself", alerting(strings.Repeat("m > 3 or ", 100)+"m > 3", ""), "the rule has 101 comparisons, and 100 are the most"},
		{"limit", "an error beyond it", "groups: [{name: g, limit: 1, rules: [{alert: A, expr: '(m > 3) or label_replace(n, \"a\", \"x\", \"\", \"\")'}]}]", "its group has a limit of 1 alerts, and with some thresholds there may be 2, which is an error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := run(t, rising(t), tt.text)[0]
			require.Equal(t, tt.why, c.Why, tt.reason)
			require.Nil(t, c.Fires)
			require.Nil(t, c.Points)
		})
	}
}

// A comparison says where it stands, and the rule with another threshold.
func TestPlaces(t *testing.T) {
	expr := "m\n  > 2 * 1.5 and -1 < n and sum(m) == 4 unless m > Inf"
	list := run(t, rising(t), alerting(expr, ""))
	var got []string
	for _, c := range list {
		got = append(got, fmt.Sprintf("%s | %s %v | %s", c.Expr, c.Op, c.Value, strings.Join(strings.Fields(c.With(7.5)), " ")))
		require.Equal(t, c.Expr, strings.Join(strings.Fields(expr[c.Start:c.End]), " "))
	}
	require.Equal(t, []string{
		"m > 2 * 1.5 | > 3 | m > (7.5) and -1 < n and sum(m) == 4 unless m > Inf",
		"-1 < n | > -1 | m > 2 * 1.5 and (7.5) < n and sum(m) == 4 unless m > Inf",
		"sum(m) == 4 | == 4 | m > 2 * 1.5 and -1 < n and sum(m) == (7.5) unless m > Inf",
		"m > Inf | > +Inf | m > 2 * 1.5 and -1 < n and sum(m) == 4 unless m > (7.5)",
	}, got)
}

// Points are in order, have the rule's own threshold and the edge among them,
// and say for how long and on how many.
func TestPoints(t *testing.T) {
	c := run(t, scrapes(t, `m{a="1"} 1; m{a="2"} 5`, `m{a="1"} 2; m{a="2"} 4`, `m{a="1"} 2; m{a="2"} 0`), alerting("m > 3", ""))[0]
	var got []string
	for _, p := range c.Points {
		got = append(got, fmt.Sprintf("%v %s %d %v", p.Threshold, p.Fired, p.Alerts, p.Own))
	}
	require.Equal(t, []string{"0 20s 2 false", "1 20s 2 false", "2 20s 1 false", "3 20s 1 true", "4 10s 1 false", "5 0s 0 false"}, got)
	require.Equal(t, 6, c.Values)
	require.Equal(t, [2]float64{0, 5}, [2]float64{c.Least, c.Most})
}

// Thresholds with which a rule tells of what happened, and of nothing else.
func TestSeparates(t *testing.T) {
	at := func(from, to int, alerts ...string) capture.Incident {
		return capture.Incident{From: begin.Add(time.Duration(from) * time.Second), To: begin.Add(time.Duration(to) * time.Second), Alerts: alerts}
	}
	of := func(in capture.Incident, targets ...string) capture.Incident {
		in.Targets = targets
		return in
	}
	c := scrapes(t, "m 1", "m 1", "m 8", "m 1", "m 4", "m 1", "m 6", "m 1") // seen at 5, 15, …
	held := scrapes(t, "m 8", "m 8", "m 1", "m 8", "m 8", "m 1", "m 1", "m 8", "m 8")
	for _, tt := range []struct {
		name, reason string
		c            *capture.Capture
		more         string
		incidents    []capture.Incident
		want         []sweep.Range
	}{
		{"the highest", "above what came next", c, "", []capture.Incident{at(20, 30)}, []sweep.Range{{6, below(8)}}},
		{"the second", "the highest fires with it", c, "", []capture.Incident{at(60, 70)}, []sweep.Range{}},
		{"one of two", "no alert is named: one is enough, none must be false", c, "", []capture.Incident{at(20, 30), at(60, 70)}, []sweep.Range{{4, below(8)}}},
		{"both of two", "they name the alert", c, "", []capture.Incident{at(20, 30, "A"), at(60, 70, "B", "A")}, []sweep.Range{{4, below(6)}}},
		{"named for another", "it need not tell of the second, and may fire in it", c, "", []capture.Incident{at(20, 30), at(60, 70, "B")}, []sweep.Range{{4, below(8)}}},
		{"for others alone", "there is nothing to tell of", c, "", []capture.Incident{at(60, 70, "B")}, nil},
		{"outside", "before the capture, so that it cannot tell of it", c, "", []capture.Incident{at(-60, -50)}, nil},
		{"another target", "what fires is on i", c, "", []capture.Incident{of(at(20, 30), "k")}, []sweep.Range{}},
		{"its target", "by a form with a star", c, "", []capture.Incident{of(at(20, 30), "app/*")}, []sweep.Range{{6, below(8)}}},
		{"to the end", "no end is said", c, "", []capture.Incident{{From: begin.Add(20 * time.Second)}}, []sweep.Range{{1, below(8)}}},
		{"its first moment", "active there, and it begins there", c, "", []capture.Incident{at(25, 25)}, []sweep.Range{{6, below(8)}}},
		{"its last moment", "the first evaluation out of it is its end", c, "", []capture.Incident{at(35, 35)}, []sweep.Range{}},
		{"ringing before", "with less than 1 it fires all the time: no false alarm, and nothing told", c, "", []capture.Incident{at(34, 34)}, []sweep.Range{}},
		{"kept", "one that is kept is one: with 1 to 8 it begins at 25", c, ", keep_firing_for: 1h", []capture.Incident{at(20, 30)}, []sweep.Range{{1, below(8)}}},
		{"kept for less", "over one evaluation in between, as with 1 to 4, and not until the third", c, ", keep_firing_for: 20s", []capture.Incident{at(20, 30)}, []sweep.Range{{1, below(4)}, {6, below(8)}}},
		{"kept for three", "over three, too", c, ", keep_firing_for: 21s", []capture.Incident{at(20, 30)}, []sweep.Range{{1, below(8)}}},
		{"for", "it began before, fires in it: told, and later times are false above 1", held, ", for: 10s", []capture.Incident{at(10, 20)}, []sweep.Range{{-inf, below(1)}}},
		{"kept and back", "what was kept goes on without for", held, ", for: 10s, keep_firing_for: 1h", []capture.Incident{at(15, 15)}, []sweep.Range{{-inf, below(8)}}},
		{"kept, back and gone", "the count begins anew when it is back", held, ", for: 10s, keep_firing_for: 5s", []capture.Incident{at(15, 15, "A"), at(80, 85, "A")}, []sweep.Range{{1, below(8)}}},
		{"pending in it", "it fires after its end", held, ", for: 10s", []capture.Incident{at(0, 6), at(30, 36), at(70, 76)}, []sweep.Range{{-inf, below(8)}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, run(t, tt.c, alerting("m > 3", tt.more), tt.incidents...)[0].Separates, tt.reason)
		})
	}
	require.Nil(t, run(t, c, alerting("m > 3", ""))[0].Separates, "no incident is known")
}

// A capture is read once.
func TestOnePass(t *testing.T) {
	c := rising(t)
	groups, errs := rules.Parse("r.yml", []byte(alerting("m > 3", "")), rules.ParseOptions{})
	require.Empty(t, errs)
	read := 0
	res, err := sweep.Run(context.Background(), replay.Options{Capture: c, Groups: groups, Progress: func(n int) { read++ }})
	require.NoError(t, err)
	require.Len(t, res.Comparisons, 1)
	require.Equal(t, c.Scrapes, read)
}

// A replay that is watched comes to what it comes to alone, and recording rules
// are not swept.
func TestChangesNothing(t *testing.T) {
	groups, errs := rules.Parse("r.yml", []byte("groups: [{name: g, rules: [{record: r, expr: m > 2}, {alert: A, expr: r > 3}, {alert: B, expr: m}]}]"), rules.ParseOptions{})
	require.Empty(t, errs)
	opts := replay.Options{Capture: rising(t), Groups: groups}
	alone, err := replay.Run(context.Background(), opts)
	require.NoError(t, err)
	res, err := sweep.Run(context.Background(), opts)
	require.NoError(t, err)
	require.Equal(t, alone.Rules, res.Rules)
	require.Len(t, res.Comparisons, 1)
	require.Equal(t, 1, res.Comparisons[0].Rule)
}

// Native histograms pass no comparison with a number, and are counted.
func TestHistogramsAreLeftOut(t *testing.T) {
	c, err := capture.Open(fstest.MapFS{
		"capture.yaml": {Data: []byte("convert_classic_histograms_to_nhcb: true\n")},
		fmt.Sprintf("app/i/%d.prom", begin.UnixMilli()): {Data: []byte("# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n")},
	}, "made", capture.Options{})
	require.NoError(t, err)
	list := run(t, c, alerting("h > 3", ""))
	require.Equal(t, 1, list[0].Histograms)
	require.Zero(t, list[0].Values)
	require.Empty(t, list[0].Fires)
}
