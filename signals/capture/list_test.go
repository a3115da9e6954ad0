package capture

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/scrapebook/scrapebook/signals/capture/internal/content"
	"github.com/stretchr/testify/require"
)

const t0 = 1795244469930 // 2026-11-21T07:01:09.930Z

// files makes a capture of paths and contents.
func files(pairs ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1]), ModTime: time.UnixMilli(t0)}
	}
	return m
}

func mustOpen(t *testing.T, fsys fs.FS, opts Options) *Capture {
	t.Helper()
	c, err := Open(fsys, "cap", opts)
	require.NoError(t, err)
	return c
}

// told writes all that a stream says, a line each: job/instance time file
// status body, failure and error.
func told(c *Capture) (lines []string) {
	for s := c.Stream(); s.Next(); {
		sc := s.Scrape()
		line := fmt.Sprintf("%s/%s %d %s %d %q", sc.Target.Job, sc.Target.Instance, sc.Time-t0, sc.File, sc.Status, sc.Body)
		if sc.Failure != "" {
			line += " failed: " + sc.Failure
		}
		if sc.Err != nil {
			line += " error: " + sc.Err.Error()
		}
		lines = append(lines, line)
	}
	return lines
}

func ids(problems []Problem) (out []string) {
	for _, p := range problems {
		out = append(out, p.ID+" "+p.File)
	}
	return out
}

func TestLayouts(t *testing.T) {
	for _, row := range []struct {
		name     string
		fsys     fstest.MapFS
		opts     Options
		want     []string
		ignored  []string
		problems []string
	}{
		{
			name: "JOB/INSTANCE: order is by time over all targets, then by target",
			fsys: files("b/x/1795244469930.prom", "1", "a/y/1795244469930.prom", "2", "a/x/1795244469930.prom", "3", "b/x/1795244469929.prom", "4"),
			want: []string{
				`b/x -1 b/x/1795244469929.prom 0 "4"`, `a/x 0 a/x/1795244469930.prom 0 "3"`,
				`a/y 0 a/y/1795244469930.prom 0 "2"`, `b/x 0 b/x/1795244469930.prom 0 "1"`,
			},
		},
		{
			name: "forms of time mix, and order is by moment, not by name",
			fsys: files("i/1795244470.prom", "3", "i/2026-11-21T07:01:09.5Z.prom", "1", "i/20261121T080109.999+0100.prom", "2"),
			want: []string{
				`cap/i -430 i/2026-11-21T07:01:09.5Z.prom 0 "1"`, `cap/i 69 i/20261121T080109.999+0100.prom 0 "2"`, `cap/i 70 i/1795244470.prom 0 "3"`,
			},
		},
		{
			name: "INSTANCE: the job is the capture's name",
			fsys: files("x/1795244469930.prom", "1"),
			want: []string{`cap/x 0 x/1795244469930.prom 0 "1"`},
		},
		{
			name: "INSTANCE: or the option",
			fsys: files("x/1795244469930.prom", "1"), opts: Options{Job: "j"},
			want: []string{`j/x 0 x/1795244469930.prom 0 "1"`},
		},
		{
			name: "a flat directory: the instance is the capture's name",
			fsys: files("1795244469930.prom", "1", "1795244469931.prom", "2"), opts: Options{Job: "j"},
			want: []string{`j/cap 0 1795244469930.prom 0 "1"`, `j/cap 1 1795244469931.prom 0 "2"`},
		},
		{
			name: "a job that no folder needs is said to be unused",
			fsys: files("k/x/1795244469930.prom", "1"), opts: Options{Job: "j"},
			want:     []string{`k/x 0 k/x/1795244469930.prom 0 "1"`},
			problems: []string{"unused-setting "},
		},
		{
			name:     "deeper folders: the last two count, and equal ones are one target",
			fsys:     files("day1/k/x/1795244469930.prom", "1", "day2/k/x/1795244469931.prom", "2"),
			want:     []string{`k/x 0 day1/k/x/1795244469930.prom 0 "1"`, `k/x 1 day2/k/x/1795244469931.prom 0 "2"`},
			problems: []string{"sequence-in-names day1/k/x/1795244469930.prom"},
		},
		{
			name:    "what is no scrape is ignored and listed",
			fsys:    files("EVENTS.md", "", "k/x/1795244469930.prom", "1", "k/x/notes.txt", "", ".git/config", "", "k/.DS_Store", "", "k/x/1795244469930.prom.swp", ""),
			want:    []string{`k/x 0 k/x/1795244469930.prom 0 "1"`},
			ignored: []string{".git/", "EVENTS.md", "k/.DS_Store", "k/x/1795244469930.prom.swp", "k/x/notes.txt"},
		},
		{
			name: "names of all bytes and of Windows devices are data",
			fsys: files("CON/\x1b[31mred\x07/1795244469930.prom", "1"),
			want: []string{"CON/\x1b[31mred\x07 0 CON/\x1b[31mred\x07/1795244469930.prom 0 \"1\""},
		},
		{
			name:     "settings under another name are not read, and that is said",
			fsys:     files("x/1795244469930.prom", "1", "capture.yml", "job: a", "Capture.yaml", "", "x/capture.yaml", "job: b"),
			want:     []string{`cap/x 0 x/1795244469930.prom 0 "1"`},
			ignored:  []string{"Capture.yaml", "capture.yml", "x/capture.yaml"},
			problems: []string{"manifest-name Capture.yaml", "manifest-name capture.yml", "manifest-name x/capture.yaml"},
		},
		{
			name:     "a time without a zone is UTC; one problem for all",
			fsys:     files("x/20261121T070109.930.prom", "1", "x/20261121T070110.prom", "2"),
			want:     []string{`cap/x 0 x/20261121T070109.930.prom 0 "1"`, `cap/x 70 x/20261121T070110.prom 0 "2"`},
			problems: []string{"time-zone-assumed x/20261121T070109.930.prom"},
		},
		{
			name:     "the only scrape may lack a time: its file's is taken",
			fsys:     files("k/x/metrics.prom", "1", "k/x/metrics.headers", "HTTP/1.1 200 OK\r\n\r\n"),
			want:     []string{`k/x 0 k/x/metrics.prom 200 "1"`},
			problems: []string{"time-from-mtime k/x/metrics.prom"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := mustOpen(t, row.fsys, row.opts)
			require.Equal(t, row.want, told(c))
			require.Equal(t, row.ignored, c.Ignored)
			require.Equal(t, row.problems, ids(c.Problems))
			require.Equal(t, len(row.want), c.Scrapes)
			require.Equal(t, told(c), told(c), "a second stream tells the same")
		})
	}
}

