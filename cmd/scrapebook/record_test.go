package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/signals/record"
)

// A timed is a buffer that knows when its first bytes came.
type timed struct {
	bytes.Buffer
	mu    sync.Mutex
	first time.Time
}

func (b *timed) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.first.IsZero() {
		b.first = time.Now()
	}
	return b.Buffer.Write(p)
}

// Alerts are told while the recording goes on, and all of them at its end, as a
// replay of the capture tells them; a second recording tells its own alone.
func TestRecordRules(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes the time that it records")
	}
	began := time.Now()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "v %d\n", int(time.Since(began).Seconds()))
	}))
	defer server.Close()
	dir := filepath.Join(t.TempDir(), "c")
	rules := filepath.Join(t.TempDir(), "r.yml")
	require.NoError(t, os.WriteFile(rules, []byte("groups: [{name: g, interval: 1s, rules: [{alert: Early, expr: v > 1}, {alert: Late, expr: v > 5}]}]\n"), 0o666))
	start := func(length string, more ...string) (*timed, string, int) {
		var out timed
		var errs bytes.Buffer
		code := run(append([]string{"record", server.URL, "-o", dir, "--every", "1s", "--for", length, "--rules", rules}, more...), nil, &out, &errs)
		return &out, errs.String(), code
	}
	out, errs, code := start("8s")
	require.Zero(t, code, errs)
	lines := strings.Split(out.String(), "\n")
	require.Len(t, lines, 4, out.String())
	require.Contains(t, lines[0], " firing Early {instance=")
	require.Contains(t, lines[1], " firing Late {instance=")
	require.Contains(t, lines[2], "9 scrapes of 1 target, 0 failed")
	require.Less(t, out.first.Sub(began), 8*time.Second, "it is told before the recording ends")
	out, errs, code = start("1s")
	require.Zero(t, code, errs)
	require.NotContains(t, out.String(), "firing", "both fired before")

	_, errs, code = start("1s", "--max-disk", "1MB")
	require.Equal(t, codeFailed, code)
	require.Contains(t, errs, "--max-disk removes scrapes that --rules look back on")
	require.NoError(t, os.WriteFile(rules, []byte("groups: [{name: g, rules: [{alert: A, expr: 'v >'}]}]\n"), 0o666))
	_, errs, code = start("1s")
	require.Equal(t, codeFailed, code)
	require.Contains(t, errs, "the rules cannot be used")
}

// The table is drawn where it stood, all rows of long names included.
func TestTableIsDrawnAnew(t *testing.T) {
	long := strings.Repeat("x", 100)
	targets, err := record.URLs([]string{"http://" + long + ":1"}, nil, "", record.Request{})
	require.NoError(t, err)
	var b bytes.Buffer
	s := &show{w: &b, out: &b, board: record.NewBoard(targets), table: true, head: "recording"}
	s.draw()
	const rest = "\x1b[K\n"
	want := "recording" + rest + rest + "TARGET" + rest + "recorded/" + long + ":1" + rest + "\x1b[J"
	require.Equal(t, want, b.String())
	b.Reset()
	s.draw()
	require.Equal(t, "\x1b[5A\r"+want, b.String())
}
