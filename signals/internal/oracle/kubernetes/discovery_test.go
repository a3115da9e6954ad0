package kubernetes

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	upstream "github.com/prometheus/prometheus/discovery"
	"github.com/prometheus/prometheus/discovery/kubernetes"
	"github.com/prometheus/prometheus/discovery/targetgroup"
	"go.yaml.in/yaml/v2"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/scrapebook/scrapebook/signals/scrapeconfig/discovery"
)

const saved = "../../../scrapeconfig/discovery/testdata"

// resources are the kinds of a server, with the group that each is of.
var resources = map[string]string{
	"Pod": "v1 pods", "Node": "v1 nodes", "Service": "v1 services", "Endpoints": "v1 endpoints", "Namespace": "v1 namespaces",
	"EndpointSlice": "discovery.k8s.io/v1 endpointslices", "Ingress": "networking.k8s.io/v1 ingresses",
	"ReplicaSet": "apps/v1 replicasets", "Job": "batch/v1 jobs",
}

type object struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Name      string            `json:"name"`
		Namespace string            `json:"namespace"`
		Labels    map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		NodeName      string `json:"nodeName"`
		Unschedulable bool   `json:"unschedulable"`
		Type          string `json:"type"`
	} `json:"spec"`
	Status struct {
		Phase string `json:"phase"`
	} `json:"status"`
	raw json.RawMessage
}

// cluster is a stand-in API server: lists with selectors, and watches in which
// nothing happens.
type cluster map[string][]object // by kind

