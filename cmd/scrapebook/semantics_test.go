package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Every statement of signals/SEMANTICS.md names the tests that hold it, or says
// why no test can, and each named test is in this module.
func TestEveryStatementHasATest(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root(t), "signals", "SEMANTICS.md"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := statements(string(page))
	if err != nil {
		t.Fatal(err)
	}
	tests, err := testsBelow(os.DirFS(root(t)))
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range unproven(list, tests) {
		t.Error(wrong)
	}
}

// A statement is what the page says under one number, such as 8 or S8.
type statement struct {
	number string
	tests  []string // TestName or TestName/name of a row
	reason string   // why there is no test
}

var statementBegins = regexp.MustCompile(`^([A-Z]?)(\d+)\. `)

// statements reads the numbered statements of a page. It is an error when there
// is none, or when the numbers behind one letter do not count from 1 upwards.
func statements(page string) ([]statement, error) {
	var list []statement
	next := map[string]int{}
	for line := range strings.Lines(page) {
		line = strings.TrimRight(line, "\n")
		if m := statementBegins.FindStringSubmatch(line); m != nil {
			next[m[1]]++
			if m[2] != strconv.Itoa(next[m[1]]) {
				return nil, fmt.Errorf("%s%s stands where %s%d should", m[1], m[2], m[1], next[m[1]])
			}
			list = append(list, statement{number: m[1] + m[2]})
			continue
		}
		item, ok := strings.CutPrefix(line, "- ")
		if !ok || len(list) == 0 {
			continue
		}
		last := &list[len(list)-1]
		if why, ok := strings.CutPrefix(item, "No test: "); ok {
			last.reason = why
		} else {
			last.tests = append(last.tests, strings.Trim(item, "`"))
		}
	}
	if len(list) == 0 {
		return nil, errors.New("no numbered statement was found")
	}
	return list, nil
}

// A testFolder is what the test files of one folder hold.
type testFolder struct {
	funcs map[string]bool // names of test functions
	texts map[string]bool // string literals, among them the names of rows
}

// testsBelow reads the test files of all folders, by their paths.
func testsBelow(fsys fs.FS) (map[string]testFolder, error) {
	folders := map[string]testFolder{}
	err := fs.WalkDir(fsys, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		f, ok := folders[path.Dir(name)]
		if !ok {
			f = testFolder{map[string]bool{}, map[string]bool{}}
			folders[path.Dir(name)] = f
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				f.funcs[n.Name.Name] = n.Recv == nil && strings.HasPrefix(n.Name.Name, "Test")
			case *ast.BasicLit:
				if s, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
					f.texts[s] = true
				}
			}
			return true
		})
		return nil
	})
	return folders, err
}

// unproven returns a line for each statement without a test or reason, with
// both, and for each test that no folder has.
func unproven(list []statement, folders map[string]testFolder) []string {
	var wrong []string
	for _, s := range list {
		switch {
		case len(s.tests) == 0 && s.reason == "":
			wrong = append(wrong, fmt.Sprintf("%s names no test and no reason why there is none", s.number))
		case len(s.tests) > 0 && s.reason != "":
			wrong = append(wrong, fmt.Sprintf("%s names a test, so it is not so that there is none (%s)", s.number, s.reason))
		}
		for _, test := range s.tests {
			fn, row, hasRow := strings.Cut(test, "/")
			found := false
			for _, f := range folders {
				found = found || f.funcs[fn] && (!hasRow || f.texts[row])
			}
			if !found {
				wrong = append(wrong, fmt.Sprintf("%s names %s, which is no test of this module", s.number, test))
			}
		}
	}
	return wrong
}

func TestUnprovenCanFail(t *testing.T) {
	folders := map[string]testFolder{
		"a": {map[string]bool{"TestA": true, "helper": false}, map[string]bool{"row of a": true}},
		"b": {map[string]bool{"TestB": true}, map[string]bool{"row of b": true}},
	}
	for _, tt := range []struct {
		name, page string
		want       []string
		err        string
	}{
		{"a test", "1. Text.\n- `TestA`\n", nil, ""},
		{"a row", "1. Text.\n- `TestA/row of a`\n", nil, ""},
		{"a reason", "1. Text.\n- No test: none can be.\n", nil, ""},
		{"nothing", "1. Text.\n", []string{"1 names no test"}, ""},
		{"both", "1. Text.\n- `TestA`\n- No test: none can be.\n", []string{"so it is not so"}, ""},
		{"an unknown test", "1. Text.\n- `TestGone`\n", []string{"1 names TestGone"}, ""},
		{"no test function", "1. Text.\n- `helper`\n", []string{"1 names helper"}, ""},
		{"an unknown row", "1. Text.\n- `TestA/gone`\n", []string{"1 names TestA/gone"}, ""},
		{"a row of another folder", "1. Text.\n- `TestA/row of b`\n", []string{"1 names TestA/row of b"}, ""},
		{"each statement by itself", "1. Text.\n- `TestA`\n\nS1. Text.\n\nS2. Text.\n- `TestB`\n", []string{"S1 names no test"}, ""},
		{"a number is missing", "1. Text.\n- `TestA`\n\n3. Text.\n- `TestA`\n", nil, "3 stands where 2 should"},
		{"an empty page", "Text.\n- `TestA`\n", nil, "no numbered statement"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, err := statements(tt.page)
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("error %v, want %q", err, tt.err)
			}
			got := unproven(list, folders)
			if !slices.EqualFunc(got, tt.want, strings.Contains) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
