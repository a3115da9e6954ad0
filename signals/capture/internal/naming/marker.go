package naming

import (
	"path"
	"strings"
)

// IsNoise says whether the name of a file names no target: metrics.txt.
func IsNoise(file string) bool {
	stem, ok := cutAnyExtension(file)
	return ok && !strings.Contains(stem, "/") && Read("", file, nil).Instance == ""
}

// ReadMarker tells what the path of a file says that stands in a line between
// scrapes, as tail and grep write it. ok says that it is one of a file.
func ReadMarker(file string) (g Guess, ok bool) {
	dir, base := path.Split(strings.TrimPrefix(file, "/"))
	if _, ok := cutAnyExtension(base); !ok {
		return g, false
	}
	g = Read(path.Clean(dir), base, nil)
	return g, g.Instance != ""
}
