package serve

import (
	"html"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
)

// TestPages asks each page, and what may be wrong with it.
func TestPages(t *testing.T) {
	h := handler(t, nil)
	explore := func(kv ...string) string {
		v := url.Values{}
		for i := 0; i < len(kv); i += 2 {
			v.Set(kv[i], kv[i+1])
		}
		return "/explore?" + v.Encode()
	}
	for _, row := range []endpointRow{
		{name: "the start", reason: "examples", target: "/explore", want: []string{`<a href="/explore?expr=up">`, `value="2001-09-09 01:46:40"`, `value="2001-09-09 01:48:15"`}},
		{name: "a graph", reason: "each series is a line", target: explore("expr", "load"), want: []string{`data-line="0"`, `data-line="1"`, `load{instance=&#34;b&#34;, job=&#34;app&#34;}`, `data-start="1000000000000" data-end="1000000095000" data-step="10000"`}, not: []string{`data-line="2"`}},
		{name: "a part of it", reason: "from, to and step are of the address", target: explore("expr", "load", "from", "01:46:50", "to", "2001-09-09 01:47:10", "step", "5s"), want: []string{`data-start="1000000010000" data-end="1000000030000" data-step="5000"`, `value="2001-09-09 01:46:50"`, `value="5s"`}},
		{name: "a scalar", reason: "is a line as well", target: explore("expr", "42"), want: []string{`data-line="0"`}},
		{name: "nothing", reason: "is said", target: explore("expr", "nothing_of_this_name"), want: []string{"Nothing: no series had a sample"}},
		{name: "a warning", reason: "is shown", target: explore("expr", "rate(load[1m])"), want: []string{"metric might not be a counter"}},
		{name: "a table", reason: "at the end", target: explore("expr", "load", "tab", "table"), want: []string{"At 2001-09-09 01:48:15 UTC: 1 series", `<td>9</td>`}},
		{name: "a table of a range", reason: "values with their times", target: explore("expr", "load[20s]", "tab", "table"), want: []string{"8 at 2001-09-09 01:48:00; 9 at 2001-09-09 01:48:10"}},
		{name: "a string", reason: "in quotes", target: explore("expr", `"a<b"`, "tab", "table"), want: []string{`&#34;a&lt;b&#34;`}},
		{name: "what does not parse", reason: "the place is shown", target: explore("expr", "sum(load"), want: []string{"line 1, column 9", "  sum(load\n          ^", `aria-invalid="true"`}},
		{name: "a range as a graph", reason: "the table is named", target: explore("expr", "load[1m]"), want: []string{"this is a range vector: the table shows it"}},
		{name: "an error of the evaluation", reason: "is told", target: explore("expr", "load * on(job) load"), want: []string{"many-to-many"}},
		{name: "no time", reason: "what can be written", target: explore("expr", "load", "from", "soon<b>"), want: []string{"&#34;soon&lt;b&gt;&#34; is no time"}},
		{name: "no step", reason: "what can be written", target: explore("expr", "load", "step", "x"), want: []string{"write 15s"}},
		{name: "a step below a millisecond", reason: "is none", target: explore("expr", "load", "step", "0.0001"), want: []string{"a step is at least 1ms"}},
		{name: "too many steps", reason: "as the API", target: explore("expr", "load", "step", "5ms"), want: []string{"more than 11000 steps"}},
		{name: "an end before the start", reason: "is none", target: explore("expr", "load", "from", "5", "to", "4"), want: []string{"the end lies before the start"}},
		{name: "times that no page can tell", reason: "are refused", target: explore("expr", "load", "to", "1e18"), want: []string{"outside of the years 1 to 9999"}},
		{name: "lines", reason: "a field has one", target: explore("expr", "load # <- this\n> 3"), want: []string{`value="load &gt; 3"`}},
		{name: "the capture", reason: "targets as rows", target: "/", want: []string{"1 of 3 alerts fired, Down first", "20 scrapes of 2 targets", `class="bars`, "app/b"}},
		{name: "alerts", reason: "with links and the first sentence of why", target: "/alerts", want: []string{`href="/rules/g/Down"`, `href="/rules/h/Never"`, "firing", "Silent rules"}},
		{name: "a rule", reason: "its verdict, tree, picture and what can be asked", target: "/rules/g/Down", want: []string{"<h1>Down</h1>", "Down: firing, for 20s", "Of the group g in rules.yml.", "up == 0", `class="stacked tree"`, "b is down", `href="/explore?expr=up&#43;%3D%3D&#43;0"`, "ALERTS%7Balertname"}},
		{name: "a rule that records", reason: "its record can be asked", target: "/rules/g/job:up:sum", want: []string{`href="/explore?expr=job%3Aup%3Asum"`}},
		{name: "golden signals of none", reason: "no pack applies", target: "/signals", want: []string{"No pack of golden signals applies"}},
		{name: "problems", reason: "there are none", target: "/problems", want: []string{"The files have no problems."}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := get(h, row.target)
			require.Equal(t, 200, got.code, row.reason)
			require.Equal(t, pagePolicy, got.header.Get("Content-Security-Policy"))
			for _, want := range row.want {
				require.Contains(t, got.body, want, row.reason)
			}
			for _, not := range row.not {
				require.NotContains(t, got.body, not, row.reason)
			}
		})
	}
}

