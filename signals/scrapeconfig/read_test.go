package scrapeconfig

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// found spells the findings of a file, one a line.
func found(f *File) string {
	var b strings.Builder
	for _, p := range f.Findings {
		fmt.Fprintf(&b, "%d:%d %s %s: %s\n", p.Line, p.Column, p.Severity, p.ID, p.Message)
	}
	return b.String()
}

func TestRead(t *testing.T) {
	rows := []struct {
		name, text string
		form       string
		jobs       string
		findings   string
	}{
		{"a prometheus.yml", "global: {scrape_interval: 5s}\nscrape_configs:\n- job_name: a\n- job_name: b\n", FormConfig, "a b", ""},
		{"a list of jobs", "- job_name: a\n- job_name: b\n", FormJobs, "a b", ""},
		{"one job", "job_name: a\nscheme: https\n", FormJobs, "a", ""},
		{"a file for scrape_config_files", "scrape_configs:\n- job_name: a\n", FormConfig, "a", ""},
		{"UTF-16, as Windows saves it", "\xff\xfe-\x00 \x00j\x00o\x00b\x00_\x00n\x00a\x00m\x00e\x00:\x00 \x00a\x00", FormJobs, "a", ""},
		{"nothing", "", FormUnknown, "", "1:1 warning no-jobs: no scrape jobs are in it: neither scrape_configs nor a list of items with a job_name\n"},
		{"something else", "a: {b: [c]}", FormUnknown, "", "1:1 warning no-jobs: no scrape jobs are in it: neither scrape_configs nor a list of items with a job_name\n"},
		{"no text", "\x80\x81", FormUnknown, "", "1:1 error no-yaml: it is no text in UTF-8\n"},
		{"a second document", "scrape_configs: []\n---\na: b\n", FormConfig, "", "3:1 warning read-otherwise: a second document begins here: Prometheus reads the first alone\n"},
		{
			"a ConfigMap, whose text has places of the file", "apiVersion: v1\nkind: ConfigMap\ndata:\n  prometheus.yml: |\n    scrape_configs:\n    - job_name: a\n      shceme: x\n", FormConfigMap, "",
			"7:7 error does-not-load: unknown key \"shceme\": is scheme meant?\n",
		},
		{
			"values of a chart with a configuration", "server: {}\nserverFiles:\n  prometheus.yml:\n    scrape_configs:\n    - job_name: a\n      scrape_interval: x\n", FormValues, "",
			"6:24 error does-not-load: not a valid duration string: \"x\"\n",
		},
		{"values with a list", "prometheus:\n  additionalScrapeConfigs:\n  - job_name: a\n", FormValues, "a", ""},
		{"values with a text in quotes, which has no places", "x: \"- job_name: a\\n  b: c\\n\"\n", FormValues, "", "1:4 error does-not-load: unknown key \"b\"\n"},
		{"a text in values that is no YAML", "x: |\n  - job_name: a\n  b: c\n", FormValues, "", "2:3 error no-yaml: the text inside is no YAML: did not find expected '-' indicator\n"},
		{
			"every error is told", "scrape_configs:\n- job_name: a\n  honor_labels: maybe\n  relabel_configs:\n  - action: rename\n  - regex: (\n    target_label: x\n  - action: replace\n- job_name: a\n- scheme: x\n- \n", FormConfig, "",
			"3:17 error does-not-load: cannot unmarshal !!str `maybe` into bool\n" +
				"5:13 error does-not-load: unknown relabel action \"rename\"\n" +
				"6:12 error does-not-load: error parsing regexp: missing closing ): `^(?s:()$`\n" +
				"8:13 error does-not-load: relabel configuration for replace action requires 'target_label' value\n" +
				"9:13 error does-not-load: another job is called \"a\"\n" +
				"10:3 error does-not-load: job_name is empty\n" +
				"11:2 error does-not-load: an empty job\n",
		},
		{"a key that stands twice", "- job_name: a\n  scheme: http\n  scheme: https\n", FormJobs, "", "3:3 error does-not-load: the key scheme stands twice\n"},
		{"an URL that no rule mends", "- job_name: a\n  static_configs: [{targets: ['http://a/metrics']}]\n", FormJobs, "", "2:31 error does-not-load: \"http://a/metrics\" is no host:port, but a URL: scheme and metrics_path are keys of the job\n"},
		{"merged keys", "- &a\n  job_name: a\n  relabel_configs: [{target_label: x, replacement: y}]\n- {<<: *a, job_name: b}\n", FormJobs, "a b", ""},
		{
			"keys of a job in the first column", "scrape_configs:\n- job_name: a\nscheme: https\n", FormConfig, "a",
			"3:1 error does-not-load: unknown key \"scheme\"\n3:1 error indentation: scheme stands at column 1 and belongs at column 3: with the indentation that the keys need the configuration loads\n",
		},
		{"an alias that holds itself", "- &a [*a]\n- job_name: x\n", FormJobs, "x", "1:3 error does-not-load: a job is a mapping with a job_name\n"},
		{"discovery of Sysdig's agent elsewhere", "- job_name: a\n  sysdig_sd_configs: []\n", FormJobs, "", "2:3 error does-not-load: unknown key \"sysdig_sd_configs\": Sysdig's agent alone knows it\n"},
		{"a role that there is not", "- job_name: a\n  kubernetes_sd_configs:\n  - role: pods\n", FormJobs, "", "3:11 error does-not-load: \"pods\" is no role: it is one of pod, service, endpoints, endpointslice, node, ingress\n"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			f := Read("x.yml", []byte(row.text))
			var jobs []string
			for _, j := range f.Jobs {
				jobs = append(jobs, j.Name)
			}
			require.Equal(t, row.findings, found(f))
			require.Equal(t, row.form, f.Form)
			require.Equal(t, row.jobs, strings.Join(jobs, " "))
			require.Equal(t, !strings.Contains(row.findings, "error"), f.Loads())
		})
	}
}

