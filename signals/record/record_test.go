package record

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/config"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
)

// metrics is a server of targets of all kinds, by their paths.
func metrics(t testing.TB) *httptest.Server {
	hang := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		w.Header().Set("Set-Cookie", "session=5ecret")
		switch kind, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); kind {
		case "slow":
			time.Sleep(100 * time.Millisecond)
			io.WriteString(w, "a 1\n")
		case "fail":
			http.Error(w, "it is broken", http.StatusInternalServerError)
		case "hang":
			select {
			case <-hang:
			case <-r.Context().Done():
			}
		case "half": // the connection breaks within the body
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "a 1\n")
		case "badzip":
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, strings.Repeat("a 1\n", 10))
		case "gigabyte":
			line := strings.Repeat("a 1\n", 1<<14)
			for range 1 << 14 {
				if _, err := io.WriteString(w, line); err != nil {
					return
				}
			}
		default:
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			fmt.Fprintf(z, "# TYPE a_total counter\na_total %d\n", time.Now().UnixNano())
			z.Close()
		}
	}))
	t.Cleanup(func() { close(hang); s.Close() })
	return s
}

func urls(t testing.TB, server *httptest.Server, paths ...string) []*Target {
	var args []string
	for _, p := range paths {
		args = append(args, server.URL+"/"+p)
	}
	targets, err := URLs(args, nil, "", Request{})
	require.NoError(t, err)
	return targets
}

// run records and returns the outcomes of each target.
func run(t *testing.T, ctx context.Context, opts Options) ([][]Outcome, Summary) {
	t.Helper()
	got := make([][]Outcome, len(opts.Targets))
	opts.Done = func(o Outcome) { got[o.Target] = append(got[o.Target], o) }
	r, err := New(opts)
	require.NoError(t, err)
	return got, r.Run(ctx)
}

func files(t testing.TB, dir string) map[string]string {
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, de os.DirEntry, err error) error {
		if err == nil && !de.IsDir() {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			rel, _ := filepath.Rel(dir, path)
			all[filepath.ToSlash(rel)] = string(text)
		}
		return err
	}))
	return all
}

// Fifty targets, of which some hang, fail or never end: each has its scrapes,
// and what comes of them is what a server would have made of it.
func TestManyTargets(t *testing.T) {
	server := metrics(t)
	var paths []string
	for i := range 50 {
		kind := "good"
		switch {
		case i < 8:
			kind = []string{"slow", "fail", "hang", "half", "badzip", "gigabyte", "hang", "fail"}[i]
		}
		paths = append(paths, fmt.Sprintf("%s/%d", kind, i))
	}
	dir := filepath.Join(t.TempDir(), "new", "capture")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	targets := urls(t, server, paths...)
	got, sum := run(t, t.Context(), Options{Dir: dir, Targets: targets, Every: time.Second, For: 2 * time.Second, MaxBody: 1 << 20})
	runtime.ReadMemStats(&after)
	require.Less(t, after.HeapSys-before.HeapSys, uint64(100<<20))
	require.Zero(t, sum.Lost)
	want := map[string]string{
		"good": "", "slow": "", "fail": "server returned HTTP status 500 Internal Server Error", "hang": "no whole answer within 1s: context deadline exceeded",
		"half": "unexpected EOF", "badzip": "gzip: invalid header", "gigabyte": "body size limit exceeded: more than 1048576 bytes",
	}
	c, err := capture.Open(os.DirFS(dir), "c", capture.Options{})
	require.NoError(t, err)
	require.Len(t, c.Targets, 50)
	require.Equal(t, time.Second, c.Interval)
	require.Empty(t, c.Problems)
	failures, seen := map[string][]string{}, map[string]int{}
	for s := c.Stream(); s.Next(); {
		require.NoError(t, s.Scrape().Err, s.Scrape().File)
		path := cmp0(s.Scrape().Target.Labels.Get("metrics_path"), "/"+paths[0])
		failures[path] = append(failures[path], s.Scrape().Failure)
	}
	for i, p := range paths {
		kind, _, _ := strings.Cut(p, "/")
		n, missed := len(got[i]), 0
		var told []string
		for _, o := range got[i] {
			missed += o.Skipped
			told = append(told, o.Failure)
			if o.Failure != want["hang"] { // any may come to that on a busy machine
				require.Equal(t, want[kind], o.Failure, p)
				seen[kind]++
			}
		}
		require.Equal(t, 3, n+missed, p)
		require.Equal(t, told, failures["/"+p], p)
	}
	require.Len(t, seen, len(want)-1, "each kind was seen: %v", seen)
	for name, text := range files(t, dir) {
		require.False(t, strings.HasSuffix(name, ".tmp"), name)
		require.NotContains(t, text, "5ecret")
	}
}

