package archive

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMemberName(t *testing.T) {
	long := strings.Repeat("x", 255)
	for _, row := range []struct{ reason, in, want, why string }{
		{"an ordinary path", "a/b", "a/b", ""},
		{"it is cleaned", "./a//b/./c/", "a/b/c", ""},
		{"the folder itself", ".", ".", ""},
		{"the folder itself, as tar writes it", "./", ".", ""},
		{"three dots are a name like others", "...", "...", ""},
		{"dots in a name leave nothing", "..a/b..", "..a/b..", ""},
		{"a host and a port are no drive", "h:9090/1.prom", "h:9090/1.prom", ""},
		{"letters of any language, and blanks", "äöü/世界 1", "äöü/世界 1", ""},
		{"nothing is written, so that no device is opened", "CON/nul", "CON/nul", ""},
		{"as long as file systems take", long, long, ""},
		{"a byte longer", long + "x", "", "the name has a part that is too long"},
		{"longer than any path", strings.Repeat("x/", 512) + "x", "", "the name is too long"},
		{"deeper than folders are", strings.Repeat("x/", 33) + "x", "", "the name has too many folders"},
		{"no name at all", "", "", "the name is empty"},
		{"the parent", "..", "", "the name leaves its folder (..)"},
		{"back to where it was", "a/..", "", "the name leaves its folder (..)"},
		{"up in between", "a/../b", "", "the name leaves its folder (..)"},
		{"from the root", "/a", "", "the name is an absolute path"},
		{"from the root, twice", "//a", "", "the name is an absolute path"},
		{"a drive of Windows", "c:", "", "the name begins with a drive"},
		{"in a drive", "C:a", "", "the name begins with a drive"},
		{"from the root of a drive", "C:/a", "", "the name begins with a drive"},
		{"a separator of Windows", `a\b`, "", "the name has a backslash"},
		{"a byte that ends names in C", "a\x00b", "", "the name has control characters"},
		{"a character that deletes", "a\x7fb", "", "the name has control characters"},
		{"a control character of eight bits", "a\u0085b", "", "the name has control characters"},
		{"a mark of direction", "a\u200eb", "", "the name has control characters"},
		{"no text", "a\xffb", "", "the name is not UTF-8"},
	} {
		got, why := memberName(row.in)
		require.Equal(t, row.want, got, "%q", row.in)
		require.Equal(t, row.why, why, "%q", row.in)
		if why == "" {
			require.True(t, fs.ValidPath(got))
		}
	}
}

func TestArchiveStem(t *testing.T) {
	for name, want := range map[string]string{"a.tar.gz": "a", "a.TGZ": "a", "a.b.tar.zst": "a.b", "a.zip": "a", ".zip": ".zip", "a": "a", "tar": "tar", "a.tzst": "a", "1795244469.tar": "1795244469"} {
		require.Equal(t, want, Stem(name), name)
	}
}
