package replay_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/ingest"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// exprs are expressions of every kind that segments, batches and what is kept
// have to do with.
var exprs = []string{
	`a > 2`, `sum(a) > 3`, `sum by (l) (rate(a[30s])) > 0.1`, `rate(a[25s]) / rate(b[25s]) > 0.4`, `up == 0`,
	`sum(a * on (instance, l) b) > 1`, `topk(1, a)`, `quantile(0.5, b)`, `absent(a{l="2"})`, `absent_over_time(b[20s])`,
	`max_over_time(a[40s:10s]) > 2`, `a offset 20s > 1`, `a offset -15s > 1`, `a @ end() > 2`, `max_over_time(a[1h] @ 1795244430) > 1`,
	`count({__name__=~"a|b|r.*"}) > 3`, `ALERTS{alertstate="firing"}`, `r0 > 1`, `sum(r0) > 2`, `b - r0 > 0`, `clash > 1`,
	`scrape_samples_scraped > 2`, `scrape_series_added > 0`, `process_start_time_seconds > 1`, `stddev(rate(a[30s])) > 0`, `-a < -2`,
	`vector(1)`, `vector(time() % 30) > 15`, `a and b > 1`, `a unless on (instance) b`, `label_replace(a, "x", "$1", "l", "(.*)") > 1`,
	`sum(rate(a[30s]) and on (instance) b) > 0.1`, `sum by (l) (a / on (instance, l) group_left (x) b) > 0.5`, `avg(a unless b) > 1`,
	`sum(rate(a[30s]) and on (instance) b) / sum(rate(a[30s])) > 0.2 and on () sum(rate(a[30s])) > 0.1`, `stddev(clamp_min(a, 1) * 3) > 1`,
	`sum(label_replace(a, "l", "x", "instance", "(.*)")) > 3`, `topk(1, a + b)`, `sum(a or b) > 3`, `sum(sum by (l) (a)) > 3`,
	`changes(a[1m]) > 1`, `no_such_metric > 1`, `a{l="none"} > 0`, `sort(a) > 1`, `count_values("v", a)`, `avg(a) > 1`,
}

// drawCapture makes targets with series that come, go, stand twice, bring their
// own times, and scrapes that fail.
func drawCapture(t *rapid.T) fstest.MapFS {
	out := fstest.MapFS{}
	for target := range rapid.IntRange(1, 3).Draw(t, "targets") {
		changes := rapid.IntRange(1, 6).Draw(t, "steadiness")
		body := ""
		for i := range rapid.IntRange(3, 25).Draw(t, "scrapes") {
			at := start.Add(time.Duration(i)*10*time.Second + time.Duration(target)*time.Second)
			name := fmt.Sprintf("app/t%d/%d", target, at.UnixMilli())
			switch rapid.IntRange(0, 20).Draw(t, "mishap") {
			case 0:
				out[name+".err"] = &fstest.MapFile{Data: []byte("refused\n")}
				continue
			case 1:
				continue
			}
			if body == "" || i%changes == 0 {
				body = ""
				for _, m := range []string{"a", "b", "clash", "r0", "process_start_time_seconds", "unseen"} {
					for l := range rapid.IntRange(0, 2).Draw(t, m) {
						own := ""
						if rapid.IntRange(0, 30).Draw(t, "own") == 0 {
							own = fmt.Sprint(" ", at.UnixMilli()+rapid.Int64Range(-40_000, 40_000).Draw(t, "by"))
						}
						body += fmt.Sprintf("%s{l=\"%d\"} VALUE%s\n", m, l, own)
					}
				}
			}
			n := rapid.IntRange(0, 5)
			text := body
			for strings.Contains(text, "VALUE") {
				text = strings.Replace(text, "VALUE", fmt.Sprintf("%d.1", n.Draw(t, "v")), 1)
			}
			if rapid.IntRange(0, 15).Draw(t, "damage") == 0 {
				text += "a{l=\"0\"} 9\nbroken {\n"
			}
			out[name+".prom"] = &fstest.MapFile{Data: []byte(text + "x 1\n")}
		}
	}
	switch rapid.IntRange(0, 4).Draw(t, "settings") {
	case 0:
		out["capture.yaml"] = &fstest.MapFile{Data: []byte("honor_labels: true\nmetric_relabel_configs: [{action: labeldrop, regex: instance|l}]\n")}
	case 1:
		out["capture.yaml"] = &fstest.MapFile{Data: []byte("ends: removed\n")}
	}
	out[fmt.Sprintf("app/t0/%d.prom", start.UnixMilli()-1)] = &fstest.MapFile{Data: []byte("a{l=\"0\"} 1\n")}
	return out
}

