package serve

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/fixtures/scenario"
	"github.com/scrapebook/scrapebook/signals/capture"
	"github.com/scrapebook/scrapebook/signals/packs"
	"github.com/scrapebook/scrapebook/signals/replay"
	"github.com/scrapebook/scrapebook/signals/report/html"
)

// modulesVariable names the folder node_modules that has playwright-core and
// axe-core, which are not in the repository: `npm i playwright-core axe-core`.
const modulesVariable = "SCRAPEBOOK_NODE_MODULES"

// TestBrowser opens the pages in Chromium: testdata/browser has what is done
// there. SCRAPEBOOK_SHOTS names a folder for screenshots.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser is started")
	}
	modules := needed(t)
	incident, err := New(t.Context(), packed(fixture(t, "incident"), ClockCapture))
	require.NoError(t, err)
	settings := map[string]any{
		"modules": modules, "shots": os.Getenv("SCRAPEBOOK_SHOTS"), "chromium": "/usr/bin/chromium",
		"incident": listening(t, incident), "reports": map[string]string{"incident": written(t, incident)},
		"still":   served(t, packed(fixture(t, "incident"), ClockStill)),
		"large":   served(t, Options{Replay: replay.Options{Capture: drawn(t, largeScenario)}}),
		"hostile": served(t, packed(hostileCapture(t), ClockCapture)),
	}
	config, err := json.Marshal(settings)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "run.cjs")
	cmd.Dir, cmd.Stdin = filepath.Join("testdata", "browser"), bytes.NewReader(config)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	ran := 0
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var check struct{ Check, Error, Note string }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &check), lines.Text())
		ran++
		t.Run(check.Check, func(t *testing.T) {
			t.Log(check.Note)
			require.Empty(t, check.Error)
		})
	}
	require.NoError(t, err, complaints.String())
	require.Greater(t, ran, 3, "the checks have run")
}

// needed is the folder of the modules. Where something is missing, the test is
// skipped, but not on a machine that is to have all.
func needed(t *testing.T) string {
	t.Helper()
	modules := os.Getenv(modulesVariable)
	err := error(nil)
	if modules == "" {
		err = errors.New(modulesVariable + " does not say where playwright-core and axe-core are")
	}
	for _, path := range []string{"/usr/bin/chromium", filepath.Join(modules, "playwright-core"), filepath.Join(modules, "axe-core")} {
		_, missing := os.Stat(path)
		err = errors.Join(err, missing)
	}
	_, missing := exec.LookPath("node")
	err = errors.Join(err, missing)
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("CI=true, and there is no browser: %v", err)
	}
	if err != nil {
		t.Skipf("no browser: %v", err)
	}
	return modules
}

// served starts a server on the loopback interface.
func served(t *testing.T, opts Options) string {
	t.Helper()
	h, err := New(t.Context(), opts)
	require.NoError(t, err)
	return listening(t, h)
}

func listening(t *testing.T, h *Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// written is the file of a report, as replay --format html makes it.
func written(t *testing.T, h *Handler) string {
	t.Helper()
	require.NoError(t, h.Wait(t.Context()))
	a := h.book.Load().account
	golden, err := a.signals(t.Context())
	require.NoError(t, err)
	for i := range a.result.Rules {
		_, err := a.tree(t.Context(), i)
		require.NoError(t, err)
	}
	page := html.Replay{Result: a.result, Words: a.words, Targets: a.targets, Charts: a.charts, Trees: a.trees, Golden: golden}
	name := filepath.Join(t.TempDir(), "report.html")
	f, err := os.Create(name)
	require.NoError(t, err)
	require.NoError(t, page.Document().Write(f))
	require.NoError(t, f.Close())
	return name
}

// packed are the options with which the command serves a capture.
func packed(c *capture.Capture, clock Clock) Options {
	return Options{Clock: clock, Replay: replay.Options{Capture: c}, Run: func(ctx context.Context, opts replay.Options) (*replay.Result, error) {
		res, err := packs.Replay(ctx, opts, nil, nil)
		if err != nil {
			return nil, err
		}
		return res.Result, nil
	}}
}

func fixture(t *testing.T, name string) *capture.Capture {
	t.Helper()
	fsys, err := fixtures.FS(name)
	require.NoError(t, err)
	c, err := capture.Open(fsys, name, capture.Options{})
	require.NoError(t, err)
	return c
}

// largeScenario are 240 scrapes of 50 targets.
const largeScenario = `
name: large
interval: 15s
duration: 1h
targets:
- job: node
  instances: [%s]
  metrics:
  - name: requests_total
    type: counter
    help: Requests.
    series:
    - {labels: {code: "200"}, rate: 20}
    - {labels: {code: "500"}, rate: 1}
`

func drawn(t *testing.T, text string) *capture.Capture {
	t.Helper()
	names := ""
	for i := range 50 {
		names += fmt.Sprintf("node-%02d, ", i)
	}
	s, err := scenario.Parse("large.yml", fmt.Appendf(nil, text, names))
	require.NoError(t, err)
	made, err := s.Make()
	require.NoError(t, err)
	c, err := capture.Open(made.FS, "large", capture.Options{})
	require.NoError(t, err)
	require.Len(t, c.Targets, 50)
	require.Equal(t, 240*50, c.Scrapes)
	return c
}

// hostileCapture has names, values and help texts that are no text to a page
// that does not escape them.
func hostileCapture(t *testing.T) *capture.Capture {
	t.Helper()
	fsys := fstest.MapFS{}
	for i := range 6 {
		var b bytes.Buffer
		for n, bad := range hostileTexts() {
			name := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(bad) + `"`
			fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s gauge\n{%s,l%d=%s,%s=\"x\"} %d\n", name, bad, name, name, n, name, name, n)
		}
		at := 1_000_000_000 + int64(i)*10
		fsys[fmt.Sprintf("app/a/%d.prom", at)] = &fstest.MapFile{Data: b.Bytes()}
		fsys[fmt.Sprintf("app/<img src=x onerror=alert(1)>/%d.prom", at)] = &fstest.MapFile{Data: []byte("up{ 1\n<script>alert(1)</script> 3\n")}
	}
	c, err := capture.Open(fsys, "<script>alert(0)</script>", capture.Options{})
	require.NoError(t, err)
	return c
}

// hostileTexts are 50.
func hostileTexts() []string {
	list := []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'><svg onload=alert(1)>`, `</title><script>alert(1)</script>`,
		`</textarea><script>alert(1)</script>`, `</svg><script>alert(1)</script>`, `<iframe src="javascript:alert(1)">`, `javascript:alert(1)`,
		`{{constructor.constructor('alert(1)')()}}`, `${alert(1)}`, `<a href=javascript:alert(1)>x</a>`, `&lt;script&gt;alert(1)&lt;/script&gt;`,
		`&#60;img src=x onerror=alert(1)&#62;`, `<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>`, `<!--<img src="--><img src=x onerror=alert(1)//">`,
		`<body onload=alert(1)>`, `<details open ontoggle=alert(1)>`, `" onfocus=alert(1) autofocus="`, `' onmouseover=alert(1) x='`, "a\u202ereversed",
		"zero\u200bwidth", `<base href=//evil.example>`, `<meta http-equiv=refresh content="0;url=//evil.example">`, `<form action=//evil.example><input>`, `</script><script>alert(1)</script>`,
	}
	for i, text := range list[:25] {
		list = append(list, fmt.Sprintf("%d %s", i, text))
	}
	return list
}
