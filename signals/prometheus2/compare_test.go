package prometheus2_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/prometheus2"
	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// start is a whole second, and so are all times: the instants of a replay with
// the phase 0 then have samples on the edges of what they look back on.
const start = 1_699_999_980_000

// body is the k-th scrape of an app, one every 30 s.
func body(k int) string {
	text := "# TYPE reqs_total counter\nreqs_total %[1]d\n" +
		"# TYPE lat_seconds histogram\nlat_seconds_bucket{le=\"1\"} %[1]d\nlat_seconds_bucket{le=\"+Inf\"} %[2]d\nlat_seconds_sum 3\nlat_seconds_count %[2]d\n" +
		"# TYPE page gauge\npage{text=\"a\\nb\"} 1\n# TYPE g gauge\ng{x=\"1\"} 0.1\ng{x=\"2\"} 0.2\ng{x=\"3\"} 0.3\n"
	return fmt.Sprintf(text, k*k, 2*k*k)
}

// app is a capture of 21 scrapes of body, and one of another instance.
func app(t *testing.T, with func(k int, files fstest.MapFS, name string)) *capture.Capture {
	t.Helper()
	files := fstest.MapFS{fmt.Sprintf("app/b/%d.prom", start): &fstest.MapFile{Data: []byte("early 1\n")}}
	for k := range 21 {
		name := fmt.Sprintf("app/a/%d", start+k*30_000)
		files[name+".prom"] = &fstest.MapFile{Data: []byte(body(k))}
		if with != nil {
			with(k, files, name)
		}
	}
	c, err := capture.Open(files, "c", capture.Options{})
	require.NoError(t, err)
	return c
}

func compare(t *testing.T, opts replay.Options) (*replay.Result, *prometheus2.Comparison) {
	t.Helper()
	opts.Phase = new(time.Duration)
	res, err := replay.Run(context.Background(), opts)
	require.NoError(t, err)
	c, err := prometheus2.Compare(context.Background(), opts, res, replay.Run)
	require.NoError(t, err)
	return res, c
}

func group(t *testing.T, expr string) *rules.Group {
	t.Helper()
	g, err := rules.ParseExpr("A", expr, rules.ParseOptions{Features: []string{query.FeatureExperimentalFunctions}})
	require.NoError(t, err)
	return g
}

