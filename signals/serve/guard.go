package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

const (
	defaultConcurrency = 20
	queueFactor        = 10               // so many times Concurrency may wait
	queueWait          = 10 * time.Second // and so long
	maxBody            = 1 << 20          // of a request, in bytes
	maxQuery           = 256 << 10        // of an address, in bytes
)

// policy lets a page show its own styles and nothing else: no script, no
// picture, no frame around it, no form.
const policy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Content-Security-Policy", policy)
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("X-Frame-Options", "DENY")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
	head.Set("Cache-Control", "no-store")
	seen := &statusWriter{ResponseWriter: w}
	defer h.metrics.count(seen)
	if err := h.admit(r); err != nil {
		respondError(seen, err)
		return
	}
	r.Body = http.MaxBytesReader(seen, r.Body, maxBody)
	h.mux.ServeHTTP(seen, r)
}

// admit refuses what no honest client sends.
func (h *Handler) admit(r *http.Request) *failure {
	if host := hostOf(r.Host); !h.knows(host) {
		return &failure{forbidden, fmt.Errorf("the host %q is not one of this server's: it answers to localhost, addresses in numbers, and names that --allow-host allows", host)}
	}
	if err := h.cross.Check(r); err != nil {
		return &failure{forbidden, fmt.Errorf("%w: pages of other origins may not post here", err)}
	}
	site, mode := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Sec-Fetch-Mode")
	if (site == "cross-site" || site == "same-site") && mode != "navigate" {
		return &failure{forbidden, errors.New("pages of other origins may link to this server, and not ask it")}
	}
	if len(r.URL.RawQuery) > maxQuery {
		return &failure{tooLarge, fmt.Errorf("the address has %d bytes behind its question mark, and %d are the most: post a form", len(r.URL.RawQuery), maxQuery)}
	}
	return nil
}

// knows tells whether a host is one by which clients may call us. A page that
// had its name rebound to our address calls us by its name: an address in
// numbers is never such a page's.
func (h *Handler) knows(host string) bool {
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return true
	}
	same := func(name string) bool { return strings.EqualFold(name, host) }
	return same("localhost") || slices.ContainsFunc(h.opts.Hosts, same)
}

// hostOf is a Host without its port, and without the dot at its end.
func hostOf(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		hostport = host
	}
	return strings.TrimSuffix(hostport, ".")
}

// gate lets a number of requests in at once, and as many times queueFactor
// wait.
type gate struct {
	slots   chan struct{}
	waiting *atomic.Int64
	wait    time.Duration
}

func newGate(n int) gate {
	return gate{slots: make(chan struct{}, n), waiting: &atomic.Int64{}, wait: queueWait}
}

// enter waits for a slot. leave is nil when there is an error.
func (g gate) enter(ctx context.Context) (leave func(), err *failure) {
	leave = func() { <-g.slots }
	select {
	case g.slots <- struct{}{}:
		return leave, nil
	default:
	}
	defer g.waiting.Add(-1)
	if g.waiting.Add(1) > int64(queueFactor*cap(g.slots)) {
		return nil, &failure{busy, fmt.Errorf("%d requests are worked on and %d wait: ask again later", cap(g.slots), queueFactor*cap(g.slots))}
	}
	timer := time.NewTimer(g.wait)
	defer timer.Stop()
	select {
	case g.slots <- struct{}{}:
		return leave, nil
	case <-ctx.Done():
		return nil, &failure{canceled, context.Cause(ctx)}
	case <-timer.C:
		return nil, &failure{busy, fmt.Errorf("%d requests are worked on, and none of them came to its end within %s: ask again later", cap(g.slots), g.wait)}
	}
}

// await waits until books were read as a whole. Who waits so takes no slot.
func (g gate) await(ctx context.Context, all []*book, most time.Duration) *failure {
	defer g.waiting.Add(-1)
	if g.waiting.Add(1) > int64(queueFactor*cap(g.slots)) {
		return &failure{busy, fmt.Errorf("%d requests wait: ask again later", queueFactor*cap(g.slots))}
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	switch err := whole(ctx, all); {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		read, of := int64(0), 0
		for _, b := range all {
			read, of = read+b.scraped.Load(), of+b.capture.Scrapes
		}
		return &failure{busy, fmt.Errorf("the capture is being read, %d of %d scrapes so far: ask again later", read, of)}
	default:
		return evaluating(err)
	}
}

// form reads the parameters of a request. Err is what a server tells of at some
// of its endpoints alone.
func form(r *http.Request) (fail *failure, err error) {
	err = r.ParseForm()
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		err = errors.Join(err, r.ParseMultipartForm(maxBody))
	}
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return &failure{tooLarge, fmt.Errorf("the request has more than %d bytes", large.Limit)}, nil
	}
	return nil, err
}
