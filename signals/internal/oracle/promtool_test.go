package oracle

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	_ "github.com/nsf/jsondiff" // of promtool
	"github.com/prometheus/prometheus/util/junitxml"
	_ "go.yaml.in/yaml/v2" // of promtool

	"github.com/scrapebook/scrapebook/signals/ruletest/suite"
)

// promtoolMain makes a command of promtool's unit tests alone: the whole of
// promtool brings every service discovery with it. Its settings are those of
// cmd/promtool/main.go.
const promtoolMain = `package main

import (
	"math"
	"os"
	"strconv"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
)

const (
	successExitCode = 0
	failureExitCode = 1
)

func main() {
	results, err := os.Create(os.Args[1])
	if err != nil {
		panic(err)
	}
	opts := promqltest.LazyLoaderOpts{EnableAtModifier: true, EnableNegativeOffset: true}
	os.Exit(RulesUnitTestResult(results, opts, parser.NewParser(parser.Options{}), nil, false, false, os.Args[2] == "true", os.Args[3:]...))
}

`

// buildPromtool compiles cmd/promtool/unittest.go of the prometheus module as
// it stands there, and parseTime of the query.go beside it.
func buildPromtool(t *testing.T) (binary, testdata string) {
	t.Helper()
	dir := strings.TrimSpace(output(t, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/prometheus/prometheus"))
	dir = filepath.Join(dir, "cmd", "promtool")
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, filepath.Join(dir, "query.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := bytes.NewBufferString(promtoolMain)
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "parseTime" {
			if err := format.Node(text, fset, f); err != nil {
				t.Fatal(err)
			}
		}
	}
	tmp := t.TempDir()
	mainFile := filepath.Join(tmp, "main.go")
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {
		filepath.Join(here, "promtool", "main.go"):     mainFile,
		filepath.Join(here, "promtool", "unittest.go"): filepath.Join(dir, "unittest.go"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	overlayFile := filepath.Join(tmp, "overlay.json")
	for name, data := range map[string][]byte{mainFile: text.Bytes(), overlayFile: overlay} {
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	binary = filepath.Join(tmp, "promtool")
	output(t, "go", "build", "-overlay", overlayFile, "-o", binary, "./promtool")
	return binary, filepath.Join(dir, "testdata")
}

func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, &stderr)
	}
	return string(out)
}

// A unitOutcome is what the tests of a file came to: that it cannot be read, or
// of each test whether it failed.
type unitOutcome struct {
	file  string
	tests []string
}

func (o unitOutcome) String() string { return o.file + ": " + strings.Join(o.tests, ", ") }

// promtoolOutcomes runs promtool's unit tests and reads their JUnit.
func promtoolOutcomes(t *testing.T, binary string, ignore bool, files []string) (list []unitOutcome) {
	t.Helper()
	results := filepath.Join(t.TempDir(), "junit.xml")
	// An exit code of 1 is a test that fails.
	if out, err := exec.Command(binary, append([]string{results, fmt.Sprint(ignore)}, files...)...).CombinedOutput(); err != nil && !strings.Contains(err.Error(), "exit status 1") {
		t.Fatalf("%v\n%s", err, out)
	}
	data, err := os.ReadFile(results)
	if err != nil {
		t.Fatal(err)
	}
	var junit junitxml.JUnitXML
	if err := xml.Unmarshal(data, &junit); err != nil {
		t.Fatal(err)
	}
	for _, s := range junit.Suites {
		o := unitOutcome{file: s.Name}
		for _, c := range s.Cases {
			switch {
			case c.Error != "":
				o.tests = []string{"cannot be used"}
			case len(c.Failures) > 0:
				o.tests = append(o.tests, c.Name+" fails")
			default:
				o.tests = append(o.tests, c.Name+" passes")
			}
		}
		list = append(list, o)
	}
	return list
}

func ourOutcomes(t *testing.T, opts suite.Options, files []string) (list []unitOutcome) {
	t.Helper()
	res, err := suite.Run(context.Background(), files, opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range res.Files {
		o := unitOutcome{file: f.Name}
		if len(f.Errors) > 0 {
			o.tests = []string{"cannot be used"}
		}
		for _, c := range f.Tests {
			word := " passes"
			if len(c.Failures) > 0 {
				word = " fails"
			}
			o.tests = append(o.tests, c.Name+word)
		}
		list = append(list, o)
	}
	return list
}

// With --compat promtool each test of each file comes to what it comes to with
// promtool: its own test files, and ours, which hold every key.
func TestUnitTestsAgainstPromtool(t *testing.T) {
	binary, testdata := buildPromtool(t)
	files, err := filepath.Glob("../../ruletest/suite/testdata/promtool/*.yml")
	if err != nil || len(files) < 60 {
		t.Fatalf("%d files of ours, %v", len(files), err)
	}
	theirs, err := filepath.Glob(filepath.Join(testdata, "*.yml"))
	if err != nil || len(theirs) < 30 {
		t.Fatalf("%d files of promtool's, %v", len(theirs), err)
	}
	files = append(files, theirs...)
	count := map[string]int{}
	for _, ignore := range []bool{false, true} {
		want := promtoolOutcomes(t, binary, ignore, files)
		got := ourOutcomes(t, suite.Options{Compat: suite.CompatPromtool, IgnoreUnknownFields: ignore}, files)
		if len(want) != len(files) || len(got) != len(files) {
			t.Fatalf("%d files of %d with promtool, %d here", len(want), len(files), len(got))
		}
		if !ignore {
			recorded(t, want[:len(files)-len(theirs)])
		}
		for i := range want {
			if !slices.Equal(want[i].tests, got[i].tests) || want[i].file != got[i].file {
				t.Errorf("ignore-unknown-fields %v\npromtool %s\nhere     %s", ignore, want[i], got[i])
			}
			for _, c := range want[i].tests {
				count[c[strings.LastIndexByte(c, ' ')+1:]]++
			}
		}
	}
	t.Log(count)
	if count["passes"] < 100 || count["fails"] < 60 || count["used"] < 20 {
		t.Errorf("too few of a kind: %v", count)
	}
}

// recorded compares promtool's outcomes with those that are recorded beside our
// test files, which SCRAPEBOOK_UPDATE writes.
func recorded(t *testing.T, list []unitOutcome) {
	t.Helper()
	var b strings.Builder
	for _, o := range list {
		o.file = filepath.Base(o.file)
		b.WriteString(strings.TrimSuffix(o.String(), " ") + "\n")
	}
	const file = "../../ruletest/suite/testdata/promtool/outcomes.txt"
	if os.Getenv("SCRAPEBOOK_UPDATE") != "" {
		if err := os.WriteFile(file, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(file); err != nil || string(want) != b.String() {
		t.Errorf("%s is not what promtool says (%v): write it with SCRAPEBOOK_UPDATE=1", file, err)
	}
}

// Damaged test files come to the same as well: lines that are gone or stand
// twice or elsewhere, other numbers, other words.
func TestDamagedUnitTestsAgainstPromtool(t *testing.T) {
	const damaged = 600
	binary, _ := buildPromtool(t)
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../ruletest/suite/testdata/promtool")); err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Glob(filepath.Join(dir, "*.yml"))
	// Without the order of groups that some name, promtool takes any.
	sources = slices.DeleteFunc(sources, func(name string) bool {
		text, err := os.ReadFile(name)
		return err != nil || strings.Contains(string(text), "group_eval_order")
	})
	if err != nil || len(sources) < 60 {
		t.Fatalf("%d files, %v", len(sources), err)
	}
	rnd := rand.New(rand.NewPCG(14, 14))
	var files []string
	for i := range damaged {
		data, err := os.ReadFile(sources[rnd.IntN(len(sources))])
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, fmt.Sprintf("damaged-%d.yml", i))
		if err := os.WriteFile(name, []byte(damageLines(rnd, string(data))), 0o666); err != nil {
			t.Fatal(err)
		}
		files = append(files, name)
	}
	want := promtoolOutcomes(t, binary, false, files)
	got := ourOutcomes(t, suite.Options{Compat: suite.CompatPromtool}, files)
	for i := range want {
		if slices.Equal(want[i].tests, got[i].tests) {
			continue
		}
		text, _ := os.ReadFile(files[i])
		t.Errorf("promtool %s\nhere     %s\n%s", want[i], got[i], text)
	}
}

var wordsAndNumbers = regexp.MustCompile(`[0-9]+|[A-Za-z_]+`)

// damageLines changes one to three places of a text.
func damageLines(rnd *rand.Rand, text string) string {
	for range 1 + rnd.IntN(3) {
		lines := strings.Split(text, "\n")
		i, j := rnd.IntN(len(lines)), rnd.IntN(len(lines))
		switch rnd.IntN(6) {
		case 0:
			lines = slices.Delete(lines, i, i+1)
		case 1:
			lines = slices.Insert(lines, i, lines[i])
		case 2:
			lines[i], lines[j] = lines[j], lines[i]
		default: // a word or a number becomes another one of the text
			all := wordsAndNumbers.FindAllString(text, -1)
			at := wordsAndNumbers.FindAllStringIndex(lines[i], -1)
			if len(at) == 0 {
				continue
			}
			k := at[rnd.IntN(len(at))]
			lines[i] = lines[i][:k[0]] + all[rnd.IntN(len(all))] + lines[i][k[1]:]
		}
		text = strings.Join(lines, "\n")
	}
	return text
}