func load(t *testing.T, objects *discovery.Objects) cluster {
	c := cluster{}
	paths, err := filepath.Glob(filepath.Join(saved, "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no saved lists: %v", err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := objects.Read(path, data); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		var list struct{ Items []json.RawMessage }
		if err := json.Unmarshal(data, &list); err != nil {
			t.Fatal(err)
		}
		for _, raw := range list.Items {
			o := object{raw: raw}
			if err := json.Unmarshal(raw, &o); err != nil {
				t.Fatal(err)
			}
			c[o.Kind] = append(c[o.Kind], o)
		}
	}
	return c
}

func (c cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	q := r.URL.Query()
	if q.Get("sendInitialEvents") != "" {
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprint(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Invalid","code":422}`)
		return
	}
	if q.Get("watch") != "" {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return
	}
	path := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/apis/"), "/api/")
	namespace := ""
	if before, after, ok := strings.Cut(path, "/namespaces/"); ok {
		namespace, after, _ = strings.Cut(after, "/")
		path = before + "/" + after
	}
	for kind, resource := range resources {
		if strings.Replace(resource, " ", "/", 1) != path {
			continue
		}
		version, _, _ := strings.Cut(resource, " ")
		items := []json.RawMessage{}
		for _, o := range c[kind] {
			if (namespace == "" || o.Metadata.Namespace == namespace) && o.selected(q) {
				items = append(items, o.raw)
			}
		}
		json.NewEncoder(w).Encode(map[string]any{"kind": kind + "List", "apiVersion": version, "metadata": map[string]string{"resourceVersion": "1"}, "items": items})
		return
	}
	w.WriteHeader(http.StatusNotFound)
}

func (o *object) selected(q url.Values) bool {
	byLabel, err := labels.Parse(q.Get("labelSelector"))
	if err != nil {
		panic(err)
	}
	byField, err := fields.ParseSelector(q.Get("fieldSelector"))
	if err != nil {
		panic(err)
	}
	return byLabel.Matches(labels.Set(o.Metadata.Labels)) && byField.Matches(fields.Set{
		"metadata.name": o.Metadata.Name, "metadata.namespace": o.Metadata.Namespace, "spec.nodeName": o.Spec.NodeName,
		"spec.unschedulable": fmt.Sprint(o.Spec.Unschedulable), "spec.type": o.Spec.Type, "status.phase": o.Status.Phase,
	})
}

// rows are items of kubernetes_sd_configs.
var rows = []struct{ name, item string }{
	{"pods", "role: pod"},
	{"pods with all that can be attached", "role: pod\nattach_metadata: {node: true, namespace: true, deployment: true, job: true, cronjob: true}"},
	{"pods of a namespace", "role: pod\nnamespaces: {names: [kube-system]}"},
	{"pods of two namespaces", "role: pod\nnamespaces: {names: [kube-system, default]}"},
	{"pods by label", "role: pod\nselectors: [{role: pod, label: 'k8s-app in (kube-proxy, x),!app'}]"},
	{"pods by field", "role: pod\nselectors: [{role: pod, field: 'spec.nodeName=node-a,status.phase!=Pending'}]"},
	{"pods of selected nodes", "role: pod\nattach_metadata: {node: true}\nselectors: [{role: node, label: kubernetes.io/os=linux}]"},
	{"nodes", "role: node"},
	{"nodes by label", "role: node\nselectors: [{role: node, label: kubernetes.io/os}]"},
	{"services", "role: service"},
	{"services with their namespaces", "role: service\nattach_metadata: {namespace: true}"},
	{"services by field", "role: service\nselectors: [{role: service, field: spec.type=LoadBalancer}]"},
	{"endpoints", "role: endpoints"},
	{"endpoints with all that can be attached", "role: endpoints\nattach_metadata: {node: true, namespace: true, deployment: true}"},
	{"endpoints whose pods are selected", "role: endpoints\nselectors: [{role: pod, field: spec.nodeName=node-a}, {role: service, label: app=none}]"},
	{"endpointslices", "role: endpointslice"},
	{"endpointslices with all that can be attached", "role: endpointslice\nattach_metadata: {node: true, namespace: true, deployment: true}"},
	{"endpointslices of a namespace", "role: endpointslice\nnamespaces: {names: [kube-system]}"},
	{"endpointslices without their services", "role: endpointslice\nselectors: [{role: service, label: app=none}]"},
	{"ingresses", "role: ingress"},
	{"ingresses with their namespaces", "role: ingress\nattach_metadata: {namespace: true}\nnamespaces: {names: [default, monitoring]}"},
}

func TestKubernetes(t *testing.T) {
	objects := &discovery.Objects{}
	server := httptest.NewServer(load(t, objects))
	defer server.CloseClientConnections()
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var conf kubernetes.SDConfig
			if err := yaml.UnmarshalStrict([]byte(row.item), &conf); err != nil {
				t.Fatal(err)
			}
			var ours discovery.Kubernetes
			if err := yaml.UnmarshalStrict([]byte(row.item), &ours); err != nil {
				t.Fatal(err)
			}
			if m := ours.Missing(objects); len(m) > 0 {
				t.Fatalf("missing %q", m)
			}
			conf.APIServer = config.URL{URL: address}
			got := map[string][]string{}
			for _, g := range ours.Groups(objects) {
				kind, name, _ := strings.Cut(g.Source, " ")
				got[map[string]string{"service": "svc"}[kind]+strings.TrimPrefix(kind, "service")+"/"+name] = flat(g.Targets, g.Labels)
			}
			want := discover(t, &conf, got)
			if len(want) == 0 {
				t.Fatal("upstream finds nothing: the row says nothing")
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("want -, got +:\n%s", d)
			}
		})
	}
}

// discover runs upstream's discovery until it has sent all groups of got, and
// for as long again as a group takes, so that one too many is seen.
func discover(t *testing.T, conf *kubernetes.SDConfig, got map[string][]string) map[string][]string {
	t.Helper()
	reg := prometheus.NewRegistry()
	refresh := upstream.NewRefreshMetrics(reg)
	metrics := conf.NewDiscovererMetrics(reg, refresh)
	d, err := kubernetes.New(nil, metrics, conf)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ch := make(chan []*targetgroup.Group)
	go d.Run(ctx, ch)
	want := map[string][]string{}
	for {
		missing := slices.ContainsFunc(slices.Collect(maps.Keys(got)), func(k string) bool { return want[k] == nil })
		wait := 300 * time.Millisecond
		if missing {
			wait = 5 * time.Second
		}
		select {
		case groups := <-ch:
			for _, g := range groups {
				if g != nil && len(g.Targets) > 0 {
					want[g.Source] = flat(g.Targets, g.Labels)
				}
			}
		case <-time.After(wait):
			return want
		}
	}
}

// flat are the targets of a group with all their labels, sorted: what upstream
// adds of pods comes in the order of a map.
func flat(targets []model.LabelSet, shared model.LabelSet) (out []string) {
	for _, t := range targets {
		out = append(out, shared.Merge(t).String())
	}
	slices.Sort(out)
	return out
}
