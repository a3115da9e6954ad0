package compat

import (
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/catalogue"
	"github.com/scrapebook/scrapebook/signals/rules"
)

// made is a catalogue in which everything changes once.
const made = `software made
versions 1..6
source a "a list"
listed 1..6 from=a
gone_total     ..3  counter labels=code from=a
gone_total     4..  none renamed=there_total
late_total     ..2  none
late_total     3..  counter labels= from=a
there_total    ..   counter labels=code,kind=x from=a
silent_total   1..2 counter labels= from=a
hidden_total   ..4  counter labels= from=a
hidden_total   5..  counter labels= hidden from=a
relabelled     ..3  gauge labels=url from=a
relabelled     4..  gauge labels=host from=a
divided        ..3  gauge labels=a from=a
divided        4..  gauge labels=a,family from=a
divided_too    ..3  gauge labels=a from=a
divided_too    4..  gauge labels=a,family from=a
seconds        ..3  histogram labels=a le=0.1,0.5 from=a
seconds        4..  histogram labels=a le=1,60 from=a
odd            ..   histogram labels= le=0.002,0.02 from=a
retyped        ..3  gauge labels= from=a
retyped        4..  counter labels= from=a
parts          ..3  summary labels= from=a
parts          4..  histogram labels= le=1 from=a
pods           ..3  gauge labels= from=a
pods           4..  gauge labels=namespace from=a
remarked       ..   gauge labels= note="a remark" from=a
`

