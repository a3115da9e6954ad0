// Package component knows the programs whose scrapes are told by a word in a
// path or by the names of their metrics.
package component

import (
	"slices"
	"strings"

	"github.com/scrapebook/scrapebook/signals/capture/internal/clock"
)

// A component is a program whose expositions are known. Its name is the job
// that its targets get.
type component struct {
	job   string
	names []string // as they stand in paths, - for every separator
}

// components are the programs; of two names at one place the longer counts.
var components = []component{
	{"kube-proxy", []string{"kube-proxy", "kubeproxy"}},
	{"kubelet", []string{"kubelet"}},
	{"kube-scheduler", []string{"kube-scheduler"}},
	{"kube-controller-manager", []string{"kube-controller-manager"}},
	{"etcd", []string{"etcd"}},
	{"metrics-server", []string{"metrics-server"}},
	{"coredns", []string{"coredns"}},
	{"kube-state-metrics", []string{"kube-state-metrics"}},
	{"node-exporter", []string{"node-exporter", "nodeexporter"}},
	{"alertmanager", []string{"alertmanager"}},
	{"prometheus", []string{"prometheus"}},
	{"grafana", []string{"grafana"}},
	{"cilium", []string{"cilium-agent", "cilium"}},
	{"calico-node", []string{"calico-node", "felix"}},
	{"ingress-nginx", []string{"ingress-nginx", "nginx-ingress"}},
	{"traefik", []string{"traefik"}},
	{"haproxy", []string{"haproxy"}},
	{"envoy", []string{"envoy"}},
	{"blackbox-exporter", []string{"blackbox-exporter"}},
	{"cadvisor", []string{"cadvisor"}},
	{"kube-apiserver", []string{"kube-apiserver", "apiserver"}},
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