func TestCompanions(t *testing.T) {
	const ok, bad = "HTTP/1.1 200 OK\r\nDate: x\r\n\r\n", "HTTP/2 503\r\n\r\n"
	for _, row := range []struct {
		name    string
		fsys    fstest.MapFS
		want    string
		ignored []string
	}{
		{"headers of the stem", files("j/i/1795244469930.prom", "1", "j/i/1795244469930.headers", ok), `j/i 0 j/i/1795244469930.prom 200 "1"`, nil},
		{"headers of the file", files("j/i/1795244469930.prom", "1", "j/i/1795244469930.prom.headers", ok), `j/i 0 j/i/1795244469930.prom 200 "1"`, nil},
		{"headers of the file go before those of the stem", files("j/i/1795244469930.prom", "1", "j/i/1795244469930.headers", bad, "j/i/1795244469930.prom.headers", ok),
			`j/i 0 j/i/1795244469930.prom 200 "1"`, []string{"j/i/1795244469930.headers"}},
		{"headers kept from before the file was compressed", files("j/i/1795244469930.prom.gz", "1", "j/i/1795244469930.prom.headers", ok), `j/i 0 j/i/1795244469930.prom.gz 200 "1"`, nil},
		{"a status that is no 200", files("j/i/1795244469930.prom", "1", "j/i/1795244469930.headers", bad), `j/i 0 j/i/1795244469930.prom 503 "1"`, nil},
		{"a failure without a body", files("j/i/1795244469930.err", "curl: (7) refused\n"), `j/i 0 j/i/1795244469930.err 0 "" failed: curl: (7) refused`, nil},
		{"a failure beside an empty body", files("j/i/1795244469930.prom", "", "j/i/1795244469930.err", "curl: (7) refused\n"), `j/i 0 j/i/1795244469930.prom 0 "" failed: curl: (7) refused`, nil},
		{"a failure in mid-body keeps what was read", files("j/i/1795244469930.prom", "a 1", "j/i/1795244469930.err", "curl: (18) cut off"), `j/i 0 j/i/1795244469930.prom 0 "a 1" failed: curl: (18) cut off`, nil},
		{"a failure explains a broken body", files("j/i/1795244469930.prom", "\x1f\x8b\x08", "j/i/1795244469930.err", "curl: (18) cut off"), `j/i 0 j/i/1795244469930.prom 0 "" failed: curl: (18) cut off`, nil},
		{"an empty .err beside a body is what `2> T.err` leaves of a good scrape", files("j/i/1795244469930.prom", "a 1", "j/i/1795244469930.err", ""), `j/i 0 j/i/1795244469930.prom 0 "a 1"`, nil},
		{"an empty .err beside an empty body", files("j/i/1795244469930.prom", "", "j/i/1795244469930.err", ""), `j/i 0 j/i/1795244469930.prom 0 "" failed: failed (the .err file says no reason)`, nil},
		{"an empty .err alone", files("j/i/1795244469930.err", "\n"), `j/i 0 j/i/1795244469930.err 0 "" failed: failed (the .err file says no reason)`, nil},
		{"an empty body alone is a scrape: what it means is for others", files("j/i/1795244469930.prom", ""), `j/i 0 j/i/1795244469930.prom 0 ""`, nil},
		{"an empty body and headers", files("j/i/1795244469930.prom", "", "j/i/1795244469930.headers", ok), `j/i 0 j/i/1795244469930.prom 200 ""`, nil},
		{"headers alone, not 200: curl -o makes no file of no body", files("j/i/1795244469930.headers", bad), `j/i 0 j/i/1795244469930.headers 503 ""`, nil},
		{"headers alone, 200: a body is missing", files("j/i/1795244469930.headers", ok), `j/i 0 j/i/1795244469930.headers 200 "" error: ` + content.ErrNoBody.Error(), nil},
		{"companions of nothing are ignored", files("j/i/1795244469930.prom", "1", "j/i/x.err", "", "j/i/y.headers", ""), `j/i 0 j/i/1795244469930.prom 0 "1"`, []string{"j/i/x.err", "j/i/y.headers"}},
		{"companions are of the same folder", files("j/i/1795244469930.prom", "1", "j/h/x.prom/1795244469930.headers", bad, "j/i/1795244469930.err/x", ""),
			"h/x.prom 0 j/h/x.prom/1795244469930.headers 503 \"\"\nj/i 0 j/i/1795244469930.prom 0 \"1\"", []string{"j/i/1795244469930.err/x"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := mustOpen(t, row.fsys, Options{})
			require.Equal(t, row.want, strings.Join(told(c), "\n"))
			require.Equal(t, row.ignored, c.Ignored)
		})
	}
}