// checkRows are rules on the catalogue made.
var checkRows = []struct {
	name, expr string
	verdicts   string
	findings   []string // the beginnings: verdict id versions: text
}{
	{"nothing is wrong", `rate(there_total{code="1"}[5m]) > 0`, "ok 1..6", nil},
	{"of Prometheus itself", `up == 0 or scrape_samples_scraped > 5 or ALERTS{alertname="x"}`, "ok 1..6", nil},
	{"gone", `gone_total > 0`, "ok 1..3, breaks 4..6", []string{"breaks metric-gone 4..6: gone_total is gone since 4: there_total took its place"}},
	{"gone below a function and an aggregation", `sum(rate(gone_total[5m])) by (code)`, "ok 1..3, breaks 4..6", []string{"breaks metric-gone 4..6"}},
	{"not yet", `late_total`, "breaks 1..2, ok 3..6", []string{"breaks metric-not-yet 1..2: late_total is not there before 3"}},
	{"hidden", `hidden_total`, "ok 1..4, breaks 5..6", []string{"breaks metric-hidden 5", "breaks metric-hidden 6"}},
	{"not in a list is not gone", `silent_total`, "ok 1..2, not known 3..6", []string{"not known metric-not-known 3..6: the version's list lacks silent_total, which proves nothing by itself: it is known in 1..2"}},
	{"of another program", `there_totl`, "not known 1..6", []string{"not known metric-not-known 1..6: there_totl is in no list of made: another program's, or not known; did you mean there_total?"}},
	{"no name", `{code="1"}`, "not known 1..6", []string{"not known metric-not-known 1..6: the selector names no metric"}},
	{"one arm of or", `gone_total or there_total`, "ok 1..6", []string{"note metric-gone 4..6"}},
	{"both arms of or", `gone_total{code="x"} or hidden_total`, "ok 1..4, breaks 5..6", []string{"breaks metric-gone 5..6", "breaks metric-hidden 5", "breaks metric-hidden 6", "note metric-gone 4"}},
	{"an operand", `there_total / on (code) gone_total`, "ok 1..3, breaks 4..6", []string{"breaks metric-gone 4..6"}},
	{"and", `there_total and gone_total`, "ok 1..3, breaks 4..6", []string{"breaks metric-gone 4..6"}},
	{"right of unless", `there_total unless gone_total`, "ok 1..3, changes 4..6", []string{"breaks metric-gone 4..6"}},
	{"left of unless", `gone_total unless there_total`, "ok 1..3, breaks 4..6", []string{"breaks metric-gone 4..6"}},
	{"a fallback", `gone_total or vector(0)`, "ok 1..6", []string{"note metric-gone 4..6"}},
	{"filled in", `there_total - fill(0) gone_total`, "ok 1..3, changes 4..6", []string{"breaks metric-gone 4..6"}},
	{"absent", `absent(gone_total)`, "ok 1..3, breaks 4..6", []string{"breaks absent 4..6: absent is always true", "breaks metric-gone 4..6"}},
	{"a scalar of nothing", `there_total > scalar(gone_total)`, "ok 1..3, changes 4..6", []string{"breaks metric-gone 4..6"}},
	{"a matcher of a label that was another", `relabelled{url="x"}`, "ok 1..3, breaks 4..6", []string{"breaks label-missing 4..6: relabelled has no label url since 4, so url=\"x\" matches nothing, unless the scrape job adds it: it has it up to 3; its labels here are host", "changes labels-changed 4..6"}},
	{"a matcher that lets pass", `sum(relabelled{url!="x"})`, "ok 1..3, changes 4..6", []string{"changes label-idle 4..6: relabelled has no label url since 4, so url!=\"x\" lets everything pass"}},
	{"a label that a job adds", `pods{namespace="x"}`, "ok 1..6", nil},
	{"a label of no version", `there_total{verb="x"}`, "ok 1..6", []string{"note label-foreign 1..6: there_total has a label verb in no version known (its labels are code and kind): it has to come from the scrape job"}},
	{"a value that never is", `there_total{kind="y"}`, "breaks 1..6", []string{"breaks value-never 1..6: kind of there_total is always \"x\", which kind=\"y\" does not match"}},
	{"a value that is", `there_total{kind=~"x|y"}`, "ok 1..6", nil},
	{"grouped by a label that is gone", `sum by (url) (relabelled)`, "ok 1..3, changes 4..6", []string{"changes label-merged 4..6: relabelled has no label url since 4: sum by (url) puts together what it told apart up to 3"}},
	{"grouped by one to come", `sum by (host) (relabelled)`, "changes 1..3, ok 4..6", []string{"changes label-merged 1..3: relabelled has no label host before 4: sum by (host) cannot tell apart what it does since 4"}},
	{"grouped by one that divides later", `sum by (family) (divided)`, "ok 1..6", []string{"note label-merged 1..3: divided has no label family before 4: sum by (family) cannot tell apart what it does since 4"}},
	{"grouped by both names", `sum by (url, host) (relabelled)`, "ok 1..6", []string{"note label-merged 1..3", "note label-merged 4..6"}},
	{"grouped by what a function makes", `sum by (url) (label_replace(relabelled, "url", "$1", "host", "(.*)"))`, "ok 1..6", nil},
	{"grouped beside an unknown metric", `sum by (url) (relabelled * on (host) group_left (url) node_x)`, "not known 1..6", []string{"not known metric-not-known 1..6: node_x"}},
	{"divided", `divided > 1`, "ok 1..3, changes 4..6", []string{"changes split 4..6: divided has the label family since 4: where there was one series there is one for each family; the rule's alerts have it"}},
	{"divided and put together", `sum by (a) (divided) > 1`, "ok 1..6", nil},
	{"divided, by what is without it", `sum without (family) (divided) > 1`, "ok 1..6", nil},
	{"divided, and asked for", `divided{family="IPv4"} > 1`, "breaks 1..3, ok 4..6", []string{"breaks label-missing 1..3: divided has no label family before 4"}},
	{"divided, and matched by all", `divided - divided_too`, "ok 1..3, changes 4..6", []string{"changes split 4..6", "changes split 4..6"}},
	{"divided, and matched by one", `divided - on (a) divided_too`, "ok 1..3, changes 4..6", []string{"changes split-matching 4..6", "changes split-matching 4..6"}},
	{"divided, on the side of many", `divided - on (a) group_left sum by (a) (divided_too)`, "ok 1..3, changes 4..6", []string{"changes split 4..6"}},
	{"divided, right of and", `up and on (a) divided`, "ok 1..6", nil},
	{"a quantile that cannot", `histogram_quantile(0.9, sum by (le) (rate(seconds_bucket[5m]))) > 60`, "breaks 1..6", []string{"breaks never-true 1..6: histogram_quantile is never above 60: the highest finite bucket of seconds is 0.5 up to 3, 60 since 4"}},
	{"one that cannot on old versions", `histogram_quantile(0.9, sum by (le) (rate(seconds_bucket[5m]))) > 1`, "breaks 1..3, ok 4..6", []string{"breaks never-true 1..3: histogram_quantile is never above 1: the highest finite bucket of seconds is 0.5 up to 3, 60 since 4"}},
	{"the bound itself can be reached", `histogram_quantile(0.9, rate(seconds_bucket[5m])) >= 60`, "breaks 1..3, ok 4..6", nil},
	{"the other way round", `60 < histogram_quantile(0.9, rate(seconds_bucket[5m]))`, "breaks 1..6", nil},
	{"low values are no trouble", `histogram_quantile(0.9, rate(seconds_bucket[5m])) < 60`, "ok 1..6", nil},
	{"in milliseconds", `1000 * max(histogram_quantile(0.9, rate(seconds_bucket[5m]))) > 1e5`, "breaks 1..6", []string{"breaks never-true 1..3: the left side is never above 100000, histogram_quantile being at most 0.5: the highest finite bucket of seconds is 0.5 up to 3, 60 since 4", "breaks never-true 4..6: the left side is never above 100000, histogram_quantile being at most 60: "}},
	{"divided by a negative number", `histogram_quantile(0.9, rate(seconds_bucket[5m])) / -1 > 100`, "ok 1..6", nil},
	{"a sum of quantiles", `sum(histogram_quantile(0.9, rate(seconds_bucket[5m]))) > 100`, "ok 1..6", nil},
	{"a quantile above 1 is infinite", `histogram_quantile(1.5, rate(seconds_bucket[5m])) > 100`, "ok 1..6", nil},
	{"an infinite threshold", `histogram_quantile(0.9, rate(seconds_bucket[5m])) > Inf`, "breaks 1..6", nil},
	{"0 or 1", `histogram_quantile(0.9, rate(seconds_bucket[5m])) > bool 100`, "ok 1..6", nil},
	{"rounding passes the bound by an ulp", `histogram_quantile(0.9, rate(odd_bucket[5m])) > 0.02`, "ok 1..6", nil},
	{"but not more", `histogram_quantile(0.9, rate(odd_bucket[5m])) > 0.0201`, "breaks 1..6", nil},
	{"a comparison in an arm", `histogram_quantile(0.9, rate(seconds_bucket[5m])) > 100 or up == 0`, "ok 1..6", []string{"note never-true 1..6"}},
	{"a bucket that was", `seconds_bucket{le="0.5"}`, "ok 1..3, breaks 4..6", []string{"breaks bucket-missing 4..6: seconds has no bucket le=\"0.5\" here: its bounds are 0.1 0.5 up to 3, 1 60 since 4"}},
	{"a bucket in another spelling", `seconds_bucket{le="60.0"} > 0`, "breaks 1..3, ok 4..6", nil},
	{"a bucket as the program spells it, and Prometheus 3 does not", `seconds_bucket{le="60"} > 0`, "breaks 1..6", []string{
		"breaks bucket-missing 1..3: seconds has no bucket le=\"60\" here: its bounds are 0.1 0.5 up to 3, 1 60 since 4",
		"breaks bucket-missing 4..6: Prometheus 3 stores this bucket of seconds as le=\"60.0\", so le=\"60\" matches nothing"}},
	{"buckets by a regular expression", `seconds_bucket{le=~"0.5|1"} > 0`, "ok 1..3, breaks 4..6", []string{
		"breaks bucket-missing 4..6: seconds has no bucket that le=~\"0.5|1\" matches, as Prometheus 3 spells them (1 as 1.0): its bounds are 0.1 0.5 up to 3, 1 60 since 4"}},
	{"buckets by a regular expression that some match", `seconds_bucket{le=~"(0.5|1)(.0)?"} > 0`, "ok 1..6", nil},
	{"the last bucket", `seconds_bucket{le="+Inf"}`, "ok 1..6", nil},
	{"a rate of what was a gauge", `rate(retyped[5m])`, "changes 1..3, ok 4..6", []string{"changes type 1..3: retyped is a gauge up to 3: rate takes each fall for a reset of a counter"}},
	{"buckets of what was a summary", `rate(parts_bucket[5m])`, "breaks 1..3, ok 4..6", []string{"breaks type 1..3: parts is a summary, which has no _bucket"}},
	{"the sum of what was a summary", `rate(parts_sum[5m])`, "ok 1..6", nil},
	{"a remark", `remarked`, "ok 1..6", []string{"note remark 1..6: remarked: a remark"}},
}

