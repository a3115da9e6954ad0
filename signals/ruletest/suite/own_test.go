package suite_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/ruletest/suite"
)

const rulesFile = `groups:
- name: a
  rules:
  - alert: Down
    expr: up == 0
    labels: {severity: page}
    annotations: {summary: '{{ $labels.instance }} is down', runbook: https://example.org/down}
- name: b
  rules:
  - alert: Down
    expr: up == 0
    labels: {severity: ticket}
`

// writeFiles puts files into a folder and returns it.
func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
	}
	return dir
}

// ids are the ids of all failures of a file, or the first error.
func ids(f suite.FileResult) (list []string) {
	for _, err := range f.Errors {
		_, after, _ := strings.Cut(err.Error(), ".yml:")
		return []string{after}
	}
	for _, one := range f.Failures {
		list = append(list, one.ID)
	}
	for _, t := range f.Tests {
		for _, one := range t.Failures {
			list = append(list, one.ID)
		}
	}
	return list
}

const oneTest = `rule_files: [rules.yml]
tests:
- name: one
  input_series:
  - {series: 'up{instance="x"}', values: '0x5'}
`

// What we have beyond promtool, and that it makes tests fail, too.
func TestOwnKeys(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"some labels are enough", oneTest + `  alert_rule_test:
  - {eval_time: 1m, alertname: Down, exp_alerts: [{exp_labels_subset: {severity: page}}, {exp_labels_subset: {severity: ticket}}]}`, nil},
		{"some labels, the general one first: each alert is taken once", oneTest + `  alert_rule_test:
  - {eval_time: 1m, alertname: Down, exp_alerts: [{exp_labels_subset: {instance: x}}, {exp_labels_subset: {severity: page}}]}`, nil},
		{"some labels, but not those", oneTest + `  alert_rule_test:
  - {eval_time: 1m, alertname: Down, exp_alerts: [{exp_labels_subset: {severity: page}}, {exp_labels_subset: {severity: page}}]}`, []string{"alerts"}},
		{"a part of the labels does not do without the key", oneTest + `  alert_rule_test:
  - {eval_time: 1m, groupname: b, alertname: Down, exp_alerts: [{exp_labels: {severity: ticket}}]}`, []string{"alerts"}},
		{"an empty label of some is none", oneTest + `  alert_rule_test:
  - {eval_time: 1m, groupname: b, alertname: Down, exp_alerts: [{exp_labels_subset: {zone: ''}}]}`, nil},
		{"some annotations are enough", oneTest + `  alert_rule_test:
  - {eval_time: 1m, groupname: a, alertname: Down, exp_alerts: [{exp_annotations_subset: {summary: x is down}}]}`, nil},
		{"some annotations, but not those", oneTest + `  alert_rule_test:
  - {eval_time: 1m, groupname: a, alertname: Down, exp_alerts: [{exp_annotations_subset: {summary: y is down}}]}`, []string{"alerts"}},
		{"some annotations, and labels that are not all", oneTest + `  alert_rule_test:
  - {eval_time: 1m, groupname: a, alertname: Down, exp_alerts: [{exp_labels: {severity: page}, exp_annotations_subset: {}}]}`, []string{"alerts"}},
		{"a group", oneTest + `  alert_rule_test:
  - {eval_time: 1m, groupname: b, alertname: Down, exp_alerts: [{exp_labels: {instance: x, severity: ticket}}]}`, nil},
		{"a group that has no such alert", oneTest + `  alert_rule_test:
  - {eval_time: 1m, groupname: c, alertname: Down}`, []string{"no-rule"}},
		{"within the tolerance", oneTest + `  promql_expr_test:
  - {expr: vector(103), tolerance: 0.03, exp_samples: [{value: 100}]}
  - {expr: vector(NaN), tolerance: 0.03, exp_samples: [{value: .nan}]}`, nil},
		{"beyond the tolerance", oneTest + `  promql_expr_test:
  - {expr: vector(104), tolerance: 0.03, exp_samples: [{value: 100}]}`, []string{"samples"}},
		{"a PrometheusRule", strings.Replace(oneTest, "rules.yml", "operator.yml", 1) + `  alert_rule_test:
  - {alertname: Operated, exp_alerts: [{exp_labels: {instance: x}}]}`, nil},
		{"a rule file that comes with scrapebook", strings.Replace(oneTest, "rules.yml", "demo:article/alerts.yml", 1) + `  promql_expr_test:
  - {expr: up, exp_samples: [{labels: 'up{instance="x"}', value: 0}]}`, nil},
		{"a check that is allowed in a test", oneTest + `  alert_rule_test: [{alertname: Up}]
  allow: [no-rule]`, nil},
		{"a check that is allowed in the file", "allow: [no-rule-file, no-rule]\n" + strings.Replace(oneTest, "rules.yml", "none.yml", 1) + `  alert_rule_test: [{alertname: Up}]`, nil},
		{"another check is allowed", oneTest + `  alert_rule_test: [{alertname: Up}]
  allow: [no-data]`, []string{"no-rule"}},
		{"what is no check cannot be allowed", oneTest + "  allow: [alerts]", []string{`6:11: allow: no check is called "alerts"; there are no-rule-file, empty-rule-file, no-tests, no-checks, no-rule, no-data, series-ended, series-lost, series-twice, warning`}},
		{"a rule file without rules, and no test", "rule_files: [empty.yml]", []string{"empty-rule-file", "no-tests"}},
		{"what a rule could have written is data", strings.Replace(oneTest, "rules.yml", "chain.yml", 1) + `  alert_rule_test: [{alertname: Many}, {alertname: Meta}]`, nil},
		{"what no rule could have written is none", strings.Replace(strings.Replace(oneTest, "rules.yml", "chain.yml", 1), "up{", "down{", 1) + `  alert_rule_test: [{alertname: Many}, {alertname: Meta}]`, []string{"no-data", "no-data"}},
		{"absence is something", oneTest + `  promql_expr_test: [{expr: absent(nothing), exp_samples: [{labels: '{}', value: 1}]}, {expr: absent(up)}]`, nil},
		{"a series that ends with stale has ended by design", oneTest + `  - {series: 'up{instance="y"}', values: '0 stale'}
  promql_expr_test: [{expr: 'up{instance="y"}', eval_time: 10m}]`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := writeFiles(t, map[string]string{
				"a_test.yml": tt.text, "rules.yml": rulesFile, "empty.yml": "",
				"chain.yml":    `groups: [{name: c, rules: [{record: ups, expr: up > 5}, {alert: Many, expr: ups > 9}, {alert: Meta, expr: 'ALERTS{alertname="Many"}'}, {record: circle, expr: circle + up}]}]`,
				"operator.yml": "kind: PrometheusRule\nspec:\n  groups:\n  - {name: o, partial_response_strategy: warn, rules: [{alert: Operated, expr: up == 0}]}\n",
			})
			res := run(t, suite.Options{}, filepath.Join(dir, "a_test.yml"))
			require.Equal(t, tt.want, ids(res.Files[0]), "%+v", res.Files[0])
		})
	}
}

