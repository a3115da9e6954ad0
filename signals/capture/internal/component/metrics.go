package component

import (
	"bytes"
	"strings"
)

// A family is a prefix of names of metrics, and the program that exposes them.
// Of several that fit, the longest counts.
type family struct {
	job    string // "" for what many programs expose
	prefix string
	weight int
}

// What a name says. An own name of a program outweighs all that it has in
// common with others: an aggregated API server such as metrics-server exposes
// dozens of names of kube-apiserver's.
const (
	nothing = 0
	shared  = 1
	own     = 100
)

// What is no job: containers are a kubelet's, or of cAdvisor by itself, and
// what Node.js exposes tells the language alone.
const (
	containers = "\x00containers"
	nodejs     = "\x00nodejs"
)

var families = listed(map[string]map[int]string{
	"kube-proxy": {own: "kubeproxy_"},
	"kubelet": {
		own: "kubelet_ prober_probe_",
		// of /metrics/resource
		shared: "node_cpu_usage_seconds_total node_memory_working_set_bytes node_swap_usage_bytes node_swap_limit_bytes pod_cpu_usage_seconds_total pod_memory_working_set_bytes pod_swap_ scrape_error resource_scrape_error",
	},
	"kube-scheduler": {own: "scheduler_ kube_pod_resource_request kube_pod_resource_limit"},
	"kube-controller-manager": {own: "attachdetach_controller_ cronjob_controller_ node_collector_ endpoint_slice_controller_ endpoint_slice_mirroring_controller_ garbagecollector_controller_ " +
		"job_controller_ replicaset_controller_ statefulset_controller_ node_ipam_controller_ taint_eviction_controller_ ttl_after_finished_controller_ root_ca_cert_publisher_ pv_collector_ " +
		"horizontal_pod_autoscaler_controller_ resourceclaim_controller_ ephemeral_volume_controller_"},
	"etcd":               {own: "etcd_server_ etcd_mvcc_ etcd_disk_ etcd_cluster_version etcd_debugging_ etcd_network_"},
	"coredns":            {own: "coredns_"},
	"kube-state-metrics": {own: "kube_state_metrics_", shared: "kube_"},
	"node-exporter":      {own: "node_exporter_build_info node_scrape_collector_", shared: "node_"},
	"metrics-server":     {own: "metrics_server_"},
	"alertmanager":       {own: "alertmanager_"},
	"prometheus":         {own: "prometheus_tsdb_ prometheus_engine_ prometheus_config_"},
	"grafana":            {own: "grafana_"},
	"cilium":             {own: "cilium_"},
	"calico-node":        {own: "felix_"},
	"ingress-nginx":      {own: "nginx_ingress_controller_"},
	"traefik":            {own: "traefik_"},
	"haproxy":            {own: "haproxy_"},
	"envoy":              {own: "envoy_"},
	"blackbox-exporter":  {own: "probe_success probe_duration_seconds"},
	"kube-apiserver":     {shared: "apiserver_ kube_apiserver_"},
	containers:           {shared: "container_ machine_ cadvisor_version_info"},
	nodejs:               {own: "nodejs_"},
	"": {nothing: "go_ process_ promhttp_ rest_client_ workqueue_ grpc_ os_ authentication_ authorization_ authenticated_ aggregator_ kubernetes_ leader_election_ " +
		"registered_metric disabled_metric hidden_metric volume_ storage_ csi_ cert_ certificate_ net_conntrack_ python_ jvm_ up scrape_ ssh_ get_token_ plugin_manager_ field_validation_ watch_cache_ node_authorizer_ pod_security_"},
})

// listed makes the list of a table.
func listed(table map[string]map[int]string) (out map[string][]family) {
	out = map[string][]family{}
	for job, weights := range table {
		for weight, prefixes := range weights {
			for _, p := range strings.Fields(prefixes) {
				out[p[:2]] = append(out[p[:2]], family{job, p, weight})
			}
		}
	}
	return out
}

// Metrics tells a component by what most of the names of its metrics are. It is
// shown them one by one.
type Metrics struct {
	last       []byte
	weight     map[string]int
	names      map[string]int
	other      int  // names that no program is known by
	kubernetes bool // containers have namespaces
}

// See takes a name; that of the sample before costs nothing.
func (f *Metrics) See(name []byte) {
	if bytes.Equal(name, f.last) {
		return
	}
	related := len(f.last) > 0 && bytes.HasPrefix(name, f.last) // x_total after x, x_bucket after x
	if related && len(name)-len(f.last) <= len("_created") {
		return
	}
	f.last = append(f.last[:0], name...)
	var best family
	if len(name) >= 2 {
		for _, c := range families[string(name[:2])] {
			if len(c.prefix) > len(best.prefix) && len(name) >= len(c.prefix) && string(name[:len(c.prefix)]) == c.prefix {
				best = c
			}
		}
	}
	switch {
	case best.prefix == "":
		f.other++
	case best.weight > 0:
		if f.weight == nil {
			f.weight, f.names = map[string]int{}, map[string]int{}
		}
		f.weight[best.job] += best.weight
		f.names[best.job]++
	}
}

// SeeSeries takes a sample's series for what names do not tell: containers of a
// kubelet have a namespace or a pod.
func (f *Metrics) SeeSeries(series []byte) {
	if len(series) > 10 && series[0] == 'c' && !f.kubernetes && bytes.HasPrefix(series, []byte("container_")) {
		f.kubernetes = bytes.Contains(series, []byte(`namespace="`)) || bytes.Contains(series, []byte(`pod="`))
	}
}

// Job is the program, "" when the names tell none: too few are of one, or they
// are of a library.
func (f *Metrics) Job() string {
	best := ""
	for job, w := range f.weight {
		if b := f.weight[best]; w > b || w == b && job < best {
			best = job
		}
	}
	switch {
	case best == nodejs, 3*f.names[best] < f.other:
		return ""
	case best == containers && (f.kubernetes || f.weight["kubelet"] > 0):
		return "kubelet"
	case best == containers:
		return "cadvisor"
	}
	return best
}
