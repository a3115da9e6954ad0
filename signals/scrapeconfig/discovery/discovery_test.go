package discovery

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	yamlv2 "go.yaml.in/yaml/v2"
)

// saved are the lists of testdata. That their targets are Prometheus' own is
// proved in signals/internal/oracle/kubernetes.
func saved(t *testing.T, names ...string) *Objects {
	t.Helper()
	o := &Objects{}
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join("testdata", name+".json"))
		require.NoError(t, err)
		groups, err := o.Read(name+".json", data)
		require.NoError(t, err)
		require.Empty(t, groups)
	}
	return o
}

var all = []string{"pods", "nodes", "services", "endpoints", "endpointslices", "ingresses", "namespaces", "owners"}

func sdConfig(t *testing.T, item string) *Kubernetes {
	t.Helper()
	k := &Kubernetes{}
	require.NoError(t, yamlv2.UnmarshalStrict([]byte(item), k))
	return k
}

// TestRoles compares all targets of the saved lists with testdata/targets.txt.
func TestRoles(t *testing.T) {
	var b bytes.Buffer
	for _, role := range strings.Split(roleNames, ", ") {
		k := sdConfig(t, "role: "+role+"\nattach_metadata: {node: true, namespace: true, deployment: true, job: true, cronjob: true}")
		for _, g := range k.Groups(saved(t, all...)) {
			for _, target := range g.Targets {
				fmt.Fprintf(&b, "%s: %s: %s\n", role, g.Source, g.Labels.Merge(target))
			}
		}
	}
	const golden = "testdata/targets.txt"
	if os.Getenv("SCRAPEBOOK_UPDATE") != "" {
		require.NoError(t, os.WriteFile(golden, b.Bytes(), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), b.String())
}

func TestNamespacesAndSelectors(t *testing.T) {
	rows := []struct {
		name, item, want string
	}{
		{"a namespace", "role: pod\nnamespaces: {names: [batch]}", "10.244.2.7"},
		{"a label", "role: pod\nselectors: [{role: pod, label: app=web}]", "10.244.3.1:80 10.244.3.2:80 10.244.3.2:15000"},
		{"fields", "role: pod\nselectors: [{role: pod, field: 'spec.nodeName=node-a,metadata.namespace!=kube-system'}]", "10.244.3.1:80 10.0.9.9"},
		{"nodes that are left out take their pods with them", "role: pod\nattach_metadata: {node: true}\nselectors: [{role: node, field: metadata.name=node-d}]", "[fd00::4]:8080 10.244.2.7"},
		{"nothing", "role: service\nselectors: [{role: service, label: no=such}]", ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var got []string
			for _, g := range sdConfig(t, row.item).Groups(saved(t, all...)) {
				for _, target := range g.Targets {
					got = append(got, string(target[model.AddressLabel]))
				}
			}
			require.Equal(t, row.want, strings.Join(got, " "))
		})
	}
}

func TestMissing(t *testing.T) {
	k := sdConfig(t, "role: endpoints\nattach_metadata: {node: true, namespace: true, deployment: true, cronjob: true}\nnamespaces: {own_namespace: true}\nselectors: [{role: pod, field: spec.priority=1}]")
	require.Equal(t, []string{"Endpoints", "Job", "Namespace", "Node", "Pod", "ReplicaSet", "Service"}, k.Missing(&Objects{}))
	require.Empty(t, k.Missing(saved(t, all...)))
	require.Equal(t, []string{"namespaces.own_namespace", "the field spec.priority of selectors"}, k.Unknown())
	// Without nodes it is not known which of them are selected: pods stay.
	pods := sdConfig(t, "role: pod\nattach_metadata: {node: true}")
	require.Equal(t, []string{"Node"}, pods.Missing(saved(t, "pods")))
	require.NotEmpty(t, pods.Groups(saved(t, "pods")))
	require.Empty(t, pods.Groups(&Objects{}))
}