// TestCompare replays one rule in both versions.
func TestCompare(t *testing.T) {
	tests := []struct {
		name, expr string
		three, two replay.Verdict // two "": it is the same, or not known
		causes     []string       // "kind line:column text"
		unknown    string
		refused    string
	}{
		{name: "most rules are the same", expr: "rate(reqs_total[1m]) > 0.5", three: replay.VerdictFiring},
		{name: "a range that is as long as the interval", expr: "sum by (instance) (increase(reqs_total[30s])) > 5", three: replay.VerdictInactive, two: replay.VerdictFiring,
			causes: []string{`range 1:29 reqs_total[30s] takes in a sample on its left edge: 2 samples in Prometheus 2, 1 in Prometheus 3, of {instance="a", job="app"}`}},
		{name: "of two ranges the one that matters", expr: "count_over_time(reqs_total[5m]) > 0 and\n  increase(reqs_total[30s]) > 5", three: replay.VerdictInactive, two: replay.VerdictFiring,
			causes: []string{`range 2:12 reqs_total[30s] takes in a sample on its left edge: 2 samples in Prometheus 2, 1 in Prometheus 3, of {instance="a", job="app"}`}},
		{name: "a range in a subquery", expr: "max_over_time(increase(reqs_total[30s])[2m:30s]) > 5", three: replay.VerdictInactive, two: replay.VerdictFiring,
			causes: []string{`range 1:24 reqs_total[30s] takes in a sample on its left edge: 2 samples in Prometheus 2, 1 in Prometheus 3, of {instance="a", job="app"}`}},
		{name: "a value alone makes the alert longer", expr: "count_over_time(reqs_total[1m]) > 2", three: replay.VerdictInactive, two: replay.VerdictFiring,
			causes: []string{`range 1:17 reqs_total[1m] takes in a sample on its left edge: 3 samples in Prometheus 2, 2 in Prometheus 3, of {instance="a", job="app"}`}},
		{name: "the look-back", expr: `early == 1`, three: replay.VerdictFiring, two: replay.VerdictFiring,
			causes: []string{`look-back 0:0 a sample that is 5m0s old to the millisecond is still seen: 1 series of early in Prometheus 2, 0 in Prometheus 3`}},
		{name: "a dot and a line feed", expr: `page{text=~"a.b"} == 1`, three: replay.VerdictFiring, two: replay.VerdictInactive,
			causes: []string{"regex 1:1 `.` matches no line feed in page{text=~\"a.b\"}: 0 series in Prometheus 2, 1 in Prometheus 3"}},
		{name: "the last bit of an average", expr: `avg(g) < 0.2`, three: replay.VerdictInactive, two: replay.VerdictFiring,
			causes: []string{`rounding 1:1 avg(g) has other last bits: 0.19999999999999998 in Prometheus 2, 0.2 in Prometheus 3`}},
		{name: "a bound as it is written", expr: `lat_seconds_bucket{le="1"} > 3`, three: replay.VerdictNoData, two: replay.VerdictFiring,
			causes: []string{`scrapes 0:0 lat_seconds_bucket{le="1"} matches 1 series in Prometheus 2, which stores bounds as they are written, and 0 in Prometheus 3`}},
		{name: "a bound in an alert's labels", expr: `sum by (le) (lat_seconds_bucket) > 3`, three: replay.VerdictFiring, two: replay.VerdictFiring,
			causes: []string{`scrapes 0:0 the expression gives the same of the same samples: scrapes are stored otherwise, with le and quantile as they are written and with other rules for the Content-Type and for names`}},
		{name: "infinite values at a quantile", expr: "quantile(0.5, reqs_total / 0) > 1", three: replay.VerdictFiring, unknown: "quantile(0.5, reqs_total / 0): of an infinite value at the very quantile Prometheus 2 made NaN, as at 22:13:30"},
		{name: "an error that came later", expr: "g == on (job) page", three: replay.VerdictError, unknown: "g == on (job) page: a comparison of several series with one is an error, and Prometheus 2 let it pass where it held of none or one, as at 22:13:00"},
		{name: "finite values are known", expr: "quantile(0.5, reqs_total) > 100", three: replay.VerdictFiring},
		{name: "native histograms", expr: "histogram_count(lat_seconds) > 1", three: replay.VerdictNoData, unknown: "histogram_count(lat_seconds): it is about native histograms, of which much has changed"},
		{name: "a younger function", expr: "first_over_time(reqs_total[1m]) > 1", three: replay.VerdictFiring, refused: "1:1: the function first_over_time is not known to Prometheus 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, c := compare(t, replay.Options{Capture: app(t, nil), Groups: []*rules.Group{group(t, tt.expr)}})
			require.Equal(t, tt.three, res.Rules[0].Verdict)
			if tt.two == "" && tt.unknown == "" && tt.refused == "" {
				require.Equal(t, 1, c.Same, "%+v", c)
				return
			}
			require.Len(t, c.Rules, 1)
			require.Equal(t, tt.unknown, strings.Join(c.Rules[0].Unknown, "\n"))
			require.Equal(t, tt.refused, strings.Join(c.Rules[0].Refused, "\n"))
			var causes []string
			for _, one := range c.Rules[0].Causes {
				require.False(t, one.At.IsZero())
				causes = append(causes, fmt.Sprintf("%s %d:%d %s", one.Kind, one.Line, one.Column, one.Text))
			}
			require.Equal(t, tt.causes, causes)
			if tt.two != "" {
				require.Equal(t, tt.two, c.Rules[0].Two.Verdict)
			}
		})
	}
}