// pathOf is an address of a page.
func pathOf(v place) string {
	return strings.NewReplacer("{$}", "", "{group}", "g", "{name}", "Down").Replace(v.path)
}

// A page is read and nothing else, by those who may ask the API; it waits for
// its turn as that does.
func TestPagesAreGuarded(t *testing.T) {
	h := handler(t, func(o *Options) { o.Concurrency = 1 })
	for _, v := range h.places() {
		path := pathOf(v)
		require.Equal(t, 405, post(h, path, "expr=up").code, path)
		require.Equal(t, 200, do(h, httptest.NewRequest("HEAD", path, nil)).code, path)
		r := httptest.NewRequest("GET", path, nil)
		r.Host = "evil.example"
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, 403, w.Code, path)
	}
	h.gate = newGate(1)
	h.gate.wait = time.Millisecond
	h.gate.slots <- struct{}{}
	got := get(h, "/explore?expr=up")
	require.Equal(t, 503, got.code)
	require.Equal(t, "10", got.header.Get("Retry-After"))
	require.Contains(t, got.body, "<h1>Service Unavailable</h1>")
	require.Contains(t, got.body, "ask again later")
	<-h.gate.slots
	missing := get(h, "/rules/g/%3Cb%3E")
	require.Equal(t, 404, missing.code)
	require.Contains(t, missing.body, "There is no rule &#34;&lt;b&gt;&#34; in a group &#34;g&#34;.")
	require.Equal(t, 400, get(h, "/explore?expr=%zz").code)
}

// Zooming out, in and along stays within what can be asked.
func TestMovesAreAddresses(t *testing.T) {
	h := handler(t, func(o *Options) { o.Clock = ClockStill })
	got := get(h, "/explore?expr=load")
	require.Contains(t, got.body, "Times are moved by")
	require.NotRegexp(t, `data-line="0" d="M([0-9.]+) [0-9.]+L(0|1000) `, got.body, "the line lies within the moved times")
	links := regexp.MustCompile(`<li><a href="(/explore[^"]+)">`).FindAllStringSubmatch(got.body, -1)
	require.Len(t, links, 5)
	for _, l := range links {
		page := get(h, html.UnescapeString(l[1]))
		require.Equal(t, 200, page.code)
		require.NotContains(t, page.body, `id="wrong"`, l[1])
	}
	json := regexp.MustCompile(`<a href="(/api/[^"]+)">`).FindStringSubmatch(got.body)[1]
	answer := get(h, html.UnescapeString(json))
	require.Contains(t, answer.body, `"9"`)
}

// A capture of which nothing can be drawn has its pages as well.
func TestPagesOfAnEmptyCapture(t *testing.T) {
	h := handler(t, func(o *Options) { o.Replay = replay.Options{Capture: empty(t)} })
	for _, v := range h.places() {
		if v.name == "" {
			continue // it has no rules
		}
		require.Equal(t, 200, get(h, pathOf(v)).code, v.path)
	}
	require.Equal(t, 200, get(h, "/explore?expr=up").code)
}

// empty is a capture of one scrape, which failed.
func empty(t *testing.T) *capture.Capture {
	t.Helper()
	c, err := capture.Open(fstest.MapFS{"app/a/1000000000.err": {Data: []byte("refused")}}, "empty", capture.Options{})
	require.NoError(t, err)
	return c
}

// Names of series are what can be asked for.
func TestSeriesNames(t *testing.T) {
	for _, row := range []struct{ name, reason, want string }{
		{"a name alone", "without braces", `up`},
		{"a name and labels", "sorted", `up{a="1", b="x\"y"}`},
		{"no name", "of an aggregation", `{a="1"}`},
		{"nothing", "of sum()", `{}`},
		{"a name of UTF-8", "in quotes", `{"a b", c="1"}`},
		{"a label of UTF-8", "in quotes", `up{"a b"="1"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			ls := labels.EmptyLabels()
			if row.want != "{}" {
				ms, err := query.NewParser(nil).ParseMetricSelector(row.want)
				require.NoError(t, err, row.reason)
				b := labels.NewBuilder(ls)
				for _, m := range ms {
					b.Set(m.Name, m.Value)
				}
				ls = b.Labels()
			}
			require.Equal(t, row.want, seriesName(ls), row.reason)
		})
	}
}

// Pages other than /explore tell the capture's own times, and say what clients
// call them.
func TestOwnTimes(t *testing.T) {
	h := handler(t, func(o *Options) { o.Clock = ClockStill })
	for _, path := range []string{"/", "/alerts", "/signals", "/rules/g/Down"} {
		got := get(h, path)
		require.Contains(t, got.body, "Times on this page are the capture&#39;s own: its end, 2001-09-09 01:48:15 UTC, is what clients and /explore call 2027-01-15 07:59:55 UTC", path)
	}
	require.Contains(t, get(h, "/explore").body, "Times are moved by")
	require.NotContains(t, get(h, "/alerts").body, "Times are moved by")
	require.NotContains(t, get(h, "/explore").body, "Times on this page")
	require.NotContains(t, get(handler(t, nil), "/alerts").body, "Times on this page")
}
