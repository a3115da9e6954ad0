package record

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// apiServer stands in for one: with TLS, for a token, in pages of two pods.
func apiServer(t *testing.T) *httptest.Server {
	pod := func(name, phase string) string {
		return fmt.Sprintf(`{"metadata":{"name":%q,"labels":{"k8s-app":"kube-proxy"}},"spec":{"nodeName":"node-%s"},"status":{"phase":%q}}`, name, name, phase)
	}
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer t0ken" {
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, `{"kind":"Status","message":"Unauthorized"}`)
			return
		}
		q := r.URL.Query()
		switch path := r.URL.Path; {
		case path == "/api/v1/namespaces/kube-system/pods" && q.Get("labelSelector") != "k8s-app=kube-proxy":
			io.WriteString(w, `{"items":[]}`)
		case path == "/api/v1/namespaces/kube-system/pods" && q.Get("continue") == "":
			fmt.Fprintf(w, `{"metadata":{"continue":"2"},"items":[%s,%s]}`, pod("a", "Running"), pod("b", "Pending"))
		case path == "/api/v1/namespaces/kube-system/pods":
			fmt.Fprintf(w, `{"items":[%s]}`, pod("c", "Running"))
		case path == "/api/v1/nodes":
			io.WriteString(w, `{"items":[{"metadata":{"name":"n1"}}]}`)
		case path == "/api/v1/namespaces/kube-system/pods/a:10249/proxy/metrics", path == "/api/v1/nodes/n1/proxy/metrics":
			io.WriteString(w, "a 1\n")
		default:
			w.WriteHeader(http.StatusNotFound)
			io.WriteString(w, `{"kind":"Status","message":"no such thing"}`)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func kubeFile(t *testing.T, server, user string) string {
	name := filepath.Join(t.TempDir(), "config")
	text := fmt.Sprintf("current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {%s}}]\nusers: [{name: u, user: {%s}}]\n", server, user)
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	return name
}

// Pods and kubelets are scraped through the proxy of the API server, and its
// token is written nowhere.
func TestKubernetes(t *testing.T) {
	s := apiServer(t)
	ca := base64.StdEncoding.EncodeToString([]byte(certificate(s)))
	file := kubeFile(t, "server: "+s.URL+"/, certificate-authority-data: "+ca, "token: t0ken")
	pods, err := FromKubernetes(t.Context(), file, "kube-system/k8s-app=kube-proxy:10249", Request{})
	require.NoError(t, err)
	nodes, err := FromKubernetes(t.Context(), file, "nodes", Request{})
	require.NoError(t, err)
	targets := append(pods, nodes...)
	require.Len(t, targets, 3)
	require.Equal(t, `{instance="a:10249", job="kube-proxy", namespace="kube-system", node="node-a", pod="a"}`, pods[0].Labels.String())
	require.Equal(t, `{instance="n1", job="kubelet"}`, nodes[0].Labels.String())
	dir := t.TempDir()
	got, _ := run(t, t.Context(), Options{Dir: dir, Targets: targets, Every: 5 * time.Second, For: time.Millisecond})
	for i, want := range []string{"", "server returned HTTP status 404 Not Found", ""} {
		require.Equal(t, want, got[i][0].Failure)
	}
	for name, text := range files(t, dir) {
		require.NotContains(t, name+text, "t0ken")
	}
	put := filepath.Join(filepath.Dir(file), "token")
	require.NoError(t, os.WriteFile(put, []byte("t0ken"), 0o600))
	beside := kubeFile(t, "server: "+s.URL+", insecure-skip-tls-verify: true", "tokenFile: "+put)
	_, err = FromKubernetes(t.Context(), beside, "nodes", Request{})
	require.NoError(t, err)
}

func TestKubernetesRefusals(t *testing.T) {
	s := apiServer(t)
	good := "server: " + s.URL + ", insecure-skip-tls-verify: true"
	for _, row := range []struct{ name, reason, cluster, user, what, want string }{
		{"a program", "it is not run", good, "exec: {command: aws}", "nodes", "is told by a program (exec), which is not run here"},
		{"a provider", "it is gone from kubectl, too", good, "auth-provider: {name: gcp}", "nodes", "auth-provider"},
		{"another user", "more would be seen than is meant", good, "token: t0ken, as: root", "nodes", "acts as another one"},
		{"a wrong token", "the server says so", good, "token: wr0ng", "nodes", "cannot list nodes: it answers 401 Unauthorized Unauthorized"},
		{"no certificate", "whom would the token reach?", "server: " + s.URL, "token: t0ken", "nodes", "certificate"},
		{"no base64", "the data are broken", "server: " + s.URL + ", certificate-authority-data: '***'", "token: t0ken", "nodes", "is no base64"},
		{"no server", "nobody can be asked", "insecure-skip-tls-verify: true", "token: t0ken", "nodes", "has no server"},
		{"no port", "which is it?", good, "token: t0ken", "kube-system/k8s-app=kube-proxy", "write NAMESPACE/SELECTOR:PORT"},
		{"a port's name", "the proxy knows it, the label could not be told", good, "token: t0ken", "kube-system/k8s-app=kube-proxy:http", "the port is a number"},
		{"nothing chosen", "it would record nothing", good, "token: t0ken", "kube-system/app=x:1", "nothing that runs is chosen"},
		{"no list", "the kind of the error is told", good, "token: t0ken", "elsewhere/:1", "404 Not Found no such thing"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := FromKubernetes(t.Context(), kubeFile(t, row.cluster, row.user), row.what, Request{})
			require.ErrorContains(t, err, row.want, row.reason)
			require.NotContains(t, err.Error(), "t0ken")
		})
	}
}
