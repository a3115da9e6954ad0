package verdict_test

import "testing"

// What the catalogue of Kubernetes knows is told where the capture says of
// which version it is.
func TestKnownVersions(t *testing.T) {
	const (
		now    = "j/i kubernetes_build_info{git_version=\"v1.36.3\"} 1*20\n"
		before = "j/i kubernetes_build_info{git_version=\"v1.20.6\"} 1*20\n"
	)
	buckets := func(top string) string {
		return "j/i TYPE rest_client_request_duration_seconds histogram\nj/i rest_client_request_duration_seconds_bucket{verb=\"GET\",le=\"0.001\"} 0+1*20\nj/i rest_client_request_duration_seconds_bucket{verb=\"GET\",le=\"" +
			top + "\"} 0+2*20\nj/i rest_client_request_duration_seconds_bucket{verb=\"GET\",le=\"+Inf\"} 0+2*20\n"
	}
	const latency = "histogram_quantile(0.99, rate(rest_client_request_duration_seconds_bucket[1m]))"
	check(t, []row{
		{name: "it has it", reason: "a process may not have made it", scene: now, rule: `alert: A, expr: 'rate(scheduler_pending_pods[1m]) > 0'`, want: "no-series",
			says: []string{"no metric scheduler_pending_pods; kube-scheduler of Kubernetes has it from 1.27 to 1.36, and a process may not have made it yet."}},
		{name: "since", reason: "this capture is of a version before", scene: before, rule: `alert: A, expr: 'rate(kubeproxy_sync_proxy_rules_iptables_partial_restore_failures_total[1m]) > 0'`, want: "no-series",
			says: []string{"; Kubernetes has it since 1.26, and this is 1.20."}},
		{name: "one of two versions", reason: "some of it has it", scene: now + "j/k kubernetes_build_info{git_version=\"v1.20.6\"} 1*20\n", rule: `alert: A, expr: 'rate(kubeproxy_sync_proxy_rules_iptables_partial_restore_failures_total[1m]) > 0'`, want: "no-series",
			says: []string{"kube-proxy of Kubernetes has it since 1.26"}},
		{name: "gone", reason: "another took its place", scene: now, rule: `alert: A, expr: 'kubeproxy_sync_proxy_rules_latency_microseconds_count > 0'`, want: "no-series",
			says: []string{"; Kubernetes has it from 1.14 to 1.17, and this is 1.36; kubeproxy_sync_proxy_rules_duration_seconds took its place."}},
		{name: "not known", reason: "of others nothing is known", scene: now, rule: `alert: A, expr: 'kube_pod_info > 0'`, want: "no-series", says: []string{"it has no metric kube_pod_info."}},
		{name: "no version", reason: "nothing tells of which version the capture is", scene: "j/i m 1*20", rule: `alert: A, expr: 'rate(scheduler_pending_pods[1m]) > 0'`, want: "no-series", says: []string{"it has no metric scheduler_pending_pods."}},
		{name: "outside of the catalogue", reason: "of versions that it lacks it says nothing", scene: "j/i kubernetes_build_info{git_version=\"v1.99.1\"} 1*20", rule: `alert: A, expr: 'rate(scheduler_pending_pods[1m]) > 0'`, want: "no-series", says: []string{"it has no metric scheduler_pending_pods."}},
		{name: "another program's version", reason: "only Kubernetes' own build info tells", scene: "j/i etcd_build_info{git_version=\"v1.36.3\"} 1*20", rule: `alert: A, expr: 'rate(scheduler_pending_pods[1m]) > 0'`, want: "no-series", says: []string{"it has no metric scheduler_pending_pods."}},
		{name: "a label", reason: "it was there once", scene: now + buckets("60.0"), rule: `alert: A, expr: 'rate(rest_client_request_duration_seconds_bucket{url="x"}[1m]) > 0'`, want: "no-series",
			says: []string{"has a label url", "; Kubernetes has it up to 1.23, and this is 1.36"}},
		{name: "a label of this version", reason: "the catalogue says nothing of why it is not there", scene: before + buckets("0.512"), rule: `alert: A, expr: 'rate(rest_client_request_duration_seconds_bucket{url="x"}[1m]) > 0'`, want: "no-series",
			says: []string{`which url="x" asks for (there: instance, job, le and verb).`}},
		{name: "a label of no version", reason: "it may come from the scrape job", scene: now + buckets("60.0"), rule: `alert: A, expr: 'rate(rest_client_request_duration_seconds_bucket{zone="x"}[1m]) > 0'`, want: "no-series",
			says: []string{`which zone="x" asks for (there: instance, job, le and verb).`}},
		{name: "unreachable on all", reason: "no version's buckets reach so far", scene: now + buckets("60.0"), rule: "alert: A, expr: '" + latency + " > 60'", want: "unreachable",
			says: []string{"; no known version of Kubernetes has higher ones (0.512 up to 1.23, 60 since 1.24);"}},
		{name: "reachable on later ones", reason: "they end elsewhere since 1.24", scene: before + buckets("0.512"), rule: "alert: A, expr: '" + latency + " > 5'", want: "unreachable",
			says: []string{"end at 0.512; Kubernetes' end at 0.512 up to 1.23, 60 since 1.24;"}},
		{name: "a multiple", reason: "what is compared is not the quantile", scene: before + buckets("0.512"), rule: "alert: A, expr: '" + latency + " * 1000 > 60000'", want: "unreachable",
			says: []string{"; Kubernetes' end at 0.512 up to 1.23, 60 since 1.24;"}},
		{name: "at the highest", reason: ">= holds there", scene: before + buckets("0.512"), rule: "alert: A, expr: '" + latency + " >= 60'", want: "unreachable",
			says: []string{"; Kubernetes' end at"}},
	})
}
