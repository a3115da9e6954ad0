package scrapeconfig

import (
	"cmp"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"
)

// traps finds what loads and does something else than it seems to.
func (f *File) traps(j *Job) {
	f.addressTraps(j)
	if j.settings.HonorLabels && !j.federates() {
		k, _ := find(j.node, "honor_labels")
		f.trap(j, k, HonorLabels, "honor_labels: false\n", "honor_labels lets a target overwrite job and instance, which find its series: it belongs on a job that scrapes another server's /federate, or a Pushgateway")
	}
	for i := range j.MetricRelabel {
		r := &j.MetricRelabel[i]
		if r.Action == relabel.LabelDrop || r.Action == relabel.LabelKeep {
			f.add(Finding{Place: r.Place, Job: j.Name, ID: MergesSeries, Severity: severityOf(MergesSeries),
				Message: fmt.Sprintf("%s /%s/ takes labels away: series of a target that differ in them alone become one, and their samples clash", r.Action, r.Regex.String())})
		}
	}
	if j.federates() {
		f.selectors(j)
	}
}

func (f *File) trap(j *Job, n *yaml.Node, id, repair, message string) {
	at := j.Place
	if n != nil {
		at = f.at(n)
	}
	f.add(Finding{Place: at, Job: j.Name, ID: id, Severity: severityOf(id), Message: message, Repair: repair})
}

// federates tells whether the job asks what is no plain target: another server,
// or a gateway.
func (j *Job) federates() bool {
	sets := slices.ContainsFunc(j.Relabelling, func(r Rule) bool { return r.TargetLabel == model.MetricsPathLabel })
	return strings.HasSuffix(j.settings.MetricsPath, "/federate") || strings.Contains(strings.ToLower(j.Name), "pushgateway") || sets
}

// selectors reads those of match[].
func (f *File) selectors(j *Job) (matchers [][]*labels.Matcher) {
	_, params := find(j.node, "params")
	k, v := find(params, "match[]")
	if !strings.HasSuffix(j.settings.MetricsPath, "/federate") {
		return nil
	}
	if isNull(v) || len(real(v).Content) == 0 {
		f.trap(j, cmp.Or(k, params), MatchesNothing, "", "a job that asks /federate without match[] gets nothing")
		return nil
	}
	for _, n := range real(v).Content {
		ms, err := parser.NewParser(parser.Options{}).ParseMetricSelector(real(n).Value)
		if err != nil {
			f.trap(j, n, MatchesNothing, "", fmt.Sprintf("match[] %s is no selector, and the server refuses it: %v", real(n).Value, err))
			continue
		}
		matchers = append(matchers, ms)
	}
	return matchers
}

// Addresses in all forms in which discovery gives them.
var probes = []string{"10.0.0.1", "10.0.0.1:8080", "fd00::1", "[fd00::1]:8080"}

// addressTraps tries the rules that write the address on all its forms: what
// gives a bare IPv4 address a port is to do so for each.
func (f *File) addressTraps(j *Job) {
	chain := j.addressRules()
	if len(chain) == 0 {
		return
	}
	got := probe(chain)
	host, port, err := net.SplitHostPort(got["10.0.0.1"])
	if err != nil || host != "10.0.0.1" || port == "" {
		return // it does not give a port
	}
	if port == "10249" {
		f.add(Finding{Place: chain[0].Place, Job: j.Name, ID: Loopback, Severity: severityOf(Loopback),
			Message: "kube-proxy serves port 10249 on 127.0.0.1 unless it runs with metricsBindAddress (--metrics-bind-address) 0.0.0.0:10249, or [::]:10249: without it all targets are down"})
	}
	repair := mend(chain, port)
	if got["10.0.0.1:8080"] != net.JoinHostPort("10.0.0.1", port) {
		f.add(Finding{Place: chain[0].Place, Job: j.Name, ID: PortTwice, Severity: severityOf(PortTwice), Repair: repair,
			Message: fmt.Sprintf("10.0.0.1 becomes %s, but 10.0.0.1:8080 becomes %s%s", got["10.0.0.1"], got["10.0.0.1:8080"], chain[0].backslashes(port))})
	}
	var wrong []string
	for _, p := range probes[2:] {
		if got[p] != net.JoinHostPort("fd00::1", port) {
			wrong = append(wrong, fmt.Sprintf("%s becomes %s", p, got[p]))
		}
	}
	if len(wrong) > 0 {
		f.add(Finding{Place: chain[0].Place, Job: j.Name, ID: BreaksIPv6, Severity: severityOf(BreaksIPv6), Repair: repair,
			Message: fmt.Sprintf("%s: it should be [fd00::1]:%s", strings.Join(wrong, ", "), port)})
	}
}

// addressRules are the rules that make an address of an address.
func (j *Job) addressRules() (chain []*Rule) {
	for i := range j.Relabelling {
		r := &j.Relabelling[i]
		if r.Action == relabel.Replace && r.TargetLabel == model.AddressLabel && slices.Contains(r.SourceLabels, model.AddressLabel) {
			chain = append(chain, r)
		}
	}
	return chain
}

