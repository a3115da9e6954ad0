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

// explained are the folders whose test tables say of each row what it is: by a
// name, and where the table has a reason, why it is there.
var explained = []string{"expfmt", "histogram", "fixtures"}

func TestTablesAreExplained(t *testing.T) {
	tables := 0
	for _, top := range explained {
		err := filepath.WalkDir(filepath.Join(root(t), top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return err
			}
			pkgs := token.NewFileSet()
			var files []*ast.File
			names, err := filepath.Glob(filepath.Join(path, "*_test.go"))
			for _, name := range names {
				f, err := parser.ParseFile(pkgs, name, nil, parser.SkipObjectResolution)
				if err != nil {
					return err
				}
				files = append(files, f)
			}
			n, bad := unexplained(pkgs, files)
			tables += n
			for _, b := range bad {
				t.Error(b)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if tables < 40 {
		t.Errorf("%d tables were found: are these all?", tables)
	}
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
