package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/serve"
)

// TestServeAgain adds files to a capture that is served: it is read again when
// there are some, and what was read is served on when it cannot be.
func TestServeAgain(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "app", "a"), 0o777))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "app", "a", name), []byte(text), 0o666))
	}
	write("1700000000.prom", "m 1\n")
	cmd, f, ctx := newServe(), &serveFlags{}, context.Background()
	c, err := f.volumes(cmd, []string{dir})
	require.NoError(t, err)
	h, err := serve.New(ctx, serve.Options{Volumes: c})
	require.NoError(t, err)
	value := func() string {
		r := httptest.NewRequest("GET", "http://localhost/api/v1/query?query=m", nil)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Body.String()
	}
	require.Contains(t, value(), `[1700000000,"1"]`)
	same, err := f.again(ctx, cmd, []string{dir}, h, c)
	require.NoError(t, err)
	require.Same(t, c[0].Capture, same[0].Capture, "nothing was added, so nothing is read")

	write("1700000015.prom", "m 2\n")
	more, err := f.again(ctx, cmd, []string{dir}, h, c)
	require.NoError(t, err)
	require.Equal(t, 2, more[0].Capture.Scrapes)
	require.Contains(t, value(), `[1700000015,"2"]`)

	require.NoError(t, os.RemoveAll(dir))
	kept, err := f.again(ctx, cmd, []string{dir}, h, more)
	require.Error(t, err)
	require.Same(t, more[0].Capture, kept[0].Capture)
	require.Contains(t, value(), `[1700000015,"2"]`)
}

// TestServeCaptures: which paths are one capture, and what captures are called.
func TestServeCaptures(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"a/prom/x", "b/prom/x", "c/x", "x.prom", "y.prom.gz", "z.tar.gz"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o777))
		require.NoError(t, os.WriteFile(name, nil, 0o666))
	}
	for _, row := range []struct {
		name, reason string
		paths        []string
		sets         [][]string
		names        []string
	}{
		{"one", "is alone", []string{"c"}, [][]string{{"c"}}, []string{"c"}},
		{"folders", "are captures", []string{"c", "a"}, [][]string{{"c"}, {"a"}}, []string{"c", "a"}},
		{"folders of a name", "are told apart", []string{"a/prom", "b/prom/", "c"}, [][]string{{"a/prom"}, {"b/prom/"}, {"c"}}, []string{"a/prom", "b/prom", "c"}},
		{"the same folder", "once", []string{"c", "./c"}, [][]string{{"c"}}, []string{"c"}},
		{"files", "are one", []string{"x.prom", "y.prom.gz"}, [][]string{{"x.prom", "y.prom.gz"}}, []string{filepath.Base(dir)}},
		{"all kinds", "an archive is a capture", []string{"x.prom", "c", "y.prom.gz", "z.tar.gz"}, [][]string{{"c"}, {"z.tar.gz"}, {"x.prom", "y.prom.gz"}}, []string{"c", "z.tar.gz", filepath.Base(dir)}},
	} {
		t.Run(row.name, func(t *testing.T) {
			sets := captureSets(row.paths)
			require.Equal(t, row.sets, sets, row.reason)
			require.Equal(t, row.names, captureNames(sets), row.reason)
		})
	}
}

// TestServeCommand runs the command as a whole: it says where it listens,
// answers there, and ends with its context.
func TestServeCommand(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	out, in := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- runContext(ctx, []string{"serve", "demo:healthy", "--listen", "127.0.0.1:0", "--now"}, strings.NewReader(""), in, io.Discard)
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	found := regexp.MustCompile(`^serving demo:healthy at (http://127\.0\.0\.1:\d+/) `).FindStringSubmatch(line)
	require.NotNil(t, found, line)
	resp, err := http.Get(found[1] + "api/v1/query?query=count(up)")
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Contains(t, string(body), `"resultType":"vector","result":[{`)
	http.DefaultClient.CloseIdleConnections()
	cancel()
	require.Zero(t, <-code)
}
