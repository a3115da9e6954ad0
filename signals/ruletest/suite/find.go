package suite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Find returns the test files that names stand for: a file, all below a folder
// that have a key tests at the top (*.yml and *.yaml, not in folders whose
// names begin with a dot), or all that a pattern such as rules/*_test.yml
// matches. One that is named twice is returned once. The errors, joined, are of
// names that stand for nothing.
func Find(names []string) (files []string, err error) {
	seen := map[string]bool{}
	add := func(name string) {
		if key := filepath.Clean(name); !seen[key] {
			seen[key] = true
			files = append(files, name)
		}
	}
	for _, name := range names {
		found, ferr := find(name)
		err = errors.Join(err, ferr)
		for _, f := range found {
			add(f)
		}
	}
	return files, err
}

func find(name string) ([]string, error) {
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		found, err := testsBelow(name)
		if err == nil && len(found) == 0 {
			err = fmt.Errorf("%s: no test file below this folder: none has a key tests", name)
		}
		return found, err
	case err == nil:
		return []string{name}, nil
	case strings.ContainsAny(name, `*?[`):
		found, gerr := filepath.Glob(name)
		if gerr != nil {
			return nil, fmt.Errorf("%s: %w", name, gerr)
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s: no file matches", name)
		}
		return found, nil
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return nil, fmt.Errorf("%s: %w", name, err)
}

var testsKey = regexp.MustCompile(`(?m)^["']?tests["']?[ \t]*:`)

// testsBelow walks a folder.
func testsBelow(dir string) (files []string, err error) {
	fsys := os.DirFS(dir)
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		ext := strings.ToLower(filepath.Ext(name))
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir() || ext != ".yml" && ext != ".yaml":
			return nil
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			return nil
		}
		data, err := readFile(path)
		if err == nil && testsKey.Match(data) {
			files = append(files, path)
		}
		return err
	})
	slices.Sort(files)
	return files, err
}
