package scrapeconfig

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/query"
	"github.com/scrapebook/scrapebook/signals/rules"
	"github.com/scrapebook/scrapebook/signals/scrapeconfig/discovery"
)

const (
	nodes = "- job_name: nodes\n  static_configs: [{targets: ['n1:1', 'n2:1'], labels: {env: prod}}]\n"
	pods  = "- job_name: pods\n  kubernetes_sd_configs: [{role: pod}]\n  relabel_configs:\n  - {source_labels: [__meta_kubernetes_namespace], target_label: namespace}\n"
)

// findingsOf are those of rules that are no notes on jobs.
func findingsOf(t *testing.T, config, rule string, given Given) string {
	t.Helper()
	groups, errs := rules.ParseAny("r.yml", []byte("groups: [{name: g, rules: ["+rule+"]}]\n"), rules.ParseOptions{})
	require.Empty(t, errs)
	f := Read("x", []byte(config))
	r := Check([]*File{f}, given)
	r.AddRules(groups)
	var b strings.Builder
	for _, p := range r.Findings {
		_, message, _ := strings.Cut(p.Message, ": ")
		b.WriteString(string(p.Severity) + " " + p.ID + ": " + message + "\n")
	}
	return b.String()
}

// What a selector asks for can be given by no job, and that is said; or nothing
// is said, for the reason of the row.
func TestNoSuchLabels(t *testing.T) {
	metric := func(rules string) string { return "  metric_relabel_configs: [" + rules + "]\n" }
	const own, given = "; a target that answers with up itself might", " selects no series that the jobs give: "
	for _, row := range []struct{ name, config, expr, want string }{
		{"a value of a target's label", nodes, `up{env="prod"}`, ""},
		{"another value", nodes, `up{env="test"}`, `warning no-such-labels: up{env="test"}` + given + `up has the labels of targets, and those of job "nodes" have env "prod"` + own + "\n"},
		{"a label that targets lack, of up", nodes, `up{pod="a"}`, `warning no-such-labels: up{pod="a"}` + given + `up has the labels of targets, and those of job "nodes" have no pod` + own + "\n"},
		{"the same, of a metric: the answer may have it", nodes, `a{pod="a"}`, ""},
		{"a label that is not there, asked for", nodes, `up{pod=""}`, ""},
		{"a target's label goes before that of the answer", nodes, `a{env!="prod"}`, `warning no-such-labels: a{env!="prod"}` + given + `series of job "nodes" have env "prod"` + "\n"},
		{"but not with honor_labels", nodes + "  honor_labels: true\n", `a{env!="prod"}`, ""},
		{"up of another server", nodes + "  metrics_path: /federate\n  params: {'match[]': [up]}\n", `up{pod="a"}`, ""},
		{"an instance", nodes, `a{instance=~"n3.*"}`, `warning no-such-labels: a{instance=~"n3.*"}` + given + `series of job "nodes" have instance "n1:1"; series of job "nodes" have instance "n2:1"` + "\n"},
		{"two labels that no target has together", nodes + pods, `up{env="prod",namespace="a"}`, `warning no-such-labels: up{env="prod",namespace="a"}` + given + `up has the labels of targets, and those of job "nodes" have no namespace; up has the labels of targets, and those of job "pods" have no env` + own + "\n"},
		{"what discovery may find", pods, `up{namespace="a"}`, ""},
		{"what discovery does not give without a rule", pods, `up{pod=~"a|b"}`, `warning no-such-labels: up{pod=~"a|b"}` + given + `up has the labels of targets, and those of job "pods" have no pod` + own + "\n"},
		{"what a labelmap may give", pods + "  - {action: labelmap, regex: __meta_kubernetes_pod_label_(.+)}\n", `up{pod="a"}`, ""},
		{"discovery that may give any label", "- job_name: f\n  file_sd_configs: [{files: [x.yml]}]\n", `up{pod="a"}`, ""},
		{"but for what a rule sets", "- job_name: f\n  file_sd_configs: [{files: [x.yml]}]\n  relabel_configs: [{target_label: env, replacement: prod}]\n", `up{env="test"}`,
			`warning no-such-labels: up{env="test"}` + given + `up has the labels of targets, and those of job "f" have env "prod"` + own + "\n"},
		{"a fragment without discovery", "- job_name: f\n", `up{pod="a"}`, ""},
		{"external labels", "global: {external_labels: {cluster: c}}\nscrape_configs:\n" + nodes, `up{cluster="c"}`, `warning no-such-labels: up{cluster="c"}` + given + `up has the labels of targets, and those of job "nodes" have no cluster` + own +
			`; external_labels, which have cluster "c", are put on what leaves the server, and rules don't see them` + "\n"},
		{"a metric that is dropped", nodes + metric("{source_labels: [__name__], regex: 'go_.*', action: drop}"), `go_x{job="nodes"}`, `warning metric-dropped: go_x{job="nodes"}` + given + `job "nodes" drops it (line 3 (drop __name__ /go_.*/))` + "\n"},
		{"one that another job may give", nodes + metric("{source_labels: [__name__], regex: 'go_.*', action: drop}") + pods, "go_x", `info metric-dropped: go_x can be of other jobs alone: job "nodes" drops it (line 3 (drop __name__ /go_.*/))` + "\n"},
		{"some series of it are dropped", nodes + metric("{source_labels: [__name__, le], regex: 'a;1', action: drop}"), `a{le=~"1|2"}`, ""},
		{"those that are asked for", nodes + metric("{source_labels: [__name__, le], regex: 'a;1', action: drop}"), `a{le="1"}`, `warning metric-dropped: a{le="1"}` + given + `job "nodes" drops it (line 3 (drop __name__;le /a;1/))` + "\n"},
		{"a name that a rule writes", nodes + metric("{source_labels: [__name__], regex: 'go_.*', action: drop}, {source_labels: [__name__], regex: b, target_label: __name__, replacement: go_x}"), "go_x", ""},
		{"a metric that is not kept", nodes + metric("{source_labels: [__name__], regex: 'a|b', action: keep}"), "c", `warning no-such-labels: c` + given + `job "nodes" drops it (line 3 (keep __name__ /a|b/))` + "\n"},
		{"up is not dropped", nodes + metric("{source_labels: [__name__], regex: up, action: drop}"), "up", ""},
		{"a label that is taken away", nodes + metric("{regex: pod, action: labeldrop}"), `a{pod="x"}`, `warning no-such-labels: a{pod="x"}` + given + `series of job "nodes" have no pod, which is taken away (line 3 (labeldrop /pod/))` + "\n"},
		{"a label that is not kept, which the rule does without", nodes + metric("{regex: __name__|job, action: labelkeep}"), `a{pod=""}`, ""},
		{"a label that is set", nodes + metric("{target_label: env, replacement: test}"), `a{env="test"}`, ""},
		{"its old value", nodes + metric("{target_label: env, replacement: test}"), `a{env="prod"}`, `warning no-such-labels: a{env="prod"}` + given + `series of job "nodes" have env "test"` + "\n"},
		{"a label of a name that is made", nodes + metric("{source_labels: [a], regex: '(.+)', target_label: '$1', replacement: x}"), `a{env="x"}`, ""},
		{"what a rule records", nodes, `a:b{env="test"}`, ""},
		{"what an alert writes", nodes, `ALERTS{env="test"}`, ""},
		{"a job with a fault", nodes + "- {job_name: b, x: y}\n", `up{env="test"}`, `info no-such-labels: up{env="test"}` + given + `up has the labels of targets, and those of job "nodes" have env "prod"` + own + "; which x may give is not known\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Equal(t, row.want, findingsOf(t, row.config, "{record: a:b, expr: '1'}, {alert: A, expr: '"+row.expr+"'}", Given{}))
		})
	}
}