// refusing is a file system that lets nobody in.
type refusing struct{}

func (refusing) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

// A folder that cannot be listed does not hide the others.
func TestUnreadableFolder(t *testing.T) {
	fsys := partly{files("k/x/1795244469930.prom", "1", "k/y/1795244469930.prom", "2"), "k/y"}
	c := mustOpen(t, fsys, Options{})
	require.Equal(t, []string{`k/x 0 k/x/1795244469930.prom 0 "1"`}, told(c))
	require.Equal(t, []string{"k/y/"}, c.Ignored)
	require.Equal(t, []Problem{{"k/y", "unreadable-folder", "the folder could not be listed, its files are missing: permission denied"}}, c.Problems)
}

// partly refuses one name.
type partly struct {
	fs.FS
	refused string
}

func (p partly) Open(name string) (fs.File, error) {
	if name == p.refused {
		return refusing{}.Open(name)
	}
	return p.FS.Open(name)
}

// Nothing that is not a regular file is opened.
func TestSpecialFiles(t *testing.T) {
	m := files("k/x/1795244469930.prom", "1")
	m["k/x/1795244469931.prom"] = &fstest.MapFile{Data: []byte("1795244469930.prom"), Mode: fs.ModeSymlink | 0o777}
	m["k/x/1795244469932.prom"] = &fstest.MapFile{Mode: fs.ModeNamedPipe}
	m["k/z"] = &fstest.MapFile{Data: []byte("x"), Mode: fs.ModeSymlink | 0o777}
	m["capture.yaml"] = &fstest.MapFile{Data: []byte("k/x/1795244469930.prom"), Mode: fs.ModeSymlink | 0o777}
	c := mustOpen(t, m, Options{})
	require.Equal(t, []string{`k/x 0 k/x/1795244469930.prom 0 "1"`}, told(c))
	require.Equal(t, []string{"capture.yaml", "k/x/1795244469931.prom", "k/x/1795244469932.prom", "k/z"}, c.Ignored)
	require.Equal(t, []string{"symlink-ignored capture.yaml", "symlink-ignored k/z", "symlink-ignored k/x/1795244469931.prom", "special-file-ignored k/x/1795244469932.prom"}, ids(c.Problems))
}
