package scrapeconfig

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/rules"
)

func TestAddRules(t *testing.T) {
	const job, federation = "- job_name: kube-proxy\n", "- {job_name: f, honor_labels: true, metrics_path: /federate, params: {'match[]': ['{sysdig=\"true\"}']}}\n"
	alert := func(expr string) string { return "groups: [{name: g, rules: [{alert: A, expr: '" + expr + "'}]}]\n" }
	rows := []struct{ name, config, rules, want string }{
		{"a rule that asks for a job that is there", job, alert(`up{job="kube-proxy"}`), ""},
		{"a rule that asks for none", job, alert("up"), ""},
		{"a regular expression", job, alert(`up{job=~"kube-.*"}`), ""},
		{"another job", job, alert(`up{job="kubernetes-kube-proxy"}`),
			"0 job-unasked: no selector of the rules matches this job\nr.yml no-such-job warning: rule \"A\": up{job=\"kubernetes-kube-proxy\"} asks for another job than there are: kube-proxy\n"},
		{"another job, which a rule may set", job + "  relabel_configs: [{target_label: job, replacement: x}]\n", alert(`up{job="x"}`),
			"r.yml no-such-job info: rule \"A\": up{job=\"x\"} asks for another job than there are: kube-proxy; which kube-proxy may give is not known\n"},
		{"what a rule writes itself", job, "groups: [{name: g, rules: [{record: a:b, expr: up}, {alert: A, expr: 'a:b{job=\"x\"}'}]}]\n", ""},
		{"a federation that no rule meets", job + federation, "groups: [{name: g, rules: [{record: a:b, expr: up}]}]\n",
			"0 matches-nothing: no recording rule has a name and labels that {sysdig=\"true\"} matches, of 1: only series that get such labels otherwise are handed over\n"},
		{"a federation that a rule meets", job + federation, "groups: [{name: g, rules: [{record: a:b, expr: up, labels: {sysdig: 'true'}}]}]\n", ""},
		{"a job that does not load", job + "- {job_name: b, x: y}\n", alert(`up{job="b"} + up`),
			"r.yml no-such-job info: rule \"A\": up{job=\"b\"} asks for another job than there are: kube-proxy; which x may give is not known\n"},
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
