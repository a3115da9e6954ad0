package manual

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/scrapebook/scrapebook/expfmt"
)

// Every id that a package exports can be looked up, and says what it means, how
// it looks and what to do.
func TestIDs(t *testing.T) {
	for _, s := range sources {
		for _, about := range s.ids() {
			if about.Doc == "" || about.Fix == "" || s.example(about) == "" {
				t.Errorf("%s: %s has no meaning, no advice or no example", s.pkg, about.ID)
			}
			for _, text := range []string{about.Doc, about.Fix} {
				if strings.HasSuffix(text, ".") || strings.Contains(text, "\n") {
					t.Errorf("%s: %s: %q is no line without a full stop", s.pkg, about.ID, text)
				}
			}
			var out strings.Builder
			ok, err := WriteID(&out, strings.ToUpper(about.ID), Style{Width: 80})
			if err != nil || !ok || !strings.Contains(out.String(), "What to do: ") || !strings.Contains(out.String(), s.what) {
				t.Errorf("%s: %s is not found in capitals: %v\n%s", s.pkg, about.ID, err, &out)
			}
		}
	}
	if ids := IDs(); len(ids) < 200 || !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("%d ids, or some of them twice", len(ids))
	}
	if ok, err := WriteID(nil, "none", Style{}); ok || err != nil {
		t.Errorf("an id is found that is not there: %v", err)
	}
}

func TestLike(t *testing.T) {
	for _, tt := range []struct{ name, word, want string }{
		{"an id", "bad-valu", "bad-value"},
		{"a topic", "limts", "limits"},
		{"a further word", "replya", "replay"},
		{"nothing like it", "zzzzzzzz", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Like(tt.word, []string{"replay"}); got != tt.want {
				t.Errorf("%q is like %q, want %q", tt.word, got, tt.want)
			}
		})
	}
}

// The broken exposition of an id shows that id, and no other.
func TestExamplesAreMade(t *testing.T) {
	for _, about := range expfmt.ProblemIDs() {
		if got := sources[1].example(about); !strings.Contains(got, "["+about.ID+"]\n") || strings.Count(got, "\n") > 4 {
			t.Errorf("%s: the example is\n%s", about.ID, got)
		}
	}
}

// words are what stands in the sources and looks like an id without being one.
var words = map[string]string{
	"expfmt": "",
	"signals/capture": "kube-controller-manager kube-state-metrics node-exporter kube-apiserver metrics-server ingress-nginx kube-scheduler" +
		" cilium-agent calico-node nginx-ingress blackbox-exporter kube-proxy",
	"signals/ingest": "",
	"signals/replay": "concurrent-rule-eval delayed-compaction native-histograms otlp-native-delta-ingestion search-api zstd-scrape" + // features of a server
		" type-and-unit-labels auto-reload-config exemplar-storage histograms-st-encoding memory-snapshot-on-shutdown metadata-wal-records" +
		" ooo-native-histograms promql-per-step-stats query-cost fast-startup old-ui otlp-deltatocumulative promql-extended-range-selectors" +
		" created-timestamp-zero-ingestion st-synthesis extra-scrape-metrics promql-duration-expr use-uncached-io st-storage",
	"signals/compat":         "",
	"signals/lint":           "",
	"signals/rulelint":       "",
	"signals/scrapeconfig":   "",
	"signals/ruletest/suite": "",
	"signals/verdict":        "not-native no-pair never-absent no-le failed-evaluation missing-scrape", // why one holds
}

// wordsOf are further packages whose words stand in the messages of one.
var wordsOf = map[string][]string{
	"signals/lint":     {"expfmt"},
	"signals/rulelint": {"signals/rules"},
}

// foreign are ids whose messages are those of other modules, of the system, or
// of lists that are read.
var foreign = []string{"invalid-histogram", "unreadable-scrape", "does-not-load", "remark"}

// What the sources of a package print as an id can be looked up: literals that
// look like one, and what a field ID is set to.
func TestIDsOfSources(t *testing.T) {
	known := IDs()
	for pkg, others := range words {
		literals, _ := literalsOf(t, pkg)
		if len(literals) == 0 {
			t.Errorf("%s: no literal was found", pkg)
		}
		for word := range literals {
			if !slices.Contains(known, word) && !slices.Contains(strings.Fields(others), word) {
				t.Errorf("%s: %s is in no list of ids, or it is none: then name it in the table of this test", pkg, word)
			}
		}
		for _, word := range strings.Fields(others) {
			if !literals[word] {
				t.Errorf("%s: the table of this test names %s, which is not in the sources", pkg, word)
			}
		}
	}
}

// An example says what the sources say today: some text of theirs stands in it.
func TestExamplesAreCurrent(t *testing.T) {
	for _, s := range sources {
		_, texts := literalsOf(t, s.pkg)
		for _, pkg := range wordsOf[s.pkg] {
			_, more := literalsOf(t, pkg)
			texts = append(texts, more...)
		}
		for _, about := range s.ids() {
			if about.Example == "" || slices.Contains(foreign, about.ID) {
				continue // it is made, or nobody's here
			}
			covered := 0
			for _, text := range texts {
				if strings.Contains(about.Example, text) {
					covered = max(covered, len(text))
				}
			}
			if covered < min(12, len(about.Example)/2) {
				t.Errorf("%s: %s: nothing of %q stands in the sources", s.pkg, about.ID, about.Example)
			}
		}
	}
}

var (
	likeID = regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)+$`)
	verbs  = regexp.MustCompile(`%[-+#.0-9\[\]]*[a-z]`)
)

// literalsOf reads the sources of a package and its rooms: the words that are
// ids or look like one, and the texts between the verbs of formats. The tables
// of ids are left out.
func literalsOf(t *testing.T, pkg string) (ids map[string]bool, texts []string) {
	t.Helper()
	ids = map[string]bool{}
	root := filepath.Join("..", "..", filepath.FromSlash(pkg))
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != "." && name != "internal" && !strings.HasPrefix(name, "internal/") {
				return fs.SkipDir // another package, or testdata
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && (key.Name == "Example" || key.Name == "Fix") {
					return false
				} else if value, ok := n.Value.(*ast.BasicLit); ok && key != nil && (key.Name == "ID" || key.Name == "id") {
					if s, err := strconv.Unquote(value.Value); err == nil {
						ids[s] = true
					}
				}
			case *ast.BasicLit:
				s, err := strconv.Unquote(n.Value)
				if err != nil || n.Kind != token.STRING {
					return true
				}
				if likeID.MatchString(s) {
					ids[s] = true
				}
				texts = append(texts, verbs.Split(s, -1)...)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids, texts
}