func cmp0(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// A target that does harm is a failure in its time, and takes no memory.
func TestHostileTargets(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 1 << 10 {
		z.Write(make([]byte, 1<<20))
	}
	z.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, rw, _ := w.(http.Hijacker).Hijack()
		defer c.Close()
		switch r.URL.Path {
		case "/header":
			io.WriteString(c, "HTTP/1.1 200 OK\r\nX: ")
			for junk := bytes.Repeat([]byte("x"), 1<<20); ; {
				if _, err := c.Write(junk); err != nil {
					return
				}
			}
		case "/drip":
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
			for {
				if _, err := c.Write([]byte("a")); err != nil {
					return
				}
				time.Sleep(50 * time.Millisecond)
			}
		case "/bomb":
			fmt.Fprintf(rw, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n", bomb.Len())
			rw.Write(bomb.Bytes())
			rw.Flush()
		case "/loop":
			io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n")
		}
	}))
	defer server.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	dir := t.TempDir()
	got, sum := run(t, t.Context(), Options{Dir: dir, Targets: urls(t, server, "header", "drip", "bomb", "loop"), Every: 3 * time.Second, For: time.Millisecond, MaxBody: 1 << 20})
	runtime.ReadMemStats(&after)
	require.Less(t, after.HeapSys-before.HeapSys, uint64(100<<20))
	require.Zero(t, sum.Lost)
	for i, want := range []string{"server response headers exceeded", "no whole answer within 3s", "body size limit exceeded: more than 1048576 bytes", "stopped after 10 redirects"} {
		require.Len(t, got[i], 1)
		require.Contains(t, got[i][0].Failure, want)
	}
	for name, text := range files(t, dir) {
		require.Less(t, len(text), 1<<20, name)
	}
}

// What a scrape came to is saved while the next one goes on: a slow disk, here
// whoever is told of it, delays none.
func TestSavedBeside(t *testing.T) {
	server := metrics(t)
	var late []time.Duration
	var at []int64
	r, err := New(Options{Dir: t.TempDir(), Targets: urls(t, server, "slow"), Every: 250 * time.Millisecond, For: 3 * time.Second, Done: func(o Outcome) {
		late, at = append(late, o.Late), append(at, o.At.UnixMilli())
		time.Sleep(200 * time.Millisecond) // with the answer's 100 ms it is more than the interval
	}})
	require.NoError(t, err)
	r.Run(t.Context())
	require.Greater(t, len(late), 5)
	sorted := slices.Sorted(slices.Values(late)) // else half of them would be 100 ms late, and more
	require.Less(t, sorted[len(sorted)/2], 45*time.Millisecond, "%v", late)
	require.True(t, slices.IsSorted(at), "%v", at)
}

// A recording that is stopped ends within a second, and what was under way is
// not told as a failure.
func TestStop(t *testing.T) {
	server := metrics(t)
	ctx, stop := context.WithCancel(t.Context())
	dir := t.TempDir()
	stopped := make(chan time.Time, 1)
	time.AfterFunc(1500*time.Millisecond, func() {
		stopped <- time.Now()
		stop()
	})
	got, _ := run(t, ctx, Options{Dir: dir, Targets: urls(t, server, "hang", "good"), Every: time.Minute})
	require.Less(t, time.Since(<-stopped), 2*time.Second)
	require.Empty(t, got[0])
	require.Len(t, got[1], 1)
	for name := range files(t, dir) {
		require.NotContains(t, name, ".err")
		require.NotContains(t, name, ".tmp")
	}
}

