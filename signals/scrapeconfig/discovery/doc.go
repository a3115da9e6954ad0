// Package discovery makes targets as Prometheus' service discovery does,
// without a server: of static_configs, of files for file_sd_configs, and of
// what kubectl get -o json saved of pods, nodes, services, endpoints,
// endpointslices and ingresses.
//
//	var objects discovery.Objects
//	groups, err := objects.Read("pods.json", data) // groups of a file for file_sd_configs
//	found := (&discovery.Kubernetes{Role: "pod"}).Groups(&objects)
//
// Labels are those of Prometheus v0.316.0 (3.16).
package discovery
