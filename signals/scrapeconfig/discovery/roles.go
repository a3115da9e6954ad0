package discovery

import (
	"maps"
	"net"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/util/strutil"
)

// annotate sets what every role says of an object: its labels and annotations.
func annotate(ls model.LabelSet, m *meta, kind string) {
	for what, of := range map[string]map[string]string{"label": m.Labels, "annotation": m.Annotations} {
		for k, v := range of {
			k = strutil.SanitizeLabelName(k)
			ls[name(kind+"_"+what+"_"+k)] = model.LabelValue(v)
			ls[name(kind+"_"+what+"present_"+k)] = "true"
		}
	}
}

func describe(ls model.LabelSet, m *meta, kind string) {
	ls[name(kind+"_name")] = model.LabelValue(m.Name)
	annotate(ls, m, kind)
}

// put sets labels in pairs of name and value.
func put(ls model.LabelSet, pairs ...string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		ls[name(pairs[i])] = model.LabelValue(pairs[i+1])
	}
}

// putIf sets a label whose value may not be there.
func putIf[T any](ls model.LabelSet, label string, v *T, spell func(T) string) {
	if v != nil {
		put(ls, label, spell(*v))
	}
}

func itself(s string) string { return s }

func portText(p uint32) string { return strconv.FormatUint(uint64(p), 10) }

func (b *builder) attachNamespace(ls model.LabelSet, namespace string) {
	if n := b.namespaces[namespace]; b.k.Attach.Namespace && n != nil {
		annotate(ls, &n.Meta, "namespace")
	}
}

func (b *builder) attachNode(ls model.LabelSet, node string) {
	if n := b.nodes[node]; b.k.Attach.Node && n != nil {
		describe(ls, &n.Meta, "node")
	}
}

// podLabels are those that tell of a pod, whatever the role.
func (b *builder) podLabels(p *pod) model.LabelSet {
	ls := model.LabelSet{}
	ready := "unknown"
	for _, c := range p.Status.Conditions {
		if c.Type == "Ready" {
			ready = strings.ToLower(c.Status)
			break
		}
	}
	put(ls, "pod_ip", p.Status.IP, "pod_ready", ready, "pod_phase", p.Status.Phase, "pod_node_name", p.Spec.NodeName,
		"pod_host_ip", p.Status.HostIP, "pod_uid", p.Meta.UID)
	describe(ls, &p.Meta, "pod")
	kind, owner, ok := p.Meta.controller()
	if !ok {
		return ls
	}
	if kind != "" {
		put(ls, "pod_controller_kind", kind)
	}
	if owner != "" {
		put(ls, "pod_controller_name", owner)
	}
	above := func(want string) (string, bool) {
		o := b.all.owners[kind+"/"+p.Meta.Namespace+"/"+owner]
		if o == nil {
			return "", false
		}
		k, n, _ := o.Meta.controller()
		return n, k == want
	}
	if n, ok := above("Deployment"); ok && kind == "ReplicaSet" && b.k.Attach.Deployment {
		put(ls, "pod_deployment_name", n)
	}
	if kind == "Job" && b.k.Attach.Job {
		put(ls, "pod_job_name", owner)
	}
	if n, ok := above("CronJob"); ok && kind == "Job" && b.k.Attach.CronJob {
		put(ls, "pod_cronjob_name", n)
	}
	return ls
}

// each calls f with every container of a pod, and tells of init containers.
func (p *pod) each(f func(c *container, init bool)) {
	for i := range p.Spec.Containers {
		f(&p.Spec.Containers[i], false)
	}
	for i := range p.Spec.InitContainers {
		f(&p.Spec.InitContainers[i], true)
	}
}

func (p *pod) containerID(c *container, init bool) string {
	statuses := p.Status.Containers
	if init {
		statuses = p.Status.InitContainers
	}
	for _, s := range statuses {
		if s.Name == c.Name {
			return s.ID
		}
	}
	return ""
}

// containerLabels tell of a port of a container.
func containerLabels(ls model.LabelSet, c *container, port *containerPort, init bool) {
	put(ls, "pod_container_name", c.Name, "pod_container_image", c.Image, "pod_container_init", strconv.FormatBool(init),
		"pod_container_port_name", port.Name, "pod_container_port_number", portText(port.Port), "pod_container_port_protocol", port.Protocol)
}

func (b *builder) pod(p *pod) Group {
	g := Group{Source: "pod " + p.Meta.key()}
	if p.Status.IP == "" {
		return g // it starts, or was evicted
	}
	if b.k.Attach.Node && b.all.known["Node"] && b.nodes[p.Spec.NodeName] == nil {
		return g // a selector of nodes left it out
	}
	g.Labels = b.podLabels(p)
	put(g.Labels, "namespace", p.Meta.Namespace)
	b.attachNode(g.Labels, p.Spec.NodeName)
	b.attachNamespace(g.Labels, p.Meta.Namespace)
	p.each(func(c *container, init bool) {
		id := p.containerID(c, init)
		if len(c.Ports) == 0 {
			t := model.LabelSet{model.AddressLabel: model.LabelValue(p.Status.IP)}
			put(t, "pod_container_name", c.Name, "pod_container_id", id, "pod_container_image", c.Image, "pod_container_init", strconv.FormatBool(init))
			g.Targets = append(g.Targets, t)
		}
		for i := range c.Ports {
			t := address(p.Status.IP, portText(c.Ports[i].Port))
			put(t, "pod_container_id", id)
			containerLabels(t, c, &c.Ports[i], init)
			g.Targets = append(g.Targets, t)
		}
	})
	return g
}

