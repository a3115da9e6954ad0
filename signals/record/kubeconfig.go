package record

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/prometheus/common/config"
	"go.yaml.in/yaml/v3"
)

// A kubeconfig is what this package takes of a file that kubectl reads. It is
// read here since client-go adds 1.4 MB to the command for it.
type kubeconfig struct {
	Current  string `yaml:"current-context"`
	Contexts []struct {
		Name    string
		Context struct{ Cluster, User, Namespace string }
	}
	Clusters []struct {
		Name    string
		Cluster kubeCluster
	}
	Users []struct {
		Name string
		User kubeUser
	}
}

type kubeCluster struct {
	Server     string
	CAData     string `yaml:"certificate-authority-data"`
	CA         string `yaml:"certificate-authority"`
	Insecure   bool   `yaml:"insecure-skip-tls-verify"`
	ServerName string `yaml:"tls-server-name"`
	Proxy      string `yaml:"proxy-url"`
}

type kubeUser struct {
	Token     string
	TokenFile string `yaml:"tokenFile"`
	CertData  string `yaml:"client-certificate-data"`
	Cert      string `yaml:"client-certificate"`
	KeyData   string `yaml:"client-key-data"`
	Key       string `yaml:"client-key"`
	Username  string
	Password  string
	Exec      any
	Provider  any    `yaml:"auth-provider"`
	As        string `yaml:"as"`
}

// readKubeconfig finds the API server of the current context and how it is
// asked. An empty path is $KUBECONFIG, of which the first file that is there is
// read, or ~/.kube/config.
func readKubeconfig(path string) (server string, c config.HTTPClientConfig, err error) {
	if path == "" {
		path = defaultKubeconfig()
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", c, err
	}
	var k kubeconfig
	if err := yaml.Unmarshal(text, &k); err != nil {
		return "", c, fmt.Errorf("%s is no kubeconfig: a line of it cannot be read", path) // the error shows values, which may be secret
	}
	cluster, user, err := k.current()
	if err == nil {
		c, err = settings(cluster, user, filepath.Dir(path))
	}
	if err != nil {
		return "", c, fmt.Errorf("%s: %w", path, err)
	}
	return strings.TrimRight(cluster.Server, "/"), c, nil
}

func defaultKubeconfig() string {
	home, _ := os.UserHomeDir()
	first := filepath.Join(home, ".kube", "config")
	if list := os.Getenv("KUBECONFIG"); list != "" {
		for i, name := range filepath.SplitList(list) {
			if _, err := os.Stat(name); err == nil || i == 0 {
				first = name
				if err == nil {
					break
				}
			}
		}
	}
	return first
}

// current are the cluster and the user of the current context.
func (k *kubeconfig) current() (c kubeCluster, u kubeUser, err error) {
	if k.Current == "" {
		return c, u, errors.New("it has no current-context: set one with kubectl config use-context")
	}
	for _, context := range k.Contexts {
		if context.Name != k.Current {
			continue
		}
		found := false
		for _, x := range k.Clusters {
			if x.Name == context.Context.Cluster {
				c, found = x.Cluster, true
			}
		}
		if !found || c.Server == "" {
			return c, u, fmt.Errorf("the cluster %q of the context %q is not there, or has no server", context.Context.Cluster, k.Current)
		}
		if context.Context.User == "" {
			return c, u, nil
		}
		for _, x := range k.Users {
			if x.Name == context.Context.User {
				return c, x.User, nil
			}
		}
		return c, u, fmt.Errorf("the user %q of the context %q is not there", context.Context.User, k.Current)
	}
	return c, u, fmt.Errorf("the current-context %q is not there", k.Current)
}

// settings are those of HTTP. Paths are relative to a folder; data go before
// files, as for kubectl.
func settings(cluster kubeCluster, user kubeUser, dir string) (c config.HTTPClientConfig, err error) {
	c = config.DefaultHTTPClientConfig
	switch {
	case user.Exec != nil:
		return c, errors.New("its user is told by a program (exec), which is not run here: put a token into the file, as of kubectl create token")
	case user.Provider != nil:
		return c, errors.New("its user is told by an auth-provider, which is not known here: put a token into the file, as of kubectl create token")
	case user.As != "":
		return c, errors.New("its user acts as another one (as), which is not done here")
	}
	decode := func(what, data string) string {
		text, e := base64.StdEncoding.DecodeString(data)
		if e != nil && err == nil {
			err = fmt.Errorf("its %s is no base64", what)
		}
		return string(text)
	}
	tls := &c.TLSConfig
	tls.InsecureSkipVerify, tls.ServerName = cluster.Insecure, cluster.ServerName
	if tls.CA = decode("certificate-authority-data", cluster.CAData); tls.CA == "" {
		tls.CAFile = cluster.CA
	}
	if tls.Cert = decode("client-certificate-data", user.CertData); tls.Cert == "" {
		tls.CertFile = user.Cert
	}
	if tls.Key = config.Secret(decode("client-key-data", user.KeyData)); tls.Key == "" {
		tls.KeyFile = user.Key
	}
	if cluster.Proxy != "" {
		if e := c.ProxyURL.UnmarshalYAML(func(v any) error { *v.(*string) = cluster.Proxy; return nil }); e != nil {
			return c, errors.New("its proxy-url is no URL")
		}
	}
	switch {
	case user.TokenFile != "":
		c.Authorization = &config.Authorization{Type: "Bearer", CredentialsFile: user.TokenFile}
	case user.Token != "":
		c.Authorization = &config.Authorization{Type: "Bearer", Credentials: config.Secret(user.Token)}
	case user.Username != "":
		c.BasicAuth = &config.BasicAuth{Username: user.Username, Password: config.Secret(user.Password)}
	}
	c.SetDirectory(dir)
	return c, err
}
