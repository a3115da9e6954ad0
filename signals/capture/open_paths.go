package capture

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/scrapebook/scrapebook/signals/capture/internal/message"
	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
)

// OpenPaths opens what a user named as one capture. A single path is opened by
// OpenPath. Several folders, archives and files are read as a folder that holds
// nothing else. It is called as the deepest folder that all of them lie in, and
// their paths within that folder name their targets. Headers and errors beside
// a file that is named are read as well; a capture.yaml is not. Standard input
// cannot be one of several.
func OpenPaths(named []string, stdin io.Reader, opts Options) (*Capture, error) {
	switch {
	case len(named) == 0:
		return nil, errors.New("no capture is named")
	case len(named) == 1:
		return OpenPath(named[0], stdin, opts)
	}
	var full []string
	for _, n := range named {
		if n == "-" {
			return nil, errors.New("-: standard input is a capture by itself, and cannot be one of several")
		}
		if _, err := os.Stat(n); errors.Is(err, fs.ErrNotExist) || n == "" {
			return nil, &MissingError{Path: n, Similar: similar(n), Err: fs.ErrNotExist}
		} else if err != nil {
			return nil, fmt.Errorf("%s cannot be read: %w", message.Show(n), message.Cause(err))
		}
		abs, err := filepath.Abs(n)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", message.Show(n), err)
		}
		full = append(full, abs)
	}
	slices.Sort(full)
	full = slices.Compact(full)
	if len(full) == 1 {
		return OpenPath(full[0], stdin, opts)
	}
	top := filepath.Dir(full[0])
	for _, f := range full {
		for !within(top, filepath.Dir(f)) {
			top = filepath.Dir(top)
		}
	}
	some := &someOf{dir: os.DirFS(top)}
	for _, f := range full {
		rel, err := filepath.Rel(top, f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", message.Show(f), err)
		}
		some.chosen = append(some.chosen, filepath.ToSlash(rel))
	}
	return Open(some, baseName(top, "capture"), opts)
}

// within says whether a path is a folder or lies in it.
func within(folder, p string) bool {
	rel, err := filepath.Rel(folder, p)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// someOf is the file system of a folder that has only what was chosen of it,
// whole folders included. What was chosen may be a symbolic link.
type someOf struct {
	dir    fs.FS
	chosen []string // paths within the folder
}

var _ fs.ReadDirFS = (*someOf)(nil)

func (s *someOf) Open(name string) (fs.File, error) { return s.dir.Open(name) }

func (s *someOf) ReadDir(name string) ([]fs.DirEntry, error) {
	for _, c := range s.chosen {
		if c == name || strings.HasPrefix(name, c+"/") {
			return fs.ReadDir(s.dir, name)
		}
	}
	stems := map[string]bool{}
	list := map[string]fs.DirEntry{}
	for _, c := range s.chosen {
		below, ok := c, name == "."
		if !ok {
			below, ok = strings.CutPrefix(c, name+"/")
		}
		if !ok {
			continue
		}
		first, _, deeper := strings.Cut(below, "/")
		info, err := fs.Stat(s.dir, path.Join(name, first))
		if err != nil {
			return nil, err
		}
		if first == naming.ManifestName && name == "." {
			continue // it is of all files there, and not of those that were chosen
		}
		list[first] = fs.FileInfoToDirEntry(info)
		if !deeper && !info.IsDir() {
			stems[naming.Recognise(first).Stem] = true
		}
	}
	beside, err := fs.ReadDir(s.dir, name)
	for _, de := range beside {
		f := naming.Recognise(de.Name())
		if (f.Kind == naming.KindHeaders || f.Kind == naming.KindFailure) && stems[f.Stem] && list[de.Name()] == nil {
			list[de.Name()] = de
		}
	}
	out := make([]fs.DirEntry, 0, len(list))
	for _, de := range list {
		out = append(out, de)
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return out, err
}
