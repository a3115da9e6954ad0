package main

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// readImports reads the imports of every Go file of a module, whatever its
// build constraints, so that an arrow that exists on one system only is seen on
// all. Nested modules, testdata, and what begins with _ or . are not of the
// module.
func readImports(fsys fs.FS) ([]imported, error) {
	var imports []imported
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name == "." {
				return nil
			}
			_, err := fs.Stat(fsys, name+"/go.mod")
			if d.Name() == "testdata" || strings.ContainsRune("_.", rune(d.Name()[0])) || !errors.Is(err, fs.ErrNotExist) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" || strings.ContainsRune("_.", rune(d.Name()[0])) {
			return nil
		}
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			to, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			to, ours := strings.CutPrefix(to+"/", module+"/")
			imports = append(imports, imported{
				from: path.Dir(name), to: strings.TrimSuffix(to, "/"), file: name,
				ours: ours, test: strings.HasSuffix(name, "_test.go"),
			})
		}
		return nil
	})
	return imports, err
}

func TestReadImports(t *testing.T) {
	source := func(imports ...string) *fstest.MapFile {
		src := "package x\n"
		for _, i := range imports {
			src += fmt.Sprintf("import _ %q\n", i)
		}
		return &fstest.MapFile{Data: []byte(src)}
	}
	windows := source(module + "/b")
	windows.Data = append([]byte("//go:build windows\n\n"), windows.Data...)
	got, err := readImports(fstest.MapFS{
		"go.mod":                {Data: []byte("module " + module + "\n")},
		"a/a.go":                source("fmt", module+"/b/c", module+"2/x"),
		"a/a_windows.go":        windows,
		"a/a_test.go":           source(module + "/a"),
		"a/testdata/x.go":       source(module + "/cmd/x"),
		"a/_x.go":               source(module + "/cmd/x"),
		"_old/x.go":             source(module + "/cmd/x"),
		".ci/x.go":              source(module + "/cmd/x"),
		"a/internal/o/go.mod":   {Data: []byte("module o\n")},
		"a/internal/o/o.go":     source(module + "/cmd/x"),
		"a/internal/o/p/p.go":   source(module + "/cmd/x"),
		"README.md":             {Data: []byte("import \"fmt\"")},
		"root.go":               source(module),
		"a/internal/own/own.go": source(),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []imported{
		{from: "a", to: "fmt", file: "a/a.go"},
		{from: "a", to: "b/c", file: "a/a.go", ours: true},
		{from: "a", to: module + "2/x", file: "a/a.go"},
		{from: "a", to: "a", file: "a/a_test.go", ours: true, test: true},
		{from: "a", to: "b", file: "a/a_windows.go", ours: true},
		{from: ".", to: "", file: "root.go", ours: true},
	}
	if !slices.Equal(got, want) {
		t.Errorf("readImports:\n got %+v\nwant %+v", got, want)
	}
	if _, err := readImports(fstest.MapFS{"a/a.go": {Data: []byte("pakcage a")}}); err == nil {
		t.Error("a file that is no Go gives no error")
	}
}
