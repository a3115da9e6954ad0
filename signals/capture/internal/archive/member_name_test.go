package archive

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMemberName(t *testing.T) {
	long := strings.Repeat("x", 255)
	for _, row := range []struct{ name, want, why string }{
		{"a/b", "a/b", ""},
		{"./a//b/./c/", "a/b/c", ""},
		{".", ".", ""},
		{"./", ".", ""},
		{"...", "...", ""},
		{"..a/b..", "..a/b..", ""},
		{"h:9090/1.prom", "h:9090/1.prom", ""},
		{"äöü/世界 1", "äöü/世界 1", ""},
		{"CON/nul", "CON/nul", ""},
		{long, long, ""},
		{long + "x", "", "the name has a part that is too long"},
		{strings.Repeat("x/", 512) + "x", "", "the name is too long"},
		{strings.Repeat("x/", 33) + "x", "", "the name has too many folders"},
		{"", "", "the name is empty"},
		{"..", "", "the name leaves its folder (..)"},
		{"a/..", "", "the name leaves its folder (..)"},
		{"a/../b", "", "the name leaves its folder (..)"},
		{"/a", "", "the name is an absolute path"},
		{"//a", "", "the name is an absolute path"},
		{"c:", "", "the name begins with a drive"},
		{"C:a", "", "the name begins with a drive"},
		{"C:/a", "", "the name begins with a drive"},
		{`a\b`, "", "the name has a backslash"},
		{"a\x00b", "", "the name has control characters"},
		{"a\x7fb", "", "the name has control characters"},
		{"a\u0085b", "", "the name has control characters"},
		{"a\u200eb", "", "the name has control characters"},
		{"a\xffb", "", "the name is not UTF-8"},
	} {
		got, why := memberName(row.name)
		require.Equal(t, row.want, got, "%q", row.name)
		require.Equal(t, row.why, why, "%q", row.name)
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
