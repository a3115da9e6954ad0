package replay_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/query/promapi"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/serve"
)

// served is the Prometheus API over a capture.
func served(t *testing.T, c *capture.Capture) http.Handler {
	t.Helper()
	h, err := serve.New(context.Background(), serve.Options{Replay: replay.Options{Capture: c}})
	require.NoError(t, err)
	return h
}

// ask makes a handler the server of a replay.
func ask(t *testing.T, h http.Handler, c *capture.Capture, opts promapi.Options) *replay.Surveyed {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	from, to := time.UnixMilli(c.Start-60_000), time.UnixMilli(c.End+60_000)
	opts.URL, opts.From, opts.To, opts.Wait = server.URL, from, to, time.Millisecond
	client, err := promapi.New(opts)
	require.NoError(t, err)
	s, err := replay.Survey(context.Background(), client, "it", from, to)
	require.NoError(t, err)
	return s
}

// mixed are rules that rest on what rules write and on what the server has, in
// all ways in which an expression can mix the two.
const mixed = `groups:
- name: written
  rules:
  - record: job:up:sum
    expr: sum by (job) (up)
  - record: instance:requests:rate1m
    expr: sum by (instance, job) (rate(rest_client_requests_total[1m]))
- name: mixed
  interval: 15s
  rules:
  - {alert: Alone, expr: 'job:up:sum < 4'}
  - {alert: Both, expr: 'job:up:sum < on (job) group_right () up + 3', for: 20s}
  - {alert: Share, expr: 'instance:requests:rate1m / on (instance, job) sum by (instance, job) (rate(rest_client_requests_total{code="<error>"}[1m]) > 0) > 1'}
  - {alert: Scalar, expr: 'instance:requests:rate1m > scalar(avg(rate(rest_client_requests_total[1m])))'}
  - {alert: Subquery, expr: 'max_over_time((job:up:sum * on (job) group_right () up)[1m:5s]) < 4'}
  - {alert: Unless, expr: 'up unless on (instance) instance:requests:rate1m > 0.1', keep_firing_for: 1m}
  - {alert: Regex, expr: 'count({__name__=~"job:up:.*|up"}) < 5'}
  - {alert: Old, expr: 'job:up:sum offset 1m > on (job) job:up:sum'}
  - {alert: OfAlerts, expr: 'count(ALERTS{alertstate="firing"}) > 2 and on () sum(up) < 4'}
  - alert: Text
    expr: job:up:sum < 4
    labels: {down: '{{ with query "count(up == 0)" }}{{ . | first | value }}{{ end }}'}
    annotations: {summary: '{{ $value }} of {{ with query "count(up)" }}{{ . | first | value }}{{ end }}'}
`

// Rules over a server give what they give over the capture that it has: states,
// times, values, labels and annotations, whatever of an expression is evaluated
// where.
func TestServerGivesWhatTheCaptureGives(t *testing.T) {
	packs, err := os.ReadFile("../packs/sysdig/kube-proxy.rules.yml")
	require.NoError(t, err)
	for _, tt := range []struct{ name, demo, text string }{
		{"recorded beside kept series", "incident", mixed},
		{"recording rules alone", "incident", string(packs)},
		{"an API server that flaps", "flaky", mixed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			groups, errs := rules.Parse("r.yml", []byte(tt.text), rules.ParseOptions{})
			require.Empty(t, errs)
			c := demo(t, tt.demo)
			want := run(t, replay.Options{Capture: c, Groups: groups})
			s := ask(t, served(t, c), c, promapi.Options{})
			got := run(t, replay.Options{Capture: s.Capture, Server: s, Groups: groups})
			require.Equal(t, want.Groups, got.Groups)
			for i, r := range want.Rules {
				require.Equal(t, r, got.Rules[i], r.Alert+r.Record)
			}
			a, b := want.Capture, got.Capture
			require.Equal(t, []any{a.Targets, a.Scrapes, a.FailedScrapes, a.Start, a.End, a.Interval, a.Jobs, a.Restarts, a.Versions, a.Ended},
				[]any{b.Targets, b.Scrapes, b.FailedScrapes, b.Start, b.End, b.Interval, b.Jobs, b.Restarts, b.Versions, b.Ended})
			require.Nil(t, want.Server)
			require.Equal(t, "it", got.Server.URL)
		})
	}
}

