package promapi

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/common/model"
)

// Options say how a server is asked. URL is required.
type Options struct {
	// URL is what stands before /api/v1, such as http://localhost:9090, or
	// http://mimir/prometheus.
	URL string
	// HTTP makes the requests; nil: a client with a timeout of two and a half
	// minutes.
	HTTP *http.Client
	// From and To bound what is asked for where the asker knows no bound.
	From, To time.Time
	// Lookback is sent with each query, as lookback_delta; 0: the server's own.
	// Servers that do not know it take no notice.
	Lookback time.Duration
	// MaxBody bounds an answer, in bytes; 0: 256 MiB.
	MaxBody int64
	// Parallel is how many requests may run at once; 0: 8.
	Parallel int
	// Wait is how long the first of several tries is waited for another, which
	// doubles each time; 0: half a second.
	Wait time.Duration
}

// A Client asks one server. It may be used from several goroutines.
type Client struct {
	opts Options
	base *url.URL
	busy chan struct{} // holds as many as may ask at once

	mu    sync.Mutex
	err   error           // the first that ended it
	notes map[string]bool // see Notes
	order []string
	reads readState
}

const (
	defaultMaxBody  = 256 << 20
	defaultParallel = 8
	defaultTimeout  = 150 * time.Second // a query may take two minutes
	defaultWait     = 500 * time.Millisecond
)

// New makes a Client. It asks nothing yet.
func New(opts Options) (*Client, error) {
	u, err := url.Parse(opts.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		err = errors.New("it is no URL of a server: write it in full, such as http://localhost:9090")
	}
	if err == nil && u.RawQuery != "" {
		err = errors.New("it has a query: leave out what stands behind ?")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Shown(opts.URL), err)
	}
	u.Path = strings.TrimSuffix(strings.TrimRight(u.Path, "/"), "/api/v1")
	if opts.HTTP == nil {
		opts.HTTP = &http.Client{Timeout: defaultTimeout}
	}
	opts.MaxBody = cmp.Or(opts.MaxBody, defaultMaxBody)
	opts.Wait = cmp.Or(opts.Wait, defaultWait)
	return &Client{
		opts: opts, base: u,
		busy:  make(chan struct{}, cmp.Or(opts.Parallel, defaultParallel)),
		notes: map[string]bool{},
	}, nil
}

// unwrapped is an error without its URL, which may hold a password.
func unwrapped(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// Shown is a URL as it may be shown: without what logs in.
func Shown(text string) string {
	u, err := url.Parse(text)
	switch {
	case err == nil:
		u.User, u.RawQuery, u.Fragment = nil, "", ""
		return u.String()
	case strings.Contains(text, "@"):
		return "the URL" // it can't be told what of it logs in
	}
	return text
}

// URL is the server's, as it may be shown.
func (c *Client) URL() string { return Shown(c.base.String()) }

// Between bounds the samples and the series that are asked for where the asker
// knows no bound. It must not be called while the Client is used.
func (c *Client) Between(from, to time.Time) { c.opts.From, c.opts.To = from, to }

// Err says why the server cannot be asked any more: it does not answer, or
// refuses who asks. It is nil while it answers, if only with errors of
// expressions.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *Client) fail(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
	return err
}

// Notes are what a reader of the answers should know: parts that were missing,
// another dialect. Each is there once, in the order in which it was noticed.
func (c *Client) Notes() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.order...)
}

func (c *Client) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.notes[text] && len(c.order) < 50 {
		c.notes[text] = true
		c.order = append(c.order, text)
	}
}

// stamp is a time as the API takes it, to the millisecond.
func stamp(t time.Time) string {
	return model.TimeFromUnixNano(t.UnixNano()).String()
}
