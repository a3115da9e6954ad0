package component

import (
	"strings"
	"testing"
)

// Programs are told by most of their names. The lists are cut, with what misled
// a single prefix left in.
func TestJob(t *testing.T) {
	for _, row := range []struct{ name, reason, series, want string }{
		{"kubelet /metrics", "it has names of an API server and of controllers' libraries", "aggregator_x apiserver_audit_event_total apiserver_delegated_authn_request_total authentication_x csi_operations_seconds go_info kubelet_node_name kubelet_running_pods kubelet_runtime_operations_total volume_manager_total_volumes workqueue_depth", "kubelet"},
		{"kubelet /metrics/resource", "node_cpu_usage is not node-exporter's", `container_cpu_usage_seconds_total{pod="a"} container_start_time_seconds{pod="a"} node_cpu_usage_seconds_total scrape_error`, "kubelet"},
		{"kubelet /metrics/resource of 1.29", "pods and swap", `container_memory_working_set_bytes{namespace="x"} node_memory_working_set_bytes node_swap_usage_bytes pod_cpu_usage_seconds_total pod_memory_working_set_bytes resource_scrape_error`, "kubelet"},
		{"kubelet /metrics/cadvisor", "containers have namespaces", `cadvisor_version_info container_cpu_usage_seconds_total{container="a",namespace="x"} container_fs_reads_total{namespace="x"} machine_cpu_cores`, "kubelet"},
		{"kubelet /metrics/probes", "one family", `prober_probe_total{container="a"} process_start_time_seconds prober_probe_duration_seconds`, "kubelet"},
		{"cadvisor", "by itself", `cadvisor_version_info container_cpu_usage_seconds_total{id="/",name="x"} container_fs_reads_total{id="/"} go_info machine_cpu_cores process_cpu_seconds_total`, "cadvisor"},
		{"metrics-server", "an aggregated API server", "apiserver_audit_event_total apiserver_current_inflight_requests apiserver_request_duration_seconds apiserver_request_total apiserver_response_sizes apiserver_storage_x metrics_server_api_metric_freshness_seconds metrics_server_kubelet_request_total metrics_server_manager_tick_duration_seconds", "metrics-server"},
		{"kube-apiserver", "with its allocators", "apiserver_request_total apiserver_admission_step aggregator_x kube_apiserver_clusterip_allocator_allocated_ips etcd_request_duration_seconds go_info", "kube-apiserver"},
		{"Node.js", "a language is no job", "process_cpu_user_seconds_total nodejs_eventloop_lag_seconds nodejs_heap_size_total_bytes nodejs_version_info http_request_duration_seconds", ""},
		{"a Node.js program with names of its own that begin with node_", "no node-exporter", "nodejs_version_info nodejs_heap_size_total_bytes node_requests_total", ""},
		{"kube-controller-manager", "node_collector and workqueues", "apiserver_audit_event_total attachdetach_controller_forced_detaches garbagecollector_controller_resources_sync_error_total node_collector_zone_health node_collector_zone_size workqueue_depth", "kube-controller-manager"},
		{"kube-scheduler", "names that end the list", "apiserver_audit_event_total apiserver_webhooks_x rest_client_requests_total scheduler_pending_pods scheduler_schedule_attempts_total workqueue_depth", "kube-scheduler"},
		{"kube-scheduler /metrics/resources", "kube_pod_ is not kube-state-metrics alone", "kube_pod_resource_limit kube_pod_resource_request", "kube-scheduler"},
		{"coredns", "its plugins", "coredns_build_info coredns_cache_entries coredns_dns_requests_total go_info process_x", "coredns"},
		{"kube-state-metrics", "objects", "kube_configmap_info kube_deployment_created kube_node_info kube_pod_info", "kube-state-metrics"},
		{"node-exporter", "with a text file of others", "go_info node_boot_time_seconds node_cpu_seconds_total node_exporter_build_info node_load1 node_scrape_collector_success my_backup_seconds", "node-exporter"},
		{"etcd", "with gRPC's", "etcd_cluster_version etcd_disk_wal_fsync_duration_seconds etcd_server_has_leader grpc_server_handled_total os_fd_used", "etcd"},
		{"a program with one name of another's", "most names are its own", "shop_a_total shop_b_total shop_c_total shop_d_total kubelet_restarts_total", ""},
		{"nothing known", "a program of one's own", "a b c", ""},
	} {
		var m Metrics
		for _, s := range strings.Fields(row.series) {
			name, _, _ := strings.Cut(s, "{")
			m.See([]byte(name))
			m.SeeSeries([]byte(s))
		}
		if got := m.Job(); got != row.want {
			t.Errorf("%s (%s): %q, want %q", row.name, row.reason, got, row.want)
		}
	}
}