func address(host, port string) model.LabelSet {
	return model.LabelSet{model.AddressLabel: model.LabelValue(net.JoinHostPort(host, port))}
}

// nodeAddresses are the types of addresses of a node, the best first.
var nodeAddresses = []string{"InternalIP", "InternalDNS", "ExternalIP", "ExternalDNS", "LegacyHostIP", "Hostname"}

func (b *builder) node(n *node) Group {
	g := Group{Source: "node " + n.Meta.Name, Labels: model.LabelSet{}}
	put(g.Labels, "node_provider_id", n.Spec.ProviderID)
	for _, c := range n.Status.Conditions {
		put(g.Labels, "node_condition_"+strutil.SanitizeLabelName(strings.ToLower(c.Type)), strings.ToLower(c.Status))
	}
	describe(g.Labels, &n.Meta, "node")
	first := map[string]string{}
	for _, a := range n.Status.Addresses {
		if _, ok := first[a.Type]; !ok {
			first[a.Type] = a.Address
		}
	}
	for _, kind := range nodeAddresses {
		host, ok := first[kind]
		if !ok {
			continue
		}
		t := address(host, strconv.FormatInt(int64(n.Status.Daemons.Kubelet.Port), 10))
		t[model.InstanceLabel] = model.LabelValue(n.Meta.Name)
		for kind, a := range first {
			put(t, strutil.SanitizeLabelName("node_address_"+kind), a)
		}
		g.Targets = append(g.Targets, t)
		break
	}
	return g
}

func serviceLabels(s *service) model.LabelSet {
	ls := model.LabelSet{}
	put(ls, "namespace", s.Meta.Namespace)
	describe(ls, &s.Meta, "service")
	return ls
}

func (b *builder) service(s *service) Group {
	g := Group{Source: "service " + s.Meta.key(), Labels: serviceLabels(s)}
	b.attachNamespace(g.Labels, s.Meta.Namespace)
	for _, p := range s.Spec.Ports {
		port := strconv.FormatInt(int64(p.Port), 10)
		t := address(s.Meta.Name+"."+s.Meta.Namespace+".svc", port)
		put(t, "service_port_name", p.Name, "service_port_number", port, "service_port_protocol", p.Protocol, "service_type", s.Spec.Type)
		if s.Spec.Type == "ExternalName" {
			put(t, "service_external_name", s.Spec.ExternalName)
		} else {
			put(t, "service_cluster_ip", s.Spec.ClusterIP)
		}
		if s.Spec.Type == "LoadBalancer" {
			put(t, "service_loadbalancer_ip", s.loadBalancer())
		}
		g.Targets = append(g.Targets, t)
	}
	return g
}

func (s *service) loadBalancer() string {
	var ips []string
	for _, i := range s.Status.LoadBalancer.Ingress {
		if i.IP != "" {
			ips = append(ips, i.IP)
		}
	}
	if len(ips) == 0 {
		return s.Spec.LoadBalancerIP
	}
	return strings.Join(ips, ",")
}

func (b *builder) ingress(i *ingress) Group {
	g := Group{Source: "ingress " + i.Meta.key(), Labels: model.LabelSet{}}
	put(g.Labels, "namespace", i.Meta.Namespace)
	putIf(g.Labels, "ingress_class_name", i.Spec.ClassName, itself)
	describe(g.Labels, &i.Meta, "ingress")
	b.attachNamespace(g.Labels, i.Meta.Namespace)
	for _, rule := range i.Spec.Rules {
		scheme := "http"
		for _, tls := range i.Spec.TLS {
			for _, pattern := range tls.Hosts {
				if covers(pattern, rule.Host) {
					scheme = "https"
				}
			}
		}
		paths := []string{"/"}
		if rule.HTTP != nil {
			paths = nil
			for _, p := range rule.HTTP.Paths {
				if p.Path == "" {
					p.Path = "/"
				}
				paths = append(paths, p.Path)
			}
		}
		for _, path := range paths {
			t := model.LabelSet{model.AddressLabel: model.LabelValue(rule.Host)}
			put(t, "ingress_scheme", scheme, "ingress_host", rule.Host, "ingress_path", path)
			g.Targets = append(g.Targets, t)
		}
	}
	return g
}

// covers tells whether the certificate of a pattern, which may begin with *.,
// is good for a host.
func covers(pattern, host string) bool {
	rest, wild := strings.CutPrefix(pattern, "*.")
	_, below, ok := strings.Cut(host, ".")
	return pattern == host || wild && ok && rest == below || pattern == "*" && !ok
}

// merge puts b's labels over a's.
func merge(a, b model.LabelSet) model.LabelSet {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}