func TestCheck(t *testing.T) {
	c, err := catalogue.Read(strings.NewReader(made), "made")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range checkRows {
		t.Run(tt.name, func(t *testing.T) {
			g, err := rules.ParseExpr(tt.name, tt.expr, rules.ParseOptions{Features: features})
			if err != nil {
				t.Fatal(err)
			}
			r, err := Check(c, c.Versions, []*rules.Group{g}, features)
			if err != nil {
				t.Fatal(err)
			}
			rule := r.Rules[0]
			if got := verdicts(rule); got != tt.verdicts {
				t.Errorf("verdicts %s, want %s", got, tt.verdicts)
			}
			if tt.findings != nil && len(tt.findings) != len(rule.Findings) || tt.verdicts == "ok 1..6" && tt.findings == nil && len(rule.Findings) > 0 && rule.Findings[0].Verdict != Note {
				t.Errorf("%d findings, want %d", len(rule.Findings), len(tt.findings))
			}
			for i, f := range rule.Findings {
				text := describe(f)
				if i < len(tt.findings) && !strings.HasPrefix(text, tt.findings[i]) {
					t.Errorf("finding\n%s, want\n%s…", text, tt.findings[i])
				}
				if tt.findings == nil || i >= len(tt.findings) {
					t.Log(text)
				}
				if f.Expr != tt.expr[f.Start:f.End] || f.Expr == "" {
					t.Errorf("expr %q at %d..%d", f.Expr, f.Start, f.End)
				}
			}
			explained(t, rule)
		})
	}
}

