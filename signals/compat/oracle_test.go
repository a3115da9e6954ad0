package compat

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/scrapebook/scrapebook/signals/catalogue"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/timeline"
)

// A rule that is said to break on a version returns nothing when the engine
// evaluates it over what a program of that version shows.
func TestBreaksReturnsNothing(t *testing.T) {
	c, err := catalogue.Read(strings.NewReader(made), "made")
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(7, 1))
	rounds := 2000
	if testing.Short() {
		rounds = 400
	}
	broken, alive := 0, 0
	engine := query.NewEngine(query.Options{Features: features})
	worlds := map[string]*timeline.Timeline{}
	for n := range rounds {
		if n%100 == 0 {
			for _, v := range c.Versions {
				worlds[v] = world(t, r, c, v)
			}
		}
		expr := expression(r, 4)
		g, err := rules.ParseExpr("r", expr, rules.ParseOptions{Features: features})
		if err != nil {
			continue // two scalars compared, a string in a sum
		}
		result, err := Check(c, c.Versions, []*rules.Group{g}, features)
		if err != nil {
			t.Fatal(err)
		}
		explained(t, result.Rules[0])
		for _, run := range result.Rules[0].Verdicts {
			for v := run.From; ; v = next(v) {
				value, err := engine.Instant(context.Background(), worlds[v], expr, time.Unix(600, 0))
				if err == nil && value.Type == query.Vector {
					want := 0
					if strings.HasPrefix(expr, "absent") {
						want = 1 // it breaks by being always true
					}
					switch {
					case run.Verdict != Breaks:
						alive++
					case len(value.Series) != want:
						t.Errorf("%s on version %s: said to break, and returns %v", expr, v, value.Series)
						for _, f := range result.Rules[0].Findings {
							t.Log(describe(f))
						}
					default:
						broken++
					}
				}
				if v == run.To {
					break
				}
			}
		}
	}
	t.Logf("%d broken, %d not", broken, alive)
	if broken < rounds/4 || alive < rounds/4 {
		t.Errorf("only %d of %d evaluations were of broken rules", broken, broken+alive)
	}
}

func next(v string) string {
	n, _ := strconv.Atoi(v)
	return strconv.Itoa(n + 1)
}