// Credentials reach the target and nobody else, and nothing that is written
// holds them.
func TestSecrets(t *testing.T) {
	var mu sync.Mutex
	var foreign, own []http.Header
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		foreign = append(foreign, r.Header.Clone())
		io.WriteString(w, "a 1\n")
	}))
	defer other.Close()
	elsewhere := strings.Replace(other.URL, "127.0.0.1", "localhost", 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		own = append(own, r.Header.Clone())
		mu.Unlock()
		if r.URL.Path == "/away" {
			http.Redirect(w, r, elsewhere+"/metrics", http.StatusFound)
			return
		}
		http.Error(w, "no", http.StatusForbidden)
	}))
	defer server.Close()
	at := strings.Replace(server.URL, "http://", "http://us3r:pa55@", 1)
	targets, err := URLs([]string{at + "/away?key=t0ken", at + "/metrics?key=t0ken"}, nil, "", Request{})
	require.NoError(t, err)
	headers := &config.HTTPClientConfig{FollowRedirects: true, HTTPHeaders: &config.Headers{Headers: map[string]config.Header{"X-Key": {Secrets: []config.Secret{"t0ken"}}}}}
	more, err := URLs([]string{server.URL + "/away"}, headers, "with-headers", Request{})
	require.NoError(t, err)
	dir := t.TempDir()
	got, _ := run(t, t.Context(), Options{Dir: dir, Targets: append(targets, more...), Every: time.Second, For: time.Millisecond})
	require.Empty(t, got[0][0].Failure)
	require.Equal(t, "server returned HTTP status 403 Forbidden", got[1][0].Failure)
	require.Equal(t, "it redirects to another host, which http_headers must not reach", got[2][0].Failure)
	require.Len(t, foreign, 1)
	require.Empty(t, foreign[0].Get("Authorization"))
	require.Empty(t, foreign[0].Get("Referer"))
	require.Len(t, own, 3)
	for _, h := range own {
		require.True(t, strings.HasPrefix(h.Get("Authorization"), "Basic ") != (h.Get("X-Key") == "t0ken"))
	}
	for name, text := range files(t, dir) {
		for _, secret := range []string{"us3r", "pa55", "t0ken"} {
			require.NotContains(t, name+text, secret, name)
		}
	}
	_, err = URLs([]string{"http://us3r:pa55@[bad"}, nil, "", Request{})
	require.ErrorContains(t, err, "is no URL")
	require.NotContains(t, err.Error(), "pa55")
}

// A request is that of Prometheus 3.16: what scrape.acceptHeader and its
// neighbours give.
func TestRequests(t *testing.T) {
	var got http.Header
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r.Header.Clone() }))
	defer server.Close()
	const text = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.%d,application/openmetrics-text;version=0.0.1;q=0.%d," +
		"text/plain;version=1.0.0;escaping=allow-utf-8;q=0.%d,text/plain;version=0.0.4;q=0.%d,*/*;q=0.%d"
	for _, row := range []struct {
		name, reason string
		ask          Request
		accept       string
		encoding     string
	}{
		{"by default", "DefaultScrapeProtocols", Request{}, fmt.Sprintf(text, 7, 6, 5, 4, 3), "gzip"},
		{"protobuf", "DefaultProtoFirstScrapeProtocols", Request{Protobuf: true},
			"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7," + fmt.Sprintf(text, 6, 5, 4, 3, 2), "gzip"},
		{"of a job", "what the job says goes before", Request{Protocols: []string{"PrometheusText1.0.0"}, Escaping: "dots", Identity: true, Protobuf: true},
			"text/plain;version=1.0.0;escaping=dots;q=0.7,*/*;q=0.6", "identity"},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.NotEmpty(t, row.reason)
			targets, err := URLs([]string{server.URL}, nil, "", row.ask)
			require.NoError(t, err)
			run(t, t.Context(), Options{Dir: t.TempDir(), Targets: targets, Every: 2500 * time.Millisecond, For: time.Millisecond})
			require.Equal(t, row.accept, got.Get("Accept"), row.reason)
			require.Equal(t, row.encoding, got.Get("Accept-Encoding"), row.reason)
			require.Equal(t, "2.5", got.Get("X-Prometheus-Scrape-Timeout-Seconds"))
			require.Contains(t, got.Get("User-Agent"), "scrapebook")
		})
	}
}