// What is too much is not looked into, and that is said.
func TestTooManyToAsk(t *testing.T) {
	r := Check([]*File{Read("x", []byte(nodes+pods))}, Given{})
	ask := r.newAsker(nil, nil)
	s := query.Selector{String: "up", Matchers: []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, "__name__", "up"), labels.MustNewMatcher(labels.MatchEqual, "a", "b")}}
	require.False(t, ask.ask(s, false).can)
	ask.end()
	require.Empty(t, r.Findings)
	ask.left, s.String = 4, "up again"
	require.True(t, ask.ask(s, false).can)
	ask.end()
	require.Len(t, r.Findings, 1)
	require.Contains(t, r.Findings[0].Message, "was not looked into for all of them")
}

// Targets that discovery was tried on are a guess, and no proof.
func TestNoSuchLabelsOfTriedTargets(t *testing.T) {
	given := Given{Addresses: []model.LabelSet{{"__address__": "a:1", "__meta_kubernetes_namespace": "kube-system"}}}
	require.Equal(t, `info no-such-labels: up{namespace="x"} selects no series of the targets that were tried: up has the labels of targets, and those of job "pods" have namespace "kube-system"; others may be discovered`+"\n",
		findingsOf(t, pods, `{alert: A, expr: 'up{namespace="x"}'}`, given))
	require.Empty(t, findingsOf(t, pods, `{alert: A, expr: 'up{namespace="kube-system"}'}`, given))
}

