package discovery

import (
	"net"
	"strconv"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/util/strutil"
)

// covered are the pods that endpoints name, in the order in which they do, with
// the ports for which there are targets.
type covered struct {
	pods  []*pod
	ports map[*pod]map[uint32]bool
}

func (c *covered) add(p *pod, port *uint32) {
	if c.ports == nil {
		c.ports = map[*pod]map[uint32]bool{}
	}
	if c.ports[p] == nil {
		c.pods = append(c.pods, p)
		c.ports[p] = map[uint32]bool{}
	}
	if port != nil {
		c.ports[p][*port] = true
	}
}

// named is the pod that a reference names, nil if it is none or not known.
func (b *builder) named(r *reference) *pod {
	if r == nil || r.Kind != "Pod" {
		return nil
	}
	return b.pods[r.Namespace+"/"+r.Name]
}

// ofPod adds to the labels of a target what is told of its pod, and of the
// container that declares the port. The protocol is that of the endpoint's
// port if it has one.
func (b *builder) ofPod(t model.LabelSet, p *pod, port *uint32, protocol *string) model.LabelSet {
	t = merge(t, b.podLabels(p))
	p.each(func(c *container, init bool) {
		for _, declared := range c.Ports {
			if port == nil || declared.Port != *port {
				continue
			}
			if protocol != nil {
				declared.Protocol = *protocol
			}
			containerLabels(t, c, &declared, init)
			return
		}
	})
	return t
}

// rest are targets for the ports of containers that no endpoint has.
func (b *builder) rest(c *covered) (targets []model.LabelSet) {
	for _, p := range c.pods {
		if p.Status.IP == "" {
			continue
		}
		p.each(func(k *container, init bool) {
			for i := range k.Ports {
				if c.ports[p][k.Ports[i].Port] {
					continue
				}
				t := address(p.Status.IP, portText(k.Ports[i].Port))
				containerLabels(t, k, &k.Ports[i], init)
				targets = append(targets, merge(t, b.podLabels(p)))
			}
		})
	}
	return targets
}

func (b *builder) endpoints(e *endpoints) Group {
	g := Group{Source: "endpoints " + e.Meta.key(), Labels: model.LabelSet{}}
	put(g.Labels, "namespace", e.Meta.Namespace)
	if s := b.services[e.Meta.key()]; s != nil {
		g.Labels = merge(g.Labels, serviceLabels(s))
	}
	describe(g.Labels, &e.Meta, "endpoints")
	b.attachNamespace(g.Labels, e.Meta.Namespace)
	var seen covered
	for _, subset := range e.Subsets {
		for _, port := range subset.Ports {
			add := func(a *endpointAddress, ready string) {
				t := address(a.IP, portText(port.Port))
				put(t, "endpoint_port_name", port.Name, "endpoint_port_protocol", port.Protocol, "endpoint_ready", ready)
				if a.Target != nil {
					put(t, "endpoint_address_target_kind", a.Target.Kind, "endpoint_address_target_name", a.Target.Name)
				}
				putIf(t, "endpoint_node_name", a.NodeName, itself)
				if a.Hostname != "" {
					put(t, "endpoint_hostname", a.Hostname)
				}
				switch {
				case a.NodeName != nil:
					b.attachNode(t, *a.NodeName)
				case a.Target != nil && a.Target.Kind == "Node":
					b.attachNode(t, a.Target.Name)
				}
				if p := b.named(a.Target); p != nil {
					seen.add(p, &port.Port)
					t = b.ofPod(t, p, &port.Port, &port.Protocol)
				}
				g.Targets = append(g.Targets, t)
			}
			for i := range subset.Addresses {
				add(&subset.Addresses[i], "true")
			}
			for i := range subset.NotReadyAddresses {
				add(&subset.NotReadyAddresses[i], "false")
			}
		}
	}
	g.Targets = append(g.Targets, b.rest(&seen)...)
	return g
}

// secondary tells whether a slice holds the addresses of a service of two
// families that are not of its first: they would be the same targets again.
func (s *service) secondary(e *endpointSlice) bool {
	if s == nil || s.Spec.FamilyPolicy == nil || len(s.Spec.Families) == 0 {
		return false
	}
	policy := *s.Spec.FamilyPolicy
	return (policy == "PreferDualStack" || policy == "RequireDualStack") && e.AddressType != s.Spec.Families[0]
}

func (b *builder) slice(e *endpointSlice) Group {
	g := Group{Source: "endpointslice " + e.Meta.key(), Labels: model.LabelSet{}}
	put(g.Labels, "namespace", e.Meta.Namespace, "endpointslice_address_type", e.AddressType)
	describe(g.Labels, &e.Meta, "endpointslice")
	var of *service
	if n, ok := e.Meta.Labels["kubernetes.io/service-name"]; ok {
		if of = b.services[e.Meta.Namespace+"/"+n]; of != nil {
			g.Labels = merge(g.Labels, serviceLabels(of))
		}
	}
	b.attachNamespace(g.Labels, e.Meta.Namespace)
	if of.secondary(e) {
		return g
	}
	var seen covered
	for i := range e.Endpoints {
		ep := &e.Endpoints[i]
		for _, port := range e.Ports {
			for _, host := range ep.Addresses {
				t := b.sliceTarget(ep, &port, host)
				if p := b.named(ep.Target); p != nil {
					seen.add(p, port.Port)
					t = b.ofPod(t, p, port.Port, nil)
				}
				g.Targets = append(g.Targets, t)
			}
		}
	}
	g.Targets = append(g.Targets, b.rest(&seen)...)
	return g
}

func (b *builder) sliceTarget(ep *sliceEndpoint, port *slicePort, host string) model.LabelSet {
	t := model.LabelSet{model.AddressLabel: model.LabelValue(host)}
	if port.Port != nil {
		t[model.AddressLabel] = model.LabelValue(net.JoinHostPort(host, portText(*port.Port)))
	}
	const of = "endpointslice_"
	putIf(t, of+"port", port.Port, portText)
	putIf(t, of+"port_name", port.Name, itself)
	putIf(t, of+"port_protocol", port.Protocol, itself)
	putIf(t, of+"port_app_protocol", port.AppProtocol, itself)
	putIf(t, of+"endpoint_conditions_ready", ep.Conditions.Ready, strconv.FormatBool)
	putIf(t, of+"endpoint_conditions_serving", ep.Conditions.Serving, strconv.FormatBool)
	putIf(t, of+"endpoint_conditions_terminating", ep.Conditions.Terminating, strconv.FormatBool)
	putIf(t, of+"endpoint_hostname", ep.Hostname, itself)
	putIf(t, of+"endpoint_node_name", ep.NodeName, itself)
	putIf(t, of+"endpoint_zone", ep.Zone, itself)
	if ep.Target != nil {
		put(t, of+"address_target_kind", ep.Target.Kind, of+"address_target_name", ep.Target.Name)
	}
	for k, v := range ep.Topology {
		k = strutil.SanitizeLabelName(k)
		put(t, of+"endpoint_topology_"+k, v, of+"endpoint_topology_present_"+k, "true")
	}
	switch {
	case ep.Target != nil && ep.Target.Kind == "Node":
		b.attachNode(t, ep.Target.Name)
	case ep.NodeName != nil:
		b.attachNode(t, *ep.NodeName)
	}
	return t
}
