package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// light are the packages whose importers must gain little: all that they need,
// ours apart, has one of these prefixes.
var (
	light         = []string{"expfmt", "histogram", "signals", "fixtures/golden"}
	lightUpstream = []string{
		"github.com/prometheus/prometheus/model/labels",
		"github.com/prometheus/prometheus/model/histogram",
		"github.com/prometheus/common/model",
		"github.com/prometheus/client_model/go",
		"google.golang.org/protobuf",
		// What those need.
		"github.com/prometheus/prometheus/model/value",
		"github.com/prometheus/prometheus/util/kahansum",
		"github.com/cespare/xxhash/v2",
		"github.com/grafana/regexp",
		"golang.org/x/text",
	}
)

// heavy may not be in the command: each brings cloud SDKs, a server that a
// replay has no use for, or what a build with the tag man alone needs. A name
// that ends in /... means all below it, too; bare tsdb is heavy while
// tsdb/chunkenc is not.
var heavy = []string{
	"github.com/aws/...", "github.com/Azure/...", "github.com/AzureAD/...",
	"github.com/prometheus/prometheus/tsdb",
	"github.com/prometheus/prometheus/rules",
	"github.com/prometheus/prometheus/scrape",
	"github.com/prometheus/prometheus/config",
	"github.com/prometheus/prometheus/storage/remote/...",
	"github.com/prometheus/prometheus/web/...",
	"github.com/prometheus/prometheus/promql/promqltest",
	"github.com/spf13/cobra/doc",
}

// clouds are the module paths that go.mod may not have.
var clouds = []string{"github.com/aws/...", "github.com/Azure/...", "github.com/AzureAD/..."}

func TestLightPackages(t *testing.T) {
	for _, pkg := range light {
		if files, err := filepath.Glob(filepath.Join(root(t), pkg, "*.go")); err != nil || len(files) == 0 {
			if pkg == "expfmt" {
				t.Errorf("no Go files in %s (%v)", pkg, err)
			}
			continue // a room that is not built yet
		}
		for _, dep := range deps(t, "./"+pkg) {
			ours := dep == module || strings.HasPrefix(dep, module+"/")
			if !ours && !slices.ContainsFunc(lightUpstream, func(p string) bool { return under(dep, p+"/...") }) {
				t.Errorf("%s needs %s", pkg, dep)
			}
		}
	}
}

// Fixtures bring a test nothing but a decompressor.
func TestFixturesAreLight(t *testing.T) {
	for _, dep := range deps(t, "./fixtures") {
		if dep != module+"/fixtures" && !under(dep, "github.com/klauspost/compress/...") {
			t.Errorf("fixtures needs %s", dep)
		}
	}
}

func TestCommandIsNotHeavy(t *testing.T) {
	needs := deps(t, "./cmd/scrapebook")
	if want := "github.com/prometheus/prometheus/promql"; !slices.Contains(needs, want) {
		t.Errorf("%s is not among the %d packages that the command needs: is the list whole?", want, len(needs))
	}
	for _, dep := range matching(needs, heavy) {
		t.Errorf("the command needs %s", dep)
	}
}

func TestModuleHasNoCloud(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root(t), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	required := requirements(string(data))
	if want := "github.com/prometheus/prometheus"; !slices.Contains(required, want) {
		t.Errorf("%s is not among the required %q", want, required)
	}
	for _, m := range matching(required, clouds) {
		t.Errorf("go.mod has %s", m)
	}
}

// deps returns what a package is built from, without the standard library and
// without asking the network.
func deps(t *testing.T, pkg string) []string {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", pkg)
	cmd.Dir = root(t)
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly")
	cmd.Stderr = new(strings.Builder)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, cmd.Stderr)
	}
	list := strings.Fields(string(out))
	if len(list) == 0 || !strings.HasPrefix(list[len(list)-1], module+"/") {
		t.Fatalf("%v: %q does not end in the package itself", cmd, list)
	}
	return list
}

// requirements returns the module paths in the require lines of a go.mod,
// indirect ones too.
func requirements(mod string) (paths []string) {
	in := false
	for line := range strings.Lines(mod) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == "require" && len(words) > 1 && words[1] == "(":
			in = true
		case words[0] == ")":
			in = false
		case words[0] == "require" && len(words) > 1:
			paths = append(paths, words[1])
		case in && !strings.HasPrefix(words[0], "//"):
			paths = append(paths, words[0])
		}
	}
	return paths
}

// matching returns the paths that one of the patterns covers.
func matching(paths, patterns []string) (found []string) {
	for _, p := range paths {
		if slices.ContainsFunc(patterns, func(pattern string) bool { return under(p, pattern) }) {
			found = append(found, p)
		}
	}
	return found
}

// under reports whether pattern covers path: it is the path, or it ends in /...
// and the path is what stands before that or lies below it.
func under(path, pattern string) bool {
	top, below := strings.CutSuffix(pattern, "/...")
	return path == top || below && strings.HasPrefix(path, top+"/")
}

func TestMatching(t *testing.T) {
	tests := []struct {
		name, path string
		heavy      bool
	}{
		{"the bare package", "github.com/prometheus/prometheus/tsdb", true},
		{"a light one below it", "github.com/prometheus/prometheus/tsdb/chunkenc", false},
		{"a name that goes on", "github.com/prometheus/prometheus/rulesets", false},
		{"below a tree", "github.com/aws/aws-sdk-go-v2/service/ec2", true},
		{"Azure's spelling", "github.com/Azure/azure-sdk-for-go/sdk/azcore", true},
		{"the top of a tree", "github.com/prometheus/prometheus/storage/remote", true},
		{"beside a tree", "github.com/prometheus/prometheus/storage", false},
		{"our own of the same name", module + "/signals/rules", false},
	}
	for _, tt := range tests {
		if got := len(matching([]string{tt.path}, heavy)) == 1; got != tt.heavy {
			t.Errorf("%s: %s: heavy is %v, want %v", tt.name, tt.path, got, tt.heavy)
		}
	}
}

func TestRequirements(t *testing.T) {
	const mod = "module x\n\ngo 1.26.0\n\nrequire example.com/one v1.0.0\n\nrequire (\n\texample.com/two v1.0.0 // indirect\n" +
		"\t// example.com/not v1.0.0\n\n\tgithub.com/aws/sdk v1.0.0\n)\n\nreplace example.com/two => ../two\n"
	got := requirements(mod)
	if want := []string{"example.com/one", "example.com/two", "github.com/aws/sdk"}; !slices.Equal(got, want) {
		t.Errorf("requirements: %q, want %q", got, want)
	}
	if got := fmt.Sprint(matching(got, clouds)); got != "[github.com/aws/sdk]" {
		t.Errorf("clouds among them: %s", got)
	}
}
