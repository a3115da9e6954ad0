package record

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// A Target is what is scraped.
type Target struct {
	// Job is the name of the scrape job. The folder of the target is called by
	// it, and by the instance.
	Job string
	// Labels are those of its series, job and instance among them.
	Labels labels.Labels
	// URL is where it is scraped, without user and password. It is shown to
	// nobody, since its parameters may be secret.
	URL string
	// Interval and Timeout are as in a scrape config; 0: those of Options.
	Interval, Timeout time.Duration
	// MaxBody bounds a body in bytes, once it is decompressed; 0: that of
	// Options.
	MaxBody int64
	// Client does the requests; nil: one without any settings.
	Client *http.Client
	// Request is what is asked for.
	Request Request
	// Settings are what capture.yaml says of the job, by its keys, such as
	// honor_labels.
	Settings map[string]any
}

// Instance is the label of that name.
func (t *Target) Instance() string { return t.Labels.Get(model.InstanceLabel) }

// name is what messages call the target.
func (t *Target) name() string { return t.Job + "/" + t.Instance() }

// URLs makes targets of arguments: URLs of http and https, or host:port, of
// which the path is /metrics. The job of each is the given one, "" is its
// host's port or scheme; user and password of a URL are used and not kept. The
// settings of HTTP may be nil.
func URLs(args []string, settings *config.HTTPClientConfig, job string, ask Request) ([]*Target, error) {
	var targets []*Target
	seen := map[string]int{}
	for _, arg := range args {
		t, err := fromURL(arg, settings, job, ask)
		if err != nil {
			return nil, err
		}
		// Of several URLs of a process the labels tell them apart.
		if seen[t.name()]++; seen[t.name()] > 1 {
			u, _ := url.Parse(t.URL)
			b := labels.NewBuilder(t.Labels)
			b.Set("metrics_path", u.Path)
			t.Labels = b.Labels()
		}
		targets = append(targets, t)
	}
	for i, a := range targets {
		for _, b := range targets[:i] {
			if labels.Equal(a.Labels, b.Labels) {
				return nil, fmt.Errorf("%s stands twice: no label would tell one from the other", a.name())
			}
		}
	}
	return targets, nil
}

func fromURL(arg string, settings *config.HTTPClientConfig, job string, ask Request) (*Target, error) {
	text := arg
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("an argument is no URL: it is written as http://localhost:9100/metrics, or localhost:9100") // it may hold a password
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("%s is neither a URL of http or https nor host:port", u.Redacted())
	case u.Hostname() == "":
		return nil, fmt.Errorf("%s has no host: write host:port, such as localhost:9100", u.Redacted())
	}
	if u.Path == "" {
		u.Path = "/metrics"
	}
	c := config.DefaultHTTPClientConfig
	if settings != nil {
		c = *settings
	}
	if u.User != nil {
		password, _ := u.User.Password()
		c.BasicAuth = &config.BasicAuth{Username: u.User.Username(), Password: config.Secret(password)}
		c.Authorization, c.OAuth2 = nil, nil
		u.User = nil
	}
	client, err := NewClient(c)
	if err != nil {
		return nil, err
	}
	instance := u.Host
	if u.Port() == "" { // as Prometheus did, so that dashboards know it
		instance = net.JoinHostPort(u.Hostname(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	}
	if job == "" {
		job = DefaultJob
	}
	u.Fragment = ""
	return &Target{Job: job, Labels: labels.FromStrings(model.JobLabel, job, model.InstanceLabel, instance),
		URL: u.String(), Client: client, Request: ask}, nil
}

// DefaultJob is the job of URLs.
const DefaultJob = "recorded"

// NewClient makes a client as common/config does, which follows redirects with
// more caution, see the package's comment.
func NewClient(c config.HTTPClientConfig) (*http.Client, error) {
	client, err := config.NewClientFromConfig(c, "record", config.WithUserAgent(userAgent))
	if err != nil {
		return nil, err
	}
	keep := client.CheckRedirect
	headers := c.HTTPHeaders != nil && len(c.HTTPHeaders.Headers) > 0
	client.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if keep != nil {
			return keep(req, via)
		}
		if len(via) >= 10 {
			return errors.New("stopped after 10 redirects")
		}
		req.Header.Del("Referer")
		if headers && req.URL.Hostname() != via[0].URL.Hostname() {
			return errors.New("it redirects to another host, which http_headers must not reach")
		}
		return nil
	}
	return client, nil
}
