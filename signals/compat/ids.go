package compat

import (
	"slices"

	"github.com/scrapebook/scrapebook/expfmt"
)

// IDs are the ids of all findings; what one means for a rule, its Verdict says.
func IDs() []expfmt.ProblemID { return slices.Clone(ids) }

var ids = []expfmt.ProblemID{
	{ID: "metric-gone", Doc: "a metric was removed",
		Fix: "ask for what took its place, or for both with or", Example: "rest_client_request_latency_seconds is gone since 1.18: rest_client_request_duration_seconds took its place"},
	{ID: "metric-not-yet", Doc: "a metric came later",
		Fix: "ask for what was there before with or, if older versions matter", Example: "late_total is not there before 3"},
	{ID: "metric-hidden", Doc: "a metric is not exposed unless a flag asks for it",
		Fix: "ask for another metric; --show-hidden-metrics-for-version shows it for one release more", Example: "rest_client_request_latency_seconds is hidden in 1.17: it is not exposed unless a flag asks for it"},
	{ID: "metric-not-known", Doc: "no source tells whether the version has the metric",
		Fix: "nothing, or read a list that has it with --catalogue", Example: "kube_node_info is in no list of kubernetes: another program's, or not known"},
	{ID: "recorded", Doc: "a metric is recorded by rules that break",
		Fix: "see to the rule that records it", Example: "a:rate is recorded by a rule that breaks itself"},
	{ID: "never-true", Doc: "a comparison with a constant that a quantile cannot reach",
		Fix: "compare with the highest finite bucket, as >= 60, or count what lies above a bucket", Example: "histogram_quantile is never as high as 100: the highest finite bucket of seconds is 0.5 up to 3, 60 since 4"},
	{ID: "absent", Doc: "absent() of what is not there",
		Fix: "ask for what is there, or the alert fires for ever", Example: "absent is always true: what it asks for is not there"},
	{ID: "label-missing", Doc: "a matcher asks for a label that the version lacks",
		Fix: "ask for the label that took its place", Example: "relabelled has no label url since 4, so url=\"x\" matches nothing, unless the scrape job adds it: it has it up to 3; its labels here are host"},
	{ID: "label-idle", Doc: "a matcher looks at a label that the version lacks and lets all pass",
		Fix: "take the matcher out, or ask for the label that took its place", Example: "relabelled has no label url since 4, so url!=\"x\" lets everything pass"},
	{ID: "label-merged", Doc: "a grouping by a label that the version lacks no longer tells apart",
		Fix: "group by the label that took its place", Example: "relabelled has no label url since 4: sum by (url) puts together what it told apart up to 3"},
	{ID: "labels-changed", Doc: "the rule's results have other labels",
		Fix: "see whether routes and dashboards go by the old label", Example: "relabelled has the label host since 4, and no longer url; the rule's alerts have it"},
	{ID: "split", Doc: "the rule's results are divided by one more label",
		Fix: "sum without the label, if one alert is meant", Example: "kubeproxy_sync_proxy_rules_duration_seconds has the label ip_family since 1.33: where there was one series there is one for each ip_family; the rule's alerts have it"},
	{ID: "split-matching", Doc: "operands no longer match one to one, since one is divided by one more label",
		Fix: "sum that side without the label, or match with on (…)", Example: "divided has the label family since 4: where there was one series there is one for each family, and the operands no longer match one to one where it has several values"},
	{ID: "value-never", Doc: "a label has one value always, and another is asked for",
		Fix: "ask for the value that it has, or take the matcher out", Example: "kind of there_total is always \"x\", which kind=\"y\" does not match"},
	{ID: "bucket-missing", Doc: "a matcher asks for a bucket that is not there",
		Fix: "ask for a bound that there is, as Prometheus 3 spells it: 1.0", Example: "seconds has no bucket le=\"1\" here: its bounds are 0.1 0.5 up to 3, 1 60 since 4"},
	{ID: "type", Doc: "a counter's function of a gauge, or a part of a histogram of what is none",
		Fix: "use deriv or delta of a gauge; of a histogram the parts that it has", Example: "pods is a gauge: rate takes each fall for a reset of a counter"},
	{ID: "label-foreign", Doc: "a label that no version of the metric has",
		Fix: "nothing, if the scrape job adds the label; else ask for one that there is", Example: "pods has a label host in no version known (its labels are namespace): it has to come from the scrape job"},
	{ID: "remark", Doc: "what the catalogue remarks",
		Fix: "know it", Example: "rest_client_requests_total: its label is method, that of the histograms beside it verb; code is <error> for requests without an answer"},
}
