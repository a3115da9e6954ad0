package html

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	nethtml "golang.org/x/net/html"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/verdict"
)

const incidentRules = `
groups:
- name: g
  rules:
  - alert: Down
    expr: up == 0
    for: 30s
    annotations: {summary: '{{ $labels.instance }} <b>is</b> down'}
  - alert: Slow
    expr: rate(kubeproxy_sync_proxy_rules_duration_seconds_sum[1m]) > 100
    for: 1m
  - alert: Both
    expr: sum by (instance) (up) > on (instance) sum by (instance) (up * 2)
  - record: r
    expr: sum(up)
`

// replayed replays the incident with everything that a page needs.
func replayed(t *testing.T) (*replay.Result, *Watcher, report.Text) {
	t.Helper()
	fsys, err := fixtures.FS("incident")
	if err != nil {
		t.Fatal(err)
	}
	c, err := capture.Open(fsys, "incident", capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	groups, errs := rules.Parse("rules.yml", []byte(incidentRules), rules.ParseOptions{})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	why, drawn := verdict.NewWatcher(), NewWatcher()
	res, err := replay.Run(context.Background(), replay.Options{Capture: c, Groups: groups, Observer: replay.Observers{why, drawn}})
	if err != nil {
		t.Fatal(err)
	}
	return res, drawn, report.Text{Why: why.Why(res)}
}

// TestReplay: the page shows the alerts that the JSON has, each in its states
// at the same times, the targets with what became of their scrapes, and the
// values of the rules.
func TestReplay(t *testing.T) {
	res, drawn, text := replayed(t)
	var page, data strings.Builder
	doc := Replay{Result: res, Words: text.Words(res), Targets: drawn.Targets(res), Charts: drawn.Charts(res)}.Document()
	if err := doc.Write(&page); err != nil {
		t.Fatal(err)
	}
	root := checked(t, page.String())
	if err := (report.JSON{}).Report(&data, res); err != nil {
		t.Fatal(err)
	}
	var want struct {
		Rules []struct {
			Alert  string
			Alerts []struct {
				Labels    map[string]string
				Intervals []struct {
					State, Start, End string
					Open              bool
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(data.String()), &want); err != nil {
		t.Fatal(err)
	}
	rows := alertRows(section(t, root, "alerts"))
	n := 0
	for _, r := range want.Rules {
		for _, a := range r.Alerts {
			var states []string
			for _, iv := range a.Intervals {
				end := "–" + iv.End[11:19]
				if iv.Open {
					end = " – end"
				}
				states = append(states, iv.State+" "+iv.Start[11:19]+end)
			}
			one := r.Alert + "/" + a.Labels["instance"] + "/" + strings.Join(states, ", ")
			if !slices.Contains(rows, one) {
				t.Errorf("the page lacks %s", one)
			}
			n++
		}
	}
	if n == 0 || len(rows) != n {
		t.Errorf("the page has %d alerts, the JSON %d:\n%s", len(rows), n, strings.Join(rows, "\n"))
	}
	for _, words := range []string{"kube-proxy/node-a", "120 scrapes, 8 failed, 1 restart (07:16:17)", "120 scrapes, 30 failed"} {
		if !strings.Contains(textOf(section(t, root, "targets")), words) {
			t.Errorf("the targets lack %q", words)
		}
	}
	for _, words := range []string{"Values of rate(kubeproxy_sync_proxy_rules_duration_seconds_sum[1m])", "node-a <b>is</b> down", "Both sides of sum by", "sum by (instance) (up * 2) {instance=\"node-b\"}"} {
		if !strings.Contains(textOf(section(t, root, "rules")), words) {
			t.Errorf("the rules lack %q", words)
		}
	}
}

// section is a part of a page.
func section(t *testing.T, root *nethtml.Node, id string) *nethtml.Node {
	t.Helper()
	for n := range root.Descendants() {
		if n.Data == "section" && slices.Contains(n.Attr, nethtml.Attribute{Key: "id", Val: id}) {
			return n
		}
	}
	t.Fatalf("there is no section %s", id)
	return nil
}

func textOf(n *nethtml.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == nethtml.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// alertRows are rule/on/states of a table of alerts.
func alertRows(n *nethtml.Node) (list []string) {
	rule := ""
	for tr := range n.Descendants() {
		if tr.Data != "tr" {
			continue
		}
		var cells []string
		for cell := range tr.ChildNodes() {
			if cell.Type == nethtml.ElementNode {
				cells = append(cells, textOf(cell))
			}
		}
		switch {
		case len(cells) == 1:
			rule = strings.Fields(cells[0])[1]
		case len(cells) == 4 && cells[0] != "On":
			list = append(list, rule+"/"+cells[0]+"/"+cells[2])
		}
	}
	return list
}

// TestCourse: of more series than are drawn those stay that come nearest to
// firing, with their extremes and gaps, in a bounded number of points.
func TestCourse(t *testing.T) {
	c := &course{name: "x", threshold: &query.Threshold{Op: "<", Value: 0}, start: noon, part: time.Hour}
	series := make([]labels.Labels, 30)
	for i := range series {
		series[i] = labels.FromStrings("i", fmt.Sprint(i))
	}
	for n := range 10_000 {
		var vec []query.Sample
		for i, ls := range series {
			v := float64(100 + i)
			switch {
			case i == 29 && n == 5000:
				v = -7
			case i == 29 && n > 6000 && n < 6100:
				continue
			}
			vec = append(vec, query.Sample{Labels: ls, Value: v})
		}
		c.take(noon.Add(time.Duration(n)*time.Hour*courseParts/10_000), vec)
	}
	lines, more := c.drawn(false)
	if len(lines) != courseLines || more != len(series)-courseLines {
		t.Fatalf("%d lines and %d more, want %d and %d", len(lines), more, courseLines, len(series)-courseLines)
	}
	if lines[0].Name != `{i="29"}` {
		t.Errorf("the first line is %s, and series 29 came nearest", lines[0].Name)
	}
	least, gaps := math.Inf(1), 0
	for i, p := range lines[0].Points {
		if i > 0 && p.Time.Before(lines[0].Points[i-1].Time) {
			t.Errorf("point %d is before the one in front of it", i)
		}
		if math.IsNaN(p.Value) {
			gaps++
		} else {
			least = min(least, p.Value)
		}
	}
	if least != -7 || gaps == 0 || len(lines[0].Points) > MaxPoints {
		t.Errorf("least %g, %d gaps, %d points; want -7, some, at most %d", least, gaps, len(lines[0].Points), MaxPoints)
	}
}

// TestSides: what is drawn of an expression.
func TestSides(t *testing.T) {
	for _, tt := range []struct {
		name, expr string
		want       []string
	}{
		{"a constant", "rate(a[1m]) > 5", []string{"rate(a[1m])"}},
		{"on the left", "5 < (a)", []string{"(a)"}},
		{"two vectors", "a > on (i) b", []string{"a", "b"}},
		{"beside a condition", "(a > 1) and b", []string{"a"}},
		{"a filter's value", "a > bool 1", nil},
		{"no comparison", "absent(a)", nil},
		{"two of them", "a > 1 or b > 1", nil},
	} {
		var got []string
		for _, x := range sidesOf(tt.expr, nil) {
			got = append(got, x.String())
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %s: %q, want %q", tt.name, tt.expr, got, tt.want)
		}
	}
}
