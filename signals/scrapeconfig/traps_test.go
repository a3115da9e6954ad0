package scrapeconfig

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// trapIDs are the ids of what is found of jobs, with their lines.
func trapIDs(text string) string {
	f := Read("x", []byte(text))
	Check([]*File{f}, Given{})
	var ids []string
	for _, p := range f.Findings {
		ids = append(ids, p.ID)
	}
	return strings.Join(ids, " ")
}

func TestTraps(t *testing.T) {
	const rule = "- job_name: a\n  relabel_configs:\n  - {source_labels: [__address__], target_label: __address__, "
	rows := []struct{ name, text, want string }{
		{"a direct scrape with honor_labels", "- {job_name: a, honor_labels: true}\n", "honor-labels"},
		{"a federation with it", "- {job_name: a, honor_labels: true, metrics_path: /federate, params: {'match[]': ['{a=\"b\"}']}}\n", ""},
		{"a gateway with it", "- {job_name: pushgateway, honor_labels: true}\n", ""},
		{"a path that a rule sets", "- {job_name: a, honor_labels: true, relabel_configs: [{target_label: __metrics_path__, replacement: /x}]}\n", ""},
		{"a federation that selects nothing", "- {job_name: a, metrics_path: /federate}\n", "matches-nothing"},
		{"a federation whose selector is none", "- {job_name: a, metrics_path: /federate, params: {'match[]': ['{a=']}}\n", "matches-nothing"},
		{"labels that are dropped", "- {job_name: a, metric_relabel_configs: [{regex: pod, action: labeldrop}]}\n", "merges-series"},
		{"two backslashes", rule + `regex: '(.+?)(\\:\\d+)?', replacement: '$1:9100'}` + "\n", "port-twice breaks-ipv6"},
		{"one backslash", rule + `regex: '(.+?)(\:\d+)?', replacement: '$1:9100'}` + "\n", "breaks-ipv6"},
		{"the port of kube-proxy", rule + `regex: '(.+?)(\:\d+)?', replacement: '$1:10249'}` + "\n", "loopback breaks-ipv6"},
		{"the annotation of a port, as many write it", "- job_name: a\n  relabel_configs:\n  - {source_labels: [__address__, __meta_kubernetes_pod_annotation_prometheus_io_port], target_label: __address__, regex: '([^:]+)(?::\\d+)?;(\\d+)', replacement: '$1:$2'}\n", "breaks-ipv6"},
		{"a rule that gives no port", rule + "regex: '(.*):8080', replacement: '$1'}\n", ""},
		{"a rule for a port that is there", rule + "regex: '(.*):10250', replacement: '$1:10255'}\n", ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) { require.Equal(t, row.want, trapIDs(row.text)) })
	}
}

// What stands in Repair has no trap of its own, in place of what it repairs.
func TestTrapsAreRepaired(t *testing.T) {
	for _, rule := range []string{
		`{source_labels: [__address__], target_label: __address__, regex: '(.+?)(\\:\\d+)?', replacement: '$1:9100'}`,
		`{source_labels: [__address__, __meta_x], target_label: __address__, regex: '([^:]+)(?::\d+)?;(\d+)', replacement: '$1:$2'}`,
	} {
		f := Read("x", []byte("- job_name: a\n  relabel_configs:\n  - "+rule+"\n"))
		Check([]*File{f}, Given{})
		require.NotEmpty(t, f.Findings)
		for _, p := range f.Findings {
			require.NotEmpty(t, p.Repair)
			require.Empty(t, trapIDs("job_name: a\nrelabel_configs:\n"+p.Repair))
		}
	}
}

// A direct scrape without honor_labels has no trap.
func TestHonorLabelsIsRepaired(t *testing.T) {
	f := Read("x", []byte("- {job_name: a, honor_labels: true}\n"))
	Check([]*File{f}, Given{})
	require.Len(t, f.Findings, 1)
	require.Empty(t, trapIDs("job_name: a\n"+f.Findings[0].Repair))
}

// TestArticle is about all that is wrong with what the article prints, at its
// places.
func TestArticle(t *testing.T) {
	check := func(name string) *File {
		f := Read("x", article(t, name))
		Check([]*File{f}, Given{Objects: cluster(t, "pods")})
		return f
	}
	job := found(check("scrape-job.yaml.txt"))
	for _, want := range []string{
		"2:1 error no-yaml", "2:1 warning honor-labels", "12:3 info loopback",
		"12:3 warning port-twice: 10.0.0.1 becomes 10.0.0.1:10249, but 10.0.0.1:8080 becomes 10.0.0.1:8080:10249: the regular expression has two backslashes, which match a backslash; with one, as /(.+?)(\\:\\d+)?/, it becomes 10.0.0.1:10249, and fd00::1 becomes fd00::10249",
		"12:3 warning breaks-ipv6: fd00::1 becomes fd00::1:10249, [fd00::1]:8080 becomes [fd00::1]:8080:10249: it should be [fd00::1]:10249",
	} {
		require.Contains(t, job, want)
	}
	require.Equal(t, 5, strings.Count(job, "\n"))
	repaired := found(check("scrape-job-repaired.yaml"))
	require.Equal(t, 1, strings.Count(repaired, "\n"), repaired)
	require.Contains(t, repaired, "18:5 info loopback")

	values := check("values.yaml")
	require.Equal(t, "1:1 warning server-null: server is null: strategy and podAnnotations stand beside it, and the chart takes them in server\n", found(values))
	require.Contains(t, values.Findings[0].Repair, "server:\n  strategy:\n     type: Recreate\n  podAnnotations:\n")
	require.NotContains(t, found(check("values-repaired.yaml")), ServerNull)
}
