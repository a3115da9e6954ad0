package naming

import (
	"path"
	"strings"
)

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