// TestCompareRules has rules that rest on others.
func TestCompareRules(t *testing.T) {
	text := `groups:
- name: g
  rules:
  - {record: rec, expr: "increase(reqs_total[30s])"}
  - {alert: FromRec, expr: "rec > 7"}
  - {record: odd, expr: "histogram_sum(lat_seconds) or up"}
  - {alert: FromOdd, expr: "odd > 0"}
  - {alert: FromAlert, expr: 'ALERTS{alertname="FromRec"} == 1'}
  - {alert: FromAny, expr: '{__name__=~"go_.*"} > 0'}
`
	groups, errs := rules.Parse("r.yml", []byte(text), rules.ParseOptions{})
	require.Empty(t, errs)
	_, c := compare(t, replay.Options{Capture: app(t, nil), Groups: groups})
	require.Len(t, c.Rules, 6)
	require.Equal(t, 0, c.Same)
	require.Equal(t, 1, c.Rules[0].Two.Recorded)
	require.Equal(t, prometheus2.CauseKind(query.ChangeRange), c.Rules[0].Causes[0].Kind)
	require.Equal(t, prometheus2.CauseRules, c.Rules[1].Causes[0].Kind)
	require.Equal(t, `rec, which is written by rec, matches 1 series in Prometheus 2 and 0 in Prometheus 3: of rec (1:10), reqs_total[30s] takes in a sample on its left edge: 2 samples in Prometheus 2, 1 in Prometheus 3, of {instance="a", job="app"}`, c.Rules[1].Causes[0].Text)
	require.Len(t, c.Rules[2].Unknown, 1)
	require.Equal(t, []string{"it selects what odd writes, of which it is not known"}, c.Rules[3].Unknown)
	require.Equal(t, []string{"it selects what FromOdd writes, of which it is not known"}, c.Rules[4].Unknown, "any alert's name may match")
	require.Equal(t, []string{"it selects what odd writes, of which it is not known"}, c.Rules[5].Unknown, "a selector without a name")
}

// TestCompareQueryOffset has samples on the edge at the time of the query, and
// none at that of the evaluation.
func TestCompareQueryOffset(t *testing.T) {
	groups, errs := rules.Parse("r.yml", []byte("groups:\n- name: g\n  query_offset: 15s\n  rules:\n  - {alert: A, expr: 'increase(reqs_total[30s]) > 5'}\n"), rules.ParseOptions{})
	require.Empty(t, errs)
	phase := 15 * time.Second
	opts := replay.Options{Capture: app(t, nil), Groups: groups, Phase: &phase}
	res, err := replay.Run(context.Background(), opts)
	require.NoError(t, err)
	c, err := prometheus2.Compare(context.Background(), opts, res, replay.Run)
	require.NoError(t, err)
	require.Equal(t, prometheus2.CauseKind(query.ChangeRange), c.Rules[0].Causes[0].Kind)
	require.Contains(t, c.Rules[0].Causes[0].Text, "2 samples in Prometheus 2, 1 in Prometheus 3")
}

// TestCompareRecordedValues has rules that rest on values which differ, though
// not in how many there are.
func TestCompareRecordedValues(t *testing.T) {
	text := `groups:
- name: g
  rules:
  - {record: n, expr: "count_over_time(reqs_total[1m])"}
  - {record: twice, expr: "2 * n"}
  - {alert: Many, expr: "twice > 4"}
  - {record: a, expr: "0 * b + n or n"}
  - {record: b, expr: "0 * a + n or n"}
  - {alert: Circle, expr: "a > 2"}
`
	groups, errs := rules.Parse("r.yml", []byte(text), rules.ParseOptions{})
	require.Empty(t, errs)
	_, c := compare(t, replay.Options{Capture: app(t, nil), Groups: groups})
	require.Len(t, c.Rules, 2)
	require.Equal(t, 4, c.Same)
	require.Contains(t, c.Rules[1].Causes[0].Text, "a is written by a: of n (1:17), reqs_total[1m] takes in")
	require.Equal(t, prometheus2.CauseRules, c.Rules[0].Causes[0].Kind)
	require.Equal(t, `the expression gives the same of the same samples, but twice is written by twice: of n (1:17), reqs_total[1m] takes in a sample on its left edge: 3 samples in Prometheus 2, 2 in Prometheus 3, of {instance="a", job="app"}`, c.Rules[0].Causes[0].Text)
}

