package naming

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A folder's name is one that every system takes, and tells what it is of.
func TestFolder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(
			rapid.StringMatching(`[-a-zA-Z0-9.:/%\\\[\]_ *?é]{0,60}`),
			rapid.StringMatching(`(?i)(con|nul|lpt1|com9)(\.[a-z]+)?`),
			rapid.SampledFrom([]string{"..", ".", "", "metrics", "2026-11-21", "a%3Ab", "%", "%%", "%3", "%zz"}),
			rapid.String(),
		).Draw(t, "name")
		folder := Folder(name)
		require.NotEmpty(t, folder)
		require.LessOrEqual(t, len(folder), longestFolder)
		require.False(t, strings.ContainsAny(folder, "/\\:*?\"<>|\x00\n\x7f"), folder)
		require.False(t, strings.HasSuffix(folder, ".") || strings.HasSuffix(folder, " ") || Hidden(folder), folder)
		require.False(t, reserved(folder), folder)
		if len(escapeFolder(name)) > longestFolder || name == "" {
			return
		}
		require.Equal(t, strings.ToValidUTF8(name, "\uFFFD"), FromFolder(folder))
		job, instance := RecogniseFolder("a/" + folder)
		require.Equal(t, []string{"a", strings.ToValidUTF8(name, "\uFFFD")}, []string{job, instance})
	})
}

// What others have called folders stays as it is.
func TestFoldersOfOthers(t *testing.T) {
	for _, row := range []struct{ name, reason string }{
		{"100%", "no digits follow"},
		{"a%20b", "a blank stands as it is in ours"},
		{"a%3ab", "ours have large letters"},
		{"50%AA", "it is no UTF-8 then"},
		{"a%2", "half a number"},
	} {
		if row.name == "" || row.reason == "" {
			t.Fatalf("a row has no name or no reason: %+v", row)
		}
		require.Equal(t, row.name, FromFolder(row.name), row.reason)
	}
}

// Long names that begin alike are folders of their own.
func TestLongFolders(t *testing.T) {
	long := strings.Repeat("a:", 150)
	require.NotEqual(t, Folder(long+"x"), Folder(long+"y"))
	require.NotContains(t, Folder(long), "%~")
}
