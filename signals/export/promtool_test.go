package export_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/export"
	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// testsOf makes the tests of rules over a capture.
func testsOf(t *testing.T, c *capture.Capture, file string) []export.Test {
	t.Helper()
	groups, errs := rules.Parse("rules.yml", []byte(file), rules.ParseOptions{})
	require.Empty(t, errs)
	res, tests, err := export.PromtoolTests(context.Background(), export.Options{Replay: replay.Options{Capture: c, Groups: groups}})
	require.NoError(t, err)
	for _, x := range tests {
		require.Equal(t, res.Rules[x.Rule].Alert, x.Alert)
		if x.Refused != "" {
			require.Empty(t, x.Text)
			continue
		}
		require.Equal(t, res.Rules[x.Rule].Verdict == replay.VerdictFiring, x.Fires)
		require.LessOrEqual(t, strings.Count(string(x.Text), "\n"), 100)
		var doc map[string]any
		require.NoError(t, yaml.Unmarshal(x.Text, &doc), "%s", x.Text)
		_, errs := rules.Parse("needed.yml", x.Rules, rules.ParseOptions{})
		require.Empty(t, errs, "%s", x.Rules)
	}
	return tests
}

// made is a capture of a target with a scrape every 5 s.
func made(t *testing.T, bodies ...string) *capture.Capture {
	t.Helper()
	files := fstest.MapFS{}
	for i, body := range bodies {
		name := fmt.Sprintf("job/a/%d.prom", 1_795_244_400+5*i)
		files[name] = &fstest.MapFile{Data: []byte(body)}
	}
	c, err := capture.Open(files, "made", capture.Options{})
	require.NoError(t, err)
	return c
}

func TestOfRealCaptures(t *testing.T) {
	all, err := packs.All()
	require.NoError(t, err)
	var text string
	for _, p := range all {
		if p.Name == "kube-proxy" {
			rules, err := p.Rules(nil)
			require.NoError(t, err)
			text = string(rules)
		}
	}
	for name, fires := range map[string]int{"incident": 4, "healthy": 0, "flaky": 2} {
		files, err := fixtures.FS(name)
		require.NoError(t, err)
		c, err := capture.Open(files, name, capture.Options{})
		require.NoError(t, err)
		n := 0
		for _, x := range testsOf(t, c, text) {
			require.Empty(t, x.Refused, x.Alert)
			if x.Fires {
				n++
			}
		}
		require.Equal(t, fires, n)
	}
}

const head = "groups:\n- name: g\n  rules:\n"

