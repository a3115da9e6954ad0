package discovery

// What discovery reads of the objects of Kubernetes.

type containerPort struct {
	Name     string `json:"name"`
	Port     uint32 `json:"containerPort"`
	Protocol string `json:"protocol"`
}

type container struct {
	Name  string          `json:"name"`
	Image string          `json:"image"`
	Ports []containerPort `json:"ports"`
}

type containerStatus struct {
	Name string `json:"name"`
	ID   string `json:"containerID"`
}

type pod struct {
	Meta meta `json:"metadata"`
	Spec struct {
		NodeName       string      `json:"nodeName"`
		Containers     []container `json:"containers"`
		InitContainers []container `json:"initContainers"`

		RestartPolicy      string `json:"restartPolicy"`
		SchedulerName      string `json:"schedulerName"`
		ServiceAccountName string `json:"serviceAccountName"`
		HostNetwork        bool   `json:"hostNetwork"`
	} `json:"spec"`
	Status struct {
		Phase             string `json:"phase"`
		IP                string `json:"podIP"`
		HostIP            string `json:"hostIP"`
		NominatedNodeName string `json:"nominatedNodeName"`
		Conditions        []struct {
			Type   string `json:"type"`
			Status string `json:"status"`
		} `json:"conditions"`
		Containers     []containerStatus `json:"containerStatuses"`
		InitContainers []containerStatus `json:"initContainerStatuses"`
	} `json:"status"`
}

type node struct {
	Meta meta `json:"metadata"`
	Spec struct {
		ProviderID    string `json:"providerID"`
		Unschedulable bool   `json:"unschedulable"`
	} `json:"spec"`
	Status struct {
		Conditions []struct {
			Type   string `json:"type"`
			Status string `json:"status"`
		} `json:"conditions"`
		Addresses []struct {
			Type    string `json:"type"`
			Address string `json:"address"`
		} `json:"addresses"`
		Daemons struct {
			Kubelet struct {
				Port int32 `json:"Port"`
			} `json:"kubeletEndpoint"`
		} `json:"daemonEndpoints"`
	} `json:"status"`
}

type service struct {
	Meta meta `json:"metadata"`
	Spec struct {
		Type           string   `json:"type"`
		ClusterIP      string   `json:"clusterIP"`
		ExternalName   string   `json:"externalName"`
		LoadBalancerIP string   `json:"loadBalancerIP"`
		FamilyPolicy   *string  `json:"ipFamilyPolicy"`
		Families       []string `json:"ipFamilies"`
		Ports          []struct {
			Name     string `json:"name"`
			Port     int32  `json:"port"`
			Protocol string `json:"protocol"`
		} `json:"ports"`
	} `json:"spec"`
	Status struct {
		LoadBalancer struct {
			Ingress []struct {
				IP string `json:"ip"`
			} `json:"ingress"`
		} `json:"loadBalancer"`
	} `json:"status"`
}

type endpointAddress struct {
	IP       string     `json:"ip"`
	Hostname string     `json:"hostname"`
	NodeName *string    `json:"nodeName"`
	Target   *reference `json:"targetRef"`
}

type endpoints struct {
	Meta    meta `json:"metadata"`
	Subsets []struct {
		Addresses         []endpointAddress `json:"addresses"`
		NotReadyAddresses []endpointAddress `json:"notReadyAddresses"`
		Ports             []struct {
			Name     string `json:"name"`
			Port     uint32 `json:"port"`
			Protocol string `json:"protocol"`
		} `json:"ports"`
	} `json:"subsets"`
}

type slicePort struct {
	Name        *string `json:"name"`
	Port        *uint32 `json:"port"`
	Protocol    *string `json:"protocol"`
	AppProtocol *string `json:"appProtocol"`
}

type sliceEndpoint struct {
	Addresses  []string `json:"addresses"`
	Conditions struct {
		Ready       *bool `json:"ready"`
		Serving     *bool `json:"serving"`
		Terminating *bool `json:"terminating"`
	} `json:"conditions"`
	Hostname *string           `json:"hostname"`
	NodeName *string           `json:"nodeName"`
	Zone     *string           `json:"zone"`
	Target   *reference        `json:"targetRef"`
	Topology map[string]string `json:"deprecatedTopology"`
}

type endpointSlice struct {
	Meta        meta            `json:"metadata"`
	AddressType string          `json:"addressType"`
	Ports       []slicePort     `json:"ports"`
	Endpoints   []sliceEndpoint `json:"endpoints"`
}

type ingress struct {
	Meta meta `json:"metadata"`
	Spec struct {
		ClassName *string `json:"ingressClassName"`
		TLS       []struct {
			Hosts []string `json:"hosts"`
		} `json:"tls"`
		Rules []struct {
			Host string `json:"host"`
			HTTP *struct {
				Paths []struct {
					Path string `json:"path"`
				} `json:"paths"`
			} `json:"http"`
		} `json:"rules"`
	} `json:"spec"`
}
