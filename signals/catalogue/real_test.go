package catalogue_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scrapebook/scrapebook/expfmt"
	"github.com/scrapebook/scrapebook/fixtures"
	"github.com/scrapebook/scrapebook/signals/catalogue"
)

const shared = "../../../../shared"

// Every family of every real scrape that we have is explained by the lists and
// what was read in the source, or named in testdata/not-known.txt; and what is
// told of its type, labels and bounds is what the scrape shows, or named in
// testdata/contradictions.txt.
func TestRealScrapes(t *testing.T) {
	told := mergeFacts(t, func(name string) bool { return !strings.HasPrefix(name, "scrape") })
	embedded := observeAll(t, "kube-proxy-v1.20", "kube-proxy-iptables", "kube-proxy-nftables", "kube-proxy-protobuf", "kube-apiserver", "incident", "flaky", "healthy")
	check(t, told, embedded, true)
}

// The scrapes in ../shared: those of kube-apiserver whole and over time.
func TestRealScrapesShared(t *testing.T) {
	if _, err := os.Stat(shared); err != nil {
		t.Skip("../shared/captures is absent: the scrapes that are not embedded are not checked")
	}
	told := mergeFacts(t, func(name string) bool { return !strings.HasPrefix(name, "scrape") })
	var o observation
	for _, dir := range []string{"singles", "incident/kube-apiserver"} {
		o.walk(t, os.DirFS(filepath.Join(shared, "captures", dir)), 1)
	}
	if o.scrapes < 25 {
		t.Errorf("only %d scrapes of Kubernetes were found", o.scrapes)
	}
	check(t, told, o.catalogue(t), false)
}

func check(t *testing.T, told, seen *catalogue.Catalogue, all bool) {
	t.Helper()
	reasons := readReasons(t, "testdata/contradictions.txt", 2)
	for _, x := range catalogue.Contradictions(told, seen) {
		if !reasons.explain(func(f []string) bool { return f[0] == x.Metric && f[1] == x.What }) {
			t.Errorf("%s: %s %s: told %s, seen %s", x.Version, x.Metric, x.What, x.Old, x.New)
		}
	}
	unknown := readReasons(t, "testdata/not-known.txt", 2)
	explained := 0
	for _, v := range seen.Versions {
		for _, name := range seen.Names() {
			switch state := told.At(name, v).State; {
			case seen.At(name, v).State != catalogue.Exists:
			case state == catalogue.Exists:
				explained++
			case state == catalogue.Gone || state == catalogue.NotYet:
				t.Errorf("%s: %s is seen, and told to be %s", v, name, state)
			case !unknown.explain(func(f []string) bool { ok, _ := path.Match(f[1], name); return f[0] == v && ok }):
				t.Errorf("%s: %s: %s", v, name, state)
			}
		}
	}
	t.Logf("%d families explained", explained)
	if explained < 150 {
		t.Errorf("only %d families are explained", explained)
	}
	if all {
		for _, line := range append(reasons.unused(), unknown.unused()...) {
			t.Errorf("no scrape needs the line %q", line)
		}
	}
}

// mergeFacts joins the lists of internal/facts of which want is true.
func mergeFacts(t testing.TB, want func(name string) bool) *catalogue.Catalogue {
	t.Helper()
	var lists []*catalogue.Catalogue
	for _, f := range readReasons(t, "internal/facts/order.txt", 1).lines {
		if name := f[0]; want(name) {
			lists = append(lists, readFile(t, "internal/facts/"+name))
		}
	}
	c, err := catalogue.Merge(lists[0], lists[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func readFile(t testing.TB, file string) *catalogue.Catalogue {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := catalogue.Read(f, file)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// observation collects the scrapes of Kubernetes' components.
type observation struct {
	catalogue.Observed
	scrapes int
}

func (o *observation) catalogue(t *testing.T) *catalogue.Catalogue {
	t.Helper()
	c, err := o.Catalogue("kubernetes", catalogue.Source{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d scrapes", o.scrapes)
	return c
}

func observeAll(t *testing.T, names ...string) *catalogue.Catalogue {
	t.Helper()
	var o observation
	for _, name := range names {
		files, err := fixtures.FS(name)
		if err != nil {
			t.Fatal(err)
		}
		every := 1
		if testing.Short() {
			every = 10
		}
		o.walk(t, files, every)
	}
	return o.catalogue(t)
}

// walk adds every n-th scrape of a target that says it is of Kubernetes.
func (o *observation) walk(t *testing.T, files fs.FS, n int) {
	t.Helper()
	i := map[string]int{}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if ext := path.Ext(name); err != nil || ext != ".prom" && ext != ".pb" {
			return err
		}
		i[path.Dir(name)]++
		if (i[path.Dir(name)]-1)%n != 0 && path.Dir(name) != "." {
			return nil
		}
		data, err := fs.ReadFile(files, name)
		content := expfmt.Detect("", data)
		if err != nil || content.Not != "" || len(data) == 0 {
			return err
		}
		s, err := expfmt.Read(bytes.NewReader(data), expfmt.Options{Format: content.Format})
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		software, version := catalogue.BuildInfo(s)
		if path.Base(name) == "kube-apiserver-slis.prom" { // which does not tell it; the captures' README does
			software, version = "kubernetes", "1.36"
		}
		if software == "kubernetes" {
			component := "kube-proxy"
			if s.Family("apiserver_request_total") != nil {
				component = "kube-apiserver"
			}
			o.Add(s, component, version)
			o.scrapes++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// reasons are the lines of a file: some words and a reason.
type reasons struct {
	lines [][]string
	used  []bool
}

func readReasons(t testing.TB, file string, words int) *reasons {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := &reasons{}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		f := strings.SplitN(line, " ", words+1)
		if len(f) <= words && words > 1 {
			t.Fatalf("%s: %q has no reason", file, line)
		}
		r.lines = append(r.lines, f)
	}
	r.used = make([]bool, len(r.lines))
	return r
}

func (r *reasons) explain(match func(f []string) bool) bool {
	found := false
	for i, f := range r.lines {
		if match(f) {
			r.used[i], found = true, true
		}
	}
	return found
}

func (r *reasons) unused() []string {
	var list []string
	for i, f := range r.lines {
		if !r.used[i] {
			list = append(list, strings.Join(f, " "))
		}
	}
	return list
}