// backslashes tells of a regular expression whose backslashes are doubled where
// YAML keeps both, and what becomes of the obvious repair.
func (r *Rule) backslashes(port string) string {
	re := r.Regex.String()
	if !strings.Contains(re, `\\`) {
		return ""
	}
	once := *r
	single, err := relabel.NewRegexp(strings.ReplaceAll(re, `\\`, `\`))
	if err != nil {
		return ""
	}
	once.Regex = single
	got := probe([]*Rule{&once})
	s := fmt.Sprintf(": the regular expression has two backslashes, which match a backslash; with one, as /%s/, it becomes %s", single.String(), got["10.0.0.1:8080"])
	if got["fd00::1"] != net.JoinHostPort("fd00::1", port) {
		s += fmt.Sprintf(", and fd00::1 becomes %s", got["fd00::1"])
	}
	return s
}

// probe runs rules on every form of an address. Other labels are a port.
func probe(chain []*Rule) map[string]string {
	out := map[string]string{}
	for _, p := range probes {
		b := labels.NewBuilder(labels.FromStrings(model.AddressLabel, p))
		for _, r := range chain {
			for _, l := range r.SourceLabels {
				if l != model.AddressLabel {
					b.Set(string(l), "9102")
				}
			}
		}
		for _, r := range chain {
			relabel.ProcessBuilder(b, &r.Config)
		}
		out[p] = b.Get(model.AddressLabel)
	}
	return out
}

var fixedPort = regexp.MustCompile(`:(\d+)$`)

// mend spells rules in place of those of chain, which were tried on every form;
// "" if there are none.
func mend(chain []*Rule, port string) string {
	first := chain[0]
	var sources, suffix, replacement string
	switch {
	case len(first.SourceLabels) == 1 && fixedPort.MatchString(first.Replacement):
		sources, replacement = "[__address__]", ":"+port
	case len(first.SourceLabels) == 2 && first.SourceLabels[0] == model.AddressLabel && first.Separator == ";":
		sources, suffix, replacement = fmt.Sprintf("[__address__, %s]", first.SourceLabels[1]), `;(\d+)`, ":$2"
	default:
		return ""
	}
	var b strings.Builder
	for _, form := range [][2]string{{`([^:;]+)(?::\d+)?`, "$1"}, {`(\[.+\])(?::\d+)?`, "$1"}, {`([^\[\]:]*:[^\[\]]*:[^\[\];]*)`, "[$1]"}} {
		fmt.Fprintf(&b, "- source_labels: %s\n  regex: '%s%s'\n  target_label: __address__\n  replacement: '%s%s'\n", sources, form[0], suffix, form[1], replacement)
	}
	tried := Read("", []byte("job_name: x\nrelabel_configs:\n"+b.String()))
	if len(tried.Jobs) != 1 {
		return ""
	}
	var rules []*Rule
	for i := range tried.Jobs[0].Relabelling {
		rules = append(rules, &tried.Jobs[0].Relabelling[i])
	}
	for p, got := range probe(rules) {
		host := "10.0.0.1"
		if strings.Contains(p, "fd00") {
			host = "fd00::1"
		}
		if got != net.JoinHostPort(host, port) {
			return ""
		}
	}
	return b.String()
}

// ofServer are keys that the chart of Prometheus takes in server.
var ofServer = []string{"strategy", "podAnnotations", "podLabels", "replicaCount", "persistentVolume", "retention", "resources", "nodeSelector", "tolerations", "affinity", "extraArgs", "extraFlags"}

// values finds keys of a chart that stand beside a server that is null.
func (f *File) values(root *yaml.Node) bool {
	key, server := find(root, "server")
	if key == nil || !isNull(server) || key.Column != 1 {
		return false
	}
	var names []string
	first, last := 0, len(f.lines)
	for _, p := range pairs(root) {
		switch in := slices.Contains(ofServer, p.key.Value); {
		case p.key.Line <= key.Line:
		case in && (last == len(f.lines) || first == 0):
			names = append(names, p.key.Value)
			if first == 0 {
				first = p.key.Line
			}
		case first > 0 && last == len(f.lines):
			last = p.key.Line - 1
		}
	}
	if len(names) == 0 {
		return false
	}
	for last > first && blank(f.lines[last-1]) {
		last--
	}
	repair := "server:\n"
	for _, line := range f.lines[first-1 : last] {
		if line = strings.TrimRight(line, " \t\r"); line != "" {
			repair += "  " + line + "\n"
		}
	}
	docs, _, err := parseYAML(repair)
	if err != nil || len(docs) != 1 {
		repair = ""
	} else if _, s := find(docs[0], "server"); len(pairs(s)) != len(names) {
		repair = ""
	}
	f.besideFrom, f.beside = first, last
	verb := "stands beside it, and the chart takes it in server"
	if len(names) > 1 {
		verb = "stand beside it, and the chart takes them in server"
	}
	f.add(Finding{Place: f.at(key), ID: ServerNull, Severity: severityOf(ServerNull), Repair: repair,
		Message: fmt.Sprintf("server is null: %s %s", strings.Join(names, " and "), verb)})
	return true
}
