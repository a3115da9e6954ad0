// Package component knows the programs whose scrapes are told by a word in a
// path or by the names of their metrics.
package component

import (
	"bytes"
	"slices"
	"strings"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
)

// A component is a program whose expositions are known. Its name is the job
// that its targets get.
type component struct {
	job      string
	names    []string // as they stand in paths, - for every separator
	prefixes []string // of metrics that no other program exposes
}

// components are in the order in which content is asked: programs that others
// have as a part come last.
var components = []component{
	{"kube-proxy", []string{"kube-proxy", "kubeproxy"}, []string{"kubeproxy_"}},
	{"kubelet", []string{"kubelet"}, []string{"kubelet_"}},
	{"kube-scheduler", []string{"kube-scheduler"}, []string{"scheduler_pending_pods", "scheduler_schedule_attempts_total", "scheduler_queue_incoming_pods_total"}},
	{"kube-controller-manager", []string{"kube-controller-manager"}, []string{"attachdetach_controller_", "cronjob_controller_", "node_collector_", "endpoint_slice_controller_", "garbagecollector_controller_"}},
	{"etcd", []string{"etcd"}, []string{"etcd_server_", "etcd_mvcc_", "etcd_disk_", "etcd_cluster_version", "etcd_debugging_"}},
	{"coredns", []string{"coredns"}, []string{"coredns_"}},
	{"kube-state-metrics", []string{"kube-state-metrics"}, []string{"kube_pod_", "kube_node_", "kube_deployment_", "kube_configmap_"}},
	{"node-exporter", []string{"node-exporter", "nodeexporter"}, []string{"node_exporter_build_info", "node_cpu_", "node_memory_", "node_load1", "node_filesystem_", "node_arp_", "node_time_seconds", "node_boot_time_seconds", "node_scrape_collector_"}},
	{"alertmanager", []string{"alertmanager"}, []string{"alertmanager_"}},
	{"prometheus", []string{"prometheus"}, []string{"prometheus_tsdb_", "prometheus_engine_", "prometheus_config_"}},
	{"grafana", []string{"grafana"}, []string{"grafana_"}},
	{"cilium", []string{"cilium-agent", "cilium"}, []string{"cilium_"}},
	{"calico-node", []string{"calico-node", "felix"}, []string{"felix_"}},
	{"ingress-nginx", []string{"ingress-nginx", "nginx-ingress"}, []string{"nginx_ingress_controller_"}},
	{"traefik", []string{"traefik"}, []string{"traefik_"}},
	{"haproxy", []string{"haproxy"}, []string{"haproxy_"}},
	{"envoy", []string{"envoy"}, []string{"envoy_"}},
	{"blackbox-exporter", []string{"blackbox-exporter"}, []string{"probe_success", "probe_duration_seconds"}},
	{"cadvisor", []string{"cadvisor"}, []string{"cadvisor_version_info", "container_cpu_", "container_fs_"}},
	{"kube-apiserver", []string{"kube-apiserver", "apiserver"}, []string{"apiserver_request_", "apiserver_admission_", "apiserver_current_inflight_", "apiserver_storage_", "apiserver_requested_deprecated_"}},
	{"kube-apiserver", nil, []string{"apiserver_"}},
	{"node-exporter", nil, []string{"node_"}},
}

// Separators are the characters between the words of a name.
const Separators = "-_. ()[]{}+,=@~\x00"

// Find finds the rightmost name of a component that stands in a name as words
// of its own; from and to are its place. Of two at one place the longer counts.
func Find(s string) (job string, from, to int) {
	plain := strings.Map(func(r rune) rune {
		if r < 0x80 && r != 0 && strings.IndexByte(Separators, byte(r)) >= 0 {
			return '-'
		}
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
	if len(plain) != len(s) {
		return "", 0, 0 // bytes that are no UTF-8 were replaced
	}
	for _, c := range components {
		for _, name := range c.names {
			for end := len(plain); end > 0; {
				i := strings.LastIndex(plain[:end], name)
				if i < 0 {
					break
				}
				end = i + len(name) - 1
				if clock.WordAt(plain, i+len(name)) || i > 0 && clock.WordAt(plain, i-1) {
					continue
				}
				if last := i + len(name); job == "" || last > to || last == to && i < from {
					job, from, to = c.job, i, last
				}
				break
			}
		}
	}
	return job, from, to
}

// Known tells whether a job is a component's.
func Known(job string) bool {
	return slices.ContainsFunc(components, func(c component) bool { return c.job == job })
}

func In(name string) string {
	job, _, _ := Find(name)
	return job
}

// Metrics tells a component by the names of metrics, which it is shown one by
// one.
type Metrics struct {
	best int // 1 + the index of the best that was seen
	last []byte
}

func (f *Metrics) See(name []byte) {
	if bytes.Equal(name, f.last) {
		return
	}
	f.last = append(f.last[:0], name...)
	for i := range components {
		if f.best > 0 && i >= f.best-1 {
			return
		}
		for _, p := range components[i].prefixes {
			if len(name) >= len(p) && string(name[:len(p)]) == p {
				f.best = i + 1
				return
			}
		}
	}
}

func (f *Metrics) Job() string {
	if f.best == 0 {
		return ""
	}
	return components[f.best-1].job
}
