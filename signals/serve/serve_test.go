package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

const alertsText = `groups:
- name: g
  limit: 9
  rules:
  - record: job:up:sum
    expr: sum by(job)(up)
    labels: {team: a}
  - alert: Down
    expr: up == 0
    for: 20s
    labels: {severity: bad}
    annotations: {summary: "{{ $labels.instance }} is down"}
  - alert: Fails
    expr: label_replace(up, "instance", "", "instance", ".*")
- name: h
  rules:
  - alert: Never
    expr: load > 1e9
    keep_firing_for: 1m
`

// book10 is a capture of ten scrapes, 10 s apart from 1000 s on, of app/a and
// app/b; b does not answer from the sixth on.
func book10(t *testing.T) *capture.Capture {
	t.Helper()
	fsys := fstest.MapFS{"capture.yaml": {Data: []byte("interval: 10s\n")}}
	for i := range 10 {
		at := 1_000_000_000 + int64(i)*10
		text := fmt.Sprintf("# HELP load Work <now>.\n# TYPE load gauge\nload %d\n# TYPE http_total counter\nhttp_total{code=\"200\"} %d\n", i, i*100)
		fsys[fmt.Sprintf("app/a/%d.prom", at)] = &fstest.MapFile{Data: []byte(text)}
		if i < 5 {
			fsys[fmt.Sprintf("app/b/%d.prom", at)] = &fstest.MapFile{Data: []byte(text)}
		} else {
			fsys[fmt.Sprintf("app/b/%d.err", at)] = &fstest.MapFile{Data: []byte("connection refused\n")}
		}
	}
	c, err := capture.Open(fsys, "ten", capture.Options{})
	require.NoError(t, err)
	return c
}

const (
	first = 1_000_000_000
	last  = first + 90
)

// wall is the clock on the wall of the tests.
var wall = time.Unix(1_800_000_003, 0)

func handler(t *testing.T, change func(*Options)) *Handler {
	t.Helper()
	groups, errs := rules.Parse("rules.yml", []byte(alertsText), rules.ParseOptions{})
	require.Empty(t, errs)
	opts := Options{Replay: replay.Options{Capture: book10(t), Groups: groups}}
	if change != nil {
		change(&opts)
	}
	h, err := newHandler(context.Background(), opts, func() time.Time { return wall })
	require.NoError(t, err)
	return h
}

// reply is what came back.
type reply struct {
	code   int
	body   string
	header http.Header
}

func do(h http.Handler, r *http.Request) reply {
	r.Host = "localhost:9099"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	body, _ := io.ReadAll(w.Result().Body)
	return reply{w.Code, string(body), w.Result().Header}
}

func get(h http.Handler, target string) reply {
	return do(h, httptest.NewRequest("GET", target, nil))
}