var features = []string{"promql-binop-fill-modifiers", "promql-experimental-functions"}

func verdicts(r Rule) string {
	var parts []string
	for _, run := range r.Verdicts {
		parts = append(parts, fmt.Sprintf("%s %s", run.Verdict, run.Span))
	}
	return strings.Join(parts, ", ")
}

func describe(f Finding) string {
	var spans []string
	for _, s := range f.Spans {
		spans = append(spans, s.String())
	}
	return fmt.Sprintf("%s %s %s: %s", f.Verdict, f.ID, strings.Join(spans, ","), f.Text)
}

// explained checks that a verdict has a finding.
func explained(t *testing.T, r Rule) {
	t.Helper()
	for _, run := range r.Verdicts {
		found := run.Verdict == OK
		for _, f := range r.Findings {
			found = found || rank[f.Verdict] <= rank[run.Verdict] && f.Verdict != Note
		}
		if !found {
			t.Errorf("%s: no finding explains %s %s", r.Name, run.Verdict, run.Span)
		}
	}
}

// A rule breaks with the rules that record what it selects.
func TestRecorded(t *testing.T) {
	c, err := catalogue.Read(strings.NewReader(made), "made")
	if err != nil {
		t.Fatal(err)
	}
	groups, errs := rules.Parse("rules.yml", []byte(`groups:
- name: g
  rules:
  - record: a:rate
    expr: rate(gone_total[5m])
  - record: b:rate
    expr: rate(gone_total[5m])
  - record: b:rate
    expr: rate(there_total[5m])
  - record: loop
    expr: loop + 1
  - alert: A
    expr: a:rate > 0
  - alert: B
    expr: b:rate > 0
  - alert: Loop
    expr: loop > 0
`), rules.ParseOptions{})
	if errs != nil {
		t.Fatal(errs)
	}
	r, err := Check(c, c.Versions, groups, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range map[int]string{4: "ok 1..3, breaks 4..6", 5: "ok 1..6", 6: "ok 1..6"} {
		if got := verdicts(r.Rules[i]); got != want {
			t.Errorf("%s: %s, want %s", r.Rules[i].Name, got, want)
		}
		explained(t, r.Rules[i])
	}
	if got := describe(r.Rules[4].Findings[0]); got != "breaks recorded 4..6: a:rate is recorded by a rule that breaks itself" {
		t.Error(got)
	}
}

// What facts/KUBE-PROXY.md says of the article's and PromCat's rules.
func TestArticle(t *testing.T) {
	for name, want := range map[string][]string{
		"alerts.yml KubeProxyDown": {"ok 1.14..1.36"},
		"alerts.yml HighRestClientLatency": {"breaks 1.14..1.36",
			"breaks never-true 1.14..1.36: histogram_quantile is never above 60: the highest finite bucket of rest_client_request_duration_seconds is 0.512 up to 1.23, 60 since 1.24",
			"changes label-merged 1.24..1.36: rest_client_request_duration_seconds has no label url since 1.24: sum by (verb, url, le) puts together what it told apart up to 1.23"},
		"alerts.yml TooMany500Code": {"ok 1.14..1.36", "note remark"},
		"promcat rest_client_request_latency_seconds_bucket:post:kube_proxy": {"ok 1.14..1.16, breaks 1.17..1.36",
			"breaks metric-hidden 1.17: rest_client_request_latency_seconds is hidden in 1.17",
			"breaks metric-gone 1.18..1.36: rest_client_request_latency_seconds is gone since 1.18: rest_client_request_duration_seconds took its place"},
		"promcat kubeproxy_sync_proxy_rules_duration_seconds_count:kube_proxy": {"ok 1.14..1.32, changes 1.33..1.36",
			"changes split 1.33..1.36: kubeproxy_sync_proxy_rules_duration_seconds has the label ip_family since 1.33: where there was one series there is one for each ip_family; the rule's results have it"},
		"promcat Kube Proxy Down": {"not known 1.14..1.36", "not known metric-not-known 1.14..1.36: kube_node_info is in no list of kubernetes"},
		"promcat High Rest Client Latency": {"ok 1.14..1.16, breaks 1.17..1.36",
			"breaks recorded 1.17..1.36: rest_client_request_latency_seconds_bucket:post:kube_proxy is recorded by a rule that breaks itself"},
		"promcat High Rule Sync Latency": {"breaks 1.14..1.36",
			"breaks never-true 1.14..1.36: histogram_quantile is never above 60: the highest finite bucket of kubeproxy_sync_proxy_rules_duration_seconds is 16.384 in all versions known (1.14..1.36)",
			"changes split 1.33..1.36: kubeproxy_sync_proxy_rules_duration_seconds has the label ip_family since 1.33"},
	} {
		t.Run(name, func(t *testing.T) {
			got := checkAll(t)[name]
			if got == nil {
				t.Fatal("no such rule")
			}
			explained(t, *got)
			lines := []string{verdicts(*got)}
			for _, f := range got.Findings {
				lines = append(lines, describe(f))
			}
			if len(lines) != len(want) {
				t.Errorf("%q, want %d lines", lines, len(want))
			}
			for i := range min(len(lines), len(want)) {
				if !strings.HasPrefix(lines[i], want[i]) {
					t.Errorf("%s, want %s…", lines[i], want[i])
				}
			}
		})
	}
}

// promcat are rules in the form in which PromCat shipped them.
const promcat = `groups:
- name: promcat
  rules:
  - record: rest_client_request_latency_seconds_bucket:post:kube_proxy
    expr: histogram_quantile(0.99, sum(rate(rest_client_request_latency_seconds_bucket{job="kubernetes-kube-proxy",verb="POST"}[5m])) by (verb, url, le))
  - record: kubeproxy_sync_proxy_rules_duration_seconds_count:kube_proxy
    expr: kubeproxy_sync_proxy_rules_duration_seconds_count{job="kubernetes-kube-proxy"}
  - alert: Kube Proxy Down
    expr: sum(up{job="kube-proxy"}) < count(kube_node_info)
  - alert: High Rest Client Latency
    expr: rest_client_request_latency_seconds_bucket:post:kube_proxy > 60
  - alert: High Rule Sync Latency
    expr: histogram_quantile(0.99, rate(kubeproxy_sync_proxy_rules_duration_seconds_bucket[5m])) > 60
`

func checkAll(t *testing.T) map[string]*Rule {
	t.Helper()
	article, err := fixtures.Read("article/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*Rule{}
	for file, data := range map[string][]byte{"alerts.yml": article, "promcat": []byte(promcat)} {
		groups, errs := rules.Parse(file, data, rules.ParseOptions{})
		if errs != nil {
			t.Fatal(errs)
		}
		c := catalogue.Kubernetes()
		r, err := Check(c, c.Versions, groups, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range r.Rules {
			byName[file+" "+r.Rules[i].Name] = &r.Rules[i]
		}
	}
	return byName
}

// The rules that come with scrapebook work on all versions for which their
// metrics are known.
func TestPacksWork(t *testing.T) {
	n := 0
	err := fs.WalkDir(os.DirFS("../packs"), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".rules.yml") {
			return err
		}
		data, err := os.ReadFile("../packs/" + name)
		if err != nil {
			return err
		}
		groups, errs := rules.Parse(name, data, rules.ParseOptions{})
		if errs != nil {
			return errs[0]
		}
		c := catalogue.Kubernetes()
		r, err := Check(c, c.Versions, groups, nil)
		if err != nil {
			return err
		}
		for _, rule := range r.Rules {
			n++
			explained(t, rule)
			if rule.Worst() == Breaks {
				t.Errorf("%s: %s: %s", name, rule.Name, verdicts(rule))
			}
		}
		return nil
	})
	if err != nil || n == 0 {
		t.Errorf("%d rules, %v", n, err)
	}
}

// No quantile of Prometheus' own arithmetic is above what interpolated says.
func TestInterpolated(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	c := catalogue.Kubernetes()
	checked := 0
	for _, name := range c.Names() {
		for _, p := range c.History(name).Periods {
			if p.Bounds == nil {
				continue
			}
			most := interpolated(p.Bounds)
			for range 20 {
				buckets := make(promql.Buckets, 0, len(p.Bounds)+1)
				count := 0.0
				for _, b := range p.Bounds {
					count += float64(random.IntN(3)) * random.Float64()
					buckets = append(buckets, promql.Bucket{UpperBound: b, Count: count})
				}
				buckets = append(buckets, promql.Bucket{UpperBound: math.Inf(1), Count: count + float64(random.IntN(2))})
				if v, _, _, _, _, _ := promql.BucketQuantile(random.Float64(), buckets); v > most {
					t.Fatalf("%s: %v: a quantile of %g, above %g", name, p.Bounds, v, most)
				}
				checked++
			}
		}
	}
	if checked < 2000 {
		t.Errorf("only %d histograms", checked)
	}
}

func TestVersions(t *testing.T) {
	c := catalogue.Kubernetes()
	for _, tt := range []struct{ name, span, want string }{
		{"a span", "1.18..1.20", "1.18 1.19 1.20"},
		{"one", "v1.20.6", "1.20"},
		{"to the newest", "1.35..", "1.35 1.36"},
		{"from the oldest", "..1.15", "1.14 1.15"},
		{"too new", "1.30..1.37", `version "1.37" of kubernetes: the catalogue knows 1.14 to 1.36, and of others nothing`},
		{"too old", "1.10", `version "1.10" of kubernetes: the catalogue knows 1.14 to 1.36, and of others nothing`},
		{"backwards", "1.20..1.18", `versions "1.20..1.18": 1.18 is older than 1.20`},
		{"nothing", "", `version "" of kubernetes: the catalogue knows 1.14 to 1.36, and of others nothing`},
	} {
		got, err := Versions(c, tt.span)
		text := strings.Join(got, " ")
		if err != nil {
			text = err.Error()
		}
		if text != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, text, tt.want)
		}
	}
	if all, err := Versions(c, ".."); err != nil || len(all) != len(c.Versions) {
		t.Errorf("..: %v %v", all, err)
	}
	if _, err := Check(c, []string{"1.99"}, nil, nil); err == nil {
		t.Error("a version outside was checked")
	}
}
