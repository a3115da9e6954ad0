package scrapeconfig

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/rules"
)

const mended = `- source_labels: [__address__]
  regex: '([^:;]+)(?::\d+)?'
  target_label: __address__
  replacement: '$1:9100'
- source_labels: [__address__]
  regex: '(\[.+\])(?::\d+)?'
  target_label: __address__
  replacement: '$1:9100'
- source_labels: [__address__]
  regex: '([^\[\]:]*:[^\[\]]*:[^\[\];]*)'
  target_label: __address__
  replacement: '[$1]:9100'
`

func TestRepairedFile(t *testing.T) {
	const port = `{source_labels: [__address__], regex: '(.+?)(\\:\\d+)?', target_label: __address__, replacement: '$1:9100'}`
	in := func(by int) string { return indented(mended, by) }
	for _, row := range []struct{ name, text, want, done string }{
		{"nothing to do", "- job_name: a\n", "- job_name: a\n", ""},
		{"several, with comments and lines of others", "# head\n- job_name: a # first\n  honor_labels: yes   # why\n  relabel_configs:\n  - {target_label: x, replacement: y}\n  # about the port\n  - " + port + " # of nodes\n\n  # next\n- job_name: b\n  honor_labels:   true\n\n# foot\n",
			"# head\n- job_name: a # first\n  honor_labels: false   # why\n  relabel_configs:\n  - {target_label: x, replacement: y}\n  # about the port\n  # of nodes\n" + in(2) + "\n  # next\n- job_name: b\n  honor_labels:   false\n\n# foot\n", "honor-labels port-twice honor-labels"},
		{"with a line that ends as on Windows", "- job_name: a\r\n  relabel_configs:\r\n  - " + port + "\r\n  scheme: https\r\n", "- job_name: a\r\n  relabel_configs:\r\n" + strings.ReplaceAll(in(2), "\n", "\r\n") + "  scheme: https\r\n", "port-twice"},
		{"rules deeper than their key, with lines of their own", "scrape_configs:\n- job_name: a\n  relabel_configs:\n    -   source_labels:\n        - __address__ # own\n        # the port\n        regex: (.+)\n        target_label: __address__\n        replacement: $1:9100\n  scheme: https\n",
			"scrape_configs:\n- job_name: a\n  relabel_configs:\n    # the port\n    # own\n" + in(4) + "  scheme: https\n", "port-twice"},
		{"rules in braces, which have no lines", "- {job_name: a, honor_labels: true, relabel_configs: [" + port + "]}\n", "- {job_name: a, honor_labels: false, relabel_configs: [" + port + "]}\n", "honor-labels"},
		{"a rule that another job uses", "- job_name: a\n  relabel_configs:\n  - &p " + port + "\n- job_name: b\n  relabel_configs: [*p]\n", "- job_name: a\n  relabel_configs:\n  - &p " + port + "\n- job_name: b\n  relabel_configs: [*p]\n", ""},
		{"a use of a rule", "- job_name: a\n  relabel_configs: [&p " + port + "]\n- job_name: b\n  relabel_configs:\n  - *p\n", "- job_name: a\n  relabel_configs: [&p " + port + "]\n- job_name: b\n  relabel_configs:\n" + in(2), "port-twice"},
		{"a text in another", "kind: ConfigMap\napiVersion: v1\ndata:\n  a: |\n    scrape_configs:\n    - job_name: a\n      honor_labels: true\n      relabel_configs:\n      - " + port + "\n  b: c\n",
			"kind: ConfigMap\napiVersion: v1\ndata:\n  a: |\n    scrape_configs:\n    - job_name: a\n      honor_labels: false\n      relabel_configs:\n" + in(6) + "  b: c\n", "honor-labels port-twice"},
		{"indentation first, then the rest", "# a\n\n- job_name: a\nhonor_labels: true\n\nrelabel_configs:\n- source_labels: [__address__]\nregex: (.+)\ntarget_label: __address__\nreplacement: $1:9100\n# end\n",
			"# a\n\n- job_name: a\n  honor_labels: false\n\n  relabel_configs:\n" + in(2) + "# end\n", "no-yaml honor-labels port-twice"},
		{"values of a chart", "# chart\nserver: null\nfoo: {}\nstrategy:\n  type: Recreate # so\n\n# of pods\npodLabels: {a: b}\n\n# other\nalertmanager: {}\n",
			"# chart\nfoo: {}\nserver:\n  strategy:\n    type: Recreate # so\n  # of pods\n  podLabels: {a: b}\n\n# other\nalertmanager: {}\n", "server-null"},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := Read("x", []byte(row.text))
			text, done := f.Repair(func(f *File) *Result { return Check([]*File{f}, Given{}) })
			var ids []string
			for _, p := range done {
				ids = append(ids, p.ID)
			}
			require.Equal(t, row.want, text)
			require.Equal(t, row.done, strings.Join(ids, " "))
			again := Read("x", []byte(text))
			Check([]*File{again}, Given{})
			for _, p := range done {
				require.NotContains(t, found(again), p.Job+" "+p.ID)
			}
		})
	}
}

// What rules and captures say is repaired, too, if it helps.
func TestRepairedByRulesAndCapture(t *testing.T) {
	const text = "- job_name: f\n  metrics_path: /federate\n  params:\n    x: [y]\n    match[]: # all\n    - '{sysdig=\"true\"}'\n  scheme: https\n" +
		"- job_name: kube-proxy\n  metric_relabel_configs:\n  # less\n  - {regex: code, action: labeldrop}\n  scheme: https\n"
	const want = "- job_name: f\n  metrics_path: /federate\n  params:\n    x: [y]\n    # all\n    match[]:\n    - '{federate=\"yes\"}'\n  scheme: https\n" +
		"- job_name: kube-proxy\n  # less\n  metric_relabel_configs: []\n  scheme: https\n"
	groups, errs := rules.ParseAny("r.yml", []byte("groups: [{name: g, rules: [{record: a:b, expr: up, labels: {federate: 'yes'}}]}]\n"), rules.ParseOptions{})
	require.Empty(t, errs)
	fsys, err := fixtures.FS("incident")
	require.NoError(t, err)
	c, err := capture.Open(fsys, "incident", capture.Options{})
	require.NoError(t, err)
	check := func(f *File) *Result {
		r := Check([]*File{f}, Given{})
		r.AddRules(groups)
		r.AddCapture(c)
		return r
	}
	f := Read("x", []byte(text))
	got, done := f.Repair(check)
	require.Equal(t, want, got)
	require.Len(t, done, 2)
	// A repair that brings something else is not made, and the others are.
	f = Read("x", []byte(text))
	got, done = f.Repair(func(f *File) *Result {
		r := check(f)
		if strings.Contains(strings.Join(f.lines, "\n"), "federate=") {
			f.add(Finding{ID: NoSuchJob, Job: "f"})
		}
		return r
	})
	require.Len(t, done, 1)
	require.Contains(t, got, "metric_relabel_configs: []")
	require.Contains(t, got, "sysdig")
	// Of several match[] the others may be met.
	two := strings.Replace(text, "    - '{sysdig", "    - '{federate=\"yes\"}'\n    - '{sysdig", 1)
	got, _ = Read("x", []byte(two)).Repair(check)
	require.Contains(t, got, "match[]: # all\n    - '{federate=\"yes\"}'\n    - '{sysdig")
}
