package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/serve"
)

// TestServerFlag asks the API over a demo what the demo itself says. What the
// two print differs by what only files tell.
func TestServerFlag(t *testing.T) {
	server := demoServer(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if user, pass, _ := r.BasicAuth(); user != "me" || pass != "hunter2" {
				http.Error(w, "who?", http.StatusUnauthorized)
				return
			}
			h.ServeHTTP(w, r)
		})
	})
	conf := filepath.Join(t.TempDir(), "http.yml")
	require.NoError(t, os.WriteFile(conf, []byte("basic_auth: {username: me, password: hunter2}\n"), 0o666))
	const from, to = "2026-11-21T07:10:00Z", "2026-11-21T07:21:00Z"
	asked := []string{"--server", server, "--http-config", conf}

	for _, tt := range []struct {
		name  string
		args  []string // with CAPTURE where one stands
		asked []string
		from  string // of what is compared
	}{
		{
			"the alerts of the built-in rules",
			[]string{"replay", "CAPTURE", "--why", "none"}, []string{"--from", from, "--to", to}, "VERDICT",
		},
		{"an instant", []string{"query", "CAPTURE", "sum by (instance) (up)", "--time", "2026-11-21T07:16:10Z"}, nil, ""},
		{
			"a range", []string{"query", "CAPTURE", "sum(up)", "--from", "2026-11-21T07:15:00Z", "--to", "2026-11-21T07:17:00Z", "--step", "20s"}, nil, "",
		},
		{"the golden signals", []string{"signals", "CAPTURE", "--pack", "kube-proxy"}, []string{"--from", from, "--to", to}, "kube-proxy, 4 targets"},
		{"a rule's tree", []string{"explain", "CAPTURE", "-e", "rate(rest_client_requests_total[1m]) > 5"}, []string{"--from", from, "--to", to}, "rate("},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var ours, theirs []string
			for _, a := range tt.args {
				if a == "CAPTURE" {
					ours, theirs = append(ours, "demo:incident"), append(theirs, asked...)
					continue
				}
				ours, theirs = append(ours, a), append(theirs, a)
			}
			want := printed(t, 0, ours)
			got := printed(t, 0, append(theirs, tt.asked...))
			require.Equal(t, behind(t, want, tt.from), behind(t, got, tt.from))
		})
	}
	out := printed(t, 2, []string{"replay", "--server", server, "--from", from, "--to", to})
	require.Contains(t, out, "does not let us ask (401 Unauthorized)")
	wrong := filepath.Join(t.TempDir(), "wrong.yml")
	require.NoError(t, os.WriteFile(wrong, []byte("basic_auth: {username: me, password: secret1}\n"), 0o666))
	out = printed(t, 2, []string{"query", "up", "--server", server, "--http-config", wrong})
	require.NotContains(t, out, "secret1")
	require.NotContains(t, out, base64.StdEncoding.EncodeToString([]byte("me:secret1")))
}

// demoServer is the URL of the API over demo:incident, behind what a function
// puts before it.
func demoServer(t *testing.T, before func(http.Handler) http.Handler) string {
	t.Helper()
	d, err := openDemo("incident")
	require.NoError(t, err)
	c, err := d.capture("demo:incident", capture.Options{})
	require.NoError(t, err)
	h, err := serve.New(context.Background(), serve.Options{Replay: replay.Options{Capture: c}})
	require.NoError(t, err)
	server := httptest.NewServer(before(h))
	t.Cleanup(server.Close)
	return server.URL
}

// printed is what a command says, and on failure why.
func printed(t *testing.T, code int, args []string) string {
	t.Helper()
	var out, errs bytes.Buffer
	require.Equal(t, code, run(args, nil, &out, &errs), errs.String())
	return out.String() + errs.String()
}

// behind is a text from a word on, up to what is known to have happened, which
// no server tells.
func behind(t *testing.T, text, word string) string {
	t.Helper()
	i := strings.Index(text, word)
	require.GreaterOrEqual(t, i, 0, text)
	text, _, _ = strings.Cut(text[i:], "\n\n4 of 4 incidents")
	return strings.TrimSpace(text)
}
