package discovery

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
)

// Kubernetes is an item of kubernetes_sd_configs.
type Kubernetes struct {
	APIServer  config.URL              `yaml:"api_server"`
	Role       string                  `yaml:"role"`
	KubeConfig string                  `yaml:"kubeconfig_file"`
	HTTP       config.HTTPClientConfig `yaml:",inline"`
	Namespaces Namespaces              `yaml:"namespaces"`
	Selectors  []Selector              `yaml:"selectors"`
	Attach     Attach                  `yaml:"attach_metadata"`
}

// Namespaces are those that discovery looks into; none: into all.
type Namespaces struct {
	Own   bool     `yaml:"own_namespace"`
	Names []string `yaml:"names"`
}

// Selector restricts the objects of a role.
type Selector struct {
	Role  string `yaml:"role"`
	Label string `yaml:"label"`
	Field string `yaml:"field"`
}

// Attach says which labels of other objects targets get.
type Attach struct {
	Node       bool `yaml:"node"`
	Namespace  bool `yaml:"namespace"`
	Deployment bool `yaml:"deployment"`
	Job        bool `yaml:"job"`
	CronJob    bool `yaml:"cronjob"`
}

// roles are those that there are, with those whose selectors each takes.
var roles = map[string][]string{
	"pod":           {"pod", "node"},
	"service":       {"service"},
	"endpointslice": {"pod", "service", "endpointslice"},
	"endpoints":     {"pod", "service", "endpoints"},
	"node":          {"node"},
	"ingress":       {"ingress"},
}

const roleNames = "pod, service, endpoints, endpointslice, node, ingress"

// UnmarshalYAML reads and checks the item.
func (k *Kubernetes) UnmarshalYAML(unmarshal func(any) error) error {
	*k = Kubernetes{HTTP: config.DefaultHTTPClientConfig}
	type plain Kubernetes
	if err := unmarshal((*plain)(k)); err != nil {
		return err
	}
	if k.Role == "" {
		return fmt.Errorf("kubernetes_sd_configs without a role: it is one of %s", roleNames)
	}
	if roles[k.Role] == nil {
		return fmt.Errorf("%q is no role: it is one of %s", k.Role, roleNames)
	}
	if err := k.HTTP.Validate(); err != nil {
		return err
	}
	custom := !reflect.DeepEqual(k.HTTP, config.DefaultHTTPClientConfig)
	switch {
	case k.APIServer.URL != nil && k.KubeConfig != "":
		return errors.New("kubeconfig_file and api_server exclude one another")
	case k.KubeConfig != "" && custom:
		return errors.New("kubeconfig_file and settings of HTTP exclude one another")
	case k.APIServer.URL == nil && custom:
		return errors.New("settings of HTTP need an api_server")
	case k.APIServer.URL != nil && k.Namespaces.Own:
		return errors.New("api_server and namespaces.own_namespace exclude one another")
	case k.KubeConfig != "" && k.Namespaces.Own:
		return errors.New("kubeconfig_file and namespaces.own_namespace exclude one another")
	}
	return k.checkSelectors()
}

func (k *Kubernetes) checkSelectors() error {
	seen := map[string]bool{}
	for _, s := range k.Selectors {
		switch allowed := roles[k.Role]; {
		case s.Role != "" && roles[s.Role] == nil:
			return fmt.Errorf("%q is no role: it is one of %s", s.Role, roleNames)
		case seen[s.Role]:
			return fmt.Errorf("two selectors of role %q", s.Role)
		case !slices.Contains(allowed, s.Role):
			return fmt.Errorf("role %s takes selectors of %s alone", k.Role, strings.Join(allowed, ", "))
		}
		seen[s.Role] = true
		if _, err := fields.ParseSelector(s.Field); err != nil {
			return err
		}
		if _, err := labels.Parse(s.Label); err != nil {
			return err
		}
	}
	return nil
}

// needs are the kinds of objects that a role makes targets of.
var needs = map[string]string{
	"pod": "Pod", "service": "Service", "endpoints": "Endpoints", "endpointslice": "EndpointSlice", "node": "Node", "ingress": "Ingress",
}

