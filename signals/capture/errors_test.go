package capture

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOpenErrors(t *testing.T) {
	old := files("a.prom", "", "a.txt", counterText(1), "k/c.prom", "", "k/c.txt", counterText(1))
	lone := fstest.MapFS{"metrics.prom": &fstest.MapFile{}}
	for _, row := range []struct {
		name string
		fsys fs.FS
		want string
	}{
		{"an empty directory", files(), "cap: the directory is empty; a scrape is text or protobuf as /metrics gives it, under any name; TIME.prom in folders JOB/INSTANCE leaves nothing to guess"},
		{"settings alone", files("capture.yaml", "job: x"), "cap: the directory is empty; a scrape is text or protobuf"},
		{"one picture", files("a.png", ""), "cap: no scrape among 1 file (a.png); a scrape is text or protobuf"},
		{"many pictures", files("a.png", "", "b.png", "", "k/c.png", "", "d.png", ""), "cap: no scrape among 4 files (a.png, b.png, d.png, …); a scrape is text or protobuf"},
		{"and what to do", files("a.png", ""), ". A file of another name is read when it is passed by itself"},
		{"control characters are not let through", files("\x1b[2Ja.png", ""), `("\x1b[2Ja.png")`},
		{"no times", old, "cap: no time in the name or the content of 4 scrapes (a.prom, a.txt, k/c.prom, …); their mtimes are all 2026-11-21T07:01:09Z, as of copies (cp -p and tar keep them); or rename to TIME.prom, where TIME is unix seconds (1795244469)"},
		{"one without a time among others", files("1795244469930.prom", "", "a.prom", ""), "cap: no time in the name or the content of 1 scrape (a.prom); mtime is 2026-11-21T07:01:09Z: accept with Options.TimeFrom mtime; or rename"},
		{"the only one, in a file system without times", lone, "cap: no time in the name or the content of 1 scrape (metrics.prom); rename"},
		{"the same twice, by extension", files("j/i/1795244469930.prom", "", "j/i/1795244469930.prom.gz", ""),
			"cap: j/i/1795244469930.prom and j/i/1795244469930.prom.gz are both the scrape of j/i at 2026-11-21T07:01:09.930Z; remove one of them, or give them folders of their own"},
		{"the same twice, by form", files("j/i/1795244469.prom", "", "j/i/2026-11-21T07:01:09Z.err", ""), "j/i/1795244469.prom and j/i/2026-11-21T07:01:09Z.err are both"},
		{"the same twice, in two folders that are a sequence", files("day1/j/i/1795244469.prom", "", "day2/j/i/1795244469.prom", ""), "day1/j/i/1795244469.prom and day2/j/i/1795244469.prom are both"},
		{"everything dropped", files("j/i/1795244469.prom", "", "capture.yaml", "relabel_configs: [{action: drop, regex: '.*'}]"), "cap: nothing is left to replay: relabel_configs of capture.yaml dropped every target (1)"},
		{"a typing error in capture.yaml", files("j/i/1795244469.prom", "", "capture.yaml", "jobs:\n  j: {lables: {a: b}}\n"), "capture.yaml:2:7: unknown key lables in jobs: j; did you mean labels?"},
		{"a root that cannot be listed", refusing{}, "cap: cannot list the directory: permission denied"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, err := Open(row.fsys, "cap", Options{})
			require.Nil(t, c)
			require.ErrorContains(t, err, row.want)
		})
	}
	t.Run("callers can tell them apart", func(t *testing.T) {
		_, err := Open(files("a.png", ""), "cap", Options{})
		e, ok := errors.AsType[*NoScrapesError](err)
		require.True(t, ok)
		require.Equal(t, &NoScrapesError{Name: "cap", Files: 1, Examples: []string{"a.png"}}, e)
		_, err = Open(old, "cap", Options{})
		n, ok := errors.AsType[*NoTimeError](err)
		require.True(t, ok)
		require.Equal(t, &NoTimeError{Name: "cap", Files: []string{"a.prom", "a.txt", "k/c.prom"}, Total: 4, First: t0, Last: t0, Copied: true}, n)
	})
}

func TestMessagesOfLongNames(t *testing.T) {
	long := strings.Repeat("é", 4000) + ".png"
	_, err := Open(files(long, ""), "cap", Options{})
	require.ErrorContains(t, err, "éé…")
	require.Less(t, len(err.Error()), 1000)
}

// What could be taken for the times that are missing is shown, as a user can
// accept it.
func TestNoTimeShowsMtimes(t *testing.T) {
	at := func(h, m, s int) int64 { return time.Date(2026, 11, 21, h, m, s, 0, time.UTC).UnixMilli() }
	for _, row := range []struct {
		name string
		err  NoTimeError
		want string
	}{
		{"a run", NoTimeError{First: at(7, 10, 8), Last: at(7, 20, 7), Every: 5 * time.Second}, "; mtimes run 07:10:08 → 07:20:07 every 5s: accept with Options.TimeFrom mtime; or rename"},
		{"over midnight", NoTimeError{First: at(7, 10, 8), Last: at(31, 20, 7), Every: 5 * time.Second}, "; mtimes run 2026-11-21T07:10:08Z → 2026-11-22T07:20:07Z every 5s: accept"},
		{"targets scraped once each", NoTimeError{First: at(7, 10, 8), Last: at(7, 10, 11)}, "; mtimes run 07:10:08 → 07:10:11: accept"},
		{"copies", NoTimeError{First: at(7, 10, 8), Last: at(7, 10, 8), Copied: true}, "; their mtimes are all 2026-11-21T07:10:08Z, as of copies (cp -p and tar keep them); or rename"},
		{"numbered", NoTimeError{First: at(7, 10, 8), Last: at(7, 20, 7), Every: 5 * time.Second, Numbered: true}, "mtime; or they have an order, by number: say how far apart they are and when the last was, such as Options.Every 15s Options.End 2026-11-21T07:20:07Z; or rename"},
		{"not known", NoTimeError{}, "(x.txt, …); rename"},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.err.Name, row.err.Files, row.err.Total = "cap", []string{"x.txt"}, 120
			require.ErrorContains(t, &row.err, row.want)
		})
	}
}