// world is what a program of a version shows for ten minutes, at random where
// the catalogue leaves it open.
func world(t *testing.T, r *rand.Rand, c *catalogue.Catalogue, version string) *timeline.Timeline {
	t.Helper()
	tl := timeline.New()
	add := func(name string, own []string, step func() float64) {
		ref := tl.Series(labels.FromStrings(append([]string{"__name__", name, "job", "j"}, own...)...))
		value := 0.0
		for ts := int64(0); ts <= 600_000; ts += 60_000 {
			value += step()
			if err := tl.Append(ref, ts, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range c.Names() {
		p := c.At(name, version)
		if p.State == catalogue.Gone || p.State == catalogue.NotYet || p.Hidden || !p.State.Has() && r.IntN(2) == 0 {
			continue
		}
		several := 1
		for _, l := range p.Labels {
			if l.Value == "" {
				several = 1 + r.IntN(2)
			}
		}
		for i := range several {
			var own []string
			for _, l := range p.Labels {
				value := l.Value
				if value == "" {
					value = []string{"x", "y"}[i]
				}
				own = append(own, l.Name, value)
			}
			step := func() float64 { return float64(r.IntN(200)) }
			if p.Type != "histogram" {
				add(name, own, step)
				if p.Type == "summary" {
					add(name+"_sum", own, step)
					add(name+"_count", own, step)
				}
				continue
			}
			counts := make([]float64, len(p.Bounds)+1) // the increase of each bucket
			sum := 0.0
			for b := range counts {
				sum += float64(r.IntN(3))
				counts[b] = sum
			}
			for b, count := range counts {
				le := "+Inf"
				if b < len(p.Bounds) {
					le = strconv.FormatFloat(p.Bounds[b], 'f', -1, 64)
					if !strings.Contains(le, ".") {
						le += ".0"
					}
				}
				add(name+"_bucket", append([]string{"le", le}, own...), func() float64 { return count })
			}
			add(name+"_count", own, func() float64 { return sum })
			add(name+"_sum", own, step)
		}
	}
	return tl
}

// expression draws one.
func expression(r *rand.Rand, depth int) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	if depth == 0 || r.IntN(6) == 0 {
		return selector(r, pick)
	}
	e := func() string { return expression(r, depth-1) }
	number := func() string { return pick("0", "1", "0.3", "60", "61", "100", "-1") }
	switch r.IntN(13) {
	case 0:
		return fmt.Sprintf("%s(%s[5m])", pick("rate", "increase", "max_over_time", "absent_over_time"), selector(r, pick))
	case 1:
		return fmt.Sprintf("%s by (%s) (%s)", pick("sum", "max", "count"), pick("", "a", "url", "host, url", "le", "family, a"), e())
	case 2:
		return fmt.Sprintf("%s without (%s) (%s)", pick("sum", "min"), pick("a", "family", "url"), e())
	case 3:
		return fmt.Sprintf("(%s) %s (%s)", e(), pick("and", "or", "unless"), e())
	case 4:
		return fmt.Sprintf("(%s) %s on (%s) (%s)", e(), pick("and", "or", "unless", "+", "/", ">"), pick("job", "a", "job, family"), e())
	case 5, 6:
		return fmt.Sprintf("(%s) %s %s", e(), pick(">", ">=", "<", "=="), number())
	case 7:
		return fmt.Sprintf("%s %s (%s)", number(), pick("<", "<=", ">", "*"), e())
	case 8, 9:
		return fmt.Sprintf("histogram_quantile(%s, sum by (%s) (rate(%s_bucket%s[5m]))) %s %s", pick("0.5", "0.99", "1", "1.5", "0"), pick("le", "le, a", "job, le"),
			pick("seconds", "odd", "parts"), pick("", `{a="x"}`), pick(">", ">=", "=="), pick("0.02", "0.021", "0.5", "1", "59", "60", "61"))
	case 10:
		return fmt.Sprintf("%s(%s)", pick("absent", "abs", "sort", "max", "-"), e())
	case 11:
		return fmt.Sprintf("(%s) %s %s", e(), pick("*", "/", "+", "-"), number())
	}
	return pick("vector(1)", "up", "time()", "scalar("+e()+")", "vector(scalar("+e()+"))")
}

func selector(r *rand.Rand, pick func(...string) string) string {
	name := pick("gone_total", "late_total", "there_total", "silent_total", "hidden_total", "relabelled", "divided", "divided_too", "retyped",
		"seconds_bucket", "seconds_count", "odd_bucket", "parts_bucket", "parts_sum", "pods", "node_x")
	if r.IntN(3) > 0 {
		return name
	}
	return fmt.Sprintf("%s{%s%s%q}", name, pick("url", "host", "code", "kind", "a", "family", "le", "namespace"), pick("=", "!=", "=~", "!~"), pick("", "x", "y", "x|y", "0.5", "60.0", "+Inf", ".*", ".+"))
}

func FuzzCheck(f *testing.F) {
	c, err := catalogue.Read(strings.NewReader(made), "made")
	if err != nil {
		f.Fatal(err)
	}
	for _, expr := range []string{
		"gone_total > 0", `sum by (url) (rate(relabelled{url="x"}[5m:1m])) > 1`, `60 <= -histogram_quantile(0.9, seconds_bucket{le="1"}) / -2`,
		"absent(late_total) or divided - on (a) group_left (family) divided_too", "info(there_total)", `{__name__=~"a|b"}`, "1 > bool 2", `label_replace(up, "a", "b", "c", "d")`,
	} {
		f.Add(expr)
	}
	f.Fuzz(func(t *testing.T, expr string) {
		g, err := rules.ParseExpr("r", expr, rules.ParseOptions{Features: features})
		if err != nil {
			return
		}
		result, err := Check(c, c.Versions, []*rules.Group{g}, features)
		if err != nil {
			t.Fatal(err)
		}
		explained(t, result.Rules[0])
		for _, f := range result.Rules[0].Findings {
			if f.Start < 0 || f.End > len(expr) || f.Start > f.End || expr[f.Start:f.End] != f.Expr {
				t.Errorf("%q at %d..%d of %q", f.Expr, f.Start, f.End, expr)
			}
		}
	})
}