// What a test has, for some rules over four scrapes of x and one of y.
func TestTexts(t *testing.T) {
	c := made(t, "x 1\ny 5\nz{i=\"1\"} 1\nz{i=\"2\"} 2\n", "x 2\nz{i=\"1\"} 1\nz{i=\"2\"} 2\n", "x 3\nz{i=\"1\"} 1\nz{i=\"2\"} 2\n", "x 4\nz{i=\"1\"} 1\nz{i=\"2\"} 2\n")
	tests := []struct {
		name, rules string
		has         []string
		hasNot      []string
	}{
		{"it fires", head + "  - {alert: A, expr: x > 2, annotations: {a: 'x is {{ $value }}'}}\n",
			[]string{"# made, from 2026-11-21 07:00:07.500 UTC on: it fires on {alertname=\"A\", instance=\"a\", job=\"job\"}\n", "values: '2 3'", "exp_alerts: []\n", "exp_annotations: {a: 'x is 3'}"}, []string{"'y{", "z{", "start_timestamp", "_x"}},
		{"it is silent", head + "  - {alert: A, expr: z > 2}\n", []string{`'z{i="2", instance="a", job="job"}'`, "expr: z\n", "value: 2}"}, []string{`i="1"`}},
		{"what it compares is stale", head + "  - {alert: A, expr: y > 6}\n", []string{"value: 5}"}, nil},
		{"nothing is compared", head + "  - {alert: A, expr: 'x unless on() x'}\n", []string{"expr: 'count(x)'", "value: 1}"}, []string{"count(y)"}},
		{"nothing is there", head + "  - {alert: A, expr: nosuch > 1}\n", []string{"it is silent, and what it compares has no value", "exp_samples: []"}, []string{"input_series"}},
		{"pending to the end", head + "  - {alert: A, expr: x > 2, for: 1h}\n", []string{"exp_alerts: []", "value: 4}"}, []string{"exp_labels"}},
		{"it asks for the time", head + "  - {alert: A, expr: time() - x > 1e9}\n", []string{"start_timestamp: 2026-11-21T06:59:57.5Z"}, nil},
		{"it fires from the beginning", head + "  - {alert: A, expr: vector(0)}\n", []string{"exp_labels: {}"}, []string{"exp_alerts: []"}},
		{"it needs what another records", head + "  - {record: 'r:x', expr: x * 2}\n  - {record: 'r:y', expr: y * 2}\n  - {alert: A, expr: 'r:x > 4'}\n", []string{"values: '2 3'"}, []string{"r:x{", "group_eval_order"}},
		{"a rule of another group records", "groups:\n- {name: b, rules: [{record: 'r:x', expr: x * 2}]}\n- {name: a, rules: [{alert: A, expr: 'r:x > 4'}]}\n", []string{"group_eval_order: [b, a]\n"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := testsOf(t, c, tt.rules)
			require.Len(t, x, 1)
			require.Empty(t, x[0].Refused)
			for _, want := range tt.has {
				require.Contains(t, string(x[0].Text), want)
			}
			for _, not := range tt.hasNot {
				require.NotContains(t, strings.SplitN(string(x[0].Text), "\n", 2)[1], not)
			}
			require.NotContains(t, string(x[0].Rules), "r:y", "a rule that it does not need")
		})
	}
}

func TestRefusals(t *testing.T) {
	var many, wobbles []string
	for i := range 4 {
		var b strings.Builder
		for j := range 120 {
			fmt.Fprintf(&b, "m{i=\"%d\"} %d\n", j, i)
		}
		many = append(many, b.String())
		wobbles = append(wobbles, fmt.Sprintf("w{i=\"1\"} %d\nw{i=\"2\"} 1\n", i))
	}
	for _, tt := range []struct {
		name, rules, why string
		bodies           []string
	}{
		{"too many series", head + "  - {alert: A, expr: sum(m) > 300}\n", "more than 100: it needs 120 series", many},
		{"a rule that fails", head + "  - {alert: A, expr: 'w * on(job) w > 0'}\n", "promtool fails a test in which a rule fails", wobbles},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := testsOf(t, made(t, tt.bodies...), tt.rules)
			require.Contains(t, x[0].Refused, tt.why)
		})
	}
	_, _, err := export.PromtoolTests(context.Background(), export.Options{})
	require.ErrorContains(t, err, "a capture and rules are needed")
}

// Where the grid makes another of it, there is no test: two samples within a
// step, of which the grid has the later.
func TestGridChangesIt(t *testing.T) {
	files := fstest.MapFS{}
	for i, ms := range []int{0, 5000, 10000, 13000, 14000, 15000, 20000, 25000} {
		v := 0
		if ms == 13000 {
			v = 1
		}
		files[fmt.Sprintf("job/a/%d.prom", 1_795_244_400_000+ms)] = &fstest.MapFile{Data: fmt.Appendf(nil, "x %d\nn %d\n", v, i)}
	}
	c, err := capture.Open(files, "made", capture.Options{})
	require.NoError(t, err)
	x := testsOf(t, c, head+"  - {alert: A, expr: 'max_over_time(x[20s]) > 0'}\n")
	require.Contains(t, x[0].Refused, "once scrapes are put on a grid of 5s it no longer fires on {alertname=\"A\"")
}
