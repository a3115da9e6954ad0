package serve

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestHosts: a page whose name was rebound to this machine's address calls us
// by its own name.
func TestHosts(t *testing.T) {
	h := handler(t, func(o *Options) { o.Hosts = []string{"books.example"} })
	for _, row := range []struct {
		name, reason, host string
		code               int
	}{
		{"the address", "no page's name", "127.0.0.1:9099", 200},
		{"another address", "no page's name either", "192.168.1.2", 200},
		{"an address of IPv6", "in brackets", "[::1]:9099", 200},
		{"localhost", "no page's name", "localhost:9099", 200},
		{"localhost in full", "with its dot, in any letters", "LocalHost.:9099", 200},
		{"a name that is allowed", "Options.Hosts", "books.example:1", 200},
		{"another name", "rebound", "evil.example:9099", 403},
		{"a name below an allowed one", "is another", "x.books.example", 403},
		{"a name that begins as an address", "is a name", "127.0.0.1.evil.example", 403},
		{"none", "HTTP/1.0", "", 403},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, path := range []string{"/", "/api/v1/query?query=1", "/metrics", "/federate?match[]=up", "/-/ready"} {
				r := httptest.NewRequest("GET", path, nil)
				r.Host = row.host
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				require.Equal(t, row.code, w.Code, row.reason+" "+path)
			}
		})
	}
}

// TestBrowsers: pages of other origins can neither post nor read.
func TestBrowsers(t *testing.T) {
	h := handler(t, nil)
	for _, row := range []struct {
		name, reason, method string
		header               []string
		code                 int
	}{
		{"a post of no browser", "promtool and Grafana's server", "POST", nil, 200},
		{"a post of our own page", "the same origin", "POST", []string{"Origin", "http://localhost:9099"}, 200},
		{"a post of another page", "Origin tells", "POST", []string{"Origin", "http://evil.example"}, 403},
		{"a post of another port", "is another origin", "POST", []string{"Origin", "http://localhost:80"}, 403},
		{"a post from a file", "null is no origin", "POST", []string{"Origin", "null"}, 403},
		{"a post that Sec-Fetch-Site tells of", "another site", "POST", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a query by another page", "it would not see the answer, and costs", "GET", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, 403},
		{"a link of another page", "is followed", "GET", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 200},
		{"our own page", "the same origin", "GET", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "cors"}, 200},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := httptest.NewRequest(row.method, "/api/v1/query?query=1", nil)
			for i := 0; i < len(row.header); i += 2 {
				r.Header.Set(row.header[i], row.header[i+1])
			}
			got := do(h, r)
			require.Equal(t, row.code, got.code, row.reason)
			for name := range got.header {
				require.NotContains(t, name, "Access-Control", "no CORS")
			}
			require.Contains(t, got.header.Get("Content-Security-Policy"), "default-src 'none'")
			require.Equal(t, "nosniff", got.header.Get("X-Content-Type-Options"))
		})
	}
	require.Equal(t, 405, do(h, httptest.NewRequest("OPTIONS", "/api/v1/query", nil)).code, "no preflight is answered")
}

// TestSizes: what is too large is refused before it is read as a whole.
func TestSizes(t *testing.T) {
	h := handler(t, nil)
	large := strings.Repeat("x", maxBody)
	got := post(h, "/api/v1/query", "query="+large)
	require.Equal(t, 413, got.code)
	require.Contains(t, got.body, "the request has more than 1048576 bytes")
	got = get(h, "/api/v1/query?query="+large[:maxQuery])
	require.Equal(t, 413, got.code)
	require.Contains(t, got.body, "post a form")
	require.Equal(t, 200, post(h, "/api/v1/query", "query=1&x="+large[:maxQuery]).code, "a body may be larger")

	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	require.NoError(t, form.WriteField("query", "1+1"))
	require.NoError(t, form.Close())
	r := httptest.NewRequest("POST", "/api/v1/query", &b)
	r.Header.Set("Content-Type", form.FormDataContentType())
	require.Contains(t, do(h, r).body, `"2"`, "a form in parts is read")
}

// TestGate fills all slots: requests wait, the others are refused, and those
// that waited too long as well.
func TestGate(t *testing.T) {
	h := handler(t, func(o *Options) { o.Concurrency = 2 })
	synctest.Test(t, func(t *testing.T) {
		h.gate = newGate(2) // of the bubble
		for range 2 {
			h.gate.slots <- struct{}{}
		}
		codes := make(chan int, 21)
		for range 20 {
			go func() { codes <- get(h, "/api/v1/query?query=1").code }()
		}
		synctest.Wait() // all 20 wait
		refused := get(h, "/api/v1/query?query=1")
		require.Equal(t, 503, refused.code)
		require.Equal(t, "10", refused.header.Get("Retry-After"))
		require.Contains(t, refused.body, "2 requests are worked on and 20 wait")
		require.Equal(t, 200, get(h, "/-/healthy").code, "health is not asked to wait")
		require.Contains(t, get(h, "/metrics").body, "scrapebook_http_requests_waiting 20")

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.Equal(t, 503, do(h, httptest.NewRequest("GET", "/api/v1/labels", nil).WithContext(ctx)).code)

		<-h.gate.slots // one is done: the next begins, and then all
		for range 20 {
			require.Equal(t, 200, <-codes)
		}
		require.Equal(t, 499, func() int {
			h.gate.slots <- struct{}{}
			defer func() { <-h.gate.slots }()
			return do(h, httptest.NewRequest("GET", "/api/v1/labels", nil).WithContext(ctx)).code
		}(), "who has left waits no more")

		h.gate.slots <- struct{}{}
		begun := time.Now()
		late := get(h, "/api/v1/query?query=1")
		require.Equal(t, 503, late.code)
		require.Contains(t, late.body, "within 10s")
		require.Equal(t, queueWait, time.Since(begun))
		require.Zero(t, h.gate.waiting.Load())
	})
}

// TestTimeout: a query's own timeout, and the server's, end it.
func TestTimeout(t *testing.T) {
	h := handler(t, nil)
	const long = "/api/v1/query?query=count_over_time((load%20%2B%20load)[11m:1ms])&time=1000000090"
	got := get(h, long+"&timeout=0.000000001")
	require.Equal(t, 503, got.code, got.body)
	require.Contains(t, got.body, `"errorType":"timeout"`)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	got = do(h, httptest.NewRequest("GET", long, nil).WithContext(ctx))
	require.Equal(t, 499, got.code, got.body)
	require.Contains(t, got.body, `"errorType":"canceled"`)

	short := handler(t, func(o *Options) { o.MaxSamples = 3 })
	got = get(short, "/api/v1/query?query=up[1m]")
	require.Equal(t, 422, got.code)
	require.Contains(t, got.body, "too many samples")
}

// TestServe listens, answers, and ends with its context.
func TestServe(t *testing.T) {
	h := handler(t, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- h.Serve(ctx, l) }()
	resp, err := http.Get(fmt.Sprintf("http://%s/-/ready", l.Addr()))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 200, resp.StatusCode)
	cancel()
	require.NoError(t, <-done)
	_, err = net.Dial("tcp", l.Addr().String())
	require.Error(t, err)
}
