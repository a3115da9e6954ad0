package archive

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/scrapebook/scrapebook/signals/capture/internal/naming"
)

// Bounds of a member's name in bytes, and of its folders.
const (
	maxMemberName    = 1024
	maxMemberElement = 255
	maxMemberDepth   = 32
)

// memberName makes the name of a member a path below the root, or says why it
// is none. "./" before it, doubled and trailing slashes and "." in it are what
// tools write, and mean nothing; the path of the root itself is ".".
func memberName(name string) (clean, why string) {
	switch {
	case name == "":
		return "", "the name is empty"
	case len(name) > maxMemberName:
		return "", "the name is too long"
	case !utf8.ValidString(name):
		return "", "the name is not UTF-8"
	case strings.IndexFunc(name, func(r rune) bool { return unicode.Is(unicode.C, r) }) >= 0:
		return "", "the name has control characters"
	case strings.Contains(name, `\`):
		return "", "the name has a backslash"
	case strings.HasPrefix(name, "/"):
		return "", "the name is an absolute path"
	case drive(name):
		return "", "the name begins with a drive"
	}
	if strings.Count(name, "/") > maxMemberDepth {
		return "", "the name has too many folders"
	}
	for part := range strings.SplitSeq(name, "/") {
		switch {
		case part == "..":
			return "", "the name leaves its folder (..)"
		case len(part) > maxMemberElement:
			return "", "the name has a part that is too long"
		}
	}
	return path.Clean(name), ""
}

// drive tells C:, C:/x and C:x, but not h:9090, which is the instance of a host
// with a short name.
func drive(name string) bool {
	if len(name) < 2 || name[1] != ':' || name[0]|0x20 < 'a' || name[0]|0x20 > 'z' {
		return false
	}
	return len(name) == 2 || name[2] < '0' || name[2] > '9'
}

// suffixes are the endings that are no part of what an archive is called.
var suffixes = []string{".gz", ".zst", ".xz", ".bz2", ".tar", ".tgz", ".tzst", ".txz", ".tbz2", ".tbz", ".zip"}

// Stem is an archive's name without what says that it is one.
func Stem(name string) string {
	for {
		before := name
		for _, s := range suffixes {
			name, _ = naming.CutSuffix(name, s)
		}
		if name == before {
			return name
		}
	}
}