// Missing are the kinds that the discovery asks a server for and that are not
// among the objects, the one of its role first.
func (k *Kubernetes) Missing(o *Objects) (kinds []string) {
	want := []string{needs[k.Role]}
	pods := k.Role == "pod" || strings.HasPrefix(k.Role, "endpoint")
	if strings.HasPrefix(k.Role, "endpoint") {
		want = append(want, "Service", "Pod")
	}
	for kind, attach := range map[string]bool{
		"Node": k.Attach.Node && pods, "Namespace": k.Attach.Namespace && k.Role != "node",
		"ReplicaSet": k.Attach.Deployment && pods, "Job": k.Attach.CronJob && pods,
	} {
		if attach {
			want = append(want, kind)
		}
	}
	slices.Sort(want[1:])
	for _, kind := range want {
		if !o.known[kind] {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// Unknown are the parts of the item whose effect the objects cannot show: the
// own namespace, and fields of selectors that are not simulated.
func (k *Kubernetes) Unknown() (parts []string) {
	if k.Namespaces.Own {
		parts = append(parts, "namespaces.own_namespace")
	}
	for _, s := range k.Selectors {
		sel, err := fields.ParseSelector(s.Field)
		if err != nil {
			continue
		}
		for _, r := range sel.Requirements() {
			if _, ok := emptyFields(s.Role)[r.Field]; !ok {
				parts = append(parts, "the field "+r.Field+" of selectors")
			}
		}
	}
	return parts
}

// Groups are the targets that the discovery makes of the objects, in their
// order. Without a list of the kind that labels are attached from, these are
// left out; nodes that select pods are then not asked for.
func (k *Kubernetes) Groups(o *Objects) []Group {
	b := &builder{k: k, all: o}
	b.pods = index(o.pods, func(p *pod) bool { return b.admits("pod", &p.Meta, podFields(p)) }, func(p *pod) string { return p.Meta.key() })
	b.nodes = index(o.nodes, func(n *node) bool { return b.selects("node", &n.Meta, nodeFields(n)) }, func(n *node) string { return n.Meta.Name })
	b.services = index(o.services, func(s *service) bool { return b.admits("service", &s.Meta, serviceFields(s)) }, func(s *service) string { return s.Meta.key() })
	b.namespaces = index(o.namespaces, func(*object) bool { return true }, func(n *object) string { return n.Meta.Name })
	var out []Group
	add := func(g Group, ok bool) {
		if ok && len(g.Targets) > 0 {
			out = append(out, g)
		}
	}
	switch k.Role {
	case "pod":
		for _, p := range o.pods {
			add(b.pod(p), b.pods[p.Meta.key()] != nil)
		}
	case "node":
		for _, n := range o.nodes {
			add(b.node(n), b.nodes[n.Meta.Name] != nil)
		}
	case "service":
		for _, s := range o.services {
			add(b.service(s), b.services[s.Meta.key()] != nil)
		}
	case "endpoints":
		for _, e := range o.endpoints {
			add(b.endpoints(e), b.admits("endpoints", &e.Meta, metaFields(&e.Meta)))
		}
	case "endpointslice":
		for _, e := range o.slices {
			add(b.slice(e), b.admits("endpointslice", &e.Meta, metaFields(&e.Meta)))
		}
	case "ingress":
		for _, i := range o.ingresses {
			add(b.ingress(i), b.admits("ingress", &i.Meta, metaFields(&i.Meta)))
		}
	}
	return out
}

func index[T any](list []*T, keep func(*T) bool, key func(*T) string) map[string]*T {
	m := map[string]*T{}
	for _, one := range list {
		if keep(one) {
			m[key(one)] = one
		}
	}
	return m
}

// builder makes groups for one item of kubernetes_sd_configs.
type builder struct {
	k          *Kubernetes
	all        *Objects
	pods       map[string]*pod
	nodes      map[string]*node
	services   map[string]*service
	namespaces map[string]*object
}

// admits tells whether discovery is shown an object by the namespaces and the
// selector of its role.
func (b *builder) admits(role string, m *meta, f fields.Set) bool {
	names := b.k.Namespaces.Names
	return (len(names) == 0 || slices.Contains(names, m.Namespace)) && b.selects(role, m, f)
}

func (b *builder) selects(role string, m *meta, f fields.Set) bool {
	for _, s := range b.k.Selectors {
		if s.Role != role {
			continue
		}
		byLabel, err := labels.Parse(s.Label)
		if err != nil || !byLabel.Matches(labels.Set(m.Labels)) {
			return false
		}
		byField, err := fields.ParseSelector(s.Field)
		if err != nil {
			return false
		}
		for _, r := range byField.Requirements() {
			v, known := f[r.Field]
			if known && (v == r.Value) == (r.Operator == "!=") {
				return false
			}
		}
	}
	return true
}

// The fields by which a server selects objects of a kind.

func metaFields(m *meta) fields.Set {
	return fields.Set{"metadata.name": m.Name, "metadata.namespace": m.Namespace}
}

func podFields(p *pod) fields.Set {
	f := metaFields(&p.Meta)
	f["spec.nodeName"], f["spec.restartPolicy"] = p.Spec.NodeName, p.Spec.RestartPolicy
	f["spec.schedulerName"], f["spec.serviceAccountName"] = p.Spec.SchedulerName, p.Spec.ServiceAccountName
	f["spec.hostNetwork"], f["status.phase"] = fmt.Sprint(p.Spec.HostNetwork), p.Status.Phase
	f["status.podIP"], f["status.nominatedNodeName"] = p.Status.IP, p.Status.NominatedNodeName
	return f
}

func nodeFields(n *node) fields.Set {
	return fields.Set{"metadata.name": n.Meta.Name, "spec.unschedulable": fmt.Sprint(n.Spec.Unschedulable)}
}

func serviceFields(s *service) fields.Set {
	f := metaFields(&s.Meta)
	f["spec.clusterIP"], f["spec.type"] = s.Spec.ClusterIP, s.Spec.Type
	return f
}

// emptyFields has the names of the fields of a role.
func emptyFields(role string) fields.Set {
	switch role {
	case "pod":
		return podFields(&pod{})
	case "node":
		return nodeFields(&node{})
	case "service":
		return serviceFields(&service{})
	}
	return metaFields(&meta{})
}

// name makes the name of a meta label.
func name(parts string) model.LabelName {
	return model.LabelName(model.MetaLabelPrefix + "kubernetes_" + parts)
}
