package record

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// FromKubernetes makes targets of what a cluster has, each scraped through the
// proxy of the API server. What is
//
//	NAMESPACE/SELECTOR:PORT   the pods that a selector of labels, such as
//	                          app=web, chooses, and that run; all without one
//	nodes                     the kubelets of all nodes
//
// A PORT may be followed by a path in place of /metrics. The kubeconfig is the
// one at a path, "" is kubectl's own. Pods and nodes are those there are now.
func FromKubernetes(ctx context.Context, kubeconfig, what string, ask Request) ([]*Target, error) {
	server, settings, err := readKubeconfig(kubeconfig)
	if err != nil {
		return nil, err
	}
	client, err := NewClient(settings)
	if err != nil {
		return nil, err
	}
	api := &kubeAPI{server, client}
	var targets []*Target
	if what == "nodes" {
		targets, err = api.nodes(ctx)
	} else {
		targets, err = api.pods(ctx, what)
	}
	if err == nil && len(targets) == 0 {
		err = fmt.Errorf("%s: nothing that runs is chosen", what)
	}
	for _, t := range targets {
		t.Client, t.Request = client, ask
	}
	return targets, err
}

type kubeAPI struct {
	server string
	client *http.Client
}

// kubeTimeout is how long the API server may take to list pods.
const kubeTimeout = 30 * time.Second

// maxList bounds a page of a list.
const maxList = 64 << 20

// object is what is taken of a pod or a node.
type object struct {
	Metadata struct {
		Name   string            `json:"name"`
		Labels map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		NodeName string `json:"nodeName"`
	} `json:"spec"`
	Status struct {
		Phase string `json:"phase"`
	} `json:"status"`
}

// list reads all pages of a list.
func (a *kubeAPI) list(ctx context.Context, path string, params url.Values) (all []object, err error) {
	ctx, cancel := context.WithTimeout(ctx, kubeTimeout)
	defer cancel()
	params.Set("limit", "500")
	for {
		var page struct {
			Metadata struct {
				Continue string `json:"continue"`
			} `json:"metadata"`
			Items []object `json:"items"`
		}
		if err := a.get(ctx, path+"?"+params.Encode(), &page); err != nil {
			return nil, fmt.Errorf("the API server cannot list %s: %w", path[strings.LastIndex(path, "/")+1:], err)
		}
		all = append(all, page.Items...)
		if page.Metadata.Continue == "" {
			return all, nil
		}
		params.Set("continue", page.Metadata.Continue)
	}
}

func (a *kubeAPI) get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.server+path, nil)
	if err != nil {
		return errors.New(reason(err))
	}
	req.Header.Set("Accept", "application/json")
	res, err := a.client.Do(req)
	if err != nil {
		return errors.New(reason(err))
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxList))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		var why struct {
			Message string `json:"message"`
		}
		_ = json.Unmarshal(text, &why) // without it the status says enough
		return fmt.Errorf("it answers %s %s", res.Status, why.Message)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("its answer is no list: %w", err)
	}
	return nil
}

func (a *kubeAPI) nodes(ctx context.Context) (targets []*Target, err error) {
	list, err := a.list(ctx, "/api/v1/nodes", url.Values{})
	for _, n := range list {
		name := n.Metadata.Name
		targets = append(targets, &Target{Job: "kubelet", URL: a.server + "/api/v1/nodes/" + url.PathEscape(name) + "/proxy/metrics",
			Labels: labels.FromStrings(model.JobLabel, "kubelet", model.InstanceLabel, name)})
	}
	return targets, err
}

func (a *kubeAPI) pods(ctx context.Context, what string) (targets []*Target, err error) {
	namespace, rest, ok := strings.Cut(what, "/")
	colon := strings.LastIndex(rest, ":")
	if !ok || namespace == "" || colon < 0 {
		return nil, fmt.Errorf("%q: write NAMESPACE/SELECTOR:PORT, such as kube-system/k8s-app=kube-proxy:10249, or nodes", what)
	}
	// A selector may have slashes, and a path may follow the port.
	selector, port := rest[:colon], rest[colon+1:]
	port, path, _ := strings.Cut(port, "/")
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return nil, fmt.Errorf("%q: the port is a number from 1 to 65535", what)
	}
	if path == "" {
		path = "metrics"
	}
	params := url.Values{}
	if selector != "" {
		params.Set("labelSelector", selector)
	}
	list, err := a.list(ctx, "/api/v1/namespaces/"+url.PathEscape(namespace)+"/pods", params)
	for _, p := range list {
		if p.Status.Phase != "Running" {
			continue
		}
		name, job := p.Metadata.Name, jobOf(p, namespace)
		targets = append(targets, &Target{Job: job,
			URL: fmt.Sprintf("%s/api/v1/namespaces/%s/pods/%s:%s/proxy/%s", a.server, url.PathEscape(namespace), url.PathEscape(name), port, path),
			Labels: labels.FromStrings(model.JobLabel, job, model.InstanceLabel, name+":"+port,
				"namespace", namespace, "pod", name, "node", p.Spec.NodeName)})
	}
	return targets, err
}

// jobOf is what a pod is called by its labels, else its namespace.
func jobOf(p object, namespace string) string {
	for _, name := range []string{"app.kubernetes.io/name", "k8s-app", "app", "component"} {
		if v := p.Metadata.Labels[name]; v != "" {
			return v
		}
	}
	return namespace
}