// Each check is known, has a line of help, and can fail.
func TestEachCheckCanFail(t *testing.T) {
	var failed []string
	dir := writeFiles(t, map[string]string{"a_test.yml": "rule_files: [empty.yml]", "empty.yml": ""})
	res := run(t, suite.Options{}, "testdata/failures/for-nothing.yml", filepath.Join(dir, "a_test.yml"))
	for _, f := range res.Files {
		failed = append(failed, ids(f)...)
	}
	for _, c := range suite.Checks() {
		require.Contains(t, failed, c[0])
		require.NotEmpty(t, c[1])
	}
	for _, f := range run(t, suite.Options{Compat: suite.CompatPromtool}, "testdata/failures/for-nothing.yml").Files {
		require.Equal(t, []string(nil), ids(f), "promtool has no such check")
	}
}

func TestMatch(t *testing.T) {
	res := run(t, suite.Options{Match: regexp.MustCompile("late|nothing")}, "testdata/failures/pending.yml")
	require.Equal(t, 1, res.Tests())
	require.Equal(t, "asked too late", res.Files[0].Tests[0].Name)
}

func TestIgnoreUnknownFields(t *testing.T) {
	dir := writeFiles(t, map[string]string{"a_test.yml": oneTest + "  promql_expr_test: [{expr: vector(1), exp_samples: [{value: 1}]}]", "rules.yml": "namespace: n\n" + rulesFile})
	file := filepath.Join(dir, "a_test.yml")
	require.True(t, run(t, suite.Options{}, file).Unusable())
	require.False(t, run(t, suite.Options{IgnoreUnknownFields: true}, file).Failed())
}

func TestFind(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"a_test.yml": "tests: []", "b.yaml": "# x\n'tests': []", "rules.yml": rulesFile, "sub/c.yml": "rule_files: []\ntests:\n", ".git/d.yml": "tests: []", "e.txt": "tests: []",
		"none/rules.yml": rulesFile,
	})
	t.Chdir(dir)
	for _, tt := range []struct {
		name  string
		names []string
		want  []string
		err   string
	}{
		{"a folder", []string{"."}, []string{"a_test.yml", "b.yaml", "sub/c.yml"}, ""},
		{"a file is taken whatever is in it", []string{"rules.yml", "./rules.yml"}, []string{"rules.yml"}, ""},
		{"a pattern", []string{"*/*.yml"}, []string{".git/d.yml", "none/rules.yml", "sub/c.yml"}, ""},
		{"the others are found all the same", []string{"gone.yml", "a_test.yml", "x*.yml", "[", "none"}, []string{"a_test.yml"},
			"gone.yml: no such file or directory\nx*.yml: no file matches\n[: syntax error in pattern\nnone: no test file below this folder: none has a key tests"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := suite.Find(tt.names)
			for i := range got {
				got[i] = filepath.ToSlash(got[i])
			}
			require.Equal(t, tt.want, got)
			if tt.err == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, tt.err)
			}
		})
	}
}

