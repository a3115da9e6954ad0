package html

import (
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	nethtml "golang.org/x/net/html"

	"github.com/scrapebook/scrapebook/signals/report"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// TestDocument: a page is well-formed, names its parts, and is its own or links
// to its style sheet.
func TestDocument(t *testing.T) {
	doc := Document{
		Title: "a <b>", Lead: []string{"1 & 2"}, Nav: []Link{{Name: "Alerts", Href: "#alerts", Current: true}},
		Sections: []Section{{ID: "alerts", Title: "Alerts", Body: Chart{Name: "up", Span: Span{Start: noon, End: noon.Add(time.Hour)}}.HTML()}},
	}
	alone := written(t, doc)
	for _, want := range []string{
		"<title>a &lt;b&gt; – scrapebook</title>", "<h1>a &lt;b&gt;</h1>", `<p class="answer">1 &amp; 2</p>`, `aria-current="page"`,
		`<section id="alerts" aria-labelledby="alerts-title">`, "<style>:root", "default-src 'none'; style-src 'sha256-", `aria-label="up"`,
	} {
		if !strings.Contains(alone, strings.ReplaceAll(want, "'", "&#39;")) && !strings.Contains(alone, want) {
			t.Errorf("a page that stands alone lacks %s", want)
		}
	}
	for _, no := range []string{"<script", "<link", " style=", " onload"} {
		if strings.Contains(alone, no) {
			t.Errorf("a page that stands alone has %q", no)
		}
	}
	doc.Style, doc.Scripts = "/style.css", []string{"/a.js"}
	live := written(t, doc)
	for _, want := range []string{`<link rel="stylesheet" href="/style.css">`, `<script src="/a.js" defer></script>`} {
		if !strings.Contains(live, want) {
			t.Errorf("a live page lacks %s", want)
		}
	}
	if strings.Contains(live, "<style") {
		t.Error("a live page has styles of its own, which its policy forbids")
	}
}

func written(t *testing.T, d Document) string {
	t.Helper()
	var b strings.Builder
	if err := d.Write(&b); err != nil {
		t.Fatal(err)
	}
	checked(t, b.String())
	return b.String()
}

// parsed is a page as a browser reads it, of which each element that is opened
// is closed where it should be.
func parsed(t *testing.T, text string) *nethtml.Node {
	t.Helper()
	var open []string
	for z := nethtml.NewTokenizer(strings.NewReader(text)); ; {
		switch z.Next() {
		case nethtml.ErrorToken:
			if z.Err() != io.EOF || len(open) > 0 {
				t.Fatalf("the page ends with %v, and %q are open", z.Err(), open)
			}
			root, err := nethtml.Parse(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			return root
		case nethtml.StartTagToken:
			if name, _ := z.TagName(); !slices.Contains([]string{"meta", "link", "br"}, string(name)) {
				open = append(open, string(name))
			}
		case nethtml.EndTagToken:
			name, _ := z.TagName()
			if len(open) == 0 || open[len(open)-1] != string(name) {
				t.Fatalf("</%s> closes %q", name, open)
			}
			open = open[:len(open)-1]
		}
	}
}

// checked holds a page against what all pages keep: no inline style or script,
// no address of another place, every id once, every reference to one that is
// there, each table with heads that have a scope, each picture named or hidden.
func checked(t *testing.T, text string) *nethtml.Node {
	t.Helper()
	root := parsed(t, text)
	ids := map[string]int{}
	var refs []string
	for n := range root.Descendants() {
		if n.Type != nethtml.ElementNode {
			continue
		}
		at := map[string]string{}
		for _, a := range n.Attr {
			at[a.Key] = a.Val
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
			}
		}
		if id, ok := at["id"]; ok {
			ids[id]++
		}
		refs = append(refs, strings.Fields(at["aria-labelledby"])...)
		if href := at["href"]; strings.HasPrefix(href, "#") {
			refs = append(refs, href[1:])
		} else if href != "" && !strings.HasPrefix(href, "/") {
			t.Errorf("<%s> leads to %q", n.Data, href)
		}
		switch {
		case n.Data == "th" && at["scope"] == "":
			t.Error("a th has no scope")
		case n.Data == "svg" && at["aria-hidden"] == "" && at["aria-label"] == "" && n.Parent.Data != "svg":
			t.Error("a picture has no name")
		case slices.Contains([]string{"img", "iframe", "object", "embed", "form", "base"}, n.Data):
			t.Errorf("there is a <%s>", n.Data)
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("the id %q stands %d times", id, n)
		}
	}
	for _, id := range refs {
		if ids[id] == 0 {
			t.Errorf("nothing has the id %q", id)
		}
	}
	return root
}

// TestText: nothing that a file says can steer what stands around it.
func TestText(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"plain", "node-a", "node-a"},
		{"the direction is not turned", "a\u202eb", `a\u202eb`},
		{"no NUL", "a\x00b", `a\x00b`},
		{"no escape code", "\x1b[31m", `\x1b[31m`},
		{"valid", "a\xffb", `a\ufffdb`},
		{"as long as it may be", strings.Repeat("é", report.MaxText), strings.Repeat("é", report.MaxText)},
		{"too long", strings.Repeat("é", 10_000), strings.Repeat("é", report.MaxText) + "… (9500 characters more)"},
	} {
		if got := Text(tt.in); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestThin: fewer points, the same extremes and gaps.
func TestThin(t *testing.T) {
	var points []Point
	for i := range 10_000 {
		p := Point{noon.Add(time.Duration(i) * time.Second), 1}
		switch {
		case i == 3333:
			p.Value = 50
		case i == 7777:
			p.Value = -50
		case i >= 5000 && i < 5200:
			p.Value = math.NaN()
		}
		points = append(points, p)
	}
	thin := Thin(points, MaxPoints)
	least, most, none := 0.0, 0.0, 0
	for i, p := range thin {
		if i > 0 && !p.Time.After(thin[i-1].Time) {
			t.Fatalf("point %d is not after the one before it", i)
		}
		if math.IsNaN(p.Value) {
			none++
			continue
		}
		least, most = min(least, p.Value), max(most, p.Value)
	}
	if len(thin) > MaxPoints || least != -50 || most != 50 || none == 0 {
		t.Errorf("%d points from %g to %g, %d gaps; want at most %d, -50 to 50, and a gap", len(thin), least, most, none, MaxPoints)
	}
}

// TestTicks: marks at times that read well, of which no text stands in another.
func TestTicks(t *testing.T) {
	for _, tt := range []struct {
		name       string
		start, end time.Duration // after noon
		want       string
	}{
		{"minutes", 7 * time.Second, 10*time.Minute + 3*time.Second, "12:02 12:04 12:06 12:08 12:10"},
		{"the first at the edge", 0, 55 * time.Second, "12:00:00 - 12:00:30 12:00:45"},
		{"several days", 0, 40 * time.Hour, "11-21 12:00 - 11-22 12:00 11-23 00:00"},
		{"months", 0, 200 * 24 * time.Hour, "2027-02-19 2027-05-20"},
		{"one instant", time.Second, time.Second, "12:00:01"},
		{"milliseconds", 0, 300 * time.Millisecond, "12:00:00.000 - 12:00:00.200 -"},
	} {
		var got []string
		for _, mark := range (Span{Start: noon.Add(tt.start), End: noon.Add(tt.end)}).ticks(maxTicks) {
			if mark.Text == "" {
				mark.Text = "-"
			}
			got = append(got, mark.Text)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, strings.Join(got, " "), tt.want)
		}
	}
}

// TestZone: times are told in a zone, whose days begin at its midnight.
func TestZone(t *testing.T) {
	zone := time.FixedZone("X", 5*3600+1800)
	var got []string
	for _, mark := range (Span{Start: noon, End: noon.Add(48 * time.Hour), Location: zone}).ticks(maxTicks) {
		got = append(got, mark.Text)
	}
	if want := "11-22 00:00  11-23 00:00 "; strings.Join(got, " ") != want {
		t.Errorf("%s, want %s", strings.Join(got, " "), want)
	}
	if text := (Span{Start: noon, End: noon.Add(time.Hour), Location: zone}).clock(noon); text != "17:30:00" {
		t.Errorf("noon is %s", text)
	}
}
