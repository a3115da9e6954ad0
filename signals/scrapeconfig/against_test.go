package scrapeconfig

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/rules"
)

func TestAddRules(t *testing.T) {
	const job, federation = "- job_name: kube-proxy\n", "- {job_name: f, honor_labels: true, metrics_path: /federate, params: {'match[]': ['{sysdig=\"true\"}']}}\n"
	alert := func(expr string) string { return "groups: [{name: g, rules: [{alert: A, expr: '" + expr + "'}]}]\n" }
	rows := []struct{ name, config, rules, want, repair string }{
		{"a rule that asks for a job that is there", job, alert(`up{job="kube-proxy"}`), "", ""},
		{"a rule that asks for none", job, alert("up"), "", ""},
		{"a regular expression", job, alert(`up{job=~"kube-.*"}`), "", ""},
		{"another job", job, alert(`up{job="kubernetes-kube-proxy"}`),
			"0 job-unasked: no selector of the rules matches this job\nr.yml no-such-job warning: rule \"A\": up{job=\"kubernetes-kube-proxy\"} asks for another job than there are: kube-proxy\n", ""},
		{"another job, which a rule may set", job + "  relabel_configs: [{target_label: job, replacement: x}]\n", alert(`up{job="x"}`),
			"r.yml no-such-job info: rule \"A\": up{job=\"x\"} asks for another job than there are: kube-proxy; which kube-proxy may give is not known\n", ""},
		{"what a rule writes itself", job, "groups: [{name: g, rules: [{record: a:b, expr: up}, {alert: A, expr: 'a:b{job=\"x\"}'}]}]\n", "", ""},
		{"a federation that no rule meets", job + federation, "groups: [{name: g, rules: [{record: a:b, expr: up}]}]\n",
			"0 matches-nothing: no recording rule has a name and labels that {sysdig=\"true\"} matches, of 1: only series that get such labels otherwise are handed over\n", ""},
		{"a federation that a rule meets", job + federation, "groups: [{name: g, rules: [{record: a:b, expr: up, labels: {sysdig: 'true'}}]}]\n", "", ""},
		{"a job that does not load", job + "- {job_name: b, x: y}\n", alert(`up{job="b"} + up`),
			"r.yml no-such-job info: rule \"A\": up{job=\"b\"} asks for another job than there are: kube-proxy; which x may give is not known\n", ""},
		{"a federation that a rule would meet by another label", job + federation, "groups: [{name: g, rules: [{record: a:b, expr: up, labels: {team: a, federate: 'yes'}}, {record: a:c, expr: up, labels: {federate: 'yes'}}]}]\n",
			"0 matches-nothing: no recording rule has a name and labels that {sysdig=\"true\"} matches, of 2: only series that get such labels otherwise are handed over\n", "match[]:\n- '{federate=\"yes\"}'\n"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			groups, errs := rules.ParseAny("r.yml", []byte(row.rules), rules.ParseOptions{})
			require.Empty(t, errs)
			f := Read("x", []byte(row.config))
			r := Check([]*File{f}, Given{})
			r.AddRules(groups)
			got := ""
			for _, p := range f.Findings {
				if p.ID == MatchesNothing {
					require.Equal(t, row.repair, p.Repair)
				}
				if p.ID != DoesNotLoad {
					got += "0 " + p.ID + ": " + p.Message + "\n"
				}
			}
			for _, p := range r.Findings {
				got += p.File + " " + p.ID + " " + string(p.Severity) + ": " + p.Message + "\n"
			}
			require.Equal(t, row.want, got)
		})
	}
}

func TestAddCapture(t *testing.T) {
	fsys, err := fixtures.FS("incident")
	require.NoError(t, err)
	c, err := capture.Open(fsys, "incident", capture.Options{})
	require.NoError(t, err)
	f := Read("x", []byte("- job_name: kube-proxy\n  static_configs: [{targets: [node-a, node-b, node-z]}]\n"))
	r := Check([]*File{f}, Given{})
	r.AddCapture(c)
	var got []string
	for _, p := range r.Findings {
		require.Equal(t, NotExplained, p.ID)
		got = append(got, p.Message)
	}
	require.Equal(t, []string{
		"2 of its 4 targets are targets that the jobs keep",
		"no kept target has job and instance of: kube-proxy node-c, kube-proxy node-d-v1.20",
		"kept, and not in the capture: kube-proxy node-z",
	}, got)
	(&Result{}).AddCapture(nil)
}

// Labels that are taken away are tried on what targets showed.
func TestMergesSeries(t *testing.T) {
	fsys, err := fixtures.FS("incident")
	require.NoError(t, err)
	c, err := capture.Open(fsys, "incident", capture.Options{})
	require.NoError(t, err)
	for _, row := range []struct{ name, rule, want, repair string }{
		{"a label by which series differ", "{regex: code, action: labeldrop}", "rest_client_requests_total", "metric_relabel_configs: []\n"},
		{"one that they can do without", "{regex: nothing, action: labeldrop}", "", ""},
		{"labels of which too few are kept", "{regex: __name__|le, action: labelkeep}", "", "metric_relabel_configs: []\n"},
		{"series that are dropped before", "{source_labels: [code], regex: .+, action: drop}, {regex: code, action: labeldrop}", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := Read("x", []byte("- job_name: kube-proxy\n  metric_relabel_configs: ["+row.rule+"]\n"))
			r := Check([]*File{f}, Given{})
			r.AddCapture(c)
			var found []Finding
			for _, p := range f.Findings {
				if p.ID == MergesSeries && p.Severity == expfmt.SeverityWarning {
					found = append(found, p)
				}
			}
			require.Equal(t, row.repair != "", len(found) > 0)
			for _, p := range found {
				require.Contains(t, p.Message, row.want)
				require.Contains(t, p.Message, "become another of the same target")
				require.Equal(t, row.repair, p.Repair)
				require.Equal(t, 2, p.Line)
			}
		})
	}
}