func drawRules(t *rapid.T) string {
	pool := exprs
	if rapid.Bool().Draw(t, "tame") { // so that segments are of several instants often enough
		pool = slices.DeleteFunc(slices.Clone(exprs), func(e string) bool {
			return strings.ContainsAny(e, "@") || strings.Contains(e, "-15s") || strings.Contains(e, "__name__")
		})
	}
	var b strings.Builder
	b.WriteString("groups:\n")
	for g := range rapid.IntRange(1, 3).Draw(t, "groups") {
		fmt.Fprintf(&b, "- name: g%d\n", g)
		if every := rapid.SampledFrom([]string{"", "5s", "10s", "30s"}).Draw(t, "interval"); every != "" {
			fmt.Fprintf(&b, "  interval: %s\n", every)
		}
		if rapid.IntRange(0, 8).Draw(t, "offset") == 0 {
			b.WriteString("  query_offset: 15s\n")
		}
		if rapid.IntRange(0, 8).Draw(t, "limit") == 0 {
			b.WriteString("  limit: 1\n")
		}
		b.WriteString("  rules:\n")
		for r := range rapid.IntRange(1, 4).Draw(t, "rules") {
			expr := rapid.SampledFrom(pool).Draw(t, "expr")
			if rapid.IntRange(0, 3).Draw(t, "record") == 0 {
				fmt.Fprintf(&b, "  - {record: '%s', expr: '%s'}\n", rapid.SampledFrom([]string{"r0", "r1", "clash"}).Draw(t, "name"), expr)
				continue
			}
			text := rapid.SampledFrom([]string{"", "", "", `{{ $value }}`, `{{ with query "sum(b)" }}{{ . | first | value }}{{ end }}`,
				`{{ range query (printf "%s" "a") }}{{ .Value }}{{ end }}`}).Draw(t, "text")
			fmt.Fprintf(&b, "  - {alert: A%d, expr: '%s', for: %s, annotations: {text: '%s'}}\n", r, expr,
				rapid.SampledFrom([]string{"0s", "15s", "40s"}).Draw(t, "for"), text)
		}
	}
	return b.String()
}

// What comes out is the same bytes however many instants are evaluated
// together, with any number of workers, and whether samples are dropped, all of
// them kept, or those that a Memory should hold.
func TestSegments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fsys, text := drawCapture(t), drawRules(t)
		c, err := capture.Open(fsys, "test", capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		lookback := rapid.SampledFrom([]time.Duration{0, 25 * time.Second}).Draw(t, "lookback")
		gaps := rapid.SampledFrom([]string{"", ingest.GapsFailed}).Draw(t, "gaps") // stored while others are decoded
		page := func(opts replay.Options) string {
			groups, errs := rules.Parse("rules.yml", []byte(text), rules.ParseOptions{})
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			opts.Capture, opts.Groups, opts.Lookback = c, groups, lookback
			opts.Ingest.FailOnDamage, opts.Ingest.Gaps = len(fsys)%3 == 0, gaps
			res, err := replay.Run(context.Background(), opts)
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := (report.JSON{}).Report(&b, res); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		whole := page(replay.Options{Keep: true, Segment: 1, Workers: 1})
		for _, o := range []replay.Options{
			{Segment: 1, Workers: 1},
			{Segment: 2, Workers: 2},
			{Segment: 5, Workers: 1},
			{Segment: 1000, Workers: 3},
			{},
			{Segment: 1, Workers: 2, Memory: new(replay.Memory)},
		} {
			if got := page(o); got != whole {
				t.Fatalf("segments of %d, %d workers:\n%s\nwhole:\n%s\nrules:\n%s", o.Segment, o.Workers, got, whole, text)
			}
		}
	})
}
