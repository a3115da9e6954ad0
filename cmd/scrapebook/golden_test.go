package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/fixtures/golden"
)

// goldenRecorder is the T of a comparison that may fail.
type goldenRecorder struct{ text string }

func (*goldenRecorder) Helper()                     {}
func (*goldenRecorder) Name() string                { return "TestIt" }
func (*goldenRecorder) Logf(string, ...any)         {}
func (*goldenRecorder) FailNow()                    {}
func (r *goldenRecorder) Errorf(f string, a ...any) { r.text += fmt.Sprintf(f, a...) }

// policyPairs are lines beside the options that they are.
var policyPairs = []struct {
	name   string // the line
	option golden.Option
}{
	{"clocks", golden.Clocks()},
	{"kubernetes", golden.Kubernetes()},
	{"allow-extra", golden.AllowExtra()},
	{"relative 0.2 kubeproxy_*", golden.Relative(0.2, "kubeproxy_*")},
	{"shape rest_client_* kubernetes_*", golden.Shape("rest_client_*", "kubernetes_*")},
	{`at-least 1 rest_client_requests_total{code="2*"}`, golden.AtLeast(1, `rest_client_requests_total{code="2*"}`)},
	{"not-falling go_memstats_*", golden.NotFalling("go_memstats_*")},
	{"only kube", golden.Only("kube")},
	{`label host "<any host>"`, golden.Label("host", "<any host>")},
	{"ignore go_* process_*", golden.Ignore("go_*", "process_*")},
	{"exact no_such_metric", golden.Exact("no_such_metric")},
}

// mutate changes some lines of an exposition: values, labels, types, and which
// lines there are.
func mutate(rng *rand.Rand, text string) string {
	lines := strings.SplitAfter(text, "\n")
	for range rng.IntN(6) {
		i := rng.IntN(len(lines))
		switch rng.IntN(6) {
		case 0:
			lines[i] = ""
		case 1:
			lines[i] = strings.Replace(lines[i], "gauge", "counter", 1)
		case 2:
			lines[i] = strings.Replace(lines[i], `="`, `="x`, 1)
		case 3:
			lines[i] += "kubeproxy_new_total 1\n"
		case 4:
			lines[i] = strings.Replace(lines[i], "\n", "x\n", 1)
		default:
			lines[i] = strings.Replace(lines[i], " 1", " 2", 1)
		}
	}
	return strings.Join(lines, "")
}

// The command and the Go package give the same answer to 500 mutated pairs.
func TestGoldenAgreesWithGo(t *testing.T) {
	t.Setenv("CI", "")
	files, err := fixtures.FS("healthy")
	require.NoError(t, err)
	var base string
	require.NoError(t, fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".prom") && base == "" {
			text, err := fs.ReadFile(files, path)
			base = string(text)
			return err
		}
		return err
	}))
	require.Greater(t, len(base), 10000, "a real scrape")
	pairs := 500
	if testing.Short() {
		pairs = 50
	}
	dir := t.TempDir()
	path, got, policy := filepath.Join(dir, "m.prom"), filepath.Join(dir, "got.prom"), filepath.Join(dir, "some.policy")
	require.NoError(t, os.WriteFile(path, []byte(base), 0o600))
	codes := map[int]int{}
	for i := range pairs {
		rng := rand.New(rand.NewPCG(14, uint64(i)))
		text := mutate(rng, base)
		var lines []string
		var opts []golden.Option
		for range rng.IntN(4) {
			p := policyPairs[rng.IntN(len(policyPairs))]
			lines, opts = append(lines, p.name), append(opts, p.option)
		}
		require.NoError(t, os.WriteFile(got, []byte(text), 0o600))
		require.NoError(t, os.WriteFile(policy, []byte(strings.Join(lines, "\n")), 0o600))
		var r goldenRecorder
		same := golden.Compare(&r, path, []byte(text), opts...)
		var stdout, stderr bytes.Buffer
		code := run([]string{"golden", path, got, "--policy", policy}, nil, &stdout, &stderr)
		codes[code]++
		require.Equal(t, same, code == 0, "%s\n%s%s", r.text, &stdout, &stderr)
		if code == 1 { // both tell the same changes, but for how policies are called
			require.Equal(t, told(r.text), told(strings.TrimSuffix(stdout.String(), "\n")), lines)
		}
	}
	for code := range 3 {
		require.Greater(t, codes[code], pairs/20, "exit code %d", code)
	}
}

// told is a failure without the names of policies and what accepts it.
func told(failure string) (lines []string) {
	for line := range strings.Lines(failure) {
		line, _, _ = strings.Cut(line, ", beyond ")
		if !strings.Contains(line, " accepts them") {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	return lines
}

// A URL is asked as the flags say, and what it answers wrongly is an error.
func TestGoldenAsksURL(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/broken":
			http.Error(w, "no", http.StatusInternalServerError)
		case r.URL.Path == "/long":
			_, _ = w.Write(bytes.Repeat([]byte("# x\n"), 1<<12))
		case strings.HasPrefix(r.Header.Get("Accept"), "application/openmetrics-text"):
			w.Header().Set("Content-Type", "application/openmetrics-text; version=1.0.0")
			_, _ = w.Write([]byte("# TYPE a gauge\na 1\n# EOF\n"))
		default:
			_, _ = w.Write([]byte("# TYPE a gauge\na 1\n"))
		}
	}))
	defer server.Close()
	path := filepath.Join(t.TempDir(), "m.prom")
	require.NoError(t, os.WriteFile(path, []byte("# TYPE a gauge\na 1\n"), 0o600))
	for args, want := range map[string]struct {
		code int
		says string
	}{
		"/metrics":                      {0, ""},
		"/metrics --accept openmetrics": {1, "format   the exposition\n           golden text, got openmetrics"},
		"/broken":                       {2, `/broken answers 500 Internal Server Error: "no\n"`},
		"/long --max-file 10KB":         {2, "--max-file sets"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(append([]string{"golden", path}, strings.Fields(server.URL+args)...), nil, &stdout, &stderr)
		require.Equal(t, want.code, code, "%s: %s%s", args, &stdout, &stderr)
		require.Contains(t, stdout.String()+stderr.String(), want.says, args)
	}
}

// The shell line and the test in Python that the topic of exporters shows pass,
// and fail once the exporter changes.
func TestReadmeGolden(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	testscript.Run(t, testscript.Params{
		Files: []string{"testdata/readme/golden.txtar"},
		Setup: func(env *testscript.Env) error {
			env.Setenv("PYTHONDONTWRITEBYTECODE", "1")
			return errors.Join(
				os.WriteFile(filepath.Join(env.WorkDir, "golden.sh"), pageBlock(t, "exporters.md", "sh", "scrapebook golden"), 0o600),
				os.WriteFile(filepath.Join(env.WorkDir, "golden.py"), pageBlock(t, "exporters.md", "python", `"golden"`), 0o600))
		},
	})
}