func TestRead(t *testing.T) {
	rows := []struct {
		name, file, text string
		groups           int
		kinds            string
		fails            string
	}{
		{"file_sd in YAML", "a.yml", "- targets: [a, b]\n  labels: {x: y}\n- targets: [c]\n", 2, "", ""},
		{"file_sd in JSON", "a.json", `[{"targets": ["a"]}]`, 1, "", ""},
		{"file_sd without an ending", "-", `[{"targets": ["a"]}]`, 1, "", ""},
		{"file_sd with an unknown key", "a.json", `[{"target": ["a"]}]`, 0, "", `json: unknown field "target"`},
		{"file_sd with an empty group", "a.yml", "- targets: [a]\n-\n", 0, "", "group 2 is empty"},
		{"a list of one kind, whose items do not say it", "a.json", `{"kind":"PodList","items":[{"metadata":{"name":"x"}}]}`, 0, "Pod", ""},
		{"an empty list", "a.json", `{"kind":"NodeList","items":[]}`, 0, "Node", ""},
		{"one object", "a.json", `{"kind":"Service","metadata":{"name":"x"}}`, 0, "Service", ""},
		{"objects that follow one another", "a.json", `{"kind":"Node","metadata":{"name":"x"}} {"kind":"Pod"}`, 0, "Node Pod", ""},
		{"another kind", "a.json", `{"kind":"List","items":[{"kind":"Secret"}]}`, 0, "Secret", ""},
		{"no kind", "a.json", `{"items":[]}`, 0, "", "it has no kind: it is neither an object of Kubernetes nor a list of targets"},
		{"cut off", "a.json", `{"kind":"PodList","items":[`, 0, "", "it is cut off or no JSON: unexpected EOF"},
		{"a wrong type", "a.json", `{"kind":"PodList","items":[{"metadata":{"name":5}}]}`, 0, "Pod", "item 1: json: cannot unmarshal number into Go struct field meta.metadata.name of type string"},
		{"objects in YAML", "a.yml", "apiVersion: v1\nkind: PodList\n", 0, "", "it is YAML of Kubernetes: save it with kubectl get -o json"},
		{"nothing", "a.json", " ", 0, "", "it is empty"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			o := &Objects{}
			groups, err := o.Read(row.file, []byte(row.text))
			if row.fails != "" {
				require.EqualError(t, err, row.fails)
			} else {
				require.NoError(t, err)
			}
			require.Len(t, groups, row.groups)
			require.Equal(t, row.kinds, strings.Join(o.Kinds(), " "))
			for _, g := range groups {
				require.Equal(t, row.file, g.File())
			}
		})
	}
}

func TestReadTwice(t *testing.T) {
	o := saved(t, "pods")
	n := len(o.pods)
	_, err := o.Read("again", []byte(`{"kind":"Pod","metadata":{"name":"web-5d-1","namespace":"default"},"status":{"podIP":"9.9.9.9"},"spec":{"containers":[{"name":"a"}]}}`))
	require.NoError(t, err)
	require.Len(t, o.pods, n, "a later list takes the place of an earlier one")
	require.True(t, slices.ContainsFunc(o.pods, func(p *pod) bool { return p.Status.IP == "9.9.9.9" }))
}

func TestRefusals(t *testing.T) {
	rows := []struct{ name, item, want string }{
		{"no role", "{}", "kubernetes_sd_configs without a role: it is one of " + roleNames},
		{"a file and an address", "{role: pod, api_server: 'http://a', kubeconfig_file: b}", "kubeconfig_file and api_server exclude one another"},
		{"HTTP without an address", "{role: pod, bearer_token: a}", "settings of HTTP need an api_server"},
		{"HTTP and a file", "{role: pod, bearer_token: a, kubeconfig_file: b}", "kubeconfig_file and settings of HTTP exclude one another"},
		{"the own namespace from outside", "{role: pod, api_server: 'http://a', namespaces: {own_namespace: true}}", "api_server and namespaces.own_namespace exclude one another"},
		{"the own namespace by a file", "{role: pod, kubeconfig_file: b, namespaces: {own_namespace: true}}", "kubeconfig_file and namespaces.own_namespace exclude one another"},
		{"a selector of another role", "{role: node, selectors: [{role: pod}]}", "role node takes selectors of node alone"},
		{"two selectors of one role", "{role: pod, selectors: [{role: pod}, {role: pod}]}", `two selectors of role "pod"`},
		{"a selector that is none", "{role: pod, selectors: [{role: pod, field: a}]}", "invalid selector: 'a'; can't understand 'a'"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			require.EqualError(t, yamlv2.UnmarshalStrict([]byte(row.item), &Kubernetes{}), row.want)
		})
	}
}