// Without remote read the samples come as ranges: less can be said, and the
// states are the same.
func TestServerWithoutRemoteRead(t *testing.T) {
	c := demo(t, "incident")
	h := served(t, c)
	s := ask(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/read") {
			http.Error(w, "unsupported path requested", http.StatusBadRequest) // as VictoriaMetrics says it
			return
		}
		h.ServeHTTP(w, r)
	}), c, promapi.Options{})
	s.MetricsQL = true
	groups, errs := rules.Parse("r.yml", []byte(mixed), rules.ParseOptions{})
	require.Empty(t, errs)
	want := run(t, replay.Options{Capture: c, Groups: groups})
	got := run(t, replay.Options{Capture: s.Capture, Server: s, Groups: groups})
	for i, r := range want.Rules {
		if r.Alert == "Subquery" { // made of samples, and so of markers
			continue
		}
		require.Equal(t, r.Alerts, got.Rules[i].Alerts, r.Alert)
	}
	require.Len(t, got.Server.Notes, 2)
	require.Contains(t, got.Server.Notes[0], "no remote read (it answers with status 400)")
	require.Contains(t, got.Server.Notes[1], "MetricsQL")
	require.Contains(t, got.Server.Notes[1], "something else of Scalar, Share, instance:requests:rate1m")
}

// What is known of a server's engine, and of what looks ahead, is said.
func TestServerNotes(t *testing.T) {
	c := demo(t, "incident")
	for _, tt := range []struct{ name, version, expr, note string }{
		{"Prometheus 3 has none", "3.16.0", "up == 0", ""},
		{"Prometheus 2", "2.42.0", "up == 0", "a server that is Prometheus 2 takes the sample at the very beginning of a range"},
		{"what comes after the instant", "3.16.0", "up offset -1m == 0", "asked afterwards, the server knows what came after an instant, which it did not when the rules were evaluated: it matters to R"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := ask(t, served(t, c), c, promapi.Options{})
			s.Version = tt.version
			groups, errs := rules.Parse("r.yml", []byte("groups: [{name: g, rules: [{alert: R, expr: '"+tt.expr+"'}]}]"), rules.ParseOptions{})
			require.Empty(t, errs)
			got := run(t, replay.Options{Capture: s.Capture, Server: s, Groups: groups}).Server
			require.Equal(t, tt.version, got.Version)
			require.Contains(t, strings.Join(got.Notes, "\n"), tt.note)
			require.Equal(t, tt.note == "", len(got.Notes) == 0)
		})
	}
}

// A server that stops answering ends the replay: an alert that it could not be
// asked about is not silent.
func TestServerThatDies(t *testing.T) {
	c := demo(t, "incident")
	h := served(t, c)
	n := 0
	s := ask(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/query_range") {
			if n++; n > 1 {
				http.Error(w, "upstream is gone", http.StatusBadGateway)
				return
			}
		}
		h.ServeHTTP(w, r)
	}), c, promapi.Options{Parallel: 1})
	groups, errs := rules.Parse("r.yml", []byte(mixed), rules.ParseOptions{})
	require.Empty(t, errs)
	_, err := replay.Run(context.Background(), replay.Options{Capture: s.Capture, Server: s, Groups: groups})
	require.ErrorContains(t, err, "502 Bad Gateway: upstream is gone")
}

// Aligned instants are multiples of the groups' own intervals.
func TestAlign(t *testing.T) {
	groups, errs := rules.Parse("r.yml", []byte("groups: [{name: a, interval: 7s, rules: [{alert: A, expr: up}]}, {name: b, rules: [{alert: B, expr: up}]}]"), rules.ParseOptions{})
	require.Empty(t, errs)
	res := run(t, replay.Options{Capture: demo(t, "incident"), Groups: groups, Align: true})
	for i, every := range []int64{7, 5} {
		for _, a := range res.Rules[i].Alerts {
			require.Zero(t, a.Intervals[0].Start.UnixMilli()%(every*1000))
		}
	}
}
