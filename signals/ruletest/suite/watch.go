package suite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	settles    = 100 * time.Millisecond // without a change, until tests run again: editors write in several steps
	maxFolders = 10_000                 // that are watched
)

// Watch finds and runs tests, and does so again whenever something changes in
// the folders of the files that they rest on: test files, rule files, captures
// and scenarios. tell is called after each run with what Find and Run said.
// It ends with ctx, whose error is none, or when nothing can be watched.
func Watch(ctx context.Context, names []string, opts Options, tell func(res *Result, missing, err error)) error {
	for {
		w, err := fsnotify.NewWatcher()
		if err != nil {
			return err
		}
		files, missing := Find(names)
		// Watched before it runs: what changes meanwhile is seen.
		used, captures := usedBy(files)
		err = watchFolders(w, slices.Concat(folders(names, files), used, captures))
		if err == nil {
			var res *Result
			res, err = Run(ctx, files, opts)
			if ctx.Err() == nil {
				tell(res, missing, err)
				err = nil
			}
		}
		if err == nil {
			err = changed(ctx, w, captures)
		}
		err = errors.Join(err, w.Close())
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// watchFolders watches each folder that is there.
func watchFolders(w *fsnotify.Watcher, dirs []string) error {
	seen := map[string]bool{}
	for _, dir := range dirs {
		if seen[dir] || len(seen) == maxFolders {
			continue
		}
		seen[dir] = true
		if err := w.Add(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// folders are those of files, and all below names that are folders themselves.
func folders(names, files []string) (dirs []string) {
	for _, name := range names {
		dirs = append(dirs, below(name)...)
	}
	for _, name := range append(names, files...) {
		dirs = append(dirs, filepath.Dir(name))
	}
	return dirs
}

// below are a folder and those in it, none of a file.
func below(name string) (dirs []string) {
	_ = filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || !d.IsDir():
			return nil // what cannot be read is not watched
		case len(dirs) == maxFolders:
			return fs.SkipAll
		case path != name && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		}
		dirs = append(dirs, path)
		return nil
	})
	return dirs
}

// usedBy are the folders of what test files name: rule files, scenarios and
// captures that are files, and apart from them captures that are folders.
func usedBy(files []string) (dirs, captures []string) {
	for _, name := range files {
		data, err := readFile(name)
		if err != nil {
			continue
		}
		f, errs := Parse(name, data)
		if len(errs) > 0 {
			continue
		}
		add := func(w Word) {
			if w.Value == "" || strings.HasPrefix(w.Value, demoPrefix) || strings.HasPrefix(w.Value, packPrefix) {
				return
			}
			path := w.Value
			if !filepath.IsAbs(path) {
				path = filepath.Join(filepath.Dir(name), path)
			}
			if info, err := os.Stat(path); err == nil && info.IsDir() {
				captures = append(captures, below(path)...)
				return
			}
			matches, _ := filepath.Glob(path)
			for _, m := range matches {
				dirs = append(dirs, filepath.Dir(m))
			}
			dirs = append(dirs, filepath.Dir(path))
		}
		for _, w := range f.RuleFiles {
			add(w)
		}
		for i := range f.Tests {
			add(f.Tests[i].Capture)
			add(f.Tests[i].Scenario)
		}
	}
	return dirs, captures
}

// matters tells whether a file may be one of tests: what else changes beside
// them, such as where the result is written to, is none.
func matters(path string, captures []string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".yml", ".yaml", ".json", ".rules":
		return true
	}
	return slices.Contains(captures, filepath.Dir(path))
}

// changed waits until something has changed, and then no longer does.
func changed(ctx context.Context, w *fsnotify.Watcher, captures []string) error {
	var settled <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case e, ok := <-w.Events:
			if !ok {
				return errors.New("the watch has ended")
			}
			if e.Op != fsnotify.Chmod && matters(e.Name, captures) {
				settled = time.After(settles)
			}
		case err := <-w.Errors:
			return err
		case <-settled:
			return nil
		}
	}
}