// Sizes are bounded, and said.
func TestBounds(t *testing.T) {
	for _, tt := range []struct{ name, series, eval, want string }{
		{"values", "{series: a, values: 1x99999999999}", "1m", "more than 10000000 values in a test"},
		{"values in all", "{series: a, values: 1x9999999 1x9999999}", "1m", "more than 10000000 values in a test"},
		{"an x in a label is none", `{series: 'a{b="x99999999999"}', values: 1}`, "1m", ""},
		{"an x in a name is none", "{series: max_fds_x99999999999, values: '1 2'}", "1m", ""},
		{"an x behind blanks in braces is none", `{series: 'a{b="1", x99999999999="2"}', values: '1 2'}`, "1m", ""},
		{"an x behind a quoted quote is none", `{series: 'a{b="\" x99999999999"}', values: '1 2'}`, "1m", ""},
		{"histograms", "{series: a, values: '{{sum:1 buckets:[1 1 1 1]}}x9999999'}", "1m", "more native histograms"},
		{"start times", "{series: a@st, values: 1mx99999999}", "1m", "more than 10000000 values"},
		{"evaluations", "{series: a, values: 1}", "100y", "2000000 times are the most"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := writeFiles(t, map[string]string{"a_test.yml": "tests:\n- input_series: [" + tt.series + "]\n  promql_expr_test: [{expr: vector(1), eval_time: " + tt.eval + ", exp_samples: [{value: 1}]}]"})
			one := run(t, suite.Options{}, filepath.Join(dir, "a_test.yml")).Files[0].Tests[0]
			if tt.want == "" {
				require.Empty(t, one.Failures)
				return
			}
			require.NotEmpty(t, one.Failures)
			require.Contains(t, one.Failures[0].Message, tt.want)
		})
	}
	list := "&a [x]"
	for range 8 {
		list = "&" + "b" + " [" + strings.Repeat(list+", ", 2) + "*a]"
	}
	_, errs := suite.Parse("f", []byte("rule_files: "+list))
	require.NotEmpty(t, errs)
}

// No bytes make it panic, and what is refused has a place or a reason.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.yml")
	require.NoError(f, err)
	for _, name := range files {
		data, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add([]byte("tests: &a [*a]"))
	f.Add([]byte("<<: {tests: []}\ntests: [{<<: [{name: a}, {name: b}]}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, errs := suite.Parse("f", data)
		require.Equal(t, file == nil, len(errs) > 0)
		require.False(t, slices.ContainsFunc(errs, func(err error) bool { return err.Error() == "" }))
	})
}

// A real capture answers: alerts with their times, golden signals, samples.
func TestCapture(t *testing.T) {
	for _, f := range run(t, suite.Options{}, "testdata/incident_test.yml").Files {
		require.Empty(t, ids(f), "%+v", f)
		require.Len(t, f.Tests, 3)
		require.Equal(t, "no-data", f.Tests[1].Allowed[0].ID)
	}
}

// Of mappings that are merged into one, the first counts, and what stands in it
// counts more.
func TestMerge(t *testing.T) {
	f, errs := suite.Parse("f", []byte("tests:\n- &a {name: a, external_url: x}\n- &b {name: b, external_url: y, interval: 1m}\n- {<<: [*a, *b], external_url: z}\n"))
	require.Empty(t, errs)
	require.Equal(t, []string{"a", "z", "1m"}, []string{f.Tests[2].Name.Value, f.Tests[2].ExternalURL, f.Tests[2].Interval.String()})
}

// Groups that no order names are evaluated as they stand in their files.
func TestOrderOfGroups(t *testing.T) {
	reads, writes := "- {name: reads, rules: [{record: read, expr: written}]}\n", "- {name: writes, rules: [{record: written, expr: time()}]}\n"
	for _, tt := range []struct{ name, rules, want string }{
		{"the reader stands first, and sees the evaluation before", "groups:\n" + reads + writes, "60"},
		{"the writer stands first", "groups:\n" + writes + reads, "120"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := writeFiles(t, map[string]string{"rules.yml": tt.rules, "a_test.yml": "rule_files: [rules.yml]\ntests:\n- promql_expr_test: [{expr: read, eval_time: 2m, exp_samples: [{labels: read, value: " + tt.want + "}]}]"})
			require.Empty(t, ids(run(t, suite.Options{}, filepath.Join(dir, "a_test.yml")).Files[0]))
		})
	}
}
