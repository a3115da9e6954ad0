package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// A row of a test table says what it is: by a name, and where the table has a
// reason, why it is there.
func TestTablesAreExplained(t *testing.T) {
	tables := 0
	eachTestFolder(t, func(set *token.FileSet, files []*ast.File) {
		n, bad := unexplained(set, files)
		tables += n
		for _, b := range bad {
			t.Error(b)
		}
	})
	if tables < 250 {
		t.Errorf("%d tables were found: are these all?", tables)
	}
}

// longest is how many lines a function of a test may have.
const longest = 100

func TestTestsAreShort(t *testing.T) {
	functions := 0
	eachTestFolder(t, func(set *token.FileSet, files []*ast.File) {
		n, bad := tooLong(set, files, longest)
		functions += n
		for _, b := range bad {
			t.Error(b)
		}
	})
	if functions < 1200 {
		t.Errorf("%d functions were found: are these all?", functions)
	}
}

// eachTestFolder hands over the test files of each folder of the repository.
func eachTestFolder(t *testing.T, look func(*token.FileSet, []*ast.File)) {
	t.Helper()
	err := filepath.WalkDir(root(t), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		set := token.NewFileSet()
		var files []*ast.File
		names, err := filepath.Glob(filepath.Join(path, "*_test.go"))
		for _, name := range names {
			f, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			files = append(files, f)
		}
		look(set, files)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// tooLong returns the number of functions in files, and those that have more
// lines than most.
func tooLong(set *token.FileSet, files []*ast.File, most int) (functions int, bad []string) {
	for _, f := range files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			functions++
			from, to := set.Position(fn.Pos()), set.Position(fn.End())
			if n := to.Line - from.Line + 1; n > most {
				bad = append(bad, fmt.Sprintf("%s: %s has %d lines, and %d at most are read at once: split it", from, fn.Name.Name, n, most))
			}
		}
	}
	return functions, bad
}

// unexplained returns the number of tables in test files of one folder, and
// the places of rows without a name or a reason. A table is a slice of structs
// that are declared in it or in the folder's tests, and have a name.
func unexplained(set *token.FileSet, files []*ast.File) (tables int, bad []string) {
	declared := map[string]*ast.StructType{}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				if s, ok := spec.Type.(*ast.StructType); ok {
					declared[spec.Name.Name] = s
				}
			}
			return true
		})
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			list, ok := lit.Type.(*ast.ArrayType)
			if !ok || len(lit.Elts) == 0 {
				return true
			}
			row, inline := list.Elt.(*ast.StructType)
			if id, ok := list.Elt.(*ast.Ident); ok {
				row = declared[id.Name]
			}
			if row == nil {
				return true
			}
			fields := fieldsOf(row)
			if index(fields, "name") < 0 && index(fields, "reason") < 0 {
				if inline {
					bad = append(bad, fmt.Sprintf("%s: a table whose rows have no name", set.Position(lit.Pos())))
				}
				return true
			}
			tables++
			for _, e := range lit.Elts {
				for _, field := range []string{"name", "reason"} {
					if r, ok := e.(*ast.CompositeLit); ok && index(fields, field) >= 0 && isBlank(r, fields, field) {
						bad = append(bad, fmt.Sprintf("%s: a row without %s", set.Position(r.Pos()), field))
					}
				}
			}
			return true
		})
	}
	return tables, bad
}

func fieldsOf(s *ast.StructType) (names []string) {
	for _, f := range s.Fields.List {
		if len(f.Names) == 0 {
			names = append(names, "")
		}
		for _, n := range f.Names {
			names = append(names, n.Name)
		}
	}
	return names
}

func index(list []string, name string) int {
	for i, n := range list {
		if n == name {
			return i
		}
	}
	return -1
}

// isBlank tells whether a row's field is not there, or an empty string.
func isBlank(row *ast.CompositeLit, fields []string, field string) bool {
	for i, e := range row.Elts {
		kv, keyed := e.(*ast.KeyValueExpr)
		switch {
		case keyed && kv.Key.(*ast.Ident).Name == field:
			return isEmptyString(kv.Value)
		case !keyed && i < len(fields) && fields[i] == field:
			return isEmptyString(e)
		}
	}
	return true
}

func isEmptyString(e ast.Expr) bool {
	lit, ok := e.(*ast.BasicLit)
	return ok && lit.Kind == token.STRING && strings.Trim(lit.Value, "\"` ") == ""
}

func TestUnexplained(t *testing.T) {
	const src = `package x
type row struct { name, reason string; n int }
var a = []row{{"a", "b", 1}, {"", "b", 1}, {name: "a", n: 1}, {"a", "", 1}}
var b = []struct{ in string }{{"x"}}
var c = []struct{ name string; in string }{{"x", ""}, {in: "x"}}
var d = []string{""}
`
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, "x.go", src, 0)
	if err != nil {
		t.Fatal(err)
	}
	n, bad := unexplained(set, []*ast.File{f})
	want := "x.go:3:30: a row without name|x.go:3:44: a row without reason|x.go:3:63: a row without reason|x.go:4:9: a table whose rows have no name|x.go:5:55: a row without name"
	if got := strings.Join(bad, "|"); n != 2 || got != want {
		t.Errorf("%d tables, %s\nwant %s", n, got, want)
	}
}

func TestTooLong(t *testing.T) {
	const src = "package x\nfunc one() {}\nfunc three() {\n\t_ = 0\n}\n// Its comment does not count.\nfunc four() {\n\t_ = 0\n\t_ = 0\n}\n"
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, "x.go", src, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	n, bad := tooLong(set, []*ast.File{f}, 3)
	if want := "x.go:7:1: four has 4 lines, and 3 at most are read at once: split it"; n != 3 || strings.Join(bad, "|") != want {
		t.Errorf("%d functions, %q, want %s", n, bad, want)
	}
}