func TestLabelUnset(t *testing.T) {
	const none, own = "no series that the jobs give to ", "; a target that answers with up itself might"
	const removed = nodes + "  metric_relabel_configs: [{regex: pod, action: labeldrop}]\n"
	for _, row := range []struct{ name, config, rule, want string }{
		{"by a label of targets", nodes, "alert: A, expr: sum by (env) (up)", ""},
		{"by one that they lack", nodes, "alert: A, expr: sum by (pod) (up)", "warning label-unset: sum by (pod) (up): " + none + "it can have the label pod" + own + "\n"},
		{"by one that answers may have", nodes, "alert: A, expr: sum by (pod) (a)", ""},
		{"by one that is taken away", removed, "alert: A, expr: 'sum by (pod) (rate(a[5m]))'", "warning label-unset: sum by (pod) (rate(a[5m])): " + none + "it can have the label pod\n"},
		{"by one that the expression makes", nodes, `alert: A, expr: 'sum by (pod) (label_replace(up, "pod", "$1", "instance", "(.*)"))'`, ""},
		{"without it", nodes, "alert: A, expr: sum without (pod) (up)", ""},
		{"on one that a side lacks", nodes, "alert: A, expr: up * on (pod) a", "warning label-unset: up * on (pod) a: " + none + "one of its sides can have the label pod" + own + "\n"},
		{"one that is to be taken over", nodes, "alert: A, expr: a * on (env) group_left (pod) up", "warning label-unset: a * on (env) group_left (pod) up: " + none + "the side of which group_left takes it can have the label pod" + own + "\n"},
		{"in a template", nodes, `alert: A, expr: up, annotations: {s: "{{ $labels.pod }} {{ $labels.env }}"}`, "warning label-unset: the annotation s names $labels.pod: " + none + "the expression can have that label" + own + "\n"},
		{"in a template that asks for it first", nodes, `alert: A, expr: up, annotations: {s: "{{ if $labels.pod }}{{ $labels.pod }}{{ end }}"}`, ""},
		{"a label that the expression takes away is no matter of the jobs", nodes, `alert: A, expr: sum(a), annotations: {s: "{{ $labels.env }}"}`, ""},
		{"of what rules record", nodes, "alert: A, expr: sum by (pod) (x:y)", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Equal(t, row.want, findingsOf(t, row.config, "{record: x:y, expr: '1'}, {"+row.rule+"}", Given{}))
		})
	}
}

