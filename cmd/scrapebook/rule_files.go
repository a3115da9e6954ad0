package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// ruleEndings are those of the files that are taken of a folder.
var ruleEndings = []string{".yml", ".yaml", ".json", ".rules"}

// ruleFiles returns the rule files that arguments name: those below each folder
// in the order of their paths, those that a pattern of a shell fits when no
// file is called so, anything else as it is. One that is named twice is
// returned once. The error is of the folders that cannot be read or that hold
// none, and of patterns that fit nothing.
func ruleFiles(args []string) (files []string, err error) {
	seen := map[string]bool{}
	add := func(name string) {
		if key := filepath.Clean(name); !seen[key] {
			seen[key] = true
			files = append(files, name)
		}
	}
	args, err = expanded(args)
	for _, arg := range args {
		info, serr := os.Stat(arg)
		if arg == stdinName || strings.HasPrefix(arg, demoPrefix) || serr != nil || !info.IsDir() {
			add(arg)
			continue
		}
		found, werr := ruleFilesBelow(arg)
		switch {
		case werr != nil:
			err = errors.Join(err, fmt.Errorf("cannot read the rules: %s: %w", arg, werr))
		case len(found) == 0:
			err = errors.Join(err, fmt.Errorf("cannot read the rules: %s: a folder without rule files (*%s)", arg, strings.Join(ruleEndings, ", *")))
		}
		for _, name := range found {
			add(name)
		}
	}
	return files, err
}

// expanded replaces patterns by what they fit, as a shell would have done.
func expanded(args []string) (out []string, err error) {
	for _, arg := range args {
		if _, serr := os.Stat(arg); serr == nil || arg == stdinName || strings.HasPrefix(arg, demoPrefix) || !strings.ContainsAny(arg, "*?[") {
			out = append(out, arg)
			continue
		}
		found, gerr := filepath.Glob(arg)
		switch {
		case gerr != nil:
			err = errors.Join(err, fmt.Errorf("cannot read the rules: %s: no file is called so, and it is no pattern: %w", arg, gerr))
		case len(found) == 0:
			err = errors.Join(err, fmt.Errorf("cannot read the rules: %s: no file fits the pattern", arg))
		}
		out = append(out, found...)
	}
	return out, err
}

// ruleFilesBelow walks a folder. Links to files are files, as those by which
// Kubernetes mounts a ConfigMap; links to folders are not followed, and folders
// whose names begin with a dot are left out.
func ruleFilesBelow(dir string) (files []string, err error) {
	fsys := os.DirFS(dir)
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir() || !slices.Contains(ruleEndings, strings.ToLower(path.Ext(name))):
			return nil
		}
		if info, serr := fs.Stat(fsys, name); serr == nil && info.IsDir() {
			return nil
		}
		files = append(files, filepath.Join(dir, filepath.FromSlash(name)))
		return nil
	})
	slices.Sort(files)
	return files, err
}
