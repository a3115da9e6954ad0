package oracle

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scrapebook/scrapebook/signals/ruletest/suite"
)

// Native histograms come with the hints that promtool's storage gives them,
// which forgets them where it begins a chunk: what a test here gives for each
// sample is what promtool expects of it.
func TestHistogramHintsAgainstPromtool(t *testing.T) {
	const minutes = 1600 // more than a day, at which chunks end, too
	const recorded = "groups: [{name: g, rules: [{record: h, expr: 'in'}]}]"
	wide := strings.TrimSpace(strings.Repeat("1 ", 60))
	series := []struct{ name, values string }{
		{"small", "{{sum:1 count:3 buckets:[1 2]}}+{{sum:2 count:3 buckets:[1 2]}}x1600"},
		{"the same", "{{sum:1 count:3 buckets:[1 2]}}x1600"},
		{"wide", "{{sum:1 count:60 buckets:[" + wide + "]}}+{{sum:1 count:60 buckets:[" + wide + "]}}x1600"},
		{"of both signs", "{{sum:1 count:9 z_bucket:1 z_bucket_w:0.1 buckets:[1 2] n_buckets:[2 3]}}+{{sum:1 count:9 z_bucket:1 z_bucket_w:0.1 buckets:[1 2] n_buckets:[2 3]}}x1600"},
		{"custom buckets", "{{schema:-53 sum:5 count:4 custom_values:[1 2] buckets:[1 2 1]}}+{{schema:-53 sum:5 count:4 custom_values:[1 2] buckets:[1 2 1]}}x1600"},
		{"gauges", "{{sum:1 count:3 buckets:[1 2] counter_reset_hint:gauge}}+{{sum:2 count:3 buckets:[1 2] counter_reset_hint:gauge}}x1600"},
		{"resets", strings.Repeat("{{sum:1 count:3 buckets:[1 2]}}+{{sum:2 count:3 buckets:[1 2]}}x190 ", 8)},
		{"gaps and markers", strings.Repeat("{{sum:1 count:3 buckets:[1 2]}}x90 _x20 {{sum:1 count:3 buckets:[1 2]}}x170 stale _x9 ", 5)},
		{"floats between", strings.Repeat("{{sum:1 count:3 buckets:[1 2]}}x99 5 6 ", 15)},
		{"wider and wider", "{{sum:1 count:1 buckets:[1]}}x60 {{sum:1 count:2 buckets:[1 1]}}x60 {{sum:1 count:5 buckets:[1 1 1 1 1]}}x300 {{sum:1 count:60 buckets:[" + wide + "]}}x300"},
		{"another schema", "{{sum:1 count:3 buckets:[1 2]}}x60 {{schema:1 sum:1 count:3 buckets:[1 2]}}x300"},
	}
	asked := func(i int, rule bool, expect func(minute int) string) string {
		var b strings.Builder
		name := "h"
		if rule {
			name = "in" // which a rule records as h
		}
		fmt.Fprintf(&b, "rule_files: ['%s.rules']\ntests:\n- name: %s\n  input_series: [{series: %s, values: '%s'}]\n  promql_expr_test:\n", name, series[i].name, name, series[i].values)
		for m := range minutes {
			fmt.Fprintf(&b, "  - {expr: h, eval_time: %dm, exp_samples: [%s]}\n", m, expect(m))
		}
		return b.String()
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "in.rules"), recorded)
	write(t, filepath.Join(dir, "h.rules"), "")
	var files []string
	for n := range 2 * len(series) {
		i, rule := n/2, n%2 == 1
		name := filepath.Join(dir, fmt.Sprintf("%d.yml", n))
		write(t, name, asked(i, rule, func(int) string { return "" }))
		res, err := suite.Run(context.Background(), []string{name}, suite.Options{Compat: suite.CompatPromtool})
		if err != nil {
			t.Fatal(err)
		}
		came := map[int]string{}
		for _, f := range res.Files[0].Tests[0].Failures {
			value := "histogram: '" + f.Rows[0].Got + "'"
			if !strings.HasPrefix(f.Rows[0].Got, "{{") {
				value = "value: " + f.Rows[0].Got
			}
			came[f.Line-6] = "{labels: h, " + value + "}" // the first stands in line 6
		}
		if len(came) < 300 {
			t.Fatalf("%s: %d samples", series[i].name, len(came))
		}
		write(t, name, asked(i, rule, func(m int) string { return came[m] }))
		files = append(files, name)
	}
	binary, _ := buildPromtool(t)
	for i, o := range promtoolOutcomes(t, binary, false, files) {
		if want := series[i/2].name + " passes"; len(o.tests) != 1 || o.tests[0] != want {
			t.Errorf("%s, want %s", o, want)
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