func article(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../fixtures/article", name))
	require.NoError(t, err)
	return data
}

func TestSysdigAgent(t *testing.T) {
	f := Read("x", article(t, "sysdig-agent-configmap.yaml"))
	require.Equal(t, FormConfigMap, f.Form)
	require.True(t, f.Loads())
	require.Equal(t, Place{"x", 12, 7}, f.Jobs[0].Place)
	require.Equal(t, Place{"x", 16, 9}, f.Jobs[0].MetricRelabel[0].Place)
	require.Equal(t, []string{"sysdig_sd_configs"}, f.Jobs[0].Others)
	require.Contains(t, found(f), "21:7 info sysdig-only")
}

func TestRepair(t *testing.T) {
	rows := []struct{ name, text, want string }{
		{"lists keep what is in them", "- job_name: a # first\n# of all\nstatic_configs:\n- targets:\n- x:1\n- y:2\nlabels:\nenv: prod\nteam: b\nmetrics_path: /m\n- job_name: b\n",
			"- job_name: a # first\n  # of all\n  static_configs:\n  - targets:\n    - x:1\n    - y:2\n    labels:\n      env: prod\n      team: b\n  metrics_path: /m\n- job_name: b\n"},
		{"a whole configuration", "global:\n scrape_interval: 5s\nscrape_configs:\n- job_name: a\nbasic_auth:\nusername: x\nhonor_labels: true\n",
			"global:\n  scrape_interval: 5s\nscrape_configs:\n- job_name: a\n  basic_auth:\n    username: x\n  honor_labels: true\n"},
		{"lists of parameters", "- job_name: a\nparams:\nmatch[]:\n- '{a=\"b\"}'\n", ""}, // no plain word is a key with brackets
		{"a key that nothing knows", "- job_name: a\nhonour: true\n", ""},
		{"a text that goes on", "- job_name: a\nregex: |\n  x\n b: c\n", ""},
		{"no configuration", "a: b\n c\n  - d: e: f\n", ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			f := Read("x", []byte(row.text))
			require.False(t, f.Loads(), "it is no YAML")
			require.Equal(t, row.want, f.Repaired)
			if row.want != "" {
				again := Read("x", []byte(row.want))
				require.True(t, again.Loads(), found(again))
				require.Len(t, again.Jobs, len(f.Jobs))
			}
		})
	}
}

// The article's job is read once its lines are indented, and its rules have the
// places that they have in the article.
func TestRepairOfTheArticle(t *testing.T) {
	f := Read("x", article(t, "scrape-job.yaml.txt"))
	require.Contains(t, found(f), "2:1 error no-yaml: no parser of YAML takes this: did not find expected '-' indicator: honor_labels stands at column 1 and belongs at column 3")
	require.Len(t, f.Jobs, 1)
	require.Equal(t, Place{"x", 1, 3}, f.Jobs[0].Place)
	require.Equal(t, Place{"x", 6, 3}, f.Jobs[0].Relabelling[0].Place)
	require.Equal(t, Place{"x", 12, 3}, f.Jobs[0].Relabelling[1].Place)
	again := Read("x", []byte(f.Repaired))
	require.Empty(t, found(again))
	require.Equal(t, f.Jobs[0].Relabelling[1].Config, again.Jobs[0].Relabelling[1].Config)
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"scrape-job.yaml.txt", "scrape-job-repaired.yaml", "sysdig-agent-configmap.yaml", "values.yaml"} {
		data, err := os.ReadFile(filepath.Join("../../fixtures/article", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("- &a\n  job_name: a\n  relabel_configs: [{action: labelmap, regex: x}]\n- <<: *a\n"))
	f.Add([]byte("- job_name: a\n  kubernetes_sd_configs: [{role: pod, selectors: [{role: pod, field: a=b}]}]\n  static_configs: [{targets: [a]}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file := Read("x", data)
		if !file.Loads() && len(file.Findings) == 0 {
			t.Fatal("it does not load, and nothing says why")
		}
		if file.Repaired != "" && !Read("x", []byte(file.Repaired)).yaml() {
			t.Fatalf("the repaired text is no YAML:\n%s", file.Repaired)
		}
		Check([]*File{file}, Given{})
		text, done := file.Repair(func(f *File) *Result { return Check([]*File{f}, Given{}) })
		if again := Read("x", []byte(text)); len(done) > 0 && file.Repaired == "" && file.Loads() != again.Loads() {
			t.Fatalf("the repaired file loads otherwise:\n%s", text)
		}
	})
}

// yaml tells whether a parser takes the text.
func (f *File) yaml() bool { return !strings.Contains(found(f), NoYAML) }
