package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/serve"
)

// archiveName is what archives are called.
var archiveName = regexp.MustCompile(`(?i)\.(tar|tgz|tzst|txz|tbz2?|zip)(\.[a-z0-9]+)?$`)

// volumes opens captures: each folder and each archive is one, and all files
// together are one.
func (f *serveFlags) volumes(cmd *cobra.Command, paths []string) ([]serve.Volume, error) {
	var all []serve.Volume
	sets := captureSets(paths)
	names := captureNames(sets)
	for i, set := range sets {
		c, err := f.capture.open(cmd, set...)
		if err != nil {
			return nil, err
		}
		all = append(all, serve.Volume{Name: names[i], Capture: c})
	}
	return all, nil
}

// captureSets are the paths of each capture, none of them twice.
func captureSets(paths []string) [][]string {
	if len(paths) == 1 {
		return [][]string{paths}
	}
	var sets [][]string
	var files []string
	seen := map[string]bool{}
	for _, p := range paths {
		abs, err := filepath.Abs(p)
		if err != nil {
			abs = p
		}
		if seen[abs] {
			continue
		}
		seen[abs] = true
		if info, err := os.Stat(p); err == nil && !info.IsDir() && !archiveName.MatchString(p) {
			files = append(files, p)
			continue
		}
		sets = append(sets, []string{p})
	}
	if files != nil {
		sets = append(sets, files)
	}
	return sets
}

// captureNames are the names of captures: those of their folders or archives,
// with those of the folders around where two would be the same.
func captureNames(sets [][]string) []string {
	names := make([]string, len(sets))
	paths := make([]string, len(sets))
	for i, set := range sets {
		abs, err := filepath.Abs(set[0])
		if err != nil {
			abs = set[0]
		}
		if len(set) > 1 {
			abs = filepath.Dir(abs)
		}
		paths[i] = filepath.ToSlash(abs)
	}
	for depth := 1; ; depth++ {
		same := map[string]int{}
		for i := range names {
			if depth == 1 || names[i] == "" {
				names[i] = lastElements(paths[i], depth)
			}
			same[names[i]]++
		}
		again := false
		for i, name := range names {
			if same[name] > 1 && name != paths[i] {
				names[i], again = "", true
			}
		}
		if !again {
			return names
		}
	}
}

// lastElements are the last n elements of a path, all when there are less.
func lastElements(path string, n int) string {
	at := len(path)
	for range n {
		if at = strings.LastIndexByte(path[:at], '/'); at <= 0 {
			return path
		}
	}
	return path[at+1:]
}