// What a job gives is never denied: series that relabelling makes of random
// targets and answers meet selectors that were made of them.
func TestNothingIsDenied(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
	names := []string{"__name__", "x", "y", "job", "env"}
	rule := func() string {
		return fmt.Sprintf("{source_labels: [%s], regex: '%s', action: %s, target_label: '%s', replacement: '%s'}",
			pick(append(names, "x, y", "", "y, y")...), pick("(.*)", "a|b", "(a)(.*)", "", "a;b", "x|y|__name__|job"),
			pick("replace", "replace", "keep", "drop", "lowercase", "uppercase"), pick(append(names, "$1")...), pick("$1", "a", "", "c"))
	}
	more := []string{"{regex: 'x|env', action: labeldrop}", "{regex: '__name__|job|y', action: labelkeep}", "{regex: '(x)', replacement: 'y', action: labelmap}", "{source_labels: [x], target_label: y, action: keepequal}", "{source_labels: [x], target_label: env, action: dropequal}"}
	list := func() string {
		var out []string
		for range rnd.IntN(4) {
			out = append(out, pick(append(more, rule(), rule(), rule(), rule())...))
		}
		return "[" + strings.Join(out, ", ") + "]"
	}
	denied, given := 0, 0
	for range 6000 {
		found := pick("static_configs: [{targets: ['a:1'], labels: {env: a, x: b}}]", "static_configs: [{targets: ['a:1', 'b:1']}]", "kubernetes_sd_configs: [{role: pod}]", "file_sd_configs: [{files: [x.yml]}]")
		f := Read("x", fmt.Appendf(nil, "- job_name: a\n  honor_labels: %s\n  %s\n  relabel_configs: %s\n  metric_relabel_configs: %s\n", pick("true", "false", "false"), found, list(), list()))
		if len(f.Jobs) == 0 {
			continue
		}
		j := f.Jobs[0]
		r := Check([]*File{f}, Given{})
		ask := r.newAsker(nil, nil)
		groups := j.Static
		if len(groups) == 0 {
			own := model.LabelSet{"__address__": "a:1", "__meta_kubernetes_namespace": "a"}
			if len(j.Files) > 0 {
				own["x"], own["job"] = "c", "b"
			}
			groups = append(groups, discovery.Group{Targets: []model.LabelSet{own}})
		}
		for _, g := range groups {
			for _, target := range j.Relabel(g, false) {
				if !target.Kept() {
					continue
				}
				for range 4 {
					series, ok := answered(j, target.Public(), pick("a", "b", "up"), pick("", "a", "b"), pick("", "a", "c"), pick("", "a"))
					if !ok {
						continue
					}
					given++
					s := query.Selector{String: series.String()}
					for _, n := range names {
						s.Matchers = append(s.Matchers, labels.MustNewMatcher(labels.MatchEqual, n, series.Get(n)))
					}
					if series.Get("__name__") == "up" && !j.settings.HonorLabels {
						continue // which is told apart
					}
					require.True(t, ask.ask(s, false).can, "%s\n%s", series, strings.Join(f.lines, "\n"))
					s.Matchers[1] = labels.MustNewMatcher(labels.MatchEqual, "x", "nobody")
					if s.String += "!"; !ask.ask(s, false).can {
						denied++
					}
				}
			}
		}
	}
	require.Greater(t, given, 5000)
	require.Greater(t, denied, 500)
}

// answered is what a server makes of a series that a target answers with.
func answered(j *Job, target labels.Labels, name, x, y, env string) (labels.Labels, bool) {
	own := labels.FromMap(map[string]string{"__name__": name, "x": x, "y": y, "env": env}).WithoutEmpty()
	b := labels.NewBuilder(own)
	target.Range(func(l labels.Label) {
		switch {
		case !j.settings.HonorLabels:
			b.Set(l.Name, l.Value)
			b.Set("exported_"+l.Name, own.Get(l.Name))
		case !own.Has(l.Name):
			b.Set(l.Name, l.Value)
		}
	})
	for i := range j.MetricRelabel {
		if !relabel.ProcessBuilder(b, &j.MetricRelabel[i].Config) {
			return labels.EmptyLabels(), false
		}
	}
	return b.Labels(), b.Get("__name__") != ""
}