// TestRefused has files of which Prometheus 2 reads nothing, since it does not
// read a part.
func TestRefused(t *testing.T) {
	tests := []struct{ name, rule, group, want string }{
		{"a function of templates", "  - {alert: A, expr: 'up == 1', annotations: {since: '{{ 1 | toDuration }}'}}\n", "", "Prometheus 2 does not know the function toDuration of the template since"},
		{"labels of a group", "  - {alert: A, expr: 'up == 1'}\n", "  labels: {team: x}\n", "Prometheus 2 knows no labels of a group"},
		{"syntax", "  - {alert: A, expr: 'rate(reqs_total[1m + 1m]) > 0'}\n", "", "1:6: arithmetic in a range is not known to Prometheus 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "groups:\n- name: g\n" + tt.group + "  rules:\n" + tt.rule + "- name: h\n  rules:\n  - {alert: B, expr: 'up == 1'}\n"
			groups, errs := rules.Parse("r.yml", []byte(text), rules.ParseOptions{})
			require.Empty(t, errs)
			_, c := compare(t, replay.Options{Capture: app(t, nil), Groups: groups})
			require.Len(t, c.Rules, 2)
			require.Equal(t, []string{tt.want}, c.Rules[0].Refused)
			require.True(t, c.Rules[0].Unread)
			require.False(t, c.Rules[1].Unread)
			require.Equal(t, []string{"A of the same file is not read: " + tt.want}, c.Rules[1].Refused)
		})
	}
	t.Run("templates that it knows", func(t *testing.T) {
		g := group(t, "reqs_total >= 0")
		g.Rules[0].Annotations = labels.FromStrings("text", "{{ $value | humanize }} {{ range query \"up\" }}{{ .Labels.now }}{{ end }} now")
		_, c := compare(t, replay.Options{Capture: app(t, nil), Groups: []*rules.Group{g}})
		require.Equal(t, 1, c.Same)
	})
}

// TestCompareScrapes has a target that says text/csv, which Prometheus 3 does
// not read.
func TestCompareScrapes(t *testing.T) {
	c := app(t, func(k int, files fstest.MapFS, name string) {
		files[name+".headers"] = &fstest.MapFile{Data: []byte("HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n\r\n")}
	})
	res, cmp := compare(t, replay.Options{Capture: c, Groups: []*rules.Group{group(t, "up == 0")}})
	require.Equal(t, replay.VerdictFiring, res.Rules[0].Verdict)
	require.Equal(t, replay.VerdictInactive, cmp.Rules[0].Two.Verdict)
	require.Equal(t, [2]int{21, 0}, cmp.Failed)
	require.Equal(t, prometheus2.CauseScrapes, cmp.Rules[0].Causes[0].Kind)
}

// TestNative has native histograms, which quantile sees without being about
// them alone.
func TestNative(t *testing.T) {
	c := app(t, func(k int, files fstest.MapFS, _ string) {
		files["capture.yaml"] = &fstest.MapFile{Data: []byte("jobs:\n  app:\n    convert_classic_histograms_to_nhcb: true\n")}
	})
	_, cmp := compare(t, replay.Options{Capture: c, Groups: []*rules.Group{group(t, "histogram_quantile(0.9, rate(lat_seconds[1m])) > 0"), group(t, "up == 0")}})
	require.Equal(t, []string{"it sees native histograms, of which much has changed"}, cmp.Rules[0].Unknown)
	require.Equal(t, 1, cmp.Same)
}

func TestCompareErrors(t *testing.T) {
	opts := replay.Options{Capture: app(t, nil), Groups: []*rules.Group{group(t, "up == 0")}}
	res, err := replay.Run(context.Background(), opts)
	require.NoError(t, err)
	_, err = prometheus2.Compare(context.Background(), opts, nil, replay.Run)
	require.ErrorContains(t, err, "nothing to compare")
	_, err = prometheus2.Compare(context.Background(), opts, res, nil)
	require.ErrorContains(t, err, "nothing to compare")
	_, err = prometheus2.Compare(context.Background(), replay.Options{}, res, replay.Run)
	require.ErrorContains(t, err, "Capture is nil")
	opts.Groups = append(opts.Groups, group(t, "up == 1"))
	_, err = prometheus2.Compare(context.Background(), opts, res, replay.Run)
	require.ErrorContains(t, err, "have 1 and 2 rules")
	opts.Features = []string{query.FeatureDelayedNameRemoval}
	_, err = prometheus2.Compare(context.Background(), opts, res, replay.Run)
	require.ErrorContains(t, err, "leave it out")
}