func post(h http.Handler, path, form string) reply {
	r := httptest.NewRequest("POST", path, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return do(h, r)
}

// TestEndpoints asks each endpoint, with what may be given to it and what may
// be wrong with it. What queries give, and the texts of errors, are compared
// with upstream's own in signals/internal/oracle.
func TestEndpoints(t *testing.T) {
	h := handler(t, nil)
	for _, row := range endpointRows {
		t.Run(row.name, func(t *testing.T) {
			got := get(h, row.target)
			code := row.code
			if code == 0 {
				code = 200
			}
			require.Equal(t, code, got.code, got.body)
			for _, want := range row.want {
				require.Contains(t, got.body, want, row.reason)
			}
			for _, not := range row.not {
				require.NotContains(t, got.body, not, row.reason)
			}
			if strings.HasPrefix(row.target, api) && code != 204 {
				require.True(t, json.Valid([]byte(got.body)), got.body)
				require.Equal(t, "application/json", got.header.Get("Content-Type"))
			}
		})
	}
}

type endpointRow struct {
	name, reason, target string
	code                 int // 0: 200
	want, not            []string
}

var endpointRows = []endpointRow{
	{name: "query without a time", reason: "now is the capture's end, which rules went on to",
		target: "/api/v1/query?query=load", want: []string{`"instance":"a","job":"app"},"value":[1000000095,"9"]`}, not: []string{`"instance":"b"`}},
	{name: "query at a time", reason: "as a server", target: "/api/v1/query?query=load&time=1000000041", want: []string{`[1000000041,"4"]`, `"instance":"b"`}},
	{name: "stats", reason: "samples are counted", target: "/api/v1/query?query=load&stats=all", want: []string{`"stats":{`, `"totalQueryableSamples":1`}},
	{name: "range over all", reason: "both ends are included", target: "/api/v1/query_range?query=load&start=1000000000&end=1000000020&step=10", want: []string{`"values":[[1000000000,"0"],[1000000010,"1"],[1000000020,"2"]]`}},
	{name: "a step below a millisecond", reason: "a server divides by zero", target: "/api/v1/query_range?query=load&start=1&end=1&step=0.0001", code: 400, want: []string{`invalid parameter \"step\"`}},
	{name: "exemplars", reason: "none are kept", target: "/api/v1/query_exemplars?query=load", want: []string{`"data":[]`}},
	{name: "exemplars of nothing", reason: "as a server", target: "/api/v1/query_exemplars?query=1", code: 204},
	{name: "labels", reason: "those that rules wrote are there", target: "/api/v1/labels", want: []string{`["__name__","alertname","alertstate","code","instance","job","severity","team"]`}},
	{name: "labels outside of the capture", reason: "a head has none there", target: "/api/v1/labels?start=5", want: []string{`"__name__"`}},
	{name: "labels after the capture", reason: "a head has none there", target: "/api/v1/labels?start=1100000000", want: []string{`"data":[]`}},
	{name: "values", reason: "of the metrics' names", target: "/api/v1/label/__name__/values?match[]=%7Bcode!=%22%22%7D", want: []string{`"data":["http_total"]`}},
	{name: "series", reason: "sorted, each once", target: "/api/v1/series?match[]=load&match[]=%7B__name__=%22load%22%7D", want: []string{`"data":[{"__name__":"load","instance":"a","job":"app"},{"__name__":"load","instance":"b","job":"app"}]`}},
	{name: "series of a time", reason: "b has no sample after its marker", target: "/api/v1/series?match[]=load&start=1000000060", want: []string{`"data":[{"__name__":"load","instance":"a","job":"app"}]`}},
	{name: "metadata", reason: "of the last scrape that did not fail, of all targets once", target: "/api/v1/metadata", want: []string{`"http_total":[{"type":"counter","help":"","unit":""}],"load":[{"type":"gauge","help":"Work \u003cnow\u003e.","unit":""}]`}},
	{name: "metadata of a metric", reason: "as a server", target: "/api/v1/metadata?metric=load", want: []string{`{"load":[`}, not: []string{"http_total"}},
	{name: "metadata of none", reason: "limit=0 is none", target: "/api/v1/metadata?limit=0", want: []string{`"data":{}`}},
	{name: "metadata by targets", reason: "as a server", target: "/api/v1/targets/metadata?metric=load&match_target=%7Binstance=%22b%22%7D", want: []string{`"data":[{"target":{"instance":"b","job":"app"},"type":"gauge"`}},
	{name: "targets", reason: "the last scrape and why it failed", target: "/api/v1/targets", want: []string{`"health":"up"`, `"lastError":"connection refused","lastScrape":"2001-09-09T01:48:10Z"`, `"health":"down"`, `"scrapeInterval":"10s"`, `"droppedTargetCounts":{"app":0}`}},
	{name: "dropped targets alone", reason: "as a server", target: "/api/v1/targets?state=dropped", want: []string{`"activeTargets":[]`}},
	{name: "targets of a pool", reason: "of no other", target: "/api/v1/targets?scrapePool=none", want: []string{`"activeTargets":[]`}},
	{name: "pools", reason: "the jobs", target: "/api/v1/scrape_pools", want: []string{`{"scrapePools":["app"]}`}},
	{name: "alertmanagers", reason: "there are none", target: "/api/v1/alertmanagers", want: []string{`{"activeAlertmanagers":[],"droppedAlertmanagers":[]}`}},
	{name: "configuration", reason: "what is known of it", target: "/api/v1/status/config", want: []string{`evaluation_interval: 10s`, `job_name: app`, `- rules.yml`}},
	{name: "flags", reason: "by a server's names", target: "/api/v1/status/flags", want: []string{`"query.lookback-delta":"5m"`, `"query.max-samples":"5592405"`}},
	{name: "build", reason: "without features: Grafana takes them for Mimir's", target: "/api/v1/status/buildinfo", want: []string{`"version":"3.16.0"`}, not: []string{"features"}},
	{name: "runtime", reason: "nothing of the machine", target: "/api/v1/status/runtimeinfo", want: []string{`"CWD":""`, `"hostname":""`}},
	{name: "tsdb", reason: "counted", target: "/api/v1/status/tsdb?limit=1", want: []string{`"seriesCountByMetricName":[{"name":"ALERTS","value":2}]`, `"minTime":1000000000000`, `"numSeries":16`}},
	{name: "tsdb without rows", reason: "as a server", target: "/api/v1/status/tsdb?limit=0", code: 400, want: []string{"limit must be a positive number"}},
	{name: "features", reason: "upstream's own list", target: "/api/v1/features", want: []string{`"at_modifier":true`, `"abs":true`, `"mad_over_time":false`, `"admin":false`}},
	{name: "replay of the WAL", reason: "done", target: "/api/v1/status/walreplay", want: []string{`{"current":0,"max":0,"min":0}`}},
	{name: "notifications", reason: "none", target: "/api/v1/notifications", want: []string{`"data":[]`}},
	{name: "writing", reason: "read-only", target: "/api/v1/write", code: 404, want: []string{"read-only"}},
	{name: "deleting", reason: "read-only", target: "/api/v1/admin/tsdb/delete_series?match[]=up", code: 500, want: []string{"admin APIs disabled", `"errorType":"unavailable"`}},
	{name: "an unknown path", reason: "a Prometheus-shaped error", target: "/api/v1/what", code: 404, want: []string{`"errorType":"not_found"`}},
	{name: "a path outside", reason: "no file is served", target: "/../../etc/passwd", code: 307, not: []string{"root:"}},
	{name: "healthy", reason: "promtool check healthy", target: "/-/healthy", want: []string{"Prometheus Server is Healthy.\n"}},
	{name: "ready", reason: "promtool check ready", target: "/-/ready", want: []string{"Prometheus Server is Ready.\n"}},
	{name: "own metrics", reason: "what is held", target: "/metrics", want: []string{"scrapebook_capture_targets 2", "scrapebook_capture_scrapes 20"}},
	{name: "federation", reason: "a stale series is left out", target: "/federate?match[]=load&match[]=up", want: []string{"# TYPE load untyped\nload{instance=\"a\",job=\"app\"} 9 1000000090000\n# TYPE up untyped\n"}, not: []string{`load{instance="b"`}},
	{name: "federation of a selector that is none", reason: "as a server", target: "/federate?match[]=%7B", code: 400},
	{name: "the page", reason: "names are escaped, links work", target: "/", want: []string{"<h1>ten</h1>", "20 scrapes of 2 targets", "1 firing, 0 pending"}},
	{name: "its styles", reason: "from here", target: "/style.css", want: []string{"body", ".choices"}},
	{name: "its script", reason: "from here", target: "/explore.js", want: []string{"'use strict'"}},
}

// Federation looks no further back than queries do: with this clock now is 3 s
// after the end, which is that of the last scrapes for so short look-backs.
func TestFederateLooksBack(t *testing.T) {
	for lookback, want := range map[time.Duration]bool{2 * time.Second: false, 4 * time.Second: true} {
		h := handler(t, func(o *Options) { o.Clock, o.Replay.Lookback = ClockStill, lookback })
		require.Equal(t, want, strings.Contains(get(h, "/federate?match[]=load").body, `load{instance="a"`), lookback)
	}
}

// The links of the page give something.
func TestPageLinks(t *testing.T) {
	h := handler(t, func(o *Options) { o.Clock = ClockStill })
	b := h.book.Load()
	links := (&request{book: b, shift: h.shift(b)}).links()
	require.Len(t, links, 17)
	for _, l := range links {
		got := get(h, l.Path)
		require.Equal(t, 200, got.code, l.Path)
		require.NotContains(t, got.body, `"result":[]`, l.Path)
	}
}

// Posted forms are what addresses are.
func TestPost(t *testing.T) {
	h := handler(t, nil)
	for _, path := range []string{"query", "query_range", "labels", "series", "format_query", "parse_query", "query_exemplars"} {
		form := url.Values{"query": {"load"}, "match[]": {"load"}, "start": {"1000000000"}, "end": {"1000000010"}, "step": {"5"}, "time": {"1000000000"}}.Encode()
		want, got := get(h, api+path+"?"+form), post(h, api+path, form)
		require.Equal(t, want.body, got.body, path)
		require.Equal(t, 200, got.code, path)
	}
	require.Equal(t, 405, post(h, api+"rules", "").code)
}
